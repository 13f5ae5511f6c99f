//! A unit in the words of the sheet: the same texts in the preview and in an export, so that what
//! goes out comes back unchanged.

use std::{collections::HashMap, fmt::Write as _};

use kernel::Code as _;
use places::PlaceId;

use super::{columns::Column, desk::Desk};
use crate::unit::{Cover, Facts, Identity, OrganisationId};

/// Names that a sheet shows for ids.
pub(crate) struct Names<'a> {
    pub(crate) desk: &'a Desk,
    /// Names of organisations.
    pub(crate) organisations: &'a HashMap<OrganisationId, String>,
}

impl Names<'_> {
    /// A cell of the sheet as text.
    pub(crate) fn cell(&self, column: Column, identity: &Identity, facts: &Facts) -> String {
        match column {
            Column::Name => identity.name.clone(),
            Column::Uscc => identity.uscc.to_string(),
            Column::Kind => identity.kind.label().to_owned(),
            Column::Industry => facts.industry.label().to_owned(),
            Column::Town => self.place_name(facts.town),
            Column::Front => facts.front.map_or("", |front| front.label()).to_owned(),
            Column::Place => facts.place.map_or_else(String::new, |place| self.path(place)),
            Column::Address => identity.address.clone(),
            Column::Status => facts.status.label().to_owned(),
            Column::Headcount => facts.headcount.to_string(),
            Column::Members => facts.member_count.to_string(),
            Column::Cover => facts.cover.label().to_owned(),
            Column::Organisation => self.organisation(facts),
            Column::Work => facts.work.label(),
            Column::Worker => {
                facts.worker.and_then(|worker| self.desk.worker_label(worker)).unwrap_or_default()
            }
            Column::Note => identity.note.clone(),
        }
    }

    fn organisation(&self, facts: &Facts) -> String {
        if facts.cover == Cover::None {
            return String::new();
        }
        let name = facts.organisation.and_then(|id| self.organisations.get(&id));
        name.cloned().unwrap_or_default()
    }

    fn place_name(&self, place: PlaceId) -> String {
        self.desk.tree_of(place).name(place).to_owned()
    }

    fn path(&self, place: PlaceId) -> String {
        self.desk.tree_of(place).path(place)
    }
}

/// `IM-2021-0147`
pub(super) fn label(year: i16, number: i64) -> String {
    let mut label = String::new();
    // Writing to a String cannot fail.
    let _ = write!(label, "IM-{year:04}-{number:04}");
    label
}
