//! The ledger: saved views, conditions, the sheet, and one unit in the drawer.

use askama::Template;
use axum::response::{IntoResponse as _, Redirect};
use db::Tx;
use jiff::civil::Date;
use kernel::Code as _;
use places::{Atlas, PlaceId, Reach};
use web::{Answer, Ask, Cursor, Figure, Page, Refused, filters, html};

use super::{
    chips::{Chip, Panel, address, chips, panel},
    sheet::{Menus, Row, Setting, menus, row},
    unit::{Card, card},
    words::{as_of, definition_words, fill, number},
};
use crate::{
    api::Asked,
    filter::Filter,
    list::{self, Sort},
    policy::{self, KEEPERS, READERS, WRITERS},
    sight::Sight,
    standing::Standing,
    unit::UnitId,
    views::{self, View},
    worker,
};

/// Units on a page of the sheet.
const LIMIT: i64 = 50;

#[derive(Template)]
#[template(path = "units.html")]
struct UnitsPage {
    page: Page,
    heading: Heading,
    as_of: String,
    definition: (String, String),
    tabs: Vec<Tab>,
    save_view: String,
    /// The saved view that is shown, to be taken away.
    current_view: Option<(String, String)>,
    chips: Vec<Chip>,
    panel: Panel,
    filter: Filter,
    /// A place that was typed and is not one place.
    place_note: Option<PlaceNote>,
    here: String,
    export: String,
    may: May,
    sheet: Sheet,
    drawer: Option<Card>,
    done: Option<String>,
}

/// What the page is called: the ledger, or a change between two days in words.
struct Heading {
    words: String,
    total: Figure,
    /// Words behind the total, for a change.
    after: String,
    is_change: bool,
}

struct Tab {
    words: String,
    count: String,
    href: String,
    current: bool,
}

/// What the reader may do here.
struct May {
    write: bool,
    import: bool,
    /// The past, read only.
    past: bool,
}

struct Sheet {
    rows: Vec<Row>,
    caption: String,
    shown: String,
    total: i64,
    total_words: String,
    next: Option<(String, String)>,
    first: Option<String>,
    heads: Heads,
    menus: Menus,
    may_tick: bool,
    empty_register: bool,
}

/// The columns that order the list.
struct Heads {
    name: Head,
    headcount: Head,
    members: Head,
}

struct Head {
    href: String,
    aria: &'static str,
    arrow: &'static str,
}

struct PlaceNote {
    words: String,
    /// Name and address of each place that may have been meant.
    meant: Vec<(String, String)>,
}

/// What the address says beside the conditions.
struct Wanted {
    filter: Filter,
    sort: Sort,
    cursor: Option<Cursor>,
    /// Number of the first row; for show alone.
    first: i64,
    open: Option<UnitId>,
}

impl Wanted {
    fn read(asked: &Asked) -> Result<Self, Refused> {
        Ok(Self {
            filter: asked.filter()?,
            sort: asked.parsed("sort")?.unwrap_or(Sort::Number),
            cursor: asked.cursor()?,
            first: asked.parsed("n")?.unwrap_or(1).max(1),
            open: asked.get("open").and_then(|id| id.parse().ok()),
        })
    }
    /// The page's own address, without what is open in it.
    fn here(&self) -> String {
        let cursor = self.cursor.as_ref().map(Cursor::encode);
        let first = self.first.to_string();
        let mut more = Vec::new();
        if let Some(cursor) = &cursor {
            more.extend([("cursor", cursor.as_str()), ("n", first.as_str())]);
        }
        address("/units", &self.filter, Some(self.sort), &more)
    }
}

/// `GET /units`
pub(crate) async fn show(ask: Ask) -> Answer {
    let asked = Asked::new(Some(&ask.query));
    let wanted = Wanted::read(&asked)?;
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, wanted.filter.at).await?;
    let mut place_note = None;
    if let Some(text) = asked.get("place_name") {
        match find_places(&sight.atlas, wanted.filter.town, text) {
            Ok(place) => {
                let narrowed = wanted.filter.but(|filter| filter.place = Some(place));
                let href = address("/units", &narrowed, Some(wanted.sort), &[]);
                return Ok(Redirect::to(&href).into_response());
            }
            Err(meant) => place_note = Some(note_on_place(&ask, &wanted, &sight, text, meant)),
        }
    }
    let view = view(&ask, &mut tx, &sight, &wanted, place_note).await?;
    html(&ask, &view)
}

