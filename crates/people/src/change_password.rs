//! Changes one's own password, and ends the sessions that the old one opened.

use db::{Db, Entry, Fault};
use kernel::{Cx, actor::AccountId};

use crate::{
    end_session::end_all,
    password::{PasswordRefused, Weakness},
    policy::{Denied, own},
    rules::Rules,
    secret::Secret,
    session::EndReason,
    store,
};

/// Why the password stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordRefused {
    /// The actor is not whose password it is.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The present password is another.
    #[error("现在的密码不对")]
    WrongPassword,
    /// The new one is not good enough.
    #[error(transparent)]
    Weak(#[from] Weakness),
    /// The new one is the present one.
    #[error("新密码和现在的一样")]
    Same,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Changes the password, in transactions of its own: the slow hashing happens between them. A
/// wrong present password counts as a failed sign-in, so that a session left open is no way to
/// guess it.
pub(crate) async fn change_password(
    db: &Db,
    cx: &Cx,
    rules: &Rules,
    account: AccountId,
    (present, new): (&str, &str),
    this: Option<&Secret>,
) -> Result<(), ChangePasswordRefused> {
    own(&cx.actor, account)?;
    let mut tx = db.read().await?;
    let found = store::account::get(&mut tx, account).await?.ok_or(Denied)?;
    let kept = store::account::password(&mut tx, account).await?.ok_or(Denied)?;
    drop(tx);
    let is_right = !found.is_locked(cx.now) && rules.hasher.verify(present, Some(&kept)).await?;
    if !is_right {
        count(db, cx, rules, account).await?;
        return Err(ChangePasswordRefused::WrongPassword);
    }
    if present == new {
        return Err(ChangePasswordRefused::Same);
    }
    let new = rules.new_password(cx, &found.name, new).await.map_err(|refused| match refused {
        PasswordRefused::Weak(weakness) => ChangePasswordRefused::Weak(weakness),
        PasswordRefused::Fault(fault) => ChangePasswordRefused::Fault(fault),
    })?;
    let mut tx = db.write().await?;
    if !store::account::replace_password(&mut tx, account, &kept, &new).await? {
        // Changed in the meantime, so that what was typed is no longer the present one.
        return Err(ChangePasswordRefused::WrongPassword);
    }
    tx.journal(cx, Entry::on("password.changed", account));
    end_all(&mut tx, cx, account, this, EndReason::PasswordChanged).await?;
    tx.commit().await?;
    Ok(())
}

async fn count(db: &Db, cx: &Cx, rules: &Rules, account: AccountId) -> Result<(), Fault> {
    let limits = (rules.session.failures, rules.session.lock_for);
    let mut tx = db.write().await?;
    store::account::count_failure(&mut tx, account, cx.now, limits).await?;
    tx.journal(cx, Entry::on("password.refused", account));
    tx.commit().await
}
