//! Accounts: who there is, what passwords and locks they have.

use db::{Query, Result, Row, Rows, Tx, args, set_sql, sql};
use jiff::{SignedDuration, Timestamp};
use kernel::{Cx, actor::AccountId, fold};
use uuid::Uuid;

use crate::{
    account::{Account, AccountState},
    password::{NewPassword, PasswordHash},
    policy::{Manage, Permit},
};

fn account(row: &Row) -> Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        display_name: row.get(2)?,
        state: row.code(3)?,
        one_time_until: row.get(4)?,
        failed_count: row.get(5)?,
        locked_until: row.get(6)?,
        last_signed_in_at: row.get(7)?,
        created_at: row.get(8)?,
    })
}

/// The account of this name, however wide or large its letters are typed.
pub async fn find_account_by_name(tx: &mut Tx, name: &str) -> Result<Option<Account>> {
    let select = sql!(
        "SELECT id, name, display_name, state, one_time_until, failed_count, locked_until, \
         last_signed_in_at, created_at FROM account WHERE name_folded = $1"
    );
    tx.maybe(select, args![fold(name)], account).await
}

/// The account with this id.
pub async fn get(tx: &mut Tx, id: AccountId) -> Result<Option<Account>> {
    let select = sql!(
        "SELECT id, name, display_name, state, one_time_until, failed_count, locked_until, \
         last_signed_in_at, created_at FROM account WHERE id = $1"
    );
    tx.maybe(select, args![id], account).await
}

/// The id and password of the account of this name.
pub(crate) async fn password_by_name(
    tx: &mut Tx,
    name: &str,
) -> Result<Option<(AccountId, PasswordHash)>> {
    let select = sql!("SELECT id, password_hash FROM account WHERE name_folded = $1");
    tx.maybe(select, args![fold(name)], |row| Ok((row.get(0)?, PasswordHash(row.get(1)?)))).await
}

/// The password of an account.
pub(crate) async fn password(tx: &mut Tx, id: AccountId) -> Result<Option<PasswordHash>> {
    let select = sql!("SELECT password_hash FROM account WHERE id = $1");
    tx.maybe(select, args![id], |row| Ok(PasswordHash(row.get(0)?))).await
}

/// Accounts whose name or person has this in it, by name, after this one.
pub async fn page(
    tx: &mut Tx,
    search: &str,
    after: Option<&str>,
    most: i64,
) -> Result<Vec<Account>> {
    let mut query = Query::new(
        "SELECT id, name, display_name, state, one_time_until, failed_count, locked_until, \
         last_signed_in_at, created_at FROM account WHERE TRUE",
    );
    if !search.is_empty() {
        let like = format!("%{}%", escaped(&fold(search)));
        query = query.with(
            " AND (name_folded LIKE ? ESCAPE '\\' OR display_folded LIKE ? ESCAPE '\\')",
            args![&like, &like],
        );
    }
    if let Some(after) = after {
        query = query.with(" AND name_folded > ?", args![after]);
    }
    tx.list(query.with(" ORDER BY name_folded LIMIT ?", args![most]), account).await
}

/// What the people behind these accounts are called.
pub(crate) async fn display_names(tx: &mut Tx, ids: Vec<Uuid>) -> Result<Vec<(AccountId, String)>> {
    let mut rows = Rows::with_capacity(ids.len());
    for id in ids {
        rows.push(args![id]);
    }
    let select = set_sql!(
        "SELECT id, display_name FROM account WHERE id IN (SELECT one FROM {rows})",
        one: Uuid,
    );
    tx.all_of_set(select, rows, |row| Ok((row.get(0)?, row.get(1)?))).await
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '\\' | '%' | '_') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// Keeps a new account. Answers whether its name was free.
pub(crate) async fn insert(
    tx: &mut Tx,
    cx: &Cx,
    id: AccountId,
    (name, display_name): (&str, &str),
    password: &NewPassword,
    _: &Permit<Manage>,
) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO account (id, name, name_folded, display_name, display_folded, state, \
         password_hash, one_time_until, failed_count, locked_until, last_signed_in_at, version, \
         created_at, created_by) \
         VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, 0, NULL, NULL, 1, $8, $9) \
         ON CONFLICT (name_folded) DO NOTHING"
    );
    let values = args![
        id,
        name,
        fold(name),
        display_name,
        fold(display_name),
        &password.hash.0,
        password.one_time_until,
        cx.now,
        cx.actor.account(),
    ];
    Ok(tx.run(insert, values).await? > 0)
}

