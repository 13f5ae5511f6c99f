//! A product is created or its facts change.

use db::{Entry, Tx};
use kernel::Cx;
use places::Atlas;
use serde_json::json;

use super::{Product, ProductError, ProductFacts, ProductState, policy, store};
use crate::{Denied, Merchant, MerchantId, ProductId, merchant, policy::sees};

/// Creates a product of an active merchant, as a draft.
pub async fn create_product(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    merchant_id: MerchantId,
    facts: &ProductFacts,
) -> Result<ProductId, ProductError> {
    let found = merchant(tx, merchant_id).await?;
    let merchant = found.ok_or(ProductError::Denied(Denied::Invisible))?;
    let permit = policy::keep(&cx.actor, atlas, &merchant)?;
    if !merchant.is_active() {
        return Err(ProductError::MerchantAway);
    }
    let product = Product {
        id: cx.new_id(),
        merchant: merchant_id,
        facts: facts.checked()?,
        state: ProductState::Draft,
        version: 1,
    };
    store::insert(tx, cx, &permit, &product).await?;
    let detail = json!({ "title": product.facts.name_zh });
    let entry = Entry::on("product.created", product.id).scope(Some(merchant.town));
    tx.journal(cx, entry.detail(&detail));
    Ok(product.id)
}

/// Changes what is told of a product, shown or not.
pub async fn change_product(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: ProductId,
    facts: &ProductFacts,
    version: i64,
) -> Result<(), ProductError> {
    let (before, merchant) = kept(tx, cx, atlas, id).await?;
    let permit = policy::keep(&cx.actor, atlas, &merchant)?;
    let facts = facts.checked()?;
    // What is shown keeps something to be read.
    if before.is_listed() && facts.about_zh.is_empty() {
        return Err(ProductError::NoAbout);
    }
    if !store::update(tx, &permit, id, &facts, version).await? {
        return Err(ProductError::Conflict);
    }
    let told = |one: &ProductFacts| {
        let price = one.price.map(|price| price.to_string()).unwrap_or_default();
        json!({ "name": one.name_zh, "price": price, "region": one.region, "maker": one.maker })
    };
    let detail = json!({ "before": told(&before.facts), "after": told(&facts) });
    let entry = Entry::on("product.changed", id).scope(Some(merchant.town)).detail(&detail);
    tx.journal(cx, entry);
    Ok(())
}

/// A product with its merchant, if the actor sees the merchant.
pub(crate) async fn kept(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: ProductId,
) -> Result<(Product, Merchant), ProductError> {
    let invisible = ProductError::Denied(Denied::Invisible);
    let Some(product) = store::find(tx, id).await? else { return Err(invisible) };
    let found = merchant(tx, product.merchant).await?;
    match found.filter(|one| sees(&cx.actor, atlas, one)) {
        Some(merchant) => Ok((product, merchant)),
        None => Err(invisible),
    }
}
