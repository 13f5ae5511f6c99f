//! The first answer under a key stays the answer.

use db::idempotency::{self, Answer, Claim, KEPT, RUNNING};
use jiff::SignedDuration;
use testkit::{TestDb, on_both};

on_both!(
    the_first_answer_stays,
    each_actor_has_keys_of_its_own,
    old_answers_are_forgotten,
    of_two_requests_at_once_one_runs,
    a_released_key_is_free,
    a_key_of_a_lost_request_is_free_again,
    a_key_of_a_long_request_is_kept,
);

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

async fn claim(db: &TestDb, key: &str) -> Claim {
    let mut tx = db.write().await.unwrap();
    let claim = idempotency::claim(&mut tx, "acc_1", key, &[1; 32], db.cx().now).await.unwrap();
    tx.commit().await.unwrap();
    claim
}

async fn of_two_requests_at_once_one_runs(db: TestDb) {
    let requests: Vec<_> = (0..12)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { claim(&db, "key").await })
        })
        .collect();
    let mut fresh = 0;
    for request in requests {
        match request.await.unwrap() {
            Claim::Fresh => fresh += 1,
            Claim::Running => {}
            Claim::Answered(answer) => panic!("{answer:?}"),
        }
    }
    assert_eq!(fresh, 1);
    assert_eq!(find(&db, "acc_1", "key").await, None, "it is not answered yet");
    keep(&db, "acc_1", "key", &answer(1)).await;
    assert_eq!(claim(&db, "key").await, Claim::Answered(answer(1)));
}

async fn a_released_key_is_free(db: TestDb) {
    assert_eq!(claim(&db, "key").await, Claim::Fresh);
    let release = async || {
        let mut tx = db.write().await.unwrap();
        idempotency::release(&mut tx, "acc_1", "key").await.unwrap();
        tx.commit().await.unwrap();
    };
    release().await;
    assert_eq!(claim(&db, "key").await, Claim::Fresh);
    keep(&db, "acc_1", "key", &answer(1)).await;
    release().await;
    assert_eq!(claim(&db, "key").await, Claim::Answered(answer(1)), "an answer was released");
}

async fn a_key_of_a_lost_request_is_free_again(db: TestDb) {
    assert_eq!(claim(&db, "key").await, Claim::Fresh);
    db.clock.advance(RUNNING);
    assert_eq!(claim(&db, "key").await, Claim::Running);
    db.clock.advance(SignedDuration::from_micros(1));
    assert_eq!(claim(&db, "key").await, Claim::Fresh);
    assert_eq!(claim(&db, "key").await, Claim::Running);
}

async fn a_key_of_a_long_request_is_kept(db: TestDb) {
    let renew = async || {
        let mut tx = db.write().await.unwrap();
        idempotency::renew(&mut tx, "acc_1", "key", db.cx().now).await.unwrap();
        tx.commit().await.unwrap();
    };
    assert_eq!(claim(&db, "key").await, Claim::Fresh);
    for _ in 0..3 {
        db.clock.advance(RUNNING);
        renew().await;
    }
    assert_eq!(claim(&db, "key").await, Claim::Running);
    // A sign that comes late neither takes the answer away nor makes it younger.
    keep(&db, "acc_1", "key", &answer(1)).await;
    db.clock.advance(KEPT + RUNNING);
    renew().await;
    let mut tx = db.write().await.unwrap();
    assert_eq!(idempotency::forget_old(&mut tx, db.cx().now).await.unwrap(), 1);
}
