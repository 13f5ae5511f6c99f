//! Who may keep a merchant's products: who speaks for it, and who keeps its record.

use std::marker::PhantomData;

use kernel::Actor;
use places::{Atlas, Denied};

use crate::{Merchant, policy::keeps, sees, speaks_for};

/// Leave to write a merchant's products. Only this file can make one.
pub(crate) struct ProductPermit(PhantomData<()>);

/// Whether the actor keeps this merchant's products.
pub fn keeps_products(actor: &Actor, atlas: &Atlas, merchant: &Merchant) -> bool {
    speaks_for(actor, merchant.id) || keeps(actor, atlas, merchant)
}

/// Leave to write them.
pub(crate) fn keep(
    actor: &Actor,
    atlas: &Atlas,
    merchant: &Merchant,
) -> Result<ProductPermit, Denied> {
    match (keeps_products(actor, atlas, merchant), sees(actor, atlas, merchant)) {
        (true, _) => Ok(ProductPermit(PhantomData)),
        (false, true) => Err(Denied::Forbidden),
        (false, false) => Err(Denied::Invisible),
    }
}
