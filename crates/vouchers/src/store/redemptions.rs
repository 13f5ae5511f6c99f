//! SQL of redemptions: what a set of them needs to know, and how it is written.

use campaigns::CampaignId;
use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::{Date, Fen, actor::AccountId, time::civil_date};
use merchants::MerchantId;

use crate::{
    RedemptionId, Stacking, VoucherNo, VoucherState,
    bill::{OnBill, Slip},
};

/// A voucher as it is stored, with its batch.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) campaign: CampaignId,
    pub(crate) terms_version: i64,
    pub(crate) state: VoucherState,
    pub(crate) redeemed: Fen,
    pub(crate) refunded: Fen,
}

fn numbers(of: impl IntoIterator<Item = VoucherNo>) -> Rows {
    of.into_iter().map(|one| args![one.batch, one.claim]).collect()
}

/// These vouchers, as they stand.
pub(crate) async fn vouchers(
    tx: &mut Tx,
    of: impl IntoIterator<Item = VoucherNo>,
) -> Result<Vec<(VoucherNo, Kept)>> {
    let select = set_sql!(
        "SELECT c.batch_no, c.claim_no, b.campaign_id, c.terms_version, c.state, c.redeemed_fen, \
         c.refunded_fen FROM {rows} \
         JOIN voucher_claim AS c ON c.batch_no = rows.batch AND c.claim_no = rows.claim \
         JOIN voucher_batch AS b ON b.no = c.batch_no",
        batch: Int, claim: Int,
    );
    tx.all_of_set(select, numbers(of), |row| {
        let kept = Kept {
            campaign: row.get(2)?,
            terms_version: row.get(3)?,
            state: row.code(4)?,
            redeemed: Fen(row.get(5)?),
            refunded: Fen(row.get(6)?),
        };
        Ok((VoucherNo { batch: row.get(0)?, claim: row.get(1)? }, kept))
    })
    .await
}

/// The merchants at which a batch is accepted; none listed means every active member.
pub(crate) async fn acceptance(tx: &mut Tx, batch_no: i64) -> Result<Vec<MerchantId>> {
    let select = sql!("SELECT merchant_id FROM voucher_acceptance WHERE batch_no = $1");
    tx.all(select, args![batch_no], |row| row.get(0)).await
}

/// A redemption that is about to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewRedemption {
    pub(crate) id: RedemptionId,
    pub(crate) slip: Slip,
    pub(crate) turn: i64,
    pub(crate) amount: Fen,
}

/// The city's day of a slip: bills are numbered anew each day.
pub(crate) fn day_of(slip: &Slip) -> Date {
    civil_date(slip.at)
}

/// What was answered to a key before.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) cashier: AccountId,
    pub(crate) key_hash: Vec<u8>,
    pub(crate) body_hash: Vec<u8>,
    pub(crate) id: RedemptionId,
    pub(crate) voucher: VoucherNo,
    pub(crate) amount: Fen,
    pub(crate) at: Timestamp,
}

/// Redemptions that were asked for with these keys.
pub(crate) async fn answered(tx: &mut Tx, slips: &[&Slip]) -> Result<Vec<Answered>> {
    let mut rows = Rows::new();
    for slip in slips {
        if let Some((key, _)) = &slip.key {
            rows.push(args![slip.cashier, key.clone()]);
        }
    }
    let select = set_sql!(
        "SELECT r.cashier_id, r.key_hash, r.body_hash, r.id, r.batch_no, r.claim_no, \
         r.amount_fen, r.redeemed_at FROM {rows} JOIN voucher_redemption AS r \
         ON r.cashier_id = rows.cashier AND r.key_hash = rows.key",
        cashier: Uuid, key: Bytes,
    );
    tx.all_of_set(select, rows, read_answered).await
}

/// The redemption that this cashier asked for with this key.
pub(crate) async fn answered_to(
    tx: &mut Tx,
    cashier: AccountId,
    key_hash: &[u8],
) -> Result<Option<Answered>> {
    let select = sql!(
        "SELECT cashier_id, key_hash, body_hash, id, batch_no, claim_no, amount_fen, redeemed_at \
         FROM voucher_redemption WHERE cashier_id = $1 AND key_hash = $2"
    );
    tx.maybe(select, args![cashier, key_hash], read_answered).await
}

fn read_answered(row: &Row) -> Result<Answered> {
    Ok(Answered {
        cashier: row.get(0)?,
        key_hash: row.get(1)?,
        body_hash: row.get(2)?,
        id: row.get(3)?,
        voucher: VoucherNo { batch: row.get(4)?, claim: row.get(5)? },
        amount: Fen(row.get(6)?),
        at: row.get(7)?,
    })
}

