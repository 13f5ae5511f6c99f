//! `GET /challenges/{id}/walkers`: who takes part, masked: the lists behind the figures. In no
//! order that says who was faster.

use askama::Template;
use axum::extract::Path;
use kernel::Code as _;
use web::{Answer, Ask, Figure, Form, Page, Refused, filters, html};

use crate::{
    figures::Which,
    pages::frame::{LINES, Turn, moment, page_of, reading},
    store,
    visit::mask,
};

struct Line {
    walker: String,
    accepted: Figure,
    completed: Option<String>,
    reward: &'static str,
}

#[derive(Template)]
#[template(path = "walkers.html")]
struct View {
    page: Page,
    href: String,
    name: String,
    campaign: String,
    campaign_name: String,
    tabs: Vec<(&'static str, String, i64, bool)>,
    lines: Vec<Line>,
    turn: Turn,
}

/// Shows the list.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let which = Which::from_code(query.get("which")).unwrap_or(Which::Began);
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx, &id).await?;
    if !reading.oversees(&ask.cx) {
        return Err(Refused::Forbidden);
    }
    let challenge = reading.challenge.id;
    let href = format!("/challenges/{challenge}");
    let mut tabs = Vec::new();
    for one in Which::ALL {
        let count = store::count_walkers(&mut tx, challenge, *one).await?;
        let to = format!("{href}/walkers?which={one}");
        tabs.push((one.label(), to, count, *one == which));
    }
    let count = tabs.iter().find(|tab| tab.3).map_or(0, |tab| tab.2);
    let place = page_of(&query);
    let part = ((place - 1) * LINES, LINES);
    let walkers = store::list_walkers(&mut tx, (challenge, which), part).await?;
    let line = |one: &store::WalkerLine| Line {
        walker: mask(one.id),
        accepted: Figure::count(
            one.accepted,
            format!("{href}/visits?walker={}&verdict=accepted", one.id),
        ),
        completed: one.completed_at.map(moment),
        reward: one.reward.label(),
    };
    let view = View {
        page: ask.page("参加者", "/campaigns"),
        name: reading.event.name.clone(),
        campaign: reading.challenge.campaign.to_string(),
        campaign_name: reading.campaign.campaign.name.clone(),
        tabs,
        lines: walkers.iter().map(line).collect(),
        turn: Turn::of(&format!("{href}/walkers?which={which}"), place, count),
        href,
    };
    html(&ask, &view)
}
