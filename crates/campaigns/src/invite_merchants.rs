//! Merchants are asked to take part.

use std::collections::BTreeSet;

use db::{Entry, Tx};
use kernel::Cx;
use merchants::MerchantId;
use serde_json::json;
use web::FieldErrors;

use crate::{CampaignError, CampaignId, Member, MemberStep, Sight, policy, spans, store};

/// Asks these merchants. Who is already asked or takes part stays as they are; who declined or
/// left is asked again. Answers how many were asked.
pub async fn invite_merchants(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
    merchants: &[MerchantId],
) -> Result<u64, CampaignError> {
    let Sight { campaign, atlas, .. } = Sight::to_change(tx, cx, campaign, None).await?;
    let permit = policy::run(&cx.actor, &atlas, &campaign)?;
    if !campaign.state.takes_members() {
        return Err(CampaignError::Over(campaign.state));
    }
    let known = store::members(tx, campaign.id).await?;
    let wanted: BTreeSet<MerchantId> = merchants.iter().copied().collect();
    let mut there = merchants::visible(tx, &cx.actor, &atlas).await?;
    there.retain(|one| one.is_active() && spans(&atlas, &campaign, one.place));
    let is_there = |merchant: &MerchantId| there.iter().any(|one| one.id == *merchant);
    if wanted.is_empty() || !wanted.iter().all(is_there) {
        let mut errors = FieldErrors::new();
        errors.add("merchant", "请选活动地点里、还在营业的商户");
        return Err(CampaignError::Fields(errors));
    }
    let is_new = |merchant: &MerchantId| known.iter().all(|one| one.merchant != *merchant);
    let new: Vec<MerchantId> = wanted.iter().copied().filter(is_new).collect();
    let mut asked = store::insert_members(tx, &permit, campaign.id, &new, cx.now).await?;
    let mut told = new;
    for old in known.iter().filter(|one| wanted.contains(&one.merchant)) {
        let Some(state) = old.state.after(MemberStep::Invite) else { continue };
        let again = Member {
            state,
            reason: String::new(),
            invited_at: cx.now,
            answered_at: None,
            accepted_by: None,
            version: old.version + 1,
            ..old.clone()
        };
        store::write_member(tx, &permit, old.state, &again, cx.now).await?;
        told.push(old.merchant);
        asked += 1;
    }
    for merchant in told {
        let detail = json!({ "name": campaign.name, "merchant": merchant });
        tx.journal(cx, Entry::on("campaign.invited", campaign.id).detail(&detail));
    }
    Ok(asked)
}
