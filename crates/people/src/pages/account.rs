//! One account, as an administrator sees it.

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::Redirect,
};
use kernel::{Code as _, Grant, Role, actor::AccountId};
use serde::Deserialize;
use web::{Answer, Ask, Form, Page, Refused, filters, html};

use super::{
    journal::{Entry, shown_entries},
    new_account::one_time,
    shown::{
        Choice, ShownGrant, maybe_moment, moment, role_choices, scope_choices, scope_in,
        shown_grants,
    },
};
use crate::{
    disable_account::{disable_account, enable_account},
    give_grant::grant,
    policy::manage,
    reset_password::reset_password,
    revoke_grant::revoke_grant,
    rules::settings,
    store,
    unlock_account::unlock_account,
};

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    id: String,
    name: String,
    display_name: String,
    state: &'static str,
    is_active: bool,
    /// Nobody changes their own grants, state or forgotten password here.
    is_own: bool,
    /// Until when it is locked.
    locked: Option<String>,
    failed_count: i64,
    one_time: Option<String>,
    last: String,
    created: String,
    grants: Vec<ShownGrant>,
    roles: Vec<Choice>,
    scopes: Vec<Choice>,
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

/// Entries of the journal that the page shows.
const ENTRIES: i64 = 20;

/// `GET /accounts/{id}`
pub(crate) async fn show(
    ask: Ask,
    Path(id): Path<String>,
    Query(Done { done }): Query<Done>,
) -> Answer {
    manage(&ask.cx.actor)?;
    let account = parsed(&id)?;
    let mut tx = ask.db().read().await?;
    let found = store::account::get(&mut tx, account).await?.ok_or(Refused::NotFound)?;
    let held = store::grant::of_account(&mut tx, account).await?;
    let entries = db::journal::of_subject(&mut tx, account.uuid(), ENTRIES).await?;
    drop(tx);
    let mut frame = ask.page("账号", "/accounts");
    frame.title.clone_from(&found.display_name);
    frame.said = said(&done);
    let view = AccountPage {
        page: frame,
        id,
        state: found.state.label(),
        is_active: found.is_active(),
        is_own: ask.cx.actor.account() == Some(account),
        locked: found.locked_until.filter(|until| *until > ask.cx.now).map(moment),
        failed_count: found.failed_count,
        one_time: found.one_time_until.map(moment),
        last: maybe_moment(found.last_signed_in_at),
        created: moment(found.created_at),
        name: found.name,
        display_name: found.display_name,
        grants: shown_grants(&ask, held).await?,
        roles: role_choices(""),
        scopes: scope_choices(&ask, "").await?,
        entries: shown_entries(&ask, entries).await?,
    };
    html(&ask, &view)
}

fn said(done: &str) -> Option<&'static str> {
    Some(match done {
        "granted" => "权限已给，下次打开页面就生效。",
        "revoked" => "权限已收回，马上生效。",
        "disabled" => "账号已停用，登录和令牌马上失效。",
        "enabled" => "账号已启用。",
        "unlocked" => "账号已解锁，可以再登录。",
        _ => return None,
    })
}

fn parsed(id: &str) -> Answer<AccountId> {
    id.parse().map_err(|_| Refused::NotFound)
}

fn back(account: AccountId, done: &str) -> Redirect {
    Redirect::to(&format!("/accounts/{account}?done={done}"))
}

/// `POST /accounts/{id}/grants`
pub(crate) async fn give(ask: Ask, Path(id): Path<String>, form: Form) -> Answer<Redirect> {
    let account = parsed(&id)?;
    let wrong =
        || Refused::unprocessable("bad-scope", "角色或范围没有选对，没有给权限。请再选一次。");
    manage(&ask.cx.actor)?;
    let role = Role::from_code(form.get("role")).ok_or_else(wrong)?;
    let scope = scope_in(&ask, form.get("scope")).await?.ok_or_else(wrong)?;
    let mut tx = ask.db().write().await?;
    grant(&mut tx, &ask.cx, account, Grant { role, scope }).await?;
    tx.commit().await?;
    Ok(back(account, "granted"))
}

/// `POST /accounts/{id}/grants/{grant}/revocations`
pub(crate) async fn take_back(
    ask: Ask,
    Path((id, held)): Path<(String, String)>,
) -> Answer<Redirect> {
    let account = parsed(&id)?;
    let held = held.parse().map_err(|_| Refused::NotFound)?;
    let mut tx = ask.db().write().await?;
    revoke_grant(&mut tx, &ask.cx, account, held).await?;
    tx.commit().await?;
    Ok(back(account, "revoked"))
}

/// `POST /accounts/{id}/disabling`
pub(crate) async fn disable(ask: Ask, Path(id): Path<String>) -> Answer<Redirect> {
    let account = parsed(&id)?;
    let mut tx = ask.db().write().await?;
    disable_account(&mut tx, &ask.cx, account).await?;
    tx.commit().await?;
    Ok(back(account, "disabled"))
}

/// `POST /accounts/{id}/enabling`
pub(crate) async fn enable(ask: Ask, Path(id): Path<String>) -> Answer<Redirect> {
    let account = parsed(&id)?;
    let mut tx = ask.db().write().await?;
    enable_account(&mut tx, &ask.cx, account).await?;
    tx.commit().await?;
    Ok(back(account, "enabled"))
}

/// `POST /accounts/{id}/unlocking`
pub(crate) async fn unlock(ask: Ask, Path(id): Path<String>) -> Answer<Redirect> {
    let account = parsed(&id)?;
    let mut tx = ask.db().write().await?;
    unlock_account(&mut tx, &ask.cx, account).await?;
    tx.commit().await?;
    Ok(back(account, "unlocked"))
}

/// `POST /accounts/{id}/password`
pub(crate) async fn reset(ask: Ask, Path(id): Path<String>) -> Answer {
    let account = parsed(&id)?;
    manage(&ask.cx.actor)?;
    let (text, password) = settings(&ask.state).rules.one_time_password(&ask.cx).await?;
    let mut tx = ask.db().write().await?;
    let found = store::account::get(&mut tx, account).await?.ok_or(Refused::NotFound)?;
    reset_password(&mut tx, &ask.cx, account, &password).await?;
    tx.commit().await?;
    one_time(&ask, &found.name, &text, &format!("/accounts/{account}"))
}
