//! `GET /festival/{slug}`: the campaign for visitors: what, where, when, which shops. No account.

use askama::Template;
use axum::extract::Path;
use db::Tx;
use kernel::{Code as _, Date, Folded, query_tokens, time::civil_date};
use places::{Atlas, AtlasCache};
use web::{Answer, Ask, Form, Lang, Page, Refused, Screen, filters, html};

use crate::{
    Campaign, CampaignState, PublicSection, SectionsPart, SubEvent, active_members,
    pages::times::{hour, stretch, weekday},
    programme, public_campaign, sub_events,
};

struct Event {
    name: String,
    kind: &'static str,
    about: String,
    place: String,
    when: String,
    cancelled: Option<String>,
}

struct Item {
    hour: String,
    title: String,
    place: String,
}

struct Day {
    on: Date,
    weekday: &'static str,
    items: Vec<Item>,
}

#[derive(Template)]
#[template(path = "festival.html")]
struct View {
    page: Page,
    campaign: Campaign,
    name: String,
    about: String,
    phone: String,
    /// Said instead of the dates when it is over, was cancelled or ended early.
    over: Option<&'static str>,
    hosts: Vec<(&'static str, Vec<String>)>,
    events: Vec<Event>,
    days: Vec<Day>,
    sections: Vec<PublicSection>,
    member_count: usize,
}

/// English when the reader reads English and somebody wrote it.
pub(crate) fn pick<'a>(ask: &Ask, chinese: &'a str, english: &'a str) -> &'a str {
    if ask.reader.lang == Lang::En && !english.is_empty() { english } else { chinese }
}

/// The language that words are in, for readers of another who hear them read aloud.
pub(crate) fn tongue(words: &str) -> &'static str {
    let is_chinese = words.chars().any(|one| matches!(one, '\u{3400}'..='\u{9fff}'));
    if is_chinese { "zh-CN" } else { "en" }
}

/// The frame of a visitor's page.
pub(crate) fn frame(ask: &Ask, title: &str) -> Page {
    let mut page = ask.page(title, "");
    page.screen = Screen::Phone;
    page.nav.clear();
    page.can_search = false;
    page
}

async fn open(tx: &mut Tx, slug: &str) -> Answer<Campaign> {
    public_campaign(tx, slug).await?.ok_or(Refused::NotFound)
}

/// Whom visitors ring up.
pub(crate) fn phone(ask: &Ask, campaign: &Campaign) -> String {
    if campaign.phone.is_empty() { ask.state.site().phone.clone() } else { campaign.phone.clone() }
}

/// Shows the public page.
pub(crate) async fn show(ask: Ask, Path(slug): Path<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let one = open(&mut tx, &slug).await?;
    let atlas = ask.state.part::<AtlasCache>().at(&mut tx, ask.cx.today()).await?;
    let events = sub_events(&mut tx, one.id).await?;
    let days = days(&ask, &mut tx, &atlas, &one).await?;
    let sections = ask.state.part::<SectionsPart>().public(&ask, &mut tx, &one).await?;
    let member_count = active_members(&mut tx, one.id, ask.cx.now).await?.len();
    let name = pick(&ask, &one.name, &one.name_en).to_owned();
    let view = View {
        page: frame(&ask, &name),
        about: pick(&ask, &one.about, &one.about_en).to_owned(),
        phone: phone(&ask, &one),
        over: over(&ask, &one),
        hosts: hosts(&ask, &one),
        events: events.iter().map(|event| shown(&ask, &atlas, event)).collect(),
        days,
        sections,
        member_count,
        name,
        campaign: one,
    };
    html(&ask, &view)
}

fn over(ask: &Ask, one: &Campaign) -> Option<&'static str> {
    match one.state {
        CampaignState::Cancelled => Some("活动已取消"),
        CampaignState::Settling | CampaignState::Closed if !one.state_reason.is_empty() => {
            Some("活动提前结束了")
        }
        CampaignState::Settling | CampaignState::Closed => Some("活动已经结束"),
        _ if ask.cx.today() > one.last_on => Some("活动已经结束"),
        _ => None,
    }
}

