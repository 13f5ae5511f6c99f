//! The door: who gets in, and how little is said to who does not.

use kernel::Role;
use testkit::{
    TestDb,
    app::{Answer, PASSWORD, TestApp},
};
use web::{Routes, Site};

use crate::{
    ADMINISTRATOR, COMMAND, acting, app, citywide, is_in, journal, minutes, stored, verbs, version,
};

testkit::on_both!(
    every_refusal_says_the_same,
    five_failures_lock_for_a_quarter_of_an_hour,
    a_right_password_forgets_failures,
    failures_at_once_are_all_counted,
    a_form_without_its_secret_is_refused,
    a_form_of_another_site_is_refused,
    the_way_back_leads_inside_only,
    a_one_time_password_only_serves_to_choose_an_own_one,
    a_one_time_password_holds_three_days,
    cookies_are_closed_to_scripts_and_other_sites,
    passwords_follow_the_rules,
    names_are_alike_in_any_width_and_case,
    signing_in_again_leaves_the_former_session,
    the_journal_knows_no_secret,
);

/// The page without what differs by itself: the name that was typed, the form's secret.
fn said(answer: &Answer, name: &str) -> (u16, String) {
    let body = answer.body.replace(answer.csrf(), "").replace(&format!("value=\"{name}\""), "");
    (answer.status, body)
}

async fn every_refusal_says_the_same(db: TestDb) {
    let app = app(db);
    for name in ["wrong", "locked", "disabled"] {
        app.account(name, &[]).await;
    }
    let visitor = app.visitor();
    for _ in 0..5 {
        visitor.sign_in("locked", "wrong").await;
    }
    let disabled = stored(&app, "disabled").await.id;
    let mut tx = app.db.write().await.unwrap();
    people::disable_account(&mut tx, &app.db.cx(), disabled).await.unwrap();
    tx.commit().await.unwrap();

    let nobody = said(&visitor.sign_in("nobody", PASSWORD).await, "nobody");
    assert_eq!(nobody.0, 422);
    assert!(nobody.1.contains("账号或密码不对"), "{}", nobody.1);
    assert!(nobody.1.contains("数据没有受影响"), "{}", nobody.1);
    for (name, password) in [
        ("wrong", "wrong"),
        ("locked", PASSWORD),
        ("locked", "wrong"),
        ("disabled", PASSWORD),
        ("disabled", "wrong"),
    ] {
        let answer = visitor.sign_in(name, password).await;
        assert_eq!(said(&answer, name), nobody, "{name} with {password}");
        assert!(!is_in(&visitor).await);
    }
    let long = "x".repeat(5_000);
    assert_eq!(said(&visitor.sign_in("wrong", &long).await, "wrong"), nobody);
    // A character that no database keeps is no way to make the door fall over.
    assert_eq!(visitor.sign_in("no\0body", "a\0b").await.status, 422);
}

async fn five_failures_lock_for_a_quarter_of_an_hour(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let visitor = app.visitor();
    for _ in 0..4 {
        visitor.sign_in("chen", "wrong").await;
    }
    assert!(!stored(&app, "chen").await.is_locked(app.db.cx().now));
    visitor.sign_in("chen", "wrong").await;
    assert!(stored(&app, "chen").await.is_locked(app.db.cx().now));
    assert_eq!(visitor.sign_in("chen", PASSWORD).await.status, 422);

    app.db.clock.advance(minutes(14));
    assert_eq!(visitor.sign_in("chen", PASSWORD).await.status, 422, "still locked");
    app.db.clock.advance(minutes(1));
    // The count begins again: one more failure does not lock, and the right password opens.
    visitor.sign_in("chen", "wrong").await;
    assert_eq!(stored(&app, "chen").await.failed_count, 1);
    assert_eq!(visitor.sign_in("chen", PASSWORD).await.status, 303);
    assert!(verbs(&app).await.contains(&"account.locked".to_owned()));
}

async fn a_right_password_forgets_failures(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    for _ in 0..3 {
        let visitor = app.visitor();
        for _ in 0..4 {
            visitor.sign_in("chen", "wrong").await;
        }
        assert_eq!(visitor.sign_in("chen", PASSWORD).await.status, 303);
    }
    assert_eq!(stored(&app, "chen").await.failed_count, 0);
}

