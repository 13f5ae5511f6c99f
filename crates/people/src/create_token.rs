//! Makes an API token; its text is answered once and kept nowhere.

use db::{Entry, Fault, Tx};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    Actor, Cx,
    actor::{AccountId, TokenId},
};
use serde_json::json;

use crate::{
    account::plain_line,
    policy::{Denied, own},
    secret::Secret,
    store,
    token::{IssuedToken, LONGEST_DAYS, MOST, PREFIX},
};

/// A token to be.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whose.
    pub account: AccountId,
    /// What its person calls it.
    pub name: String,
    /// How many days it lives, 1 to 366.
    pub days: i64,
}

/// Why there is no new token.
#[derive(Debug, thiserror::Error)]
pub enum CreateTokenRefused {
    /// The actor is not whose token it would be.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The name is empty or too long.
    #[error("令牌要有名称，不超过 80 个字")]
    Name,
    /// Too short or too long a life.
    #[error("有效天数要在 1 到 366 之间")]
    Days,
    /// The account has as many as it may.
    #[error("已经有 50 个有效的令牌，请先作废不用的")]
    TooMany,
    /// There is no such account, or it is disabled.
    #[error("没有这个账号，或者它已停用")]
    NoAccount,
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Makes the token. One that a script makes for itself lives no longer than the one it used, so
/// that a leaked token cannot prolong itself.
pub async fn create_token(
    tx: &mut Tx,
    cx: &Cx,
    new: NewToken,
) -> Result<IssuedToken, CreateTokenRefused> {
    let permit = own(&cx.actor, new.account)?;
    let name = plain_line(&new.name, 80).ok_or(CreateTokenRefused::Name)?;
    if !(1..=LONGEST_DAYS).contains(&new.days) {
        return Err(CreateTokenRefused::Days);
    }
    let found = store::account::get(tx, new.account).await?;
    found.filter(crate::Account::is_active).ok_or(CreateTokenRefused::NoAccount)?;
    if store::token::in_force(tx, new.account, cx.now).await? >= MOST {
        return Err(CreateTokenRefused::TooMany);
    }
    // Whole seconds, so that what is answered now and what is read later are one text.
    let now = Timestamp::from_second(cx.now.as_second()).unwrap_or(cx.now);
    let mut expires_at = now + SignedDuration::from_hours(24 * new.days);
    if let Actor::Account { token: Some(used), .. } = &cx.actor {
        let own_end = store::token::expiry(tx, *used).await?;
        expires_at = own_end.map_or(expires_at, |own_end| expires_at.min(own_end));
    }
    let (id, secret): (TokenId, _) = (cx.new_id(), Secret::new(cx));
    let row = (new.account, id, name.as_str());
    store::token::insert(tx, cx, row, &secret, expires_at, &permit).await?;
    let detail =
        json!({ "token": id.to_string(), "name": name, "expires_at": expires_at.to_string() });
    tx.journal(cx, Entry::on("token.created", new.account).detail(&detail));
    Ok(IssuedToken { id, text: format!("{PREFIX}{}", secret.text()), expires_at })
}
