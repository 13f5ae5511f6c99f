//! A place is no more from a date on. Its past stays.

use db::{Entry, Tx};
use kernel::{Cx, Date};
use serde_json::json;

use crate::{
    PlaceId, PlaceKind, TreeError,
    draft::{Draft, fit_reason},
    policy,
    rename_place::check_version,
    store,
};

/// What is closed, and why.
#[derive(Clone, Debug)]
pub struct Closing {
    /// Which place.
    pub place: PlaceId,
    /// The first day on which it is no more.
    pub on: Date,
    /// Why, in the clerk's words.
    pub reason: String,
    /// The version that the clerk saw.
    pub version: i64,
}

/// Closes a place under which nothing hangs. Units in it are the ledger's matter: it asks
/// [`PlaceCounts`](crate::PlaceCounts) before the page calls this.
pub async fn close_place(tx: &mut Tx, cx: &Cx, closing: Closing) -> Result<(), TreeError> {
    let Closing { place, on, .. } = closing;
    let draft = Draft::begin(tx, on, &[place]).await?;
    let leave = draft.leave_for(place);
    let permit = policy::edit_tree(tx, cx, &[leave], place).await?;
    draft.check_date(cx)?;
    let reason = fit_reason(&closing.reason)?;
    let old = draft.standing(place)?;
    check_version(&old, closing.version)?;
    if old.kind == PlaceKind::City {
        return Err(TreeError::Fixed);
    }
    if old.from >= on {
        return Err(TreeError::TooEarly(old.from));
    }
    if !store::children_since(tx, place, on).await?.is_empty() {
        return Err(TreeError::HasChildren);
    }
    store::end_span(tx, &permit, place, on).await?;
    store::end_covers_of_places(tx, &permit, &[place], on).await?;
    store::end_key_sites_of_places(tx, &permit, &[place], on).await?;
    let town = draft.history.town_of(place);
    tx.journal(
        cx,
        Entry::on("place.closed", place)
            .scope(town)
            .detail(&json!({ "name": old.name, "reason": reason, "on": on.to_string() })),
    );
    Ok(())
}
