//! Lines of the programme are added and removed.

use db::{Entry, Tx};
use jiff::Timestamp;
use kernel::Cx;
use places::{Denied, PlaceId};
use serde_json::json;
use web::FieldErrors;

use crate::{
    CampaignError, CampaignId, ItemId, ProgrammeItem, SubEventId,
    edit_sub_events::{check_times, to_edit},
    spans, store,
    terms::{NAME_LIMIT, check_length},
};

/// What happens when.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Of one sub-event, or of the whole.
    pub sub_event: Option<SubEventId>,
    /// What.
    pub title: String,
    /// The same in English, or empty.
    pub title_en: String,
    /// Where, in one of the campaign's places.
    pub place: Option<PlaceId>,
    /// From then, within the campaign's days.
    pub from_at: Timestamp,
    /// Until then; the same instant for what has no end.
    pub to_at: Timestamp,
}

/// Adds a line.
pub async fn add_programme_item(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
    new: NewItem,
) -> Result<ItemId, CampaignError> {
    let (campaign, atlas, permit) = to_edit(tx, cx, campaign).await?;
    let mut errors = FieldErrors::new();
    if new.title.trim().is_empty() {
        errors.add("title", "这一项要填");
    }
    check_length("title", &new.title, NAME_LIMIT, &mut errors);
    check_length("title_en", &new.title_en, NAME_LIMIT * 2, &mut errors);
    check_times(&campaign, new.from_at, new.to_at, &mut errors);
    let is_there = |place| atlas.place(place).is_some() && spans(&atlas, &campaign, place);
    if new.place.is_some_and(|place| !is_there(place)) {
        errors.add("place", "请选活动地点里的一处");
    }
    if let Some(id) = new.sub_event {
        let found = store::sub_event(tx, id).await?;
        if !found.is_some_and(|one| one.campaign == campaign.id && one.stands()) {
            errors.add("sub_event", "请从列表里选");
        }
    }
    if !errors.is_empty() {
        return Err(CampaignError::Fields(errors));
    }
    let one = ProgrammeItem {
        id: cx.new_id(),
        campaign: campaign.id,
        sub_event: new.sub_event,
        title: new.title.trim().into(),
        title_en: new.title_en.trim().into(),
        place: new.place,
        from_at: new.from_at,
        to_at: new.to_at,
    };
    store::insert_item(tx, &permit, &one).await?;
    let detail = json!({ "title": one.title, "from_at": one.from_at.to_string() });
    tx.journal(cx, Entry::on("campaign.programme_added", campaign.id).detail(&detail));
    Ok(one.id)
}

/// Takes a line off.
pub async fn remove_programme_item(
    tx: &mut Tx,
    cx: &Cx,
    (campaign, item): (CampaignId, ItemId),
) -> Result<(), CampaignError> {
    let (campaign, _, permit) = to_edit(tx, cx, campaign).await?;
    let all = store::programme(tx, campaign.id).await?;
    let one = all.iter().find(|one| one.id == item).ok_or(Denied::Invisible)?;
    store::delete_item(tx, &permit, (campaign.id, item)).await?;
    let detail = json!({ "title": one.title, "from_at": one.from_at.to_string() });
    tx.journal(cx, Entry::on("campaign.programme_removed", campaign.id).detail(&detail));
    Ok(())
}
