//! A place hangs under another from a date on, with everything in it; before that it hangs where
//! it hung.

use db::{Entry, Tx};
use kernel::{Cx, Date};
use serde_json::json;

use crate::{
    PlaceId, PlaceKind, TreeError,
    draft::{Draft, Restated},
    history::Span,
    policy::{self, EditTree, Permit},
    rename_place::check_version,
    store,
};

/// Where to.
#[derive(Clone, Copy, Debug)]
pub struct Moving {
    /// Which place.
    pub place: PlaceId,
    /// What it hangs under from then on.
    pub parent: PlaceId,
    /// From when.
    pub on: Date,
    /// The version that the clerk saw.
    pub version: i64,
}

/// Moves a place. Covers and key sites of the town that it leaves end on that date.
pub async fn move_place(tx: &mut Tx, cx: &Cx, moving: Moving) -> Result<Restated, TreeError> {
    let Moving { place, parent, on, version } = moving;
    let mut draft = Draft::begin(tx, on, &[place, parent]).await?;
    let towns = [draft.leave_for(place), draft.history.town_of(parent)];
    let permit = policy::edit_tree(tx, cx, &towns, place).await?;
    draft.check_date(cx)?;
    let old = draft.changeable(place)?;
    check_version(&old, version)?;
    if matches!(old.kind, PlaceKind::City | PlaceKind::Town) {
        return Err(TreeError::Fixed);
    }
    let above = draft.standing(parent)?;
    let sort_no = store::next_sort_no(tx, parent).await?;
    let span = Span { from: on, parent: Some(parent), sort_no, ..old.clone() };
    draft.put(tx, span.clone()).await?;
    store::write_span(tx, &permit, &span).await?;
    let restated = Restated::under(tx, cx, on, &[place]).await?;
    if towns[0] != towns[1] {
        leave_town(tx, &permit, &restated).await?;
    }
    let before = old.parent.and_then(|old| draft.history.at(old, on)).map(|span| &span.name);
    tx.journal(
        cx,
        Entry::on("place.moved", place).scope(towns[1]).detail(&json!({
            "name": old.name, "before": { "parent": before }, "after": { "parent": above.name },
            "on": on.to_string(),
        })),
    );
    Ok(restated)
}

/// Stations and key sites are a town's: what leaves the town leaves them.
pub(crate) async fn leave_town(
    tx: &mut Tx,
    permit: &Permit<EditTree>,
    restated: &Restated,
) -> Result<(), TreeError> {
    store::end_covers_of_places(tx, permit, &restated.places, restated.on).await?;
    store::end_key_sites_of_places(tx, permit, &restated.places, restated.on).await?;
    Ok(())
}
