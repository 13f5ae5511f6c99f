//! The journey in, and every way in which it does not lead in.

use serde_json::json;
use testkit::TestDb;

use crate::{PHONE, another, app, app_with, ask, days, post, seconds, told};

testkit::on_both!(
    a_phone_and_its_code_lead_in,
    a_box_that_is_not_ticked_sends_nothing,
    a_wrong_number_says_why_and_keeps_what_was_typed,
    five_wrong_tries_use_a_code_up,
    a_code_expires_and_a_used_one_opens_nothing,
    only_the_newest_code_counts,
    a_code_is_of_use_once_to_two_who_come_at_once,
    another_browser_does_not_see_the_code_that_was_asked_for,
    a_form_without_its_secret_is_refused,
    a_script_signs_in_and_is_told_what_is_wrong,
    without_a_gateway_it_is_said_plainly,
    a_clerk_stays_a_clerk,
    a_clock_that_steps_opens_nothing_twice,
    the_page_is_read_in_english,
);

async fn a_phone_and_its_code_lead_in(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    let page = browser.get("/c/me").await;
    assert_eq!(page.location(), "/c/login?back=%2Fc%2Fme");
    let page = browser.get(page.location()).await;
    assert!(page.has("手机号登录") && page.has("tel:0512-5555 0100"), "{}", page.body);
    assert!(!page.has("checked"), "no box is ticked beforehand");
    let fields = [("phone", "+86 138-1234-1234"), ("consent", "1"), ("back", "/c/me")];
    let asked = browser.post("/c/codes", &fields).await;
    assert_eq!((asked.status, asked.location()), (303, "/c/login/code?back=%2Fc%2Fme"));
    let page = browser.get(asked.location()).await;
    assert!(page.has("138****1234") && page.has("demo-sms"), "{}", page.body);
    let code = app.newest_code(PHONE).await;
    let entered = browser.post("/c/login", &[("code", &code), ("back", "/c/me")]).await;
    assert_eq!((entered.status, entered.location()), (303, "/c/me"), "{}", entered.body);
    let cookies: Vec<_> = entered
        .headers
        .get_all("set-cookie")
        .iter()
        .map(|one| one.to_str().expect("text"))
        .collect();
    let token = cookies.iter().find(|one| one.starts_with("tongpin-citizen=")).expect("a token");
    assert!(token.contains("HttpOnly") && token.contains("SameSite=Lax"), "{token}");
    let page = browser.get("/c/me").await;
    assert!(page.has("138****1234") && page.has("撤回同意"), "{}", page.body);
    assert!(!page.has(PHONE), "masked on screen");
    assert_eq!(browser.get("/c/login").await.location(), "/c/me");
    let told = told(&app).await;
    assert!(told.contains("citizen.signed_in") && told.contains("citizen.code_asked"));
    assert!(!told.contains(PHONE) && !told.contains(&code), "nothing tells number or code");
}

async fn a_box_that_is_not_ticked_sends_nothing(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    browser.get("/c/login").await;
    for fields in [&[("phone", PHONE)][..], &[("phone", PHONE), ("consent", "0")]] {
        let page = browser.post("/c/codes", fields).await;
        assert_eq!(page.status, 422);
        assert!(page.has("没有勾选同意") && page.has(PHONE), "{}", page.body);
    }
    assert!(app.send_codes().await.is_empty());
    assert_eq!(browser.get("/c/consent").await.status, 200);
}

async fn a_wrong_number_says_why_and_keeps_what_was_typed(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    let page = ask(&browser, "1381234").await;
    assert_eq!(page.status, 422);
    assert!(page.has("手机号应为 11 位数字，这里是 7 位"), "{}", page.body);
    assert!(page.has("value=\"1381234\"") && page.has("checked"), "{}", page.body);
}

async fn five_wrong_tries_use_a_code_up(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    ask(&browser, PHONE).await;
    let code = app.newest_code(PHONE).await;
    for left in (1..5).rev() {
        let page = browser.post("/c/login", &[("code", &another(&code))]).await;
        assert_eq!(page.status, 422);
        assert!(page.has(&format!("还可以填 {left} 次")), "{}", page.body);
    }
    let page = browser.post("/c/login", &[("code", "12345")]).await;
    assert!(page.has("验证码是 6 位数字"), "what is no code is no try: {}", page.body);
    let page = browser.post("/c/login", &[("code", &another(&code))]).await;
    assert!(page.has("填错了 5 次") && page.has("再发一条"), "{}", page.body);
    let page = browser.post("/c/login", &[("code", &code)]).await;
    assert_eq!(page.status, 422, "the right one comes too late");
    assert_eq!(browser.get("/c/me").await.status, 303);
}

