//! The fields of a unit's form: a unit as typed text, and typed text as a draft.

use std::str::FromStr;

use kernel::{Code as _, LooseDate, fold};
use places::{Atlas, Front, Industry, NameMiss, PlaceId, UnitKind};
use web::{Ask, FieldErrors, Form};

use super::{
    chips::{body_choices, place_names, station_choices, town_choices},
    words::{Choice, choices, masked},
};
use crate::{
    edit::Draft,
    unit::{Cover, Facts, Status, Unit, WorkWay, WorkerId},
    worker::Worker,
};

/// The form's selects.
pub(crate) struct Choices {
    pub(crate) kinds: Vec<Choice>,
    pub(crate) industries: Vec<Choice>,
    pub(crate) towns: Vec<Choice>,
    pub(crate) fronts: Vec<Choice>,
    pub(crate) stations: Vec<Choice>,
    pub(crate) bodies: Vec<Choice>,
    pub(crate) statuses: Vec<Choice>,
    pub(crate) covers: Vec<Choice>,
    pub(crate) workers: Vec<Choice>,
    pub(crate) places: Vec<String>,
}

/// Fills the selects. Who may not take a unit out of the denominator is not offered it.
pub(crate) fn choices_of(
    ask: &Ask,
    atlas: &Atlas,
    form: &Form,
    workers: &[Worker],
    may_leave: bool,
) -> Choices {
    let mut statuses = choices::<Status>(ask, form.get("status"));
    statuses.retain(|one| may_leave || one.chosen || one.value == Status::Operating.code());
    let mut bodies = body_choices(atlas, form.get("body"));
    bodies.push(Choice::new("none", ask.t("不归行业党委"), form.get("body")));
    let mut stations = station_choices(atlas, form.get("station"));
    stations.push(Choice::new("none", ask.t("不归工作站"), form.get("station")));
    Choices {
        kinds: choices::<UnitKind>(ask, form.get("kind")),
        industries: choices::<Industry>(ask, form.get("industry")),
        towns: town_choices(atlas, form.get("town")),
        fronts: choices::<Front>(ask, form.get("front")),
        stations,
        bodies,
        statuses,
        covers: choices::<Cover>(ask, form.get("cover")),
        workers: worker_choices(workers, form.get("worker")),
        places: place_names(atlas),
    }
}

/// Workers by name; whoever assigns them has to tell them apart.
pub(crate) fn worker_choices(workers: &[Worker], chosen: &str) -> Vec<Choice> {
    workers.iter().map(|one| Choice::new(one.id, one.name.as_str(), chosen)).collect()
}

/// A unit as the form shows it before anybody types.
pub(crate) fn typed_of(
    atlas: &Atlas,
    unit: &Unit,
    facts: &Facts,
    organisation: Option<String>,
) -> Form {
    let text = |value: Option<String>| value.unwrap_or_default();
    let identity = &unit.identity;
    let mut fields: Vec<(&str, String)> = vec![
        ("uscc", identity.uscc.as_str().to_owned()),
        ("name", identity.name.clone()),
        ("kind", identity.kind.to_string()),
        ("industry", facts.industry.to_string()),
        ("town", facts.town.to_string()),
        ("place_name", text(facts.place.map(|place| atlas.path(place)))),
        ("front", text(facts.front.map(|one| one.to_string()))),
        ("station", facts.station.map_or_else(|| "none".to_owned(), |one| one.to_string())),
        ("body", facts.body.map_or_else(|| "none".to_owned(), |one| one.to_string())),
        ("address", identity.address.clone()),
        ("status", facts.status.to_string()),
        ("status_reason", facts.status_reason.clone()),
        ("status_evidence", facts.status_evidence.clone()),
        ("headcount", facts.headcount.to_string()),
        ("member_count", facts.member_count.to_string()),
        ("cover", facts.cover.to_string()),
        ("organisation", text(organisation)),
        ("worker", text(facts.worker.map(|one| one.to_string()))),
        ("note", identity.note.clone()),
    ];
    fields.extend(facts.work.ways().map(|way| ("work", way.to_string())));
    Form::of(fields)
}

