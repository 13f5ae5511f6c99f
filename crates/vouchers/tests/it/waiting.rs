//! The waiting room over the real router: lots before the opening, the order after it, and a place
//! that is kept and told truly.

use axum::{body::Body, http::Request};
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::Value;
use testkit::{
    TestDb,
    app::{Answer, TestApp},
    on_both,
};
use vouchers::{BatchId, ClaimRules, Terms};

use crate::{
    festival::Festival,
    ground::{open, site, terms, token},
};

/// Claims begin in ten minutes; so many are let in each second.
fn soon(db: &TestDb, quantity: i64, rate: i64) -> Terms {
    let opens = db.cx().now + SignedDuration::from_mins(10);
    Terms { claim_from: opens, admit_per_second: rate, ..terms(&db.cx(), quantity, 1) }
}

async fn send(app: &TestApp, method: &str, path: String, who: u32, ticket: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", token(app, who)))
        .header("waiting-ticket", ticket);
    app.send(request.body(Body::empty()).expect("a request")).await
}

async fn take(app: &TestApp, batch: BatchId, who: u32) -> Answer {
    send(app, "POST", format!("/api/v1/voucher-batches/{batch}/tickets"), who, "").await
}

async fn place(app: &TestApp, batch: BatchId, who: u32, ticket: &str) -> Answer {
    send(app, "GET", format!("/api/v1/voucher-batches/{batch}/place"), who, ticket).await
}

async fn claim(app: &TestApp, batch: BatchId, who: u32, ticket: &str) -> Answer {
    send(app, "POST", format!("/api/v1/voucher-batches/{batch}/claims"), who, ticket).await
}

/// Tickets of citizens 1 to `count`, taken at once.
async fn tickets(app: &TestApp, batch: BatchId, count: u32) -> Vec<String> {
    let all = join_all((1..=count).map(|who| take(app, batch, who))).await;
    let text = |answer: &Answer| {
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()["ticket"].as_str().expect("a ticket").to_owned()
    };
    all.iter().map(text).collect()
}

/// The number before each of them; `None` for who is let in.
async fn standing(app: &TestApp, batch: BatchId, tickets: &[String]) -> Vec<Option<i64>> {
    let all = join_all((1..).zip(tickets).map(|(who, ticket)| place(app, batch, who, ticket)));
    let before = |answer: &Answer| {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let said = answer.json();
        (said["state"] == "waiting").then(|| said["before"].as_i64().expect("a number"))
    };
    all.await.iter().map(before).collect()
}

on_both!(who_comes_before_the_opening_draws_a_lot_and_each_has_a_place_of_their_own);
async fn who_comes_before_the_opening_draws_a_lot_and_each_has_a_place_of_their_own(db: TestDb) {
    let batch = open(&db, soon(&db, 1_000, 10)).await;
    let app = site(db);
    let first = tickets(&app, batch, 60).await;
    let early = place(&app, batch, 1, &first[0]).await.json();
    assert_eq!((early["state"].as_str(), early["waiting"].as_i64()), (Some("drawing"), Some(60)));
    assert_eq!(early["before"], Value::Null, "nobody has a place yet");
    let too_early = claim(&app, batch, 1, &first[0]).await;
    assert!(too_early.status == 409 && too_early.has("too-early"), "{}", too_early.body);
    app.db.clock.advance(SignedDuration::from_mins(10));
    let standing_now = standing(&app, batch, &first).await;
    let mut waiting: Vec<i64> = standing_now.iter().flatten().copied().collect();
    waiting.sort_unstable();
    assert_eq!(waiting, (0..59).collect::<Vec<_>>(), "one is let in, and each other has a place");
    let came = (0..60).collect::<Vec<i64>>();
    let by_place: Vec<i64> = standing_now.iter().map(|one| one.map_or(0, |one| one + 1)).collect();
    assert_ne!(by_place, came, "not in the order in which they came");
    // After two seconds twenty more are let in, and everybody is twenty places further.
    app.db.clock.advance(SignedDuration::from_secs(2));
    for (before, now) in standing_now.iter().zip(standing(&app, batch, &first).await) {
        assert_eq!(now, before.filter(|one| *one >= 20).map(|one| one - 20));
    }
}

