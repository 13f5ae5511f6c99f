//! Revokes an API token.

use db::{Entry, Fault, Tx};
use kernel::{
    Cx,
    actor::{AccountId, TokenId},
};
use serde_json::json;

use crate::{
    policy::{Denied, own},
    store,
};

/// Why the token stays in force.
#[derive(Debug, thiserror::Error)]
pub enum RevokeTokenRefused {
    /// The actor is not whose token it is.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The account has no such token that was not revoked before.
    #[error("没有这个令牌，或者它已经作废")]
    NotInForce,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Revokes the token: the next request with it is refused.
pub async fn revoke_token(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    id: TokenId,
) -> Result<(), RevokeTokenRefused> {
    let permit = own(&cx.actor, account)?;
    let name = store::token::revoke(tx, cx, account, id, &permit).await?;
    let name = name.ok_or(RevokeTokenRefused::NotInForce)?;
    let detail = json!({ "token": id.to_string(), "name": name });
    tx.journal(cx, Entry::on("token.revoked", account).detail(&detail));
    Ok(())
}
