//! What a claim or a till is told that was sent wrongly: RFC 9457, in words, with nothing written
//! and nothing lost.

use axum::{body::Body, http::Request};
use jiff::SignedDuration;
use kernel::{CitizenNo, Keys};
use serde_json::{Value, json};
use testkit::{TestDb, app::Answer, on_both};

use crate::{
    festival::Festival,
    ground::{open, site, terms, token},
    races::turns::{holds, number},
};

on_both!(
    a_wrong_claim_is_told_what_is_wrong,
    a_cookie_without_its_secret_is_told_to_begin_anew,
    a_wrong_redemption_is_told_what_is_wrong
);

/// A problem as RFC 9457 has it, with this word, and three sentences for people.
fn is_problem(answer: &Answer, status: u16, word: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.body);
    let told = answer.json();
    assert_eq!((&told["title"], &told["status"]), (&json!(word), &json!(status)), "{told}");
    let detail = told["detail"].as_str().unwrap_or_else(|| panic!("{told}"));
    assert!(detail.ends_with('。') && !detail.contains(" 0 "), "{detail}");
}

async fn claims(db: &TestDb) -> i64 {
    number(db, db::Query::new("SELECT COUNT(*) FROM voucher_claim")).await
}

async fn a_wrong_claim_is_told_what_is_wrong(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 10, 1)).await;
    let app = site(db.clone());
    let path = format!("/api/v1/voucher-batches/{batch}/claims");
    let send = async |token: &str, key: &[u8], body: Body| {
        let request = Request::post(&path)
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", key);
        app.send(request.body(body).expect("a request")).await
    };
    let own = token(&app, 1);
    let other_site = citizens::mint(&Keys::new([8; 32]), CitizenNo(1), db.cx().now);
    let mut torn = own.clone();
    torn.pop();
    for wrong in ["", "ctz_", "none", &other_site, &torn, "tgp_0123456789"] {
        is_problem(&send(wrong, b"k", Body::empty()).await, 401, "sign-in");
    }
    let large = vec![b'a'; 5_000];
    is_problem(&send(&own, b"k", large.into()).await, 413, "too-large");
    let streamed = futures_util::stream::iter([
        Ok(vec![b'a'; 100]),
        Err(std::io::Error::other("the line broke")),
    ]);
    let half = send(&own, b"k", Body::from_stream(streamed)).await;
    is_problem(&half, 422, "body-cut-off");
    for key in [&b""[..], &[b'k'; 129], &[0xff, 0xfe]] {
        is_problem(&send(&own, key, Body::empty()).await, 422, "bad-idempotency-key");
    }
    for method in ["GET", "PUT", "DELETE"] {
        let request = Request::builder().method(method).uri(&path);
        let request = request.header("authorization", format!("Bearer {own}"));
        let answer = app.send(request.body(Body::empty()).expect("a request")).await;
        assert!(matches!(answer.status, 404 | 405), "{method}: {}", answer.body);
    }
    assert_eq!(claims(&db).await, 0);
    // None of them used up the key. What the body is does not matter, only that it is the same.
    for body in ["{\"a\":", "{\"a\":"] {
        let told = send(&own, b"k", body.into()).await;
        assert!(told.status < 300 && told.has("yours"), "{}", told.body);
    }
    is_problem(&send(&own, b"k", "{}".into()).await, 422, "idempotency-key-reused");
    db.clock.advance(SignedDuration::from_hours(24 * 31));
    is_problem(&send(&own, b"k", "{\"a\":".into()).await, 401, "sign-in");
    assert_eq!(claims(&db).await, 1);
    holds(&db, batch).await;
}

async fn a_cookie_without_its_secret_is_told_to_begin_anew(db: TestDb) {
    let batch = open(&db, terms(&db.cx(), 10, 1)).await;
    let app = site(db.clone());
    let browser = app.citizen_browser("13812340051").await;
    let path = format!("/api/v1/voucher-batches/{batch}/claims");
    let send = async |secret: Option<&str>| {
        let request = Request::post(&path);
        let request = match secret {
            Some(secret) => request.header("x-csrf-token", secret),
            None => request,
        };
        browser.send(request, Body::empty()).await
    };
    is_problem(&send(None).await, 403, "stale-form");
    is_problem(&send(Some("0123")).await, 403, "stale-form");
    assert_eq!(claims(&db).await, 0);
    assert_eq!(send(Some(&browser.csrf())).await.status, 201);
    holds(&db, batch).await;
}

async fn a_wrong_redemption_is_told_what_is_wrong(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 10, 1)).await;
    let citizen = one.holder(batch, "13812340052").await;
    let code = citizen.code().await;
    let till = one.app.script_of("cashier").await;
    let good = json!({ "merchant": one.shop, "code": code, "bill_no": "1", "bill_fen": 12_000 });
    let text = good.to_string();
    let send = async |kind: &str, body: Vec<u8>| {
        let request = Request::post("/api/v1/redemptions").header("content-type", kind);
        till.send(request, body.into()).await
    };
    let json = "application/json";
    for half in [0, 1, text.len() / 2, text.len() - 1] {
        let told = send(json, text.as_bytes()[..half].to_vec()).await;
        assert!(matches!(told.status, 400 | 422), "{}", told.body);
        assert_eq!(told.header("content-type"), "application/problem+json", "{}", told.body);
    }
    for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        let told = send(kind, text.clone().into_bytes()).await;
        assert!(matches!(told.status, 400 | 415 | 422), "{kind}: {}", told.body);
        assert_eq!(told.header("content-type"), "application/problem+json", "{}", told.body);
    }
    let large = send(json, vec![b' '; 3 << 20]).await;
    is_problem(&large, 413, "too-large");
    for (field, wrong) in [
        ("bill_fen", json!(-1)),
        ("bill_fen", json!(0)),
        ("bill_fen", json!(i64::MAX)),
        ("amount_fen", json!(0)),
        ("bill_no", json!("")),
        ("bill_no", json!("9".repeat(65))),
        ("code", json!("１２３")),
        ("merchant", json!("mch_0")),
    ] {
        let mut body = good.clone();
        body[field] = wrong;
        let told = send(json, body.to_string().into_bytes()).await;
        assert!(matches!(told.status, 400 | 422), "{field}: {} {}", told.status, told.body);
        assert_eq!(told.header("content-type"), "application/problem+json", "{}", told.body);
    }
    let none = "SELECT COUNT(*) FROM voucher_redemption";
    assert_eq!(number(&one.app.db, db::Query::new(none)).await, 0);
    assert_eq!(send(json, text.into_bytes()).await.status, 201);
    let refund: Value = json!({ "redemption": "vrd_0", "reason": "退" });
    let told = till.post("/api/v1/refunds", &refund).await;
    assert!(matches!(told.status, 400 | 422), "{}", told.body);
    one.whole().await;
}
