//! Makes an account, with its first grants.

use db::{Entry, Fault, Tx};
use kernel::{Cx, Grant, actor::AccountId};
use serde_json::json;

use crate::{
    account::{account_name, plain_line},
    grant::{grant_json, is_whole},
    password::NewPassword,
    policy::{Denied, manage},
    store,
};

/// Most characters of a person's name.
const LONGEST_DISPLAY_NAME: usize = 60;

/// An account to be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What is typed to sign in: letters, digits and `. _ - @`, 2 to 40 of them.
    pub name: String,
    /// What pages and the journal call its person.
    pub display_name: String,
    /// Its password, own or one-time.
    pub password: NewPassword,
    /// What it is granted from the beginning.
    pub grants: Vec<Grant>,
}

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountRefused {
    /// The actor does not administer the whole city.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The name has other characters, too few or too many.
    #[error("账号名要 2 到 40 个字，只用文字、数字和 . _ - @")]
    Name,
    /// The person's name is empty or too long.
    #[error("姓名要填，不超过 60 个字")]
    DisplayName,
    /// Somebody has this name, perhaps in other letters (Ａ and a are alike).
    #[error("这个账号名已经有人用了")]
    NameTaken,
    /// A grant names no scope.
    #[error("权限的范围没有选对")]
    Scope,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Makes the account. The command line makes the first one, as the system.
pub async fn create_account(
    tx: &mut Tx,
    cx: &Cx,
    new: NewAccount,
) -> Result<AccountId, CreateAccountRefused> {
    let permit = manage(&cx.actor)?;
    let name = account_name(&new.name).ok_or(CreateAccountRefused::Name)?;
    let display_name = plain_line(&new.display_name, LONGEST_DISPLAY_NAME)
        .ok_or(CreateAccountRefused::DisplayName)?;
    if !new.grants.iter().all(|grant| is_whole(grant.scope)) {
        return Err(CreateAccountRefused::Scope);
    }
    let id: AccountId = cx.new_id();
    let names = (name.as_str(), display_name.as_str());
    if !store::account::insert(tx, cx, id, names, &new.password, &permit).await? {
        return Err(CreateAccountRefused::NameTaken);
    }
    let one_time = new.password.one_time_until.is_some();
    let detail = json!({ "name": name, "display_name": display_name, "one_time": one_time });
    tx.journal(cx, Entry::on("account.created", id).detail(&detail));
    for grant in new.grants {
        if store::grant::insert(tx, cx, cx.new_id(), id, grant, &permit).await? {
            tx.journal(cx, Entry::on("grant.given", id).detail(&grant_json(grant)));
        }
    }
    Ok(id)
}
