//! Each race of units and imports twice: with its guard off, where the harm is shown, and with it
//! on, in the same order of steps, where there is none.
//!
//! A guard is taken off in the test alone, never in the product: the steps of the verb are taken
//! as they would be without it. What the guard would have read anew in its own transaction is read
//! in an earlier one, which is how two transactions race on either engine.

use db::Query;
use jiff::civil::date;
use organisations::{
    Put, UnitId, edit, import,
    ledger::{self, Source},
    timeline::Edit,
};
use serde_json::{Value, json};
use testkit::{TestDb, on_both};

use super::{form, patch, post, text, turns, work};
use crate::ground::{Ground, code, ledger_text, unit};

on_both!(
    two_edits_lose_one_without_its_version,
    two_edits_end_in_a_fault_without_the_lock,
    two_registrations_of_one_code_end_in_a_fault_without_the_lock,
    two_confirmations_without_the_state,
    a_job_without_a_lease_is_two_workers,
    an_import_overwrites_an_edit_without_looking_again,
    an_import_taken_back_without_looking_takes_an_edit_with_it
);

fn id_of(unit: &Value) -> UnitId {
    text(unit, "id").parse().expect("an id")
}

/// Everything that the form of a unit sends, as the page was opened.
fn whole(unit: &Value, field: &str, value: Value) -> Value {
    let mut set = json!({ "on": "2021-06-01" });
    for one in ["name", "note", "headcount", "member_count"] {
        set[one] = unit[one].clone();
    }
    set[field] = value;
    set
}

/// Guard: the version that a change was made from.
async fn two_edits_lose_one_without_its_version(db: TestDb) {
    let ground = Ground::lay(db).await;
    let sets =
        |read: &Value| [whole(read, "note", json!("甲改的")), whole(read, "headcount", json!(77))];
    let read = ground.register(0).await;
    for set in sets(&read) {
        // Off: each gives the version that it finds when it saves, not the one that it read.
        let found = ground.read(text(&read, "id")).await;
        assert_eq!(patch(&ground, &found, &set).await.status, 200);
    }
    let now = ground.read(text(&read, "id")).await;
    assert_eq!(now["headcount"], 77);
    assert_eq!(now["note"], "", "the first was answered, and what it wrote is lost");

    let read = ground.register(1).await;
    let mut statuses = Vec::new();
    for set in sets(&read) {
        statuses.push(patch(&ground, &read, &set).await.status);
    }
    assert_eq!(statuses, [200, 409]);
    let now = ground.read(text(&read, "id")).await;
    assert_eq!((&now["note"], &now["headcount"]), (&json!("甲改的"), &json!(20)));
    ground.holds().await;
}

/// Guard: [`ledger::begin`].
async fn two_edits_end_in_a_fault_without_the_lock(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let id = id_of(&ground.register(0).await);
    // Off: both read, then both write.
    let (one, other) = (turns::as_read(&db, id).await, turns::as_read(&db, id).await);
    let put = |(unit, spans): (organisations::Unit, Vec<organisations::Span>), headcount| {
        let mut facts = spans.last().expect("a state").facts.clone();
        facts.headcount = headcount;
        Put { identity: unit.identity.clone(), unit: Some(unit), on: date(2021, 6, 1), facts }
    };
    turns::write(&ground, put(one, 30)).await.expect("the first writes");
    let fault = turns::write(&ground, put(other, 40)).await.expect_err("the second cannot");
    assert!(matches!(fault, db::Fault::Invariant(_)), "an incident, not an answer: {fault}");

    let read = ground.read(&id.to_string()).await;
    let (cx, _) = turns::administrator(&ground).await;
    let tree = turns::tree(&db).await;
    let draft = edit::Draft { headcount: Some(50), ..edit::Draft::default() };
    let second = patch(&ground, &read, &json!({ "headcount": 60 }));
    let first = async |tx: &mut db::Tx| {
        edit::change(tx, &cx, &tree, id, 2, &draft).await.expect("the first changes");
    };
    let told = turns::in_turn(&db, first, second).await;
    assert_eq!((told.status, &told.json()["title"]), (409, &json!("stale-version")));
    assert_eq!(ground.read(&id.to_string()).await["headcount"], 50);
    ground.holds().await;
}

async fn units_of(db: &TestDb, number: u32) -> i64 {
    let count = Query::new("SELECT COUNT(*) FROM unit WHERE uscc = ")
        .with("?", [db::Value::Text(code(number).to_string())]);
    db.read().await.unwrap().list(count, |row| row.get(0)).await.unwrap()[0]
}

