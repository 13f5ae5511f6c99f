//! The rows of the sheet, as the page first shows them and as a saved cell answers.

use kernel::Code as _;
use places::Atlas;
use web::Ask;

use super::words::{Choice, Shown, choices, cover, industry, masked, status};
use crate::{
    list::Listed,
    unit::{Cover, Status, UnitId},
};

/// One unit.
pub(crate) struct Row {
    pub(crate) no: i64,
    pub(crate) id: UnitId,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) uscc: String,
    pub(crate) place: String,
    pub(crate) industry: Shown,
    /// The standard's own words, which a narrow column has no room for.
    pub(crate) industry_whole: String,
    pub(crate) headcount: i64,
    pub(crate) members: i64,
    pub(crate) cover: Shown,
    pub(crate) status: Shown,
    pub(crate) station: String,
    pub(crate) worker: String,
    /// The list's own address with this unit open.
    pub(crate) opens: String,
    pub(crate) is_open: bool,
    /// Whether the reader may edit its cells.
    pub(crate) editable: bool,
}

/// What rows need to know of the page.
pub(crate) struct Setting<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) atlas: &'a Atlas,
    pub(crate) member_floor: i64,
    pub(crate) open: Option<UnitId>,
    /// The list's address, to which `open=` is added.
    pub(crate) here: &'a str,
}

/// A listed unit as a row.
pub(crate) fn row(setting: &Setting<'_>, no: i64, one: &Listed, editable: bool) -> Row {
    let Setting { ask, atlas, member_floor, open, here } = *setting;
    let (unit, facts) = (&one.unit, &one.span.facts);
    let join = if here.contains('?') { '&' } else { '?' };
    Row {
        no,
        id: unit.id,
        version: unit.version,
        name: unit.identity.name.clone(),
        uscc: unit.identity.uscc.as_str().to_owned(),
        place: place_words(atlas, facts),
        industry: industry(ask, facts.industry),
        industry_whole: ask.t(facts.industry.label()).to_owned(),
        headcount: facts.headcount,
        members: facts.member_count,
        cover: cover(ask, facts, member_floor),
        status: status(ask, facts.status),
        station: station_words(atlas, facts),
        worker: masked(one.worker.as_ref()),
        opens: format!("{here}{join}open={}", unit.id),
        is_open: open == Some(unit.id),
        editable,
    }
}

/// Where it is: the place, or the town when nothing nearer is known.
pub(crate) fn place_words(atlas: &Atlas, facts: &crate::Facts) -> String {
    let place = facts.place.filter(|place| atlas.place(*place).is_some());
    match place {
        Some(place) => atlas.path(place).replace('/', " "),
        None => atlas.name(facts.town).to_owned(),
    }
}

/// Its station's name, without its town's where that is said already.
pub(crate) fn station_words(atlas: &Atlas, facts: &crate::Facts) -> String {
    let station = facts.station.and_then(|id| atlas.station(id));
    station.map(|one| one.name.clone()).unwrap_or_default()
}

/// What the sheet's menus offer.
pub(crate) struct Menus {
    pub(crate) industries: Vec<Choice>,
    pub(crate) covers: Vec<Choice>,
    pub(crate) statuses: Vec<Choice>,
}

/// The menus in the reader's language. What needs a reason says so: it is done on the form.
pub(crate) fn menus(ask: &Ask) -> Menus {
    let mut statuses = choices::<Status>(ask, "");
    for choice in statuses.iter_mut().filter(|choice| choice.value != Status::Operating.code()) {
        choice.words = super::words::fill(ask.t("{}（须写理由）"), &[&choice.words]);
    }
    Menus {
        industries: choices::<places::Industry>(ask, ""),
        covers: choices::<Cover>(ask, ""),
        statuses,
    }
}
