//! A single sale from a till or a merchant's declaration; and what came back of a sale.

use campaigns::{Campaign, CampaignId, CampaignState, SubEventId, is_active_member};
use db::{Entry, Tx};
use jiff::Timestamp;
use kernel::{Cx, Fen, Keys, time::civil_date};
use merchants::MerchantId;
use places::Denied;
use serde_json::json;
use web::FieldErrors;

use crate::{
    Reading, Sale, SaleError, SaleId, SaleState, Show, ShowId, Side, Source,
    plan_show::check_event,
    policy,
    sale::{is_amount, order_hash},
    show::{TEXT_LIMIT, fits},
    store,
};

/// A sale as it is told.
#[derive(Clone, Debug)]
pub struct NewSale {
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Of which sub-event; the show's, when it was sold in one.
    pub sub_event: Option<SubEventId>,
    /// Sold in which show.
    pub show: Option<ShowId>,
    /// By whom.
    pub merchant: MerchantId,
    /// Who tells: a till or the merchant. A platform tells by its export.
    pub source: Source,
    /// The platform it was sold on, or empty.
    pub platform: String,
    /// The order's number, or empty: a declaration may be without, but then needs evidence.
    pub order: String,
    /// What was sold.
    pub item: String,
    /// For how much.
    pub amount: Fen,
    /// When.
    pub sold_at: Timestamp,
}

/// Hands a sale in.
pub async fn hand_in_sale(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    new: NewSale,
) -> Result<SaleId, SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let whose = (new.campaign, new.merchant);
    let permit = policy::hand_in(&cx.actor, &reading, whose, new.source)?;
    let campaign = policy::seen(&reading, new.campaign)?;
    let order = order_hash(keys, new.merchant, &new.order);
    let show = check(tx, cx, campaign, &new, order.is_some()).await?;
    let sale = Sale {
        id: cx.new_id(),
        side: Side::Sale,
        campaign: new.campaign,
        sub_event: new.sub_event.or(show.and_then(|show| show.sub_event)),
        show: new.show,
        merchant: new.merchant,
        source: new.source,
        platform: new.platform.trim().to_owned(),
        order,
        returns_of: None,
        item: new.item.trim().to_owned(),
        amount: new.amount,
        sold_at: new.sold_at,
        state: SaleState::Submitted,
        batch: None,
        submitted_by: cx.actor.account(),
        submitted_at: cx.now,
        version: 1,
    };
    let (id, told) = (sale.id, told(&sale));
    if store::insert_sales(tx, &permit, vec![sale]).await? == 0 {
        return Err(SaleError::OrderTaken);
    }
    store::insert_first_steps(tx, cx, &permit, &[id]).await?;
    tx.journal(cx, Entry::on("sale.handed_in", id).detail(&told));
    Ok(id)
}

fn told(sale: &Sale) -> serde_json::Value {
    json!({
        "side": sale.side, "source": sale.source, "amount_fen": sale.amount,
        "merchant": sale.merchant, "campaign": sale.campaign,
    })
}

async fn check(
    tx: &mut Tx,
    cx: &Cx,
    campaign: &Campaign,
    new: &NewSale,
    has_order: bool,
) -> Result<Option<Show>, SaleError> {
    takes_records(campaign)?;
    let mut errors = FieldErrors::new();
    if new.source == Source::Platform {
        errors.add("source", "平台的销售请导入平台的表格");
    }
    if new.source == Source::Till && !has_order {
        errors.add("order", "小票号要填，用来防止重复");
    }
    if !fits(&new.item) {
        errors.add("item", "商品要填，不超过 120 个字");
    }
    if new.platform.chars().count() > TEXT_LIMIT {
        errors.add("platform", "平台名称不超过 120 个字");
    }
    if !is_amount(new.amount) {
        errors.add("amount", "金额要大于 0，小于一亿元");
    }
    if new.sold_at > cx.now || !campaign.lasts_on(civil_date(new.sold_at)) {
        errors.add("sold_at", "时间要在活动期间，不能晚于现在");
    }
    check_event(tx, campaign.id, new.sub_event, &mut errors).await?;
    let show = show_for(tx, campaign.id, new.show, Some(new.merchant), &mut errors).await?;
    if !errors.is_empty() {
        return Err(SaleError::Fields(errors));
    }
    if !is_active_member(tx, campaign.id, new.merchant, new.sold_at).await? {
        return Err(SaleError::NotMember);
    }
    Ok(show)
}

