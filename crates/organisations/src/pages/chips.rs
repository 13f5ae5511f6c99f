//! The conditions of a list in words: one chip for each, with the address that goes without it,
//! and the panel that adds more.

use kernel::Code as _;
use places::{Atlas, Front, Industry, PlaceKind, UnitKind};
use web::Ask;

use super::words::{Choice, choices, fill, masked};
use crate::{
    filter::{Filter, Or},
    list::Sort,
    standing::Standing,
    worker::Worker,
};

/// One condition.
pub(crate) struct Chip {
    pub(crate) label: String,
    pub(crate) words: String,
    /// The list without it.
    pub(crate) without: String,
    /// What the × says.
    pub(crate) takes_away: String,
}

/// The address of a list: its conditions, its order when it is not the usual one, and more.
pub(crate) fn address(
    path: &str,
    filter: &Filter,
    sort: Option<Sort>,
    more: &[(&str, &str)],
) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in filter.pairs() {
        query.append_pair(name, &value);
    }
    if let Some(sort) = sort.filter(|sort| *sort != Sort::Number) {
        query.append_pair("sort", sort.code());
    }
    query.extend_pairs(more);
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A chip for each condition.
pub(crate) fn chips(
    ask: &Ask,
    filter: &Filter,
    sort: Sort,
    atlas: &Atlas,
    workers: &[Worker],
) -> Vec<Chip> {
    let chip = |(name, value): (&'static str, String)| {
        let (label, words) = in_words(ask, name, &value, filter, atlas, workers)?;
        let without = address("/units", &without(filter, name), Some(sort), &[]);
        let takes_away = fill(ask.t("去掉条件：{} {}"), &[label, &words]);
        Some(Chip { label: label.to_owned(), words, without, takes_away })
    };
    filter.pairs().into_iter().filter_map(chip).collect()
}

/// The same filter without one condition. A change goes with the day it is counted from.
fn without(filter: &Filter, name: &str) -> Filter {
    filter.but(|filter| match name {
        "q" => filter.q = None,
        "town" => filter.town = None,
        "front" => filter.front = None,
        "place" => filter.place = None,
        "station" => filter.station = None,
        "body" => filter.body = None,
        "industry" => filter.industry = None,
        "kind" => filter.kind = None,
        "worker" => filter.worker = None,
        "status" => filter.status = None,
        "change" | "from" => (filter.change, filter.from) = (None, None),
        "members_min" => filter.members_min = None,
        "headcount_min" => filter.headcount_min = None,
        "batch" => filter.batch = None,
        "at" => filter.at = None,
        _ => filter.definition = None,
    })
}

/// Label and value of a condition, as people say it.
fn in_words<'a>(
    ask: &'a Ask,
    name: &str,
    value: &str,
    filter: &Filter,
    atlas: &Atlas,
    workers: &[Worker],
) -> Option<(&'a str, String)> {
    let t = |text: &'static str| ask.t(text).to_owned();
    let at_least = || format!("≥ {value}");
    Some(match name {
        "q" => (ask.t("搜"), value.to_owned()),
        "town" => (ask.t("区镇"), place_name(ask, atlas, filter.town)),
        "front" => (ask.t("阵地"), or(filter.front, t("未定"), |front| t(front.label()))),
        "place" => (ask.t("地点"), place_name(ask, atlas, filter.place)),
        "station" => (
            ask.t("工作站"),
            or(filter.station, t("未定"), |id| {
                atlas.station(id).map_or_else(|| t("已关闭的工作站"), |one| one.name.clone())
            }),
        ),
        "body" => (
            ask.t("行业党委"),
            or(filter.body, t("未定"), |id| {
                atlas.body(id).map_or_else(|| t("已撤的行业党委"), |one| one.name.clone())
            }),
        ),
        "industry" => (ask.t("行业"), filter.industry.map(|one| t(one.label()))?),
        "kind" => (ask.t("类型"), filter.kind.map(|one| t(one.label()))?),
        "worker" => (
            ask.t("责任人"),
            or(filter.worker, t("未派"), |id| {
                let known = workers.iter().find(|worker| worker.id == id);
                known.map_or_else(|| t("已离任的工作者"), |worker| masked(Some(&worker.name)))
            }),
        ),
        "status" => (ask.t("状态"), filter.status.map(|one| t(one.label()))?),
        "change" => (ask.t("变动"), filter.change.map(|one| t(one.label()))?),
        "from" if filter.change.is_some() => return None,
        "from" => (ask.t("从"), value.to_owned()),
        "members_min" => (ask.t("正式党员"), at_least()),
        "headcount_min" => (ask.t("从业"), at_least()),
        "batch" => (ask.t("批次"), value.to_owned()),
        "at" => (ask.t("截至"), value.to_owned()),
        _ => (ask.t("口径"), fill(ask.t("第 {} 版"), &[value])),
    })
}

