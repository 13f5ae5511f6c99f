//! SQL of the audit: everything is recounted from the records.

use campaigns::CampaignId;
use db::{Result, Tx, args, sql};

use crate::{Settlement, SettlementId, store::settlements::settlement};

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

/// Vouchers whose state is not what was done with them: held though nothing is left of it, spent
/// though nothing was taken, voided without a word or the other way round.
pub(crate) async fn wrong_states(tx: &mut Tx, batch_no: i64) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM voucher_claim AS c \
         JOIN voucher_terms AS t ON t.batch_no = c.batch_no AND t.version = c.terms_version \
         LEFT JOIN voucher_void AS v ON v.batch_no = c.batch_no AND v.claim_no = c.claim_no \
         WHERE c.batch_no = $1 \
         AND ((c.state = 'held' AND c.redeemed_fen - c.refunded_fen >= t.face_fen) \
         OR (c.state = 'spent' AND c.redeemed_fen = 0) \
         OR (c.state = 'voided' AND v.claim_no IS NULL) \
         OR (c.state <> 'voided' AND v.claim_no IS NOT NULL))"
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

/// Settlements by their ids, each with the sums of its lines: so many, after one.
pub(crate) async fn settlements(
    tx: &mut Tx,
    campaign: Option<CampaignId>,
    after: Option<SettlementId>,
    most: i64,
) -> Result<Vec<Settlement>> {
    let select = sql!(
        "SELECT s.id, s.campaign_id, s.funder_id, s.merchant_id, s.until_at, s.state, \
         s.state_reason, s.paid_reference, s.version, COUNT(l.redemption_id), \
         COALESCE(CAST(SUM(r.amount_fen) AS BIGINT), 0), COUNT(l.refund_id), \
         COALESCE(CAST(SUM(f.amount_fen) AS BIGINT), 0), s.drawn_at \
         FROM voucher_settlement AS s \
         LEFT JOIN voucher_settlement_line AS l ON l.settlement_id = s.id \
         LEFT JOIN voucher_redemption AS r ON r.id = l.redemption_id \
         LEFT JOIN voucher_refund AS f ON f.id = l.refund_id \
         WHERE s.id IN (SELECT s.id FROM voucher_settlement AS s \
         WHERE (s.campaign_id = $1 OR $1 IS NULL) AND (s.id > $2 OR $2 IS NULL) \
         ORDER BY s.id LIMIT $3) GROUP BY s.id ORDER BY s.id"
    );
    tx.all(select, args![campaign, after, most], settlement).await
}

/// Redemptions and refunds that stand in more than one settlement.
pub(crate) async fn lines_twice(tx: &mut Tx) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM (SELECT 1 AS one FROM voucher_settlement_line \
         GROUP BY redemption_id, refund_id HAVING COUNT(*) > 1) AS twice"
    );
    tx.scalar(select, args![]).await
}
