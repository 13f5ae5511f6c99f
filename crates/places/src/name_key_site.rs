//! A place is named, or no longer is, the key site of its town for an industry.

use db::{Entry, Tx};
use kernel::{Code as _, Cx, Date, time::OPEN};
use serde_json::json;

use crate::{
    ChangeError, Denied, Industry, KeySite, KeySiteId, PlaceId, PlaceKind,
    history::History,
    open_station::{check_date, fit_text},
    policy, store,
};

/// What is named.
#[derive(Clone, Debug)]
pub struct Naming {
    /// The town.
    pub town: PlaceId,
    /// The industry; one key site for each at a time.
    pub industry: Industry,
    /// A front, an area or a shop in the town.
    pub place: PlaceId,
    /// Since when.
    pub from: Date,
    /// Why, in the clerk's words.
    pub reason: String,
}

/// Names a key site.
pub async fn name_key_site(tx: &mut Tx, cx: &Cx, new: Naming) -> Result<KeySiteId, ChangeError> {
    store::lock(tx).await?;
    let permit = policy::edit_tree(tx, cx, &[Some(new.town)], new.town).await?;
    check_date(cx, new.from)?;
    let reason = fit_reason(&new.reason)?;
    let mut history = History::default();
    store::add_ways_up(tx, &mut history, [new.place, new.town], new.from).await?;
    if history.standing(new.town).is_none_or(|town| town.kind != PlaceKind::Town) {
        return Err(ChangeError::NotATown);
    }
    let place = history.standing(new.place).ok_or(ChangeError::NoPlace(new.from))?;
    if matches!(place.kind, PlaceKind::City | PlaceKind::Town) {
        return Err(ChangeError::NotASite);
    }
    history.at(new.place, new.from).ok_or(ChangeError::NoPlace(new.from))?;
    if history.town_of(new.place) != Some(new.town) {
        return Err(ChangeError::OtherTown);
    }
    let others = store::key_sites_since(tx, new.town, new.industry, new.from).await?;
    if let Some(other) = others.first() {
        if other.to != OPEN {
            return Err(ChangeError::TooEarly(other.to));
        }
        let name = store::last_span(tx, other.place).await?.map(|span| span.name);
        return Err(ChangeError::KeySiteTaken { name: name.unwrap_or_default() });
    }
    let site = KeySite {
        id: cx.new_id(),
        town: new.town,
        industry: new.industry,
        place: new.place,
        from: new.from,
        to: OPEN,
        reason,
    };
    store::insert_key_site(tx, &permit, &site).await?;
    let detail = json!({
        "place": place.name, "place_id": site.place, "industry": site.industry.code(),
        "reason": site.reason, "on": site.from.to_string(),
    });
    tx.journal(cx, Entry::on("key_site.named", site.id).scope(Some(new.town)).detail(&detail));
    Ok(site.id)
}

/// Ends a key site: from this date on the town has none for the industry, until one is named.
pub async fn end_key_site(
    tx: &mut Tx,
    cx: &Cx,
    id: KeySiteId,
    on: Date,
    reason: &str,
) -> Result<(), ChangeError> {
    store::lock(tx).await?;
    let site = store::find_key_site(tx, id).await?;
    let site = site.ok_or(ChangeError::Denied(Denied::Invisible))?;
    let permit = policy::edit_tree(tx, cx, &[Some(site.town)], site.town).await?;
    check_date(cx, on)?;
    let reason = fit_reason(reason)?;
    if site.to != OPEN {
        return Err(ChangeError::Closed);
    }
    if site.from >= on {
        return Err(ChangeError::TooEarly(site.from));
    }
    store::end_key_site(tx, &permit, id, on).await?;
    let detail = json!({
        "industry": site.industry.code(), "reason": reason, "on": on.to_string(),
    });
    tx.journal(cx, Entry::on("key_site.ended", id).scope(Some(site.town)).detail(&detail));
    Ok(())
}

fn fit_reason(reason: &str) -> Result<String, ChangeError> {
    let reason = fit_text(reason)?;
    if reason.is_empty() { Err(ChangeError::NoReason) } else { Ok(reason) }
}
