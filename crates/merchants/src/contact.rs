//! How a merchant is reached and where its money goes: told, shown masked, and opened for a reason
//! that the journal keeps.

use db::{Entry, Tx};
use hmac::Mac as _;
use kernel::{Cx, KeyedHash, Keys, Phone};
use places::{Atlas, Denied};
use serde_json::json;

use crate::{
    Merchant, MerchantError, MerchantId, MerchantState, Payee, merchant::fit_reason, policy,
    sealed::Sealer, store,
};

async fn known(tx: &mut Tx, id: MerchantId) -> Result<Merchant, MerchantError> {
    let found = store::find_merchant(tx, id).await?;
    found.ok_or(MerchantError::Denied(Denied::Invisible))
}

async fn open_still(tx: &mut Tx, id: MerchantId) -> Result<Merchant, MerchantError> {
    let merchant = known(tx, id).await?;
    if merchant.state == MerchantState::Closed {
        return Err(MerchantError::Closed);
    }
    Ok(merchant)
}

/// The number under which the merchant is reached; none, when none is to be kept.
pub async fn tell_phone(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    atlas: &Atlas,
    id: MerchantId,
    phone: Option<&Phone>,
) -> Result<(), MerchantError> {
    let merchant = open_still(tx, id).await?;
    let permit = policy::tell_phone(&cx.actor, atlas, &merchant)?;
    let sealed = phone.map(|phone| Sealer::new(keys).seal_phone(cx, id, phone)).transpose()?;
    store::set_phone(tx, &permit, id, sealed).await?;
    let verb = if phone.is_some() { "merchant.phone_told" } else { "merchant.phone_forgotten" };
    tx.journal(cx, Entry::on(verb, id).scope(Some(merchant.town)));
    Ok(())
}

/// Where the settlements of the merchant are paid to.
pub async fn tell_payee(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    atlas: &Atlas,
    id: MerchantId,
    payee: &Payee,
) -> Result<(), MerchantError> {
    let merchant = open_still(tx, id).await?;
    let permit = policy::tell_payee(&cx.actor, atlas, &merchant)?;
    // Again through the check, as the fields are public.
    let payee = Payee::read(&payee.holder, &payee.bank, &payee.account)?;
    let sealed = Sealer::new(keys).seal_payee(cx, id, &payee)?;
    store::set_payee(tx, &permit, id, sealed).await?;
    let detail = json!({ "account": payee.masked_account() });
    let entry = Entry::on("merchant.payee_told", id).scope(Some(merchant.town)).detail(&detail);
    tx.journal(cx, entry);
    Ok(())
}

/// The merchant's phone under a keyed hash of the asker's, for a comparison with other phones: the
/// number itself stays closed, so nothing is journalled.
pub async fn phone_hash(
    tx: &mut Tx,
    keys: &Keys,
    id: MerchantId,
    mut finder: KeyedHash,
) -> db::Result<Option<Vec<u8>>> {
    let (Some(sealed), _) = store::sealed_of(tx, id).await? else { return Ok(None) };
    let phone = Sealer::new(keys).open_phone(id, &sealed)?;
    finder.update(phone.expose().as_bytes());
    Ok(Some(finder.finalize().into_bytes().to_vec()))
}

/// The phone and the payee for a page that shows them masked. The caller has checked that the
/// reader sees the merchant.
pub(crate) async fn masked(
    tx: &mut Tx,
    keys: &Keys,
    id: MerchantId,
) -> db::Result<(Option<String>, Option<(String, String, String)>)> {
    let (phone, payee) = store::sealed_of(tx, id).await?;
    let sealer = Sealer::new(keys);
    let phone = phone.map(|sealed| sealer.open_phone(id, &sealed)).transpose()?;
    let payee = payee.map(|sealed| sealer.open_payee(id, &sealed)).transpose()?;
    let payee = payee.map(|one| (one.holder.clone(), one.bank.clone(), one.masked_account()));
    Ok((phone.map(|phone| phone.to_string()), payee))
}

/// The whole phone number, for a reason: who keeps the merchant's record may call it.
pub async fn reveal_phone(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    atlas: &Atlas,
    id: MerchantId,
    reason: &str,
) -> Result<Phone, MerchantError> {
    let merchant = known(tx, id).await?;
    let _may = policy::tell_phone(&cx.actor, atlas, &merchant)?;
    let reason = fit_reason(reason)?;
    let (sealed, _) = store::sealed_of(tx, id).await?;
    let sealed = sealed.ok_or(MerchantError::NothingKept)?;
    let phone = Sealer::new(keys).open_phone(id, &sealed)?;
    let detail = json!({ "reason": reason });
    let entry = Entry::on("merchant.phone_revealed", id).scope(Some(merchant.town));
    tx.journal(cx, entry.detail(&detail));
    Ok(phone)
}

/// Where the merchant's money goes, whole, for who pays it. The caller has checked that the actor
/// pays a settlement of this merchant, and says which; the journal keeps it.
pub async fn open_payee(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    id: MerchantId,
    reason: &str,
) -> Result<Payee, MerchantError> {
    let merchant = known(tx, id).await?;
    let reason = fit_reason(reason)?;
    let (_, sealed) = store::sealed_of(tx, id).await?;
    let sealed = sealed.ok_or(MerchantError::NothingKept)?;
    let payee = Sealer::new(keys).open_payee(id, &sealed)?;
    let detail = json!({ "reason": reason });
    let entry = Entry::on("merchant.payee_opened", id).scope(Some(merchant.town));
    tx.journal(cx, entry.detail(&detail));
    Ok(payee)
}