/// The form's fields, in their order, for laying two copies side by side.
pub(crate) const FIELDS: [&str; 20] = [
    "uscc",
    "name",
    "kind",
    "industry",
    "town",
    "place_name",
    "front",
    "station",
    "body",
    "address",
    "headcount",
    "member_count",
    "cover",
    "organisation",
    "work",
    "worker",
    "status",
    "status_reason",
    "status_evidence",
    "note",
];

/// Every value of a field as one text.
pub(crate) fn whole(form: &Form, field: &str) -> String {
    if field == "work" {
        let mut ways: Vec<&str> = form.all(field).collect();
        ways.sort_unstable();
        return ways.join(",");
    }
    form.get(field).to_owned()
}

/// What a typed value means to people.
pub(crate) fn shown_value(
    ask: &Ask,
    atlas: &Atlas,
    workers: &[Worker],
    field: &str,
    form: &Form,
) -> String {
    fn label<T: kernel::Code>(ask: &Ask, text: &str) -> String {
        T::from_code(text).map_or_else(|| text.to_owned(), |one| ask.t(one.label()).to_owned())
    }
    let text = form.get(field);
    let shown = match field {
        "kind" => label::<UnitKind>(ask, text),
        "industry" => label::<Industry>(ask, text),
        "front" => label::<Front>(ask, text),
        "status" => label::<Status>(ask, text),
        "cover" => label::<Cover>(ask, text),
        "work" => {
            let ways = form.all(field).map(|way| label::<WorkWay>(ask, way));
            ways.collect::<Vec<_>>().join("、")
        }
        "town" => text.parse().map(|id| atlas.name(id).to_owned()).unwrap_or_default(),
        "station" => {
            let station = text.parse().ok().and_then(|id| atlas.station(id));
            station.map(|one| one.name.clone()).unwrap_or_default()
        }
        "body" => {
            let body = text.parse().ok().and_then(|id| atlas.body(id));
            body.map(|one| one.name.clone()).unwrap_or_default()
        }
        "worker" => {
            let worker = text.parse::<WorkerId>().ok();
            let worker = workers.iter().find(|one| Some(one.id) == worker);
            masked(worker.map(|one| &one.name))
        }
        _ => text.to_owned(),
    };
    if shown.is_empty() { "—".to_owned() } else { shown }
}

/// Reads a form. Of a unit that is there, only what differs from `before` is said, so that what
/// follows from the place goes on following.
pub(crate) fn draft_of(
    form: &Form,
    before: Option<&Form>,
    atlas: &Atlas,
    errors: &mut FieldErrors,
) -> Draft {
    let says = |field: &str| {
        before.map_or_else(
            || !form.get(field).is_empty(),
            |before| whole(before, field) != whole(form, field),
        )
    };
    let text = |field: &str| says(field).then(|| form.get(field).to_owned());
    let mut draft = Draft {
        on: read_day(form, errors),
        uscc: before.is_none_or(|_| says("uscc")).then(|| form.get("uscc").to_owned()),
        name: text("name"),
        kind: if says("kind") { word(form, "kind", errors) } else { None },
        industry: if says("industry") { word(form, "industry", errors) } else { None },
        town: if says("town") { word(form, "town", errors) } else { None },
        front: says("front").then(|| word(form, "front", errors)),
        station: says("station").then(|| or_none(form, "station", errors)),
        body: says("body").then(|| or_none(form, "body", errors)),
        address: text("address"),
        headcount: if says("headcount") { count(form, "headcount", errors) } else { None },
        member_count: if says("member_count") { count(form, "member_count", errors) } else { None },
        cover: if says("cover") { word(form, "cover", errors) } else { None },
        organisation: text("organisation"),
        worker: says("worker").then(|| word(form, "worker", errors)),
        note: text("note"),
        ..Draft::default()
    };
    if says("work") {
        draft.work = Some(form.all("work").filter_map(|way| way.parse().ok()).collect());
    }
    if says("place_name") || (says("town") && !form.get("place_name").is_empty()) {
        draft.place = read_place(form, atlas, errors);
    }
    // A reason belongs to the status that it is given for.
    if ["status", "status_reason", "status_evidence"].into_iter().any(says) {
        draft.status = word(form, "status", errors);
        draft.status_reason = Some(form.get("status_reason").to_owned());
        draft.status_evidence = Some(form.get("status_evidence").to_owned());
    }
    // A station that follows from the place is not said again when the place changes.
    if form.get("station").is_empty() {
        draft.station = None;
    }
    if form.get("body").is_empty() {
        draft.body = None;
    }
    draft
}

