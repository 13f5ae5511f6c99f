//! Codes, asks and answered questions.

use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::Code as _;

use crate::code::{CodeId, Delivery};

/// A code as it is kept.
pub(crate) struct NewCode {
    pub(crate) id: CodeId,
    pub(crate) phone_hash: Vec<u8>,
    pub(crate) phone_sealed: Vec<u8>,
    pub(crate) message_sealed: Vec<u8>,
    pub(crate) code_hash: Vec<u8>,
    pub(crate) consent: i64,
    pub(crate) expires_at: Timestamp,
}

/// Makes it the phone's only code. Whoever else asks for the same phone waits here until this
/// transaction ends, so that what is counted afterwards stays so.
pub(crate) async fn put(tx: &mut Tx, new: NewCode, now: Timestamp) -> Result<()> {
    let insert = sql!(
        "INSERT INTO citizen_code (phone_hash, id, phone_sealed, message_sealed, code_hash, \
         consent_version, delivery, try_count, asked_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, 'waiting', 0, $7, $8) \
         ON CONFLICT (phone_hash) DO UPDATE SET id = excluded.id, \
         phone_sealed = excluded.phone_sealed, message_sealed = excluded.message_sealed, \
         code_hash = excluded.code_hash, consent_version = excluded.consent_version, \
         delivery = excluded.delivery, try_count = excluded.try_count, \
         asked_at = excluded.asked_at, expires_at = excluded.expires_at"
    );
    let NewCode { id, phone_hash, phone_sealed, message_sealed, code_hash, consent, .. } = new;
    let values = args![
        phone_hash,
        id,
        phone_sealed,
        message_sealed,
        code_hash,
        consent,
        now,
        new.expires_at
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// When this phone was asked codes for, since then.
pub(crate) async fn asks(
    tx: &mut Tx,
    phone_hash: &[u8],
    since: Timestamp,
) -> Result<Vec<Timestamp>> {
    let select = sql!(
        "SELECT asked_at FROM citizen_code_ask WHERE phone_hash = $1 AND asked_at > $2 \
         ORDER BY asked_at DESC LIMIT 100"
    );
    tx.all(select, args![phone_hash, since], |row| row.get(0)).await
}

/// Keeps that this code was asked for.
pub(crate) async fn note_ask(
    tx: &mut Tx,
    id: CodeId,
    phone_hash: &[u8],
    now: Timestamp,
) -> Result<()> {
    let insert =
        sql!("INSERT INTO citizen_code_ask (code_id, phone_hash, asked_at) VALUES ($1, $2, $3)");
    tx.run(insert, args![id, phone_hash, now]).await?;
    Ok(())
}

/// Keeps that this question was answered; answers whether it was the first time.
pub(crate) async fn use_question(tx: &mut Tx, nonce: Vec<u8>, now: Timestamp) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO citizen_question (nonce, answered_at) VALUES ($1, $2) \
         ON CONFLICT (nonce) DO NOTHING"
    );
    Ok(tx.run(insert, args![nonce, now]).await? > 0)
}

