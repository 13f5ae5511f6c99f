//! A funder sends an approved campaign back, to be drafted anew.

use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{CampaignError, CampaignId, Sight, Step, policy, start_campaign::fit_reason, store};

/// Sends it back with a reason. Every funder and every member is asked again.
pub async fn send_back_campaign(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (CampaignId, i64),
    reason: &str,
) -> Result<(), CampaignError> {
    let Sight { campaign, .. } = Sight::to_change(tx, cx, id, Some(version)).await?;
    let (permit, _) = policy::fund(&cx.actor, &campaign)?;
    let (state, step) = (campaign.state, Step::SendBack);
    let next = state.after(step).ok_or(CampaignError::WrongState { state, step })?;
    let reason = fit_reason(reason)?;
    store::forget_agreements(tx, &permit, id).await?;
    let asked = store::ask_again(tx, &permit, id, cx.now).await?;
    store::write_state(tx, &permit, id, (next, &reason), None).await?;
    let detail = json!({ "name": campaign.name, "reason": reason, "asked_again": asked });
    tx.journal(cx, Entry::on("campaign.sent_back", id).detail(&detail));
    Ok(())
}
