//! How a founder is reached: told, and opened for a reason that the journal keeps.

use db::{Entry, Tx};
use kernel::{Cx, Keys, Phone, fold_name};
use places::Atlas;
use serde_json::json;

use super::{FounderError, register::kept, store};
use crate::{FounderId, TEXT_LIMIT, sealed::Sealer};

/// The number under which the founder is reached; none, when none is to be kept.
pub async fn tell_founder_phone(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    atlas: &Atlas,
    id: FounderId,
    phone: Option<&Phone>,
) -> Result<(), FounderError> {
    let (founder, permit) = kept(tx, cx, atlas, id).await?;
    let sealed = phone.map(|phone| Sealer::new(keys).seal_phone(cx, id, phone)).transpose()?;
    store::set_phone(tx, &permit, id, sealed).await?;
    tx.journal(cx, Entry::on("founder.changed", id).scope(Some(founder.town)));
    Ok(())
}

/// The whole number, for a reason.
pub async fn reveal_founder(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    atlas: &Atlas,
    id: FounderId,
    reason: &str,
) -> Result<Phone, FounderError> {
    let (founder, _permit) = kept(tx, cx, atlas, id).await?;
    let reason = fit_reason(reason)?;
    let sealed = store::phone_of(tx, id).await?.ok_or(FounderError::NothingKept)?;
    let phone = Sealer::new(keys).open_phone(id, &sealed)?;
    let detail = json!({ "reason": reason });
    let entry = Entry::on("founder.phone_revealed", id).scope(Some(founder.town));
    tx.journal(cx, entry.detail(&detail));
    Ok(phone)
}

/// A reason: some words, not too many.
pub(super) fn fit_reason(reason: &str) -> Result<String, FounderError> {
    let reason = reason.trim();
    if fold_name(reason).is_empty() {
        return Err(FounderError::NoReason);
    }
    let long = reason.chars().count() > TEXT_LIMIT || reason.contains('\0');
    if long { Err(FounderError::LongText) } else { Ok(reason.to_owned()) }
}
