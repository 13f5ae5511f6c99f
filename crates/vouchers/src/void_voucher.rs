//! A voucher is taken back: by staff with a reason, or by the citizen who has no use for it.

use db::{Entry, Fault, Tx};
use kernel::{CitizenNo, Cx};
use serde_json::json;
use web::Refused;

use crate::{Batch, Denied, VoucherNo, policy, refund::fit_reason, store, wallet};

/// Why a voucher was not taken back.
#[derive(Debug, thiserror::Error)]
#[error("the voucher stays")]
pub enum VoidError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// No reason, or a long one.
    BadReason,
    /// It was spent, has expired or was taken back already.
    NotHeld,
    /// The batch takes none back from citizens, or a part of it was spent.
    NotTaken,
}

/// Takes a voucher back that nobody has spent.
pub async fn void_voucher(
    tx: &mut Tx,
    cx: &Cx,
    voucher: VoucherNo,
    reason: &str,
) -> Result<(), VoidError> {
    let batch = store::batch_by_no(tx, voucher.batch).await?.ok_or(Denied::Invisible)?;
    let permit = policy::run(tx, cx, batch.campaign).await?;
    let reason = fit_reason(reason).ok_or(VoidError::BadReason)?;
    take(tx, cx, &batch, voucher, &reason, &policy::Taking::By(permit)).await
}

/// A citizen gives an unused voucher to whoever comes next, where the batch takes it back.
pub async fn give_up(
    tx: &mut Tx,
    cx: &Cx,
    citizen: CitizenNo,
    voucher: VoucherNo,
) -> Result<(), VoidError> {
    let held = wallet::own(tx, citizen, voucher).await?.ok_or(Denied::Invisible)?;
    let batch = store::batch_by_no(tx, voucher.batch).await?.ok_or(Denied::Invisible)?;
    if !held.terms.restock || held.redeemed.0 > 0 {
        return Err(VoidError::NotTaken);
    }
    let own = policy::own(cx, citizen)?;
    take(tx, cx, &batch, voucher, "市民退回", &policy::Taking::Own(own)).await
}

async fn take(
    tx: &mut Tx,
    cx: &Cx,
    batch: &Batch,
    voucher: VoucherNo,
    reason: &str,
    taking: &policy::Taking,
) -> Result<(), VoidError> {
    let Some(redeemed) = store::refunds::void(tx, taking, voucher).await? else {
        return Err(VoidError::NotHeld);
    };
    store::refunds::note_void(tx, taking, cx, voucher, reason).await?;
    let restock = store::claims::restocks(tx, voucher).await? && redeemed == 0;
    if restock {
        store::claims::return_to_stock(tx, batch.no, 1).await?;
    }
    let told = json!({ "reason": reason, "restocked": restock });
    tx.journal(cx, Entry::on("voucher.voided", voucher.id()).detail(&told));
    Ok(())
}

impl From<VoidError> for Refused {
    fn from(error: VoidError) -> Self {
        match error {
            VoidError::Denied(denied) => denied.into(),
            VoidError::Fault(fault) => fault.into(),
            VoidError::BadReason => Self::unprocessable(
                "no-reason",
                "作废的原因要有 1 到 200 个字，没有作废。请写一句为什么。",
            ),
            VoidError::NotHeld => {
                Self::conflict("not-held", "这张券已经用掉、过期或作废，没有改动。请刷新看看。")
            }
            VoidError::NotTaken => {
                Self::conflict("not-taken", "这张券不能退给别人领，还是你的。请在有效期内使用。")
            }
        }
    }
}
