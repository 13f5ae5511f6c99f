//! The clock of the machine is set back, and forth again: nothing is lost, nothing is done twice,
//! nobody is let in who was not.

use db::{
    Entry, Query, idempotency,
    idempotency::{Claim, RUNNING},
    job,
};
use jiff::SignedDuration;
use kernel::Clock as _;
use serde_json::json;
use testkit::{TestDb, app::PASSWORD, on_both};

use super::{patch, post, text};
use crate::ground::{Ground, ledger_text, unit};

on_both!(
    a_leased_job_stays_with_its_worker,
    a_job_that_was_due_stays_due,
    a_session_neither_ends_nor_revives,
    a_claimed_key_stays_claimed,
    units_keep_their_days,
    an_import_is_written_once
);

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

async fn enqueue(db: &TestDb) {
    let mut tx = db.write().await.unwrap();
    job::enqueue(&mut tx, &db.cx(), "test.job", &json!({})).await.unwrap();
    tx.commit().await.unwrap();
}

async fn a_leased_job_stays_with_its_worker(db: TestDb) {
    enqueue(&db).await;
    let start = db.clock.now();
    let held = job::take(&db, start).await.unwrap().expect("it is due");
    db.clock.set(start - DAY);
    let back = db.clock.now();
    assert!(job::take(&db, back).await.unwrap().is_none(), "the lease still runs");
    assert!(job::renew(&db, &held, back).await.unwrap(), "its worker still holds it");
    // Renewed by the old time, the lease has run out by the new: another takes the job over, and
    // what the first says of it from then on counts for nothing.
    db.clock.set(start + HOUR);
    let forth = db.clock.now();
    let again = job::take(&db, forth).await.unwrap().expect("its lease ran out");
    assert_eq!((again.id, again.attempt_count), (held.id, 2));
    assert!(!job::finish(&db, &held, forth).await.unwrap());
    db.clock.set(back);
    assert!(job::finish(&db, &again, back).await.unwrap());
    assert!(!job::finish(&db, &again, forth).await.unwrap(), "done once");
    assert!(job::take(&db, forth).await.unwrap().is_none());
}

async fn a_job_that_was_due_stays_due(db: TestDb) {
    enqueue(&db).await;
    db.clock.set(db.clock.now() - HOUR);
    enqueue(&db).await;
    let now = db.clock.now();
    let mut taken = Vec::new();
    while let Some(job) = job::take(&db, now).await.unwrap() {
        assert!(job::finish(&db, &job, now).await.unwrap());
        taken.push(job.id);
    }
    assert_eq!(taken.len(), 2, "neither waits for the clock to catch up");
    db.clock.set(now + DAY);
    assert!(job::take(&db, db.clock.now()).await.unwrap().is_none(), "done once");
}

async fn a_session_neither_ends_nor_revives(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let start = db.clock.now();
    let browser = ground.app.browser("chen").await;
    let minutes = SignedDuration::from_mins;
    // Rules: half an hour idle, half a day in all.
    for (moment, status, why) in [
        (start - DAY, 200, "set back, it is as new"),
        (start + minutes(29), 200, "its last use is not the one of yesterday's clock"),
        (start + minutes(58), 200, "used at minute 29"),
        (start + minutes(20), 200, "set back a little"),
        (start + minutes(87), 200, "used at minute 58, whatever was between"),
    ] {
        db.clock.set(moment);
        assert_eq!(browser.get("/me").await.status, status, "{why}");
    }
    let other = ground.app.visitor();
    assert_eq!(other.sign_in("chen", PASSWORD).await.status, 303);
    let sessions = browser.get("/me").await;
    assert_eq!(sessions.status, 200);
    // Signed out stays signed out, at whatever time.
    assert_eq!(other.post("/logout", &[]).await.status, 303);
    for moment in [start - DAY, start + minutes(88)] {
        db.clock.set(moment);
        assert_ne!(other.get("/me").await.status, 200, "signed out at {moment}");
    }
    db.clock.set(start + DAY);
    assert_ne!(browser.get("/me").await.status, 200, "older than half a day");
}

