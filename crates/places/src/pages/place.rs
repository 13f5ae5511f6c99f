//! `GET /places/{id}`: one place, what is in it, what became of it.

use askama::Template;
use axum::{extract::Path, response::Response};
use kernel::{Code as _, Date, time::OPEN};
use web::{Answer, Ask, Figure, Page, Refused, filters, html};

use crate::{
    Place, PlaceId, PlaceKind, SuccessionHow, edits_town,
    pages::{
        desk::{Desk, id_of, see},
        timeline::{Told, timeline},
        tree::shown_figures,
    },
    store,
};

struct Child {
    name: String,
    href: String,
    kind: &'static str,
    address: String,
    inside: Figure,
    operating: Option<Figure>,
    due: Option<Figure>,
}

/// What the place came from, or became.
struct Turn {
    on: Date,
    words: &'static str,
    other: String,
    href: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "place.html")]
struct View {
    page: Page,
    on: Date,
    past: bool,
    now_href: String,
    way: Vec<(String, String)>,
    name: String,
    kind: &'static str,
    address: String,
    since: Date,
    town: Option<(String, String)>,
    stations: Vec<(String, String)>,
    key_for: Vec<&'static str>,
    operating: Option<Figure>,
    due: Option<Figure>,
    has_figures: bool,
    children: Vec<Child>,
    turns: Vec<Turn>,
    told: Vec<Told>,
    /// Which changes the reader may make, today: word and address.
    acts: Vec<(&'static str, String)>,
}

/// Shows a place; one that closed before the asked date as it last stood.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: PlaceId = id_of(&id)?;
    let mut desk = Desk::open(&ask).await?;
    if desk.atlas.place(id).is_none() {
        return last_seen(&ask, &mut desk, id).await;
    }
    let figures = desk.figures(&ask).await?;
    let place = desk.place(id)?.clone();
    let turns = turns(&mut desk, id).await?;
    let told = timeline(&mut desk.tx, id).await?;
    let (operating, due) = shown_figures(figures.get(&id));
    let children: Vec<Child> = desk
        .children(id)
        .map(|child| {
            let href = desk.href(format_args!("/places/{}", child.id));
            let (operating, due) = shown_figures(figures.get(&child.id));
            let inside = desk.children(child.id).count() as i64;
            Child {
                name: child.name.clone(),
                inside: Figure::count(inside, href.clone()),
                href,
                kind: child.kind_label(),
                address: child.address.clone(),
                operating,
                due,
            }
        })
        .collect();
    let town = desk.atlas.town_of(id).filter(|town| *town != id);
    let key_for = desk.atlas.key_sites().iter().filter(|site| site.place == id);
    let has_figures = !figures.is_empty();
    let view = View {
        page: ask.page(&place.name, "/places"),
        on: desk.on,
        past: desk.is_past(),
        now_href: format!("/places/{id}"),
        way: way(&desk, id),
        kind: place.kind_label(),
        since: place.since,
        town: town.map(|town| named(&desk, town)),
        stations: stations(&desk, &place),
        key_for: key_for.map(|site| site.industry.label()).collect(),
        operating,
        due,
        has_figures,
        children,
        turns,
        told,
        acts: acts(&ask, &desk, &place),
        name: place.name,
        address: place.address,
    };
    html(&ask, &view)
}

/// On to the last day on which the place stood; 404 for one that never did.
async fn last_seen(ask: &Ask, desk: &mut Desk, id: PlaceId) -> Answer<Response> {
    let last = store::last_span(&mut desk.tx, id).await?;
    let closed_on = last.map(|span| span.to).filter(|to| *to != OPEN && *to <= desk.on);
    let day = closed_on.and_then(|to| to.yesterday().ok()).ok_or(Refused::NotFound)?;
    let before = Desk::open_on(ask, day).await?;
    before.place(id)?;
    Ok(see(format_args!("/places/{id}?on={day}")))
}

fn named(desk: &Desk, id: PlaceId) -> (String, String) {
    (desk.atlas.name(id).to_owned(), desk.href(format_args!("/places/{id}")))
}

/// From the town down to what it hangs under.
fn way(desk: &Desk, id: PlaceId) -> Vec<(String, String)> {
    let above: Vec<PlaceId> = desk.atlas.ancestors(id).collect();
    let below_city = above.into_iter().rev().skip(1);
    below_city.map(|id| named(desk, id)).collect()
}

/// The stations of a town; of any other place the one that it belongs to.
fn stations(desk: &Desk, place: &Place) -> Vec<(String, String)> {
    let link = |station: &crate::Station| {
        (station.name.clone(), desk.href(format_args!("/stations/{}", station.id)))
    };
    if place.kind == PlaceKind::Town {
        return desk.atlas.stations_of_town(place.id).map(link).collect();
    }
    let own = desk.atlas.station_of(place.id).and_then(|id| desk.atlas.station(id));
    own.map(link).into_iter().collect()
}

async fn turns(desk: &mut Desk, id: PlaceId) -> Answer<Vec<Turn>> {
    let mut turns = Vec::new();
    for one in store::successions_of(&mut desk.tx, id).await? {
        let other = if one.from == id { one.to } else { one.from };
        let name = store::last_span(&mut desk.tx, other).await?.map(|span| span.name);
        let words = match (one.how, one.from == id) {
            (SuccessionHow::Merged, true) => "并入",
            (SuccessionHow::Merged, false) => "接收了",
            (SuccessionHow::Split, true) => "拆出",
            (SuccessionHow::Split, false) => "拆自",
        };
        turns.push(Turn {
            on: one.on,
            words,
            other: name.unwrap_or_default(),
            href: format!("/places/{other}"),
            reason: one.reason,
        });
    }
    Ok(turns)
}

fn acts(ask: &Ask, desk: &Desk, place: &Place) -> Vec<(&'static str, String)> {
    if desk.is_past() {
        return Vec::new();
    }
    let id = place.id;
    let mut acts = Vec::new();
    let below = if place.kind == PlaceKind::City { None } else { desk.atlas.town_of(id) };
    if !place.kind.below().is_empty() && edits_town(&ask.cx.actor, below) {
        acts.push(("登记下级", format!("/places/new?parent={id}")));
    }
    if desk.edits(ask, place) {
        acts.push(("改名称地址", format!("/places/{id}/rename")));
        if !matches!(place.kind, PlaceKind::City | PlaceKind::Town) {
            acts.push(("移动", format!("/places/{id}/move")));
        }
        if place.kind != PlaceKind::City {
            acts.push(("合并", format!("/places/{id}/merge")));
            acts.push(("拆分", format!("/places/{id}/split")));
            acts.push(("关闭", format!("/places/{id}/close")));
        }
    }
    acts
}
