//! A sub-event is added, changed or cancelled.

use db::{Entry, Tx};
use jiff::Timestamp;
use kernel::{Code as _, Cx, time::civil_date};
use places::{Atlas, Denied, PlaceId};
use serde_json::{Value, json};
use web::FieldErrors;

use crate::{
    Campaign, CampaignError, CampaignId, Sight, SubEvent, SubEventId, SubEventKind, policy, spans,
    start_campaign::fit_reason,
    store,
    terms::{ABOUT_LIMIT, NAME_LIMIT, check_length, check_name},
};

/// What a sub-event shall be.
#[derive(Clone, Debug)]
pub struct NewSubEvent {
    /// Which of the four.
    pub kind: SubEventKind,
    /// Its name.
    pub name: String,
    /// Its name in English, or empty.
    pub name_en: String,
    /// What happens there.
    pub about: String,
    /// The same in English, or empty.
    pub about_en: String,
    /// Where: in one of the campaign's places.
    pub place: PlaceId,
    /// From then, within the campaign's days.
    pub from_at: Timestamp,
    /// Until then.
    pub to_at: Timestamp,
}

/// Adds a sub-event.
pub async fn add_sub_event(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
    new: NewSubEvent,
) -> Result<SubEventId, CampaignError> {
    let (campaign, atlas, permit) = to_edit(tx, cx, campaign).await?;
    check(tx, &campaign, &atlas, None, &new).await?;
    let one = fill(campaign.id, cx.new_id(), 1, new);
    store::write_sub_event(tx, &permit, &one).await?;
    tx.journal(cx, Entry::on("sub_event.added", one.id).detail(&told(&one)));
    Ok(one.id)
}

/// Changes a sub-event.
pub async fn change_sub_event(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (SubEventId, i64),
    new: NewSubEvent,
) -> Result<(), CampaignError> {
    let found = store::sub_event(tx, id).await?.ok_or(Denied::Invisible)?;
    let (campaign, atlas, permit) = to_edit(tx, cx, found.campaign).await?;
    let old = standing(tx, id, version).await?;
    check(tx, &campaign, &atlas, Some(id), &new).await?;
    let one = fill(campaign.id, id, version + 1, new);
    store::write_sub_event(tx, &permit, &one).await?;
    let detail = json!({ "before": told(&old), "after": told(&one) });
    tx.journal(cx, Entry::on("sub_event.changed", id).detail(&detail));
    Ok(())
}

/// Cancels a sub-event with a reason, which the public page tells.
pub async fn cancel_sub_event(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (SubEventId, i64),
    reason: &str,
) -> Result<(), CampaignError> {
    let found = store::sub_event(tx, id).await?.ok_or(Denied::Invisible)?;
    let (_, _, permit) = to_edit(tx, cx, found.campaign).await?;
    let old = standing(tx, id, version).await?;
    let reason = fit_reason(reason)?;
    let detail = json!({ "name": old.name, "reason": reason });
    let one = SubEvent { cancelled: Some((cx.now, reason)), version: version + 1, ..old };
    store::write_sub_event(tx, &permit, &one).await?;
    tx.journal(cx, Entry::on("sub_event.cancelled", id).detail(&detail));
    Ok(())
}

/// A campaign whose sub-events and programme the actor may change.
pub(crate) async fn to_edit(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
) -> Result<(Campaign, Atlas, policy::Permit<policy::Run>), CampaignError> {
    let Sight { campaign, atlas, .. } = Sight::to_change(tx, cx, campaign, None).await?;
    let permit = policy::run(&cx.actor, &atlas, &campaign)?;
    if campaign.state.is_open() {
        Ok((campaign, atlas, permit))
    } else {
        Err(CampaignError::Over(campaign.state))
    }
}

/// Read again under the campaign's lock.
async fn standing(tx: &mut Tx, id: SubEventId, version: i64) -> Result<SubEvent, CampaignError> {
    let old = store::sub_event(tx, id).await?.ok_or(Denied::Invisible)?;
    if old.version != version {
        return Err(CampaignError::Conflict);
    }
    if old.stands() { Ok(old) } else { Err(CampaignError::SubEventOver) }
}

async fn check(
    tx: &mut Tx,
    campaign: &Campaign,
    atlas: &Atlas,
    but: Option<SubEventId>,
    new: &NewSubEvent,
) -> Result<(), CampaignError> {
    let mut errors = FieldErrors::new();
    check_name(&new.name, &mut errors);
    check_length("name_en", &new.name_en, NAME_LIMIT * 2, &mut errors);
    check_length("about", &new.about, ABOUT_LIMIT, &mut errors);
    check_length("about_en", &new.about_en, ABOUT_LIMIT * 3, &mut errors);
    check_times(campaign, new.from_at, new.to_at, &mut errors);
    if new.to_at == new.from_at {
        errors.add("to_at", "结束要在开始以后");
    }
    if atlas.place(new.place).is_none() || !spans(atlas, campaign, new.place) {
        errors.add("place", "请选活动地点里的一处");
    }
    let folded = kernel::fold_name(&new.name);
    let others = store::sub_events(tx, campaign.id).await?;
    let mut others = others.iter().filter(|one| one.stands() && Some(one.id) != but);
    if others.any(|one| kernel::fold_name(&one.name) == folded) {
        errors.add("name", "这次活动里已经有同名的子活动，请换一个名称");
    }
    if errors.is_empty() { Ok(()) } else { Err(CampaignError::Fields(errors)) }
}

/// Both within the campaign's days, and in order.
pub(crate) fn check_times(
    campaign: &Campaign,
    from_at: Timestamp,
    to_at: Timestamp,
    errors: &mut FieldErrors,
) {
    if to_at < from_at {
        errors.add("to_at", "结束要在开始以后");
    }
    for (field, at) in [("from_at", from_at), ("to_at", to_at)] {
        if !campaign.lasts_on(civil_date(at)) {
            errors.add(
                field,
                format!("要在活动的日子里：{} 到 {}", campaign.from_on, campaign.last_on),
            );
        }
    }
}

fn fill(campaign: CampaignId, id: SubEventId, version: i64, new: NewSubEvent) -> SubEvent {
    SubEvent {
        id,
        campaign,
        kind: new.kind,
        name: new.name.trim().into(),
        name_en: new.name_en.trim().into(),
        about: new.about.trim().into(),
        about_en: new.about_en.trim().into(),
        place: new.place,
        from_at: new.from_at,
        to_at: new.to_at,
        cancelled: None,
        version,
    }
}

fn told(one: &SubEvent) -> Value {
    json!({
        "name": one.name, "kind": one.kind.code(), "place": one.place,
        "campaign": one.campaign, "from_at": one.from_at.to_string(),
        "to_at": one.to_at.to_string(),
    })
}
