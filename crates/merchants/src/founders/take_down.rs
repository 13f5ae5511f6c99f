//! A step that was noted in error is struck: it stands there with the reason, and counts no more.

use db::{Entry, Tx};
use kernel::Cx;
use places::{Atlas, Denied};
use serde_json::json;

use super::{FounderError, StepId, phone::fit_reason, register::kept, store};
use crate::FounderId;

/// Strikes a step, for a reason; answers whose it was.
pub async fn strike_step(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: StepId,
    reason: &str,
) -> Result<FounderId, FounderError> {
    let found = store::find_step(tx, id).await?;
    let step = found.ok_or(FounderError::Denied(Denied::Invisible))?;
    let (founder, permit) = kept(tx, cx, atlas, step.founder).await?;
    let reason = fit_reason(reason)?;
    if !store::strike(tx, cx, &permit, id, &reason).await? {
        return Err(FounderError::Over);
    }
    let detail = json!({ "title": step.facts.title, "reason": reason });
    let entry = Entry::on("founder.step_struck", founder.id).scope(Some(founder.town));
    tx.journal(cx, entry.detail(&detail));
    Ok(founder.id)
}
