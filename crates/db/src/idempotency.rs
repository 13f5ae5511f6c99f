//! The same key and body get the same answer; the same key with another body is refused.

use jiff::{SignedDuration, Timestamp};

use crate::{Result, Tx, args, sql};

/// How long an answer is kept for a client that asks again.
pub const KEPT: SignedDuration = SignedDuration::from_hours(48);
/// How long a request may run without a sign of life before its key is free again: its server was
/// lost.
pub const RUNNING: SignedDuration = SignedDuration::from_mins(1);
/// How often a request that still runs gives that sign, by [`renew`].
pub const RENEW_EVERY: SignedDuration = SignedDuration::from_secs(15);

/// The HTTP status of a request that has no answer yet.
const NONE_YET: i64 = 0;

/// What a key meant when a request came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nobody had it: run, then [`keep`] the answer or [`release`] the key.
    Fresh,
    /// A request with this key is running now, a double click for instance.
    Running,
    /// It was answered.
    Answered(Answer),
}

/// An answer as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Of the request body that it answered.
    pub body_sha256: Vec<u8>,
    /// HTTP status.
    pub status: i64,
    /// `Location`, when it redirected.
    pub location: Option<String>,
    /// `Content-Type`, when it had one.
    pub content_type: Option<String>,
    /// The body.
    pub answer: Vec<u8>,
}

/// Takes a key before the request runs, in a transaction that is committed before it runs: of two
/// requests at once only one is [`Claim::Fresh`].
pub async fn claim(
    tx: &mut Tx,
    actor_key: &str,
    client_key: &str,
    body_sha256: &[u8],
    now: Timestamp,
) -> Result<Claim> {
    let insert = sql!(
        "INSERT INTO idempotency_key (actor_key, client_key, body_sha256, status, answer, \
         created_at) VALUES ($1, $2, $3, 0, $4, $5) \
         ON CONFLICT (actor_key, client_key) DO UPDATE SET body_sha256 = $3, created_at = $5 \
         WHERE idempotency_key.status = 0 AND idempotency_key.created_at < $6"
    );
    let lost = now - RUNNING;
    let values = args![actor_key, client_key, body_sha256, Vec::<u8>::new(), now, lost];
    if tx.run(insert, values).await? > 0 {
        return Ok(Claim::Fresh);
    }
    Ok(find(tx, actor_key, client_key).await?.map_or(Claim::Running, Claim::Answered))
}

/// The request under this key still runs: a long one keeps its key for as long as it takes.
pub async fn renew(tx: &mut Tx, actor_key: &str, client_key: &str, now: Timestamp) -> Result<()> {
    let update = sql!(
        "UPDATE idempotency_key SET created_at = $3 \
         WHERE actor_key = $1 AND client_key = $2 AND status = 0"
    );
    tx.run(update, args![actor_key, client_key, now]).await?;
    Ok(())
}

/// Gives a claimed key back, as nothing was done under it.
pub async fn release(tx: &mut Tx, actor_key: &str, client_key: &str) -> Result<()> {
    let delete =
        sql!("DELETE FROM idempotency_key WHERE actor_key = $1 AND client_key = $2 AND status = 0");
    tx.run(delete, args![actor_key, client_key]).await?;
    Ok(())
}

/// The answer that was given under this key.
pub async fn find(tx: &mut Tx, actor_key: &str, client_key: &str) -> Result<Option<Answer>> {
    let select = sql!(
        "SELECT body_sha256, status, location, content_type, answer FROM idempotency_key \
         WHERE actor_key = $1 AND client_key = $2 AND status <> 0"
    );
    tx.maybe(select, args![actor_key, client_key], |row| {
        Ok(Answer {
            body_sha256: row.get(0)?,
            status: row.get(1)?,
            location: row.get(2)?,
            content_type: row.get(3)?,
            answer: row.get(4)?,
        })
    })
    .await
}

/// Keeps an answer; the first one kept under a key stays.
pub async fn keep(
    tx: &mut Tx,
    actor_key: &str,
    client_key: &str,
    given: &Answer,
    now: Timestamp,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO idempotency_key (actor_key, client_key, body_sha256, status, location, \
         content_type, answer, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (actor_key, client_key) DO UPDATE SET body_sha256 = $3, status = $4, \
         location = $5, content_type = $6, answer = $7, created_at = $8 \
         WHERE idempotency_key.status = 0"
    );
    debug_assert_ne!(given.status, NONE_YET, "this status means that there is no answer yet");
    let Answer { body_sha256, status, location, content_type, answer } = given.clone();
    let values =
        args![actor_key, client_key, body_sha256, status, location, content_type, answer, now];
    tx.run(insert, values).await?;
    Ok(())
}

/// Forgets answers older than [`KEPT`].
pub async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM idempotency_key WHERE created_at < $1"), args![now - KEPT]).await
}
