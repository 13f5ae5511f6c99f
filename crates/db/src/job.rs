//! Work that outlives a request: queued in the caller's transaction, retried, and, when it keeps
//! failing, laid where an operator sees it.

use jiff::{SignedDuration, Timestamp};
use kernel::{Cx, id_kind};

use crate::{Db, Result, Row, Tx, args, sql};

id_kind!(JobKind, JobId, "job");

/// How long a worker may hold a job without a sign of life before another takes it to be lost.
const LEASE: SignedDuration = SignedDuration::from_mins(1);
/// How often a worker gives that sign, by [`renew`].
pub const RENEW_EVERY: SignedDuration = SignedDuration::from_secs(15);
/// Tries before a job is laid with the dead letters.
const TRIES: i64 = 5;
/// No job waits longer than this for its next try, so a turn that is further away was set by a
/// clock which has been put back since.
const LONGEST_WAIT: SignedDuration = wait_after(TRIES);

/// A job as it stands.
#[derive(Clone, Debug)]
pub struct Job {
    /// Which.
    pub id: JobId,
    /// `import.check`, …: the domain that runs it, then the verb.
    pub kind: String,
    /// What the verb needs, as JSON.
    pub payload: String,
    /// `waiting`, `running`, `done` or `dead`.
    pub state: String,
    /// Not before this.
    pub run_at: Timestamp,
    /// Tries so far.
    pub attempt_count: i64,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
}

fn job(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.get(0)?,
        kind: row.get(1)?,
        payload: row.get(2)?,
        state: row.get(3)?,
        run_at: row.get(4)?,
        attempt_count: row.get(5)?,
        last_error: row.get(6)?,
        created_at: row.get(7)?,
    })
}

/// Asks for a job, as part of the caller's transaction.
pub async fn enqueue(
    tx: &mut Tx,
    cx: &Cx,
    kind: &'static str,
    payload: &serde_json::Value,
) -> Result<JobId> {
    let id: JobId = cx.new_id();
    let insert = sql!(
        "INSERT INTO job (id, kind, payload, state, run_at, attempt_count, attempt_limit, \
         created_at) VALUES ($1, $2, $3, 'waiting', $4, 0, $5, $4)"
    );
    tx.run(insert, args![id, kind, payload.to_string(), cx.now, TRIES]).await?;
    Ok(id)
}

/// How long a job waits after this many tries.
const fn wait_after(tries: i64) -> SignedDuration {
    SignedDuration::from_secs(10 << tries)
}

/// Takes the next job whose turn it is, under a lease. A lease that ran out counts as a failed
/// try, so that a job which kills its worker ends with the dead letters too.
///
/// A job that was not tried yet is due whatever the clock says: it was when it was asked for, and
/// a clock that is put back must not make people wait until it has caught up.
pub async fn take(db: &Db, now: Timestamp) -> Result<Option<Job>> {
    let mut tx = db.write().await?;
    let bury = sql!(
        "UPDATE job SET state = 'dead', ended_at = $1, last_error = 'its worker was lost' \
         WHERE state = 'running' AND lease_until < $1 AND attempt_count >= attempt_limit"
    );
    tx.run(bury, args![now]).await?;
    let lease = sql!(
        sqlite: "UPDATE job SET state = 'running', lease_until = $2, \
             attempt_count = attempt_count + 1 WHERE id = (SELECT id FROM job WHERE \
             (state = 'waiting' AND (run_at <= $1 OR attempt_count = 0 OR run_at > $3)) OR \
             (state = 'running' AND lease_until < $1) \
             ORDER BY run_at, id LIMIT 1) \
             RETURNING id, kind, payload, state, run_at, attempt_count, last_error, created_at",
        postgres: "UPDATE job SET state = 'running', lease_until = $2, \
             attempt_count = attempt_count + 1 WHERE id = (SELECT id FROM job WHERE \
             (state = 'waiting' AND (run_at <= $1 OR attempt_count = 0 OR run_at > $3)) OR \
             (state = 'running' AND lease_until < $1) \
             ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) \
             RETURNING id, kind, payload, state, run_at, attempt_count, last_error, created_at",
    );
    let taken = tx.maybe(lease, args![now, now + LEASE, now + LONGEST_WAIT], job).await?;
    tx.commit().await?;
    Ok(taken)
}

/// The worker is alive and still at it. Answers whether the job is still its own.
pub async fn renew(db: &Db, held: &Job, now: Timestamp) -> Result<bool> {
    let mut tx = db.write().await?;
    let update = sql!(
        "UPDATE job SET lease_until = $3 WHERE id = $1 AND state = 'running' AND attempt_count = $2"
    );
    let touched = tx.run(update, args![held.id, held.attempt_count, now + LEASE]).await?;
    tx.commit().await?;
    Ok(touched > 0)
}