async fn a_code_expires_and_a_used_one_opens_nothing(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    ask(&browser, PHONE).await;
    let code = app.newest_code(PHONE).await;
    app.db.clock.advance(seconds(300));
    let page = browser.post("/c/login", &[("code", &code)]).await;
    assert!(page.status == 422 && page.has("验证码过期了"), "{}", page.body);
    let again = browser.post("/c/codes", &[("again", "1")]).await;
    assert_eq!(again.location(), "/c/login/code", "{}", again.body);
    let code = app.newest_code(PHONE).await;
    app.db.clock.advance(seconds(299));
    assert_eq!(browser.post("/c/login", &[("code", &code)]).await.status, 303);
    let typed = json!({ "phone": PHONE, "code": code });
    let used = post(&app, "/api/v1/citizen-tokens", &typed).await;
    assert_eq!((used.status, &used.json()["type"]), (422, &json!("urn:tongpin:no-code")));
}

async fn only_the_newest_code_counts(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    ask(&browser, PHONE).await;
    let old = app.newest_code(PHONE).await;
    app.db.clock.advance(seconds(60));
    ask(&browser, PHONE).await;
    let new = app.newest_code(PHONE).await;
    assert_ne!(old, new);
    assert_eq!(browser.post("/c/login", &[("code", &old)]).await.status, 422);
    assert_eq!(browser.post("/c/login", &[("code", &new)]).await.status, 303);
}

async fn a_code_is_of_use_once_to_two_who_come_at_once(db: TestDb) {
    let app = app(db);
    let asked = json!({ "phone": PHONE, "consent": 1 });
    assert_eq!(post(&app, "/api/v1/citizen-codes", &asked).await.status, 202);
    let typed = json!({ "phone": PHONE, "code": app.newest_code(PHONE).await });
    let tries = (0..6).map(|_| {
        let (app, typed) = (app.clone(), typed.clone());
        tokio::spawn(async move { post(&app, "/api/v1/citizen-tokens", &typed).await.status })
    });
    let mut statuses = Vec::new();
    for one in tries.collect::<Vec<_>>() {
        statuses.push(one.await.expect("an answer"));
    }
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 5, "{statuses:?}");
}

async fn another_browser_does_not_see_the_code_that_was_asked_for(db: TestDb) {
    let app = app(db);
    ask(&app.visitor(), PHONE).await;
    let other = app.visitor();
    other.get("/c/login").await;
    assert_eq!(other.get("/c/login/code").await.location(), "/c/login");
    let code = app.newest_code(PHONE).await;
    let page = other.post("/c/login", &[("code", &code)]).await;
    assert!(page.status == 422 && page.has("没有可以用的验证码"), "{}", page.body);
}

async fn a_form_without_its_secret_is_refused(db: TestDb) {
    let app = app(db);
    let stranger = app.visitor();
    let fields = [("phone", PHONE), ("consent", "1")];
    assert_eq!(stranger.post_bare("/c/codes", &fields).await.status, 403);
    let browser = app.citizen_browser(PHONE).await;
    for path in ["/c/logout", "/c/sign-outs", "/c/withdrawals"] {
        assert_eq!(browser.post_bare(path, &[]).await.status, 403, "{path}");
        assert_eq!(browser.post_bare(path, &[("csrf_token", "0")]).await.status, 403, "{path}");
    }
    assert_eq!(browser.get("/c/me").await.status, 200, "nothing happened");
}

