//! The empty ledger to fill in: every column explained, every closed set a dropdown, the places of
//! the tree among them.

use jiff::civil::Date;
use kernel::Code;
use office::{Choice, TemplateColumn, TemplateKind, TemplateSpec, WriteError};
use places::{Atlas, Front, Industry, PlaceId, PlaceKind, UnitKind};

use crate::{
    export::title,
    import::columns::{Column, EXPLANATION, TEMPLATE_VERSION},
    unit::{Cover, Status, WorkWay},
};

/// Places offered in the dropdown; more would make the list useless and the file slow. Fronts go
/// first, then floors and streets, then shops.
const PLACES: usize = 3_000;
/// The largest count that a cell takes.
const COUNT_LIMIT: i32 = 1_000_000;

/// The template of the unit ledger, for the tree as it is today.
///
/// # Errors
/// What the writer refuses.
pub fn units(atlas: &Atlas, today: Date) -> Result<Vec<u8>, WriteError> {
    let column = |column: &Column| TemplateColumn {
        header: column.label().to_owned(),
        width: column.width(),
        kind: kind(*column, atlas),
        required: column.is_required(),
        note: Some(column.note().to_owned()),
    };
    office::template(&TemplateSpec {
        sheet: "单位".into(),
        title: title(today),
        explanation: EXPLANATION.into(),
        version: TEMPLATE_VERSION.into(),
        columns: Column::ALL.iter().map(column).collect(),
        created: today,
    })
}

fn kind(column: Column, atlas: &Atlas) -> TemplateKind {
    // Aliases are understood as well, so other words are only warned about.
    let loose = |values| TemplateKind::Choice(Choice { values, strict: false });
    match column {
        Column::Kind => loose(labels::<UnitKind>()),
        Column::Industry => loose(labels::<Industry>()),
        Column::Town => loose(names(atlas, atlas.towns())),
        Column::Front => loose(labels::<Front>()),
        Column::Place => loose(paths(atlas)),
        Column::Status => loose(labels::<Status>()),
        Column::Cover => loose(labels::<Cover>()),
        Column::Work => loose(labels::<WorkWay>()),
        Column::Headcount | Column::Members => TemplateKind::Integer { min: 0, max: COUNT_LIMIT },
        _ => TemplateKind::Text,
    }
}

fn labels<T: Code>() -> Vec<String> {
    T::ALL.iter().map(|one| one.label().to_owned()).collect()
}

fn names(atlas: &Atlas, places: &[PlaceId]) -> Vec<String> {
    places.iter().map(|place| atlas.name(*place).to_owned()).collect()
}

fn paths(atlas: &Atlas) -> Vec<String> {
    let Some(city) = atlas.city() else { return Vec::new() };
    let all = atlas.subtree(city);
    let of = |kind: PlaceKind| {
        all.iter().copied().filter(move |id| atlas.place(*id).is_some_and(|one| one.kind == kind))
    };
    let mut paths: Vec<String> = [PlaceKind::Front, PlaceKind::Area, PlaceKind::Shop]
        .into_iter()
        .flat_map(of)
        .map(|place| atlas.path(place))
        .take(PLACES)
        .collect();
    // Two towns may have a front of the same name; one entry serves both.
    let mut seen = std::collections::HashSet::new();
    paths.retain(|path| seen.insert(path.clone()));
    paths
}
