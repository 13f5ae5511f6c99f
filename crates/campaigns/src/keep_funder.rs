//! A funder is registered, changed, or its account looked at to pay from it.

use db::{Entry, Tx};
use kernel::{Cx, Keys, fold_name};
use places::Denied;
use serde_json::json;
use web::FieldErrors;

use crate::{
    CampaignError, Funder, FunderId, funds, policy, sealed, start_campaign::fit_reason, store,
    terms::check_name,
};

/// What a funder shall be.
#[derive(Clone, Debug)]
pub struct NewFunder {
    /// Its name, unique in the city.
    pub name: String,
    /// The bank account it pays from: 8 to 30 digits.
    pub account: String,
}

/// Registers a funder.
pub async fn create_funder(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    new: NewFunder,
) -> Result<FunderId, CampaignError> {
    let permit = policy::keep_funders(&cx.actor)?;
    let (one, folded, sealed) = fit(tx, cx, keys, (cx.new_id(), 1), new).await?;
    if !store::insert_funder(tx, &permit, &one, &folded, sealed).await? {
        return Err(name_taken());
    }
    let detail = json!({ "name": one.name, "account_tail": one.account_tail });
    tx.journal(cx, Entry::on("funder.created", one.id).detail(&detail));
    Ok(one.id)
}

/// Gives a funder another name or account.
pub async fn change_funder(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    (id, version): (FunderId, i64),
    new: NewFunder,
) -> Result<(), CampaignError> {
    let permit = policy::keep_funders(&cx.actor)?;
    let old = store::funder(tx, id).await?.ok_or(Denied::Invisible)?;
    if old.version != version {
        return Err(CampaignError::Conflict);
    }
    let (one, folded, sealed) = fit(tx, cx, keys, (id, version + 1), new).await?;
    if !store::update_funder(tx, &permit, &one, &folded, sealed).await? {
        return Err(CampaignError::Conflict);
    }
    let detail = json!({
        "before": { "name": old.name, "account_tail": old.account_tail },
        "after": { "name": one.name, "account_tail": one.account_tail },
    });
    tx.journal(cx, Entry::on("funder.changed", id).detail(&detail));
    Ok(())
}

/// The whole account, for who decides for the funder; the look is journalled with its reason.
pub async fn open_account(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    id: FunderId,
    reason: &str,
) -> Result<String, CampaignError> {
    let sealed = store::sealed_account(tx, id).await?.ok_or(Denied::Invisible)?;
    if !funds(&cx.actor, id) {
        return Err(Denied::Forbidden.into());
    }
    let reason = fit_reason(reason)?;
    let account = sealed::open(keys, &sealed)?;
    tx.journal(cx, Entry::on("funder.account_opened", id).detail(&json!({ "reason": reason })));
    Ok(account)
}

async fn fit(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    (id, version): (FunderId, i64),
    new: NewFunder,
) -> Result<(Funder, String, Vec<u8>), CampaignError> {
    let mut errors = FieldErrors::new();
    check_name(&new.name, &mut errors);
    let folded = fold_name(&new.name);
    let account: String = kernel::fold(&new.account).chars().filter(|c| *c != ' ').collect();
    let digits = account.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !(8..=30).contains(&account.len()) {
        errors.add("account", "银行账号是 8 到 30 位数字，请对照开户许可证");
    }
    if store::funder_namesake(tx, &folded, Some(id)).await?.is_some() {
        errors.add("name", NAME_TAKEN);
    }
    if !errors.is_empty() {
        return Err(CampaignError::Fields(errors));
    }
    let account_tail = account[account.len() - 4..].to_owned();
    let sealed = sealed::seal(cx, keys, &account)?;
    Ok((Funder { id, name: new.name.trim().into(), account_tail, version }, folded, sealed))
}

const NAME_TAKEN: &str = "已经有同名的出资单位，请换一个名称";

fn name_taken() -> CampaignError {
    let mut errors = FieldErrors::new();
    errors.add("name", NAME_TAKEN);
    CampaignError::Fields(errors)
}
