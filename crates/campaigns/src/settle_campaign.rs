//! A campaign is over for visitors; what is owed is settled.

use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{CampaignError, CampaignId, Sight, Step, policy, start_campaign::fit_reason, store};

/// Ends a running campaign. Before its last day has passed that needs a reason, which the public
/// page tells.
pub async fn settle_campaign(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (CampaignId, i64),
    reason: &str,
) -> Result<(), CampaignError> {
    let Sight { campaign, atlas, .. } = Sight::to_change(tx, cx, id, Some(version)).await?;
    let permit = policy::run(&cx.actor, &atlas, &campaign)?;
    let (state, step) = (campaign.state, Step::Settle);
    let next = state.after(step).ok_or(CampaignError::WrongState { state, step })?;
    let is_early = cx.today() <= campaign.last_on;
    let reason = if is_early { fit_reason(reason)? } else { String::new() };
    store::write_state(tx, &permit, id, (next, &reason), campaign.approved_at).await?;
    let detail = json!({ "name": campaign.name, "reason": reason });
    tx.journal(cx, Entry::on("campaign.settling", id).detail(&detail));
    Ok(())
}
