//! The clock of the machine is set back, and forth again: nothing is given twice, nothing that was
//! given is lost, and each answer is the one for the time that the machine tells.

use db::{Query, args};
use jiff::{SignedDuration, Timestamp};
use kernel::Clock as _;
use serde_json::{Value, json};
use testkit::{
    TestDb,
    app::{Answer, TestApp},
    on_both,
};
use vouchers::{BatchId, Terms};

use crate::{
    festival::Festival,
    ground::{open, site, terms, token},
    races::{
        spending::in_parts,
        turns::{held_by, holds, number, state_of},
    },
};

on_both!(
    a_window_opens_and_closes_with_the_clock,
    midnight_comes_twice,
    midnight_at_two_nodes,
    a_code_is_good_once_whatever_the_clock_says,
    wrong_codes_of_tomorrow_lock_nobody_out,
    what_expired_stays_so_and_what_came_later_expires_too,
    a_bill_over_midnight,
    a_token_from_the_future_opens_nothing_until_then
);

const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

async fn claim(app: &TestApp, batch: BatchId, citizen: &str, key: &str) -> Answer {
    let request = axum::http::Request::post(format!("/api/v1/voucher-batches/{batch}/claims"))
        .header("authorization", format!("Bearer {citizen}"))
        .header("idempotency-key", key);
    app.send(request.body(Vec::new().into()).expect("a request")).await
}

async fn a_window_opens_and_closes_with_the_clock(db: TestDb) {
    let start = db.clock.now();
    let batch = open(&db, terms(&db.cx(), 5, 1)).await;
    let app = site(db.clone());
    // Good for thirty days, and an hour before it was signed.
    let first = token(&app, 1);
    let own = |key: &'static str| claim(&app, batch, &first, key);
    db.clock.set(start + hours(73));
    assert!(own("late").await.has("too-late"));
    db.clock.set(start);
    let yours = own("first").await;
    assert_eq!(yours.status, 201, "{}", yours.body);
    for at in [hours(73), hours(24 * 20), hours(0)] {
        db.clock.set(start + at);
        let again = own("first").await;
        assert_eq!((again.status, &again.json()["voucher"]), (200, &yours.json()["voucher"]));
        assert!(again.has("yours") && own("other").await.has("already-yours"));
    }
    // Before the window: who has theirs is told so, who has none comes later.
    db.clock.set(start - hours(2));
    let (one, other) = (token(&app, 1), token(&app, 2));
    let again = claim(&app, batch, &one, "first").await;
    assert_eq!((again.status, &again.json()["voucher"]), (200, &yours.json()["voucher"]));
    assert!(claim(&app, batch, &other, "k").await.has("too-early"));
    db.clock.set(start);
    assert_eq!(claim(&app, batch, &other, "k").await.status, 201);
    assert_eq!((held_by(&db, 1, 1).await, held_by(&db, 1, 2).await), (1, 1));
    holds(&db, batch).await;
}

/// One a day, three in all. 2021-10-20 08:00 is the start; midnight comes sixteen hours later.
fn one_a_day(db: &TestDb) -> Terms {
    Terms { day_cap: 1, ..terms(&db.cx(), 100, 3) }
}

const BEFORE: SignedDuration = SignedDuration::from_secs(16 * 3600 - 1);
const AFTER: SignedDuration = SignedDuration::from_hours(16);

async fn most_on_one_day(db: &TestDb) -> i64 {
    // The city's day, in whole days since 1970: eight hours ahead of UTC all year.
    let mut tx = db.read().await.expect("a transaction");
    let query = Query::new("SELECT citizen_no, claimed_at FROM voucher_claim ORDER BY claim_no");
    let read = |row: &db::Row| Ok((row.get::<i64>(0)?, row.get::<Timestamp>(1)?));
    let claims = tx.list(query, read).await.expect("a read");
    let mut counts = std::collections::HashMap::new();
    for (citizen, at) in claims {
        *counts.entry((citizen, kernel::time::civil_date(at))).or_insert(0_i64) += 1;
    }
    counts.into_values().max().unwrap_or(0)
}

async fn midnight_comes_twice(db: TestDb) {
    let start = db.clock.now();
    let batch = open(&db, one_a_day(&db)).await;
    let mut app = site(db.clone());
    let (one, other) = (token(&app, 1), token(&app, 2));
    let mut told = Vec::new();
    // Back before midnight after it was over, and forth again; the desk begun anew in between.
    for (turn, at) in [BEFORE, AFTER, BEFORE, AFTER, BEFORE, AFTER].into_iter().enumerate() {
        db.clock.set(start + at);
        if turn == 4 {
            app = site(db.clone());
        }
        for citizen in [&one, &other] {
            let answer = claim(&app, batch, citizen, &format!("turn-{turn}")).await;
            assert!(answer.status == 201 || answer.has("day-cap"), "{}", answer.body);
            told.push(answer.status);
        }
    }
    assert_eq!(told[..4], [201; 4], "one on each of the days");
    assert_eq!(told[4..], [409; 8], "and no second one, whichever day it is again");
    assert_eq!(most_on_one_day(&db).await, 1);
    db.clock.set(start + AFTER + hours(24));
    assert_eq!(claim(&app, batch, &one, "third").await.status, 201);
    holds(&db, batch).await;
}

