//! Batches for scripts: from draft to closed, refusals as problem details, keys and cursors.

use serde_json::{Value, json};
use testkit::{TestDb, app::Script, on_both};

use crate::{festival::Festival, ground::terms};

fn body(one: &Festival) -> Value {
    json!({
        "funder": one.funder,
        "terms": {
            "name": "满100减20", "face_fen": 2_000, "threshold_fen": 10_000, "quantity": 100,
            "budget_fen": 200_000, "person_cap": 1, "day_cap": 1,
            "claim_from": "2021-10-01T02:00:00Z", "claim_until": "2021-10-31T02:00:00Z",
            "use_from": "2021-10-01T02:00:00Z", "use_until": "2021-10-31T02:00:00Z",
            "partial": false, "stacking": "alone", "restock": true, "refund_days": 7,
            "admit_per_second": 0,
        },
    })
}

async fn step(script: &Script, path: &str, version: i64) -> testkit::app::Answer {
    script.post(path, &json!({ "version": version })).await
}

on_both!(scripts_take_a_batch_from_draft_to_closed);
async fn scripts_take_a_batch_from_draft_to_closed(db: TestDb) {
    let one = Festival::begin(db).await;
    let (run, pay) = (one.app.script_of("organiser").await, one.app.script_of("payer").await);
    let list = format!("/api/v1/campaigns/{}/voucher-batches", one.campaign);
    let made = run.post(&list, &body(&one)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    assert_eq!((made["state"].as_str(), made["version"].as_i64()), (Some("draft"), Some(1)));
    let path = format!("/api/v1/voucher-batches/{}", made["id"].as_str().expect("an id"));
    assert_eq!(step(&run, &format!("{path}/approvals"), 1).await.status, 403);
    assert_eq!(step(&pay, &format!("{path}/approvals"), 1).await.json()["state"], "approved");
    assert_eq!(step(&run, &format!("{path}/openings"), 2).await.json()["state"], "open");
    let late = step(&run, &format!("{path}/closures"), 2).await;
    assert!(late.status == 409 && late.json()["title"] == "batch-changed", "{}", late.body);
    let mut fewer = body(&one)["terms"].clone();
    fewer["quantity"] = json!(50);
    let changed =
        run.post(&format!("{path}/terms"), &json!({ "version": 3, "terms": fewer })).await;
    assert_eq!((changed.status, changed.json()["terms_version"].as_i64()), (201, Some(2)));
    let accept = json!({ "version": 4, "merchants": [one.shop] });
    assert_eq!(run.post(&format!("{path}/acceptance"), &accept).await.status, 200);
    let guest = json!({ "version": 5, "merchants": [one.guest] });
    let guest = run.post(&format!("{path}/acceptance"), &guest).await;
    assert!(guest.status == 422 && guest.json()["title"] == "not-a-member", "{}", guest.body);
    let whole = pay.get(&path).await.json();
    assert_eq!(whole["versions"].as_array().map(Vec::len), Some(2));
    assert_eq!(whole["accepted_at"], json!([one.shop]));
    assert_eq!(whole["remaining"], 50);
    assert_eq!(whole["counts"]["held"], 0);
    let of_merchant = one.app.script_of("keeper").await.get(&path).await.json();
    assert!(of_merchant["counts"].is_null(), "{of_merchant}");
    assert_eq!(step(&run, &format!("{path}/closures"), 5).await.json()["state"], "closed");
    assert_eq!(run.get(&list).await.json()["items"].as_array().map(Vec::len), Some(1));
}

on_both!(what_is_wrong_is_told_field_by_field_and_nobody_else_is_told);
async fn what_is_wrong_is_told_field_by_field_and_nobody_else_is_told(db: TestDb) {
    let one = Festival::begin(db).await;
    let run = one.app.script_of("organiser").await;
    let list = format!("/api/v1/campaigns/{}/voucher-batches", one.campaign);
    let mut wrong = body(&one);
    wrong["terms"]["budget_fen"] = json!(100);
    wrong["terms"]["refund_days"] = json!(91);
    let answer = run.post(&list, &wrong).await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let fields: Vec<_> = answer.json()["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one["field"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!((answer.status, fields), (422, vec!["budget_fen".into(), "refund_days".into()]));
    let odd = run.post(&list, &json!({ "funder": "nobody" })).await;
    assert!(odd.status == 422 && odd.json()["title"] == "bad-body", "{}", odd.body);
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    let guest = one.app.script_of("guest").await;
    assert_eq!(guest.get(&list).await.status, 404);
    assert_eq!(guest.get(&format!("/api/v1/voucher-batches/{batch}")).await.status, 404);
    let unknown = "/api/v1/voucher-batches/nothing";
    assert_eq!(run.get(unknown).await.status, 404);
    let cashier = one.app.script_of("cashier").await;
    let vouchers = format!("/api/v1/voucher-batches/{batch}/vouchers");
    assert_eq!(cashier.get(&vouchers).await.status, 403, "not theirs to read");
}

on_both!(the_same_key_drafts_one_batch);
async fn the_same_key_drafts_one_batch(db: TestDb) {
    let one = Festival::begin(db).await;
    let run = one.app.script_of("organiser").await;
    let list = format!("/api/v1/campaigns/{}/voucher-batches", one.campaign);
    let mut ids = Vec::new();
    for _ in 0..2 {
        let request = axum::http::Request::post(&list)
            .header("content-type", "application/json")
            .header("idempotency-key", "draft-1");
        let answer = run.send(request, body(&one).to_string().into()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        ids.push(answer.json()["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(run.get(&list).await.json()["items"].as_array().map(Vec::len), Some(1));
}

on_both!(a_list_goes_on_where_the_last_page_ended);
async fn a_list_goes_on_where_the_last_page_ended(db: TestDb) {
    let one = Festival::begin(db).await;
    let batch = one.batch(terms(&one.app.db.cx(), 100, 1)).await;
    for turn in 0..5 {
        one.holder(batch, &format!("1381237000{turn}")).await;
    }
    let run = one.app.script_of("organiser").await;
    let path = format!("/api/v1/voucher-batches/{batch}/vouchers?limit=2");
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    let first = run.get(&path).await.json()["items"][0].clone();
    assert_eq!(first["phone"], "138****0000");
    loop {
        let page = run.get(&format!("{path}&cursor={cursor}")).await.json();
        let items = page["items"].as_array().expect("a list").iter();
        seen.extend(items.map(|one| one["claim_no"].as_i64().expect("a number")));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    let odd = run.get(&format!("{path}&cursor=zzz")).await;
    assert!(odd.status == 422 && odd.json()["title"] == "bad-cursor", "{}", odd.body);
    let id = first["id"].as_str().expect("an id");
    let void = json!({ "reason": "重复发放" });
    let voided = run.post(&format!("/api/v1/vouchers/{id}/voids"), &void).await;
    assert!(voided.status == 200 && voided.json()["state"] == "voided", "{}", voided.body);
    let of_state = run.get(&format!("{path}&state=voided")).await.json();
    assert_eq!(of_state["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(run.post(&format!("/api/v1/vouchers/{id}/voids"), &void).await.status, 409);
    let elsewhere = one.app.script_of("payer").await;
    let denied = elsewhere.post(&format!("/api/v1/vouchers/{id}/voids"), &void).await;
    assert_eq!(denied.status, 403);
}
