//! A place gets another name or address from a date on; before that it keeps the old ones.

use db::{Entry, Tx};
use kernel::{Cx, Date};
use serde_json::json;

use crate::{
    PlaceId, PlaceKind, TreeError,
    draft::{Draft, fit_name, fit_text},
    history::Span,
    policy, store,
};

/// The new name and address.
#[derive(Clone, Debug)]
pub struct Renaming {
    /// Which place.
    pub place: PlaceId,
    /// Unique among its siblings.
    pub name: String,
    /// Its address, or empty.
    pub address: String,
    /// From when.
    pub on: Date,
    /// The version that the clerk saw.
    pub version: i64,
}

/// Renames a place from a date on.
pub async fn rename_place(tx: &mut Tx, cx: &Cx, new: Renaming) -> Result<(), TreeError> {
    let mut draft = Draft::begin(tx, new.on, &[new.place]).await?;
    let leave = draft.leave_for(new.place);
    let permit = policy::edit_tree(tx, cx, &[leave], new.place).await?;
    draft.check_date(cx)?;
    let (name, name_folded) = fit_name(&new.name)?;
    let address = fit_text(&new.address)?;
    let old = draft.changeable(new.place)?;
    check_version(&old, new.version)?;
    let span = Span { from: new.on, name, name_folded, address, ..old.clone() };
    if old.kind == PlaceKind::City {
        draft.history.replace_standing(span.clone());
    } else {
        draft.put(tx, span.clone()).await?;
    }
    store::write_span(tx, &permit, &span).await?;
    tx.journal(
        cx,
        Entry::on("place.renamed", new.place).scope(draft.history.town_of(new.place)).detail(
            &json!({
                "before": { "name": old.name, "address": old.address },
                "after": { "name": span.name, "address": span.address },
                "on": new.on.to_string(),
            }),
        ),
    );
    Ok(())
}

/// Refuses a change by somebody who saw an older state.
pub(crate) fn check_version(span: &Span, seen: i64) -> Result<(), TreeError> {
    // The lock of all changes has just raised the city's own version by one.
    let now = if span.kind == PlaceKind::City { span.version - 1 } else { span.version };
    if now == seen { Ok(()) } else { Err(TreeError::Conflict) }
}
