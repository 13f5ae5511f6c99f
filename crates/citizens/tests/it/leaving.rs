//! Every way out: of this phone, of all phones, of the consent; and what time takes.

use testkit::{TestDb, app::TestApp};

use crate::{PHONE, app, ask, days, seconds, told};

testkit::on_both!(
    signing_out_everywhere_ends_every_token_at_once,
    withdrawing_erases_the_phone_and_keeps_the_number,
    a_phone_that_does_not_come_back_is_forgotten,
    a_cookie_counts_in_the_hot_lane_beside_its_secret_alone,
    a_sign_out_from_the_future_locks_nobody_out,
);

/// How many citizens of this number, unless withdrawn, there are: none or one.
async fn no_of(app: &TestApp, phone: &str) -> kernel::CitizenNo {
    app.citizen(phone).await.0
}

async fn signing_out_everywhere_ends_every_token_at_once(db: TestDb) {
    let app = app(db);
    let (_, script) = app.citizen(PHONE).await;
    let browser = app.citizen_browser(PHONE).await;
    let other = app.citizen("13812345678").await.1;
    assert_eq!(script.get("/c/me").await.status, 200);
    let left = browser.post("/c/sign-outs", &[]).await;
    assert_eq!(left.location(), "/c/login?done=everywhere", "{}", left.body);
    assert!(browser.cookie("tongpin-citizen").is_none());
    assert!(browser.get(left.location()).await.has("所有手机上的登录都已结束"));
    // In the very same second, too.
    assert_eq!(script.get("/c/me").await.status, 303);
    assert_eq!(other.get("/c/me").await.status, 200);
    app.db.clock.advance(seconds(60));
    let again = app.citizen_browser(PHONE).await;
    assert_eq!(again.get("/c/me").await.status, 200);
    assert_eq!(script.get("/c/me").await.status, 303);
}

async fn withdrawing_erases_the_phone_and_keeps_the_number(db: TestDb) {
    let app = app(db);
    let before = no_of(&app, PHONE).await;
    let browser = app.citizen_browser(PHONE).await;
    let token = browser.cookie("tongpin-citizen").expect("a token");
    let left = browser.post("/c/withdrawals", &[]).await;
    assert_eq!(left.location(), "/c/login?done=withdrawn", "{}", left.body);
    assert!(browser.get(left.location()).await.has("手机号已删除"));
    assert_eq!(app.script(&token).get("/c/me").await.status, 303);
    let cx = app.db.cx();
    let mut tx = app.db.write().await.expect("a write");
    assert!(!citizens::withdraw(&mut tx, &cx, before).await.expect("nothing"), "once is enough");
    drop(tx);
    assert!(told(&app).await.contains("citizen.withdrew"));
    app.db.clock.advance(seconds(60));
    let after = no_of(&app, PHONE).await;
    assert_ne!(after, before, "the number stays with its records, which are nobody's");
}

async fn a_phone_that_does_not_come_back_is_forgotten(db: TestDb) {
    let app = app(db);
    let before = no_of(&app, PHONE).await;
    let stays = no_of(&app, "13812345678").await;
    app.db.clock.advance(days(400));
    assert_eq!(no_of(&app, "13812345678").await, stays);
    app.db.clock.advance(days(331));
    citizens::forget_old(&app.state, &app.db.cx()).await.expect("a sweep");
    assert_ne!(no_of(&app, PHONE).await, before);
    assert_eq!(no_of(&app, "13812345678").await, stays);
}

async fn a_cookie_counts_in_the_hot_lane_beside_its_secret_alone(db: TestDb) {
    let app = app(db);
    let browser = app.citizen_browser(PHONE).await;
    let token = browser.cookie("tongpin-citizen").expect("a token");
    let csrf = browser.csrf();
    let citizen = |csrf: Option<&str>| {
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("cookie", format!("tongpin-citizen={token}").parse().expect("a cookie"));
        csrf.map(|csrf| headers.insert("x-csrf-token", csrf.parse().expect("a word")));
        app.state.doorman().citizen(&app.state, &headers)
    };
    assert!(citizen(Some(&csrf)).is_some());
    assert_eq!(citizen(None), None);
    assert_eq!(citizen(Some("0")), None);
    app.db.clock.advance(days(30));
    assert_eq!(citizen(Some(&csrf)), None);
}

async fn a_sign_out_from_the_future_locks_nobody_out(db: TestDb) {
    let app = app(db);
    let browser = app.citizen_browser(PHONE).await;
    let start = app.db.cx().now;
    app.db.clock.advance(days(20));
    browser.post("/c/sign-outs", &[]).await;
    app.db.clock.set(start + seconds(120));
    citizens::refresh_revoked(&app.state, &app.db.cx()).await.expect("a look");
    let visitor = app.visitor();
    assert_eq!(ask(&visitor, PHONE).await.status, 303);
    let code = app.newest_code(PHONE).await;
    assert_eq!(visitor.post("/c/login", &[("code", &code)]).await.status, 303);
    citizens::refresh_revoked(&app.state, &app.db.cx()).await.expect("a look");
    assert_eq!(visitor.get("/c/me").await.status, 200);
    assert_eq!(browser.get("/c/me").await.status, 303);
}