on_both!(who_comes_later_waits_in_the_order_of_coming_behind_those_who_came_before);
async fn who_comes_later_waits_in_the_order_of_coming_behind_those_who_came_before(db: TestDb) {
    let batch = open(&db, soon(&db, 1_000, 10)).await;
    let app = site(db);
    let early = tickets(&app, batch, 30).await;
    app.db.clock.advance(SignedDuration::from_mins(10));
    for late in 101..=103_u32 {
        let told = take(&app, batch, late).await.json();
        assert_eq!(told["before"].as_i64(), Some(29 + i64::from(late - 101)), "{told}");
    }
    app.db.clock.advance(SignedDuration::from_secs(3));
    assert!(standing(&app, batch, &early).await.iter().all(Option::is_none), "all are in");
    // An hour later nobody waits, and nobody has saved up turns.
    app.db.clock.advance(SignedDuration::from_hours(1));
    let told = join_all((201..=205).map(|who| take(&app, batch, who))).await;
    let states: Vec<String> = told.iter().map(|one| one.json()["state"].to_string()).collect();
    let waiting = states.iter().filter(|state| state.contains("waiting")).count();
    assert_eq!(waiting, 4, "one at once, the others after it: {states:?}");
}

on_both!(a_second_ticket_helps_nobody_and_a_strangers_is_none);
async fn a_second_ticket_helps_nobody_and_a_strangers_is_none(db: TestDb) {
    let batch = open(&db, soon(&db, 1_000, 10)).await;
    let second = db.node().await;
    let (app, other) = (site(db), site(second));
    let first = tickets(&app, batch, 40).await;
    let again = tickets(&app, batch, 40).await;
    assert_eq!(first, again, "coming twice is coming once");
    // Another node remembers nobody: it gives a later place of the same lot.
    let elsewhere = tickets(&other, batch, 40).await;
    app.db.clock.advance(SignedDuration::from_mins(10));
    let here = standing(&app, batch, &first).await;
    let there = standing(&app, batch, &elsewhere).await;
    for (here, there) in here.iter().zip(&there) {
        assert!(here.unwrap_or(-1) < there.unwrap_or(-1), "{here:?} {there:?}");
    }
    let seen_there = standing(&other, batch, &first).await;
    assert_eq!(here, seen_there, "two nodes say the same");
    let stolen = place(&app, batch, 2, &first[0]).await;
    assert!(stolen.status == 422 && stolen.has("no-ticket"), "{}", stolen.body);
}

on_both!(a_claim_before_its_turn_is_told_where_it_stands_and_passes_at_its_turn);
async fn a_claim_before_its_turn_is_told_where_it_stands_and_passes_at_its_turn(db: TestDb) {
    let batch = open(&db, soon(&db, 1_000, 2)).await;
    let app = site(db);
    tickets(&app, batch, 20).await;
    app.db.clock.advance(SignedDuration::from_mins(10));
    let held = claim(&app, batch, 99, "").await;
    assert_eq!((held.status, held.header("retry-after")), (425, "10"), "{}", held.body);
    assert_eq!(held.header("content-type"), "application/problem+json");
    let told = held.json();
    assert_eq!(told["type"], "urn:tongpin:waiting");
    assert_eq!(told["before"], 19);
    let ticket = told["ticket"].as_str().expect("a ticket").to_owned();
    let forged = ticket.replacen("wtk_A", "wtk_B", 1);
    assert_eq!(claim(&app, batch, 99, &forged).await.status, 425, "its place stays");
    app.db.clock.advance(SignedDuration::from_secs(9));
    assert_eq!(claim(&app, batch, 99, &ticket).await.status, 425);
    app.db.clock.advance(SignedDuration::from_secs(1));
    let node = site(app.db.node().await);
    let given = claim(&node, batch, 99, &ticket).await;
    assert_eq!(given.status, 201, "on any node: {}", given.body);
    assert_eq!(claim(&node, batch, 99, "").await.status, 200, "who has one is told so");
}

