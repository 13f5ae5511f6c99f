//! Tokens: they act as their account, until they expire, are revoked, or it is disabled.

use axum::{body::Body, http::Request};
use kernel::Role;
use serde_json::json;
use testkit::{TestDb, app::PASSWORD};

use crate::{ADMINISTRATOR, app, citywide, is_in, minutes, version};

const DAY: i64 = 24 * 60;

testkit::on_both!(
    a_token_acts_as_its_account,
    a_token_expires,
    a_revoked_token_is_refused_at_once,
    an_unknown_token_is_refused,
    the_day_of_use_is_noted,
    a_script_cannot_prolong_itself,
    a_token_has_a_name_and_a_bounded_life,
    nobody_revokes_a_strangers_token,
    a_secret_answer_is_kept_nowhere,
    a_token_is_shown_once,
    the_command_line_makes_tokens,
);

async fn a_token_acts_as_its_account(db: TestDb) {
    let app = app(db);
    app.account("chen", &[citywide(Role::Clerk)]).await;
    app.account("root", &[ADMINISTRATOR]).await;
    let chen = app.script_of("chen").await;
    let me = chen.get("/api/v1/me").await.json();
    assert_eq!(me["name"], "chen");
    assert_eq!(me["grants"], json!([{ "role": "clerk", "scope": "city", "scope_id": null }]));
    assert!(me["token"].as_str().unwrap().starts_with("tok_"));
    assert_eq!(chen.get("/accounts").await.status, 403);
    assert_eq!(app.script_of("root").await.get("/accounts").await.status, 200);
}

async fn a_token_expires(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let script = app.script(&app.token("chen", 30).await);
    app.db.clock.advance(minutes(30 * DAY - 1));
    assert_eq!(script.get("/api/v1/me").await.status, 200);
    app.db.clock.advance(minutes(1));
    let refused = script.get("/api/v1/me").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("content-type"), "application/problem+json");
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    assert!(refused.json()["detail"].as_str().unwrap().contains("已到期"));
}

async fn a_revoked_token_is_refused_at_once(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let (one, other) = (app.script_of("chen").await, app.script_of("chen").await);
    let id = other.get("/api/v1/me").await.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(one.delete(&format!("/api/v1/tokens/{id}")).await.status, 204);
    let refused = other.get("/api/v1/me").await;
    assert!(refused.status == 401 && refused.has("已作废"));
    assert_eq!(one.delete(&format!("/api/v1/tokens/{id}")).await.status, 404, "it is gone");
    let left = one.get("/api/v1/tokens").await.json();
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
}

async fn an_unknown_token_is_refused(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let session = app.browser("chen").await;
    let cookie = session.cookie("tongpin").unwrap();
    let zeros = "0".repeat(64);
    for text in ["", "nonsense", &format!("tgp_{zeros}"), &zeros, &format!("tgp_{cookie}")] {
        let refused = app.script(text).get("/api/v1/me").await;
        assert_eq!(refused.status, 401, "{text}");
        assert!(refused.has("没有这个令牌"), "{text}");
    }
    // A wrong token is no sign-in, even beside a right cookie.
    let request = Request::get("/me").header("authorization", "Bearer tgp_x");
    assert_eq!(session.send(request, Body::empty()).await.status, 303);
    assert!(is_in(&session).await);
}

async fn the_day_of_use_is_noted(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let script = app.script_of("chen").await;
    let used = async || {
        let tokens = script.get("/api/v1/tokens").await.json();
        tokens["items"][0]["last_used_on"].clone()
    };
    // 08:00 and 23:59 in the city are one day, midnight is the next.
    assert_eq!(used().await, "2021-10-20");
    app.db.clock.advance(minutes(16 * 60 - 1));
    assert_eq!(used().await, "2021-10-20");
    app.db.clock.advance(minutes(1));
    assert_eq!(used().await, "2021-10-21");
}

async fn a_script_cannot_prolong_itself(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let script = app.script(&app.token("chen", 2).await);
    let asked = json!({ "name": "longer", "days": 300 });
    let answer = script.post("/api/v1/tokens", &asked).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.json()["expires_at"], "2021-10-22T00:00:00Z");
    let longer = app.script(answer.json()["token"].as_str().unwrap());
    assert_eq!(longer.get("/api/v1/me").await.status, 200);
    app.db.clock.advance(minutes(2 * DAY));
    assert_eq!(longer.get("/api/v1/me").await.status, 401);
    // Who signed in with a password may ask for the whole life.
    let browser = app.browser("chen").await;
    let answer = browser.post_json("/api/v1/tokens", &asked).await;
    assert_eq!(answer.json()["expires_at"], "2022-08-18T00:00:00Z");
}

