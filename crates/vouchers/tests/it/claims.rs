//! Claims over the real router: one answer each, never one too many.

use axum::{body::Body, http::Request};
use futures_util::future::join_all;
use jiff::SignedDuration;
use kernel::{Actor, Id};
use testkit::{
    TestDb,
    app::{Answer, TestApp},
    on_both,
};
use uuid::Uuid;
use vouchers::{BatchDraft, BatchId};

use crate::ground::{open, site, terms, token};

async fn claim(app: &TestApp, batch: BatchId, citizen: u32, key: Option<&str>) -> Answer {
    claim_with(app, batch, citizen, key, "").await
}

async fn claim_with(
    app: &TestApp,
    batch: BatchId,
    citizen: u32,
    key: Option<&str>,
    body: &str,
) -> Answer {
    let request = Request::post(format!("/api/v1/voucher-batches/{batch}/claims"))
        .header("authorization", format!("Bearer {}", token(app, citizen)));
    let request = match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    };
    app.send(request.body(Body::from(body.to_owned())).expect("a request")).await
}

async fn count(db: &TestDb, batch: BatchId) -> (i64, i64) {
    let mut tx = db.read().await.expect("a transaction");
    let seen = vouchers::audit_batch(&mut tx, batch).await.expect("an audit");
    assert!(seen.faults.is_empty(), "{:?}", seen.faults);
    (seen.claims, seen.citizens)
}

on_both!(a_stock_of_ten_gives_ten_to_a_hundred_who_ask_at_once);
async fn a_stock_of_ten_gives_ten_to_a_hundred_who_ask_at_once(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 10, 1)).await;
    let app = site(db);
    let answers = join_all((1..=100).map(|citizen| claim(&app, batch, citizen, None))).await;
    let given = answers.iter().filter(|answer| answer.status == 201).count();
    let sold_out = answers.iter().filter(|answer| answer.has("sold-out")).count();
    assert_eq!((given, sold_out), (10, 90));
    let mut left: Vec<_> = answers
        .iter()
        .filter(|answer| answer.status == 201)
        .map(|answer| answer.json()["claim_no"].as_i64().expect("a number"))
        .collect();
    left.sort_unstable();
    assert_eq!(left, (1..=10).collect::<Vec<_>>(), "numbers without gaps");
    assert_eq!(count(&app.db, batch).await, (10, 10));
}

on_both!(one_who_asks_fifty_times_at_once_gets_one_and_is_told_which);
async fn one_who_asks_fifty_times_at_once_gets_one_and_is_told_which(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 100, 1)).await;
    let app = site(db);
    let answers = join_all((0..50).map(|_| claim(&app, batch, 7, None))).await;
    let new = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(new, 1);
    let first = answers[0].json()["voucher"].clone();
    for answer in &answers {
        assert!(answer.status == 200 || answer.status == 201, "{}", answer.body);
        assert_eq!(answer.json()["voucher"], first, "{}", answer.body);
    }
    assert_eq!(count(&app.db, batch).await, (1, 1));
}

on_both!(the_same_key_gets_the_same_answer_and_another_body_is_refused);
async fn the_same_key_gets_the_same_answer_and_another_body_is_refused(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 100, 3)).await;
    let app = site(db);
    let answers = join_all((0..20).map(|_| claim(&app, batch, 7, Some("one")))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    assert!(answers.iter().all(|answer| answer.json()["claim_no"] == 1), "one voucher");
    assert!(answers.iter().all(|answer| answer.json()["outcome"] == "yours"));
    let other = claim_with(&app, batch, 7, Some("one"), "{\"two\":2}").await;
    assert!(other.status == 422 && other.has("idempotency-key-reused"), "{}", other.body);
    let second = claim(&app, batch, 7, Some("two")).await;
    assert_eq!((second.status, second.json()["claim_no"].as_i64()), (201, Some(2)));
    vouchers::warm(&app.state, &app.db.cx()).await.expect("filed");
    let filed = claim(&app, batch, 7, Some("one")).await;
    assert_eq!((filed.status, filed.json()["claim_no"].as_i64()), (200, Some(1)), "still known");
    let of_another = claim(&app, batch, 8, Some("one")).await;
    assert_eq!(of_another.status, 201, "a key is its citizen's own");
    assert_eq!(count(&app.db, batch).await, (3, 2));
}

