//! Ends sessions: this one, another one, all the others.

use db::{Entry, Fault, Tx};
use kernel::{Cx, actor::AccountId};
use serde_json::json;

use crate::{
    policy::{Denied, own},
    secret::Secret,
    session::{EndReason, SessionId},
    store,
};

/// Why no session was ended.
#[derive(Debug, thiserror::Error)]
pub enum EndSessionRefused {
    /// The actor is not whose sessions these are.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The account has no such open session.
    #[error("没有这个登录，或者它已经结束")]
    NotOpen,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Signs the holder of this secret out. Doing it twice changes nothing.
pub(crate) async fn sign_out_of(tx: &mut Tx, cx: &Cx, secret: &Secret) -> Result<(), Fault> {
    let Some(account) = cx.actor.account() else { return Ok(()) };
    if let Some(id) = store::session::end_by_secret(tx, account, secret, cx.now).await? {
        let detail = json!({ "session": id.to_string(), "reason": EndReason::SignedOut });
        tx.journal(cx, Entry::on("session.ended", account).detail(&detail));
    }
    Ok(())
}

/// Ends every session of the account, as signing out on each device would.
pub async fn sign_out(tx: &mut Tx, cx: &Cx, account: AccountId) -> Result<u64, EndSessionRefused> {
    own(&cx.actor, account)?;
    Ok(end_all(tx, cx, account, None, EndReason::SignedOut).await?)
}

/// Ends one session of the account, perhaps on a device that was lost.
pub async fn end_session(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    id: SessionId,
) -> Result<(), EndSessionRefused> {
    own(&cx.actor, account)?;
    if !store::session::end(tx, account, id, EndReason::Revoked, cx.now).await? {
        return Err(EndSessionRefused::NotOpen);
    }
    let detail = json!({ "session": id.to_string(), "reason": EndReason::Revoked });
    tx.journal(cx, Entry::on("session.ended", account).detail(&detail));
    Ok(())
}

/// Ends all sessions of the account but the one of this secret; answers how many.
pub(crate) async fn end_others(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    this: Option<&Secret>,
) -> Result<u64, EndSessionRefused> {
    own(&cx.actor, account)?;
    Ok(end_all(tx, cx, account, this, EndReason::Revoked).await?)
}

/// Ends the account's sessions for a reason that was already found good.
pub(crate) async fn end_all(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    but: Option<&Secret>,
    reason: EndReason,
) -> Result<u64, Fault> {
    let ended = store::session::end_all(tx, account, but, reason, cx.now).await?;
    if ended > 0 {
        let detail = json!({ "count": ended, "reason": reason });
        tx.journal(cx, Entry::on("session.ended", account).detail(&detail));
    }
    Ok(ended)
}
