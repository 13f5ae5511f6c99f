//! Disables an account, so that its sessions and tokens end at once; enables it again.

use db::{Entry, Fault, Tx};
use kernel::{Cx, actor::AccountId};

use crate::{
    account::AccountState,
    end_session::end_all,
    policy::{Denied, manage, manage_other},
    session::EndReason,
    store,
};

/// Why the account stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum DisableRefused {
    /// The actor does not administer the whole city.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nobody locks themselves out.
    #[error("不能停用自己的账号")]
    OwnAccount,
    /// Nobody would be left to administer the city.
    #[error("这是最后一个全市管理员，不能停用")]
    LastAdministrator,
    /// There is no such account.
    #[error("没有这个账号")]
    NoAccount,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Disables the account. Doing it twice changes nothing.
pub async fn disable_account(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
) -> Result<(), DisableRefused> {
    manage(&cx.actor)?;
    let permit = manage_other(&cx.actor, account).map_err(|_| DisableRefused::OwnAccount)?;
    store::account::get(tx, account).await?.ok_or(DisableRefused::NoAccount)?;
    store::grant::hold_administrators(tx, &permit).await?;
    let before = store::grant::administrators(tx).await?;
    if !store::account::set_state(tx, account, AccountState::Disabled, &permit).await? {
        return Ok(());
    }
    if before > 0 && store::grant::administrators(tx).await? == 0 {
        return Err(DisableRefused::LastAdministrator);
    }
    tx.journal(cx, Entry::on("account.disabled", account));
    end_all(tx, cx, account, None, EndReason::Disabled).await?;
    Ok(())
}

/// Enables the account again. Its sessions stay ended; its tokens that have not expired work.
pub async fn enable_account(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
) -> Result<(), DisableRefused> {
    let permit = manage(&cx.actor)?;
    store::account::get(tx, account).await?.ok_or(DisableRefused::NoAccount)?;
    if store::account::set_state(tx, account, AccountState::Active, &permit).await? {
        tx.journal(cx, Entry::on("account.enabled", account));
    }
    Ok(())
}
