//! A campaign begins.

use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{
    CampaignError, CampaignId, Sight, Step, SubEvent, policy, store,
    terms::{REASON_LIMIT, is_short},
};

/// Starts an approved campaign on one of its days, with members and sub-events to show.
pub async fn start_campaign(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (CampaignId, i64),
) -> Result<(), CampaignError> {
    let Sight { campaign, atlas, .. } = Sight::to_change(tx, cx, id, Some(version)).await?;
    let permit = policy::run(&cx.actor, &atlas, &campaign)?;
    let (state, step) = (campaign.state, Step::Start);
    let next = state.after(step).ok_or(CampaignError::WrongState { state, step })?;
    if cx.today() < campaign.from_on {
        return Err(CampaignError::TooEarly(campaign.from_on));
    }
    if cx.today() > campaign.last_on {
        return Err(CampaignError::TooLate(campaign.last_on));
    }
    let active = store::active_members(tx, id, cx.now).await?;
    if active.is_empty() {
        return Err(CampaignError::NoMember);
    }
    if !store::sub_events(tx, id).await?.iter().any(SubEvent::stands) {
        return Err(CampaignError::NoSubEvent);
    }
    store::write_state(tx, &permit, id, (next, ""), campaign.approved_at).await?;
    let detail = json!({ "name": campaign.name, "members": active.len() });
    tx.journal(cx, Entry::on("campaign.started", id).detail(&detail));
    Ok(())
}

/// A reason: some words, not too many.
pub(crate) fn fit_reason(reason: &str) -> Result<String, CampaignError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(CampaignError::NoReason);
    }
    if !is_short(reason, REASON_LIMIT) {
        return Err(CampaignError::LongReason);
    }
    Ok(reason.to_owned())
}
