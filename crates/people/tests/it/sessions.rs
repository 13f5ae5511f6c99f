//! Sessions: they end when idle, old, signed out, ended elsewhere, or disabled.

use jiff::SignedDuration;
use testkit::{
    TestDb,
    app::{Browser, PASSWORD},
};

use crate::{ADMINISTRATOR, app, is_in, minutes, stored, version};

testkit::on_both!(
    half_an_hour_idle_ends_a_session,
    half_a_day_ends_a_session_in_use,
    use_is_noted_once_a_minute,
    old_sessions_are_forgotten,
    one_session_is_ended_from_another,
    all_other_sessions_are_ended,
    signing_out_ends_the_session_itself,
    a_new_password_ends_the_other_sessions,
    a_wrong_present_password_counts,
    nobody_ends_a_strangers_session,
    a_disabled_account_is_out_at_once,
    a_form_needs_the_secret_of_its_own_session,
);

async fn half_an_hour_idle_ends_a_session(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let browser = app.browser("chen").await;
    for _ in 0..4 {
        app.db.clock.advance(minutes(29));
        assert!(is_in(&browser).await, "a page every 29 minutes keeps it open");
    }
    app.db.clock.advance(minutes(30));
    let answer = browser.get("/me").await;
    assert_eq!((answer.status, answer.location()), (303, "/login?back=%2Fme"));
    assert!(browser.get("/login?back=/me").await.has("已自动退出，存过的都在"));
    let script = browser.get("/api/v1/me").await;
    assert_eq!(script.status, 401);
    assert!(script.json()["detail"].as_str().unwrap().contains("已自动退出"));
    // The same browser signs in again, though it still holds the old cookie.
    assert_eq!(browser.sign_in("chen", PASSWORD).await.status, 303);
    assert!(is_in(&browser).await);
}

async fn half_a_day_ends_a_session_in_use(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let browser = app.browser("chen").await;
    for _ in 0..35 {
        app.db.clock.advance(minutes(20));
        assert!(is_in(&browser).await);
    }
    app.db.clock.advance(minutes(20));
    assert!(!is_in(&browser).await);
    assert!(browser.get("/login").await.has("登录时间太长"));
}

async fn use_is_noted_once_a_minute(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let (soon, later) = (app.browser("chen").await, app.browser("chen").await);
    let second = SignedDuration::from_secs(1);
    app.db.clock.advance(minutes(1) - second);
    assert!(is_in(&soon).await, "59 seconds on: read, and not noted");
    app.db.clock.advance(second);
    assert!(is_in(&later).await, "a minute on: noted");
    app.db.clock.advance(minutes(29));
    assert!(!is_in(&soon).await);
    assert!(is_in(&later).await);
}

async fn old_sessions_are_forgotten(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    app.browser("chen").await;
    let forget = async || {
        let mut tx = app.db.write().await.unwrap();
        let forgotten = people::forget_old(&mut tx, &app.db.cx()).await.unwrap();
        tx.commit().await.unwrap();
        forgotten
    };
    app.db.clock.advance(minutes(184 * 24 * 60));
    assert_eq!(forget().await, 0);
    app.db.clock.advance(minutes(1));
    assert_eq!(forget().await, 1);
}

/// The ids of the sessions that the page can end.
async fn others(browser: &Browser) -> Vec<String> {
    let page = browser.get("/me").await;
    let pieces = page.body.split("/me/sessions/ses_").skip(1);
    pieces.map(|piece| format!("ses_{}", &piece[..26])).collect()
}

