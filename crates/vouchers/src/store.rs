//! SQL of batches and their stock. Claims are in `store/claims.rs`.

pub(crate) mod batches;
pub(crate) mod checks;
pub(crate) mod claims;
pub(crate) mod expiry;
pub(crate) mod flags;
pub(crate) mod redemptions;
pub(crate) mod refunds;
pub(crate) mod settlements;
pub(crate) mod settlements_read;
pub(crate) mod waiting;
pub(crate) mod wallet;

use campaigns::{CampaignId, FunderId};
use db::{Result, Row, Tx, args, set_sql, sql};
use kernel::{Code as _, Cx, Fen, Id, actor::AccountId};
use merchants::MerchantId;
use uuid::Uuid;

use crate::{
    Batch, BatchDraft, BatchId, BatchState, Stacking, Terms,
    policy::{Fund, Permit, Run},
};

const TERMS_WIDTH: usize = 16;

fn wrong(what: &str, word: &str) -> db::Fault {
    db::Fault::Invariant(format!("{what} is “{word}”"))
}

fn terms(row: &Row, at: usize) -> Result<Terms> {
    let stacking: String = row.get(at + 11)?;
    Ok(Terms {
        name: row.get(at)?,
        face: Fen(row.get(at + 1)?),
        threshold: Fen(row.get(at + 2)?),
        quantity: row.get(at + 3)?,
        budget: Fen(row.get(at + 4)?),
        person_cap: row.get(at + 5)?,
        day_cap: row.get(at + 6)?,
        claim_from: row.get(at + 7)?,
        claim_until: row.get(at + 8)?,
        use_from: row.get(at + 9)?,
        use_until: row.get(at + 10)?,
        stacking: Stacking::from_code(&stacking).ok_or_else(|| wrong("stacking", &stacking))?,
        partial: row.get(at + 12)?,
        restock: row.get(at + 13)?,
        refund_days: row.get(at + 14)?,
        admit_per_second: row.get(at + 15)?,
    })
}

fn batch_of(row: &Row) -> Result<Batch> {
    let state: String = row.get(TERMS_WIDTH + 4)?;
    Ok(Batch {
        terms: terms(row, 0)?,
        id: BatchId::from_uuid(row.get(TERMS_WIDTH)?),
        no: row.get(TERMS_WIDTH + 1)?,
        campaign: CampaignId::from_uuid(row.get(TERMS_WIDTH + 2)?),
        funder: FunderId::from_uuid(row.get(TERMS_WIDTH + 3)?),
        state: BatchState::from_code(&state).ok_or_else(|| wrong("a batch's state", &state))?,
        version: row.get(TERMS_WIDTH + 5)?,
        terms_version: row.get(TERMS_WIDTH + 6)?,
        claimed: row.get(TERMS_WIDTH + 7)?,
        returned: row.get(TERMS_WIDTH + 8)?,
    })
}

/// One batch with the terms that hold.
pub(crate) async fn batch(tx: &mut Tx, id: BatchId) -> Result<Option<Batch>> {
    let select = sql!(
        "SELECT t.name, t.face_fen, t.threshold_fen, t.quantity, t.budget_fen, t.person_cap, \
         t.day_cap, t.claim_from, t.claim_until, t.use_from, t.use_until, t.stacking, t.partial, \
         t.restock, t.refund_days, t.admit_per_second, b.id, b.no, b.campaign_id, b.funder_id, \
         b.state, b.version, b.terms_version, s.claimed_count, s.returned_count \
         FROM voucher_batch AS b \
         JOIN voucher_terms AS t ON t.batch_no = b.no AND t.version = b.terms_version \
         JOIN voucher_stock AS s ON s.batch_no = b.no WHERE b.id = $1"
    );
    tx.maybe(select, args![id], batch_of).await
}

/// One batch by its running number.
pub(crate) async fn batch_by_no(tx: &mut Tx, no: i64) -> Result<Option<Batch>> {
    let select = sql!("SELECT id FROM voucher_batch WHERE no = $1");
    let Some(id) = tx.maybe(select, args![no], |row| row.get(0)).await? else { return Ok(None) };
    batch(tx, id).await
}

