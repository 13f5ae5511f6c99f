//! A funder agrees to pay; when all have agreed, the campaign is approved.

use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{CampaignError, CampaignId, CampaignState, Sight, Step, policy, store};

/// Agrees for every funder that the actor decides for. Answers where the campaign stands then.
pub async fn approve_campaign(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (CampaignId, i64),
) -> Result<CampaignState, CampaignError> {
    let Sight { campaign, .. } = Sight::to_change(tx, cx, id, Some(version)).await?;
    let step = Step::Approve;
    let wrong = CampaignError::WrongState { state: campaign.state, step };
    if campaign.pledges.is_empty() && campaign.state == CampaignState::Draft {
        return Err(CampaignError::NoPledge);
    }
    let (permit, own) = policy::fund(&cx.actor, &campaign)?;
    let approved = campaign.state.after(step).ok_or(wrong)?;
    let account = cx.actor.account();
    if account.is_some() && account == campaign.drafted_by {
        return Err(CampaignError::OwnDraft);
    }
    let (mut agreeing, mut waiting) = (Vec::new(), false);
    for pledge in campaign.pledges.iter().filter(|pledge| pledge.agreed_at.is_none()) {
        if own.contains(&pledge.funder) {
            agreeing.push(pledge);
        } else {
            waiting = true;
        }
    }
    if agreeing.is_empty() {
        return Err(CampaignError::AlreadyAgreed);
    }
    for pledge in agreeing {
        let (at, by) = (cx.now, account);
        store::agree(tx, &permit, (id, pledge.funder), (at, by)).await?;
        let detail = json!({ "funder": pledge.name, "amount_fen": pledge.amount.0 });
        tx.journal(cx, Entry::on("campaign.agreed", id).detail(&detail));
    }
    let (state, approved_at) =
        if waiting { (campaign.state, None) } else { (approved, Some(cx.now)) };
    store::write_state(tx, &permit, id, (state, ""), approved_at).await?;
    if !waiting {
        let detail = json!({ "name": campaign.name, "budget_fen": campaign.budget().0 });
        tx.journal(cx, Entry::on("campaign.approved", id).detail(&detail));
    }
    Ok(state)
}
