//! People, scripts and jobs at the same moment on the same thing: one wins, the other is told, and
//! nothing is lost. Each race is run several times, each time from one barrier; beside it, in an order
//! that the test chooses, the same race with its guard off.

mod back_and_forth;
mod turns;
mod unguarded;
mod unguarded_rest;

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::{TestDb, app::Answer, on_both};
use tokio::sync::Barrier;

use crate::ground::{Ground, ledger_text, unit};

/// How often a race is run.
const ROUNDS: u32 = 6;

on_both!(
    two_edits_of_one_unit,
    two_registrations_of_one_code,
    one_key_sent_twice,
    two_confirmations_of_one_import,
    an_edit_while_an_import_is_written,
    an_edit_while_its_import_is_taken_back,
    a_token_revoked_while_used,
    a_place_moved_while_its_units_are_edited,
    a_rule_published_while_coverage_is_read,
    two_rules_and_an_edit
);

/// Runs both from one barrier, each on a task of its own.
async fn at_once<A: Send + 'static, B: Send + 'static>(
    one: impl Future<Output = A> + Send + 'static,
    other: impl Future<Output = B> + Send + 'static,
) -> (A, B) {
    async fn after<T>(barrier: Arc<Barrier>, work: impl Future<Output = T>) -> T {
        barrier.wait().await;
        work.await
    }
    let barrier = Arc::new(Barrier::new(2));
    let one = tokio::spawn(after(Arc::clone(&barrier), one));
    let other = tokio::spawn(after(barrier, other));
    (one.await.expect("it does not panic"), other.await.expect("it does not panic"))
}

fn statuses(one: &Answer, other: &Answer) -> [u16; 2] {
    let mut both = [one.status, other.status];
    both.sort_unstable();
    both
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}"))
}

fn patch(
    ground: &Ground,
    unit: &Value,
    set: &Value,
) -> impl Future<Output = Answer> + Send + use<> {
    let (script, path) = (ground.script.clone(), format!("/api/v1/units/{}", text(unit, "id")));
    let body = json!({ "version": unit["version"], "set": set });
    async move { script.patch(&path, &body).await }
}

fn post(ground: &Ground, path: &str, body: Value) -> impl Future<Output = Answer> + Send + use<> {
    let (script, path) = (ground.script.clone(), path.to_owned());
    async move { script.post(&path, &body).await }
}