/// Codes of these slips that were used.
pub(crate) async fn used_codes(tx: &mut Tx, slips: &[&Slip]) -> Result<Vec<(VoucherNo, i64)>> {
    let mut rows = Rows::new();
    for slip in slips {
        rows.push(args![slip.voucher.batch, slip.voucher.claim, slip.step]);
    }
    let select = set_sql!(
        "SELECT r.batch_no, r.claim_no, r.code_step FROM {rows} JOIN voucher_redemption AS r \
         ON r.batch_no = rows.batch AND r.claim_no = rows.claim AND r.code_step = rows.step",
        batch: Int, claim: Int, step: Int,
    );
    tx.all_of_set(select, rows, |row| {
        Ok((VoucherNo { batch: row.get(0)?, claim: row.get(1)? }, row.get(2)?))
    })
    .await
}

/// A bill's name: whose, on which day, which.
pub(crate) type BillKey = (MerchantId, Date, String);

/// The vouchers on the bills of these slips, and how many there ever were on each bill.
pub(crate) async fn on_bills(tx: &mut Tx, slips: &[&Slip]) -> Result<Vec<(BillKey, i64, OnBill)>> {
    let mut keys: Vec<BillKey> =
        slips.iter().map(|one| (one.merchant, day_of(one), one.bill_no.clone())).collect();
    keys.sort();
    keys.dedup();
    let rows = keys.into_iter().map(|(merchant, on, no)| args![merchant, on, no]).collect();
    let select = set_sql!(
        "SELECT r.merchant_id, r.bill_on, r.bill_no, r.turn_no, r.batch_no, t.stacking, \
         t.threshold_fen, r.bill_fen, r.amount_fen - COALESCE((SELECT CAST(SUM(f.amount_fen) AS \
         BIGINT) FROM voucher_refund AS f WHERE f.redemption_id = r.id), 0) \
         FROM {rows} JOIN voucher_redemption AS r ON r.merchant_id = rows.merchant \
         AND r.bill_on = rows.on_date AND r.bill_no = rows.no \
         JOIN voucher_claim AS c ON c.batch_no = r.batch_no AND c.claim_no = r.claim_no \
         JOIN voucher_terms AS t ON t.batch_no = c.batch_no AND t.version = c.terms_version",
        merchant: Uuid, on_date: Date, no: Text,
    );
    tx.all_of_set(select, rows, |row| {
        let stacking: Stacking = row.code(5)?;
        let on_bill = OnBill {
            batch_no: row.get(4)?,
            stacking,
            threshold: Fen(row.get(6)?),
            bill: Fen(row.get(7)?),
            amount: Fen(row.get(8)?),
        };
        Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?, on_bill))
    })
    .await
}

/// Takes these amounts off their vouchers; answers how many vouchers still had them. The guard:
/// whoever read the voucher before somebody else wrote to it touches nothing.
pub(crate) async fn spend(tx: &mut Tx, of: &[(VoucherNo, Fen, Fen)]) -> Result<u64> {
    let mut rows = Rows::with_capacity(of.len());
    for (voucher, amount, face) in of {
        rows.push(args![voucher.batch, voucher.claim, amount.0, face.0]);
    }
    let update = set_sql!(
        "UPDATE voucher_claim SET redeemed_fen = redeemed_fen + rows.amount, \
         state = CASE WHEN redeemed_fen - refunded_fen + rows.amount >= rows.face \
         THEN 'spent' ELSE 'held' END FROM {rows} \
         WHERE voucher_claim.batch_no = rows.batch AND voucher_claim.claim_no = rows.claim \
         AND voucher_claim.state = 'held' \
         AND redeemed_fen - refunded_fen + rows.amount <= rows.face",
        batch: Int, claim: Int, amount: Int, face: Int,
    );
    tx.run_set(update, rows).await
}