/// Guards: [`ledger::begin`] before the look for the code, and the unique index.
async fn two_registrations_of_one_code_end_in_a_fault_without_the_lock(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let (known, spans) = turns::as_read(&db, id_of(&ground.register(0).await)).await;
    let put = |number| {
        let identity = organisations::Identity { uscc: code(number), ..known.identity.clone() };
        Put { unit: None, identity, on: date(2021, 3, 1), facts: spans[0].facts.clone() }
    };
    // Off: both look, and find nobody; then both write.
    for _ in 0..2 {
        let mut tx = db.read().await.unwrap();
        assert!(ledger::find_by_uscc(&mut tx, &[code(1)]).await.unwrap().is_empty());
    }
    turns::write(&ground, put(1)).await.expect("the first writes");
    let fault = turns::write(&ground, put(1)).await.expect_err("the index refuses the second");
    assert!(fault.is_unique_violation(), "an incident, not an answer: {fault}");
    assert_eq!(units_of(&db, 1).await, 1);

    let (cx, _) = turns::administrator(&ground).await;
    let tree = turns::tree(&db).await;
    let draft: edit::Draft = serde_json::from_value(unit(2, ground.mall)).expect("a draft");
    let second = post(&ground, "/api/v1/units", unit(2, ground.mall));
    let first = async |tx: &mut db::Tx| {
        edit::register(tx, &cx, &tree, &draft).await.expect("the first registers");
    };
    let told = turns::in_turn(&db, first, second).await;
    assert_eq!((told.status, &told.json()["errors"][0]["field"]), (422, &json!("uscc")));
    assert_eq!(units_of(&db, 2).await, 1);
    ground.holds().await;

    // Both guards off, where an index can be taken off: one code, two units.
    if db.engine() == db::Engine::Postgres {
        let mut tx = db.write().await.unwrap();
        let off = Query::new("ALTER TABLE unit DROP CONSTRAINT unit_uscc_key");
        tx.run_query(off).await.unwrap();
        tx.commit().await.unwrap();
        for _ in 0..2 {
            turns::write(&ground, put(3)).await.expect("nothing refuses it");
        }
        assert_eq!(units_of(&db, 3).await, 2);
    }
}

async fn asked_to_write(db: &TestDb) -> usize {
    let mut tx = db.read().await.unwrap();
    let jobs = db::job::list(&mut tx, "waiting", 100).await.unwrap();
    jobs.iter().filter(|job| job.kind == import::verbs::WRITE).count()
}

fn batch_of(address: &str) -> import::BatchId {
    address.strip_prefix("/imports/").and_then(|id| id.parse().ok()).expect("a batch")
}

/// Guard: the state from which a batch is turned, in the statement that turns it.
async fn two_confirmations_without_the_state(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let (cx, _) = turns::administrator(&ground).await;
    let batch = batch_of(&ground.upload(&ledger_text(0..3, 3)).await);
    // Off: both look, and find it ready; then both have it written.
    for _ in 0..2 {
        let mut tx = db.read().await.unwrap();
        let seen = import::verbs::open(&mut tx, &cx, batch).await.expect("it is there");
        assert_eq!(seen.state, import::BatchState::Ready);
    }
    for _ in 0..2 {
        let mut tx = db.write().await.unwrap();
        let turn = Query::new("UPDATE import_batch SET state = 'writing' WHERE id = ");
        let turn = turn.with("?", [db::ToValue::to_value(batch)]);
        assert_eq!(tx.run_query(turn).await.unwrap(), 1);
        let asked = json!({ "batch": batch, "by": cx.actor.account() });
        db::job::enqueue(&mut tx, &cx, import::verbs::WRITE, &asked).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(asked_to_write(&db).await, 2, "one file, confirmed and written twice");
    // The state that the writing itself looks at still keeps it from being written twice.
    ground.work().await;
    assert_eq!(ground.script.get("/api/v1/units").await.json()["total"], 3);

    let address = ground.upload(&ledger_text(3..6, 3)).await;
    let batch = batch_of(&address);
    let mut first = db.write().await.unwrap();
    import::verbs::confirm(&mut first, &cx, batch).await.expect("the first confirms");
    let second = tokio::spawn(form(&ground, &format!("{address}/confirmation"), &[]));
    db.until_one_waits().await;
    first.commit().await.unwrap();
    assert_eq!(second.await.expect("it does not panic").status, 409);
    assert_eq!(asked_to_write(&db).await, 1);
    ground.work().await;
    ground.holds().await;
}

/// Guard: the one statement that finds a job and leases it.
async fn a_job_without_a_lease_is_two_workers(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    db::job::enqueue(&mut tx, &db.cx(), "test.job", &json!({})).await.unwrap();
    tx.commit().await.unwrap();
    // Off: each worker looks which job is due, and only then marks it.
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut tx = db.read().await.unwrap();
        held.extend(db::job::list(&mut tx, "waiting", 1).await.unwrap());
    }
    assert_eq!(held[0].id, held[1].id, "one job, two workers");

    let now = db.cx().now;
    let node = db.node().await;
    let (one, other) = tokio::join!(db::job::take(&db, now), db::job::take(&node, now));
    let taken = [one.unwrap(), other.unwrap()];
    assert_eq!(taken.iter().flatten().count(), 1, "one job, one worker");
    node.close().await;
}