async fn midnight_at_two_nodes(db: TestDb) {
    let start = db.clock.now();
    let batch = open(&db, one_a_day(&db)).await;
    let mut node = db.node().await;
    node.clock = std::sync::Arc::new(testkit::Clock::at(start + AFTER));
    let (slow, fast) = (site(db.clone()), site(node));
    db.clock.set(start + BEFORE);
    let one = token(&slow, 1);
    for turn in 0..3 {
        for app in [&slow, &fast] {
            let answer = claim(app, batch, &one, &format!("{turn}")).await;
            // The same key again is the same voucher, at either node.
            let good = answer.status < 300 || answer.has("day-cap");
            assert!(good, "{}", answer.body);
        }
    }
    assert_eq!(most_on_one_day(&db).await, 1);
    holds(&db, batch).await;
}

async fn a_code_is_good_once_whatever_the_clock_says(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(in_parts(&one.app.db)).await;
    let till = one.till_at(&one.app, "cashier").await;
    let citizen = one.holder(batch, "13812340031").await;
    let clock = &one.app.db.clock;
    let start = clock.now();
    let part = json!({ "amount_fen": 100 });
    let mut codes = Vec::new();
    for turn in 0..3 {
        clock.set(start + SignedDuration::from_secs(30 * turn));
        let code = citizen.code().await;
        let taken = till.take(&code, &format!("a{turn}"), &part).await;
        assert_eq!(taken.status, 201, "{}", taken.body);
        codes.push(code);
    }
    // Back and forth: each of them is known, and used.
    for at in [0, 30, 60, 0, 90, 3600, -3600] {
        clock.set(start + SignedDuration::from_secs(at));
        for (turn, code) in codes.iter().enumerate() {
            let again = till.take(code, &format!("b{at}-{turn}"), &part).await;
            assert!(again.has("code-used") || again.has("unknown-code"), "{}", again.body);
        }
    }
    clock.set(start);
    assert_eq!(citizen.voucher().await["left_fen"], 1_700);
    one.whole().await;
}

async fn wrong_codes_of_tomorrow_lock_nobody_out(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 10, 1)).await;
    let till = one.till_at(&one.app, "cashier").await;
    let clock = &one.app.db.clock;
    let start = clock.now();
    clock.set(start + hours(24));
    let wrong = async || till.take("123456789012", "b", &Value::Null).await;
    let mut told = wrong().await;
    while told.status == 422 {
        told = wrong().await;
    }
    assert_eq!(told.status, 429, "{}", told.body);
    clock.set(start);
    let citizen = one.holder(batch, "13812340032").await;
    till.taken(&citizen.code().await, "b", 2_000).await;
    one.whole().await;
}

async fn what_expired_stays_so_and_what_came_later_expires_too(db: TestDb) {
    let one = Festival::begin(db).await;
    let promised = Terms { restock: true, ..terms(&one.app.db.cx(), 10, 1) };
    let end = promised.use_until;
    let batch = one.batch(promised).await;
    let clock = &one.app.db.clock;
    let start = clock.now();
    let till = one.till_at(&one.app, "cashier").await;
    let first = one.holder(batch, "13812340033").await;
    let expire = async || {
        let cx = one.app.db.cx();
        vouchers::expire_due(&one.app.state, &cx).await.expect("it runs")
    };
    clock.set(end);
    assert_eq!(expire().await, 1);
    clock.set(start);
    assert_eq!(expire().await, 0);
    assert_eq!(first.voucher().await["state"], "expired");
    let second = one.holder(batch, "13812340034").await;
    let third = one.holder(batch, "13812340035").await;
    till.taken(&third.code().await, "b", 2_000).await;
    clock.set(end);
    assert_eq!(expire().await, 1, "claimed after the time had come, as it seemed");
    let told = till.take(&second.voucher().await["code"].to_string(), "c", &Value::Null).await;
    assert!(told.status >= 400, "{}", told.body);
    for (claim, state) in [(1, "expired"), (2, "expired"), (3, "spent")] {
        assert_eq!(state_of(&one.app.db, 1, claim).await, state, "{claim}");
    }
    let returned = Query::new("SELECT returned_count FROM voucher_stock WHERE batch_no = ");
    assert_eq!(number(&one.app.db, returned.with("?", args![1_i64])).await, 2, "each once");
    one.whole().await;
}

/// A bill's number is its day's: the same number on two days is two bills, on one day it is one.
async fn a_bill_over_midnight(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 10, 1)).await;
    let till = one.till_at(&one.app, "cashier").await;
    let clock = &one.app.db.clock;
    let start = clock.now();
    let mut told = Vec::new();
    for (turn, at) in [BEFORE, AFTER, BEFORE, AFTER].into_iter().enumerate() {
        clock.set(start);
        let citizen = one.holder(batch, &format!("1381234004{turn}")).await;
        clock.set(start + at);
        let taken = till.take(&citizen.code().await, "0001", &Value::Null).await;
        assert!(taken.status == 201 || taken.has("alone"), "{}", taken.body);
        told.push(taken.status);
    }
    assert_eq!(told, [201, 201, 422, 422], "one voucher on each bill");
    one.whole().await;
}

async fn a_token_from_the_future_opens_nothing_until_then(db: TestDb) {
    let start = db.clock.now();
    let batch = open(&db, terms(&db.cx(), 10, 1)).await;
    let app = site(db.clone());
    db.clock.set(start + hours(3));
    let later = token(&app, 1);
    db.clock.set(start);
    let told = claim(&app, batch, &later, "k").await;
    assert_eq!(told.status, 401, "{}", told.body);
    db.clock.set(start + hours(3));
    assert_eq!(claim(&app, batch, &later, "k").await.status, 201);
    db.clock.set(start + hours(24 * 31));
    assert_eq!(claim(&app, batch, &later, "k").await.status, 401, "it has grown old");
    holds(&db, batch).await;
}