async fn one_session_is_ended_from_another(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let (desk, phone) = (app.browser("chen").await, app.browser("chen").await);
    let [other] = &others(&desk).await[..] else { panic!("one other session") };
    let answer = desk.post(&format!("/me/sessions/{other}/revocations"), &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/me?done=session"));
    assert!(!is_in(&phone).await);
    assert!(phone.get("/login").await.has("这次登录已在别处结束"));
    assert!(is_in(&desk).await);
    assert!(others(&desk).await.is_empty());
    let again = desk.post(&format!("/me/sessions/{other}/revocations"), &[]).await;
    assert_eq!(again.status, 404);
}

async fn all_other_sessions_are_ended(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let desk = app.browser("chen").await;
    let (phone, tablet) = (app.browser("chen").await, app.browser("chen").await);
    assert_eq!(others(&desk).await.len(), 2);
    assert_eq!(desk.post("/me/sessions/revocations", &[]).await.status, 303);
    assert!(is_in(&desk).await);
    assert!(!is_in(&phone).await && !is_in(&tablet).await);
}

async fn signing_out_ends_the_session_itself(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let browser = app.browser("chen").await;
    let cookie = browser.cookie("tongpin").unwrap();
    let answer = browser.post("/logout", &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/login"));
    assert_eq!(browser.cookie("tongpin"), None);
    let thief = app.visitor();
    thief.set_cookie("tongpin", &cookie);
    assert!(!is_in(&thief).await, "a kept cookie opens nothing");
}

async fn a_new_password_ends_the_other_sessions(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let (desk, phone) = (app.browser("chen").await, app.browser("chen").await);
    let new = "Kunshan-1020";
    let change = [("present", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(desk.post("/me/password", &change).await.location(), "/me?done=password");
    assert!(is_in(&desk).await);
    assert!(!is_in(&phone).await);
    assert!(phone.get("/login").await.has("密码已经改了"));
    assert_eq!(app.visitor().sign_in("chen", PASSWORD).await.status, 422);
    assert_eq!(app.visitor().sign_in("chen", new).await.status, 303);
}

async fn a_wrong_present_password_counts(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let browser = app.browser("chen").await;
    let new = "Kunshan-1020";
    for _ in 0..5 {
        let guess = [("present", "Guess-2021"), ("new", new), ("again", new)];
        let answer = browser.post("/me/password", &guess).await;
        assert!(answer.status == 422 && answer.has("现在的密码不对"));
    }
    assert!(stored(&app, "chen").await.is_locked(app.db.cx().now));
    let right = [("present", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(browser.post("/me/password", &right).await.status, 422, "locked for guessing");
    app.db.clock.advance(minutes(15));
    assert_eq!(browser.post("/me/password", &right).await.status, 303);
}

async fn nobody_ends_a_strangers_session(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    app.account("wang", &[ADMINISTRATOR]).await;
    let (desk, phone) = (app.browser("chen").await, app.browser("chen").await);
    let wang = app.browser("wang").await;
    let [phones] = &others(&desk).await[..] else { panic!("one other session") };
    let answer = wang.post(&format!("/me/sessions/{phones}/revocations"), &[]).await;
    assert_eq!(answer.status, 404);
    assert_eq!(wang.post("/me/sessions/nonsense/revocations", &[]).await.status, 404);
    assert!(is_in(&phone).await);
}

async fn a_disabled_account_is_out_at_once(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let chen = app.account("chen", &[]).await;
    let (browser, script) = (app.browser("chen").await, app.script_of("chen").await);
    let root = app.browser("root").await;
    assert_eq!(root.post(&format!("/accounts/{chen}/disabling"), &[]).await.status, 303);
    assert!(!is_in(&browser).await);
    assert!(browser.get("/login").await.has("这个账号已停用"));
    let refused = script.get("/api/v1/me").await;
    assert_eq!(refused.status, 401);
    assert!(refused.has("令牌的账号已停用"));
    assert_eq!(app.visitor().sign_in("chen", PASSWORD).await.status, 422);

    assert_eq!(root.post(&format!("/accounts/{chen}/enabling"), &[]).await.status, 303);
    assert!(!is_in(&browser).await, "what was ended stays ended");
    assert_eq!(script.get("/api/v1/me").await.status, 200);
    assert_eq!(app.visitor().sign_in("chen", PASSWORD).await.status, 303);
}

async fn a_form_needs_the_secret_of_its_own_session(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let (browser, other) = (app.browser("chen").await, app.browser("chen").await);
    let before = version(&app).await;
    let new = "Kunshan-1020";
    let change = [("present", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(browser.post_bare("/me/password", &change).await.status, 403);
    let foreign = other.csrf();
    for wrong in ["", "nonsense", foreign.as_str()] {
        let mut forged = change.to_vec();
        forged.push(("csrf_token", wrong));
        let answer = browser.post_bare("/me/password", &forged).await;
        assert_eq!(answer.status, 403);
        assert!(answer.has("没有存"), "{}", answer.body);
    }
    assert_eq!(browser.post_bare("/logout", &[]).await.status, 403);
    assert_eq!(version(&app).await, before);
    assert!(is_in(&browser).await);
}