async fn view(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    wanted: &Wanted,
    place_note: Option<PlaceNote>,
) -> Answer<UnitsPage> {
    let Wanted { filter, sort, .. } = wanted;
    let here = wanted.here();
    let past = filter.at.is_some_and(|at| at < sight.today);
    let may = May {
        write: !past && ask.cx.actor.has_any(WRITERS),
        import: ask.cx.actor.has_any(KEEPERS),
        past,
    };
    let sheet = sheet(ask, tx, sight, wanted, &here, past).await?;
    let drawer = match wanted.open {
        Some(id) => card(ask, tx, sight, id, here.clone(), !past).await?,
        None => None,
    };
    let workers = match filter.worker {
        Some(_) => worker::in_office(tx, sight.today).await?,
        None => Vec::new(),
    };
    let saved = match ask.cx.actor.account() {
        Some(account) => views::of(tx, account).await?,
        None => Vec::new(),
    };
    let (tabs, current_view) = tabs(ask, tx, sight, filter, &saved).await?;
    let mut page = ask.page("单位台账", "/units");
    page.search = filter.q.clone().unwrap_or_default();
    let version = filter.definition.unwrap_or(sight.definition.version);
    Ok(UnitsPage {
        heading: heading(ask, filter, sheet.total, sight.today),
        as_of: as_of(ask, filter.at),
        definition: (definition_words(ask, version), format!("/definitions/{version}")),
        tabs,
        save_view: address("/views/new", filter, Some(*sort), &[]),
        current_view,
        chips: chips(ask, filter, *sort, &sight.atlas, &workers),
        panel: panel(ask, filter, *sort, &sight.atlas),
        filter: filter.clone(),
        place_note,
        export: address("/units.xlsx", filter, Some(*sort), &[]),
        done: done(ask),
        page,
        here,
        may,
        sheet,
        drawer,
    })
}

/// `2020-12-31 到 2021-10-20 新建 321 家`, or the ledger's name.
fn heading(ask: &Ask, filter: &Filter, total: i64, today: Date) -> Heading {
    let figure = Figure::count(total, filter.url("/units"));
    match (filter.change, filter.from) {
        (Some(change), Some(from)) => {
            let at = filter.at.unwrap_or(today).min(today);
            let what = ask.t(change.label());
            let words = fill(ask.t("{} 到 {} {}"), &[&from.to_string(), &at.to_string(), what]);
            Heading { words, total: figure, after: ask.t("家").to_owned(), is_change: true }
        }
        _ => {
            let words = ask.t("单位台账").to_owned();
            Heading { words, total: figure, after: String::new(), is_change: false }
        }
    }
}

/// What was done before the page was asked for again.
fn done(ask: &Ask) -> Option<String> {
    let asked = Asked::new(Some(&ask.query));
    let count: i64 = asked.get("done")?.parse().ok()?;
    Some(fill(ask.t("已改 {} 家，都记入了时间线。"), &[&number(count)]))
}

async fn sheet(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    wanted: &Wanted,
    here: &str,
    past: bool,
) -> Answer<Sheet> {
    let Wanted { filter, sort, cursor, first, open } = wanted;
    let (found, total) = sight.list(tx, filter, *sort, cursor.as_ref(), LIMIT).await?;
    let member_floor = sight.member_floor(tx, filter).await?;
    let setting = Setting { ask, atlas: &sight.atlas, member_floor, open: *open, here };
    // Reading reaches further than writing for some: a row outside of the latter is read only.
    let reach = Reach::of(&ask.cx.actor, &sight.atlas, WRITERS);
    let rows: Vec<Row> = (*first..)
        .zip(&found.items)
        .map(|(no, one)| {
            let editable = !past && policy::reaches(&reach, &sight.atlas, &one.span.facts);
            row(&setting, no, one, editable)
        })
        .collect();
    let last = first + rows.len() as i64 - 1;
    let total_words = number(total);
    let shown = fill(ask.t("显示 {}–{}"), &[&number(*first), &number(last)]);
    let caption = fill(
        ask.t("单位，共 {} 家，显示 {} 到 {}"),
        &[&total_words, &number(*first), &number(last)],
    );
    Ok(Sheet {
        next: next(ask, wanted, &found, last, total),
        first: cursor.as_ref().map(|_| address("/units", filter, Some(*sort), &[])),
        heads: heads(filter, *sort),
        menus: menus(ask),
        may_tick: rows.iter().any(|row| row.editable),
        empty_register: total == 0 && *filter == Filter::default(),
        rows,
        caption,
        shown,
        total,
        total_words,
    })
}

/// Where the next page begins, and what the link says.
fn next(
    ask: &Ask,
    wanted: &Wanted,
    found: &list::Page,
    last: i64,
    total: i64,
) -> Option<(String, String)> {
    let cursor = found.next.as_ref()?.encode();
    let n = (last + 1).to_string();
    let more = [("cursor", cursor.as_str()), ("n", n.as_str())];
    let href = address("/units", &wanted.filter, Some(wanted.sort), &more);
    let left = (total - last).clamp(0, LIMIT);
    Some((href, fill(ask.t("下 {} 家"), &[&number(left)])))
}

