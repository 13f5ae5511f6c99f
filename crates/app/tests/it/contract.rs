//! What the API promises to whoever sends it nonsense: the refusals that scripts/contract found
//! to be missing, each on both engines.

use axum::{body::Body, http::Request};
use serde_json::json;
use testkit::{TestDb, on_both};

use crate::ground::{Ground, unit};

on_both!(
    the_character_nul_is_refused_wherever_it_comes,
    fields_left_empty_count_as_left_out,
    what_cannot_be_answered_is_refused,
    a_refusal_of_the_framework_is_a_problem_too,
    an_odd_idempotency_key_is_refused
);

async fn the_character_nul_is_refused_wherever_it_comes(db: TestDb) {
    let ground = Ground::lay(db).await;
    // ["\0", "1"] as a cursor.
    let cursor = "/api/v1/units?sort=name&cursor=WyJcdTAwMDAiLCIxIl0";
    for path in ["/api/v1/units?q=%00", "/api/v1/units?batch=a%00b", "/units?q=%00", cursor] {
        assert_eq!(ground.script.get(path).await.status, 422, "{path}");
    }
    for name in ["\0", "甲\0乙", "\\\0"] {
        let mut body = unit(1, ground.mall);
        body["name"] = json!(name);
        let answer = ground.script.post("/api/v1/units", &body).await;
        assert_eq!(answer.json()["title"], "nul-character", "{name:?}: {}", answer.body);
    }
    // A backslash before the letters is no escape.
    let mut body = unit(2, ground.mall);
    body["name"] = json!("\\u0000");
    assert_eq!(ground.script.post("/api/v1/units", &body).await.status, 201);
    assert_eq!(ground.form("/accounts", &[("name", "a\0b")]).await.status, 422);
    let file = ("a.csv", &b"a"[..]);
    let answer = ground.script.upload("/api/v1/imports", file, &[("on", "\0")]).await;
    assert_eq!(answer.json()["title"], "nul-character", "{}", answer.body);
}

async fn fields_left_empty_count_as_left_out(db: TestDb) {
    let ground = Ground::lay(db).await;
    ground.register(1).await;
    for path in [
        "/api/v1/units?q=&town=&front=&status=&limit=&cursor=&at=&change=&definition=",
        "/api/v1/places?on=&parent=&limit=&cursor=",
        "/api/v1/coverage?at=&by=&town=&station=",
        "/api/v1/key-sites?on=",
    ] {
        let answer = ground.script.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
}

async fn what_cannot_be_answered_is_refused(db: TestDb) {
    let ground = Ground::lay(db).await;
    for (path, status, title) in [
        ("units?limit=0", 400, "bad-query"),
        ("units?limit=9223372036854775808", 400, "bad-query"),
        ("places?limit=0", 400, "bad-query"),
        ("places?limit=4294967296", 400, "bad-query"),
        ("units?cursor=nonsense", 422, "bad-cursor"),
        ("units?cursor=WyIiLCJ4Il0", 422, "bad-cursor"),
        ("places?cursor=nonsense", 422, "bad-cursor"),
        ("units?change=lost", 422, "from-needed"),
        // A figure never names a rule that it was not computed with.
        ("coverage?definition=2", 422, "no-such-definition"),
        ("coverage?definition=0", 422, "no-such-definition"),
        ("units?definition=-9223372036854775808", 422, "no-such-definition"),
        ("coverage?at=9999-12-31", 422, "too-late"),
        ("coverage/changes?from=2021-06-02&at=2021-06-01", 422, "too-late"),
        ("coverage?at=2021-02-30", 400, "bad-query"),
        ("stations?on=9999-12-31", 422, "in-the-future"),
    ] {
        let answer = ground.script.get(&format!("/api/v1/{path}")).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(answer.json()["title"], title, "{path}");
    }
    let long = json!({ "name": "长".repeat(81), "days": 1 });
    assert_eq!(ground.script.post("/api/v1/tokens", &long).await.status, 422);
    // Trimmed to eighty, but not sent so.
    let padded = json!({ "name": format!("\u{a0}{}", "长".repeat(80)), "days": 1 });
    assert_eq!(ground.script.post("/api/v1/tokens", &padded).await.status, 422);
}

async fn a_refusal_of_the_framework_is_a_problem_too(db: TestDb) {
    let ground = Ground::lay(db).await;
    let send = async |request: axum::http::request::Builder, body: &str| {
        let answer = ground.script.send(request, Body::from(body.to_owned())).await;
        let kind = answer.header("content-type").to_owned();
        assert_eq!(kind, "application/problem+json", "{} {}", answer.status, answer.body);
        answer
    };
    let units = "/api/v1/units";
    let answer = send(Request::delete(units), "").await;
    assert_eq!(answer.status, 405);
    let allowed = answer.header("allow");
    assert!(allowed.contains("GET") && allowed.contains("POST"), "Allow: {allowed}");
    assert_eq!(
        send(Request::post(units).header("content-type", "text/plain"), "{}").await.status,
        415
    );
    let json = || Request::post(units).header("content-type", "application/json");
    assert_eq!(send(json(), "{").await.status, 400);
    assert_eq!(send(json(), "{\"headcount\": \"many\"}").await.status, 422);
    assert_eq!(send(json(), &" ".repeat((2 << 20) + 1)).await.status, 413);
    assert_eq!(send(Request::get("/api/v1/nothing"), "").await.status, 404);
}

async fn an_odd_idempotency_key_is_refused(db: TestDb) {
    let ground = Ground::lay(db).await;
    let long = "k".repeat(129);
    for key in ["", "a b", "é", long.as_str()] {
        let request = Request::post("/api/v1/units")
            .header("content-type", "application/json")
            .header("idempotency-key", key.as_bytes());
        let body = unit(1, ground.mall).to_string();
        let answer = ground.script.send(request, body.into()).await;
        assert_eq!(answer.json()["title"], "bad-idempotency-key", "{key:?}: {}", answer.body);
    }
    assert_eq!(ground.script.get("/api/v1/units").await.json()["total"], 0);
}
