//! `GET /places`: the city's tree, today or on a past date.

use std::{collections::HashMap, fmt::Write as _};

use askama::Template;
use kernel::{Code as _, Date};
use web::{Answer, Ask, Figure, Form, Page, Refused, filters, html};

use crate::{Front, Place, PlaceFigures, PlaceId, PlaceKind, edits_town, pages::desk::Desk};

/// One line of the tree, with the tags that come after it.
struct Line {
    id: PlaceId,
    name: String,
    href: String,
    kind: &'static str,
    /// How many places hang directly under it: as many as its page lists.
    inside: Figure,
    operating: Option<Figure>,
    due: Option<Figure>,
    /// Whether lines of its own follow, one level down.
    has_lines: bool,
    is_open: bool,
    /// How many levels end after this line.
    ends: usize,
}

#[derive(Template)]
#[template(path = "tree.html")]
struct View {
    page: Page,
    tab: &'static str,
    on: Date,
    today: Date,
    past: bool,
    now_href: &'static str,
    city: Option<String>,
    towns: Figure,
    fronts: Vec<(&'static str, Figure)>,
    /// The one kind of front that is asked for.
    only: Option<Front>,
    lines: Vec<Line>,
    /// Under what a reader who may can register a place.
    new_href: Option<String>,
}

/// Above this many lines, only the towns are shown unfolded.
const FEW: usize = 60;

/// Shows the tree.
pub(crate) async fn show(ask: Ask) -> Answer {
    let mut desk = Desk::open(&ask).await?;
    let figures = desk.figures(&ask).await?;
    let only = front_of(&ask)?;
    let lines = lines(&desk, &figures, only);
    let fronts = Front::ALL.iter().map(|front| (front.label(), count(&desk, *front)));
    let city = desk.atlas.city().filter(|_| !desk.reach.is_empty());
    let may = edits_town(&ask.cx.actor, None) && !desk.is_past();
    html(
        &ask,
        &View {
            page: ask.page("地点", "/places"),
            tab: "places",
            on: desk.on,
            today: desk.today,
            past: desk.is_past(),
            now_href: "/places",
            city: city.map(|city| desk.atlas.name(city).to_owned()),
            towns: Figure::count(desk.towns().count() as i64, desk.href("/places")),
            fronts: fronts.collect(),
            only,
            lines,
            new_href: city.filter(|_| may).map(|city| format!("/places/new?parent={city}")),
        },
    )
}

/// The kind after `front=`.
fn front_of(ask: &Ask) -> Answer<Option<Front>> {
    let query = Form::parse(ask.query.as_bytes());
    match query.get("front") {
        "" => Ok(None),
        front => front.parse().map(Some).map_err(|_| Refused::BadQuery("front")),
    }
}

/// How many fronts of a kind, with the tree of just these.
fn count(desk: &Desk, front: Front) -> Figure {
    let count = desk.towns().map(|town| fronts(desk, town, front).count()).sum::<usize>();
    let mut href = desk.href("/places");
    let sign = if href.contains('?') { '&' } else { '?' };
    let _ = write!(href, "{sign}front={front}");
    Figure::count(count as i64, href)
}

/// The fronts of a kind in a town, as far as the reader sees them.
fn fronts(desk: &Desk, town: PlaceId, front: Front) -> impl Iterator<Item = &Place> {
    desk.children(town).filter(move |place| desk.atlas.front_of(place.id) == Some(front))
}

/// Towns with what is in them down to floors; shops stand on their place's own page.
fn lines(desk: &Desk, figures: &HashMap<PlaceId, PlaceFigures>, only: Option<Front>) -> Vec<Line> {
    let atlas = &desk.atlas;
    let mut shown: Vec<(usize, &Place)> = Vec::new();
    for town in desk.towns() {
        if let Some(only) = only {
            let fronts: Vec<_> = fronts(desk, town, only).map(|place| (1, place)).collect();
            let head = atlas.place(town).filter(|_| !fronts.is_empty()).map(|town| (0, town));
            shown.extend(head.into_iter().chain(fronts));
            continue;
        }
        let root = atlas.ancestors(town).count();
        for id in atlas.subtree(town) {
            let Some(place) = atlas.place(id) else { continue };
            if place.kind != PlaceKind::Shop && desk.reach.sees_place(atlas, id) {
                shown.push((atlas.ancestors(id).count() - root, place));
            }
        }
    }
    let few = shown.len() <= FEW || only.is_some();
    let mut lines = Vec::with_capacity(shown.len());
    for (turn, (depth, place)) in shown.iter().enumerate() {
        let next = shown.get(turn + 1).map_or(0, |(depth, _)| *depth);
        lines.push(line(desk, figures, place, (*depth, next), few));
    }
    lines
}

fn line(
    desk: &Desk,
    figures: &HashMap<PlaceId, PlaceFigures>,
    place: &Place,
    (depth, next): (usize, usize),
    few: bool,
) -> Line {
    let href = desk.href(format_args!("/places/{}", place.id));
    let (operating, due) = shown_figures(figures.get(&place.id));
    Line {
        id: place.id,
        name: place.name.clone(),
        inside: Figure::count(desk.children(place.id).count() as i64, href.clone()),
        href,
        kind: place.kind_label(),
        operating,
        due,
        has_lines: next > depth,
        is_open: few,
        ends: depth.saturating_sub(next),
    }
}

/// The two figures of a place, each opening to its units.
pub(crate) fn shown_figures(of: Option<&PlaceFigures>) -> (Option<Figure>, Option<Figure>) {
    let operating = of.map(|one| Figure::count(one.operating, one.operating_href.clone()));
    let due = of.map(|one| Figure::count(one.due, one.due_href.clone()));
    (operating, due)
}
