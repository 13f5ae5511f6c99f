//! What follows from what was said of a unit: a place settles its town, front and station; kind,
//! industry and front settle the industry body. Nobody types what the tree already knows.

use places::{Atlas, UnitKind};

use crate::unit::Facts;

/// What was said outright, and so is not derived.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said {
    /// The front was given.
    pub front: bool,
    /// The station was given.
    pub station: bool,
    /// The body was given.
    pub body: bool,
}

/// Fills in what follows. A place that lies in another town than the one given moves the unit to
/// its own town: the caller refuses the contradiction before, where a person typed both.
pub fn settle(atlas: &Atlas, kind: UnitKind, facts: &mut Facts, said: Said) {
    if let Some(place) = facts.place {
        if let Some(town) = atlas.town_of(place) {
            facts.town = town;
        }
        if !said.front {
            facts.front = atlas.front_of(place).or(facts.front);
        }
    }
    if !said.station {
        facts.station = atlas.station_of(facts.place.unwrap_or(facts.town));
    }
    if !said.body {
        facts.body = atlas.body_for(kind, facts.industry, facts.front);
    }
}
