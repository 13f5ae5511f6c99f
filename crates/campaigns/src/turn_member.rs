//! A member is confirmed, suspended, resumed, or leaves.

use db::{Entry, Result as Read, Tx};
use kernel::Cx;
use merchants::MerchantId;
use places::Denied;
use serde_json::json;

use crate::{
    Campaign, CampaignError, CampaignId, Member, MemberStep, Sight, policy,
    start_campaign::fit_reason, store,
};

/// Confirms members that accepted: from now on they take part. One that cannot be confirmed keeps
/// all of them from it.
pub async fn activate_members(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
    merchants: &[MerchantId],
) -> Result<(), CampaignError> {
    let (whole, permit) = to_run(tx, cx, campaign).await?;
    for merchant in merchants {
        let old = invited(tx, campaign, *merchant, None).await?;
        turn(tx, cx, (&whole, &permit), (old, MemberStep::Activate), "").await?;
    }
    Ok(())
}

/// Suspends a member with a reason: from now on its tills take no vouchers of this campaign.
pub async fn suspend_member(
    tx: &mut Tx,
    cx: &Cx,
    (campaign, merchant): (CampaignId, MerchantId),
    version: i64,
    reason: &str,
) -> Result<(), CampaignError> {
    let (whole, permit) = to_run(tx, cx, campaign).await?;
    let old = invited(tx, campaign, merchant, Some(version)).await?;
    let reason = fit_reason(reason)?;
    turn(tx, cx, (&whole, &permit), (old, MemberStep::Suspend), &reason).await
}

/// Lets a suspended member go on.
pub async fn resume_member(
    tx: &mut Tx,
    cx: &Cx,
    (campaign, merchant): (CampaignId, MerchantId),
    version: i64,
) -> Result<(), CampaignError> {
    let (whole, permit) = to_run(tx, cx, campaign).await?;
    let old = invited(tx, campaign, merchant, Some(version)).await?;
    turn(tx, cx, (&whole, &permit), (old, MemberStep::Resume), "").await
}

/// A merchant leaves, by an account of its own, with a reason.
pub async fn leave_campaign(
    tx: &mut Tx,
    cx: &Cx,
    (campaign, merchant): (CampaignId, MerchantId),
    version: i64,
    reason: &str,
) -> Result<(), CampaignError> {
    store::lock(tx, campaign).await?;
    let Ok(permit) = policy::answer(&cx.actor, merchant) else {
        return Err(denied(tx, cx, campaign).await?);
    };
    let whole = store::campaign_by_id(tx, campaign).await?.ok_or(Denied::Invisible)?;
    let old = store::member(tx, campaign, merchant).await?.ok_or(Denied::Invisible)?;
    if !whole.state.takes_members() {
        return Err(CampaignError::Over(whole.state));
    }
    if old.version != version {
        return Err(CampaignError::Conflict);
    }
    let reason = fit_reason(reason)?;
    turn(tx, cx, (&whole, &permit), (old, MemberStep::Leave), &reason).await
}

/// 403 for a campaign that the actor sees, 404 for one that they do not.
pub(crate) async fn denied(tx: &mut Tx, cx: &Cx, campaign: CampaignId) -> Read<CampaignError> {
    let seen = Sight::of(tx, cx, campaign).await?.is_some();
    Ok(if seen { Denied::Forbidden } else { Denied::Invisible }.into())
}

async fn to_run(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
) -> Result<(Campaign, policy::Permit<policy::Run>), CampaignError> {
    let Sight { campaign, atlas, .. } = Sight::to_change(tx, cx, campaign, None).await?;
    let permit = policy::run(&cx.actor, &atlas, &campaign)?;
    if campaign.state.takes_members() {
        Ok((campaign, permit))
    } else {
        Err(CampaignError::Over(campaign.state))
    }
}

async fn invited(
    tx: &mut Tx,
    campaign: CampaignId,
    merchant: MerchantId,
    version: Option<i64>,
) -> Result<Member, CampaignError> {
    let old = store::member(tx, campaign, merchant).await?.ok_or(CampaignError::NotInvited)?;
    if version.is_some_and(|version| version != old.version) {
        return Err(CampaignError::Conflict);
    }
    Ok(old)
}

async fn turn<T>(
    tx: &mut Tx,
    cx: &Cx,
    (campaign, permit): (&Campaign, &policy::Permit<T>),
    (old, step): (Member, MemberStep),
    reason: &str,
) -> Result<(), CampaignError> {
    let verb = match step {
        MemberStep::Suspend => "campaign.suspended",
        MemberStep::Resume => "campaign.resumed",
        MemberStep::Leave => "campaign.left",
        _ => "campaign.activated",
    };
    let before = old.state;
    let wrong = CampaignError::WrongMember { state: before, step };
    let state = before.after(step).ok_or(wrong)?;
    let new = Member { state, reason: reason.into(), version: old.version + 1, ..old };
    store::write_member(tx, permit, before, &new, cx.now).await?;
    let detail = json!({ "name": campaign.name, "merchant": new.merchant, "reason": reason });
    tx.journal(cx, Entry::on(verb, campaign.id).detail(&detail));
    Ok(())
}