/// Takes back what a worker that is gone left running, without waiting for its lease to run out.
/// Only for a process that knows itself to be the only one, as on SQLite. The try counts, so that
/// a job which kills its worker ends with the dead letters. Answers how many there were.
pub async fn take_over(db: &Db, now: Timestamp) -> Result<u64> {
    let mut tx = db.write().await?;
    let update = sql!(
        "UPDATE job SET lease_until = NULL, run_at = $1, last_error = 'its worker was lost', \
         state = CASE WHEN attempt_count >= attempt_limit THEN 'dead' ELSE 'waiting' END, \
         ended_at = CASE WHEN attempt_count >= attempt_limit THEN $2 ELSE ended_at END \
         WHERE state = 'running'"
    );
    let touched = tx.run(update, args![now, now]).await?;
    tx.commit().await?;
    Ok(touched)
}

/// Whether any job is due, asked without writing.
pub async fn any_due(db: &Db, now: Timestamp) -> Result<bool> {
    let select = sql!(
        "SELECT COUNT(*) FROM (SELECT id FROM job WHERE (state = 'waiting' AND (run_at <= $1 OR \
         attempt_count = 0 OR run_at > $2)) OR (state = 'running' AND lease_until < $1) LIMIT 1) \
         AS due"
    );
    let mut tx = db.read().await?;
    Ok(tx.scalar::<i64>(select, args![now, now + LONGEST_WAIT]).await? > 0)
}

/// The job is done. Answers whether the caller still held it: a worker whose lease ran out
/// changes nothing, as the job is another's by now.
pub async fn finish(db: &Db, held: &Job, now: Timestamp) -> Result<bool> {
    let mut tx = db.write().await?;
    // Every take counts a try, so the count tells one lease from the next.
    let update = sql!(
        "UPDATE job SET state = 'done', ended_at = $3, lease_until = NULL, last_error = NULL \
         WHERE id = $1 AND state = 'running' AND attempt_count = $2"
    );
    let touched = tx.run(update, args![held.id, held.attempt_count, now]).await?;
    tx.commit().await?;
    Ok(touched > 0)
}

/// The job failed: it waits twice as long each time, or is laid with the dead letters. Answers
/// whether the caller still held it, as [`finish`] does.
pub async fn fail(db: &Db, held: &Job, why: &str, now: Timestamp) -> Result<bool> {
    let mut tx = db.write().await?;
    let wait = wait_after(held.attempt_count.clamp(0, TRIES));
    let update = sql!(
        "UPDATE job SET last_error = $3, lease_until = NULL, run_at = $4, \
         state = CASE WHEN attempt_count >= attempt_limit THEN 'dead' ELSE 'waiting' END, \
         ended_at = CASE WHEN attempt_count >= attempt_limit THEN $5 ELSE ended_at END \
         WHERE id = $1 AND state = 'running' AND attempt_count = $2"
    );
    let values = args![held.id, held.attempt_count, why, now + wait, now];
    let touched = tx.run(update, values).await?;
    tx.commit().await?;
    Ok(touched > 0)
}

/// The worker stops before the job is done: it waits again, and this try does not count. Answers
/// whether the caller still held it, as [`finish`] does.
pub async fn give_back(db: &Db, held: &Job, now: Timestamp) -> Result<bool> {
    let mut tx = db.write().await?;
    let update = sql!(
        "UPDATE job SET state = 'waiting', lease_until = NULL, run_at = $3, \
         attempt_count = attempt_count - 1 \
         WHERE id = $1 AND state = 'running' AND attempt_count = $2"
    );
    let touched = tx.run(update, args![held.id, held.attempt_count, now]).await?;
    tx.commit().await?;
    Ok(touched > 0)
}

/// Jobs of one state, newest first.
pub async fn list(tx: &mut Tx, state: &str, most: i64) -> Result<Vec<Job>> {
    let select = sql!(
        "SELECT id, kind, payload, state, run_at, attempt_count, last_error, created_at \
         FROM job WHERE state = $1 ORDER BY created_at DESC, id DESC LIMIT $2"
    );
    tx.all(select, args![state, most], job).await
}

/// Gives a dead job its tries back. Answers whether there was one.
pub async fn revive(tx: &mut Tx, cx: &Cx, id: JobId) -> Result<bool> {
    let update = sql!(
        "UPDATE job SET state = 'waiting', attempt_count = 0, run_at = $2, ended_at = NULL \
         WHERE id = $1 AND state = 'dead'"
    );
    let touched = tx.run(update, args![id, cx.now]).await?;
    if touched > 0 {
        tx.journal(cx, crate::Entry::on("job.revived", id));
    }
    Ok(touched > 0)
}
