//! The first answer under a key stays the answer.

use db::idempotency::{self, Answer, KEPT};
use jiff::SignedDuration;
use testkit::{TestDb, on_both};

on_both!(the_first_answer_stays, each_actor_has_keys_of_its_own, old_answers_are_forgotten);

fn answer(body: u8) -> Answer {
    Answer {
        body_sha256: vec![body; 32],
        status: 201,
        location: Some("/units/unt_1".into()),
        content_type: None,
        answer: b"{\"id\":\"\0\"}".to_vec(),
    }
}

async fn keep(db: &TestDb, actor: &str, key: &str, given: &Answer) {
    let mut tx = db.write().await.unwrap();
    idempotency::keep(&mut tx, actor, key, given, db.cx().now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn find(db: &TestDb, actor: &str, key: &str) -> Option<Answer> {
    idempotency::find(&mut db.read().await.unwrap(), actor, key).await.unwrap()
}

async fn the_first_answer_stays(db: TestDb) {
    assert_eq!(find(&db, "acc_1", "key").await, None);
    keep(&db, "acc_1", "key", &answer(1)).await;
    keep(&db, "acc_1", "key", &answer(2)).await;
    assert_eq!(find(&db, "acc_1", "key").await, Some(answer(1)));
}

async fn each_actor_has_keys_of_its_own(db: TestDb) {
    keep(&db, "acc_1", "key", &answer(1)).await;
    assert_eq!(find(&db, "acc_2", "key").await, None);
    assert_eq!(find(&db, "acc_1", "Key").await, None);
}

async fn old_answers_are_forgotten(db: TestDb) {
    keep(&db, "acc_1", "old", &answer(1)).await;
    db.clock.advance(SignedDuration::from_secs(1));
    keep(&db, "acc_1", "new", &answer(1)).await;
    db.clock.advance(KEPT);
    let mut tx = db.write().await.unwrap();
    assert_eq!(idempotency::forget_old(&mut tx, db.cx().now).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(find(&db, "acc_1", "old").await, None);
    assert!(find(&db, "acc_1", "new").await.is_some());
}