/// Sponsors by what they do.
pub(crate) fn hosts(ask: &Ask, one: &Campaign) -> Vec<(&'static str, Vec<String>)> {
    let of = |part: &crate::SponsorPart| {
        let some = one.sponsors.iter().filter(|sponsor| sponsor.part == *part);
        let names = some.map(|one| pick(ask, &one.name, &one.name_en).to_owned());
        (part.label(), names.collect::<Vec<_>>())
    };
    let all = crate::SponsorPart::ALL.iter().map(of);
    all.filter(|(_, names)| !names.is_empty()).collect()
}

fn shown(ask: &Ask, atlas: &Atlas, event: &SubEvent) -> Event {
    let path = atlas.path(event.place);
    let place = if path.is_empty() { atlas.name(event.place).to_owned() } else { path };
    Event {
        name: pick(ask, &event.name, &event.name_en).to_owned(),
        kind: event.kind.label(),
        about: pick(ask, &event.about, &event.about_en).to_owned(),
        place,
        when: stretch(event.from_at, event.to_at),
        cancelled: event.cancelled.as_ref().map(|(_, why)| why.clone()),
    }
}

/// The programme by day: what begins on it.
async fn days(ask: &Ask, tx: &mut Tx, atlas: &Atlas, one: &Campaign) -> Answer<Vec<Day>> {
    let mut days: Vec<Day> = Vec::new();
    for item in programme(tx, one.id).await? {
        let on = civil_date(item.from_at);
        let until = if item.to_at > item.from_at { "–" } else { "" };
        let end = if item.to_at > item.from_at { hour(item.to_at) } else { String::new() };
        let line = Item {
            hour: format!("{}{until}{end}", hour(item.from_at)),
            title: pick(ask, &item.title, &item.title_en).to_owned(),
            place: item.place.map(|place| atlas.name(place).to_owned()).unwrap_or_default(),
        };
        match days.last_mut() {
            Some(day) if day.on == on => day.items.push(line),
            _ => days.push(Day { on, weekday: weekday(on), items: vec![line] }),
        }
    }
    Ok(days)
}

#[derive(Template)]
#[template(path = "festival_members.html")]
struct MembersView {
    page: Page,
    slug: String,
    name: String,
    phone: String,
    q: String,
    total: usize,
    lines: Vec<(String, String)>,
}

/// `GET /festival/{slug}/members?q=`: the shops that take part now.
pub(crate) async fn members(ask: Ask, Path(slug): Path<String>) -> Answer {
    let q = Form::parse(ask.query.as_bytes()).get("q").to_owned();
    let mut tx = ask.db().read().await?;
    let one = open(&mut tx, &slug).await?;
    let atlas = ask.state.part::<AtlasCache>().at(&mut tx, ask.cx.today()).await?;
    let active = active_members(&mut tx, one.id, ask.cx.now).await?;
    let tokens = query_tokens(&q);
    let mut lines = Vec::new();
    for id in &active {
        let Some(merchant) = merchants::merchant(&mut tx, *id).await? else { continue };
        let path = atlas.path(merchant.place);
        let folded = Folded::from_fields([merchant.name.as_str(), &path]);
        // Words too short to search by find nothing rather than everything.
        if q.is_empty() || tokens.as_ref().is_some_and(|tokens| tokens.matches(&folded)) {
            lines.push((path, merchant.name));
        }
    }
    lines.sort_unstable();
    let name = pick(&ask, &one.name, &one.name_en).to_owned();
    let view = MembersView {
        page: frame(&ask, "参加商户"),
        phone: phone(&ask, &one),
        total: active.len(),
        slug: one.slug,
        name,
        q,
        lines,
    };
    html(&ask, &view)
}
