//! Sessions: opened, seen, ended.

use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::{Code as _, Grant, actor::AccountId};

use crate::{
    account::AccountState,
    grant::scope_of,
    secret::{Purpose, Secret},
    session::{EndReason, Session, SessionId, Times},
};

/// Everything that the doorman asks of a session's secret, in one read.
pub(crate) struct Known {
    pub(crate) session: SessionId,
    pub(crate) times: Times,
    pub(crate) holder: Holder,
}

/// The account behind a session or a token.
pub(crate) struct Holder {
    pub(crate) id: AccountId,
    pub(crate) display_name: String,
    pub(crate) state: AccountState,
    pub(crate) grants: Vec<Grant>,
}

/// Reads account, name, state, then role and scope, from this column on; `None` when the account
/// has no grant.
pub(crate) fn holder(row: &Row, from: usize) -> Result<(Holder, Option<Grant>)> {
    let holder = Holder {
        id: row.get(from)?,
        display_name: row.get(from + 1)?,
        state: row.code(from + 2)?,
        grants: Vec::new(),
    };
    let grant = match row.maybe_code(from + 3)? {
        Some(role) => {
            Some(Grant { role, scope: scope_of(row.code(from + 4)?, row.get(from + 5)?) })
        }
        None => None,
    };
    Ok((holder, grant))
}

/// The session of this secret and its account with all grants: one row for each grant.
pub(crate) async fn find(tx: &mut Tx, secret: &Secret) -> Result<Option<Known>> {
    let select = sql!(
        "SELECT s.id, s.opened_at, s.last_seen_at, s.ended_at, s.end_reason, \
         a.id, a.display_name, a.state, g.role, g.scope_kind, g.scope_id \
         FROM session s JOIN account a ON a.id = s.account_id \
         LEFT JOIN role_grant g ON g.account_id = a.id AND g.revoked_at IS NULL \
         WHERE s.secret_hash = $1"
    );
    let rows = tx
        .all(select, args![secret.hash(Purpose::Session)], |row| {
            let (session, times) = (row.get(0)?, times(row)?);
            let (holder, grant) = holder(row, 5)?;
            Ok((Known { session, times, holder }, grant))
        })
        .await?;
    Ok(gathered(rows, |known: &mut Known| &mut known.holder.grants))
}

fn times(row: &Row) -> Result<Times> {
    Ok(Times {
        opened_at: row.get(1)?,
        last_seen_at: row.get(2)?,
        ended_at: row.get(3)?,
        end_reason: row.maybe_code(4)?,
    })
}

/// The first of the rows, with the grants of all.
pub(crate) fn gathered<T>(
    rows: Vec<(T, Option<Grant>)>,
    grants: impl Fn(&mut T) -> &mut Vec<Grant>,
) -> Option<T> {
    let all: Vec<Grant> = rows.iter().filter_map(|(_, grant)| *grant).collect();
    let (mut first, _) = rows.into_iter().next()?;
    *grants(&mut first) = all;
    Some(first)
}

/// Keeps a new session.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: SessionId,
    account: AccountId,
    secret: &Secret,
    device: &str,
    now: Timestamp,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO session (id, account_id, secret_hash, device, opened_at, last_seen_at, \
         ended_at, end_reason) VALUES ($1, $2, $3, $4, $5, $5, NULL, NULL)"
    );
    tx.run(insert, args![id, account, secret.hash(Purpose::Session), device, now]).await?;
    Ok(())
}

/// Notes that the session was used.
pub(crate) async fn seen(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<()> {
    let update = sql!(
        "UPDATE session SET last_seen_at = $2 \
         WHERE id = $1 AND ended_at IS NULL AND last_seen_at < $2"
    );
    tx.run(update, args![id, now]).await?;
    Ok(())
}

/// The account's sessions that were not ended and began after `since`, last used first.
pub(crate) async fn open_of(
    tx: &mut Tx,
    account: AccountId,
    (opened_since, seen_since): (Timestamp, Timestamp),
    this: Option<&Secret>,
) -> Result<Vec<Session>> {
    let select = sql!(
        "SELECT id, device, opened_at, last_seen_at, secret_hash FROM session \
         WHERE account_id = $1 AND ended_at IS NULL AND opened_at > $2 AND last_seen_at > $3 \
         ORDER BY last_seen_at DESC, id LIMIT 100"
    );
    let this = this.map(|secret| secret.hash(Purpose::Session));
    tx.all(select, args![account, opened_since, seen_since], |row| {
        let hash: Vec<u8> = row.get(4)?;
        Ok(Session {
            id: row.get(0)?,
            device: row.get(1)?,
            opened_at: row.get(2)?,
            last_seen_at: row.get(3)?,
            is_this: this.as_ref() == Some(&hash),
        })
    })
    .await
}

/// Ends one session of the account. Answers whether it was open.
pub(crate) async fn end(
    tx: &mut Tx,
    account: AccountId,
    id: SessionId,
    reason: EndReason,
    now: Timestamp,
) -> Result<bool> {
    let update = sql!(
        "UPDATE session SET ended_at = $3, end_reason = $4 \
         WHERE id = $2 AND account_id = $1 AND ended_at IS NULL"
    );
    Ok(tx.run(update, args![account, id, now, reason.code()]).await? > 0)
}

/// Ends the session of this secret. Answers which it was, when it was open.
pub(crate) async fn end_by_secret(
    tx: &mut Tx,
    account: AccountId,
    secret: &Secret,
    now: Timestamp,
) -> Result<Option<SessionId>> {
    let update = sql!(
        "UPDATE session SET ended_at = $3, end_reason = $4 \
         WHERE secret_hash = $2 AND account_id = $1 AND ended_at IS NULL RETURNING id"
    );
    let reason = EndReason::SignedOut.code();
    let values = args![account, secret.hash(Purpose::Session), now, reason];
    tx.maybe(update, values, |row| row.get(0)).await
}

/// Ends every open session of the account but the one of this secret. Answers how many.
pub(crate) async fn end_all(
    tx: &mut Tx,
    account: AccountId,
    but: Option<&Secret>,
    reason: EndReason,
    now: Timestamp,
) -> Result<u64> {
    let update = sql!(
        "UPDATE session SET ended_at = $3, end_reason = $4 \
         WHERE account_id = $1 AND secret_hash <> $2 AND ended_at IS NULL"
    );
    // No secret hashes to nothing, so that without one all are ended.
    let but = but.map(|secret| secret.hash(Purpose::Session)).unwrap_or_default();
    tx.run(update, args![account, but, now, reason.code()]).await
}

/// Forgets sessions that began before this. Answers how many.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM session WHERE opened_at < $1"), args![before]).await
}
