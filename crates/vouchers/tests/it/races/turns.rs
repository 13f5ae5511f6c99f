//! Two that meet in an order which the test chooses, and the verbs' steps without their guards.
//!
//! A guard is taken off in the test alone: a step is taken as it would be without it, or, where
//! the database itself refuses, its constraint is taken off this one database.

use std::sync::Arc;

use db::{Engine, Query, Tx, args};
use jiff::Timestamp;
use kernel::{Actor, Cx};
use testkit::TestDb;
use tokio::sync::Barrier;
use vouchers::BatchId;

/// The second begins while the first holds what it wrote, and waits for it: seen on PostgreSQL; on
/// SQLite it has no writing transaction until then. What the second read before is old by then,
/// which is what a guard is for.
pub(crate) async fn in_turn<T: Send + 'static>(
    db: &TestDb,
    first: impl AsyncFnOnce(&mut Tx),
    second: impl Future<Output = T> + Send + 'static,
) -> T {
    let mut tx = db.write().await.expect("a transaction");
    first(&mut tx).await;
    let second = tokio::spawn(second);
    db.until_one_waits().await;
    tx.commit().await.expect("it commits");
    second.await.expect("it does not panic")
}

/// Both from one barrier, each on a task of its own.
pub(crate) async fn at_once<A: Send + 'static, B: Send + 'static>(
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = B> + Send + 'static,
) -> (A, B) {
    async fn after<T>(barrier: Arc<Barrier>, work: impl Future<Output = T>) -> T {
        barrier.wait().await;
        work.await
    }
    let barrier = Arc::new(Barrier::new(2));
    let one = tokio::spawn(after(Arc::clone(&barrier), one));
    let other = tokio::spawn(after(barrier, other));
    (one.await.expect("it does not panic"), other.await.expect("it does not panic"))
}

/// A context of the system, which may run any batch.
pub(crate) fn system(db: &TestDb) -> Cx {
    db.cx().acting_as(Actor::System { name: "test" })
}

/// Writes in a transaction of its own.
pub(crate) async fn write(db: &TestDb, query: Query) -> db::Result<u64> {
    let mut tx = db.write().await?;
    let touched = tx.run_query(query).await?;
    tx.commit().await?;
    Ok(touched)
}

/// One number.
pub(crate) async fn number(db: &TestDb, query: Query) -> i64 {
    let mut tx = db.read().await.expect("a transaction");
    let rows = tx.list(query, |row| row.get(0)).await.expect("a read");
    *rows.first().expect("a row")
}

/// Where the first voucher of a batch stands.
pub(crate) async fn state_of(db: &TestDb, batch_no: i64, claim: i64) -> String {
    let mut tx = db.read().await.expect("a transaction");
    let query = Query::new("SELECT state FROM voucher_claim WHERE batch_no = ");
    let query = query.with("? AND claim_no = ?", args![batch_no, claim]);
    tx.list(query, |row| row.get(0)).await.expect("a read").remove(0)
}

/// How many a batch has left, as who decides by it reads it.
pub(crate) async fn left(db: &TestDb, batch_no: i64) -> i64 {
    let query = Query::new(
        "SELECT quantity - claimed_count + returned_count FROM voucher_stock WHERE batch_no = ",
    );
    number(db, query.with("?", args![batch_no])).await
}

/// How many of a batch a citizen has, as who decides by it reads it.
pub(crate) async fn held_by(db: &TestDb, batch_no: i64, citizen: i64) -> i64 {
    let query = Query::new("SELECT COUNT(*) FROM voucher_claim WHERE batch_no = ");
    number(db, query.with("? AND citizen_no = ?", args![batch_no, citizen])).await
}

/// Gives a citizen the next voucher under these terms, looking at nothing; in another's transaction
/// it is what another node writes.
pub(crate) async fn give(
    tx: &mut Tx,
    (batch_no, terms_version): (i64, i64),
    citizen: i64,
    at: Timestamp,
) -> db::Result<()> {
    let insert = Query::new(
        "INSERT INTO voucher_claim (batch_no, claim_no, citizen_no, terms_version, claimed_at, \
         state, redeemed_fen, refunded_fen) SELECT ",
    );
    let values = args![batch_no, citizen, terms_version, at, batch_no];
    let insert = insert.with(
        "?, COALESCE(MAX(claim_no), 0) + 1, ?, ?, ?, 'held', 0, 0 FROM voucher_claim \
         WHERE batch_no = ?",
        values,
    );
    tx.run_query(insert).await?;
    let on = Query::new("UPDATE voucher_stock SET claimed_count = claimed_count + 1 ");
    tx.run_query(on.with("WHERE batch_no = ?", args![batch_no])).await?;
    Ok(())
}

/// The same in a transaction of its own.
pub(crate) async fn give_now(db: &TestDb, of: (i64, i64), citizen: i64) -> db::Result<()> {
    let mut tx = db.write().await?;
    give(&mut tx, of, citizen, db.cx().now).await?;
    tx.commit().await
}

/// From here on the database itself refuses no stock that is below nothing.
pub(crate) async fn take_the_checks_off(db: &TestDb) {
    let off = match db.engine() {
        Engine::Sqlite => "PRAGMA ignore_check_constraints = ON",
        Engine::Postgres => "ALTER TABLE voucher_stock DROP CONSTRAINT voucher_stock_check",
    };
    write(db, Query::new(off)).await.expect("it is taken off");
}

/// What does not hold of a batch.
pub(crate) async fn faults(db: &TestDb, batch: BatchId) -> Vec<String> {
    let mut tx = db.read().await.expect("a transaction");
    vouchers::audit_batch(&mut tx, batch).await.expect("an audit").faults
}

/// All of it holds.
pub(crate) async fn holds(db: &TestDb, batch: BatchId) {
    let faults = faults(db, batch).await;
    assert!(faults.is_empty(), "{faults:?}");
}

/// What a funder has promised: what was given out at its own face, and what is left at the face of
/// now.
pub(crate) async fn promised(db: &TestDb, batch_no: i64) -> i64 {
    let query = Query::new(
        "SELECT COALESCE((SELECT CAST(SUM(t.face_fen) AS BIGINT) FROM voucher_claim AS c \
         JOIN voucher_terms AS t ON t.batch_no = c.batch_no AND t.version = c.terms_version \
         WHERE c.batch_no = s.batch_no), 0) \
         + (s.quantity - s.claimed_count + s.returned_count) * n.face_fen \
         FROM voucher_stock AS s JOIN voucher_terms AS n ON n.batch_no = s.batch_no \
         AND n.version = s.terms_version WHERE s.batch_no = ",
    );
    number(db, query.with("?", args![batch_no])).await
}
