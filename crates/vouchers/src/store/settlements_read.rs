//! SQL that reads settlements: lists and sums of a filter, lines, and what stands in none yet.

use campaigns::{CampaignId, FunderId};
use db::{Query, Result, Row, ToValue as _, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::Fen;
use merchants::MerchantId;

use crate::{
    RedemptionId, RefundId, Settlement, SettlementId, SettlementState, VoucherNo,
    store::settlements::settlement,
};

/// A settlement with the sums of its lines; the condition and the end are added.
const WITH_SUMS: &str = "SELECT s.id, s.campaign_id, s.funder_id, s.merchant_id, \
     s.until_at, s.state, s.state_reason, s.paid_reference, s.version, COUNT(l.redemption_id), \
     COALESCE(CAST(SUM(r.amount_fen) AS BIGINT), 0), COUNT(l.refund_id), \
     COALESCE(CAST(SUM(f.amount_fen) AS BIGINT), 0), s.drawn_at FROM voucher_settlement AS s \
     LEFT JOIN voucher_settlement_line AS l ON l.settlement_id = s.id \
     LEFT JOIN voucher_redemption AS r ON r.id = l.redemption_id \
     LEFT JOIN voucher_refund AS f ON f.id = l.refund_id \
     WHERE s.id IN (SELECT s.id FROM voucher_settlement AS s WHERE ";

/// Where a list goes on: the last one that was shown.
pub(crate) type After = (Timestamp, SettlementId);

/// The settlements of a condition on `s`, newest first.
pub(crate) async fn list(
    tx: &mut Tx,
    condition: Query,
    after: Option<After>,
    most: i64,
) -> Result<Vec<Settlement>> {
    let mut query = Query::new(WITH_SUMS).nested(condition);
    if let Some((at, id)) = after {
        query = query.with(
            " AND (s.drawn_at < ? OR (s.drawn_at = ? AND s.id < ?))",
            [at.to_value(), at.to_value(), id.to_value()],
        );
    }
    let query = query
        .with(" ORDER BY s.drawn_at DESC, s.id DESC LIMIT ?", [most.to_value()])
        .part(") GROUP BY s.id ORDER BY s.drawn_at DESC, s.id DESC");
    tx.list(query, settlement).await
}

/// A settlement without its lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) id: SettlementId,
    pub(crate) funder: FunderId,
    pub(crate) merchant: MerchantId,
    pub(crate) state: SettlementState,
}

/// The settlements of a condition on `s`, without their lines.
pub(crate) async fn kept(tx: &mut Tx, condition: Query) -> Result<Vec<Kept>> {
    let query = Query::new(
        "SELECT s.id, s.funder_id, s.merchant_id, s.state FROM voucher_settlement AS s WHERE ",
    )
    .nested(condition)
    .part(" ORDER BY s.id");
    let read = |row: &Row| {
        let (id, funder, merchant) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Kept { id, funder, merchant, state: row.code(3)? })
    };
    tx.list(query, read).await
}

/// What the lines of these settlements come to.
pub(crate) async fn due(tx: &mut Tx, of: Vec<SettlementId>) -> Result<Vec<(SettlementId, Fen)>> {
    let rows = of.into_iter().map(|one| args![one]).collect();
    let select = set_sql!(
        "SELECT rows.settlement, COALESCE(CAST(SUM(r.amount_fen) AS BIGINT), 0), \
         COALESCE(CAST(SUM(f.amount_fen) AS BIGINT), 0) FROM {rows} \
         JOIN voucher_settlement_line AS l ON l.settlement_id = rows.settlement \
         LEFT JOIN voucher_redemption AS r ON r.id = l.redemption_id \
         LEFT JOIN voucher_refund AS f ON f.id = l.refund_id GROUP BY rows.settlement",
        settlement: Uuid,
    );
    tx.all_of_set(select, rows, |row| {
        let (redeemed, refunded): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok((row.get(0)?, Fen(redeemed - refunded)))
    })
    .await
}

/// How many settlements a condition on `s` holds for.
pub(crate) async fn count(tx: &mut Tx, condition: Query) -> Result<i64> {
    let query = Query::new("SELECT COUNT(*) FROM voucher_settlement AS s WHERE ").nested(condition);
    let counts = tx.list(query, |row| row.get(0)).await?;
    Ok(counts.first().copied().unwrap_or_default())
}

