//! Somebody asks a merchant about a product.

use db::{Entry, Tx};
use jiff::SignedDuration;
use kernel::{Cx, Keys, Phone, fold_name};

use super::{
    EnquiryId,
    enquiry::{MESSAGE_LIMIT, PER_DAY},
    store,
};
use crate::{
    Denied, NAME_LIMIT, ProductId, merchant,
    products::{ProductError, listed_one},
    sealed::Sealer,
};

/// What was typed.
#[derive(Clone, Debug)]
pub struct NewEnquiry {
    /// As the person wants to be called, or empty.
    pub name: String,
    /// Under which number they want the answer, as typed.
    pub phone: String,
    /// What they ask.
    pub message: String,
    /// Whether they ticked that the merchant may have the number, for this answer alone.
    pub consents: bool,
}

/// Keeps a question about a product that is shown. Anybody may ask.
pub async fn enquire(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    product: ProductId,
    new: &NewEnquiry,
) -> Result<EnquiryId, ProductError> {
    let shown = listed_one(tx, product).await?;
    let (shown, _) = shown.ok_or(ProductError::Denied(Denied::Invisible))?;
    let asked = merchant(tx, shown.merchant).await?;
    let asked = asked.ok_or(ProductError::Denied(Denied::Invisible))?;
    let (name, message) = (new.name.trim(), new.message.trim());
    if fold_name(message).is_empty() {
        return Err(ProductError::NoMessage);
    }
    for (text, limit) in [(name, NAME_LIMIT), (message, MESSAGE_LIMIT)] {
        if text.chars().count() > limit || text.contains('\0') {
            return Err(ProductError::LongText(limit));
        }
    }
    let phone = Phone::mobile_or_landline(&new.phone);
    let phone = phone.map_err(|why| ProductError::BadPhone(why.message()))?;
    if !new.consents {
        return Err(ProductError::NoConsent);
    }
    let seal = Sealer::new(keys);
    let hash = seal.hash(&phone);
    let day_ago = cx.now - SignedDuration::from_hours(24);
    if store::count_since(tx, &hash, day_ago).await? >= PER_DAY {
        return Err(ProductError::TooMany);
    }
    let id: EnquiryId = cx.new_id();
    let sealed = seal.seal_phone(cx, id, &phone)?;
    store::insert(tx, cx, id, product, (name, message), (sealed, hash)).await?;
    // Neither who nor what: the journal is never forgotten.
    tx.journal(cx, Entry::on("enquiry.asked", id).scope(Some(asked.town)));
    Ok(id)
}
