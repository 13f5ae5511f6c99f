//! The journal is one chain, and shows when somebody changed it behind the product's back.

use db::{
    Entry, Fault, args,
    journal::{self, Broken},
    sql,
};
use jiff::SignedDuration;
use kernel::Id;
use testkit::{SYSTEM, TestDb, on_both};

on_both!(
    an_empty_journal_holds,
    entries_are_read_as_they_were_written,
    pages_go_back_and_can_be_narrowed,
    a_change_is_found,
    a_change_with_a_matching_hash_is_found_in_the_next,
    a_missing_entry_is_found,
    a_cut_end_is_found,
    a_long_chain_holds,
    commits_at_once_keep_one_chain,
);

type Thing = Id<db::job::JobKind>;

/// Writes so many entries, each in its own transaction.
async fn write(db: &TestDb, count: usize) {
    for no in 1..=count {
        let mut tx = db.write().await.unwrap();
        let detail = serde_json::json!({ "no": no });
        tx.journal(&db.cx(), Entry::of("probe.done").detail(&detail));
        tx.commit().await.unwrap();
        db.clock.advance(SignedDuration::from_millis(1));
    }
}

async fn run(db: &TestDb, statement: &'static db::Statement) {
    let mut tx = db.write().await.unwrap();
    assert_eq!(tx.run(statement, args![]).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

async fn an_empty_journal_holds(db: TestDb) {
    assert_eq!(journal::verify(&db).await.unwrap(), Ok(0));
    // A transaction that says nothing of itself adds nothing.
    db.write().await.unwrap().commit().await.unwrap();
    assert_eq!(journal::version(&mut db.read().await.unwrap()).await.unwrap(), 0);
}

async fn entries_are_read_as_they_were_written(db: TestDb) {
    let cx = db.cx_as(kernel::Actor::Account {
        id: db.cx().new_id(),
        name: "李 '明' \\".into(),
        grants: [].into(),
        token: None,
    });
    let (thing, town): (Thing, Thing) = (cx.new_id(), cx.new_id());
    let detail = serde_json::json!({ "前": "a\"b", "后": [1, null] });
    let mut tx = db.write().await.unwrap();
    tx.journal(&cx, Entry::on("probe.changed", thing).detail(&detail).scope(Some(town)));
    tx.journal(&cx.acting_as(SYSTEM), Entry::of("probe.counted"));
    tx.commit().await.unwrap();

    let mut tx = db.read().await.unwrap();
    let entries = journal::page(&mut tx, None, None, None, 10).await.unwrap();
    let [second, first] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((first.seq, second.seq), (1, 2));
    assert_eq!((first.at, first.request), (cx.now, cx.request));
    assert_eq!(first.actor, cx.actor.account().map(Id::uuid));
    assert_eq!((&*first.actor_name, first.by_system), ("李 '明' \\", false));
    assert_eq!((&*first.verb, &*first.subject_kind), ("probe.changed", "job"));
    assert_eq!((first.subject, first.scope), (Some(thing.uuid()), Some(town.uuid())));
    assert_eq!(first.detail, detail.to_string());
    assert_eq!((second.actor, second.subject, second.scope), (None, None, None));
    assert_eq!((&*second.actor_name, second.by_system), ("test", true));
    let of_thing = journal::of_subject(&mut tx, thing.uuid(), 10).await.unwrap();
    assert_eq!(of_thing.iter().map(|one| one.seq).collect::<Vec<_>>(), [1]);
    assert_eq!(journal::require_whole(&db).await.unwrap(), 2);
}

async fn pages_go_back_and_can_be_narrowed(db: TestDb) {
    let cx = db.cx();
    let towns: [Thing; 2] = [cx.new_id(), cx.new_id()];
    for no in 0..10 {
        let mut tx = db.write().await.unwrap();
        let verb = if no < 5 { "probe.early" } else { "probe.late" };
        tx.journal(&cx, Entry::of(verb).scope(Some(towns[no % 2])));
        tx.commit().await.unwrap();
    }
    let mut tx = db.read().await.unwrap();
    let town = Some(towns[0].uuid());
    for (before, scope, verb, most, wanted) in [
        (None, None, None, 3, vec![10, 9, 8]),
        (Some(8), None, None, 3, vec![7, 6, 5]),
        (Some(1), None, None, 3, vec![]),
        (None, town, None, 10, vec![9, 7, 5, 3, 1]),
        (None, None, Some("probe.early"), 10, vec![5, 4, 3, 2, 1]),
        (Some(5), town, Some("probe.early"), 10, vec![3, 1]),
    ] {
        let page = journal::page(&mut tx, before, scope, verb, most).await.unwrap();
        let read: Vec<i64> = page.iter().map(|one| one.seq).collect();
        assert_eq!(read, wanted, "{before:?} {scope:?} {verb:?}");
    }
}

async fn a_change_is_found(db: TestDb) {
    write(&db, 3).await;
    assert_eq!(journal::verify(&db).await.unwrap(), Ok(3));
    run(&db, sql!("UPDATE journal SET actor_name = 'somebody else' WHERE seq = 2")).await;
    let broken = Broken { seq: 2, why: "changed after it was written" };
    assert_eq!(journal::verify(&db).await.unwrap(), Err(broken));
    let why = journal::require_whole(&db).await.unwrap_err();
    assert!(matches!(why, Fault::Invariant(_)), "{why}");
}

async fn a_change_with_a_matching_hash_is_found_in_the_next(db: TestDb) {
    write(&db, 3).await;
    // Who can compute hashes can forge one entry, but then the next no longer follows from it.
    run(
        &db,
        sql!(
            "UPDATE journal SET detail = (SELECT detail FROM journal WHERE seq = 1), \
             hash = (SELECT hash FROM journal WHERE seq = 1) WHERE seq = 2"
        ),
    )
    .await;
    let broken = journal::verify(&db).await.unwrap().unwrap_err();
    assert_eq!(broken.seq, 2);
}

async fn a_missing_entry_is_found(db: TestDb) {
    write(&db, 3).await;
    run(&db, sql!("DELETE FROM journal WHERE seq = 2")).await;
    let broken = Broken { seq: 2, why: "missing" };
    assert_eq!(journal::verify(&db).await.unwrap(), Err(broken));
}

async fn a_cut_end_is_found(db: TestDb) {
    write(&db, 3).await;
    run(&db, sql!("DELETE FROM journal WHERE seq = 3")).await;
    let broken = Broken { seq: 3, why: "the end was cut off" };
    assert_eq!(journal::verify(&db).await.unwrap(), Err(broken));
}

async fn a_long_chain_holds(db: TestDb) {
    // More than one page of the verification, more than one statement of the set.
    let cx = db.cx();
    let mut tx = db.write().await.unwrap();
    for _ in 0..5_001 {
        tx.journal(&cx, Entry::of("probe.done"));
    }
    tx.commit().await.unwrap();
    assert_eq!(journal::verify(&db).await.unwrap(), Ok(5_001));
    run(&db, sql!("UPDATE journal SET verb = 'probe.undone' WHERE seq = 5001")).await;
    assert_eq!(journal::verify(&db).await.unwrap().unwrap_err().seq, 5_001);
}

async fn commits_at_once_keep_one_chain(db: TestDb) {
    let other = db.second_node().await;
    let tasks = (0..30).map(|no| {
        let node = if no % 2 == 0 { (*db).clone() } else { other.clone() };
        let cx = db.cx();
        tokio::spawn(async move {
            let mut tx = node.write().await?;
            tx.journal(&cx, Entry::of("probe.first"));
            tx.journal(&cx, Entry::of("probe.second"));
            tx.commit().await
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    other.close().await;
    assert_eq!(journal::verify(&db).await.unwrap(), Ok(60));
    let mut tx = db.read().await.unwrap();
    let entries = journal::page(&mut tx, None, None, None, 100).await.unwrap();
    // Both entries of one commit stand side by side.
    assert!(entries.chunks(2).all(|pair| pair[0].request == pair[1].request));
}
