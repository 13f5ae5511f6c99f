//! A merchant is suspended, taken up again, or leaves.

use db::{Entry, Tx};
use kernel::{Cx, fold_name};
use places::{Atlas, Denied};
use serde_json::json;

use crate::{MerchantError, MerchantId, MerchantState, merchant::fit_reason, policy, store};

/// A merchant takes no part in anything for now, for a reason.
pub async fn suspend_merchant(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: MerchantId,
    reason: &str,
) -> Result<(), MerchantError> {
    turn(tx, cx, atlas, id, MerchantState::Suspended, reason).await
}

/// A suspended merchant takes part again, for a reason.
pub async fn resume_merchant(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: MerchantId,
    reason: &str,
) -> Result<(), MerchantError> {
    turn(tx, cx, atlas, id, MerchantState::Active, reason).await
}

/// A merchant has left and does not come back; its name is free again.
pub async fn close_merchant(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: MerchantId,
    reason: &str,
) -> Result<(), MerchantError> {
    turn(tx, cx, atlas, id, MerchantState::Closed, reason).await
}

async fn turn(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: MerchantId,
    next: MerchantState,
    reason: &str,
) -> Result<(), MerchantError> {
    let found = store::find_merchant(tx, id).await?;
    let mut merchant = found.ok_or(MerchantError::Denied(Denied::Invisible))?;
    let permit = policy::change(&cx.actor, atlas, &merchant)?;
    let reason = fit_reason(reason)?;
    if !merchant.state.may_become(next) {
        return Err(MerchantError::WrongState);
    }
    merchant.state = next;
    let name_folded = fold_name(&merchant.name);
    if !store::update_merchant(tx, &permit, &merchant, &name_folded).await? {
        return Err(MerchantError::Conflict);
    }
    let verb = match next {
        MerchantState::Active => "merchant.resumed",
        MerchantState::Suspended => "merchant.suspended",
        MerchantState::Closed => "merchant.closed",
    };
    let detail = json!({ "reason": reason });
    tx.journal(cx, Entry::on(verb, id).scope(Some(merchant.town)).detail(&detail));
    Ok(())
}