on_both!(early_late_and_nobody_are_told_so);
async fn early_late_and_nobody_are_told_so(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 5, 1)).await;
    let app = site(db);
    let nobody = app
        .send(
            Request::post(format!("/api/v1/voucher-batches/{batch}/claims"))
                .body(Body::empty())
                .expect("a request"),
        )
        .await;
    assert_eq!(nobody.status, 401, "{}", nobody.body);
    let mut other = batch.to_string();
    other.replace_range(4..6, "00");
    for unknown in [other.as_str(), "nothing"] {
        let request = Request::post(format!("/api/v1/voucher-batches/{unknown}/claims"))
            .header("authorization", format!("Bearer {}", token(&app, 1)));
        let answer = app.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.status, 404, "{}", answer.body);
    }
    app.db.clock.advance(-SignedDuration::from_hours(2));
    let early = claim(&app, batch, 1, None).await;
    assert!(early.status == 409 && early.has("too-early"), "{}", early.body);
    app.db.clock.advance(SignedDuration::from_hours(2));
    assert_eq!(claim(&app, batch, 1, None).await.status, 201);
    app.db.clock.advance(SignedDuration::from_hours(73));
    let late = claim(&app, batch, 2, None).await;
    assert!(late.status == 409 && late.has("too-late"), "{}", late.body);
    let again = claim(&app, batch, 1, None).await;
    assert!(again.status == 200 && again.has("already-yours"), "{}", again.body);
    assert_eq!(count(&app.db, batch).await, (1, 1));
}

on_both!(two_nodes_share_one_stock);
async fn two_nodes_share_one_stock(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 60, 1)).await;
    let second = db.node().await;
    let (one, other) = (site(db), site(second));
    let both = (1..=100).map(|citizen| {
        let app = if citizen % 2 == 0 { &one } else { &other };
        async move { claim(app, batch, citizen, None).await }
    });
    let answers = join_all(both).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 60);
    // Each citizen asks the other node, too.
    let crossed = (1..=100).map(|citizen| {
        let app = if citizen % 2 == 0 { &other } else { &one };
        async move { claim(app, batch, citizen, None).await }
    });
    let answers = join_all(crossed).await;
    assert_eq!(answers.iter().filter(|answer| answer.has("already-yours")).count(), 60);
    assert_eq!(answers.iter().filter(|answer| answer.has("sold-out")).count(), 40);
    assert_eq!(count(&one.db, batch).await, (60, 60));
}

on_both!(who_came_before_it_was_reserved_gets_nothing_of_what_is_earned);
async fn who_came_before_it_was_reserved_gets_nothing_of_what_is_earned(db: TestDb) {
    let cx = db.cx().acting_as(Actor::System { name: "test" });
    let (campaign, funder) = (Id::from_uuid(Uuid::from_u128(1)), Id::from_uuid(Uuid::from_u128(2)));
    let draft = BatchDraft { campaign, funder, terms: terms(&db.cx(), 10, 1) };
    let mut tx = db.write().await.expect("a transaction");
    let batch = vouchers::draft_batch(&mut tx, &cx, draft).await.expect("a draft");
    vouchers::approve_batch(&mut tx, &cx, batch, 1).await.expect("approved");
    tx.commit().await.expect("it commits");
    let app = site(db);
    // The desk knows the batch before it is reserved.
    let early = claim(&app, batch, 1, None).await;
    assert!(early.status == 409 && early.has("closed"), "{}", early.body);
    let mut tx = app.db.write().await.expect("a transaction");
    vouchers::reserve_batch(&mut tx, &cx, batch, 2).await.expect("reserved");
    vouchers::open_batch(&mut tx, &cx, batch, 3).await.expect("open");
    tx.commit().await.expect("it commits");
    let told = claim(&app, batch, 1, None).await;
    assert!(told.status == 409 && told.has("not-eligible"), "{}", told.body);
    assert_eq!(count(&app.db, batch).await, (0, 0));
}
