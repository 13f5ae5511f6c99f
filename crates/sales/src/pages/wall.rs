//! The wall screen of a show, for whoever has its address: the total in large numbers, no names of
//! buyers, no secrets of a session.

use askama::Template;
use axum::extract::Path;
use web::{Answer, Ask, Page, Refused, filters, html, live};

use crate::{
    Filter, Show, ShowState, Totals,
    pages::{
        frame::{Names, Sums, sums_of},
        show::{follow, look},
    },
    show_by_id, store,
};

#[derive(Template)]
#[template(path = "wall.html")]
struct View {
    page: Page,
    title: String,
    host: String,
    platform: String,
    state: &'static str,
    is_on_air: bool,
    code: String,
    live: live::Progress,
    sums: Sums,
    merchants: Vec<String>,
    products: Vec<String>,
}

impl View {
    fn events(&self) -> String {
        format!("/wall/{}/events", self.code)
    }
    fn percent(&self) -> i64 {
        percent(&self.live)
    }
}

/// How much of the total is verified, from 0 to 100.
pub(crate) fn percent(live: &live::Progress) -> i64 {
    match live.total {
        Some(total) if total > 0 => (live.done.saturating_mul(100) / total).clamp(0, 100),
        _ => 0,
    }
}

/// The show of a wall address; a guessed one leads nowhere.
async fn of_code(tx: &mut db::Tx, code: &str) -> Answer<Show> {
    let id = store::show_of_wall(tx, code).await?.ok_or(Refused::NotFound)?;
    show_by_id(tx, id).await?.ok_or(Refused::NotFound)
}

/// `GET /wall/{code}`
pub(crate) async fn show(ask: Ask, Path(code): Path<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let show = of_code(&mut tx, &code).await?;
    let filter = Filter::show(show.id);
    let totals = Totals::of(&mut tx, None, &filter, None).await?;
    let names = Names::load(&mut tx).await?;
    let view = View {
        page: ask.page(&show.title, ""),
        state: kernel::Code::label(show.state),
        is_on_air: show.state == ShowState::OnAir,
        code,
        live: look(&mut tx, &show, None).await?,
        sums: sums_of(&totals, &filter),
        merchants: show.merchants.iter().map(|one| names.of(*one)).collect(),
        products: show.products.iter().map(|one| one.title.clone()).collect(),
        title: show.title,
        host: show.host,
        platform: show.platform,
    };
    html(&ask, &view)
}

/// `GET /wall/{code}/events`
pub(crate) async fn events(ask: Ask, Path(code): Path<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let show = of_code(&mut tx, &code).await?;
    Ok(follow(&ask, show.id, format!("/wall/{code}"), Some(code)))
}