/// Guard: under [`ledger::begin`] the importer judges every row again before it writes.
async fn an_import_overwrites_an_edit_without_looking_again(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let id = id_of(&ground.register(0).await);
    let change = json!({ "headcount": 21, "on": "2021-10-15" });
    let (unit, spans) = turns::as_read(&db, id).await;
    let mut facts = spans[0].facts.clone();
    facts.member_count = 3;
    let read = ground.read(&id.to_string()).await;
    assert_eq!(patch(&ground, &read, &change).await.status, 200);
    // Off: what was judged before the edit is written after it, with the unit as it is then.
    let (now, _) = turns::as_read(&db, id).await;
    let on = date(2021, 10, 15);
    let put = Put { identity: unit.identity, unit: Some(now), on, facts };
    turns::write(&ground, put).await.expect("nothing refuses it");
    let now = ground.read(&id.to_string()).await;
    let counts = (&now["headcount"], &now["member_count"]);
    assert_eq!(counts, (&json!(20), &json!(3)), "the edit was answered, and is lost");

    let batch = ground.upload(&ledger_text(10..13, 2)).await;
    ground.form(&format!("{batch}/confirmation"), &[]).await;
    ground.work().await;
    let listed = ground.script.get("/api/v1/units?sort=-no&limit=1").await.json();
    let id = id_of(&listed["items"][0]);
    let batch = ground.upload(&ledger_text(10..13, 3)).await;
    ground.form(&format!("{batch}/confirmation"), &[]).await;
    let (cx, _) = turns::administrator(&ground).await;
    let tree = turns::tree(&db).await;
    let draft: edit::Draft = serde_json::from_value(change).expect("a draft");
    let first = async |tx: &mut db::Tx| {
        edit::change(tx, &cx, &tree, id, 1, &draft).await.expect("the first changes");
    };
    turns::in_turn(&db, first, work(&ground)).await;
    assert_eq!(ground.state(&batch).await, "ready", "the importer is shown it anew");
    let now = ground.read(&id.to_string()).await;
    assert_eq!((&now["headcount"], &now["member_count"]), (&json!(21), &json!(2)));
    ground.holds().await;
}

/// Guard: under [`ledger::begin`] the versions that the import left are compared.
async fn an_import_taken_back_without_looking_takes_an_edit_with_it(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let known = ground.register(0).await;
    let (unit, removed) = turns::as_read(&db, id_of(&known)).await;
    assert_eq!(patch(&ground, &known, &json!({ "note": "改过" })).await.status, 200);
    // Off: what was found before the edit is taken back after it.
    let (cx, permit) = turns::administrator(&ground).await;
    let mut tx = db.write().await.unwrap();
    let removals = vec![(unit, Edit { removed, added: Vec::new() })];
    let source = Source::default();
    ledger::take_back(&mut tx, &cx, &permit, Vec::new(), removals, &source).await.unwrap();
    tx.commit().await.unwrap();
    let gone = ground.script.get(&format!("/api/v1/units/{}", text(&known, "id"))).await;
    assert_eq!(gone.status, 404, "the edit was answered, and is lost");

    let batch = ground.upload(&ledger_text(10..13, 2)).await;
    ground.form(&format!("{batch}/confirmation"), &[]).await;
    ground.work().await;
    let listed = ground.script.get("/api/v1/units?sort=-no&limit=1").await.json();
    let id = id_of(&listed["items"][0]);
    let tree = turns::tree(&db).await;
    let draft = edit::Draft { note: Some("改过".into()), ..edit::Draft::default() };
    let first = async |tx: &mut db::Tx| {
        edit::change(tx, &cx, &tree, id, 1, &draft).await.expect("the first changes");
    };
    let second = form(&ground, &format!("{batch}/undoing"), &[]);
    assert_eq!(turns::in_turn(&db, first, second).await.status, 409);
    assert_eq!(ground.read(&id.to_string()).await["note"], "改过");
    ground.holds().await;
}