/// A code that somebody tries.
pub(crate) struct Tried {
    pub(crate) id: CodeId,
    pub(crate) phone_sealed: Vec<u8>,
    pub(crate) code_hash: Vec<u8>,
    pub(crate) try_count: i64,
    pub(crate) asked_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

fn tried(row: &Row) -> Result<Tried> {
    Ok(Tried {
        id: row.get(0)?,
        phone_sealed: row.get(1)?,
        code_hash: row.get(2)?,
        try_count: row.get(3)?,
        asked_at: row.get(4)?,
        expires_at: row.get(5)?,
    })
}

/// Counts a try before it is looked at; `None` when there is no code, or no try left. Of two at
/// once the second waits until the first is done, and sees what it left.
pub(crate) async fn take_try(tx: &mut Tx, phone_hash: &[u8], most: i64) -> Result<Option<Tried>> {
    let update = sql!(
        "UPDATE citizen_code SET try_count = try_count + 1 \
         WHERE phone_hash = $1 AND try_count < $2 \
         RETURNING id, phone_sealed, code_hash, try_count, asked_at, expires_at"
    );
    tx.maybe(update, args![phone_hash, most], tried).await
}

/// Whose code this is, to the eyes of the browser that asked for it.
pub(crate) struct Pending {
    pub(crate) phone_hash: Vec<u8>,
    pub(crate) phone_sealed: Vec<u8>,
    pub(crate) delivery: Delivery,
    pub(crate) try_count: i64,
    pub(crate) asked_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

/// The code with this id, as long as it is its phone's newest and was not used.
pub(crate) async fn pending(tx: &mut Tx, id: CodeId) -> Result<Option<Pending>> {
    let select = sql!(
        "SELECT phone_hash, phone_sealed, delivery, try_count, asked_at, expires_at \
         FROM citizen_code WHERE id = $1"
    );
    let read = |row: &Row| {
        Ok(Pending {
            phone_hash: row.get(0)?,
            phone_sealed: row.get(1)?,
            delivery: row.code(2)?,
            try_count: row.get(3)?,
            asked_at: row.get(4)?,
            expires_at: row.get(5)?,
        })
    };
    tx.maybe(select, args![id], read).await
}

/// Whether this phone has a code at all.
pub(crate) async fn has_code(tx: &mut Tx, phone_hash: &[u8]) -> Result<bool> {
    let select = sql!("SELECT COUNT(*) FROM citizen_code WHERE phone_hash = $1");
    Ok(tx.scalar::<i64>(select, args![phone_hash]).await? > 0)
}

/// The code was used, and is gone.
pub(crate) async fn drop_code(tx: &mut Tx, id: CodeId) -> Result<bool> {
    let delete = sql!("DELETE FROM citizen_code WHERE id = $1");
    Ok(tx.run(delete, args![id]).await? > 0)
}

/// A phone's code goes with its consent.
pub(crate) async fn drop_of_phone(tx: &mut Tx, phone_hash: &[u8]) -> Result<()> {
    let delete = sql!("DELETE FROM citizen_code WHERE phone_hash = $1");
    tx.run(delete, args![phone_hash]).await?;
    Ok(())
}

/// The message that waits to be given to the gateway, sealed, and until when it is of use.
pub(crate) async fn message(tx: &mut Tx, id: CodeId) -> Result<Option<(Vec<u8>, Timestamp)>> {
    let select = sql!(
        "SELECT message_sealed, expires_at FROM citizen_code \
         WHERE id = $1 AND delivery = 'waiting' AND message_sealed IS NOT NULL"
    );
    tx.maybe(select, args![id], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// What became of the message; it is not needed any more.
pub(crate) async fn delivered(tx: &mut Tx, id: CodeId, how: Delivery) -> Result<()> {
    let update = sql!("UPDATE citizen_code SET delivery = $2, message_sealed = NULL WHERE id = $1");
    tx.run(update, args![id, how.code()]).await?;
    Ok(())
}

/// Forgets what is of no more use: codes that expired before then, asks and answered questions
/// from before their own instants. Answers how many rows.
pub(crate) async fn forget(
    tx: &mut Tx,
    (codes, asks, questions): (Timestamp, Timestamp, Timestamp),
) -> Result<u64> {
    let forget_codes = sql!("DELETE FROM citizen_code WHERE expires_at < $1");
    let forget_asks = sql!("DELETE FROM citizen_code_ask WHERE asked_at < $1");
    let forget_questions = sql!("DELETE FROM citizen_question WHERE answered_at < $1");
    let mut gone = tx.run(forget_codes, args![codes]).await?;
    gone += tx.run(forget_asks, args![asks]).await?;
    gone += tx.run(forget_questions, args![questions]).await?;
    Ok(gone)
}
