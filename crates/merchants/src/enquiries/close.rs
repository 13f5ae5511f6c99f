//! A merchant calls who asked, and closes the enquiry with what was answered.

use db::{Entry, Tx};
use kernel::{Cx, Keys, Phone, fold_name};

use super::{Enquiry, EnquiryId, enquiry::MESSAGE_LIMIT, store};
use crate::{Denied, merchant, products::ProductError, sealed::Sealer, speaks_for};

/// Whoever asked gave the number to the merchant, and to nobody else.
async fn own(tx: &mut Tx, cx: &Cx, id: EnquiryId) -> Result<Enquiry, ProductError> {
    let found = store::find(tx, id).await?;
    let own = found.filter(|one| speaks_for(&cx.actor, one.merchant));
    own.ok_or(ProductError::Denied(Denied::Invisible))
}

/// The whole number of who asked, while the enquiry is open; the journal keeps that it was seen.
pub async fn reveal_enquirer(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    id: EnquiryId,
) -> Result<Phone, ProductError> {
    let enquiry = own(tx, cx, id).await?;
    if !enquiry.is_open() {
        return Err(ProductError::Over);
    }
    let sealed = store::phone_of(tx, id).await?.ok_or(ProductError::Over)?;
    let phone = Sealer::new(keys).open_phone(id, &sealed)?;
    let asked = merchant(tx, enquiry.merchant).await?;
    let town = asked.map(|one| one.town);
    tx.journal(cx, Entry::on("enquiry.phone_revealed", id).scope(town));
    Ok(phone)
}

/// The enquiry was answered so.
pub async fn close_enquiry(
    tx: &mut Tx,
    cx: &Cx,
    id: EnquiryId,
    answer: &str,
) -> Result<(), ProductError> {
    let enquiry = own(tx, cx, id).await?;
    let answer = answer.trim();
    if fold_name(answer).is_empty() {
        return Err(ProductError::NoAnswer);
    }
    if answer.chars().count() > MESSAGE_LIMIT || answer.contains('\0') {
        return Err(ProductError::LongText(MESSAGE_LIMIT));
    }
    if !store::close(tx, cx, id, answer).await? {
        return Err(ProductError::Over);
    }
    let asked = merchant(tx, enquiry.merchant).await?;
    let town = asked.map(|one| one.town);
    tx.journal(cx, Entry::on("enquiry.closed", id).scope(town));
    Ok(())
}