fn form(
    ground: &Ground,
    path: &str,
    fields: &[(&'static str, String)],
) -> impl Future<Output = Answer> + Send + use<> {
    let (ground, path, fields) = (ground.clone(), path.to_owned(), fields.to_vec());
    async move {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        ground.form(&path, &fields).await
    }
}

fn work(ground: &Ground) -> impl Future<Output = ()> + Send + use<> {
    let ground = ground.clone();
    async move { ground.work().await }
}

async fn two_edits_of_one_unit(db: TestDb) {
    let ground = Ground::lay(db).await;
    for round in 0..ROUNDS {
        let unit = ground.register(round).await;
        let (one, other) = at_once(
            patch(&ground, &unit, &json!({ "note": "甲改的" })),
            patch(&ground, &unit, &json!({ "headcount": 77, "on": "2021-06-01" })),
        )
        .await;
        assert_eq!(statuses(&one, &other), [200, 409], "{} {}", one.body, other.body);
        let now = ground.read(text(&unit, "id")).await;
        assert_eq!(now["version"], 2);
        let (won, note, headcount) =
            if one.status == 200 { (&one, "甲改的", 20) } else { (&other, "", 77) };
        assert_eq!(won.json(), now, "the winner was answered what stands");
        assert_eq!((&now["note"], &now["headcount"]), (&json!(note), &json!(headcount)));
        let lost = if one.status == 200 { &other } else { &one };
        assert_eq!(lost.json()["title"], "stale-version");
    }
    ground.holds().await;
}

async fn two_registrations_of_one_code(db: TestDb) {
    let ground = Ground::lay(db).await;
    for round in 0..ROUNDS {
        let body = || unit(round, ground.mall);
        let (one, other) =
            at_once(post(&ground, "/api/v1/units", body()), post(&ground, "/api/v1/units", body()))
                .await;
        assert_eq!(statuses(&one, &other), [201, 422], "{} {}", one.body, other.body);
        let lost = if one.status == 422 { &one } else { &other };
        assert_eq!(lost.json()["errors"][0]["field"], "uscc");
    }
    let listed = ground.script.get("/api/v1/units").await.json();
    assert_eq!(listed["total"], ROUNDS);
    ground.holds().await;
}

fn keyed(ground: &Ground, key: &str, body: &Value) -> impl Future<Output = Answer> + use<> {
    let request = axum::http::Request::post("/api/v1/units")
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    let (script, body) = (ground.script.clone(), body.to_string());
    async move { script.send(request, body.into()).await }
}

async fn one_key_sent_twice(db: TestDb) {
    let ground = Ground::lay(db).await;
    for round in 0..ROUNDS {
        let (key, body) = (format!("key-{round}"), unit(round, ground.mall));
        let (one, other) = at_once(keyed(&ground, &key, &body), keyed(&ground, &key, &body)).await;
        let done: Vec<&Answer> =
            [&one, &other].into_iter().filter(|answer| answer.status == 201).collect();
        let waiting = [&one, &other].into_iter().find(|answer| answer.status != 201);
        match (&done[..], waiting) {
            ([first, second], None) => assert_eq!(first.body, second.body, "one answer twice"),
            ([_], Some(told)) => assert_eq!(told.json()["title"], "still-running"),
            _ => panic!("{} {}\n{} {}", one.status, one.body, other.status, other.body),
        }
        let again = keyed(&ground, &key, &body).await;
        assert_eq!((again.status, &again.body), (201, &done[0].body));
        assert_eq!(again.header("idempotency-replayed"), "true");
        let reused = keyed(&ground, &key, &unit(1_000 + round, ground.mall)).await;
        assert_eq!(reused.status, 422, "{}", reused.body);
        assert_eq!(reused.json()["title"], "idempotency-key-reused");
    }
    assert_eq!(ground.script.get("/api/v1/units").await.json()["total"], ROUNDS);
    ground.holds().await;
}

async fn two_confirmations_of_one_import(db: TestDb) {
    let ground = Ground::lay(db).await;
    for round in 0..ROUNDS {
        let batch = ground.upload(&ledger_text(round * 20..round * 20 + 20, 3)).await;
        let confirm = format!("{batch}/confirmation");
        let (one, other) =
            at_once(form(&ground, &confirm, &[]), form(&ground, &confirm, &[])).await;
        assert_eq!(statuses(&one, &other), [303, 409], "{} {}", one.body, other.body);
        // Two workers at once: a job is one worker's.
        at_once(work(&ground), work(&ground)).await;
        assert_eq!(ground.state(&batch).await, "written");
    }
    assert_eq!(ground.script.get("/api/v1/units").await.json()["total"], ROUNDS * 20);
    ground.holds().await;
}

async fn an_edit_while_an_import_is_written(db: TestDb) {
    let ground = Ground::lay(db).await;
    for round in 0..ROUNDS {
        let numbers = round * 10..round * 10 + 10;
        let batch = ground.upload(&ledger_text(numbers.clone(), 2)).await;
        ground.form(&format!("{batch}/confirmation"), &[]).await;
        ground.work().await;
        let listed = ground.script.get("/api/v1/units?sort=-no&limit=10").await.json();
        let unit = listed["items"][4].clone();
        let batch = ground.upload(&ledger_text(numbers, 3)).await;
        assert_eq!(ground.form(&format!("{batch}/confirmation"), &[]).await.status, 303);
        let set = json!({ "headcount": 21, "on": "2021-10-15" });
        let (edit, ()) = at_once(patch(&ground, &unit, &set), work(&ground)).await;
        let now = ground.read(text(&unit, "id")).await;
        let stands = (edit.status, ground.state(&batch).await);
        let counts = (now["headcount"].as_i64(), now["member_count"].as_i64());
        match (stands.0, &*stands.1) {
            // The edit came first: the importer is shown what it did, and nothing was written.
            (200, "ready") => assert_eq!(counts, (Some(21), Some(2))),
            // The import came first: who edits is told so.
            (409, "written") => assert_eq!(counts, (Some(20), Some(3))),
            other => panic!("{other:?}: {} {now}", edit.body),
        }
    }
    ground.holds().await;
}

async fn an_edit_while_its_import_is_taken_back(db: TestDb) {
    let ground = Ground::lay(db).await;
    for round in 0..ROUNDS {
        let batch = ground.upload(&ledger_text(round * 10..round * 10 + 10, 2)).await;
        ground.form(&format!("{batch}/confirmation"), &[]).await;
        ground.work().await;
        let listed = ground.script.get("/api/v1/units?sort=-no&limit=10").await.json();
        let unit = listed["items"][4].clone();
        let (edit, undone) = at_once(
            patch(&ground, &unit, &json!({ "note": "改过" })),
            form(&ground, &format!("{batch}/undoing"), &[]),
        )
        .await;
        let total = ground.script.get("/api/v1/units").await.json()["total"].as_i64();
        match (edit.status, undone.status, &*ground.state(&batch).await) {
            (200, 409, "written") => {
                assert_eq!(ground.read(text(&unit, "id")).await["note"], "改过");
                // Make room for the next round: with the edit taken into account it stays.
                assert_eq!(total.map(|total| total % 10), Some(0));
            }
            (404, 303, "undone") => assert_eq!(total.map(|total| total % 10), Some(0)),
            other => panic!("{other:?}: {} {}", edit.body, undone.body),
        }
    }
    ground.holds().await;
}

async fn a_token_revoked_while_used(db: TestDb) {
    let ground = Ground::lay(db).await;
    for round in 0..ROUNDS {
        let unit = ground.register(round).await;
        let made =
            ground.script.post("/api/v1/tokens", &json!({ "name": "跑数", "days": 1 })).await;
        let made = made.json();
        let leaked = ground.app.script(text(&made, "token"));
        let (ground_again, id) = (ground.clone(), text(&made, "id").to_owned());
        let path = format!("/api/v1/units/{}", text(&unit, "id"));
        let body = json!({ "version": 1, "set": { "note": "脚本改的" } });
        let (used, revoked) = at_once(
            {
                let (leaked, path) = (leaked.clone(), path.clone());
                async move { leaked.patch(&path, &body).await }
            },
            async move { ground_again.script.delete(&format!("/api/v1/tokens/{id}")).await },
        )
        .await;
        assert_eq!(revoked.status, 204, "{}", revoked.body);
        assert!(matches!(used.status, 200 | 401), "{} {}", used.status, used.body);
        let note = if used.status == 200 { "脚本改的" } else { "" };
        assert_eq!(ground.read(text(&unit, "id")).await["note"], note);
        assert_eq!(leaked.get(&path).await.status, 401, "once revoked it opens nothing");
    }
    ground.holds().await;
}

async fn a_place_moved_while_its_units_are_edited(db: TestDb) {
    let ground = Ground::lay(db).await;
    let today = ground.app.db.cx().today().to_string();
    for round in 0..ROUNDS {
        let known = ground.register(round).await;
        let place = ground.script.get(&format!("/api/v1/places/{}", ground.mall)).await.json();
        let town = ground.towns[(round as usize) % 3];
        let moving = [
            ("parent", town.to_string()),
            ("on", today.clone()),
            ("version", place["version"].to_string()),
        ];
        let set = json!({ "headcount": 30, "place": ground.mall });
        let (edit, moved) = at_once(
            patch(&ground, &known, &set),
            form(&ground, &format!("/places/{}/moves", ground.mall), &moving),
        )
        .await;
        assert_eq!(moved.status, 303, "{}", moved.body);
        // The move states the unit anew, so an edit that comes after it is told.
        assert!(matches!(edit.status, 200 | 409), "{} {}", edit.status, edit.body);
        let new = unit(100 + round, ground.mall);
        assert_eq!(post(&ground, "/api/v1/units", new).await.status, 201);
        let inside = format!("/api/v1/units?place={}", ground.mall);
        let inside = ground.script.get(&inside).await.json();
        let items = inside["items"].as_array().expect("units");
        assert_eq!(u32::try_from(items.len()), Ok(2 * (round + 1)));
        for one in items {
            assert_eq!(one["town"]["id"], town.to_string(), "a unit stands where its place does");
        }
    }
    ground.holds().await;
}

/// Publishes a rule with this floor.
fn publish(ground: &Ground, floor: i64) -> impl Future<Output = Answer> + Send + use<> {
    let name = format!("{floor} 名以上应建");
    let fields = [("name", name), ("note", "试".into()), ("member_floor", floor.to_string())];
    form(ground, "/definitions", &fields)
}

async fn a_rule_published_while_coverage_is_read(db: TestDb) {
    let ground = Ground::lay(db).await;
    for number in 0..12 {
        ground.register(number).await;
    }
    // Members are 0 to 5, two units of each.
    let eligible = |floor: i64| 2 * (6 - floor);
    let floors = [3, 1, 5, 2, 4, 3, 1];
    for (round, floor) in floors.iter().enumerate().skip(1) {
        let reader = ground.clone();
        let read = async move {
            let mut answers = Vec::new();
            for _ in 0..12 {
                answers.push(reader.script.get("/api/v1/coverage?by=town").await.json());
                answers.push(reader.script.get("/api/v1/coverage?by=industry").await.json());
            }
            answers
        };
        let (answers, published) = at_once(read, publish(&ground, *floor)).await;
        assert_eq!(published.status, 303, "{}", published.body);
        for answer in answers {
            let version = answer["definition"].as_u64().and_then(|one| usize::try_from(one).ok());
            let version = version.expect("a version");
            assert!(version == round || version == round + 1, "{version} in round {round}");
            let counted = answer["total"]["eligible"].as_i64();
            assert_eq!(counted, Some(eligible(floors[version - 1])), "by version {version}");
            let rows = answer["rows"].as_array().expect("rows");
            let sum: i64 = rows.iter().filter_map(|row| row["eligible"].as_i64()).sum();
            assert_eq!(Some(sum), counted);
        }
    }
    ground.holds().await;
}

async fn two_rules_and_an_edit(db: TestDb) {
    let ground = Ground::lay(db).await;
    for round in 0..ROUNDS {
        let known = ground.register(round).await;
        let floors = (i64::from(round) % 5 + 1, i64::from(round) % 4 + 2);
        let editing = patch(&ground, &known, &json!({ "member_count": 5, "on": "2021-05-01" }));
        let rules = at_once(publish(&ground, floors.0), publish(&ground, floors.1));
        let ((one, other), edit) = at_once(rules, editing).await;
        assert_eq!(statuses(&one, &other), [303, 303], "{} {}", one.body, other.body);
        assert_ne!(one.location(), other.location(), "each is a version of its own");
        assert_eq!(edit.status, 200, "{}", edit.body);
    }
    ground.holds().await;
}
