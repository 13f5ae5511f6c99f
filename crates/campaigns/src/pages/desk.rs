//! `GET /campaigns/{id}`: the whole of a campaign on one page, what comes next first.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use db::Tx;
use kernel::{Code as _, Fen};
use web::{Answer, Ask, Figure, Page, RateBar, filters, html};

use crate::{
    Campaign, DeskSection, FunderId, MemberState, SectionsPart, Sight, SubEvent, members,
    pages::{
        frame::{Told, sight, timeline},
        list::{next, task},
        steps::{Act, acts},
        times::stretch,
    },
    programme, sub_events,
};

struct Paid {
    name: String,
    amount: Fen,
    planned: Option<Figure>,
    bar: RateBar,
    agreed: Option<String>,
}

struct Event {
    id: String,
    name: String,
    kind: &'static str,
    place: String,
    place_href: String,
    when: String,
    cancelled: Option<String>,
    version: i64,
}

struct Item {
    id: String,
    when: String,
    title: String,
    place: String,
}

#[derive(Template)]
#[template(path = "desk.html")]
struct View {
    page: Page,
    campaign: Campaign,
    state: &'static str,
    next: String,
    task: Option<&'static str>,
    acts: Vec<Act>,
    /// May change terms or words.
    may_change: bool,
    /// May change sub-events and programme.
    may_edit: bool,
    may_invite: bool,
    places: Vec<(String, String)>,
    budget: Figure,
    pledges: Vec<Paid>,
    /// By state: label and figure.
    counts: Vec<(&'static str, Figure)>,
    events: Vec<Event>,
    items: Vec<Item>,
    sections: Vec<DeskSection>,
    told: Vec<Told>,
}

/// Shows a campaign.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = sight(&ask, &mut tx, &id).await?;
    let one = &sight.campaign;
    let part = ask.state.part::<SectionsPart>();
    let sections = part.desk(&ask, &mut tx, one).await?;
    let planned = part.planned(&mut tx, one).await?;
    let counts = counts(&mut tx, one).await?;
    let events = sub_events(&mut tx, one.id).await?;
    let items = items(&mut tx, &sight).await?;
    let told = timeline(&mut tx, one.id).await?;
    let place = |id: &places::PlaceId| (sight.atlas.name(*id).into(), format!("/places/{id}"));
    let view = View {
        page: ask.page(&one.name, "/campaigns"),
        state: one.state.label(),
        next: next(one),
        task: task(&ask.cx, &sight.atlas, one),
        acts: acts(&ask, &sight),
        may_change: sight.runs && one.state.is_open(),
        may_edit: sight.runs && one.state.is_open(),
        may_invite: sight.runs && one.state.takes_members(),
        places: one.places.iter().map(place).collect(),
        budget: Figure::text(one.budget().to_string(), "#pledges"),
        pledges: paid(one, planned),
        counts,
        events: events.iter().map(|event| shown(&sight, event)).collect(),
        items,
        sections,
        told,
        campaign: one.clone(),
    };
    html(&ask, &view)
}

fn paid(one: &Campaign, planned: Vec<(FunderId, Fen, String)>) -> Vec<Paid> {
    let mut by_funder: HashMap<FunderId, (Fen, String)> = HashMap::new();
    for (funder, amount, href) in planned {
        let entry = by_funder.entry(funder).or_insert((Fen(0), href));
        entry.0 = entry.0.checked_add(amount).unwrap_or(Fen(i64::MAX));
    }
    let line = |pledge: &crate::Pledge| {
        let planned = by_funder.remove(&pledge.funder);
        // Both far below what an f64 holds exactly; it draws a bar.
        #[allow(clippy::cast_precision_loss, reason = "a bar of some hundred pixels")]
        let share = planned.as_ref().map(|(sum, _)| sum.0 as f64 / pledge.amount.0 as f64);
        Paid {
            name: pledge.name.clone(),
            amount: pledge.amount,
            planned: planned.map(|(sum, href)| Figure::text(sum.to_string(), href)),
            bar: RateBar { share: share.map(|share| share.min(1.0)), ..RateBar::default() },
            agreed: pledge.agreed_at.map(super::times::moment),
        }
    };
    one.pledges.iter().map(line).collect()
}

async fn counts(tx: &mut Tx, one: &Campaign) -> Answer<Vec<(&'static str, Figure)>> {
    let all = members(tx, one.id).await?;
    let count = |state: MemberState| all.iter().filter(|one| one.state == state).count();
    let figure = |state: &MemberState| {
        let href = format!("/campaigns/{}/members?state={state}", one.id);
        (state.label(), Figure::count(count(*state) as i64, href))
    };
    Ok(MemberState::ALL.iter().map(figure).collect())
}

fn shown(sight: &Sight, event: &SubEvent) -> Event {
    Event {
        id: event.id.to_string(),
        name: event.name.clone(),
        kind: event.kind.label(),
        place: sight.atlas.path(event.place),
        place_href: format!("/places/{}", event.place),
        when: stretch(event.from_at, event.to_at),
        cancelled: event.cancelled.as_ref().map(|(_, why)| why.clone()),
        version: event.version,
    }
}

async fn items(tx: &mut Tx, sight: &Sight) -> Answer<Vec<Item>> {
    let all = programme(tx, sight.campaign.id).await?;
    let line = |one: &crate::ProgrammeItem| Item {
        id: one.id.to_string(),
        when: stretch(one.from_at, one.to_at),
        title: one.title.clone(),
        place: one.place.map(|place| sight.atlas.name(place).to_owned()).unwrap_or_default(),
    };
    Ok(all.iter().map(line).collect())
}
