//! A campaign is closed: nothing is owed any more.

use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{CampaignError, CampaignId, SectionsPart, Sight, Step, policy, store};

/// Closes a campaign for which no other room has anything left to settle.
pub async fn close_campaign(
    tx: &mut Tx,
    cx: &Cx,
    sections: &SectionsPart,
    (id, version): (CampaignId, i64),
) -> Result<(), CampaignError> {
    let Sight { campaign, atlas, .. } = Sight::to_change(tx, cx, id, Some(version)).await?;
    let permit = policy::run(&cx.actor, &atlas, &campaign)?;
    let (state, step) = (campaign.state, Step::Close);
    let next = state.after(step).ok_or(CampaignError::WrongState { state, step })?;
    if let Some(matter) = sections.unsettled(tx, &campaign).await? {
        return Err(CampaignError::Unsettled(matter));
    }
    // Whether it had ended early is still told.
    let reason = (next, campaign.state_reason.as_str());
    store::write_state(tx, &permit, id, reason, campaign.approved_at).await?;
    tx.journal(cx, Entry::on("campaign.closed", id).detail(&json!({ "name": campaign.name })));
    Ok(())
}
