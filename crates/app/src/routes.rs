//! Every route of the product, and the navigation that leads to them.

use axum::response::{IntoResponse as _, Redirect, Response};
use kernel::{Actor, Role};
use web::{Access, Ask, NavItem, Routes, State};

/// The domains' routes and the front page's; `web` adds the site's own.
pub fn all_routes() -> Routes {
    Routes::new()
        .get("/", Access::Public, front_page)
        .merge(people::routes())
        .merge(citizens::routes())
        .merge(places::routes())
        .merge(organisations::routes())
        .merge(merchants::routes())
        .merge(vouchers::routes())
        .merge(campaigns::routes())
        .merge(sales::routes())
        .merge(challenges::routes())
        .merge(reports::routes())
}

/// Whoever is signed in goes to their first page, whoever is not to the door.
async fn front_page(ask: Ask) -> Response {
    let actor = &ask.cx.actor;
    let first = NAV.iter().find(|item| item.access.allows(actor));
    let to = match first {
        _ if matches!(actor, Actor::Anonymous) => "/login",
        _ if actor.citizen().is_some() => "/c/me",
        Some(item) => item.href,
        // An account without any role has only itself to look at.
        None => "/me",
    };
    Redirect::to(to).into_response()
}

/// Those who read units and figures, and those who read places.
const UNITS: Access = Access::Roles(organisations::policy::READERS);
const PLACES: Access = Access::Roles(places::READERS);
/// Those who see campaigns.
const CAMPAIGNS: Access = Access::Roles(campaigns::READERS);
const MERCHANTS: Access = Access::Roles(merchants::READERS);
/// Those who have settlements to confirm, to pay or to draw; others come to them by a campaign.
const SETTLERS: Access = Access::Roles(&[Role::Organiser, Role::Funder, Role::Merchant]);
/// Those who write the ledger from files.
const IMPORTERS: Access = Access::Roles(&[Role::Administrator, Role::Clerk]);
/// Those who look after accounts, and those who read the journal.
const ADMINISTRATORS: Access = Access::Roles(&[Role::Administrator]);
const AUDITORS: Access = Access::Roles(&[Role::Administrator, Role::Auditor]);

/// The whole navigation, in order; an entry is shown once its page is routed.
const NAV: &[NavItem] = &[
    NavItem { label: "今日", href: "/today", access: UNITS },
    NavItem { label: "台账", href: "/units", access: UNITS },
    // Before the places, so that a merchant's people begin at their own.
    NavItem { label: "商户", href: "/merchants", access: MERCHANTS },
    NavItem { label: "地点", href: "/places", access: PLACES },
    NavItem { label: "工作站", href: "/stations", access: PLACES },
    NavItem { label: "促销", href: "/campaigns", access: CAMPAIGNS },
    NavItem { label: "结算", href: "/settlements", access: SETTLERS },
    NavItem { label: "导入", href: "/imports", access: IMPORTERS },
    NavItem { label: "账户", href: "/accounts", access: ADMINISTRATORS },
    NavItem { label: "日志", href: "/journal", access: AUDITORS },
];

/// The main navigation, in order: what is routed, for those who may open it.
pub fn nav() -> Vec<NavItem> {
    let routes = all_routes();
    let is_routed = |item: &NavItem| {
        routes.table().iter().any(|route| route.method == "GET" && route.path == item.href)
    };
    NAV.iter().copied().filter(is_routed).collect()
}

/// The site as a service, for the server and for tests.
pub fn router(state: State) -> axum::Router {
    web::server::router(state, all_routes())
}