fn or<T>(value: Option<Or<T>>, none: String, name: impl FnOnce(T) -> String) -> String {
    match value {
        Some(Or::Is(one)) => name(one),
        _ => none,
    }
}

fn place_name(ask: &Ask, atlas: &Atlas, id: Option<places::PlaceId>) -> String {
    let known = id.filter(|id| atlas.place(*id).is_some());
    known.map_or_else(|| ask.t("那天没有的地点").to_owned(), |id| atlas.path(id))
}

/// The panel's choices, with what is chosen now.
pub(crate) struct Panel {
    pub(crate) towns: Vec<Choice>,
    pub(crate) fronts: Vec<Choice>,
    pub(crate) stations: Vec<Choice>,
    pub(crate) bodies: Vec<Choice>,
    pub(crate) industries: Vec<Choice>,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) statuses: Vec<Choice>,
    /// Names that the place field offers.
    pub(crate) places: Vec<String>,
    /// Conditions that the panel does not ask for but keeps.
    pub(crate) kept: Vec<(&'static str, String)>,
}

/// A datalist longer than this is no help, and weighs on a phone.
const OFFERED: usize = 200;

/// Fills the panel.
pub(crate) fn panel(ask: &Ask, filter: &Filter, sort: Sort, atlas: &Atlas) -> Panel {
    let text = |value: Option<String>| value.unwrap_or_default();
    let none = |chosen: &str| Choice::new("none", ask.t("未定"), chosen);
    let town = text(filter.town.map(|one| one.to_string()));
    let front = text(filter.front.map(|one| one.to_string()));
    let station = text(filter.station.map(|one| one.to_string()));
    let body = text(filter.body.map(|one| one.to_string()));
    let mut fronts = choices::<Front>(ask, &front);
    fronts.push(none(&front));
    let mut stations = station_choices(atlas, &station);
    stations.push(none(&station));
    let mut bodies = body_choices(atlas, &body);
    bodies.push(none(&body));
    let kept = filter.pairs().into_iter().filter(|(name, _)| {
        matches!(*name, "place" | "worker" | "change" | "from" | "batch" | "definition")
    });
    let mut kept: Vec<_> = kept.collect();
    if sort != Sort::Number {
        kept.push(("sort", sort.to_string()));
    }
    Panel {
        towns: town_choices(atlas, &town),
        fronts,
        stations,
        bodies,
        industries: choices::<Industry>(ask, &text(filter.industry.map(|one| one.to_string()))),
        kinds: choices::<UnitKind>(ask, &text(filter.kind.map(|one| one.to_string()))),
        statuses: choices::<Standing>(ask, &text(filter.status.map(|one| one.to_string()))),
        places: place_names(atlas),
        kept,
    }
}

/// The towns in their order.
pub(crate) fn town_choices(atlas: &Atlas, chosen: &str) -> Vec<Choice> {
    atlas.towns().iter().map(|town| Choice::new(town, atlas.name(*town), chosen)).collect()
}

/// The stations by town.
pub(crate) fn station_choices(atlas: &Atlas, chosen: &str) -> Vec<Choice> {
    let choice = |one: &places::Station| Choice::new(one.id, &one.name, chosen);
    atlas.stations().iter().map(choice).collect()
}

/// The bodies in their order.
pub(crate) fn body_choices(atlas: &Atlas, chosen: &str) -> Vec<Choice> {
    atlas.bodies().iter().map(|one| Choice::new(one.id, &one.name, chosen)).collect()
}

/// What a place field offers: the fronts, by name.
pub(crate) fn place_names(atlas: &Atlas) -> Vec<String> {
    let Some(city) = atlas.city() else { return Vec::new() };
    let is_front =
        |id: &places::PlaceId| atlas.place(*id).is_some_and(|place| place.kind == PlaceKind::Front);
    let fronts = atlas.subtree(city).into_iter().filter(is_front);
    fronts.map(|id| atlas.name(id).to_owned()).take(OFFERED).collect()
}
