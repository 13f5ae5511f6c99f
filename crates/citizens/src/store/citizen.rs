//! Citizens, their tokens and their consent.

use std::collections::HashMap;

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::CitizenNo;

pub(crate) fn number(row: &Row, column: usize) -> Result<CitizenNo> {
    let no: i64 = row.get(column)?;
    CitizenNo::from_stored(no).ok_or_else(|| db::Fault::Invariant(format!("citizen number {no}")))
}

/// The numbers of those phones that are known.
pub(crate) async fn numbers(
    tx: &mut Tx,
    hashes: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, CitizenNo>> {
    let mut rows = Rows::with_capacity(hashes.len());
    for hash in hashes {
        rows.push(args![hash.clone()]);
    }
    let select = set_sql!(
        "SELECT citizen.phone_hash, citizen.no FROM {rows} \
         JOIN citizen ON citizen.phone_hash = rows.phone_hash",
        phone_hash: Bytes,
    );
    let known = tx.all_of_set(select, rows, |row| Ok((row.get(0)?, number(row, 1)?))).await?;
    Ok(known.into_iter().collect())
}

/// New citizens, by phone hash and sealed phone, with the next numbers.
pub(crate) async fn insert(
    tx: &mut Tx,
    now: Timestamp,
    consent: i64,
    fresh: Vec<(Vec<u8>, Vec<u8>)>,
) -> Result<()> {
    let take = sql!("UPDATE citizen_number SET last = last + $1 WHERE one = 1 RETURNING last");
    let last: i64 = tx.scalar(take, args![fresh.len() as i64]).await?;
    let first = last - fresh.len() as i64 + 1;
    let mut rows = Rows::with_capacity(fresh.len());
    for (no, (hash, sealed)) in (first..).zip(fresh) {
        rows.push(args![no, hash, sealed, consent, now]);
    }
    let insert = set_sql!(
        "INSERT INTO citizen (no, phone_hash, phone_sealed, consent_version, verified_at, \
         tokens_from) \
         SELECT no, phone_hash, phone_sealed, consent, verified_at, verified_at FROM {rows}",
        no: Int, phone_hash: Bytes, phone_sealed: Bytes, consent: Int, verified_at: Instant,
    );
    tx.run_set(insert, rows).await?;
    Ok(())
}

/// Citizens whose phone was verified again, with the consent of now.
pub(crate) async fn verified_again(
    tx: &mut Tx,
    now: Timestamp,
    consent: i64,
    hashes: &[Vec<u8>],
) -> Result<()> {
    let mut rows = Rows::with_capacity(hashes.len());
    for hash in hashes {
        rows.push(args![hash.clone(), consent, now]);
    }
    let update = set_sql!(
        "UPDATE citizen SET verified_at = rows.verified_at, consent_version = rows.consent, \
         withdrawn_at = NULL FROM {rows} WHERE citizen.phone_hash = rows.phone_hash",
        phone_hash: Bytes, consent: Int, verified_at: Instant,
    );
    tx.run_set(update, rows).await?;
    Ok(())
}

/// From when on this citizen's tokens count; `None` when there is no such citizen, or no consent.
pub(crate) async fn tokens_from(tx: &mut Tx, no: CitizenNo) -> Result<Option<Timestamp>> {
    let select = sql!("SELECT tokens_from FROM citizen WHERE no = $1 AND withdrawn_at IS NULL");
    tx.maybe(select, args![no.stored()], |row| row.get(0)).await
}

/// Tokens from before then open nothing; answers whether there is such a citizen. It never goes
/// back, so that what was once signed out stays so when a clock is put back.
pub(crate) async fn end_tokens(tx: &mut Tx, no: CitizenNo, from: Timestamp) -> Result<bool> {
    let update = sql!("UPDATE citizen SET tokens_from = $2 WHERE no = $1 AND tokens_from < $3");
    tx.run(update, args![no.stored(), from, from]).await?;
    let insert = sql!(
        "INSERT INTO citizen_revocation (citizen_no, tokens_from) \
         SELECT no, tokens_from FROM citizen WHERE no = $1 \
         ON CONFLICT (citizen_no) DO UPDATE SET tokens_from = excluded.tokens_from"
    );
    Ok(tx.run(insert, args![no.stored()]).await? > 0)
}

/// A sign-out that lies further ahead than a token may come from was written by a clock that was
/// put back since. It counts from now, or its citizen could not sign in until then.
pub(crate) async fn mend_tokens_from(tx: &mut Tx, no: CitizenNo, now: Timestamp) -> Result<()> {
    let update = sql!("UPDATE citizen SET tokens_from = $2 WHERE no = $1");
    tx.run(update, args![no.stored(), now]).await?;
    let update = sql!("UPDATE citizen_revocation SET tokens_from = $2 WHERE citizen_no = $1");
    tx.run(update, args![no.stored(), now]).await?;
    Ok(())
}

/// Every revocation that still matters: younger than a token may be.
pub(crate) async fn revocations(
    tx: &mut Tx,
    since: Timestamp,
) -> Result<HashMap<CitizenNo, Timestamp>> {
    let select =
        sql!("SELECT citizen_no, tokens_from FROM citizen_revocation WHERE tokens_from > $1");
    let all = tx.all(select, args![since], |row| Ok((number(row, 0)?, row.get(1)?))).await?;
    Ok(all.into_iter().collect())
}

/// Revocations of tokens that would have expired by themselves.
pub(crate) async fn forget_revocations(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM citizen_revocation WHERE tokens_from < $1"), args![before]).await
}

/// A citizen as the columns hold it: the phone still sealed.
pub(crate) struct Kept {
    pub(crate) phone_hash: Vec<u8>,
    pub(crate) phone_sealed: Vec<u8>,
    pub(crate) consent_version: i64,
    pub(crate) verified_at: Timestamp,
    pub(crate) tokens_from: Timestamp,
}

/// The citizen with this number, unless the consent was withdrawn.
pub(crate) async fn find(tx: &mut Tx, no: CitizenNo) -> Result<Option<Kept>> {
    let select = sql!(
        "SELECT phone_hash, phone_sealed, consent_version, verified_at, tokens_from \
         FROM citizen WHERE no = $1 AND withdrawn_at IS NULL"
    );
    let read = |row: &Row| {
        Ok(Kept {
            phone_hash: row.get(0)?,
            phone_sealed: row.get(1)?,
            consent_version: row.get(2)?,
            verified_at: row.get(3)?,
            tokens_from: row.get(4)?,
        })
    };
    tx.maybe(select, args![no.stored()], read).await
}

/// The sealed phones of those of these citizens that still consent.
pub(crate) async fn sealed_phones(
    tx: &mut Tx,
    of: &[CitizenNo],
) -> Result<Vec<(CitizenNo, Vec<u8>)>> {
    let rows: Rows = of.iter().map(|one| args![one.stored()]).collect();
    let select = set_sql!(
        "SELECT citizen.no, citizen.phone_sealed FROM {rows} \
         JOIN citizen ON citizen.no = rows.no WHERE citizen.withdrawn_at IS NULL",
        no: Int,
    );
    tx.all_of_set(select, rows, |row| Ok((number(row, 0)?, row.get(1)?))).await
}

/// Puts what says nothing where the phone stood; answers whether there was one. The number stays,
/// so that records of it stay, and are nobody's.
pub(crate) async fn erase(
    tx: &mut Tx,
    no: CitizenNo,
    nothing: &[u8],
    now: Timestamp,
) -> Result<bool> {
    let update = sql!(
        "UPDATE citizen SET phone_hash = $2, phone_sealed = $3, withdrawn_at = $4 \
         WHERE no = $1 AND withdrawn_at IS NULL"
    );
    Ok(tx.run(update, args![no.stored(), nothing, Vec::<u8>::new(), now]).await? > 0)
}

/// Citizens who did not sign in since then, and whose phone is still kept; some of them.
pub(crate) async fn long_gone(tx: &mut Tx, since: Timestamp) -> Result<Vec<CitizenNo>> {
    let select = sql!(
        "SELECT no FROM citizen WHERE verified_at < $1 AND withdrawn_at IS NULL \
         ORDER BY verified_at LIMIT 500"
    );
    tx.all(select, args![since], |row| number(row, 0)).await
}
