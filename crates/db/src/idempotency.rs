//! The same key and body get the same answer; the same key with another body is refused.

use jiff::{SignedDuration, Timestamp};

use crate::{Result, Tx, args, sql};

/// How long an answer is kept for a client that asks again.
pub const KEPT: SignedDuration = SignedDuration::from_hours(48);

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

/// The answer that was given under this key.
pub async fn find(tx: &mut Tx, actor_key: &str, client_key: &str) -> Result<Option<Answer>> {
    let select = sql!(
        "SELECT body_sha256, status, location, content_type, answer FROM idempotency_key \
         WHERE actor_key = $1 AND client_key = $2"
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
         ON CONFLICT (actor_key, client_key) DO NOTHING"
    );
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
