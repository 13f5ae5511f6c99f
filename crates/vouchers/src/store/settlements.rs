//! SQL of settlements and their lines.

use campaigns::{CampaignId, FunderId};
use db::{Result, Row, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::{Code as _, Cx, Fen};
use merchants::MerchantId;

use crate::{
    RedemptionId, RefundId, Settlement, SettlementId, SettlementState, SettlementStep,
    policy::{Permit, Run, Turn},
};

enum LineKind {}

/// Writes a settlement with all that is in none; answers it as it stands then. What another one
/// took in the meantime is left out: a line stands in one alone. Lines go in by their ids, so that
/// two who draw at once wait for each other in one order.
pub(crate) async fn draw(
    tx: &mut Tx,
    _: &Permit<Run>,
    cx: &Cx,
    (campaign, funder, merchant): (CampaignId, FunderId, MerchantId),
    (until, id): (Timestamp, SettlementId),
) -> Result<Option<Settlement>> {
    let insert = sql!(
        "INSERT INTO voucher_settlement (id, campaign_id, funder_id, merchant_id, until_at, state, \
         state_reason, paid_reference, version, drawn_at, drawn_by) \
         VALUES ($1, $2, $3, $4, $5, 'drawn', '', '', 1, $6, $7)"
    );
    let by = cx.actor.account();
    tx.run(insert, args![id, campaign, funder, merchant, until, cx.now, by]).await?;
    let select = sql!(
        "SELECT r.id FROM voucher_redemption AS r JOIN voucher_batch AS b ON b.no = r.batch_no \
         LEFT JOIN voucher_settlement_line AS l ON l.redemption_id = r.id \
         WHERE b.campaign_id = $1 AND b.funder_id = $2 AND r.merchant_id = $3 \
         AND r.redeemed_at < $4 AND l.id IS NULL ORDER BY r.id"
    );
    let values = args![campaign, funder, merchant, until];
    let redemptions: Vec<RedemptionId> = tx.all(select, values.clone(), |row| row.get(0)).await?;
    let select = sql!(
        "SELECT f.id FROM voucher_refund AS f JOIN voucher_redemption AS r \
         ON r.id = f.redemption_id JOIN voucher_batch AS b ON b.no = r.batch_no \
         LEFT JOIN voucher_settlement_line AS l ON l.refund_id = f.id \
         WHERE b.campaign_id = $1 AND b.funder_id = $2 AND r.merchant_id = $3 \
         AND f.refunded_at < $4 AND l.id IS NULL ORDER BY f.id"
    );
    let refunds: Vec<RefundId> = tx.all(select, values, |row| row.get(0)).await?;
    let insert = set_sql!(
        "INSERT INTO voucher_settlement_line (id, settlement_id, redemption_id, refund_id) \
         SELECT id, settlement_id, redemption_id, refund_id FROM {rows} WHERE TRUE \
         ON CONFLICT DO NOTHING",
        id: Uuid, settlement_id: Uuid, redemption_id: Uuid, refund_id: Uuid,
    );
    let new = || cx.new_id::<LineKind>();
    let mut rows: db::Rows =
        redemptions.into_iter().map(|one| args![new(), id, Some(one), None::<RefundId>]).collect();
    for one in refunds {
        rows.push(args![new(), id, None::<RedemptionId>, Some(one)]);
    }
    tx.run_set(insert, rows).await?;
    self::one(tx, id).await
}

/// Takes back a settlement that was just drawn.
pub(crate) async fn undraw(tx: &mut Tx, _: &Permit<Run>, id: SettlementId) -> Result<()> {
    tx.run(sql!("DELETE FROM voucher_settlement_line WHERE settlement_id = $1"), args![id]).await?;
    tx.run(sql!("DELETE FROM voucher_settlement WHERE id = $1"), args![id]).await?;
    Ok(())
}

/// Its lines belong to none.
pub(crate) async fn free_lines(tx: &mut Tx, _: &Permit<Turn>, id: SettlementId) -> Result<()> {
    tx.run(sql!("DELETE FROM voucher_settlement_line WHERE settlement_id = $1"), args![id]).await?;
    Ok(())
}

pub(crate) fn settlement(row: &Row) -> Result<Settlement> {
    Ok(Settlement {
        id: row.get(0)?,
        campaign: row.get(1)?,
        funder: row.get(2)?,
        merchant: row.get(3)?,
        until: row.get(4)?,
        state: row.code::<SettlementState>(5)?,
        reason: row.get(6)?,
        reference: row.get(7)?,
        version: row.get(8)?,
        redemptions: row.get(9)?,
        redeemed: Fen(row.get(10)?),
        refunds: row.get(11)?,
        refunded: Fen(row.get(12)?),
        drawn_at: row.get(13)?,
    })
}

/// One settlement.
pub(crate) async fn one(tx: &mut Tx, id: SettlementId) -> Result<Option<Settlement>> {
    let select = sql!(
        "SELECT s.id, s.campaign_id, s.funder_id, s.merchant_id, s.until_at, s.state, \
         s.state_reason, s.paid_reference, s.version, COUNT(l.redemption_id), \
         COALESCE(CAST(SUM(r.amount_fen) AS BIGINT), 0), COUNT(l.refund_id), \
         COALESCE(CAST(SUM(f.amount_fen) AS BIGINT), 0), s.drawn_at \
         FROM voucher_settlement AS s \
         LEFT JOIN voucher_settlement_line AS l ON l.settlement_id = s.id \
         LEFT JOIN voucher_redemption AS r ON r.id = l.redemption_id \
         LEFT JOIN voucher_refund AS f ON f.id = l.refund_id \
         WHERE s.id = $1 GROUP BY s.id"
    );
    tx.maybe(select, args![id], settlement).await
}

/// Whether the settlement of this version is in the next state now.
pub(crate) async fn turn(
    tx: &mut Tx,
    _: &Permit<Turn>,
    cx: &Cx,
    one: &Settlement,
    (version, step, next): (i64, SettlementStep, SettlementState),
    words: &str,
) -> Result<bool> {
    use SettlementStep as Step;
    let (paid, reason) = if step == Step::Pay { (words, "") } else { ("", words) };
    let update = sql!(
        "UPDATE voucher_settlement SET state = $3, state_reason = $4, paid_reference = $5, \
         version = version + 1, \
         confirmed_at = CASE WHEN $3 = 'confirmed' THEN $6 ELSE confirmed_at END, \
         confirmed_by = CASE WHEN $3 = 'confirmed' THEN $7 ELSE confirmed_by END, \
         approved_at = CASE WHEN $3 = 'approved' THEN $6 ELSE approved_at END, \
         approved_by = CASE WHEN $3 = 'approved' THEN $7 ELSE approved_by END, \
         paid_at = CASE WHEN $3 = 'paid' THEN $6 ELSE paid_at END, \
         paid_by = CASE WHEN $3 = 'paid' THEN $7 ELSE paid_by END \
         WHERE id = $1 AND version = $2 AND state = $8"
    );
    let by = cx.actor.account();
    let (state, next) = (one.state.code(), next.code());
    let values = args![one.id, version, next, reason, paid, cx.now, by, state];
    Ok(tx.run(update, values).await? == 1)
}
