//! What a machine only suspects is laid before a person.

use axum::http::Request;
use challenges::{ChallengeError, Review, Verdict, VisitId, review_visit};
use futures_util::future::join_all;
use serde_json::json;
use testkit::{TestDb, on_both};

use crate::trail::{Trail, USUAL, minutes};

/// A citizen who ran from the first station to the second; the second visit.
async fn suspect(one: &Trail, phone: &str) -> (testkit::app::Script, VisitId) {
    let (_, citizen) = one.walker(phone).await;
    assert_eq!(one.visit(&citizen, 0).await.json()["verdict"], "accepted");
    one.later(minutes(2));
    let told = one.visit(&citizen, 1).await.json();
    assert_eq!((&told["verdict"], &told["reason"]), (&json!("reviewed"), &json!("too_fast")));
    assert_eq!(told["reward"], "none", "{told}");
    let id = told["visit"].as_str().expect("an id").parse().expect("a visit's id");
    (citizen, id)
}

on_both!(too_fast_for_a_walk_is_reviewed_and_completes_when_accepted);
async fn too_fast_for_a_walk_is_reviewed_and_completes_when_accepted(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let (citizen, visit) = suspect(&one, "13812340001").await;
    let again = one.visit(&citizen, 1).await;
    assert!(again.status == 200 && again.json()["verdict"] == "reviewed", "{}", again.body);
    let organiser = one.app.script(&one.app.token("organiser", 30).await);
    let path = format!("/api/v1/challenge-visits/{visit}/reviews");
    let told = organiser.post(&path, &json!({ "accept": true })).await;
    assert_eq!((told.status, &told.json()["reward"]), (201, &json!("given")), "{}", told.body);
    let late = organiser.post(&path, &json!({ "accept": false, "reason": "晚了" })).await;
    assert!(late.status == 409 && late.has("judged-before"), "{}", late.body);
    assert_eq!(one.progress(&citizen).await["accepted"], 2);
    assert_eq!(one.given().await, 1);
}

on_both!(a_rejected_visit_says_why_and_may_be_made_again);
async fn a_rejected_visit_says_why_and_may_be_made_again(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let (citizen, visit) = suspect(&one, "13812340001").await;
    let organiser = one.app.browser("organiser").await;
    let list = format!("/challenges/{}/visits?verdict=reviewed", one.challenge);
    assert!(organiser.get(&list).await.has("走路到不了这么快"));
    let path = format!("/challenge-visits/{visit}/rejections");
    let bare = organiser.post(&path, &[("reason", " ")]).await;
    assert!(bare.status == 422 && bare.has("原因要写"), "{}", bare.body);
    let done = organiser.post(&path, &[("reason", "照片不符"), ("back", "reviewed")]).await;
    assert_eq!((done.status, done.location()), (303, list.as_str()), "{}", done.body);
    let told = one.progress(&citizen).await;
    assert_eq!(told["visits"][0]["reason"], "by_reviewer", "{told}");
    assert_eq!(told["visits"][0]["said"], "照片不符", "{told}");
    one.later(minutes(5));
    let again = one.visit(&citizen, 1).await.json();
    assert_eq!((&again["verdict"], &again["reward"]), (&json!("accepted"), &json!("given")));
}

on_both!(of_two_reviewers_at_once_one_decides);
async fn of_two_reviewers_at_once_one_decides(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let (citizen, visit) = suspect(&one, "13812340001").await;
    let run = one.cx("organiser").await;
    let decide = async |turn: usize| {
        let review =
            if turn.is_multiple_of(2) { Review::Accept } else { Review::Reject("太快".into()) };
        let mut tx = one.app.db.write().await.expect("a transaction");
        let walker = review_visit(&mut tx, &run, visit, review).await?;
        tx.commit().await.expect("it commits");
        Ok::<_, ChallengeError>(walker)
    };
    let told = join_all((0..6).map(decide)).await;
    assert_eq!(told.iter().filter(|one| one.is_ok()).count(), 1, "{told:?}");
    let judged = |one: &&Result<_, _>| matches!(one, Err(ChallengeError::Judged));
    assert_eq!(told.iter().filter(judged).count(), 5, "{told:?}");
    let completed = told.iter().flatten().any(|walker| walker.completed_at.is_some());
    let accepted = one.progress(&citizen).await["accepted"].as_i64();
    assert_eq!(accepted, Some(if completed { 2 } else { 1 }));
}

on_both!(others_may_not_review_and_another_merchant_does_not_even_see);
async fn others_may_not_review_and_another_merchant_does_not_even_see(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let (_, visit) = suspect(&one, "13812340001").await;
    for (name, forbidden) in
        [("viewer", true), ("payer", true), ("other", true), ("keeper", false), ("guest", false)]
    {
        let cx = one.cx(name).await;
        let mut tx = one.app.db.write().await.expect("a transaction");
        let told = review_visit(&mut tx, &cx, visit, Review::Accept).await;
        let denied = match told {
            Err(ChallengeError::Denied(places::Denied::Forbidden)) => true,
            Err(ChallengeError::Denied(places::Denied::Invisible)) => false,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(denied, forbidden, "{name}");
    }
}

on_both!(a_crowded_phone_is_looked_at_and_refuses_nobody);
async fn a_crowded_phone_is_looked_at_and_refuses_nobody(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let browser = one.app.visitor();
    for no in 1..=4 {
        let phone = format!("1381234000{no}");
        browser.get("/c/login").await;
        browser.post("/c/codes", &[("phone", &phone), ("consent", "1")]).await;
        let code = one.app.newest_code(&phone).await;
        assert_eq!(browser.post("/c/login", &[("code", &code)]).await.status, 303, "{no}");
        browser.get("/c/me").await;
        if no < 4 {
            browser.post("/c/logout", &[]).await;
        }
    }
    let path = format!("/c/challenges/{}/visits", one.challenge);
    let done = browser.post(&path, &[("code", &one.code(0))]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let page = browser.get(done.location()).await;
    assert!(page.has("记下了，等工作人员复核") && page.has("登录过好几个人"), "{}", page.body);
    let organiser = one.app.script(&one.app.token("organiser", 30).await);
    let list = format!("/api/v1/challenges/{}/visits?verdict={}", one.challenge, Verdict::Reviewed);
    let told = organiser.send(Request::get(&list), axum::body::Body::empty()).await.json();
    assert_eq!((&told["count"], &told["items"][0]["reason"]), (&json!(1), &json!("shared_device")));
}
