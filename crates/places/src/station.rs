//! An area workstation (区域工作站): belongs to a town and covers places in it.

use kernel::{Date, id_kind};

use crate::PlaceId;

id_kind!(StationIdKind, StationId, "stn");

/// A station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Which.
    pub id: StationId,
    /// The town it belongs to, and whose places alone it can cover.
    pub town: PlaceId,
    /// Its name, unique in its town while it is open.
    pub name: String,
    /// Its address, or empty.
    pub address: String,
    /// The first day on which it worked.
    pub opened_on: Date,
    /// The first day on which it no longer works; [`kernel::time::OPEN`] while it is open.
    pub closed_on: Date,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

impl Station {
    /// Whether it works on this date.
    pub fn is_open(&self, on: Date) -> bool {
        self.opened_on <= on && on < self.closed_on
    }
}

/// A station covers a place and everything in it that nothing nearer covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    /// The station.
    pub station: StationId,
    /// The place.
    pub place: PlaceId,
    /// Since when.
    pub from: Date,
    /// The first day on which it no longer does.
    pub to: Date,
}