fn heads(filter: &Filter, sort: Sort) -> Heads {
    let head = |up: Sort, down: Sort, first: Sort| {
        let (aria, arrow) = match sort {
            one if one == up => ("ascending", " ↑"),
            one if one == down => ("descending", " ↓"),
            _ => ("", ""),
        };
        let other = if first == up { down } else { up };
        let to = if sort == first { other } else { first };
        Head { href: address("/units", filter, Some(to), &[]), aria, arrow }
    };
    Heads {
        name: head(Sort::Name, Sort::NameDown, Sort::Name),
        headcount: head(Sort::Headcount, Sort::HeadcountDown, Sort::HeadcountDown),
        members: head(Sort::Members, Sort::MembersDown, Sort::MembersDown),
    }
}

/// The sets that everybody asks for, then the reader's own; each with its length.
async fn tabs(
    ask: &Ask,
    tx: &mut Tx,
    sight: &Sight,
    filter: &Filter,
    saved: &[View],
) -> Answer<(Vec<Tab>, Option<(String, String)>)> {
    let query = filter.query();
    let mut tabs = Vec::new();
    let usual = [
        (ask.t("全部"), None),
        (ask.t("在营"), Some(Standing::Operating)),
        (ask.t("应建未建"), Some(Standing::Due)),
        (ask.t("未组建"), Some(Standing::Uncovered)),
        (ask.t("空壳"), Some(Standing::Dormant)),
    ];
    for (words, status) in usual {
        let set = Filter { status, at: filter.at, ..Filter::default() };
        let count = sight.count(tx, &set).await?;
        let current = set.query() == query;
        let href = set.url("/units");
        tabs.push(Tab { words: words.to_owned(), count: number(count), href, current });
    }
    let mut current_view = None;
    for view in saved {
        let Ok(set) = view.filter() else { continue };
        let count = if set.at == filter.at {
            sight.count(tx, &set).await?
        } else {
            let other = Sight::open(tx, &ask.state, &ask.cx, set.at).await?;
            other.count(tx, &set).await?
        };
        let current = set.query() == query && !tabs.iter().any(|tab| tab.current);
        if current {
            current_view = Some((view.id.to_string(), view.name.clone()));
        }
        let words = view.name.clone();
        tabs.push(Tab { words, count: number(count), href: view.href(), current });
    }
    Ok((tabs, current_view))
}

/// The place that a text names, in one town or in any; otherwise those that may be meant.
fn find_places(atlas: &Atlas, town: Option<PlaceId>, text: &str) -> Result<PlaceId, Vec<PlaceId>> {
    let towns: Vec<PlaceId> = town.map_or_else(|| atlas.towns().to_vec(), |town| vec![town]);
    let mut found = Vec::new();
    let mut near = Vec::new();
    for town in towns {
        let by_path = |paths: Vec<String>| {
            paths.into_iter().filter_map(|path| atlas.by_name(&path, town).ok()).collect::<Vec<_>>()
        };
        match atlas.by_name(text, town) {
            Ok(place) => found.push(place),
            Err(places::NameMiss::Ambiguous { paths }) => found.extend(by_path(paths)),
            Err(places::NameMiss::Unknown { suggestion }) => {
                near.extend(by_path(suggestion.into_iter().collect()));
            }
        }
    }
    match &found[..] {
        [one] => Ok(*one),
        [] => Err(near),
        _ => Err(found),
    }
}

fn note_on_place(
    ask: &Ask,
    wanted: &Wanted,
    sight: &Sight,
    text: &str,
    meant: Vec<PlaceId>,
) -> PlaceNote {
    let reach = Reach::of(&ask.cx.actor, &sight.atlas, READERS);
    let atlas = &sight.atlas;
    let seen = meant.into_iter().filter(|place| reach.sees_place(atlas, *place));
    let link = |place: PlaceId| {
        let narrowed = wanted.filter.but(|filter| filter.place = Some(place));
        let town = atlas.town_of(place).map(|town| atlas.name(town)).unwrap_or_default();
        let name = format!("{} · {town}", atlas.path(place));
        (name, address("/units", &narrowed, Some(wanted.sort), &[]))
    };
    let meant: Vec<_> = seen.take(12).map(link).collect();
    let words = if meant.is_empty() {
        ask.t("没有叫“{}”的地点，下面的单位没有按地点筛。请换一个写法。")
    } else {
        ask.t("“{}”不是一个地点的全名，下面的单位没有按地点筛。是不是这里：")
    };
    PlaceNote { words: fill(words, &[text]), meant }
}
