//! Revokes a grant.

use db::{Entry, Fault, Tx};
use kernel::{Cx, actor::AccountId};

use crate::{
    grant::{GrantId, grant_json},
    policy::{Denied, manage, manage_other},
    store,
};

/// Why the grant stays in force.
#[derive(Debug, thiserror::Error)]
pub enum RevokeGrantRefused {
    /// The actor does not administer the whole city.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody changes their own grants.
    #[error("不能改自己的权限，请另一位管理员来改")]
    OwnAccount,
    /// The account has no such grant in force.
    #[error("没有这项权限，或者它已经收回")]
    NotInForce,
    /// Nobody would be left to administer the city.
    #[error("这是最后一个全市管理员，权限不能收回")]
    LastAdministrator,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Revokes the grant, from now on. After [`RevokeGrantRefused::LastAdministrator`] the caller
/// must not commit.
pub async fn revoke_grant(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    id: GrantId,
) -> Result<(), RevokeGrantRefused> {
    manage(&cx.actor)?;
    let permit = manage_other(&cx.actor, account).map_err(|_| RevokeGrantRefused::OwnAccount)?;
    store::grant::hold_administrators(tx, &permit).await?;
    let before = store::grant::administrators(tx).await?;
    let revoked = store::grant::revoke(tx, cx, account, id, &permit).await?;
    let revoked = revoked.ok_or(RevokeGrantRefused::NotInForce)?;
    if before > 0 && store::grant::administrators(tx).await? == 0 {
        return Err(RevokeGrantRefused::LastAdministrator);
    }
    tx.journal(cx, Entry::on("grant.revoked", account).detail(&grant_json(revoked)));
    Ok(())
}
