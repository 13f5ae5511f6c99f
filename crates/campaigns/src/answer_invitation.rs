//! A merchant answers an invitation, by an account of its own.

use db::{Entry, Tx};
use kernel::Cx;
use merchants::MerchantId;
use places::Denied;
use serde_json::json;

use crate::{
    CampaignError, CampaignId, Member, MemberStep, policy, start_campaign::fit_reason, store,
};

/// What a merchant says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It takes part on these terms.
    Accept,
    /// It does not, for this reason.
    Decline(String),
}

/// Answers for a merchant that the actor speaks for. `version` is that of the invitation, which
/// changes when the terms do: nobody accepts what they did not read.
pub async fn answer_invitation(
    tx: &mut Tx,
    cx: &Cx,
    (campaign, merchant): (CampaignId, MerchantId),
    version: i64,
    reply: Reply,
) -> Result<(), CampaignError> {
    store::lock(tx, campaign).await?;
    let old = store::member(tx, campaign, merchant).await?;
    let Ok(permit) = policy::answer(&cx.actor, merchant) else {
        return Err(crate::turn_member::denied(tx, cx, campaign).await?);
    };
    // Who answers without an account of their own cannot be asked about it later.
    let by = cx.actor.account().ok_or(Denied::Forbidden)?;
    let old = old.ok_or(Denied::Invisible)?;
    let whole = store::campaign_by_id(tx, campaign).await?.ok_or(Denied::Invisible)?;
    if !whole.state.takes_members() {
        return Err(CampaignError::Over(whole.state));
    }
    let (step, reason, verb) = match reply {
        Reply::Accept => (MemberStep::Accept, String::new(), "campaign.accepted"),
        Reply::Decline(why) => (MemberStep::Decline, fit_reason(&why)?, "campaign.declined"),
    };
    let (state, before) = (old.state, old.state);
    let state = state.after(step).ok_or(CampaignError::WrongMember { state, step })?;
    if old.version != version {
        return Err(CampaignError::Conflict);
    }
    let accepted_by = (step == MemberStep::Accept).then_some(by);
    let detail = json!({
        "name": whole.name, "merchant": merchant, "reason": reason, "terms": whole.version,
    });
    let new = Member {
        state,
        reason,
        answered_at: Some(cx.now),
        accepted_by,
        version: version + 1,
        ..old
    };
    store::write_member(tx, &permit, before, &new, cx.now).await?;
    tx.journal(cx, Entry::on(verb, campaign).detail(&detail));
    Ok(())
}
