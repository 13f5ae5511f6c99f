//! Who claims while somebody else does: with the guards off too many get one, with them none.

use db::{Query, args};
use futures_util::future::join_all;
use testkit::{
    TestDb,
    app::{Answer, TestApp},
    on_both,
};
use vouchers::BatchId;

use super::turns::{
    at_once, faults, give, give_now, held_by, holds, in_turn, left, number, take_the_checks_off,
};
use crate::ground::{open, site, terms, token};

on_both!(
    a_stock_of_two_is_given_three_times_but_for_the_guard,
    one_citizen_gets_two_but_for_the_guard,
    one_key_with_two_bodies_gets_one_voucher,
    claims_are_filed_while_others_claim,
    a_request_without_a_key_is_another_request
);

/// Claims over the router, on a task of its own.
pub(crate) fn claim(
    app: &TestApp,
    batch: BatchId,
    citizen: u32,
    key: Option<&str>,
    body: &str,
) -> impl Future<Output = Answer> + Send + 'static {
    let request = axum::http::Request::post(format!("/api/v1/voucher-batches/{batch}/claims"))
        .header("authorization", format!("Bearer {}", token(app, citizen)));
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    let request = request.body(body.to_owned().into()).expect("a request");
    let app = app.clone();
    async move { app.send(request).await }
}

/// Claims without a key, and gets one.
pub(crate) async fn take(app: &TestApp, batch: BatchId, citizen: u32) {
    let answer = claim(app, batch, citizen, None, "").await;
    assert_eq!(answer.status, 201, "{}", answer.body);
}

/// Guards: the newest number that the stock must still have, and its own check.
async fn a_stock_of_two_is_given_three_times_but_for_the_guard(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 2, 1)).await;
    let app = site(db.clone());
    // The desk has read that one is left; then another node gives it away.
    take(&app, batch, 1).await;
    let now = db.cx().now;
    let another = async |tx: &mut db::Tx| give(tx, (1, 1), 2, now).await.expect("one is left");
    let told = in_turn(&db, another, claim(&app, batch, 3, None, "")).await;
    assert!(told.status == 409 && told.has("sold-out"), "{}", told.body);
    holds(&db, batch).await;

    let other = open(&db, terms(&db.cx(), 1, 1)).await;
    assert_eq!((left(&db, 2).await, left(&db, 2).await), (1, 1), "both see one");
    give_now(&db, (2, 1), 1).await.expect("the first gets it");
    let fault = give_now(&db, (2, 1), 2).await.expect_err("the stock itself refuses");
    assert!(fault.is_check_violation(), "{fault}");
    take_the_checks_off(&db).await;
    give_now(&db, (2, 1), 2).await.expect("nothing refuses it");
    let faults = faults(&db, other).await;
    assert!(faults.iter().any(|fault| fault.contains("多于 1 张")), "{faults:?}");
}

/// Guard: the book holds every claim up to the number that the stock must still have.
async fn one_citizen_gets_two_but_for_the_guard(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 10, 1)).await;
    let app = site(db.clone());
    take(&app, batch, 9).await;
    let now = db.cx().now;
    let another = async |tx: &mut db::Tx| give(tx, (1, 1), 7, now).await.expect("given");
    let told = in_turn(&db, another, claim(&app, batch, 7, None, "")).await;
    assert!(told.status == 200 && told.has("already-yours"), "{}", told.body);
    assert_eq!(told.json()["claim_no"], 2, "the one from the other node");
    holds(&db, batch).await;

    let held = (held_by(&db, 1, 8).await, held_by(&db, 1, 8).await);
    assert_eq!(held, (0, 0), "both see none");
    for _ in 0..2 {
        give_now(&db, (1, 1), 8).await.expect("nothing refuses it");
    }
    let faults = faults(&db, batch).await;
    assert!(faults.iter().any(|fault| fault.contains("每人上限")), "{faults:?}");
}

/// Guard: the hash of key and body is kept with the claim.
async fn one_key_with_two_bodies_gets_one_voucher(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 1_000, 9)).await;
    let app = site(db.clone());
    for round in 1..=6_u32 {
        let key = format!("key-{round}");
        let bodies = (0..12).map(|turn| if turn % 2 == 0 { "{\"a\":1}" } else { "{\"b\":2}" });
        let asked = bodies.map(|body| tokio::spawn(claim(&app, batch, round, Some(&key), body)));
        let answers = join_all(asked).await;
        let answers: Vec<_> = answers.into_iter().map(|one| one.expect("no panic")).collect();
        let count = |status: u16| answers.iter().filter(|one| one.status == status).count();
        assert_eq!((count(201), count(200), count(422)), (1, 5, 6), "round {round}");
        let reused = answers.iter().filter(|one| one.status == 422);
        assert!(reused.clone().all(|one| one.has("idempotency-key-reused")));
        assert_eq!(held_by(&db, 1, i64::from(round)).await, 1, "round {round}");
    }
    holds(&db, batch).await;
}

/// Guards: only the desk's own writer writes claims, and a claim that is noted twice counts once.
async fn claims_are_filed_while_others_claim(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 1_000, 1)).await;
    let app = site(db.clone());
    for wave in 0..6_u32 {
        let asked = (0..30).map(|one| tokio::spawn(claim(&app, batch, wave * 30 + one, None, "")));
        let asked: Vec<_> = asked.collect();
        let cx = app.db.cx();
        let files = (0..4).map(|_| vouchers::warm(&app.state, &cx));
        for filed in files {
            filed.await.expect("filed");
        }
        for answer in join_all(asked).await {
            let answer = answer.expect("no panic");
            assert_eq!(answer.status, 201, "{}", answer.body);
        }
    }
    for citizen in [0, 17, 179] {
        let again = claim(&app, batch, citizen, None, "").await;
        assert!(again.status == 200 && again.has("already-yours"), "{}", again.body);
    }
    vouchers::warm(&app.state, &app.db.cx()).await.expect("filed");
    let filed = Query::new("SELECT COUNT(*) FROM voucher_holder WHERE batch_no = ");
    assert_eq!(number(&db, filed.with("?", args![1_i64])).await, 180, "each once");
    holds(&db, batch).await;
}

/// Off: sent again without its key, a request takes a second voucher where the cap allows it.
async fn a_request_without_a_key_is_another_request(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 10, 3)).await;
    let app = site(db.clone());
    let twice = || claim(&app, batch, 1, None, "");
    let (one, other) = at_once(twice(), twice()).await;
    assert_eq!((one.status, other.status), (201, 201), "two vouchers");
    let twice = || claim(&app, batch, 2, Some("once"), "");
    let (one, other) = at_once(twice(), twice()).await;
    let mut both = [one.status, other.status];
    both.sort_unstable();
    assert_eq!(both, [200, 201], "one voucher, one answer");
    assert_eq!(one.json()["claim_no"], other.json()["claim_no"]);
    let query = Query::new("SELECT claimed_count FROM voucher_stock WHERE batch_no = ");
    assert_eq!(number(&db, query.with("?", args![1_i64])).await, 3);
    holds(&db, batch).await;
}
