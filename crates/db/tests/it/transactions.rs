//! What a transaction promises: one moment to its reader, all or nothing from its writer.

use std::task::Poll;

use db::{Tx, args, sql};
use testkit::{TestDb, on_both};

on_both!(
    a_reader_sees_one_moment,
    a_dropped_writer_leaves_nothing,
    a_taken_back_writer_leaves_nothing,
    a_reader_cannot_write,
    two_writers_both_succeed,
    a_broken_uniqueness_rule_is_told_apart,
    a_row_that_must_be_there_is_missed,
    two_nodes_see_each_other,
    a_caller_that_goes_away_blocks_nobody,
);

async fn table(db: &TestDb) {
    let mut tx = db.write().await.unwrap();
    tx.run(sql!("CREATE TABLE probe_tx (n BIGINT PRIMARY KEY, count BIGINT)"), args![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn add(tx: &mut Tx, n: i64) -> db::Result<u64> {
    tx.run(sql!("INSERT INTO probe_tx (n, count) VALUES ($1, 0)"), args![n]).await
}

async fn count(tx: &mut Tx) -> i64 {
    tx.scalar(sql!("SELECT COUNT(*) FROM probe_tx"), args![]).await.unwrap()
}

async fn count_now(db: &TestDb) -> i64 {
    count(&mut db.read().await.unwrap()).await
}

async fn a_reader_sees_one_moment(db: TestDb) {
    table(&db).await;
    let mut reader = db.read().await.unwrap();
    assert_eq!(count(&mut reader).await, 0);
    let mut writer = db.write().await.unwrap();
    add(&mut writer, 1).await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(count(&mut reader).await, 0, "the reader's moment moved");
    assert_eq!(count_now(&db).await, 1);
}

async fn a_dropped_writer_leaves_nothing(db: TestDb) {
    table(&db).await;
    for n in 0..3 {
        let mut writer = db.write().await.unwrap();
        add(&mut writer, n).await.unwrap();
        writer.journal(&db.cx(), db::Entry::of("probe.added"));
        drop(writer);
    }
    assert_eq!(count_now(&db).await, 0);
    assert_eq!(db::journal::version(&mut db.read().await.unwrap()).await.unwrap(), 0);
}

async fn a_taken_back_writer_leaves_nothing(db: TestDb) {
    table(&db).await;
    let mut writer = db.write().await.unwrap();
    add(&mut writer, 1).await.unwrap();
    writer.rollback().await.unwrap();
    assert_eq!(count_now(&db).await, 0);
}

async fn a_reader_cannot_write(db: TestDb) {
    table(&db).await;
    let mut reader = db.read().await.unwrap();
    assert!(add(&mut reader, 1).await.is_err());
    drop(reader);
    assert_eq!(count_now(&db).await, 0);
}

async fn two_writers_both_succeed(db: TestDb) {
    table(&db).await;
    let mut first = db.write().await.unwrap();
    add(&mut first, 0).await.unwrap();
    first.commit().await.unwrap();
    let tasks = (0..24).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut tx = db.write().await?;
            let bump = sql!("UPDATE probe_tx SET count = count + 1 WHERE n = 0");
            tx.run(bump, args![]).await?;
            tx.commit().await
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    let select = sql!("SELECT count FROM probe_tx WHERE n = 0");
    let reached: i64 = db.read().await.unwrap().scalar(select, args![]).await.unwrap();
    assert_eq!(reached, 24);
}

async fn a_broken_uniqueness_rule_is_told_apart(db: TestDb) {
    table(&db).await;
    let mut tx = db.write().await.unwrap();
    add(&mut tx, 1).await.unwrap();
    assert!(add(&mut tx, 1).await.unwrap_err().is_unique_violation());
    drop(tx);
    let mut tx = db.write().await.unwrap();
    let wrong = tx.run(sql!("INSERT INTO journal_head (one) VALUES (1)"), args![]).await;
    assert!(!wrong.unwrap_err().is_unique_violation());
}

async fn a_row_that_must_be_there_is_missed(db: TestDb) {
    table(&db).await;
    let mut tx = db.read().await.unwrap();
    let select = sql!("SELECT n FROM probe_tx WHERE n = $1");
    assert!(tx.scalar::<i64>(select, args![5]).await.is_err());
    let maybe: Option<i64> = tx.maybe(select, args![5], |row| row.get(0)).await.unwrap();
    assert_eq!(maybe, None);
}

async fn two_nodes_see_each_other(db: TestDb) {
    table(&db).await;
    let other = db.second_node().await;
    for n in 0..6 {
        let mut tx =
            if n % 2 == 0 { db.write().await.unwrap() } else { other.write().await.unwrap() };
        add(&mut tx, n).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(count(&mut other.read().await.unwrap()).await, 6);
    other.close().await;
}

/// Runs a future until it has waited so often, then drops it where it stands.
async fn abandoned<T>(waits: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    let mut left = waits;
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// A browser that closes its connection drops the handler wherever it waits. Wherever that is,
/// the next writer must find the connection as it should be, and either all was kept or nothing.
async fn a_caller_that_goes_away_blocks_nobody(db: TestDb) {
    table(&db).await;
    let cx = db.cx();
    let mut finished = 0;
    for n in 0..400_u32 {
        let write = async {
            let mut tx = db.write().await?;
            add(&mut tx, n.into()).await?;
            tx.journal(&cx, db::Entry::of("probe.added"));
            tx.commit().await
        };
        if let Some(answer) = abandoned(n % 40, write).await {
            answer.unwrap();
            finished += 1;
        }
        let read = async {
            let mut reader = db.read().await?;
            let numbers = sql!("SELECT n FROM probe_tx ORDER BY n");
            reader.all(numbers, args![], |row| row.get::<i64>(0)).await
        };
        if let Some(answer) = abandoned(n % 20, read).await {
            answer.unwrap();
        }
    }
    assert!((1..400).contains(&finished), "{finished} of 400 were not abandoned");
    let kept = count_now(&db).await;
    assert!(kept >= finished, "{kept} kept, {finished} answered");
    assert_eq!(db::journal::verify(&db).await.unwrap(), Ok(kept));
}
