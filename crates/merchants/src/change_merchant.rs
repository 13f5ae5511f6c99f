//! A merchant has another name, owner or place.

use db::{Entry, Tx};
use kernel::{Cx, Uscc};
use places::{Atlas, Denied, PlaceId};
use serde_json::json;

use crate::{
    MerchantError, MerchantId, MerchantState, merchant::fit_name, policy,
    register_merchant::town_of_site, store,
};

/// A merchant as it is to be.
#[derive(Clone, Debug)]
pub struct MerchantChange {
    /// Which.
    pub merchant: MerchantId,
    /// As its sign says.
    pub name: String,
    /// Whose business it is, when that is known.
    pub uscc: Option<Uscc>,
    /// The shop, area or front that it stands at, today.
    pub place: PlaceId,
    /// The version that was changed.
    pub version: i64,
}

/// Changes a merchant's record; both its old and its new place must be the actor's to keep.
pub async fn change_merchant(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    change: MerchantChange,
) -> Result<(), MerchantError> {
    let found = store::find_merchant(tx, change.merchant).await?;
    let before = found.ok_or(MerchantError::Denied(Denied::Invisible))?;
    let permit = policy::change(&cx.actor, atlas, &before)?;
    if before.state == MerchantState::Closed {
        return Err(MerchantError::Closed);
    }
    let (name, name_folded) = fit_name(&change.name)?;
    let mut after = before.clone();
    (after.name, after.uscc, after.version) = (name, change.uscc, change.version);
    // A place that was left as it was may have closed meanwhile.
    if change.place != before.place {
        policy::register(&cx.actor, atlas, change.place)?;
        (after.place, after.town) = (change.place, town_of_site(atlas, change.place)?);
    }
    if store::is_name_taken(tx, &after, &name_folded).await? {
        return Err(MerchantError::NameTaken);
    }
    match store::update_merchant(tx, &permit, &after, &name_folded).await {
        Ok(true) => {}
        Ok(false) => return Err(MerchantError::Conflict),
        // Somebody took the name between the question and the write.
        Err(fault) if fault.is_unique_violation() => return Err(MerchantError::NameTaken),
        Err(fault) => return Err(fault.into()),
    }
    let told = |one: &crate::Merchant| {
        let uscc = one.uscc.as_ref().map_or("", |uscc| uscc.as_str());
        json!({ "name": one.name, "uscc": uscc, "place": atlas.path(one.place) })
    };
    let detail = json!({ "before": told(&before), "after": told(&after) });
    let entry = Entry::on("merchant.changed", after.id).scope(Some(after.town)).detail(&detail);
    tx.journal(cx, entry);
    Ok(())
}
