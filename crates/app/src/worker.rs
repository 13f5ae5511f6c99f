//! The worker: runs jobs one after another in the same process as the server, and the chores.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use db::{
    Engine,
    job::{self, Job},
};
use futures_util::FutureExt as _;
use jiff::Timestamp;
use kernel::Actor;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use web::State;

use crate::jobs::{Chore, JobRunner};

/// How often the table is looked at when nobody in this process asked for a job: another node may
/// have, or a failed one's turn may have come.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Runs jobs until it is told to stop.
pub struct Worker {
    /// The running site.
    pub state: State,
    /// Which verb runs which kind.
    pub runners: Vec<JobRunner>,
    /// What comes round.
    pub chores: Vec<Chore>,
    /// Rung when this process may have asked for a job.
    pub bell: Arc<Notify>,
    /// Told to stop.
    pub stop: CancellationToken,
    /// How long a job may go on once told to stop.
    pub grace: Duration,
}

impl Worker {
    /// Runs until told to stop; then the job at hand is finished, or given back when it takes
    /// longer than the grace.
    pub async fn run(self) {
        let mut chores: Vec<(Chore, Timestamp)> =
            self.chores.iter().map(|chore| (*chore, self.now())).collect();
        while !self.stop.is_cancelled() {
            self.do_chores(&mut chores).await;
            match self.next().await {
                Ok(Some(job)) => self.work(job).await,
                Ok(None) => self.wait().await,
                Err(why) => {
                    tracing::error!(%why, "the jobs could not be looked at");
                    self.wait().await;
                }
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.state.clock().now()
    }

    async fn wait(&self) {
        tokio::select! {
            () = self.bell.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// Looking first costs no write, so an idle server leaves the disk alone.
    async fn next(&self) -> db::Result<Option<Job>> {
        if job::any_due(self.state.db(), self.now()).await? {
            return job::take(self.state.db(), self.now()).await;
        }
        Ok(None)
    }

    async fn do_chores(&self, chores: &mut [(Chore, Timestamp)]) {
        for (chore, next) in chores.iter_mut().filter(|(_, next)| *next <= self.now()) {
            // Counted from its beginning, so that a slow one keeps its hour.
            *next = self.now() + chore.every;
            let cx = self.state.cx(Actor::System { name: chore.name });
            if let Err(why) = guarded((chore.run)(self.state.clone(), cx)).await {
                tracing::error!(chore = chore.name, why, "a chore failed");
            }
        }
    }

    async fn work(&self, job: Job) {
        let kind = &*job.kind;
        tracing::info!(job = %job.id, kind, attempt = job.attempt_count, "job begun");
        // None: stopped before it was done.
        let outcome = tokio::select! {
            outcome = self.run_one(&job) => Some(outcome),
            () = self.stay(&job) => None,
            () = self.out_of_time() => None,
        };
        let (db, now) = (self.state.db(), self.now());
        let kept = match &outcome {
            Some(Ok(())) => job::finish(db, &job, now).await,
            Some(Err(why)) => job::fail(db, &job, why, now).await,
            None => job::give_back(db, &job, now).await,
        };
        match (outcome, kept) {
            (Some(Ok(())), Ok(true)) => tracing::info!(job = %job.id, kind, "job done"),
            (Some(Err(why)), Ok(true)) => tracing::error!(job = %job.id, kind, why, "job failed"),
            (None, Ok(true)) => tracing::info!(job = %job.id, kind, "job given back"),
            (_, Ok(false)) => tracing::warn!(job = %job.id, kind, "another worker took the job"),
            (_, Err(why)) => tracing::error!(job = %job.id, kind, %why, "job not recorded"),
        }
    }

    async fn run_one(&self, job: &Job) -> Result<(), String> {
        let runner = self.runners.iter().find(|runner| runner.kind == job.kind);
        let runner = runner.ok_or_else(|| format!("no verb runs jobs of kind {}", job.kind))?;
        let payload = serde_json::from_str(&job.payload).map_err(|why| why.to_string())?;
        let cx = self.state.cx(Actor::System { name: runner.kind });
        guarded((runner.run)(self.state.clone(), cx, payload)).await
    }

    /// Tells the other nodes that this one is alive. Ends when the job is no longer its own. On
    /// SQLite there are no others, and the job itself may hold the one writer.
    async fn stay(&self, job: &Job) {
        if self.state.db().engine() == Engine::Sqlite {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(job::RENEW_EVERY.unsigned_abs()).await;
            match job::renew(self.state.db(), job, self.now()).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(why) => tracing::warn!(%why, "a job's lease could not be renewed"),
            }
        }
    }

    async fn out_of_time(&self) {
        self.stop.cancelled().await;
        tokio::time::sleep(self.grace).await;
    }
}

/// A verb that panics fails its job and not the worker.
async fn guarded(work: impl Future<Output = Result<(), String>>) -> Result<(), String> {
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|_| Err("it panicked".to_owned()))
}
