//! A product is shown to everybody, or not any more.

use db::{Entry, Tx};
use kernel::Cx;
use places::Atlas;

use super::{ProductError, ProductState, keep::kept, policy, store};
use crate::ProductId;

/// Shows a product to everybody, for the first time or again.
pub async fn list_product(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: ProductId,
) -> Result<(), ProductError> {
    let (product, merchant) = kept(tx, cx, atlas, id).await?;
    let permit = policy::keep(&cx.actor, atlas, &merchant)?;
    if product.is_listed() {
        return Err(ProductError::WrongState);
    }
    if !merchant.is_active() {
        return Err(ProductError::MerchantAway);
    }
    if product.facts.about_zh.is_empty() {
        return Err(ProductError::NoAbout);
    }
    if !store::set_state(tx, &permit, &product, ProductState::Listed).await? {
        return Err(ProductError::Conflict);
    }
    tx.journal(cx, Entry::on("product.listed", id).scope(Some(merchant.town)));
    Ok(())
}

/// Takes a product's page away. What was asked about it stays with the merchant.
pub async fn withdraw_product(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: ProductId,
) -> Result<(), ProductError> {
    let (product, merchant) = kept(tx, cx, atlas, id).await?;
    let permit = policy::keep(&cx.actor, atlas, &merchant)?;
    if product.state == ProductState::Withdrawn {
        return Err(ProductError::WrongState);
    }
    if !store::set_state(tx, &permit, &product, ProductState::Withdrawn).await? {
        return Err(ProductError::Conflict);
    }
    tx.journal(cx, Entry::on("product.withdrawn", id).scope(Some(merchant.town)));
    Ok(())
}
