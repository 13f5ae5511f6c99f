//! A place goes on as another of its kind: what hung under it hangs under the other from a date on.

use db::{Entry, Tx};
use kernel::{Cx, Date};
use serde_json::json;

use crate::{
    KeySite, PlaceId, PlaceKind, Succession, TreeError,
    draft::{Draft, Restated, fit_reason},
    history::Span,
    move_place::leave_town,
    place::SuccessionHow,
    policy::{self, EditTree, Permit},
    rename_place::check_version,
    store,
};

/// What goes on as what.
#[derive(Clone, Debug)]
pub struct Merging {
    /// The place that is no more from then on.
    pub from: PlaceId,
    /// The place that takes what it held.
    pub into: PlaceId,
    /// From when.
    pub on: Date,
    /// Why, in the clerk's words.
    pub reason: String,
    /// The version of `from` that the clerk saw.
    pub version: i64,
}

/// Merges a place into another of its kind, and closes it.
pub async fn merge_places(tx: &mut Tx, cx: &Cx, merging: Merging) -> Result<Restated, TreeError> {
    let Merging { from, into, on, .. } = merging;
    let mut draft = Draft::begin(tx, on, &[from, into]).await?;
    let leaves = [draft.leave_for(from), draft.leave_for(into)];
    let permit = policy::edit_tree(tx, cx, &leaves, from).await?;
    draft.check_date(cx)?;
    let reason = fit_reason(&merging.reason)?;
    let (old, kept) = (draft.standing(from)?, draft.standing(into)?);
    check_version(&old, merging.version)?;
    check_pair(&draft, &old, &kept)?;
    let towns = [draft.history.town_of(from), draft.history.town_of(into)];
    let children = draft.children(tx, from).await?;
    let mut sort_no = store::next_sort_no(tx, into).await?;
    let mut moved = Vec::new();
    for child in children {
        let span = Span { from: on, parent: Some(into), sort_no, ..child };
        sort_no += 1;
        draft.put(tx, span.clone()).await?;
        store::write_span(tx, &permit, &span).await?;
        moved.push(span.place);
    }
    store::end_span(tx, &permit, from, on).await?;
    let mut restated = Restated::under(tx, cx, on, &moved).await?;
    restated.ended.push((from, into));
    hand_over(tx, cx, &permit, &restated, (from, into), towns).await?;
    let succession = Succession {
        id: cx.new_id(),
        from,
        to: into,
        how: SuccessionHow::Merged,
        on,
        reason: reason.clone(),
    };
    store::insert_succession(tx, &permit, &succession).await?;
    let detail = json!({
        "from": old.name, "into": kept.name, "moved": moved, "reason": reason,
        "on": on.to_string(),
    });
    tx.journal(cx, Entry::on("place.merged", from).scope(towns[0]).detail(&detail));
    tx.journal(cx, Entry::on("place.received", into).scope(towns[1]).detail(&detail));
    Ok(restated)
}

fn check_pair(draft: &Draft, old: &Span, kept: &Span) -> Result<(), TreeError> {
    if old.kind == PlaceKind::City {
        return Err(TreeError::Fixed);
    }
    if old.kind != kept.kind {
        return Err(TreeError::DifferentKinds);
    }
    let history = &draft.history;
    if history.is_within(old.place, kept.place) || history.is_within(kept.place, old.place) {
        return Err(TreeError::SamePlace);
    }
    // A place that began on the very day would never have been.
    if old.from >= draft.on {
        return Err(TreeError::TooEarly(old.from));
    }
    if history.at(kept.place, draft.on).is_none() {
        return Err(TreeError::NoParent(draft.on));
    }
    Ok(())
}

/// Gives stations and key sites to the place that goes on, as far as the town stays the same.
async fn hand_over(
    tx: &mut Tx,
    cx: &Cx,
    permit: &Permit<EditTree>,
    restated: &Restated,
    (from, into): (PlaceId, PlaceId),
    towns: [Option<PlaceId>; 2],
) -> Result<(), TreeError> {
    let on = restated.on;
    let key_sites = store::standing_key_sites_at(tx, from).await?;
    store::end_covers_of_places(tx, permit, &[from], on).await?;
    store::end_key_sites_of_places(tx, permit, &[from], on).await?;
    if towns[0] == towns[1] {
        for old in key_sites.into_iter().filter(|site| site.from < on) {
            let site = KeySite { id: cx.new_id(), place: into, from: on, ..old };
            store::insert_key_site(tx, permit, &site).await?;
        }
    } else if towns[0] == Some(from) {
        // A whole town: its stations go with their covers; its key sites would meet the other's.
        store::hand_stations_over(tx, permit, from, into).await?;
        store::end_key_sites_of_places(tx, permit, &restated.places, on).await?;
    } else {
        leave_town(tx, permit, restated).await?;
    }
    Ok(())
}