async fn a_script_signs_in_and_is_told_what_is_wrong(db: TestDb) {
    let app = app(db);
    let path = "/api/v1/citizen-codes";
    for (asked, word) in [
        (json!({ "phone": "1", "consent": 1 }), "bad-phone"),
        (json!({ "phone": PHONE, "consent": 7 }), "consent-needed"),
    ] {
        let answer = post(&app, path, &asked).await;
        assert_eq!((answer.status, answer.json()["title"].as_str()), (422, Some(word)));
    }
    let sent = post(&app, path, &json!({ "phone": PHONE, "consent": 1 })).await;
    assert_eq!((sent.status, sent.json()["retry_after"].as_i64()), (202, Some(60)));
    let again = post(&app, path, &json!({ "phone": PHONE, "consent": 1 })).await;
    assert_eq!((again.status, again.header("retry-after")), (429, "60"));
    let typed = json!({ "phone": PHONE, "code": app.newest_code(PHONE).await });
    let made = post(&app, "/api/v1/citizen-tokens", &typed).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let script = app.script(made.json()["token"].as_str().expect("a token"));
    assert_eq!(script.get("/c/me").await.status, 200);
    app.db.clock.advance(days(30));
    assert_eq!(script.get("/c/me").await.status, 303, "a month later it has expired");
    // A form that another site's page sends is no JSON, and is refused as ever.
    let browser = app.visitor();
    assert_eq!(browser.post_bare(path, &[("phone", PHONE)]).await.status, 403);
}

async fn without_a_gateway_it_is_said_plainly(db: TestDb) {
    let app = app_with(db, |settings| citizens::Settings { sms: citizens::Sms::Off, ..settings });
    let browser = app.visitor();
    let page = browser.get("/c/login").await;
    assert!(page.has("短信登录还没有开通") && !page.has("name=\"phone\""), "{}", page.body);
    assert_eq!(browser.post("/c/codes", &[("phone", PHONE), ("consent", "1")]).await.status, 422);
    let answer =
        post(&app, "/api/v1/citizen-codes", &json!({ "phone": PHONE, "consent": 1 })).await;
    assert_eq!(answer.json()["title"], "sms-not-set-up");
}

async fn a_clerk_stays_a_clerk(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let browser = app.citizen_browser(PHONE).await;
    // As after the browser was closed: the visit's cookie is gone, the citizen's is not.
    browser.set_cookie("tongpin-visit", "");
    let answer = browser.sign_in("chen", testkit::app::PASSWORD).await;
    assert_eq!(answer.status, 303, "a citizen may also be a clerk: {}", answer.body);
    assert_eq!(browser.get("/me").await.status, 200);
    let browser = app.browser("chen").await;
    let page = browser.get("/c/login").await;
    assert!(page.has("这个浏览器登录着工作账号") && !page.has("name=\"phone\""), "{}", page.body);
    assert_eq!(browser.get("/c/me").await.status, 403);
    let token = citizens::mint(&app.state.site().keys, kernel::CitizenNo(1), app.db.cx().now);
    browser.set_cookie("tongpin-citizen", &token);
    assert_eq!(browser.get("/me").await.status, 200, "the account's session comes first");
}

async fn a_clock_that_steps_opens_nothing_twice(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    ask(&browser, PHONE).await;
    let code = app.newest_code(PHONE).await;
    app.db.clock.advance(-seconds(3600));
    let page = browser.post("/c/login", &[("code", &code)]).await;
    assert!(page.has("验证码过期了"), "it would last an hour: {}", page.body);
    // What was asked for in the future counts for nothing, so nobody is locked out.
    assert_eq!(ask(&browser, PHONE).await.status, 303);
    let code = app.newest_code(PHONE).await;
    assert_eq!(browser.post("/c/login", &[("code", &code)]).await.status, 303);
    app.db.clock.advance(seconds(3600));
    assert_eq!(browser.get("/c/me").await.status, 200);
    app.db.clock.advance(-seconds(7200));
    assert_eq!(browser.get("/c/me").await.status, 303, "a token from the future opens nothing");
}

async fn the_page_is_read_in_english(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    browser.set_cookie("lang", "en");
    let page = browser.get("/c/login").await;
    assert!(page.has("Sign in by phone") && page.has("Send the code"), "{}", page.body);
    let page = ask(&browser, "138").await;
    assert!(page.has("A mobile number has 11 digits; here are 3"), "{}", page.body);
    ask(&browser, PHONE).await;
    let page = ask(&browser, PHONE).await;
    assert!(page.has("This phone may be sent 1 in one minute"), "{}", page.body);
}