/// Writes redemptions; answers how many were not there before under their key, code or turn.
pub(crate) async fn insert(tx: &mut Tx, new: &[NewRedemption]) -> Result<u64> {
    let mut rows = Rows::with_capacity(new.len());
    // In one order on every node, so that no two of them wait for each other.
    let mut new: Vec<_> = new.iter().collect();
    new.sort_unstable_by_key(|one| (one.slip.merchant, &one.slip.bill_no, one.turn));
    for NewRedemption { id, slip, turn, amount } in new {
        let (key, body) = slip.key.clone().unzip();
        rows.push(args![
            *id,
            slip.voucher.batch,
            slip.voucher.claim,
            slip.merchant,
            slip.cashier,
            day_of(slip),
            &slip.bill_no,
            *turn,
            slip.bill.0,
            amount.0,
            slip.step,
            key,
            body,
            slip.at
        ]);
    }
    let insert = set_sql!(
        "INSERT INTO voucher_redemption (id, batch_no, claim_no, merchant_id, cashier_id, \
         bill_on, bill_no, turn_no, bill_fen, amount_fen, code_step, key_hash, body_hash, \
         redeemed_at) SELECT id, batch_no, claim_no, merchant_id, cashier_id, bill_on, bill_no, \
         turn_no, bill_fen, amount_fen, code_step, key_hash, body_hash, redeemed_at FROM {rows} \
         WHERE TRUE ON CONFLICT DO NOTHING",
        id: Uuid, batch_no: Int, claim_no: Int, merchant_id: Uuid, cashier_id: Uuid,
        bill_on: Date, bill_no: Text, turn_no: Int, bill_fen: Int, amount_fen: Int,
        code_step: Int, key_hash: Bytes, body_hash: Bytes, redeemed_at: Instant,
    );
    tx.run_set(insert, rows).await
}

/// A redemption as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Redemption {
    pub(crate) id: RedemptionId,
    pub(crate) voucher: VoucherNo,
    pub(crate) merchant: MerchantId,
    pub(crate) cashier: AccountId,
    pub(crate) bill_no: String,
    pub(crate) bill: Fen,
    pub(crate) amount: Fen,
    pub(crate) at: Timestamp,
    /// What was refunded of it.
    pub(crate) refunded: Fen,
    pub(crate) refunds: i64,
}

fn redemption(row: &Row) -> Result<Redemption> {
    Ok(Redemption {
        id: row.get(0)?,
        voucher: VoucherNo { batch: row.get(1)?, claim: row.get(2)? },
        merchant: row.get(3)?,
        cashier: row.get(4)?,
        bill_no: row.get(5)?,
        bill: Fen(row.get(6)?),
        amount: Fen(row.get(7)?),
        at: row.get(8)?,
        refunded: Fen(row.get(9)?),
        refunds: row.get(10)?,
    })
}

/// One redemption.
pub(crate) async fn one(tx: &mut Tx, id: RedemptionId) -> Result<Option<Redemption>> {
    let select = sql!(
        "SELECT r.id, r.batch_no, r.claim_no, r.merchant_id, r.cashier_id, r.bill_no, r.bill_fen, \
         r.amount_fen, r.redeemed_at, COALESCE(CAST(SUM(f.amount_fen) AS BIGINT), 0), \
         COUNT(f.id) FROM voucher_redemption AS r \
         LEFT JOIN voucher_refund AS f ON f.redemption_id = r.id WHERE r.id = $1 GROUP BY r.id"
    );
    tx.maybe(select, args![id], redemption).await
}

/// A voucher's redemptions, newest first.
pub(crate) async fn of_voucher(tx: &mut Tx, of: VoucherNo) -> Result<Vec<Redemption>> {
    let select = sql!(
        "SELECT r.id, r.batch_no, r.claim_no, r.merchant_id, r.cashier_id, r.bill_no, r.bill_fen, \
         r.amount_fen, r.redeemed_at, COALESCE(CAST(SUM(f.amount_fen) AS BIGINT), 0), \
         COUNT(f.id) FROM voucher_redemption AS r \
         LEFT JOIN voucher_refund AS f ON f.redemption_id = r.id \
         WHERE r.batch_no = $1 AND r.claim_no = $2 GROUP BY r.id ORDER BY r.redeemed_at DESC, r.id"
    );
    tx.all(select, args![of.batch, of.claim], redemption).await
}

/// A merchant's newest redemptions.
pub(crate) async fn of_merchant(
    tx: &mut Tx,
    merchant: MerchantId,
    most: i64,
) -> Result<Vec<Redemption>> {
    let select = sql!(
        "SELECT r.id, r.batch_no, r.claim_no, r.merchant_id, r.cashier_id, r.bill_no, r.bill_fen, \
         r.amount_fen, r.redeemed_at, COALESCE(CAST(SUM(f.amount_fen) AS BIGINT), 0), \
         COUNT(f.id) FROM voucher_redemption AS r \
         LEFT JOIN voucher_refund AS f ON f.redemption_id = r.id \
         WHERE r.merchant_id = $1 GROUP BY r.id ORDER BY r.redeemed_at DESC, r.id LIMIT $2"
    );
    tx.all(select, args![merchant, most], redemption).await
}
