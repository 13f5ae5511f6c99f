//! Every route of the product, and the navigation that leads to them.

use axum::response::{IntoResponse as _, Redirect, Response};
use kernel::{Actor, Role};
use web::{Access, Ask, NavItem, Routes, State};

/// The domains' routes and the front page's; `web` adds the site's own.
pub fn all_routes() -> Routes {
    Routes::new().get("/", Access::Public, front_page).merge(people::routes())
}

/// Whoever is signed in goes to work, whoever is not to the door.
async fn front_page(ask: Ask) -> Response {
    let to = if matches!(ask.cx.actor, Actor::Anonymous) { "/login" } else { "/today" };
    Redirect::to(to).into_response()
}

/// Those who read units and places.
const READERS: &[Role] = &[Role::Administrator, Role::Clerk, Role::Worker, Role::Viewer];
/// Those who write the ledger from files.
const IMPORTERS: &[Role] = &[Role::Administrator, Role::Clerk];
/// Those who read the journal.
const AUDITORS: &[Role] = &[Role::Administrator, Role::Auditor];

/// The main navigation, in order.
pub fn nav() -> Vec<NavItem> {
    let item = |label, href, access| NavItem { label, href, access };
    vec![
        item("今日", "/today", Access::Roles(READERS)),
        item("台账", "/units", Access::Roles(READERS)),
        item("地点", "/places", Access::Roles(READERS)),
        item("工作站", "/stations", Access::Roles(READERS)),
        item("导入", "/imports", Access::Roles(IMPORTERS)),
        item("账户", "/accounts", Access::Roles(&[Role::Administrator])),
        item("日志", "/journal", Access::Roles(AUDITORS)),
    ]
}

/// The site as a service, for the server and for tests.
pub fn router(state: State) -> axum::Router {
    web::server::router(state, all_routes())
}