async fn a_claimed_key_stays_claimed(db: TestDb) {
    let start = db.clock.now();
    let claim = async || {
        let mut tx = db.write().await.unwrap();
        let now = db.clock.now();
        let claim = idempotency::claim(&mut tx, "chen", "key", &[1], now).await.unwrap();
        tx.commit().await.unwrap();
        claim
    };
    assert_eq!(claim().await, Claim::Fresh);
    for moment in [start - DAY, start + RUNNING] {
        db.clock.set(moment);
        assert_eq!(claim().await, Claim::Running, "it runs, at {moment}");
    }
    let given = idempotency::Answer {
        body_sha256: vec![1],
        status: 201,
        location: None,
        content_type: None,
        answer: b"made".to_vec(),
    };
    db.clock.set(start - HOUR);
    let mut tx = db.write().await.unwrap();
    idempotency::keep(&mut tx, "chen", "key", &given, db.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    for moment in [start - DAY, start, start + DAY] {
        db.clock.set(moment);
        let mut tx = db.write().await.unwrap();
        idempotency::forget_old(&mut tx, moment).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(claim().await, Claim::Answered(given.clone()), "at {moment}");
    }
}

async fn units_keep_their_days(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let start = db.clock.now();
    let known = ground.register(0).await;
    let set = json!({ "headcount": 30 });
    let answer = patch(&ground, &known, &set).await;
    assert_eq!((answer.status, &answer.json()["from_on"]), (200, &json!("2021-10-20")));
    // Set back by ten days: what is said then is said of that day, before what was said first.
    db.clock.set(start - DAY * 10);
    let set = json!({ "headcount": 25 });
    let answer = patch(&ground, &answer.json(), &set).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(post(&ground, "/api/v1/units", unit(1, ground.mall)).await.status, 201);
    ground.holds().await;
    db.clock.set(start);
    let now = ground.read(text(&known, "id")).await;
    assert_eq!((&now["headcount"], &now["version"]), (&json!(30), &json!(3)));
    let id = text(&known, "id").parse().expect("an id");
    let (_, spans) = super::turns::as_read(&db, id).await;
    let spans: Vec<(String, i64)> =
        spans.iter().map(|span| (span.from_on.to_string(), span.facts.headcount)).collect();
    let wanted = [("2021-03-01", 20), ("2021-10-10", 25), ("2021-10-20", 30)];
    assert_eq!(spans, wanted.map(|(day, count)| (day.to_owned(), count)));
    ground.holds().await;
    // The journal is a chain by number, not by time.
    let mut tx = db.write().await.unwrap();
    db.clock.set(start - DAY * 400);
    tx.journal(&db.cx(), Entry::of("probe.done"));
    tx.commit().await.unwrap();
    db::journal::require_whole(&db).await.unwrap();
}

async fn an_import_is_written_once(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let start = db.clock.now();
    let batch = ground.upload(&ledger_text(0..5, 3)).await;
    assert_eq!(ground.form(&format!("{batch}/confirmation"), &[]).await.status, 303);
    // Nobody waits until the clock is again where it was: it is written now, and once.
    db.clock.set(start - HOUR);
    ground.work().await;
    assert_eq!(ground.state(&batch).await, "written");
    assert_eq!(ground.form(&format!("{batch}/confirmation"), &[]).await.status, 409);
    db.clock.set(start);
    ground.work().await;
    assert_eq!(ground.state(&batch).await, "written");
    let written = Query::new("SELECT COUNT(*) FROM journal WHERE verb = 'import.written'");
    let written: Vec<i64> = db.read().await.unwrap().list(written, |row| row.get(0)).await.unwrap();
    assert_eq!(written, [1]);
    assert_eq!(ground.script.get("/api/v1/units").await.json()["total"], 5);
    ground.holds().await;
}
