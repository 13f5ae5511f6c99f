//! Two nodes on one database: what one gives out the other does not, what one wrote the other
//! finds at once, and what is changed at one holds at the other.

use axum::http::Request;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{
    TestDb,
    app::{Answer, TestApp},
    on_both,
};
use vouchers::{BatchId, Terms, change_terms, close_batch};

use crate::{
    festival::Festival,
    ground::{open, site, terms, token},
    races::turns::{holds, number, system},
};

on_both!(
    claims_and_tills_at_both_at_once,
    what_is_claimed_at_one_is_spent_at_the_other_at_once,
    an_edit_is_seen_by_who_refuses_all_the_time,
    what_went_back_into_the_stock_is_given_out_by_the_other,
    a_batch_closed_at_one_gives_nothing_at_the_other,
    who_signed_out_at_one_is_out_at_the_other_once_it_has_looked
);

async fn claim(app: &TestApp, batch: BatchId, citizen: u32) -> Answer {
    let request = Request::post(format!("/api/v1/voucher-batches/{batch}/claims"))
        .header("authorization", format!("Bearer {}", token(app, citizen)));
    app.send(request.body(Vec::new().into()).expect("a request")).await
}

/// A citizen's life at two nodes: claims at one, spends at the other, and half of it goes back.
async fn live(one: &Festival, nodes: [TestApp; 2], batch: BatchId, turn: usize) -> (u16, i64) {
    let (here, there) = (&nodes[turn % 2], &nodes[(turn + 1) % 2]);
    let phone = format!("138{:08}", 32_350_000 + turn);
    let (no, _) = one.app.citizen(&phone).await;
    let answer = claim(here, batch, no.0).await;
    if answer.status != 201 {
        assert!(answer.has("sold-out"), "{}", answer.body);
        return (answer.status, 0);
    }
    let own = there.script(&token(there, no.0));
    let codes = own.get("/api/v1/vouchers").await.json();
    let code = codes["items"][0]["code"].as_str().unwrap_or_else(|| panic!("{codes}")).to_owned();
    let mut taken = Vec::new();
    for (name, node) in [("cashier", there), ("other", here)] {
        let till = one.till_at(node, name).await;
        taken.push(tokio::spawn(till.take(&code, &format!("{name}-{turn}"), &json!({}))));
    }
    let taken: Vec<Answer> =
        join_all(taken).await.into_iter().map(|one| one.expect("no panic")).collect();
    let mut both = [taken[0].status, taken[1].status];
    both.sort_unstable();
    assert_eq!(both, [201, 409], "{} {}", taken[0].body, taken[1].body);
    let (won, name) =
        if taken[0].status == 201 { (&taken[0], "cashier") } else { (&taken[1], "other") };
    let till = one.till_at(here, name).await;
    let record: Value = won.json()["redemption"].clone();
    let back = json!({ "redemption": record, "amount_fen": 700, "reason": "退", "key": phone });
    let back = till.give_back(back).await;
    assert_eq!(back.status, 201, "{}", back.body);
    (201, 1_300)
}

async fn claims_and_tills_at_both_at_once(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 12, 1)).await;
    let nodes = [one.app.clone(), one.node(None).await];
    let all = (0..18).map(|turn| live(&one, nodes.clone(), batch, turn));
    let lived = join_all(all).await;
    assert_eq!(lived.iter().filter(|(status, _)| *status == 201).count(), 12);
    let sum: i64 = lived.iter().map(|(_, fen)| fen).sum();
    let net = "SELECT CAST(SUM(redeemed_fen - refunded_fen) AS BIGINT) FROM voucher_claim";
    assert_eq!(number(&one.app.db, db::Query::new(net)).await, sum);
    one.whole().await;
}

async fn what_is_claimed_at_one_is_spent_at_the_other_at_once(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let node = one.node(None).await;
    // The other's desk is open, and knows of nothing.
    vouchers::warm(&node.state, &node.db.cx()).await.expect("it opens");
    let till = one.till_at(&node, "cashier").await;
    for turn in 0..6 {
        let citizen = one.holder(batch, &format!("138{:08}", 42_350_000 + turn)).await;
        let taken = till.take(&citizen.code().await, &turn.to_string(), &json!({})).await;
        assert_eq!(taken.status, 201, "{}", taken.body);
    }
    one.whole().await;
}

/// Two sites without accounts, and a batch.
async fn two(db: TestDb, terms: Terms) -> (TestApp, TestApp, BatchId) {
    let batch = open(&db, terms).await;
    let node = db.node().await;
    (site(db), site(node), batch)
}

/// Nobody ever finds a quiet moment: others ask all the time, and each is refused with this word,
/// until one of them gets a voucher; the first of them has this number.
async fn in_a_rush(
    app: &TestApp,
    batch: BatchId,
    work: impl Future<Output = ()>,
    said: (u32, &str),
) {
    let refused = async {
        for citizen in said.0.. {
            let answer = claim(app, batch, citizen).await;
            if answer.status == 201 {
                return;
            }
            assert!(answer.status == 409 && answer.has(said.1), "{}", answer.body);
        }
    };
    tokio::join!(refused, work);
}

