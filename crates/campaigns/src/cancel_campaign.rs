//! A campaign is cancelled before it runs. A running one is ended early instead.

use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{CampaignError, CampaignId, Sight, Step, policy, start_campaign::fit_reason, store};

/// Cancels it with a reason, which the public page tells when it stood already.
pub async fn cancel_campaign(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (CampaignId, i64),
    reason: &str,
) -> Result<(), CampaignError> {
    let Sight { campaign, atlas, .. } = Sight::to_change(tx, cx, id, Some(version)).await?;
    let permit = policy::run(&cx.actor, &atlas, &campaign)?;
    let (state, step) = (campaign.state, Step::Cancel);
    let next = state.after(step).ok_or(CampaignError::WrongState { state, step })?;
    let reason = fit_reason(reason)?;
    store::write_state(tx, &permit, id, (next, &reason), campaign.approved_at).await?;
    let detail = json!({ "name": campaign.name, "reason": reason });
    tx.journal(cx, Entry::on("campaign.cancelled", id).detail(&detail));
    Ok(())
}