/// The batches that anybody may claim from, now or soon.
pub(crate) async fn open_ones(tx: &mut Tx) -> Result<Vec<Batch>> {
    let select = sql!(
        "SELECT t.name, t.face_fen, t.threshold_fen, t.quantity, t.budget_fen, t.person_cap, \
         t.day_cap, t.claim_from, t.claim_until, t.use_from, t.use_until, t.stacking, t.partial, \
         t.restock, t.refund_days, t.admit_per_second, b.id, b.no, b.campaign_id, b.funder_id, \
         b.state, b.version, b.terms_version, s.claimed_count, s.returned_count \
         FROM voucher_batch AS b \
         JOIN voucher_terms AS t ON t.batch_no = b.no AND t.version = b.terms_version \
         JOIN voucher_stock AS s ON s.batch_no = b.no WHERE b.state = 'open' \
         AND NOT EXISTS (SELECT 1 FROM voucher_reservation AS r WHERE r.batch_no = b.no) \
         ORDER BY t.claim_from, b.no"
    );
    tx.all(select, args![], batch_of).await
}

/// Every batch, by its number: for the audit.
pub(crate) async fn all_ids(tx: &mut Tx, campaign: Option<CampaignId>) -> Result<Vec<BatchId>> {
    let select =
        sql!("SELECT id FROM voucher_batch WHERE campaign_id = $1 OR $1 IS NULL ORDER BY no");
    tx.all(select, args![campaign], |row| row.get(0)).await
}

/// Who drafted a batch.
pub(crate) async fn drafter(tx: &mut Tx, id: BatchId) -> Result<Option<AccountId>> {
    let select = sql!("SELECT created_by FROM voucher_batch WHERE id = $1");
    let by = tx.maybe(select, args![id], |row| row.get::<Option<Uuid>>(0)).await?;
    Ok(by.flatten().map(Id::from_uuid))
}

/// A new batch with its first terms and an empty stock.
pub(crate) async fn insert_batch(
    tx: &mut Tx,
    _: &Permit<Run>,
    cx: &Cx,
    id: BatchId,
    draft: &BatchDraft,
) -> Result<()> {
    let take = sql!("UPDATE voucher_batch_number SET last = last + 1 WHERE one = 1 RETURNING last");
    let no: i64 = tx.scalar(take, args![]).await?;
    let insert = sql!(
        "INSERT INTO voucher_batch (id, no, campaign_id, funder_id, state, version, \
         terms_version, created_at, created_by) VALUES ($1, $2, $3, $4, 'draft', 1, 1, $5, $6)"
    );
    let by = cx.actor.account();
    tx.run(insert, args![id, no, draft.campaign, draft.funder, cx.now, by]).await?;
    insert_terms(tx, cx, no, 1, &draft.terms).await?;
    let insert = sql!(
        "INSERT INTO voucher_stock (batch_no, is_open, terms_version, quantity, claimed_count, \
         returned_count, filed_count) VALUES ($1, $2, 1, $3, 0, 0, 0)"
    );
    tx.run(insert, args![no, false, draft.terms.quantity]).await?;
    Ok(())
}