on_both!(there_is_no_line_where_there_is_nothing_to_wait_for);
async fn there_is_no_line_where_there_is_nothing_to_wait_for(db: TestDb) {
    let plain = open(&db, terms(&db.cx(), 10, 1)).await;
    let batch = open(&db, soon(&db, 1, 1)).await;
    let app = site(db);
    let no_line = take(&app, plain, 1).await;
    assert!(no_line.status == 409 && no_line.has("no-line"), "{}", no_line.body);
    app.db.clock.advance(-SignedDuration::from_mins(30));
    let closed = take(&app, batch, 1).await;
    assert!(closed.status == 409 && closed.has("line-closed"), "{}", closed.body);
    app.db.clock.advance(SignedDuration::from_mins(40));
    assert_eq!(take(&app, batch, 1).await.json()["state"], "admitted");
    assert_eq!(claim(&app, batch, 1, "").await.status, 201, "a place that is there is enough");
    let gone = claim(&app, batch, 2, "").await;
    assert!(gone.status == 409 && gone.has("sold-out"), "nobody waits for nothing: {}", gone.body);
    assert!(take(&app, batch, 2).await.has("sold-out"));
}

on_both!(the_page_keeps_the_place_without_a_script);
async fn the_page_keeps_the_place_without_a_script(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(soon(&one.app.db, 10, 1)).await;
    for who in 9_001..=9_004 {
        assert_eq!(take(&one.app, batch, who).await.status, 201);
    }
    let browser = one.app.citizen_browser("13812341001").await;
    assert!(browser.get("/c/vouchers").await.has("来排队"));
    let joined = browser.post(&format!("/c/vouchers/{batch}/line"), &[]).await;
    assert_eq!(joined.status, 303, "{}", joined.body);
    let here = joined.location().to_owned();
    let drawing = browser.get(&here).await;
    assert!(drawing.has("抽签排先后") && drawing.has("http-equiv=\"refresh\""), "{}", drawing.body);
    one.app.db.clock.advance(SignedDuration::from_mins(10));
    let late = one.app.citizen_browser("13812341002").await;
    let held = late.post(&format!("/c/vouchers/{batch}/claims"), &[("key", "k")]).await;
    assert_eq!((held.status, held.header("retry-after")), (425, "5"), "{}", held.body);
    assert!(held.has("前面还有<b>4<small>"), "{}", held.body);
    one.app.db.clock.advance(SignedDuration::from_secs(5));
    let turn = browser.get(&here).await;
    assert!(turn.has("轮到你了") && !turn.has("http-equiv=\"refresh\""), "{}", turn.body);
    let ticket = turn.between("name=\"ticket\" value=\"", "\"").to_owned();
    let typed = [("key", "k1"), ("ticket", ticket.as_str())];
    let done = browser.post(&format!("/c/vouchers/{batch}/claims"), &typed).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert!(done.location().starts_with("/c/wallet/"), "{}", done.location());
    let english = one.app.citizen_browser("13812341003").await;
    english.set_cookie("lang", "en");
    let joined = english.post(&format!("/c/vouchers/{batch}/line"), &[]).await;
    let page = english.get(joined.location()).await;
    assert!(page.has("It is your turn") || page.has("before you"), "{}", page.body);
    let stranger = late.get(&here).await;
    assert_eq!(stranger.status, 303, "a ticket is its citizen's own");
}

on_both!(a_citizen_who_asks_too_often_is_told_to_wait);
async fn a_citizen_who_asks_too_often_is_told_to_wait(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 10, 1)).await;
    let app = site(db);
    assert!(vouchers::configure(&app.state, ClaimRules { person: 3, network: 0 }), "in time");
    let answers = join_all((0..5).map(|_| claim(&app, batch, 7, ""))).await;
    let refused: Vec<&Answer> = answers.iter().filter(|one| one.status == 429).collect();
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(|one| !one.header("retry-after").is_empty()));
    assert!(refused.iter().all(|one| one.has("urn:tongpin:too-many")));
    assert_eq!(claim(&app, batch, 8, "").await.status, 201, "another citizen is another matter");
    app.db.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(claim(&app, batch, 7, "").await.status, 200, "what was given stays");
}