/// Who pays and who is paid by the settlements of a condition on `s`.
pub(crate) async fn pairs(tx: &mut Tx, condition: Query) -> Result<Vec<(FunderId, MerchantId)>> {
    let query = Query::new(
        "SELECT DISTINCT s.funder_id, s.merchant_id FROM voucher_settlement AS s WHERE ",
    )
    .nested(condition)
    .part(" ORDER BY s.funder_id, s.merchant_id");
    tx.list(query, |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// What a line of a settlement says: a redemption, or a refund of one.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) redemption: RedemptionId,
    pub(crate) refund: Option<RefundId>,
    pub(crate) at: Timestamp,
    pub(crate) voucher: VoucherNo,
    /// As the voucher's batch is called now.
    pub(crate) batch: String,
    pub(crate) bill_no: String,
    pub(crate) bill: Fen,
    /// What was taken off the bill, or given back.
    pub(crate) amount: Fen,
    /// Why it was refunded; else empty.
    pub(crate) reason: String,
}

impl Line {
    /// What it adds to what is due: a refund takes away.
    pub(crate) fn signed(&self) -> Fen {
        if self.refund.is_some() { Fen(-self.amount.0) } else { self.amount }
    }
}

fn line(row: &Row) -> Result<Line> {
    Ok(Line {
        redemption: row.get(0)?,
        refund: row.get(1)?,
        at: row.get(2)?,
        voucher: VoucherNo { batch: row.get(3)?, claim: row.get(4)? },
        batch: row.get(5)?,
        bill_no: row.get(6)?,
        bill: Fen(row.get(7)?),
        amount: Fen(row.get(8)?),
        reason: row.get(9)?,
    })
}

/// Which lines: all, or those of one sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    All,
    Redemptions,
    Refunds,
}

impl Sort {
    /// As an address and the statements say it.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Redemptions => "redemption",
            Self::Refunds => "refund",
        }
    }
    /// Reads it; a word that means nothing means all.
    pub(crate) fn read(word: &str) -> Self {
        match word {
            "redemption" => Self::Redemptions,
            "refund" => Self::Refunds,
            _ => Self::All,
        }
    }
}

/// The lines of a settlement, oldest first: so many, after so many.
pub(crate) async fn lines(
    tx: &mut Tx,
    id: SettlementId,
    sort: Sort,
    (skip, most): (i64, i64),
) -> Result<Vec<Line>> {
    let select = sql!(
        "SELECT r.id, f.id, COALESCE(f.refunded_at, r.redeemed_at), r.batch_no, r.claim_no, \
         t.name, r.bill_no, r.bill_fen, COALESCE(f.amount_fen, r.amount_fen), \
         COALESCE(f.reason, '') FROM voucher_settlement_line AS l \
         LEFT JOIN voucher_refund AS f ON f.id = l.refund_id \
         JOIN voucher_redemption AS r ON r.id = COALESCE(l.redemption_id, f.redemption_id) \
         JOIN voucher_batch AS b ON b.no = r.batch_no \
         JOIN voucher_terms AS t ON t.batch_no = b.no AND t.version = b.terms_version \
         WHERE l.settlement_id = $1 \
         AND ($2 = '' OR ($2 = 'refund' AND l.refund_id IS NOT NULL) \
         OR ($2 = 'redemption' AND l.redemption_id IS NOT NULL)) \
         ORDER BY 3, l.id LIMIT $3 OFFSET $4"
    );
    tx.all(select, args![id, sort.code(), most, skip], line).await
}

/// In which settlement a redemption stands, if in any.
pub(crate) async fn of_redemption(tx: &mut Tx, id: RedemptionId) -> Result<Option<SettlementId>> {
    let select = sql!("SELECT settlement_id FROM voucher_settlement_line WHERE redemption_id = $1");
    tx.maybe(select, args![id], |row| row.get(0)).await
}

/// What stands in no settlement yet, between a funder and a merchant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unsettled {
    pub(crate) funder: FunderId,
    pub(crate) merchant: MerchantId,
    pub(crate) redemptions: i64,
    pub(crate) redeemed: Fen,
    pub(crate) refunds: i64,
    pub(crate) refunded: Fen,
}

