//! The list of accounts.

use askama::Template;
use axum::extract::Query;
use kernel::fold;
use serde::Deserialize;
use web::{Answer, Ask, Cursor, Page, filters, html};

use super::shown::maybe_moment;
use crate::{account::Account, policy::manage, store};

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    page: Page,
    search: String,
    accounts: Vec<Line>,
    /// Where the list goes on.
    next: Option<String>,
}

struct Line {
    id: String,
    name: String,
    display_name: String,
    state: &'static str,
    is_active: bool,
    is_locked: bool,
    last: String,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    cursor: String,
}

/// Lines on a page.
const LINES: usize = 50;

/// `GET /accounts`
pub(crate) async fn show(ask: Ask, Query(asked): Query<Asked>) -> Answer {
    manage(&ask.cx.actor)?;
    let after = Cursor::decode(&asked.cursor).and_then(|Cursor(keys)| keys.into_iter().next());
    // A cursor of our own making holds a folded name, and folding again changes nothing.
    let after = after.map(|after| fold(&after));
    let mut tx = ask.db().read().await?;
    let most = LINES as i64 + 1;
    let mut found = store::account::page(&mut tx, &asked.q, after.as_deref(), most).await?;
    drop(tx);
    let more = found.len() > LINES;
    found.truncate(LINES);
    let last = found.last().filter(|_| more);
    let next = last.map(|last| Cursor(vec![fold(&last.name)]).encode());
    let line = |account: Account| Line {
        id: account.id.to_string(),
        state: kernel::Code::label(account.state),
        is_active: account.is_active(),
        is_locked: account.is_locked(ask.cx.now),
        last: maybe_moment(account.last_signed_in_at),
        name: account.name,
        display_name: account.display_name,
    };
    let view = AccountsPage {
        page: ask.page("账号", "/accounts"),
        search: asked.q,
        accounts: found.into_iter().map(line).collect(),
        next,
    };
    html(&ask, &view)
}
