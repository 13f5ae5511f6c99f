//! New places beside a place, with some of what hung under it, from a date on. The place itself
//! goes on with the rest.

use std::collections::HashSet;

use db::{Entry, Tx};
use kernel::{Cx, Date};
use serde_json::json;

use crate::{
    PlaceId, PlaceKind, Succession, TreeError,
    draft::{Draft, Restated, fit_name, fit_reason, fit_text},
    history::Span,
    move_place::leave_town,
    place::SuccessionHow,
    policy::{self, EditTree, Permit},
    rename_place::check_version,
    store,
};

/// The most new places that one split makes.
pub const SPLIT_LIMIT: usize = 4;

/// One of the new places.
#[derive(Clone, Debug)]
pub struct Part {
    /// Unique among the siblings of the place that is split.
    pub name: String,
    /// Its address, or empty.
    pub address: String,
    /// What hung under the place and hangs under this one from then on.
    pub children: Vec<PlaceId>,
}

/// How a place is split.
#[derive(Clone, Debug)]
pub struct Splitting {
    /// The place that gives.
    pub place: PlaceId,
    /// The new places.
    pub parts: Vec<Part>,
    /// From when.
    pub on: Date,
    /// Why, in the clerk's words.
    pub reason: String,
    /// The version that the clerk saw.
    pub version: i64,
}

/// Splits new places off a place.
pub async fn split_place(tx: &mut Tx, cx: &Cx, split: Splitting) -> Result<Restated, TreeError> {
    let Splitting { place, on, .. } = split;
    let mut draft = Draft::begin(tx, on, &[place]).await?;
    let leave = draft.leave_for(place);
    let permit = policy::edit_tree(tx, cx, &[leave], place).await?;
    draft.check_date(cx)?;
    let reason = fit_reason(&split.reason)?;
    let old = draft.standing(place)?;
    check_version(&old, split.version)?;
    if old.kind == PlaceKind::City {
        return Err(TreeError::Fixed);
    }
    if split.parts.is_empty() || split.parts.len() > SPLIT_LIMIT {
        return Err(TreeError::Parts);
    }
    let children = given_away(&mut draft, tx, &split).await?;
    let town = draft.history.town_of(place);
    let (mut made, mut moved) = (Vec::new(), Vec::new());
    for part in &split.parts {
        let span = new_part(&mut draft, tx, cx, &old, part).await?;
        write_part(tx, cx, &permit, (place, &span)).await?;
        for child in children.iter().filter(|child| part.children.contains(&child.place)) {
            let child = Span { from: on, parent: Some(span.place), ..child.clone() };
            draft.put(tx, child.clone()).await?;
            store::write_span(tx, &permit, &child).await?;
            moved.push(child.place);
        }
        keep_split(tx, cx, &permit, (place, span.place), (on, &reason)).await?;
        made.push((span.place, span.name));
    }
    let mut restated = Restated::under(tx, cx, on, &moved).await?;
    if old.kind == PlaceKind::Town {
        leave_town(tx, &permit, &restated).await?;
    }
    restated.made = made.iter().map(|(id, _)| *id).collect();
    let detail = json!({
        "from": old.name, "parts": made.iter().map(|(_, name)| name).collect::<Vec<_>>(),
        "moved": moved, "reason": reason, "on": on.to_string(),
    });
    tx.journal(cx, Entry::on("place.split", place).scope(town).detail(&detail));
    for part in &restated.made {
        let scope = if old.kind == PlaceKind::Town { Some(*part) } else { town };
        tx.journal(cx, Entry::on("place.split_off", *part).scope(scope).detail(&detail));
    }
    Ok(restated)
}

/// The children that some part takes: each hangs there, and goes to one part only.
async fn given_away(
    draft: &mut Draft,
    tx: &mut Tx,
    split: &Splitting,
) -> Result<Vec<Span>, TreeError> {
    let mut given = HashSet::new();
    for child in split.parts.iter().flat_map(|part| &part.children) {
        if !given.insert(*child) {
            return Err(TreeError::NotAChild);
        }
    }
    if given.is_empty() {
        return Ok(Vec::new());
    }
    let children = draft.children(tx, split.place).await?;
    let taken: Vec<Span> =
        children.into_iter().filter(|child| given.contains(&child.place)).collect();
    if taken.len() == given.len() { Ok(taken) } else { Err(TreeError::NotAChild) }
}

/// The new place as it will stand, checked.
async fn new_part(
    draft: &mut Draft,
    tx: &mut Tx,
    cx: &Cx,
    old: &Span,
    part: &Part,
) -> Result<Span, TreeError> {
    let (name, name_folded) = fit_name(&part.name)?;
    let address = fit_text(&part.address)?;
    let parent = old.parent.ok_or(TreeError::Fixed)?;
    let sort_no = store::next_sort_no(tx, parent).await?;
    let (place, from) = (cx.new_id(), draft.on);
    let span = Span { place, from, name, name_folded, address, sort_no, version: 1, ..old.clone() };
    draft.put(tx, span.clone()).await?;
    Ok(span)
}

/// A part is the same kind of front as the place that it comes from.
async fn write_part(
    tx: &mut Tx,
    cx: &Cx,
    permit: &Permit<EditTree>,
    (origin, span): (PlaceId, &Span),
) -> Result<(), TreeError> {
    let front = store::front_of(tx, origin).await?;
    store::insert_place(tx, permit, (span.place, span.kind, front), cx.now).await?;
    Ok(store::write_span(tx, permit, span).await?)
}

async fn keep_split(
    tx: &mut Tx,
    cx: &Cx,
    permit: &Permit<EditTree>,
    (from, to): (PlaceId, PlaceId),
    (on, reason): (Date, &str),
) -> Result<(), TreeError> {
    let reason = reason.to_owned();
    let one = Succession { id: cx.new_id(), from, to, how: SuccessionHow::Split, on, reason };
    Ok(store::insert_succession(tx, permit, &one).await?)
}
