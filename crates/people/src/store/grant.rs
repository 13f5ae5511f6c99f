//! Grants: given, in force, revoked.

use std::sync::Arc;

use db::{Result, Tx, args, sql};
use kernel::{Actor, Code as _, Cx, Grant, Scope, actor::AccountId};

use crate::{
    grant::{GrantId, HeldGrant, Holder, scope_of, stored_id},
    policy::{Manage, Permit},
};

/// Gives a grant. Answers whether the account did not have it yet.
pub(crate) async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    id: GrantId,
    account: AccountId,
    grant: Grant,
    _: &Permit<Manage>,
) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO role_grant (id, account_id, role, scope_kind, scope_id, granted_at, \
         granted_by, revoked_at, revoked_by) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL) \
         ON CONFLICT (account_id, role, scope_kind, scope_id) WHERE revoked_at IS NULL DO NOTHING"
    );
    let Grant { role, scope } = grant;
    let values = args![
        id,
        account,
        role.code(),
        scope.kind.code(),
        stored_id(scope),
        cx.now,
        cx.actor.account(),
    ];
    Ok(tx.run(insert, values).await? > 0)
}

/// The account's grants in force, oldest first.
pub async fn of_account(tx: &mut Tx, account: AccountId) -> Result<Vec<HeldGrant>> {
    let select = sql!(
        "SELECT g.id, g.role, g.scope_kind, g.scope_id, g.granted_at, b.display_name \
         FROM role_grant g LEFT JOIN account b ON b.id = g.granted_by \
         WHERE g.account_id = $1 AND g.revoked_at IS NULL ORDER BY g.granted_at, g.id"
    );
    tx.all(select, args![account], |row| {
        let grant = Grant { role: row.code(1)?, scope: scope_of(row.code(2)?, row.get(3)?) };
        Ok(HeldGrant { id: row.get(0)?, grant, granted_at: row.get(4)?, granted_by: row.get(5)? })
    })
    .await
}

/// Who holds a role on exactly this scope, of the enabled accounts, oldest first.
pub async fn holders_of(tx: &mut Tx, scope: Scope) -> Result<Vec<Holder>> {
    let select = sql!(
        "SELECT a.id, a.display_name, g.role, g.granted_at FROM role_grant g \
         JOIN account a ON a.id = g.account_id WHERE g.scope_kind = $1 AND g.scope_id = $2 \
         AND g.revoked_at IS NULL AND a.state = 'active' ORDER BY g.granted_at, g.id"
    );
    tx.all(select, args![scope.kind.code(), stored_id(scope)], |row| {
        let (account, name, granted_at) = (row.get(0)?, row.get(1)?, row.get(3)?);
        Ok(Holder { account, name, role: row.code(2)?, granted_at })
    })
    .await
}

/// The account as an actor, with its grants in force; nothing when it is disabled or not there.
/// For work that runs in somebody's name outside of a request.
pub async fn actor_of(tx: &mut Tx, account: AccountId) -> Result<Option<Actor>> {
    let found = super::account::get(tx, account).await?;
    let Some(found) = found.filter(crate::Account::is_active) else { return Ok(None) };
    let grants = of_account(tx, account).await?;
    Ok(Some(Actor::Account {
        id: account,
        name: Arc::from(found.display_name),
        grants: grants.iter().map(|held| held.grant).collect(),
        token: None,
    }))
}

/// Holds everything that makes somebody an administrator of the city until the commit, so that
/// of two who remove each other at once the second sees what the first did.
pub(crate) async fn hold_administrators(tx: &mut Tx, _: &Permit<Manage>) -> Result<()> {
    let update = sql!(
        "UPDATE account SET version = version + 1 WHERE id IN (SELECT account_id FROM role_grant \
         WHERE role = 'administrator' AND scope_kind = 'city')"
    );
    tx.run(update, args![]).await?;
    Ok(())
}

/// How many enabled accounts administer the whole city.
pub(crate) async fn administrators(tx: &mut Tx) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(DISTINCT a.id) FROM account a JOIN role_grant g ON g.account_id = a.id \
         WHERE a.state = 'active' AND g.role = 'administrator' AND g.scope_kind = 'city' \
         AND g.revoked_at IS NULL"
    );
    tx.scalar(select, args![]).await
}

/// Revokes a grant in force. Answers which it was.
pub(crate) async fn revoke(
    tx: &mut Tx,
    cx: &Cx,
    account: AccountId,
    id: GrantId,
    _: &Permit<Manage>,
) -> Result<Option<Grant>> {
    let update = sql!(
        "UPDATE role_grant SET revoked_at = $3, revoked_by = $4 \
         WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL \
         RETURNING role, scope_kind, scope_id"
    );
    tx.maybe(update, args![id, account, cx.now, cx.actor.account()], |row| {
        Ok(Grant { role: row.code(0)?, scope: scope_of(row.code(1)?, row.get(2)?) })
    })
    .await
}
