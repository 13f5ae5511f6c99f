//! Gives an account a role on a scope.

use db::{Entry, Fault, Tx};
use kernel::{Cx, Grant, actor::AccountId};

use crate::{
    grant::{GrantId, grant_json, is_whole},
    policy::{Denied, manage, manage_other},
    store,
};

/// Why nothing was granted.
#[derive(Debug, thiserror::Error)]
pub enum GrantRefused {
    /// The actor does not administer the whole city.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody raises themselves.
    #[error("不能给自己权限，请另一位管理员来给")]
    OwnAccount,
    /// There is no such account.
    #[error("没有这个账号")]
    NoAccount,
    /// The scope names nothing, or the city names something.
    #[error("权限的范围没有选对")]
    Scope,
    /// The account has it already.
    #[error("这个账号已经有这项权限")]
    Already,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Gives the grant, from now on.
pub async fn grant(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    given: Grant,
) -> Result<GrantId, GrantRefused> {
    manage(&cx.actor)?;
    let permit = manage_other(&cx.actor, account).map_err(|_| GrantRefused::OwnAccount)?;
    if !is_whole(given.scope) {
        return Err(GrantRefused::Scope);
    }
    store::account::get(tx, account).await?.ok_or(GrantRefused::NoAccount)?;
    let id: GrantId = cx.new_id();
    if !store::grant::insert(tx, cx, id, account, given, &permit).await? {
        return Err(GrantRefused::Already);
    }
    tx.journal(cx, Entry::on("grant.given", account).detail(&grant_json(given)));
    Ok(id)
}
