//! A new place: a town, a front, a floor or street, a shop.

use db::{Entry, Tx};
use kernel::{Cx, Date, time::OPEN};
use serde_json::json;

use crate::{
    Denied, Front, PlaceId, PlaceKind, TreeError,
    draft::{Draft, fit_name, fit_text},
    history::Span,
    policy, store,
};

/// What the new place is.
#[derive(Clone, Debug)]
pub struct NewPlace {
    /// What it hangs under.
    pub parent: PlaceId,
    /// Anything but a city.
    pub kind: PlaceKind,
    /// Which of the five, for a front alone.
    pub front: Option<Front>,
    /// Unique among its siblings.
    pub name: String,
    /// Its address, or empty.
    pub address: String,
    /// Since when it has stood there.
    pub from: Date,
}

/// Makes a place under another.
pub async fn create_place(tx: &mut Tx, cx: &Cx, new: NewPlace) -> Result<PlaceId, TreeError> {
    let mut draft = Draft::begin(tx, new.from, &[new.parent]).await?;
    let town = draft.history.town_of(new.parent);
    let permit = policy::edit_tree(tx, cx, &[town], new.parent).await?;
    draft.check_date(cx)?;
    let (name, name_folded) = fit_name(&new.name)?;
    let address = fit_text(&new.address)?;
    if new.kind == PlaceKind::City {
        return Err(TreeError::Fixed);
    }
    if (new.kind == PlaceKind::Front) != new.front.is_some() {
        return Err(TreeError::FrontKind);
    }
    if !draft.history.knows(new.parent) {
        return Err(match store::last_span(tx, new.parent).await? {
            Some(_) => TreeError::Closed,
            None => Denied::Invisible.into(),
        });
    }
    let span = Span {
        place: cx.new_id(),
        kind: new.kind,
        version: 1,
        from: new.from,
        to: OPEN,
        parent: Some(new.parent),
        name,
        name_folded,
        address,
        sort_no: store::next_sort_no(tx, new.parent).await?,
    };
    draft.put(tx, span.clone()).await?;
    store::insert_place(tx, &permit, (span.place, new.kind, new.front), cx.now).await?;
    store::write_span(tx, &permit, &span).await?;
    let scope = if new.kind == PlaceKind::Town { Some(span.place) } else { town };
    let parent = draft.standing(new.parent)?.name;
    tx.journal(
        cx,
        Entry::on("place.created", span.place).scope(scope).detail(&json!({
            "name": span.name, "kind": new.kind, "front": new.front, "parent": parent,
            "address": span.address, "on": new.from.to_string(),
        })),
    );
    Ok(span.place)
}