/// The show that a record or file names: one of the campaign, which sells for the merchant.
pub(crate) async fn show_for(
    tx: &mut Tx,
    campaign: CampaignId,
    show: Option<ShowId>,
    merchant: Option<MerchantId>,
    errors: &mut FieldErrors,
) -> Result<Option<Show>, SaleError> {
    let Some(id) = show else { return Ok(None) };
    let found = store::show_by_id(tx, id).await?.filter(|one| one.campaign == campaign);
    let sells = |one: &Show| merchant.is_none_or(|merchant| one.merchants.contains(&merchant));
    let found = found.filter(|one| sells(one));
    if found.is_none() {
        errors.add("show", "请选这个活动里、卖这家商户商品的直播");
    }
    Ok(found)
}

/// Records come while a campaign runs, and late ones while it is settled.
pub(crate) fn takes_records(campaign: &Campaign) -> Result<(), SaleError> {
    if matches!(campaign.state, CampaignState::Running | CampaignState::Settling) {
        return Ok(());
    }
    Err(SaleError::NotRunning)
}

/// Something of a sale came back: a record of its own, whenever that was.
pub async fn hand_in_return(
    tx: &mut Tx,
    cx: &Cx,
    (sale, source): (SaleId, Source),
    (amount, back_at): (Fen, Timestamp),
) -> Result<SaleId, SaleError> {
    let reading = Reading::of(tx, cx).await?;
    // Two tills with the same goods go one after the other.
    store::lock_order(tx, sale).await?;
    let origin = visible_sale(tx, &reading, sale).await?;
    let whose = (origin.campaign, origin.merchant);
    let permit = policy::hand_in(&cx.actor, &reading, whose, source)?;
    takes_records(policy::seen(&reading, origin.campaign)?)?;
    if origin.side != Side::Sale || !origin.state.counts() {
        return Err(SaleError::WrongState { state: origin.state, step: crate::Step::Correct });
    }
    if !is_amount(amount) {
        return Err(SaleError::field("amount", "金额要大于 0，小于一亿元"));
    }
    if back_at > cx.now || back_at < origin.sold_at {
        return Err(SaleError::field("sold_at", "退货时间要在销售以后，不能晚于现在"));
    }
    let before = store::returns_of(tx, sale).await?;
    let back: i64 = before.iter().filter(|one| one.state.counts()).map(|one| one.amount.0).sum();
    if back + amount.0 > origin.amount.0 {
        return Err(SaleError::TooMuchBack);
    }
    let turn = before.len() as i64 + 1;
    let new = return_of(cx, &origin, turn, amount, back_at, source);
    let (id, told) = (new.id, told(&new));
    if store::insert_sales(tx, &permit, vec![new]).await? == 0 {
        return Err(SaleError::Conflict);
    }
    store::insert_first_steps(tx, cx, &permit, &[id]).await?;
    tx.journal(cx, Entry::on("sale.came_back", id).detail(&told));
    Ok(id)
}

/// A return of a sale, with what both have alike.
pub(crate) fn return_of(
    cx: &Cx,
    origin: &Sale,
    turn: i64,
    amount: Fen,
    back_at: Timestamp,
    source: Source,
) -> Sale {
    Sale {
        id: cx.new_id(),
        side: Side::Return,
        order: None,
        returns_of: Some((origin.id, turn)),
        amount,
        sold_at: back_at,
        source,
        state: SaleState::Submitted,
        batch: None,
        submitted_by: cx.actor.account(),
        submitted_at: cx.now,
        version: 1,
        ..origin.clone()
    }
}

/// A record that the actor sees; any other is not there.
pub async fn visible_sale(tx: &mut Tx, reading: &Reading, id: SaleId) -> Result<Sale, SaleError> {
    let found = store::sale_by_id(tx, id).await?;
    Ok(found.filter(|one| reading.sees(one)).ok_or(Denied::Invisible)?)
}