fn read_day(form: &Form, errors: &mut FieldErrors) -> Option<kernel::Date> {
    let text = form.optional("on")?;
    match text.parse::<LooseDate>() {
        Ok(date) if date.day().is_some() => date.day(),
        Ok(_) => {
            errors.add("on", "要写到哪一天，例如 2021-10-20");
            None
        }
        Err(why) => {
            errors.add("on", why.message());
            None
        }
    }
}

fn word<T: FromStr>(form: &Form, field: &'static str, errors: &mut FieldErrors) -> Option<T> {
    form.parsed(field, "请从列表里选", errors)
}

fn or_none<T: FromStr>(form: &Form, field: &'static str, errors: &mut FieldErrors) -> Option<T> {
    if form.get(field) == "none" { None } else { word(form, field, errors) }
}

/// A whole number as people type it: full-width digits, separators and a trailing 人 are folded.
pub(crate) fn read_count(text: &str) -> Option<i64> {
    let folded = fold(text);
    let digits = folded.trim().trim_end_matches(['人', '家']).replace([',', ' ', '，'], "");
    digits.parse().ok()
}

fn count(form: &Form, field: &'static str, errors: &mut FieldErrors) -> Option<i64> {
    let text = form.get(field);
    if text.is_empty() {
        return Some(0);
    }
    let read = read_count(text);
    if read.is_none() {
        errors.add(field, "请填整数，例如 12");
    }
    read
}

/// The place that was typed, in the town that was chosen; `Some(None)` when it was taken away.
fn read_place(form: &Form, atlas: &Atlas, errors: &mut FieldErrors) -> Option<Option<PlaceId>> {
    let text = form.get("place_name");
    if text.is_empty() {
        return Some(None);
    }
    let Ok(town) = form.get("town").parse::<PlaceId>() else {
        errors.add("town", "写了地点，也要选它在哪个区镇");
        return None;
    };
    match atlas.by_name(text, town) {
        Ok(place) => Some(Some(place)),
        Err(NameMiss::Ambiguous { paths }) => {
            errors.add("place_name", format!("有几处叫这个名字，请写全：{}", paths.join("、")));
            None
        }
        Err(NameMiss::Unknown { suggestion }) => {
            let town = atlas.name(town);
            errors.add(
                "place_name",
                match suggestion {
                    Some(name) => format!("{town}没有这个地点，是不是“{name}”"),
                    None => format!("{town}没有这个地点，可以先空着，或请管地点的人登记"),
                },
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read_count;

    #[test]
    fn counts_are_read_as_people_type_them() {
        for (typed, read) in [
            ("12", Some(12)),
            ("１２", Some(12)),
            ("1,204", Some(1204)),
            ("12人", Some(12)),
            ("-3", Some(-3)),
            ("", None),
            ("十二", None),
            ("1.5", None),
        ] {
            assert_eq!(read_count(typed), read, "{typed}");
        }
    }
}
