//! Jobs: asked for with the facts, run by one worker at a time, never lost without a trace.

use std::collections::HashSet;

use db::job::{self, Job};
use jiff::SignedDuration;
use serde_json::json;
use testkit::{TestDb, on_both};

on_both!(
    a_job_is_asked_for_with_its_facts,
    a_job_runs_once,
    jobs_are_taken_in_turn,
    two_workers_never_take_the_same,
    a_failed_job_waits_longer_each_time,
    a_job_that_keeps_failing_lies_with_the_dead_letters,
    a_dead_job_is_revived,
    a_lost_worker_is_replaced,
    a_worker_that_shows_life_keeps_its_job,
    a_lone_worker_takes_over_at_once,
    a_late_worker_changes_nothing,
    a_job_that_kills_its_workers_is_buried,
    a_clock_put_back_keeps_nobody_waiting,
    a_clock_put_back_ends_no_lease,
);

/// Long enough for any lease to have run out.
const LONG: SignedDuration = SignedDuration::from_hours(1);

async fn enqueue(db: &TestDb, no: i64) -> job::JobId {
    let mut tx = db.write().await.unwrap();
    let id = job::enqueue(&mut tx, &db.cx(), "probe.run", &json!({ "no": no })).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn take(db: &TestDb) -> Option<Job> {
    job::take(db, db.cx().now).await.unwrap()
}

async fn states(db: &TestDb, state: &str) -> Vec<job::JobId> {
    let mut tx = db.read().await.unwrap();
    job::list(&mut tx, state, 100).await.unwrap().into_iter().map(|one| one.id).collect()
}

async fn due(db: &TestDb) -> bool {
    job::any_due(db, db.cx().now).await.unwrap()
}

async fn a_job_is_asked_for_with_its_facts(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    job::enqueue(&mut tx, &db.cx(), "probe.run", &json!({})).await.unwrap();
    drop(tx);
    assert!(take(&db).await.is_none(), "a job outlived the transaction that asked for it");
    assert!(!due(&db).await);
    let id = enqueue(&db, 1).await;
    assert!(due(&db).await);
    let taken = take(&db).await.unwrap();
    assert_eq!((taken.id, &*taken.kind, &*taken.payload), (id, "probe.run", "{\"no\":1}"));
    assert_eq!((&*taken.state, taken.attempt_count, taken.last_error), ("running", 1, None));
    assert_eq!((taken.run_at, taken.created_at), (db.cx().now, db.cx().now));
}

async fn a_job_runs_once(db: TestDb) {
    let id = enqueue(&db, 1).await;
    let taken = take(&db).await.unwrap();
    assert!(take(&db).await.is_none());
    assert!(!due(&db).await);
    assert!(job::finish(&db, &taken, db.cx().now).await.unwrap());
    db.clock.advance(LONG);
    assert!(take(&db).await.is_none());
    assert_eq!(states(&db, "done").await, [id]);
}

async fn jobs_are_taken_in_turn(db: TestDb) {
    let first = enqueue(&db, 1).await;
    db.clock.advance(SignedDuration::from_secs(1));
    let second = enqueue(&db, 2).await;
    assert_eq!(take(&db).await.unwrap().id, first);
    assert_eq!(take(&db).await.unwrap().id, second);
}

async fn two_workers_never_take_the_same(db: TestDb) {
    for no in 0..40 {
        enqueue(&db, no).await;
    }
    let now = db.cx().now;
    let other = db.second_node().await;
    let workers = [(*db).clone(), (*db).clone(), other.clone(), other.clone()].map(|node| {
        tokio::spawn(async move {
            let mut taken = Vec::new();
            while let Some(one) = job::take(&node, now).await.unwrap() {
                taken.push(one.id);
            }
            taken
        })
    });
    let mut taken = Vec::new();
    for worker in workers {
        taken.extend(worker.await.unwrap());
    }
    other.close().await;
    // A worker that met only locked jobs went home early, but nothing was taken twice.
    let distinct: HashSet<_> = taken.iter().collect();
    assert_eq!(distinct.len(), taken.len());
    while let Some(rest) = take(&db).await {
        taken.push(rest.id);
    }
    assert_eq!(taken.len(), 40);
}

async fn a_failed_job_waits_longer_each_time(db: TestDb) {
    enqueue(&db, 1).await;
    let mut waits = Vec::new();
    for _ in 0..4 {
        let taken = take(&db).await.unwrap();
        assert!(job::fail(&db, &taken, "no paper", db.cx().now).await.unwrap());
        assert!(take(&db).await.is_none(), "it did not wait");
        let mut tx = db.read().await.unwrap();
        let [waiting] = &job::list(&mut tx, "waiting", 10).await.unwrap()[..] else {
            panic!("it is not waiting")
        };
        assert_eq!(waiting.last_error.as_deref(), Some("no paper"));
        waits.push(waiting.run_at.duration_since(db.cx().now).as_secs());
        db.clock.set(waiting.run_at);
    }
    assert_eq!(waits, [20, 40, 80, 160]);
}

/// Fails a waiting job until it is dead.
async fn wear_out(db: &TestDb) {
    while let Some(taken) = take(db).await {
        job::fail(db, &taken, "no paper", db.cx().now).await.unwrap();
        db.clock.advance(LONG);
    }
}

async fn a_job_that_keeps_failing_lies_with_the_dead_letters(db: TestDb) {
    let id = enqueue(&db, 1).await;
    wear_out(&db).await;
    let mut tx = db.read().await.unwrap();
    let [dead] = &job::list(&mut tx, "dead", 10).await.unwrap()[..] else { panic!("not dead") };
    assert_eq!((dead.id, dead.attempt_count), (id, 5));
    assert_eq!(dead.last_error.as_deref(), Some("no paper"));
}

async fn a_dead_job_is_revived(db: TestDb) {
    let id = enqueue(&db, 1).await;
    let revive = async || {
        let mut tx = db.write().await.unwrap();
        let revived = job::revive(&mut tx, &db.cx(), id).await.unwrap();
        tx.commit().await.unwrap();
        revived
    };
    assert!(!revive().await, "a job that waits is not dead");
    wear_out(&db).await;
    assert!(revive().await);
    let mut tx = db.read().await.unwrap();
    let told = db::journal::of_subject(&mut tx, id.uuid(), 10).await.unwrap();
    assert_eq!(told.iter().map(|one| &*one.verb).collect::<Vec<_>>(), ["job.revived"]);
    let taken = take(&db).await.unwrap();
    assert_eq!((taken.id, taken.attempt_count), (id, 1));
}

async fn a_lost_worker_is_replaced(db: TestDb) {
    let id = enqueue(&db, 1).await;
    assert_eq!(take(&db).await.unwrap().attempt_count, 1);
    db.clock.advance(LONG);
    assert!(due(&db).await);
    let again = take(&db).await.unwrap();
    assert_eq!((again.id, again.attempt_count), (id, 2));
}

async fn a_worker_that_shows_life_keeps_its_job(db: TestDb) {
    let id = enqueue(&db, 1).await;
    let held = take(&db).await.unwrap();
    for _ in 0..20 {
        db.clock.advance(job::RENEW_EVERY);
        assert!(job::renew(&db, &held, db.cx().now).await.unwrap());
        assert!(take(&db).await.is_none());
    }
    db.clock.advance(LONG);
    assert_eq!(take(&db).await.unwrap().id, id);
    assert!(!job::renew(&db, &held, db.cx().now).await.unwrap(), "it is another's by now");
}

async fn a_lone_worker_takes_over_at_once(db: TestDb) {
    let id = enqueue(&db, 1).await;
    for attempt in 1..=5 {
        assert_eq!(take(&db).await.unwrap().attempt_count, attempt);
        assert_eq!(job::take_over(&db, db.cx().now).await.unwrap(), 1);
        assert_eq!(job::take_over(&db, db.cx().now).await.unwrap(), 0);
    }
    assert!(take(&db).await.is_none());
    assert_eq!(states(&db, "dead").await, [id]);
}

async fn a_late_worker_changes_nothing(db: TestDb) {
    let id = enqueue(&db, 1).await;
    let late = take(&db).await.unwrap();
    db.clock.advance(LONG);
    let now_its = take(&db).await.unwrap();
    assert!(!job::fail(&db, &late, "too late", db.cx().now).await.unwrap());
    assert!(!job::finish(&db, &late, db.cx().now).await.unwrap());
    assert_eq!(states(&db, "running").await, [id]);
    assert!(job::finish(&db, &now_its, db.cx().now).await.unwrap());
    assert!(!job::fail(&db, &late, "far too late", db.cx().now).await.unwrap());
    assert_eq!(states(&db, "done").await, [id]);
}

async fn a_job_that_kills_its_workers_is_buried(db: TestDb) {
    let id = enqueue(&db, 1).await;
    for attempt in 1..=5 {
        assert_eq!(take(&db).await.unwrap().attempt_count, attempt);
        db.clock.advance(LONG);
    }
    assert!(take(&db).await.is_none());
    assert_eq!(states(&db, "dead").await, [id]);
    let mut tx = db.read().await.unwrap();
    let [dead] = &job::list(&mut tx, "dead", 10).await.unwrap()[..] else { panic!("not dead") };
    assert_eq!(dead.last_error.as_deref(), Some("its worker was lost"));
}

async fn a_clock_put_back_keeps_nobody_waiting(db: TestDb) {
    let id = enqueue(&db, 1).await;
    // By however little: what was due stays due.
    for back in [SignedDuration::from_secs(1), LONG, LONG * 24 * 365] {
        db.clock.set(db.cx().now - back);
        assert!(due(&db).await, "not due after {back}");
        let taken = take(&db).await.unwrap_or_else(|| panic!("not taken after {back}"));
        assert_eq!(taken.id, id);
        assert!(job::give_back(&db, &taken, db.cx().now).await.unwrap());
    }
    // One that failed waits as long as it would have, at the most for its longest wait.
    let taken = take(&db).await.unwrap();
    assert!(job::fail(&db, &taken, "no paper", db.cx().now).await.unwrap());
    assert!(!due(&db).await && take(&db).await.is_none(), "it did not wait");
    db.clock.set(db.cx().now - LONG);
    assert!(due(&db).await);
    assert_eq!(take(&db).await.unwrap().id, id);
}

async fn a_clock_put_back_ends_no_lease(db: TestDb) {
    enqueue(&db, 1).await;
    let held = take(&db).await.unwrap();
    db.clock.set(db.cx().now - LONG);
    assert!(!due(&db).await && take(&db).await.is_none(), "another worker took it");
    assert!(job::finish(&db, &held, db.cx().now).await.unwrap());
}