async fn a_token_has_a_name_and_a_bounded_life(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let script = app.script_of("chen").await;
    let before = version(&app).await;
    for (name, days, code) in [
        ("a", 0, "bad-days"),
        ("a", 367, "bad-days"),
        ("a", i64::MAX, "bad-days"),
        (" ", 1, "bad-name"),
        (&"长".repeat(81), 1, "bad-name"),
    ] {
        let answer = script.post("/api/v1/tokens", &json!({ "name": name, "days": days })).await;
        assert_eq!(answer.status, 422, "{name} {days}");
        assert_eq!(answer.json()["title"], code);
    }
    for body in [json!({ "name": "a" }), json!({ "name": "a", "days": 1, "more": 1 }), json!([])] {
        let answer = script.post("/api/v1/tokens", &body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert_eq!(version(&app).await, before);
    for made in 1..50 {
        let answer = script.post("/api/v1/tokens", &json!({ "name": "a", "days": 366 })).await;
        assert_eq!(answer.status, 201, "{made}");
    }
    let refused = script.post("/api/v1/tokens", &json!({ "name": "a", "days": 1 })).await;
    assert_eq!(refused.json()["title"], "too-many-tokens");
}

async fn nobody_revokes_a_strangers_token(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    app.account("wang", &[ADMINISTRATOR]).await;
    let (chen, wang) = (app.script_of("chen").await, app.script_of("wang").await);
    let id = chen.get("/api/v1/me").await.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(wang.delete(&format!("/api/v1/tokens/{id}")).await.status, 404);
    assert_eq!(wang.delete("/api/v1/tokens/nonsense").await.status, 404);
    assert_eq!(chen.get("/api/v1/me").await.status, 200);
}

async fn a_secret_answer_is_kept_nowhere(db: TestDb) {
    let app = app(db);
    let chen = app.account("chen", &[]).await;
    let script = app.script_of("chen").await;
    let make = async || {
        let request = Request::post("/api/v1/tokens")
            .header("content-type", "application/json")
            .header("idempotency-key", "the-same-key");
        let body = json!({ "name": "a", "days": 1 }).to_string();
        script.send(request, Body::from(body)).await
    };
    let (one, again) = (make().await, make().await);
    assert_eq!((one.status, again.status), (201, 409));
    assert_eq!(again.json()["title"], "shown-once");
    let tokens = script.get("/api/v1/tokens").await.json();
    assert_eq!(tokens["items"].as_array().unwrap().len(), 2, "its own, and one more");
    let mut tx = app.db.read().await.unwrap();
    let kept = db::idempotency::find(&mut tx, &chen.to_string(), "the-same-key").await.unwrap();
    assert!(!String::from_utf8(kept.unwrap().answer).unwrap().contains("tgp_"));
}

async fn a_token_is_shown_once(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    let browser = app.browser("chen").await;
    let answer = browser.post("/me/tokens", &[("name", "月报脚本"), ("days", "30")]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let text = answer.between("<code class=\"once\">", "</code>").to_owned();
    assert!(text.starts_with("tgp_"), "{}", answer.body);
    assert_eq!(app.script(&text).get("/api/v1/me").await.status, 200);
    let me = browser.get("/me").await;
    assert!(me.has("月报脚本") && !me.has("tgp_"));
    let id = me.between("action=\"/me/tokens/", "/revocations").to_owned();
    let answer = browser.post(&format!("/me/tokens/{id}/revocations"), &[]).await;
    assert_eq!(answer.location(), "/me?done=token");
    assert_eq!(app.script(&text).get("/api/v1/me").await.status, 401);

    let wrong = browser.post("/me/tokens", &[("name", "<b>"), ("days", "ten")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("有效天数要填整数") && wrong.has("&#60;b&#62;"), "{}", wrong.body);
}

async fn the_command_line_makes_tokens(db: TestDb) {
    let app = app(db);
    let chen = app.account("chen", &[]).await;
    let new = people::NewToken { account: chen, name: "tongpin token create".into(), days: 30 };
    let mut tx = app.db.write().await.unwrap();
    let cx = app.db.cx_as(crate::COMMAND);
    let issued = people::create_token(&mut tx, &cx, new).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(app.script(&issued.text).get("/api/v1/me").await.status, 200);
    assert_eq!(app.visitor().sign_in("chen", PASSWORD).await.status, 303);
}
