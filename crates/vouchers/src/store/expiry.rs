//! SQL of expiry, and of what is left to pay of vouchers that ended.

use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::Fen;

use crate::{
    batch_numbers::Numbers,
    expire::{Due, Round},
};

/// Versions of terms whose end of use is over, and which were not gone through. Of those that hold
/// still, claims may come after that: a clock was put back.
pub(crate) async fn due(tx: &mut Tx, now: Timestamp) -> Result<Vec<Due>> {
    let select = sql!(
        "SELECT b.id, t.batch_no, t.version, COALESCE(e.done_to, 0), s.claimed_count, t.restock, \
         t.use_until, t.refund_days FROM voucher_terms AS t \
         JOIN voucher_batch AS b ON b.no = t.batch_no \
         JOIN voucher_stock AS s ON s.batch_no = t.batch_no \
         LEFT JOIN voucher_expiry AS e ON e.batch_no = t.batch_no \
         AND e.terms_version = t.version AND e.round = $2 \
         WHERE t.use_until <= $1 AND (e.is_done IS NULL OR e.is_done = FALSE \
         OR (b.terms_version = t.version AND e.done_to < s.claimed_count)) \
         AND b.opened_at IS NOT NULL ORDER BY t.batch_no, t.version"
    );
    let mut all = Vec::new();
    for round in [Round::Plain, Round::AfterRefund] {
        let of_round = tx.all(select, args![now, round as i64], |row| {
            Ok(Due {
                batch: row.get(0)?,
                batch_no: row.get(1)?,
                terms_version: row.get(2)?,
                round,
                done_to: row.get(3)?,
                claimed: row.get(4)?,
                restock: row.get(5)?,
                use_until: row.get(6)?,
                refund_days: row.get(7)?,
            })
        });
        all.extend(of_round.await?);
    }
    Ok(all)
}

/// Expires the held vouchers of a slice; answers what had been redeemed of each.
pub(crate) async fn expire(tx: &mut Tx, one: &Due, to: i64) -> Result<Vec<i64>> {
    let update = sql!(
        "UPDATE voucher_claim SET state = 'expired' WHERE batch_no = $1 AND claim_no > $2 \
         AND claim_no <= $3 AND terms_version = $4 AND state = 'held' \
         AND (refunded_fen = 0 OR $5) RETURNING redeemed_fen"
    );
    let all = one.round == Round::AfterRefund;
    let values = args![one.batch_no, one.done_to, to, one.terms_version, all];
    tx.all(update, values, |row| row.get(0)).await
}

/// Keeps how far it came.
pub(crate) async fn note(tx: &mut Tx, one: &Due, to: i64, is_done: bool) -> Result<()> {
    let upsert = sql!(
        "INSERT INTO voucher_expiry (batch_no, terms_version, round, done_to, is_done) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (batch_no, terms_version, round) \
         DO UPDATE SET done_to = excluded.done_to, is_done = excluded.is_done \
         WHERE voucher_expiry.done_to <= excluded.done_to"
    );
    let values = args![one.batch_no, one.terms_version, one.round as i64, to, is_done];
    tx.run(upsert, values).await?;
    Ok(())
}

/// Vouchers of one version of the terms that nobody can spend any more: how many, and what was
/// spent of them less what was refunded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    pub(crate) terms_version: i64,
    pub(crate) count: i64,
    pub(crate) spent: Fen,
}

fn ended(row: &Row) -> Result<Ended> {
    Ok(Ended { terms_version: row.get(0)?, count: row.get(1)?, spent: Fen(row.get(2)?) })
}

/// The vouchers of a batch that were taken back, by the version of their terms.
pub(crate) async fn voided(tx: &mut Tx, batch_no: i64) -> Result<Vec<Ended>> {
    let select = sql!(
        "SELECT c.terms_version, COUNT(*), \
         COALESCE(CAST(SUM(c.redeemed_fen - c.refunded_fen) AS BIGINT), 0) \
         FROM voucher_void AS v JOIN voucher_claim AS c ON c.batch_no = v.batch_no \
         AND c.claim_no = v.claim_no WHERE v.batch_no = $1 AND c.state = 'voided' \
         GROUP BY c.terms_version ORDER BY c.terms_version"
    );
    tx.all(select, args![batch_no], ended).await
}

/// The versions of a batch's terms of which vouchers may have expired.
pub(crate) async fn begun(tx: &mut Tx, batch_no: i64) -> Result<Vec<i64>> {
    let select = sql!(
        "SELECT DISTINCT terms_version FROM voucher_expiry \
         WHERE batch_no = $1 AND done_to > 0 ORDER BY terms_version"
    );
    tx.all(select, args![batch_no], |row| row.get(0)).await
}

/// The vouchers of one version of the terms that expired.
pub(crate) async fn expired(
    tx: &mut Tx,
    batch_no: i64,
    terms_version: i64,
    of: Numbers,
) -> Result<Ended> {
    let select = sql!(
        "SELECT COUNT(*), COALESCE(CAST(SUM(redeemed_fen - refunded_fen) AS BIGINT), 0) \
         FROM voucher_claim WHERE batch_no = $1 AND claim_no >= $2 AND claim_no <= $3 \
         AND state = 'expired'"
    );
    tx.one(select, args![batch_no, of.first, of.last], |row| {
        Ok(Ended { terms_version, count: row.get(0)?, spent: Fen(row.get(1)?) })
    })
    .await
}
