//! A new merchant at a place.

use db::{Entry, Tx};
use kernel::{Cx, Uscc};
use places::{Atlas, PlaceId, PlaceKind};
use serde_json::json;

use crate::{
    Merchant, MerchantError, MerchantId, MerchantState, merchant::fit_name, policy, store,
};

/// What the new merchant is. How it is reached and where its money goes is told by
/// [`tell_phone`](crate::tell_phone) and [`tell_payee`](crate::tell_payee).
#[derive(Clone, Debug)]
pub struct NewMerchant {
    /// As its sign says.
    pub name: String,
    /// Whose business it is, when that is known.
    pub uscc: Option<Uscc>,
    /// The shop, area or front that it stands at, today.
    pub place: PlaceId,
}

/// Registers a merchant. The atlas is today's.
pub async fn register_merchant(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    new: NewMerchant,
) -> Result<MerchantId, MerchantError> {
    let permit = policy::register(&cx.actor, atlas, new.place)?;
    let (name, name_folded) = fit_name(&new.name)?;
    let town = town_of_site(atlas, new.place)?;
    let merchant = Merchant {
        id: cx.new_id(),
        name,
        uscc: new.uscc,
        place: new.place,
        town,
        state: MerchantState::Active,
        has_phone: false,
        has_payee: false,
        version: 1,
    };
    if !store::insert_merchant(tx, cx, &permit, &merchant, &name_folded).await? {
        return Err(MerchantError::NameTaken);
    }
    let told = json!({ "name": merchant.name, "place": atlas.path(merchant.place) });
    let entry = Entry::on("merchant.registered", merchant.id).scope(Some(town)).detail(&told);
    tx.journal(cx, entry);
    Ok(merchant.id)
}

/// The town of a place at which a merchant can stand.
pub(crate) fn town_of_site(atlas: &Atlas, place: PlaceId) -> Result<PlaceId, MerchantError> {
    let site = atlas.place(place).ok_or(MerchantError::NotASite)?;
    if matches!(site.kind, PlaceKind::City | PlaceKind::Town) {
        return Err(MerchantError::NotASite);
    }
    atlas.town_of(place).ok_or(MerchantError::NotASite)
}