async fn failures_at_once_are_all_counted(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let browsers = [app.visitor(), app.visitor(), app.visitor(), app.visitor()];
    let [one, two, three, four] = &browsers;
    let ((), (), (), ()) = tokio::join!(
        async { drop(one.sign_in("chen", "wrong").await) },
        async { drop(two.sign_in("chen", "wrong").await) },
        async { drop(three.sign_in("chen", "wrong").await) },
        async { drop(four.sign_in("chen", "wrong").await) },
    );
    assert_eq!(stored(&app, "chen").await.failed_count, 4);
    let (a, b) = tokio::join!(one.sign_in("chen", "wrong"), two.sign_in("chen", "wrong"));
    assert_eq!((a.status, b.status), (422, 422));
    assert!(stored(&app, "chen").await.is_locked(app.db.cx().now));
}

async fn a_form_without_its_secret_is_refused(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let before = version(&app).await;
    let right = [("name", "chen"), ("password", PASSWORD)];
    // Without the page's cookie, without its field, with a word of somebody else's page.
    let stranger = app.visitor();
    assert_eq!(stranger.post_bare("/login", &right).await.status, 403);
    let visitor = app.visitor();
    visitor.get("/login").await;
    assert_eq!(visitor.post_bare("/login", &right).await.status, 403);
    stranger.get("/login").await;
    let foreign = stranger.csrf();
    let forged = [right[0], right[1], ("csrf_token", foreign.as_str())];
    assert_eq!(visitor.post_bare("/login", &forged).await.status, 403);
    assert_eq!(version(&app).await, before, "nothing was even counted");
    assert_eq!(stranger.post_bare("/login", &forged).await.status, 303);
}

async fn a_form_of_another_site_is_refused(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let browser = app.browser("chen").await;
    let before = version(&app).await;
    let form = format!("csrf_token={}", browser.csrf());
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")]
    {
        let request = axum::http::Request::post("/logout")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("host", "tongpin.example")
            .header(name, value);
        assert_eq!(browser.send(request, form.clone().into()).await.status, 403, "{name}");
    }
    assert_eq!(version(&app).await, before);
    assert!(is_in(&browser).await);
}

async fn the_way_back_leads_inside_only(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    for (back, leads) in [
        ("/units?q=1", "/units?q=1"),
        ("", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        let fields = [("name", "chen"), ("password", PASSWORD), ("back", back)];
        let answer = app.visitor().sign_in_with(&fields).await;
        assert_eq!((answer.status, answer.location()), (303, leads), "{back}");
    }
    let there = app.visitor().get("/me?done=x").await;
    assert_eq!(there.location(), "/login?back=%2Fme%3Fdone%3Dx");
    let inside = app.browser("chen").await.get("/login?back=//evil.example").await;
    assert_eq!((inside.status, inside.location()), (303, "/"));
}

async fn reset(app: &TestApp, name: &str) -> String {
    let account = stored(app, name).await.id;
    let rules = people::settings(&app.state).rules;
    let (text, password) = rules.one_time_password(&app.db.cx()).await.unwrap();
    let mut tx = app.db.write().await.unwrap();
    people::reset_password(&mut tx, &app.db.cx(), account, &password).await.unwrap();
    tx.commit().await.unwrap();
    text
}

async fn a_one_time_password_only_serves_to_choose_an_own_one(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let before = app.browser("chen").await;
    let once = reset(&app, "chen").await;
    assert!(!is_in(&before).await, "the old sessions ended");
    let visitor = app.visitor();
    assert_eq!(visitor.sign_in("chen", PASSWORD).await.status, 422, "the old password is gone");

    let answer = visitor.sign_in("chen", &once).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("这是一次性密码") && answer.has("own_password_again"), "{}", answer.body);
    assert!(!is_in(&visitor).await);
    let choose = async |own: &str, again: &str| {
        let fields = [
            ("name", "chen"),
            ("password", once.as_str()),
            ("own_password", own),
            ("own_password_again", again),
        ];
        visitor.sign_in_with(&fields).await
    };
    assert!(choose("Kunshan-1020", "Kunshan-1021").await.has("两次填的新密码不一样"));
    assert!(choose("kunshan", "kunshan").await.has("密码至少要 8 个字符"));
    assert!(!is_in(&visitor).await);
    assert_eq!(choose("Kunshan-1020", "Kunshan-1020").await.status, 303);
    assert!(is_in(&visitor).await);
    assert_eq!(app.visitor().sign_in("chen", &once).await.status, 422, "it served once");
    assert_eq!(app.visitor().sign_in("chen", "Kunshan-1020").await.status, 303);
    assert!(verbs(&app).await.contains(&"password.chosen".to_owned()));
}

async fn a_one_time_password_holds_three_days(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let once = reset(&app, "chen").await;
    app.db.clock.advance(minutes(72 * 60 - 1));
    assert!(app.visitor().sign_in("chen", &once).await.has("这是一次性密码"));
    app.db.clock.advance(minutes(1));
    let answer = app.visitor().sign_in("chen", &once).await;
    assert!(answer.status == 422 && answer.has("账号或密码不对"));
}

