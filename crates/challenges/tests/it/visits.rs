//! Visits: what counts, what does not and why, however often and whenever a code is sent.

use campaigns::suspend_member;
use challenges::{STEP_SECONDS, close_station};
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::json;
use testkit::{TestDb, app::Answer, on_both};

use crate::trail::{Shape, Trail, USUAL, minutes, site};

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

#[track_caller]
fn came_to(answer: &Answer, verdict: &str, reason: Option<&str>) {
    assert_eq!(answer.status, 201, "{}", answer.body);
    let told = answer.json();
    assert_eq!(told["verdict"], verdict, "{told}");
    assert_eq!(told["reason"].as_str(), reason, "{told}");
}

on_both!(a_code_is_good_for_two_steps_whatever_the_clock_does);
async fn a_code_is_good_for_two_steps_whatever_the_clock_does(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let (_, first) = one.walker("13812340001").await;
    let (_, second) = one.walker("13812340002").await;
    let (_, third) = one.walker("13812340003").await;
    // The mall's own station: at an instant before it was confirmed, a merchant takes no part.
    let code = one.code(2);
    one.later(seconds(2 * STEP_SECONDS - 1));
    came_to(&one.send(&first, &code).await, "accepted", None);
    one.later(seconds(1));
    came_to(&one.send(&second, &code).await, "rejected", Some("expired"));
    one.later(-seconds(2 * STEP_SECONDS));
    let spaced = format!("{} {}", &code[..4], &code[4..]);
    came_to(&one.send(&second, &spaced).await, "accepted", None);
    one.later(-seconds(1));
    came_to(&one.send(&third, &code).await, "rejected", Some("expired"));
    let unknown = if code == "03000000" { "03000001" } else { "03000000" };
    for wrong in [unknown, "99123456", "1234", "", "打卡"] {
        let answer = one.send(&third, wrong).await;
        assert!(answer.status == 422 && answer.has("unknown-code"), "{wrong}: {}", answer.body);
    }
    assert_eq!(one.progress(&third).await["visits"].as_array().map(Vec::len), Some(1));
}

on_both!(the_same_visit_many_times_at_once_is_one_on_two_nodes);
async fn the_same_visit_many_times_at_once_is_one_on_two_nodes(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let (cx, citizen) = one.walker("13812340001").await;
    let node = site(one.app.db.node().await);
    let no = cx.actor.citizen().expect("a citizen");
    let elsewhere = node.script(&citizens::mint(&node.state.site().keys, no, cx.now));
    let code = one.code(0);
    let both = (0..12).map(|turn| {
        let script = if turn % 2 == 0 { &citizen } else { &elsewhere };
        one.send(script, &code)
    });
    let answers = join_all(both).await;
    let fresh = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(fresh, 1, "{:?}", answers.iter().map(|answer| answer.status).collect::<Vec<_>>());
    let first = answers[0].json()["visit"].clone();
    for answer in &answers {
        let told = answer.json();
        assert_eq!(told["visit"], first, "{told}");
        assert_eq!(told["is_repeated"], answer.status == 200, "{told}");
    }
    one.later(minutes(60));
    let again = one.visit(&citizen, 0).await;
    assert!(again.status == 200 && again.json()["is_repeated"] == true, "{}", again.body);
    assert_eq!(one.progress(&citizen).await["accepted"], 1);
}

on_both!(a_set_order_and_a_days_limit_hold);
async fn a_set_order_and_a_days_limit_hold(db: TestDb) {
    let one = Trail::open(db, Shape { in_order: true, day_limit: 1, need: 3, ..USUAL }).await;
    let (_, citizen) = one.walker("13812340001").await;
    came_to(&one.visit(&citizen, 1).await, "rejected", Some("out_of_turn"));
    came_to(&one.visit(&citizen, 0).await, "accepted", None);
    one.later(minutes(10));
    came_to(&one.visit(&citizen, 1).await, "rejected", Some("day_limit"));
    one.later(minutes(24 * 60));
    came_to(&one.visit(&citizen, 1).await, "accepted", None);
    one.later(minutes(24 * 60));
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let read = (one.stations[2].id, one.version(&mut tx).await);
    let refused = close_station(&mut tx, &run, read, "装修").await;
    let few =
        matches!(refused, Err(challenges::ChallengeError::TooFewStations { stations: 2, .. }));
    assert!(few, "{refused:?}");
    drop(tx);
    came_to(&one.visit(&citizen, 2).await, "accepted", None);
    assert_eq!(one.progress(&citizen).await["reward"], "given");
}

on_both!(a_closed_station_and_a_suspended_merchant_take_no_visits);
async fn a_closed_station_and_a_suspended_merchant_take_no_visits(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let (_, citizen) = one.walker("13812340001").await;
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let read = (one.stations[2].id, one.version(&mut tx).await);
    close_station(&mut tx, &run, read, "装修").await.expect("closed");
    let member = (one.campaign, one.other);
    suspend_member(&mut tx, &run, member, 3, "没有开门").await.expect("suspended");
    tx.commit().await.expect("it commits");
    came_to(&one.visit(&citizen, 2).await, "rejected", Some("station_closed"));
    came_to(&one.visit(&citizen, 1).await, "rejected", Some("station_closed"));
    came_to(&one.visit(&citizen, 0).await, "accepted", None);
    one.later(minutes(73 * 60));
    let late = one.visit(&citizen, 0).await;
    assert!(late.status == 409 && late.has("urn:tongpin:over"), "{}", late.body);
}

on_both!(nobody_finds_a_code_by_trying);
async fn nobody_finds_a_code_by_trying(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let (_, citizen) = one.walker("13812340001").await;
    let (_, neighbour) = one.walker("13812340002").await;
    for _ in 0..20 {
        assert_eq!(one.send(&citizen, "99000000").await.status, 422);
    }
    let code = one.code(0);
    let waits = one.send(&citizen, &code).await;
    assert_eq!((waits.status, waits.header("retry-after")), (429, "3600"), "{}", waits.body);
    came_to(&one.send(&neighbour, &code).await, "accepted", None);
    one.later(minutes(60));
    came_to(&one.visit(&citizen, 0).await, "accepted", None);
}

on_both!(only_citizens_check_in_and_drafts_are_nobodys_to_see);
async fn only_citizens_check_in_and_drafts_are_nobodys_to_see(db: TestDb) {
    let one = Trail::drafted(db, USUAL).await;
    let (_, citizen) = one.walker("13812340001").await;
    assert_eq!(one.visit(&citizen, 0).await.status, 404);
    let page = format!("/c/challenges/{}", one.challenge);
    assert_eq!(one.app.visitor().get(&page).await.status, 404);
    let path = format!("/api/v1/challenges/{}/visits", one.challenge);
    let keeper = one.app.script(&one.app.token("keeper", 30).await);
    let answer = keeper.post(&path, &json!({ "code": one.code(0) })).await;
    assert_eq!(answer.status, 403, "{}", answer.body);
}
