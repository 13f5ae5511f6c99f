//! Takes away the lock that wrong passwords put on an account.

use db::{Entry, Fault, Tx};
use kernel::{Cx, actor::AccountId};

use crate::{
    policy::{Denied, manage},
    store,
};

/// Why the account stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum UnlockRefused {
    /// The actor does not administer the whole city.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no such account.
    #[error("没有这个账号")]
    NoAccount,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Unlocks the account. Doing it twice changes nothing.
pub async fn unlock_account(tx: &mut Tx, cx: &Cx, account: AccountId) -> Result<(), UnlockRefused> {
    let permit = manage(&cx.actor)?;
    store::account::get(tx, account).await?.ok_or(UnlockRefused::NoAccount)?;
    if store::account::unlock(tx, account, &permit).await? {
        tx.journal(cx, Entry::on("account.unlocked", account));
    }
    Ok(())
}
