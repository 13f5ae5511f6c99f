//! Gives somebody who forgot their password a one-time one.

use db::{Entry, Fault, Tx};
use kernel::{Cx, actor::AccountId};

use crate::{
    end_session::end_all,
    password::NewPassword,
    policy::{Denied, manage, manage_other},
    session::EndReason,
    store,
};

/// Why the password stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ResetRefused {
    /// The actor does not administer the whole city.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// One's own password is changed on one's own page, with the present one.
    #[error("自己的密码请在“我的账户”里改")]
    OwnAccount,
    /// There is no such account.
    #[error("没有这个账号")]
    NoAccount,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Replaces the password, takes a lock away and ends every session.
pub async fn reset_password(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    password: &NewPassword,
) -> Result<(), ResetRefused> {
    manage(&cx.actor)?;
    let permit = manage_other(&cx.actor, account).map_err(|_| ResetRefused::OwnAccount)?;
    if !store::account::set_password(tx, account, password, &permit).await? {
        return Err(ResetRefused::NoAccount);
    }
    tx.journal(cx, Entry::on("password.reset", account));
    end_all(tx, cx, account, None, EndReason::PasswordChanged).await?;
    Ok(())
}
