//! A new show, and another plan for one that has not ended.

use std::collections::HashSet;

use campaigns::{CampaignId, SubEventId};
use db::{Entry, Tx};
use kernel::Cx;
use merchants::MerchantId;
use serde_json::json;
use web::FieldErrors;

use crate::{
    Reading, SaleError, Show, ShowId, ShowState, ShownProduct, Slot, policy,
    show::{LIST_LIMIT, fits},
    store,
};

/// What a show is to be.
#[derive(Clone, Debug)]
pub struct ShowPlan {
    /// Of which sub-event, when of one.
    pub sub_event: Option<SubEventId>,
    /// What it is called.
    pub title: String,
    /// Who speaks, as they agreed to be named.
    pub host: String,
    /// Where it is seen.
    pub platform: String,
    /// When.
    pub slots: Vec<Slot>,
    /// Whose goods.
    pub merchants: Vec<MerchantId>,
    /// What is sold.
    pub products: Vec<ShownProduct>,
}

/// Plans a show.
pub async fn plan_show(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
    plan: ShowPlan,
) -> Result<ShowId, SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let permit = policy::run_show(&cx.actor, &reading, campaign)?;
    check(tx, campaign, &plan).await?;
    let show = Show {
        id: cx.new_id(),
        campaign,
        sub_event: plan.sub_event,
        title: plan.title,
        host: plan.host,
        platform: plan.platform,
        state: ShowState::Planned,
        on_air_at: None,
        ended_at: None,
        wall_code: None,
        slots: plan.slots,
        merchants: plan.merchants,
        products: plan.products,
        version: 1,
    };
    store::insert_show(tx, &permit, &show, cx.now).await?;
    let told = json!({ "title": show.title, "host": show.host, "platform": show.platform });
    tx.journal(cx, Entry::on("show.planned", show.id).detail(&told));
    Ok(show.id)
}

/// Gives a show that has not ended another plan.
pub async fn change_show(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (ShowId, i64),
    plan: ShowPlan,
) -> Result<(), SaleError> {
    let mut show = visible_show(tx, cx, id).await?;
    let reading = Reading::of(tx, cx).await?;
    let permit = policy::run_show(&cx.actor, &reading, show.campaign)?;
    if show.version != version {
        return Err(SaleError::Conflict);
    }
    if show.state == ShowState::Ended {
        return Err(SaleError::ShowState);
    }
    check(tx, show.campaign, &plan).await?;
    let before = show.title.clone();
    show.sub_event = plan.sub_event;
    (show.title, show.host, show.platform) = (plan.title, plan.host, plan.platform);
    (show.slots, show.merchants, show.products) = (plan.slots, plan.merchants, plan.products);
    if !store::write_show(tx, &permit, &show).await? {
        return Err(SaleError::Conflict);
    }
    let told = json!({ "before": { "title": before }, "after": { "title": show.title } });
    tx.journal(cx, Entry::on("show.changed", id).detail(&told));
    Ok(())
}

/// A show whose campaign the actor sees.
pub async fn visible_show(tx: &mut Tx, cx: &Cx, id: ShowId) -> Result<Show, SaleError> {
    let show = store::show_by_id(tx, id).await?.ok_or(places::Denied::Invisible)?;
    let reading = Reading::of(tx, cx).await?;
    policy::seen(&reading, show.campaign)?;
    Ok(show)
}

async fn check(tx: &mut Tx, campaign: CampaignId, plan: &ShowPlan) -> Result<(), SaleError> {
    let mut errors = FieldErrors::new();
    for (field, text) in
        [("title", &plan.title), ("host", &plan.host), ("platform", &plan.platform)]
    {
        if !fits(text) {
            errors.add(field, "这一项要填，不超过 120 个字");
        }
    }
    if plan.slots.is_empty() {
        errors.add("slots", "至少写一场，如 2021-06-18 19:00-22:00，每行一场，不要重叠");
    }
    if plan.products.len() > LIST_LIMIT || plan.products.iter().any(|one| !fits(&one.title)) {
        errors.add("products", "每行一种商品，最多 60 种，每种不超过 120 个字");
    }
    let members = campaigns::members(tx, campaign).await?;
    let took_part = |one: &campaigns::Member| one.accepted_by.is_some();
    let members: HashSet<MerchantId> =
        members.iter().filter(|one| took_part(one)).map(|one| one.merchant).collect();
    let unique: HashSet<&MerchantId> = plan.merchants.iter().collect();
    let fit = unique.len() == plan.merchants.len() && plan.merchants.len() <= LIST_LIMIT;
    if !fit || plan.merchants.is_empty() || plan.merchants.iter().any(|m| !members.contains(m)) {
        errors.add("merchants", "至少选一家接受了邀请的商户");
    }
    check_event(tx, campaign, plan.sub_event, &mut errors).await?;
    if errors.is_empty() { Ok(()) } else { Err(SaleError::Fields(errors)) }
}

/// A sub-event that is named is one of the campaign.
pub(crate) async fn check_event(
    tx: &mut Tx,
    campaign: CampaignId,
    event: Option<SubEventId>,
    errors: &mut FieldErrors,
) -> Result<(), SaleError> {
    let Some(event) = event else { return Ok(()) };
    let events = campaigns::sub_events(tx, campaign).await?;
    if !events.iter().any(|one| one.id == event && one.stands()) {
        errors.add("sub_event", "请从列表里选一个还在办的子活动");
    }
    Ok(())
}
