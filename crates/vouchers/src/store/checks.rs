//! SQL of the audit: everything is recounted from the records.

use db::{Result, Tx, args, sql};

/// What the claims of a batch say, by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct States {
    pub(crate) held: i64,
    pub(crate) spent: i64,
    pub(crate) expired: i64,
    pub(crate) voided: i64,
    pub(crate) redeemed: i64,
    pub(crate) refunded: i64,
}

/// Counts the claims of a batch by their state.
pub(crate) async fn states(tx: &mut Tx, batch_no: i64) -> Result<States> {
    let select = sql!(
        "SELECT COUNT(CASE WHEN state = 'held' THEN 1 END), \
         COUNT(CASE WHEN state = 'spent' THEN 1 END), \
         COUNT(CASE WHEN state = 'expired' THEN 1 END), \
         COUNT(CASE WHEN state = 'voided' THEN 1 END), \
         COALESCE(CAST(SUM(redeemed_fen) AS BIGINT), 0), \
         COALESCE(CAST(SUM(refunded_fen) AS BIGINT), 0) FROM voucher_claim WHERE batch_no = $1"
    );
    tx.one(select, args![batch_no], |row| {
        Ok(States {
            held: row.get(0)?,
            spent: row.get(1)?,
            expired: row.get(2)?,
            voided: row.get(3)?,
            redeemed: row.get(4)?,
            refunded: row.get(5)?,
        })
    })
    .await
}

/// Vouchers whose sums are not those of their redemptions and refunds.
pub(crate) async fn wrong_sums(tx: &mut Tx, batch_no: i64) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM voucher_claim AS c LEFT JOIN (SELECT r.claim_no, \
         SUM(r.amount_fen) AS redeemed, SUM(COALESCE(f.refunded, 0)) AS refunded \
         FROM voucher_redemption AS r LEFT JOIN (SELECT redemption_id, SUM(amount_fen) AS refunded \
         FROM voucher_refund GROUP BY redemption_id) AS f ON f.redemption_id = r.id \
         WHERE r.batch_no = $1 GROUP BY r.claim_no) AS s ON s.claim_no = c.claim_no \
         WHERE c.batch_no = $1 AND (c.redeemed_fen <> COALESCE(s.redeemed, 0) \
         OR c.refunded_fen <> COALESCE(s.refunded, 0))"
    );
    tx.scalar(select, args![batch_no]).await
}

/// Redemptions of claims that are not there, or of which more was refunded than redeemed.
pub(crate) async fn stray_redemptions(tx: &mut Tx, batch_no: i64) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM voucher_redemption AS r LEFT JOIN voucher_claim AS c \
         ON c.batch_no = r.batch_no AND c.claim_no = r.claim_no WHERE r.batch_no = $1 \
         AND (c.claim_no IS NULL OR r.amount_fen < COALESCE((SELECT SUM(f.amount_fen) \
         FROM voucher_refund AS f WHERE f.redemption_id = r.id), 0))"
    );
    tx.scalar(select, args![batch_no]).await
}

/// Lines of settlements that are of another merchant or funder than their settlement.
pub(crate) async fn stray_lines(tx: &mut Tx, batch_no: i64) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM voucher_settlement_line AS l \
         JOIN voucher_settlement AS s ON s.id = l.settlement_id \
         LEFT JOIN voucher_refund AS f ON f.id = l.refund_id \
         JOIN voucher_redemption AS r ON r.id = COALESCE(l.redemption_id, f.redemption_id) \
         JOIN voucher_batch AS b ON b.no = r.batch_no WHERE b.no = $1 \
         AND (s.merchant_id <> r.merchant_id OR s.funder_id <> b.funder_id \
         OR s.campaign_id <> b.campaign_id OR s.state = 'withdrawn')"
    );
    tx.scalar(select, args![batch_no]).await
}