/// One more wrong password, counted in the row itself, so that none of several at once is lost.
/// After a lock has run out the count begins again; while it holds nothing is counted. Answers
/// until when the account is locked by this one.
pub(crate) async fn count_failure(
    tx: &mut Tx,
    id: AccountId,
    now: Timestamp,
    (limit, lock_for): (i64, SignedDuration),
) -> Result<Option<Timestamp>> {
    let update = sql!(
        "UPDATE account SET \
         failed_count = CASE WHEN locked_until <= $2 THEN 1 ELSE failed_count + 1 END, \
         locked_until = CASE WHEN locked_until <= $2 THEN NULL \
             WHEN failed_count + 1 >= $3 THEN CAST($4 AS TIMESTAMPTZ) ELSE NULL END, \
         version = version + 1 \
         WHERE id = $1 AND (locked_until IS NULL OR locked_until <= $2) \
         RETURNING locked_until"
    );
    let values = args![id, now, limit, now + lock_for];
    Ok(tx.maybe(update, values, |row| row.get(0)).await?.flatten())
}

/// Lets somebody in whose password was right: only if the account is still enabled, not locked,
/// and has still that password. Answers whether it was so.
pub(crate) async fn let_in(
    tx: &mut Tx,
    id: AccountId,
    password: &PasswordHash,
    now: Timestamp,
) -> Result<bool> {
    let update = sql!(
        "UPDATE account SET failed_count = 0, locked_until = NULL, last_signed_in_at = $3, \
         version = version + 1 \
         WHERE id = $1 AND password_hash = $2 AND state = 'active' \
         AND (locked_until IS NULL OR locked_until <= $3)"
    );
    Ok(tx.run(update, args![id, &password.0, now]).await? > 0)
}

/// Replaces a password that is still the old one. Answers whether it was.
pub(crate) async fn replace_password(
    tx: &mut Tx,
    id: AccountId,
    old: &PasswordHash,
    new: &NewPassword,
) -> Result<bool> {
    let update = sql!(
        "UPDATE account SET password_hash = $3, one_time_until = $4, version = version + 1 \
         WHERE id = $1 AND password_hash = $2"
    );
    let values = args![id, &old.0, &new.hash.0, new.one_time_until];
    Ok(tx.run(update, values).await? > 0)
}

/// Gives an account a password whatever it had, and takes its lock away.
pub(crate) async fn set_password(
    tx: &mut Tx,
    id: AccountId,
    new: &NewPassword,
    _: &Permit<Manage>,
) -> Result<bool> {
    let update = sql!(
        "UPDATE account SET password_hash = $2, one_time_until = $3, failed_count = 0, \
         locked_until = NULL, version = version + 1 WHERE id = $1"
    );
    Ok(tx.run(update, args![id, &new.hash.0, new.one_time_until]).await? > 0)
}

/// Enables or disables. Answers whether that changed anything.
pub(crate) async fn set_state(
    tx: &mut Tx,
    id: AccountId,
    state: AccountState,
    _: &Permit<Manage>,
) -> Result<bool> {
    let update =
        sql!("UPDATE account SET state = $2, version = version + 1 WHERE id = $1 AND state <> $2");
    Ok(tx.run(update, args![id, state.to_string()]).await? > 0)
}

/// Takes a lock away. Answers whether there was one, or a failure to forget.
pub(crate) async fn unlock(tx: &mut Tx, id: AccountId, _: &Permit<Manage>) -> Result<bool> {
    let update = sql!(
        "UPDATE account SET failed_count = 0, locked_until = NULL, version = version + 1 \
         WHERE id = $1 AND (failed_count > 0 OR locked_until IS NOT NULL)"
    );
    Ok(tx.run(update, args![id]).await? > 0)
}
