//! Reading the register of merchants: one, all that an actor sees, those that a person looks for.

use std::collections::HashMap;

use db::{Result, Tx};
use kernel::{Actor, Folded, query_tokens};
use places::{Atlas, PlaceId};

use crate::{Merchant, MerchantId, MerchantState, policy::Sight, store};

/// One merchant, of whatever state, whoever asks: for verbs, which have their own leave.
pub async fn merchant(tx: &mut Tx, id: MerchantId) -> Result<Option<Merchant>> {
    store::find_merchant(tx, id).await
}

/// One merchant, if the actor sees it. The atlas is today's.
pub async fn visible_merchant(
    tx: &mut Tx,
    actor: &Actor,
    atlas: &Atlas,
    id: MerchantId,
) -> Result<Option<Merchant>> {
    let found = store::find_merchant(tx, id).await?;
    Ok(found.filter(|one| Sight::of(actor, atlas).sees(atlas, one)))
}

/// Every merchant that the actor sees, of whatever state, by name. The atlas is today's.
pub async fn visible(tx: &mut Tx, actor: &Actor, atlas: &Atlas) -> Result<Vec<Merchant>> {
    let sight = Sight::of(actor, atlas);
    let mut all = store::all_merchants(tx).await?;
    all.retain(|one| sight.sees(atlas, one));
    Ok(all)
}

/// The names of all merchants, for records that speak of many. Who sees the record sees the name.
pub async fn names(tx: &mut Tx) -> Result<HashMap<MerchantId, String>> {
    let all = store::all_merchants(tx).await?;
    Ok(all.into_iter().map(|one| (one.id, one.name)).collect())
}

/// What a person looks for; empty looks for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Two characters, or pinyin initials, of the name or of the place.
    pub words: String,
    /// In this town.
    pub town: Option<PlaceId>,
    /// At this place, or anywhere in it.
    pub place: Option<PlaceId>,
    /// In this state.
    pub state: Option<MerchantState>,
}

impl Wanted {
    /// Those that are looked for, in their order.
    pub fn among(&self, atlas: &Atlas, all: Vec<Merchant>) -> Vec<Merchant> {
        let words = self.words.trim();
        let tokens = query_tokens(words);
        let code = words.to_ascii_uppercase();
        let named = |one: &Merchant| {
            if words.is_empty() {
                return true;
            }
            let coded = code.len() >= 4
                && one.uscc.as_ref().is_some_and(|uscc| uscc.as_str().starts_with(&code));
            let path = atlas.path(one.place);
            let folded = Folded::from_fields([one.name.as_str(), &path]);
            // Words too short to search by find nothing rather than everything.
            coded || tokens.as_ref().is_some_and(|tokens| tokens.matches(&folded))
        };
        let fits = |one: &Merchant| {
            self.state.is_none_or(|state| one.state == state)
                && self.town.is_none_or(|town| town_of(atlas, one) == town)
                && self.place.is_none_or(|place| atlas.is_within(one.place, place))
                && named(one)
        };
        all.into_iter().filter(fits).collect()
    }
}

/// The town that a merchant lies in today; of a place that is gone, as it was told.
pub fn town_of(atlas: &Atlas, merchant: &Merchant) -> PlaceId {
    atlas.town_of(merchant.place).unwrap_or(merchant.town)
}