impl Unsettled {
    /// What would be due; below zero where more came back than was spent.
    pub(crate) fn due(&self) -> Fen {
        Fen(self.redeemed.0 - self.refunded.0)
    }
}

/// What a campaign's funders and merchants have that stands in no settlement, of what was written
/// before an instant.
pub(crate) async fn unsettled(
    tx: &mut Tx,
    campaign: CampaignId,
    until: Timestamp,
) -> Result<Vec<Unsettled>> {
    let select = sql!(
        "SELECT o.funder_id, o.merchant_id, CAST(SUM(o.uses) AS BIGINT), \
         CAST(SUM(o.used_fen) AS BIGINT), CAST(SUM(o.backs) AS BIGINT), \
         CAST(SUM(o.back_fen) AS BIGINT) FROM ( \
         SELECT b.funder_id, r.merchant_id, 1 AS uses, r.amount_fen AS used_fen, 0 AS backs, \
         0 AS back_fen FROM voucher_redemption AS r \
         JOIN voucher_batch AS b ON b.no = r.batch_no \
         LEFT JOIN voucher_settlement_line AS l ON l.redemption_id = r.id \
         WHERE b.campaign_id = $1 AND r.redeemed_at < $2 AND l.id IS NULL \
         UNION ALL SELECT b.funder_id, r.merchant_id, 0, 0, 1, f.amount_fen \
         FROM voucher_refund AS f JOIN voucher_redemption AS r ON r.id = f.redemption_id \
         JOIN voucher_batch AS b ON b.no = r.batch_no \
         LEFT JOIN voucher_settlement_line AS l ON l.refund_id = f.id \
         WHERE b.campaign_id = $1 AND f.refunded_at < $2 AND l.id IS NULL) AS o \
         GROUP BY o.funder_id, o.merchant_id ORDER BY o.funder_id, o.merchant_id"
    );
    let read = |row: &Row| {
        Ok(Unsettled {
            funder: row.get(0)?,
            merchant: row.get(1)?,
            redemptions: row.get(2)?,
            redeemed: Fen(row.get(3)?),
            refunds: row.get(4)?,
            refunded: Fen(row.get(5)?),
        })
    };
    tx.all(select, args![campaign, until], read).await
}

/// The same, line by line, of one funder and one merchant.
pub(crate) async fn unsettled_lines(
    tx: &mut Tx,
    (campaign, funder, merchant): (CampaignId, FunderId, MerchantId),
    until: Timestamp,
    sort: Sort,
    (skip, most): (i64, i64),
) -> Result<Vec<Line>> {
    let select = sql!(
        "SELECT r.id, NULL, r.redeemed_at, r.batch_no, r.claim_no, t.name, r.bill_no, r.bill_fen, \
         r.amount_fen, '', 0 FROM voucher_redemption AS r \
         JOIN voucher_batch AS b ON b.no = r.batch_no \
         JOIN voucher_terms AS t ON t.batch_no = b.no AND t.version = b.terms_version \
         LEFT JOIN voucher_settlement_line AS l ON l.redemption_id = r.id \
         WHERE b.campaign_id = $1 AND b.funder_id = $2 AND r.merchant_id = $3 \
         AND r.redeemed_at < $4 AND l.id IS NULL AND $5 <> 'refund' \
         UNION ALL SELECT r.id, f.id, f.refunded_at, r.batch_no, r.claim_no, t.name, r.bill_no, \
         r.bill_fen, f.amount_fen, f.reason, 1 FROM voucher_refund AS f \
         JOIN voucher_redemption AS r ON r.id = f.redemption_id \
         JOIN voucher_batch AS b ON b.no = r.batch_no \
         JOIN voucher_terms AS t ON t.batch_no = b.no AND t.version = b.terms_version \
         LEFT JOIN voucher_settlement_line AS l ON l.refund_id = f.id \
         WHERE b.campaign_id = $1 AND b.funder_id = $2 AND r.merchant_id = $3 \
         AND f.refunded_at < $4 AND l.id IS NULL AND $5 <> 'redemption' \
         ORDER BY 3, 1, 11 LIMIT $6 OFFSET $7"
    );
    let values = args![campaign, funder, merchant, until, sort.code(), most, skip];
    tx.all(select, values, line).await
}
