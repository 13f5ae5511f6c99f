//! SQL of refunds and of vouchers that were taken back. Every write of a claim is guarded by what
//! was read.

use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::{Code as _, Cx, Fen};

use crate::{
    RedemptionId, RefundId, VoucherNo,
    policy::{GiveBack, Permit, Taking},
    store::wallet::Held,
};

/// A refund that is about to be written.
pub(crate) struct NewRefund<'a> {
    pub(crate) id: RefundId,
    pub(crate) redemption: RedemptionId,
    pub(crate) turn: i64,
    pub(crate) amount: Fen,
    pub(crate) gives_back: bool,
    pub(crate) reason: &'a str,
}

/// Writes a refund; answers whether it is the redemption's next, and its id is new.
pub(crate) async fn insert(
    tx: &mut Tx,
    _: &Permit<GiveBack>,
    cx: &Cx,
    new: &NewRefund<'_>,
) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO voucher_refund (id, redemption_id, turn_no, amount_fen, gives_back, reason, \
         refunded_by, refunded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"
    );
    let by = cx.actor.account();
    let values = args![
        new.id,
        new.redemption,
        new.turn,
        new.amount.0,
        new.gives_back,
        new.reason,
        by,
        cx.now
    ];
    Ok(tx.run(insert, values).await? == 1)
}

/// A refund, as far as a repeated request needs it.
pub(crate) struct Known {
    pub(crate) redemption: RedemptionId,
    pub(crate) amount: Fen,
    pub(crate) gives_back: bool,
    pub(crate) reason: String,
}

/// The refund of this id.
pub(crate) async fn one(tx: &mut Tx, id: RefundId) -> Result<Option<Known>> {
    let select = sql!(
        "SELECT redemption_id, amount_fen, gives_back, reason FROM voucher_refund WHERE id = $1"
    );
    let read = |row: &Row| {
        Ok(Known {
            redemption: row.get(0)?,
            amount: Fen(row.get(1)?),
            gives_back: row.get(2)?,
            reason: row.get(3)?,
        })
    };
    tx.maybe(select, args![id], read).await
}

/// The voucher is worth so much again, if it is as it was read.
pub(crate) async fn give_back(
    tx: &mut Tx,
    _: &Permit<GiveBack>,
    held: &Held,
    amount: Fen,
    gives_back: bool,
) -> Result<bool> {
    let update = sql!(
        "UPDATE voucher_claim SET refunded_fen = refunded_fen + $3, \
         state = CASE WHEN state = 'spent' AND $4 THEN 'held' ELSE state END \
         WHERE batch_no = $1 AND claim_no = $2 AND state = $5 \
         AND refunded_fen + $3 <= redeemed_fen"
    );
    let (batch, claim) = (held.voucher.batch, held.voucher.claim);
    let values = args![batch, claim, amount.0, gives_back, held.state.code()];
    Ok(tx.run(update, values).await? == 1)
}

/// Takes a voucher back that is held; answers what had been redeemed of it.
pub(crate) async fn void(tx: &mut Tx, _: &Taking, of: VoucherNo) -> Result<Option<i64>> {
    let update = sql!(
        "UPDATE voucher_claim SET state = 'voided' WHERE batch_no = $1 AND claim_no = $2 \
         AND state = 'held' RETURNING redeemed_fen - refunded_fen"
    );
    tx.maybe(update, args![of.batch, of.claim], |row| row.get(0)).await
}

/// Keeps why.
pub(crate) async fn note_void(
    tx: &mut Tx,
    _: &Taking,
    cx: &Cx,
    of: VoucherNo,
    reason: &str,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO voucher_void (batch_no, claim_no, reason, voided_by, voided_at) \
         VALUES ($1, $2, $3, $4, $5)"
    );
    let by = cx.actor.account();
    tx.run(insert, args![of.batch, of.claim, reason, by, cx.now]).await?;
    Ok(())
}

/// A refund as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) amount: Fen,
    pub(crate) gives_back: bool,
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
}

/// The refunds of a redemption, oldest first.
pub(crate) async fn of_redemption(tx: &mut Tx, id: RedemptionId) -> Result<Vec<Refund>> {
    let select = sql!(
        "SELECT amount_fen, gives_back, reason, refunded_at FROM voucher_refund \
         WHERE redemption_id = $1 ORDER BY turn_no"
    );
    let read = |row: &Row| {
        Ok(Refund {
            amount: Fen(row.get(0)?),
            gives_back: row.get(1)?,
            reason: row.get(2)?,
            at: row.get(3)?,
        })
    };
    tx.all(select, args![id], read).await
}

/// Why a voucher was taken back, and when.
pub(crate) async fn void_of(tx: &mut Tx, of: VoucherNo) -> Result<Option<(String, Timestamp)>> {
    let select =
        sql!("SELECT reason, voided_at FROM voucher_void WHERE batch_no = $1 AND claim_no = $2");
    tx.maybe(select, args![of.batch, of.claim], |row| Ok((row.get(0)?, row.get(1)?))).await
}