async fn cookies_are_closed_to_scripts_and_other_sites(db: TestDb) {
    let plain = app(db.clone());
    plain.account("chen", &[]).await;
    let site = Site { secure_cookies: true, ..TestApp::site(Vec::new()) };
    let secure = TestApp::with_settings(Routes::new(), db, site, people::Rules::cheap());
    for (app, prefix, ends) in [(plain, "tongpin", "Lax"), (secure, "__Host-tongpin", "Secure")] {
        let visitor = app.visitor();
        let page = visitor.get("/login").await;
        let visit = page.header("set-cookie").to_owned();
        assert!(visit.starts_with(&format!("{prefix}-visit=")), "{visit}");
        let answer = visitor.post("/login", &[("name", "chen"), ("password", PASSWORD)]).await;
        let session = answer.header("set-cookie").to_owned();
        assert!(session.starts_with(&format!("{prefix}=")), "{session}");
        for cookie in [visit, session] {
            assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
            assert!(cookie.ends_with(ends), "{cookie}");
        }
        assert!(is_in(&visitor).await);
    }
}

async fn passwords_follow_the_rules(db: TestDb) {
    let app = app(db);
    app.account("chen.li", &[]).await;
    let browser = app.browser("chen.li").await;
    for (new, why) in [
        ("Ab3!", "密码至少要 8 个字符"),
        ("abcdefg8", "其他符号中的至少 3 种"),
        ("Chen.Li-2021", "密码里不能有账号名"),
        (PASSWORD, "新密码和现在的一样"),
    ] {
        let fields = [("present", PASSWORD), ("new", new), ("again", new)];
        let answer = browser.post("/me/password", &fields).await;
        assert_eq!(answer.status, 422, "{new}");
        assert!(answer.has(why), "{new}: {}", answer.body);
    }
    assert_eq!(app.visitor().sign_in("chen.li", PASSWORD).await.status, 303, "nothing changed");
}

async fn names_are_alike_in_any_width_and_case(db: TestDb) {
    let app = app(db);
    app.account("Chen", &[]).await;
    for name in ["chen", "CHEN", " ｃｈｅｎ "] {
        assert_eq!(app.visitor().sign_in(name, PASSWORD).await.status, 303, "{name}");
    }
}

async fn signing_in_again_leaves_the_former_session(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    app.account("wang", &[]).await;
    let browser = app.browser("chen").await;
    let former = browser.cookie("tongpin").unwrap();
    let fields = [("name", "wang"), ("password", PASSWORD)];
    assert_eq!(browser.post("/login", &fields).await.status, 303);
    assert!(browser.get("/me").await.has("<a href=\"/me\">wang</a>"));
    let thief = app.visitor();
    thief.set_cookie("tongpin", &former);
    assert!(!is_in(&thief).await);
}

async fn the_journal_knows_no_secret(db: TestDb) {
    let app = app(db);
    let cx = app.db.cx_as(COMMAND);
    let first = app.account("root", &[ADMINISTRATOR]).await;
    app.account("chen", &[citywide(Role::Clerk)]).await;
    let token = app.token("chen", 30).await;
    let browser = app.browser("chen").await;
    app.visitor().sign_in("chen", "Wrong-Guess-1").await;
    app.visitor().sign_in("Password-As-Name-1", PASSWORD).await;
    let new = "Kunshan-1020";
    let fields = [("present", PASSWORD), ("new", new), ("again", new)];
    assert_eq!(browser.post("/me/password", &fields).await.status, 303);
    let once = reset(&app, "chen").await;
    let cookie = browser.cookie("tongpin").unwrap();

    let text = format!("{:?}", journal(&app).await);
    let token = token.trim_start_matches("tgp_");
    for secret in [PASSWORD, new, "Wrong-Guess-1", "Password-As-Name-1", &once, token, &cookie] {
        assert!(!text.contains(secret), "{secret}");
    }
    db::journal::require_whole(&app.db).await.unwrap();
    let verbs = verbs(&app).await;
    for verb in [
        "account.created",
        "grant.given",
        "token.created",
        "session.opened",
        "session.refused",
        "password.changed",
        "password.reset",
        "session.ended",
    ] {
        assert!(verbs.iter().any(|one| one == verb), "{verb} in {verbs:?}");
    }
    let opened = journal(&app).await.into_iter().find(|one| one.verb == "session.opened").unwrap();
    assert_eq!(opened.actor_name, "chen", "who signs in acts");
    assert_eq!(cx.actor.account(), None);
    assert!(acting(&app, first).await.actor.has_citywide(&[Role::Administrator]));
}
