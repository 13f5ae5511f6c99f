//! `GET /merchants`: the merchants that the reader sees, searched and filtered.

use askama::Template;
use kernel::Code as _;
use places::{Atlas, PlaceId};
use web::{Answer, Ask, Figure, Form, Page, filters, html};

use crate::{
    KEEPERS, Merchant, MerchantState, Wanted,
    pages::{
        desk::{Desk, Turn, turn},
        form_page::Choice,
    },
    products::listed_counts,
    town_of, visible,
};

/// Merchants on a page.
const LIMIT: usize = 50;

struct Line {
    name: String,
    href: String,
    place: String,
    place_href: String,
    town: String,
    products: Figure,
    state: &'static str,
    is_active: bool,
}

#[derive(Template)]
#[template(path = "merchants.html")]
struct View {
    page: Page,
    total: Figure,
    count: usize,
    lines: Vec<Line>,
    turn: Turn,
    q: String,
    town: String,
    state: String,
    /// Only what stands at this place, which the address names.
    place: Option<(String, String)>,
    towns: Vec<Choice>,
    states: Vec<Choice>,
    may_register: bool,
    has_any: bool,
}

/// Reads the conditions; words that mean nothing are left out.
pub(crate) fn wanted(query: &Form) -> Wanted {
    Wanted {
        words: query.get("q").to_owned(),
        town: query.get("town").parse().ok(),
        place: query.get("place").parse().ok(),
        state: MerchantState::from_code(query.get("state")),
    }
}

/// The list.
pub(crate) async fn show(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let wanted = wanted(&query);
    let mut desk = Desk::read(&ask).await?;
    let all = visible(&mut desk.tx, &ask.cx.actor, &desk.atlas).await?;
    let products = listed_counts(&mut desk.tx).await?;
    let has_any = !all.is_empty();
    let mut towns: Vec<PlaceId> = all.iter().map(|one| town_of(&desk.atlas, one)).collect();
    let found = wanted.among(&desk.atlas, all);
    let count = found.len();
    let (shown, turn) = turn(&ask, LIMIT, found);
    let line = |one: Merchant| Line {
        href: format!("/merchants/{}", one.id),
        place: desk.atlas.path(one.place),
        place_href: format!("/places/{}", one.place),
        town: desk.atlas.name(town_of(&desk.atlas, &one)).to_owned(),
        products: Figure::count(
            products.get(&one.id).copied().unwrap_or(0),
            format!("/products?merchant={}", one.id),
        ),
        state: one.state.label(),
        is_active: one.is_active(),
        name: one.name,
    };
    towns.retain(|town| desk.atlas.place(*town).is_some());
    let place = wanted.place.filter(|place| desk.atlas.place(*place).is_some());
    let view = View {
        page: ask.page("商户", "/merchants"),
        total: Figure::count(count as i64, ask.here()),
        count,
        lines: shown.into_iter().map(line).collect(),
        turn,
        q: wanted.words.clone(),
        town: wanted.town.map(|town| town.to_string()).unwrap_or_default(),
        state: wanted.state.map_or("", kernel::Code::code).to_owned(),
        place: place.map(|place| (desk.atlas.path(place), place.to_string())),
        towns: town_choices(&desk.atlas, &towns),
        states: MerchantState::ALL.iter().map(|one| Choice::new(one.code(), one.label())).collect(),
        may_register: ask.cx.actor.has_any(KEEPERS),
        has_any,
    };
    html(&ask, &view)
}

/// These towns, each once, in the city's order.
pub(crate) fn town_choices(atlas: &Atlas, towns: &[PlaceId]) -> Vec<Choice> {
    let known = atlas.towns().iter().filter(|town| towns.contains(town));
    known.map(|town| Choice::new(town, atlas.name(*town))).collect()
}
