//! Two that meet in an order which the test chooses, rather than by luck.

use db::{Fault, Tx};
use kernel::{Actor, Cx};
use organisations::{
    Put, Source, Span, Unit, UnitId, ledger,
    policy::{self, Permit},
};
use places::Atlas;
use testkit::TestDb;

use crate::ground::Ground;

/// What the verb before [`in_turn`]'s second one does, in a transaction that holds the register.
///
/// The second begins while the first has not ended, and waits for it: seen on PostgreSQL; on SQLite
/// it has no transaction until then. So the second reads after the first has written, which is
/// what the guard is for.
pub(super) async fn in_turn<T: Send + 'static>(
    db: &TestDb,
    first: impl AsyncFnOnce(&mut Tx),
    second: impl Future<Output = T> + Send + 'static,
) -> T {
    let mut tx = ledger::begin(db).await.unwrap();
    let second = tokio::spawn(second);
    db.until_one_waits().await;
    first(&mut tx).await;
    tx.commit().await.unwrap();
    second.await.expect("it does not panic")
}

/// A unit as a page that is still open had it: its transaction is over.
pub(super) async fn as_read(db: &db::Db, id: UnitId) -> (Unit, Vec<Span>) {
    let mut tx = db.read().await.unwrap();
    ledger::find(&mut tx, id).await.unwrap().expect("the unit is there")
}

/// The place tree, read in a transaction that is over.
pub(super) async fn tree(db: &TestDb) -> Atlas {
    Atlas::load(&mut db.read().await.unwrap(), db.cx().today()).await.unwrap()
}

/// The administrator of the ground, for calling verbs directly.
pub(super) async fn administrator(ground: &Ground) -> (Cx, Permit) {
    let db = &ground.app.db;
    let found = people::find_account_by_name(&mut db.read().await.unwrap(), "chen").await;
    let actor = ground.app.actor(found.unwrap().expect("the ground has chen").id).await;
    let permit = permit(&actor, &tree(db).await);
    (db.cx_as(actor), permit)
}

fn permit(actor: &Actor, atlas: &Atlas) -> Permit {
    policy::may_import(actor, atlas).expect("an administrator may").0
}

/// Writes a put in a transaction of its own.
pub(super) async fn write(
    ground: &Ground,
    put: Put,
) -> Result<Vec<organisations::ledger::Done>, Fault> {
    let (cx, permit) = administrator(ground).await;
    let mut tx = ground.app.db.write().await?;
    let done = ledger::write(&mut tx, &cx, &permit, vec![put], &Source::default()).await?;
    tx.commit().await?;
    Ok(done)
}
