//! The kit keeps its own promises: a database of one's own, a clock that stands, the same bytes.

#[path = "it/outside.rs"]
mod outside;

use db::{args, sql};
use jiff::SignedDuration;
use kernel::{Clock as _, Rng as _};
use testkit::{Clock, Engine, Rng, TestDb, cx, on_both};

on_both!(
    each_test_has_a_database_of_its_own,
    a_second_node_is_the_same_database,
    two_nodes_share_clock_and_records,
    a_transaction_that_waits_is_seen
);

async fn versions(db: &db::Db) -> i64 {
    db::journal::version(&mut db.read().await.unwrap()).await.unwrap()
}

async fn write_an_entry(db: &TestDb) {
    let mut tx = db.write().await.unwrap();
    tx.journal(&db.cx(), db::Entry::of("probe.done"));
    tx.commit().await.unwrap();
}

async fn each_test_has_a_database_of_its_own(db: TestDb) {
    let other = TestDb::open(db.engine()).await;
    write_an_entry(&db).await;
    assert_eq!((versions(&db).await, versions(&other).await), (1, 0));
    other.drop_database().await;
}

async fn a_second_node_is_the_same_database(db: TestDb) {
    let node = db.second_node().await;
    write_an_entry(&db).await;
    assert_eq!(versions(&node).await, 1);
    node.close().await;
    let (folder, address) = (db.folder().is_some(), db.address().is_some());
    let wanted = if db.engine() == Engine::Sqlite { (true, false) } else { (false, true) };
    assert_eq!((folder, address), wanted);
}

async fn two_nodes_share_clock_and_records(db: TestDb) {
    let other = db.node().await;
    write_an_entry(&db).await;
    write_an_entry(&other).await;
    assert_eq!((versions(&db).await, versions(&other).await), (2, 2));
    db.clock.advance(SignedDuration::from_secs(3));
    assert_eq!(other.cx().now, db.cx().now);
    assert_ne!(other.cx().request, db.cx().request);
    assert_eq!(db.place(), other.place());
    other.close().await;
    // The first goes on without it.
    write_an_entry(&db).await;
}

async fn a_transaction_that_waits_is_seen(db: TestDb) {
    let mut first = db.write().await.unwrap();
    first.journal(&db.cx(), db::Entry::of("probe.first"));
    // Holds the lock that the second one's write needs, until it commits.
    let held = "UPDATE unit_number SET last = last WHERE one = 1";
    first.run_query(db::Query::new(held)).await.unwrap();
    let second = tokio::spawn({
        let db = db.clone();
        async move {
            let mut tx = db.write().await.unwrap();
            tx.run_query(db::Query::new(held)).await.unwrap();
            tx.commit().await.unwrap();
        }
    });
    db.until_one_waits().await;
    assert!(!second.is_finished());
    first.commit().await.unwrap();
    second.await.unwrap();
}

on_both! {
    async fn a_test_may_be_written_inside_and_answer_a_result(db: TestDb) -> db::Result<()> {
        let one: i64 = db.read().await?.scalar(sql!("SELECT 1"), args![]).await?;
        assert_eq!(one, 1);
        Ok(())
    }
}

#[test]
#[should_panic(expected = "broken")]
fn a_test_that_answers_an_error_fails() {
    testkit::run(Engine::Sqlite, |_| async { Err::<(), _>("broken") });
}

#[test]
fn the_clock_moves_only_when_it_is_told_to() {
    let clock = Clock::new();
    let start = clock.now();
    assert_eq!(clock.now(), start);
    assert_eq!(start.to_string(), "2021-10-20T00:00:00Z");
    clock.advance(SignedDuration::from_micros(5));
    assert_eq!(clock.now().duration_since(start), SignedDuration::from_micros(5));
    clock.set(start);
    assert_eq!(clock.now(), start);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let bytes = |seed| {
        let mut bytes = [0; 64];
        Rng::seeded(seed).fill(&mut bytes);
        bytes
    };
    assert_eq!(bytes(7), bytes(7));
    assert_ne!(bytes(7), bytes(8));
    // Two contexts never make the same id.
    assert_ne!(cx().request, cx().request);
}
