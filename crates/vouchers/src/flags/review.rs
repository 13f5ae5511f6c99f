//! Somebody who runs the campaign looks at a flag and decides, with a reason.

use db::{Entry, Fault, Tx};
use kernel::Cx;
use serde_json::json;
use web::Refused;

use super::{FlagId, FlagVerdict};
use crate::{Denied, VoidError, VoucherState, policy, refund::fit_reason, store, void_voucher};

/// Why a flag was not decided.
#[derive(Debug, thiserror::Error)]
#[error("the flag stays open")]
pub enum FlagError {
    /// The actor may not: it is not their campaign, or it is about their own till.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// No reason, or a long one.
    BadReason,
    /// Somebody decided before.
    Decided,
}

impl From<policy::Blocked> for FlagError {
    fn from(blocked: policy::Blocked) -> Self {
        match blocked {
            policy::Blocked::Denied(denied) => denied.into(),
            policy::Blocked::Fault(fault) => fault.into(),
        }
    }
}

impl From<FlagError> for Refused {
    fn from(error: FlagError) -> Self {
        match error {
            FlagError::Denied(denied) => denied.into(),
            FlagError::Fault(fault) => fault.into(),
            FlagError::BadReason => Self::unprocessable(
                "no-reason",
                "理由要有 1 到 200 个字，没有记下。请写一句看到了什么、为什么这样定。",
            ),
            FlagError::Decided => {
                Self::conflict("decided", "这一条已经有人定了，你的没有记下。请刷新看看。")
            }
        }
    }
}

/// Decides on a flag. Where something is wrong, the vouchers of it that nobody spent are taken
/// back; what was spent is a matter of the settlement. Answers how many were taken back.
pub async fn review_flag(
    tx: &mut Tx,
    cx: &Cx,
    id: FlagId,
    verdict: FlagVerdict,
    reason: &str,
) -> Result<i64, FlagError> {
    let flag = store::flags::one(tx, id).await?.ok_or(Denied::Invisible)?;
    let permit = policy::run(tx, cx, flag.campaign).await?;
    let items = store::flags::items(tx, id).await?;
    let own = |account| {
        items.iter().flat_map(|one| &one.redemption).any(|taken| taken.cashier == account)
    };
    // Nobody decides on what they did themselves.
    if cx.actor.account().is_some_and(own) {
        return Err(Denied::Forbidden.into());
    }
    let reason = fit_reason(reason).ok_or(FlagError::BadReason)?;
    if !store::flags::review(tx, &permit, cx, id, verdict, &reason).await? {
        return Err(FlagError::Decided);
    }
    let mut voided = 0;
    if verdict == FlagVerdict::Void {
        for item in items.iter().filter(|one| one.state == VoucherState::Held) {
            match void_voucher(tx, cx, item.voucher, &reason).await {
                Ok(()) => voided += 1,
                // Spent or expired in between.
                Err(VoidError::NotHeld | VoidError::NotTaken | VoidError::BadReason) => {}
                Err(VoidError::Denied(denied)) => return Err(denied.into()),
                Err(VoidError::Fault(fault)) => return Err(fault.into()),
            }
        }
    }
    let told = json!({ "verdict": verdict, "reason": reason, "voided": voided });
    tx.journal(cx, Entry::on("flag.reviewed", id).detail(&told));
    Ok(voided)
}
