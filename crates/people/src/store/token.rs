//! API tokens: made, used, revoked.

use db::{Result, Tx, args, sql};
use jiff::{Timestamp, civil::Date};
use kernel::{
    Cx,
    actor::{AccountId, TokenId},
};

use super::session::{Holder, gathered, holder};
use crate::{
    policy::{Own, Permit},
    secret::{Purpose, Secret},
    token::Token,
};

/// Everything that the doorman asks of a token's secret, in one read.
pub(crate) struct Known {
    pub(crate) token: TokenId,
    pub(crate) expires_at: Timestamp,
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) last_used_on: Option<Date>,
    pub(crate) holder: Holder,
}

/// The token of this secret and its account with all grants: one row for each grant.
pub(crate) async fn find(tx: &mut Tx, secret: &Secret) -> Result<Option<Known>> {
    let select = sql!(
        "SELECT t.id, t.expires_at, t.revoked_at, t.last_used_on, \
         a.id, a.display_name, a.state, g.role, g.scope_kind, g.scope_id \
         FROM api_token t JOIN account a ON a.id = t.account_id \
         LEFT JOIN role_grant g ON g.account_id = a.id AND g.revoked_at IS NULL \
         WHERE t.secret_hash = $1"
    );
    let rows = tx
        .all(select, args![secret.hash(Purpose::Token)], |row| {
            let (holder, grant) = holder(row, 4)?;
            let known = Known {
                token: row.get(0)?,
                expires_at: row.get(1)?,
                revoked_at: row.get(2)?,
                last_used_on: row.get(3)?,
                holder,
            };
            Ok((known, grant))
        })
        .await?;
    Ok(gathered(rows, |known: &mut Known| &mut known.holder.grants))
}

/// Keeps a new token.
pub(crate) async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    (account, id, name): (AccountId, TokenId, &str),
    secret: &Secret,
    expires_at: Timestamp,
    _: &Permit<Own>,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO api_token (id, account_id, name, secret_hash, created_at, expires_at, \
         last_used_on, revoked_at, revoked_by) VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL, NULL)"
    );
    let hash = secret.hash(Purpose::Token);
    tx.run(insert, args![id, account, name, hash, cx.now, expires_at]).await?;
    Ok(())
}

/// Notes the day on which the token was used.
pub(crate) async fn used(tx: &mut Tx, id: TokenId, on: Date) -> Result<()> {
    let update = sql!(
        "UPDATE api_token SET last_used_on = $2 \
         WHERE id = $1 AND (last_used_on IS NULL OR last_used_on < $2)"
    );
    tx.run(update, args![id, on]).await?;
    Ok(())
}

/// The account's tokens that were not revoked and had not expired before `since`, newest first.
pub(crate) async fn of_account(
    tx: &mut Tx,
    account: AccountId,
    since: Timestamp,
) -> Result<Vec<Token>> {
    let select = sql!(
        "SELECT id, name, created_at, expires_at, last_used_on, revoked_at FROM api_token \
         WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 \
         ORDER BY created_at DESC, id DESC LIMIT 200"
    );
    tx.all(select, args![account, since], |row| {
        Ok(Token {
            id: row.get(0)?,
            name: row.get(1)?,
            created_at: row.get(2)?,
            expires_at: row.get(3)?,
            last_used_on: row.get(4)?,
            revoked_at: row.get(5)?,
        })
    })
    .await
}

/// How many tokens of the account are in force.
pub(crate) async fn in_force(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM api_token \
         WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2"
    );
    tx.scalar(select, args![account, now]).await
}

/// From when this token of the account is refused.
pub(crate) async fn expiry(tx: &mut Tx, id: TokenId) -> Result<Option<Timestamp>> {
    tx.maybe(sql!("SELECT expires_at FROM api_token WHERE id = $1"), args![id], |row| row.get(0))
        .await
}

/// Revokes one token of the account. Answers its name, when it was not revoked before.
pub(crate) async fn revoke(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    id: TokenId,
    _: &Permit<Own>,
) -> Result<Option<String>> {
    let update = sql!(
        "UPDATE api_token SET revoked_at = $3, revoked_by = $4 \
         WHERE id = $2 AND account_id = $1 AND revoked_at IS NULL RETURNING name"
    );
    let values = args![account, id, cx.now, cx.actor.account()];
    tx.maybe(update, values, |row| row.get(0)).await
}
