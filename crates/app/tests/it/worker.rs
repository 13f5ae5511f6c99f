//! The worker: runs what was asked for, survives what fails, ends when told.

use std::{sync::Arc, time::Duration};

use app::{
    jobs::{Chore, JobRunner},
    worker::Worker,
};
use jiff::SignedDuration;
use serde_json::json;
use testkit::{TestDb, on_both};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use web::State;

use crate::site::site;

/// Counts what ran; the runners are plain functions, so it travels as a part of the site.
struct Ran(Semaphore);

impl Default for Ran {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

async fn one_more(state: &State) {
    state.part::<Ran>().0.acquire().await.expect("it is never closed").forget();
}

const GOOD: JobRunner = JobRunner {
    kind: "test.good",
    run: |state, _, payload| {
        Box::pin(async move {
            assert_eq!(payload, json!({ "rows": 3 }));
            state.part::<Ran>().0.add_permits(1);
            Ok(())
        })
    },
};
const PANICKING: JobRunner = JobRunner {
    kind: "test.panicking",
    run: |state, _, _| {
        Box::pin(async move {
            state.part::<Ran>().0.add_permits(1);
            panic!("as told");
        })
    },
};
const ENDLESS: JobRunner = JobRunner {
    kind: "test.endless",
    run: |state, _, _| {
        Box::pin(async move {
            state.part::<Ran>().0.add_permits(1);
            std::future::pending().await
        })
    },
};

struct Running {
    state: State,
    stop: CancellationToken,
    bell: Arc<Notify>,
    task: tokio::task::JoinHandle<()>,
}

fn start(db: &TestDb, chores: Vec<Chore>) -> Running {
    let state = site(db.clone()).state;
    let (stop, bell) = (CancellationToken::new(), Arc::new(Notify::new()));
    let worker = Worker {
        state: state.clone(),
        runners: vec![GOOD, PANICKING, ENDLESS],
        chores,
        bell: Arc::clone(&bell),
        stop: stop.clone(),
        grace: Duration::ZERO,
    };
    Running { state, stop, bell, task: tokio::spawn(worker.run()) }
}

impl Running {
    async fn ask_for(&self, db: &TestDb, kind: &'static str, payload: serde_json::Value) {
        let mut tx = db.write().await.expect("a transaction");
        db::job::enqueue(&mut tx, &db.cx(), kind, &payload).await.expect("it is queued");
        tx.commit().await.expect("it commits");
        self.bell.notify_one();
    }
    async fn end(self) {
        self.stop.cancel();
        self.task.await.expect("the worker ends by itself");
    }
}

async fn states(db: &TestDb, state: &str) -> Vec<(String, Option<String>)> {
    let mut tx = db.read().await.expect("a transaction");
    let jobs = db::job::list(&mut tx, state, 10).await.expect("jobs");
    jobs.into_iter().map(|job| (job.kind, job.last_error)).collect()
}

on_both!(
    a_job_runs_and_a_failing_one_waits,
    a_job_that_does_not_end_is_given_back,
    chores_come_round
);

async fn a_job_runs_and_a_failing_one_waits(db: TestDb) {
    let running = start(&db, Vec::new());
    running.ask_for(&db, "test.panicking", json!({})).await;
    one_more(&running.state).await;
    running.ask_for(&db, "test.good", json!({ "rows": 3 })).await;
    one_more(&running.state).await;
    running.end().await;
    assert_eq!(states(&db, "done").await, [("test.good".to_owned(), None)]);
    let waiting = ("test.panicking".to_owned(), Some("it panicked".to_owned()));
    assert_eq!(states(&db, "waiting").await, [waiting]);
}

async fn a_job_that_does_not_end_is_given_back(db: TestDb) {
    let running = start(&db, Vec::new());
    running.ask_for(&db, "test.endless", json!({})).await;
    one_more(&running.state).await;
    running.end().await;
    // Its try does not count, and it may be taken again at once.
    let again = db::job::take(&db, db.cx().now).await.expect("jobs").expect("the job");
    assert_eq!((&*again.kind, again.attempt_count), ("test.endless", 1));
}

async fn chores_come_round(db: TestDb) {
    let chore = Chore {
        name: "test-chore",
        every: SignedDuration::from_hours(24),
        run: |state, _| {
            Box::pin(async move {
                state.part::<Ran>().0.add_permits(1);
                Ok(())
            })
        },
    };
    let running = start(&db, vec![chore]);
    one_more(&running.state).await;
    db.clock.advance(SignedDuration::from_hours(24));
    running.bell.notify_one();
    one_more(&running.state).await;
    running.end().await;
}
