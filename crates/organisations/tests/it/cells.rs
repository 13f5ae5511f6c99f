//! Cells of the sheet: what is saved, what is refused, and two people in one cell.

use kernel::Code as _;
use organisations::{Cover, Status};
use serde_json::{Value, json};
use testkit::{TestDb, app::Browser};

use crate::town_hall::{self, TownHall};

testkit::on_both!(
    a_cell_is_saved_and_told,
    another_column_is_no_conflict,
    the_same_cell_is_a_conflict_and_keeps_both,
    a_wrong_cell_leaves_the_others_saved,
    what_needs_a_reason_goes_to_the_form,
    who_may_not_write_is_refused_row_by_row,
    the_same_key_is_answered_once
);

async fn send(browser: &Browser, edits: Value) -> Vec<Value> {
    let answer = browser.post_json("/units/cells", &json!({ "edits": edits })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["results"].as_array().unwrap().clone()
}

fn edit(id: &str, version: i64, column: &str, value: &str) -> Value {
    json!({ "id": id, "version": version, "column": column, "value": value })
}

/// A unit in the first town that operates and is covered by nobody, with 20 employees.
async fn open_unit(hall: &TownHall) -> (String, i64) {
    let town = hall.atlas.towns()[0];
    let fits = |facts: &organisations::Facts| {
        facts.town == town && facts.operates() && facts.cover == Cover::None
    };
    let unit = hall.unit_where(fits).await;
    (unit.id.to_string(), unit.version)
}

async fn a_cell_is_saved_and_told(db: TestDb) {
    let hall = town_hall::open(db).await;
    let (id, version) = open_unit(&hall).await;
    let clerk = hall.browser("clerk").await;
    let results = send(
        &clerk,
        json!([
            edit(&id, version, "headcount", "１,062 人"),
            edit(&id, version, "industry", "制造"),
            edit(&id, version, "member_count", "5"),
        ]),
    )
    .await;
    assert_eq!(results.len(), 3);
    for result in &results {
        assert_eq!(result["ok"], true, "{result}");
        assert_eq!(result["version"], version + 1);
    }
    assert_eq!(results[0]["value"], "1062");
    assert_eq!(results[1]["display"], "制造");
    let facts = hall.facts_on(id.parse().unwrap(), hall.app.db.cx().today()).await;
    assert_eq!((facts.headcount, facts.member_count), (1062, 5));
    let page = clerk.get(&format!("/units/{id}")).await;
    assert!(page.has("职工人数由 20 改为 1062"), "{}", page.body);
}

async fn another_column_is_no_conflict(db: TestDb) {
    let hall = town_hall::open(db).await;
    let (id, version) = open_unit(&hall).await;
    let (one, other) = (hall.browser("clerk").await, hall.browser("town").await);
    let first = send(&one, json!([edit(&id, version, "headcount", "77")])).await;
    assert_eq!(first[0]["ok"], true);
    let second = send(&other, json!([edit(&id, version, "note", "已联系")])).await;
    assert_eq!(second[0]["ok"], true, "{}", second[0]);
    assert_eq!(second[0]["version"], version + 2);
    let (unit, facts) = unit_of(&hall, &id).await;
    assert_eq!((facts.headcount, unit.identity.note.as_str()), (77, "已联系"));
}

async fn unit_of(hall: &TownHall, id: &str) -> (organisations::Unit, organisations::Facts) {
    let mut tx = hall.app.db.read().await.unwrap();
    let found = organisations::ledger::find(&mut tx, id.parse().unwrap()).await.unwrap().unwrap();
    (found.0, found.1.last().unwrap().facts.clone())
}

async fn the_same_cell_is_a_conflict_and_keeps_both(db: TestDb) {
    let hall = town_hall::open(db).await;
    let (id, version) = open_unit(&hall).await;
    let (one, other) = (hall.browser("clerk").await, hall.browser("town").await);
    send(&one, json!([edit(&id, version, "headcount", "77")])).await;
    let lost = send(&other, json!([edit(&id, version, "headcount", "88")])).await;
    assert_eq!(lost[0]["ok"], false);
    assert_eq!(lost[0]["code"], "conflict");
    assert_eq!(lost[0]["value"], "77");
    assert_eq!(lost[0]["by"], "clerk");
    assert_eq!(lost[0]["version"], version + 1);
    assert_eq!(unit_of(&hall, &id).await.1.headcount, 77);
    // Having seen it, the other one may insist.
    let again = send(&other, json!([edit(&id, version + 1, "headcount", "88")])).await;
    assert_eq!(again[0]["ok"], true);
    // A version that never was proves nothing.
    let odd = send(&other, json!([edit(&id, 0, "headcount", "99")])).await;
    assert_eq!(odd[0]["code"], "conflict", "{}", odd[0]);
}

async fn a_wrong_cell_leaves_the_others_saved(db: TestDb) {
    let hall = town_hall::open(db).await;
    let (id, version) = open_unit(&hall).await;
    let clerk = hall.browser("clerk").await;
    let results = send(
        &clerk,
        json!([
            edit(&id, version, "headcount", "很多"),
            edit(&id, version, "note", "好"),
            edit(&id, version, "uscc", "9132058OMA0000001"),
            edit(&id, version, "nothing", "x"),
            edit("unt_00000000000000000000000000", 1, "note", "x"),
            edit("what", 1, "note", "x"),
        ]),
    )
    .await;
    let ok: Vec<bool> = results.iter().map(|result| result["ok"] == true).collect();
    assert_eq!(ok, [false, true, false, false, false, false], "{results:?}");
    for result in results.iter().filter(|result| result["ok"] == false) {
        assert!(!result["message"].as_str().unwrap().is_empty(), "{result}");
    }
    assert_eq!(unit_of(&hall, &id).await.0.identity.note, "好");
    // More members than people: the cell that says so hears of it.
    let many = send(&clerk, json!([edit(&id, version + 1, "member_count", "900")])).await;
    assert!(many[0]["message"].as_str().unwrap().contains("比职工"), "{}", many[0]);
}

async fn what_needs_a_reason_goes_to_the_form(db: TestDb) {
    let hall = town_hall::open(db).await;
    let (id, version) = open_unit(&hall).await;
    let clerk = hall.browser("clerk").await;
    for (column, value) in [("status", "dormant"), ("cover", "separate")] {
        let result = send(&clerk, json!([edit(&id, version, column, value)])).await;
        assert_eq!(result[0]["ok"], false);
        assert!(result[0]["message"].as_str().unwrap().contains("改资料"), "{}", result[0]);
    }
    assert_eq!(unit_of(&hall, &id).await.1.status, Status::Operating);
    let gone = hall.unit_where(|facts| !facts.operates() && facts.cover == Cover::None).await;
    let back = Status::Operating.code();
    let result =
        send(&clerk, json!([edit(&gone.id.to_string(), gone.version, "status", back)])).await;
    assert_eq!(result[0]["ok"], true, "{}", result[0]);
}

async fn who_may_not_write_is_refused_row_by_row(db: TestDb) {
    let hall = town_hall::open(db).await;
    let [first, second] = [0, 1].map(|turn| hall.atlas.towns()[turn]);
    let own = hall.unit_where(|facts| facts.town == first && facts.cover == Cover::None).await;
    let other = hall.unit_where(|facts| facts.town == second && facts.cover == Cover::None).await;
    let edits = json!([
        edit(&own.id.to_string(), own.version, "note", "自己的"),
        edit(&other.id.to_string(), other.version, "note", "别人的"),
    ]);
    // Sees only the own town: the other unit is not there at all.
    let town = hall.browser("town").await;
    let results = send(&town, edits.clone()).await;
    assert_eq!(results[0]["ok"], true);
    assert_eq!(results[1]["code"], "not-found");
    // Reads the whole city, writes in one town.
    let worker = hall.browser("worker").await;
    let mut edits = edits;
    edits[0]["version"] = json!(own.version + 1);
    edits[0]["value"] = json!("再改");
    let results = send(&worker, edits.clone()).await;
    assert_eq!(results[0]["ok"], true, "{}", results[0]);
    assert_eq!(results[1]["code"], "forbidden");
    let viewer = hall.browser("viewer").await;
    let answer = viewer.post_json("/units/cells", &json!({ "edits": edits })).await;
    assert_eq!(answer.status, 403);
    assert_eq!(unit_of(&hall, &other.id.to_string()).await.0.identity.note, "");
}

async fn the_same_key_is_answered_once(db: TestDb) {
    use axum::{body::Body, http::Request};
    let hall = town_hall::open(db).await;
    let (id, version) = open_unit(&hall).await;
    let clerk = hall.browser("clerk").await;
    let body = json!({ "edits": [edit(&id, version, "headcount", "41")] }).to_string();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = Request::post("/units/cells")
            .header("content-type", "application/json")
            .header("x-csrf-token", clerk.csrf())
            .header("idempotency-key", "0d6a8f0e-cells");
        answers.push(clerk.send(request, Body::from(body.clone())).await.body);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(unit_of(&hall, &id).await.0.version, version + 1);
}
