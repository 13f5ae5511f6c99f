//! SQL of what organisers and funders read of batches. Nothing here looks at all claims of a batch:
//! a page reads a range of numbers, and what lies between two numbers is found by halving.

pub(crate) mod claims;
pub(crate) mod uses;

use campaigns::CampaignId;
use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::{Id, actor::AccountId};
use merchants::MerchantId;
use uuid::Uuid;

use crate::{Batch, Terms};

/// The batches of a campaign, by their number.
pub(crate) async fn of_campaign(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<Batch>> {
    let select = sql!(
        "SELECT t.name, t.face_fen, t.threshold_fen, t.quantity, t.budget_fen, t.person_cap, \
         t.day_cap, t.claim_from, t.claim_until, t.use_from, t.use_until, t.stacking, t.partial, \
         t.restock, t.refund_days, t.admit_per_second, b.id, b.no, b.campaign_id, b.funder_id, \
         b.state, b.version, b.terms_version, s.claimed_count, s.returned_count \
         FROM voucher_batch AS b \
         JOIN voucher_terms AS t ON t.batch_no = b.no AND t.version = b.terms_version \
         JOIN voucher_stock AS s ON s.batch_no = b.no WHERE b.campaign_id = $1 ORDER BY b.no"
    );
    tx.all(select, args![campaign], super::batch_of).await
}

/// One version of a batch's terms, and who wrote it when.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) no: i64,
    pub(crate) terms: Terms,
    pub(crate) at: Timestamp,
    pub(crate) by: Option<AccountId>,
}

/// Every version of a batch's terms, oldest first.
pub(crate) async fn versions(tx: &mut Tx, batch_no: i64) -> Result<Vec<Version>> {
    let select = sql!(
        "SELECT name, face_fen, threshold_fen, quantity, budget_fen, person_cap, day_cap, \
         claim_from, claim_until, use_from, use_until, stacking, partial, restock, refund_days, \
         admit_per_second, version, changed_at, changed_by FROM voucher_terms \
         WHERE batch_no = $1 ORDER BY version"
    );
    tx.all(select, args![batch_no], |row| {
        Ok(Version {
            terms: super::terms(row, 0)?,
            no: row.get(16)?,
            at: row.get(17)?,
            by: account(row, 18)?,
        })
    })
    .await
}

fn account(row: &Row, column: usize) -> Result<Option<AccountId>> {
    Ok(row.get::<Option<Uuid>>(column)?.map(Id::from_uuid))
}

/// When a batch came how far, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct Life {
    pub(crate) created: (Timestamp, Option<AccountId>),
    pub(crate) approved: Option<(Timestamp, Option<AccountId>)>,
    pub(crate) opened_at: Option<Timestamp>,
    pub(crate) closed_at: Option<Timestamp>,
}

/// The life of a batch.
pub(crate) async fn life(tx: &mut Tx, batch_no: i64) -> Result<Life> {
    let select = sql!(
        "SELECT created_at, created_by, approved_at, approved_by, opened_at, closed_at \
         FROM voucher_batch WHERE no = $1"
    );
    tx.one(select, args![batch_no], |row| {
        let approved_by = account(row, 3)?;
        Ok(Life {
            created: (row.get(0)?, account(row, 1)?),
            approved: row.get::<Option<Timestamp>>(2)?.map(|at| (at, approved_by)),
            opened_at: row.get(4)?,
            closed_at: row.get(5)?,
        })
    })
    .await
}

/// Where a batch is accepted; nobody: at every active member.
pub(crate) async fn accepted_at(tx: &mut Tx, batch_no: i64) -> Result<Vec<MerchantId>> {
    let select =
        sql!("SELECT merchant_id FROM voucher_acceptance WHERE batch_no = $1 ORDER BY merchant_id");
    tx.all(select, args![batch_no], |row| row.get(0)).await
}

/// How many vouchers of a batch were taken back.
pub(crate) async fn voided(tx: &mut Tx, batch_no: i64) -> Result<i64> {
    tx.scalar(sql!("SELECT COUNT(*) FROM voucher_void WHERE batch_no = $1"), args![batch_no]).await
}

/// The versions of terms whose last vouchers have expired.
pub(crate) async fn expired_versions(tx: &mut Tx, batch_no: i64) -> Result<Vec<i64>> {
    let select = sql!(
        "SELECT terms_version FROM voucher_expiry \
         WHERE batch_no = $1 AND round = 2 AND is_done = TRUE ORDER BY terms_version"
    );
    tx.all(select, args![batch_no], |row| row.get(0)).await
}

/// How many settlements of a campaign are neither paid nor withdrawn.
pub(crate) async fn unpaid(tx: &mut Tx, campaign: CampaignId) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM voucher_settlement \
         WHERE campaign_id = $1 AND state NOT IN ('paid', 'withdrawn')"
    );
    tx.scalar(select, args![campaign]).await
}

/// How many merchants have redemptions or refunds of a campaign that stand in no settlement and
/// can be drawn. Where more was refunded than spent nothing ever is, and nothing waits for it.
pub(crate) async fn unsettled(tx: &mut Tx, campaign: CampaignId) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(DISTINCT due.merchant_id) FROM (SELECT open.merchant_id \
         FROM (SELECT b.funder_id, r.merchant_id, r.amount_fen AS fen \
         FROM voucher_batch AS b JOIN voucher_redemption AS r ON r.batch_no = b.no \
         LEFT JOIN voucher_settlement_line AS l ON l.redemption_id = r.id \
         WHERE b.campaign_id = $1 AND l.id IS NULL \
         UNION ALL SELECT b.funder_id, r.merchant_id, -f.amount_fen \
         FROM voucher_batch AS b JOIN voucher_redemption AS r ON r.batch_no = b.no \
         JOIN voucher_refund AS f ON f.redemption_id = r.id \
         LEFT JOIN voucher_settlement_line AS l ON l.refund_id = f.id \
         WHERE b.campaign_id = $1 AND l.id IS NULL) AS open \
         GROUP BY open.funder_id, open.merchant_id HAVING SUM(open.fen) >= 0) AS due"
    );
    tx.scalar(select, args![campaign]).await
}