/// One version of a batch's terms.
async fn insert_terms(tx: &mut Tx, cx: &Cx, no: i64, version: i64, terms: &Terms) -> Result<()> {
    let insert = sql!(
        "INSERT INTO voucher_terms (batch_no, version, name, face_fen, threshold_fen, quantity, \
         budget_fen, person_cap, day_cap, claim_from, claim_until, use_from, use_until, partial, \
         stacking, restock, refund_days, admit_per_second, changed_at, changed_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20)"
    );
    let by = cx.actor.account();
    let values = args![
        no,
        version,
        terms.name.trim(),
        terms.face.0,
        terms.threshold.0,
        terms.quantity,
        terms.budget.0,
        terms.person_cap,
        terms.day_cap,
        terms.claim_from,
        terms.claim_until,
        terms.use_from,
        terms.use_until,
        terms.partial,
        terms.stacking.code(),
        terms.restock,
        terms.refund_days,
        terms.admit_per_second,
        cx.now,
        by,
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// Whether the draft of this version is approved now.
pub(crate) async fn approve(
    tx: &mut Tx,
    _: &Permit<Fund>,
    cx: &Cx,
    id: BatchId,
    version: i64,
) -> Result<bool> {
    let update = sql!(
        "UPDATE voucher_batch SET state = 'approved', version = version + 1, approved_at = $3, \
         approved_by = $4 WHERE id = $1 AND version = $2 AND state = 'draft'"
    );
    Ok(tx.run(update, args![id, version, cx.now, cx.actor.account()]).await? == 1)
}

/// Reserves a batch of this version that is not open; answers whether it still was as it was read.
pub(crate) async fn reserve(
    tx: &mut Tx,
    _: &Permit<Run>,
    cx: &Cx,
    batch: &Batch,
    version: i64,
) -> Result<bool> {
    let update = sql!(
        "UPDATE voucher_batch SET version = version + 1 \
         WHERE id = $1 AND version = $2 AND state IN ('draft', 'approved')"
    );
    if tx.run(update, args![batch.id, version]).await? != 1 {
        return Ok(false);
    }
    let insert = sql!(
        "INSERT INTO voucher_reservation (batch_no, reserved_at, reserved_by) \
         VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
    );
    tx.run(insert, args![batch.no, cx.now, cx.actor.account()]).await?;
    Ok(true)
}

/// Whether the vouchers of a batch are earned elsewhere.
pub(crate) async fn is_reserved(tx: &mut Tx, batch_no: i64) -> Result<bool> {
    let select = sql!("SELECT COUNT(*) FROM voucher_reservation WHERE batch_no = $1");
    let count: i64 = tx.scalar(select, args![batch_no]).await?;
    Ok(count > 0)
}

/// Whether the batch of this version is open now.
pub(crate) async fn open(
    tx: &mut Tx,
    _: &Permit<Run>,
    cx: &Cx,
    batch: &Batch,
    version: i64,
) -> Result<bool> {
    let update = sql!(
        "UPDATE voucher_batch SET state = 'open', version = version + 1, opened_at = $3 \
         WHERE id = $1 AND version = $2 AND state = 'approved'"
    );
    if tx.run(update, args![batch.id, version, cx.now]).await? != 1 {
        return Ok(false);
    }
    let update = sql!("UPDATE voucher_stock SET is_open = $2 WHERE batch_no = $1");
    tx.run(update, args![batch.no, true]).await?;
    Ok(true)
}

/// Writes the next version of a batch's terms, if nobody changed the batch meanwhile; answers
/// whether it is written. The stock's row makes claims wait until it is known.
pub(crate) async fn change_terms(
    tx: &mut Tx,
    _: &Permit<Run>,
    cx: &Cx,
    batch: &Batch,
    version: i64,
    terms: &Terms,
) -> Result<bool> {
    let update = sql!(
        "UPDATE voucher_batch SET terms_version = terms_version + 1, version = version + 1, \
         state = CASE WHEN state = 'approved' THEN 'draft' ELSE state END, \
         created_by = CASE WHEN state = 'open' THEN created_by ELSE $3 END \
         WHERE id = $1 AND version = $2 AND state IN ('draft', 'approved', 'open')"
    );
    if tx.run(update, args![batch.id, version, cx.actor.account()]).await? != 1 {
        return Ok(false);
    }
    let update = sql!(
        "UPDATE voucher_stock SET terms_version = terms_version + 1, quantity = $2 \
         WHERE batch_no = $1 AND claimed_count - returned_count <= $2 AND terms_version = $3"
    );
    let values = args![batch.no, terms.quantity, batch.terms_version];
    if tx.run(update, values).await? != 1 {
        return Ok(false);
    }
    insert_terms(tx, cx, batch.no, batch.terms_version + 1, terms).await?;
    Ok(true)
}

/// Whether the open batch of this version is closed now.
pub(crate) async fn close(
    tx: &mut Tx,
    _: &Permit<Run>,
    cx: &Cx,
    batch: &Batch,
    version: i64,
) -> Result<bool> {
    let update = sql!(
        "UPDATE voucher_batch SET state = 'closed', version = version + 1, closed_at = $3 \
         WHERE id = $1 AND version = $2 AND state = 'open'"
    );
    if tx.run(update, args![batch.id, version, cx.now]).await? != 1 {
        return Ok(false);
    }
    let update = sql!("UPDATE voucher_stock SET is_open = $2 WHERE batch_no = $1");
    tx.run(update, args![batch.no, false]).await?;
    Ok(true)
}

/// Lists where a batch is accepted, anew.
pub(crate) async fn accept_at(
    tx: &mut Tx,
    _: &Permit<Run>,
    batch: &Batch,
    version: i64,
    merchants: &[MerchantId],
) -> Result<bool> {
    let update =
        sql!("UPDATE voucher_batch SET version = version + 1 WHERE id = $1 AND version = $2");
    if tx.run(update, args![batch.id, version]).await? != 1 {
        return Ok(false);
    }
    tx.run(sql!("DELETE FROM voucher_acceptance WHERE batch_no = $1"), args![batch.no]).await?;
    let insert = set_sql!(
        "INSERT INTO voucher_acceptance (batch_no, merchant_id) \
         SELECT batch_no, merchant_id FROM {rows} WHERE TRUE ON CONFLICT DO NOTHING",
        batch_no: Int, merchant_id: Uuid,
    );
    let rows = merchants.iter().map(|one| args![batch.no, *one]).collect();
    tx.run_set(insert, rows).await?;
    Ok(true)
}