/// Guard: who refuses looks whether anything was written since the book was read.
async fn an_edit_is_seen_by_who_refuses_all_the_time(db: TestDb) {
    let first = Terms {
        claim_from: db.cx().now + SignedDuration::from_hours(1),
        ..terms(&db.cx(), 100, 1)
    };
    let (one, other, batch) = two(db, first.clone()).await;
    let early = claim(&other, batch, 1).await;
    assert!(early.has("too-early"), "{}", early.body);
    let work = async {
        let mut tx = one.db.write().await.expect("a transaction");
        let at_once = Terms { claim_from: one.db.cx().now, ..first.clone() };
        change_terms(&mut tx, &system(&one.db), batch, 3, at_once).await.expect("changed");
        tx.commit().await.expect("it commits");
        let now = claim(&other, batch, 1).await;
        assert_eq!(now.status, 201, "{}", now.body);
    };
    in_a_rush(&other, batch, work, (800_000, "too-early")).await;
    // Sold out, then more of them.
    let mut tx = one.db.write().await.expect("a transaction");
    let given = number(&one.db, db::Query::new("SELECT claimed_count FROM voucher_stock")).await;
    let all = Terms { quantity: given, claim_from: one.db.cx().now, ..first.clone() };
    change_terms(&mut tx, &system(&one.db), batch, 4, all.clone()).await.expect("changed");
    tx.commit().await.expect("it commits");
    let none = claim(&other, batch, 2).await;
    assert!(none.has("sold-out"), "{}", none.body);
    let work = async {
        let mut tx = one.db.write().await.expect("a transaction");
        let more = Terms { quantity: given + 20, ..all.clone() };
        change_terms(&mut tx, &system(&one.db), batch, 5, more).await.expect("changed");
        tx.commit().await.expect("it commits");
        let now = claim(&other, batch, 2).await;
        assert_eq!(now.status, 201, "{}", now.body);
    };
    in_a_rush(&other, batch, work, (900_000, "sold-out")).await;
    holds(&one.db, batch).await;
}

async fn what_went_back_into_the_stock_is_given_out_by_the_other(db: TestDb) {
    let again = Terms { restock: true, ..terms(&db.cx(), 1, 1) };
    let (one, other, batch) = two(db, again).await;
    assert_eq!(claim(&one, batch, 1).await.status, 201);
    assert!(claim(&other, batch, 2).await.has("sold-out"));
    let work = async {
        let mut tx = one.db.write().await.expect("a transaction");
        let first = vouchers::VoucherNo { batch: 1, claim: 1 };
        let run = system(&one.db);
        vouchers::void_voucher(&mut tx, &run, first, "退回").await.expect("voided");
        tx.commit().await.expect("it commits");
    };
    work.await;
    let now = claim(&other, batch, 2).await;
    assert_eq!((now.status, now.json()["claim_no"].as_i64()), (201, Some(2)), "{}", now.body);
    assert!(claim(&one, batch, 3).await.has("sold-out"));
    holds(&one.db, batch).await;
}

async fn a_batch_closed_at_one_gives_nothing_at_the_other(db: TestDb) {
    let first = terms(&db.cx(), 100, 1);
    let (one, other, batch) = two(db, first).await;
    assert_eq!(claim(&other, batch, 1).await.status, 201);
    let mut tx = one.db.write().await.expect("a transaction");
    close_batch(&mut tx, &system(&one.db), batch, 3).await.expect("closed");
    tx.commit().await.expect("it commits");
    let told = claim(&other, batch, 2).await;
    assert!(told.status == 409 && told.has("closed"), "{}", told.body);
    // What was given stays theirs.
    assert!(claim(&other, batch, 1).await.has("already-yours"));
    holds(&one.db, batch).await;
}

/// Within the five seconds that decision 0011 names: the time until the chore looks.
async fn who_signed_out_at_one_is_out_at_the_other_once_it_has_looked(db: TestDb) {
    let first = terms(&db.cx(), 100, 2);
    let (one, other, batch) = two(db, first).await;
    let browser = one.citizen_browser("13812340061").await;
    let token = browser.cookie("tongpin-citizen").expect("a token");
    let (here, there) = (one.script(&token), other.script(&token));
    let path = format!("/api/v1/voucher-batches/{batch}/claims");
    assert_eq!(here.post(&path, &Value::Null).await.status, 201);
    assert_eq!(there.post(&path, &Value::Null).await.status, 201);
    assert_eq!(browser.post("/c/sign-outs", &[]).await.status, 303);
    assert_eq!(here.post(&path, &Value::Null).await.status, 401, "at once");
    // A route that is not hot asks the database each time.
    assert_eq!(there.get("/api/v1/vouchers").await.status, 401, "at once");
    citizens::refresh_revoked(&other.state, &other.db.cx()).await.expect("a look");
    assert_eq!(there.post(&path, &Value::Null).await.status, 401);
    holds(&one.db, batch).await;
}
