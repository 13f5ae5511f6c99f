//! What an actor may see: their grants, laid over the tree.

use std::collections::HashSet;

use kernel::{Actor, Role, actor::ScopeKind};

use crate::{Atlas, BodyId, PlaceId, StationId};

/// The scopes that some roles of an actor reach. A domain turns it into conditions on its records:
/// a record is reached when any of the lists holds what it lies in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The whole city: no condition at all.
    pub all: bool,
    /// Whole towns.
    pub towns: Vec<PlaceId>,
    /// Stations, with what they cover.
    pub stations: Vec<StationId>,
    /// The roots of subtrees.
    pub places: Vec<PlaceId>,
    /// Industry bodies, whose records lie anywhere in the city.
    pub bodies: Vec<BodyId>,
    /// Everything above the places reached: seen by name, so that the way down is seen.
    above: HashSet<PlaceId>,
}

impl Reach {
    /// What these roles of the actor reach, in the tree as the atlas has it.
    pub fn of(actor: &Actor, atlas: &Atlas, roles: &[Role]) -> Self {
        let mut reach = Self::default();
        for scope in actor.scopes(roles) {
            match (scope.kind, scope.id) {
                (ScopeKind::City, _) => reach.all = true,
                (ScopeKind::Town, Some(id)) => reach.towns.push(PlaceId::from_uuid(id)),
                (ScopeKind::Place, Some(id)) => reach.places.push(PlaceId::from_uuid(id)),
                (ScopeKind::Station, Some(id)) => reach.stations.push(StationId::from_uuid(id)),
                (ScopeKind::Body, Some(id)) => reach.bodies.push(BodyId::from_uuid(id)),
                // Records of later domains, which hang at no place.
                _ => {}
            }
        }
        reach.tidy();
        reach.above = reach.ways_up(atlas);
        reach
    }

    /// Everything, for work that the system does for itself.
    pub fn everything() -> Self {
        Self { all: true, ..Self::default() }
    }

    fn tidy(&mut self) {
        self.towns.sort_unstable();
        self.towns.dedup();
        self.places.sort_unstable();
        self.places.dedup();
        self.stations.sort_unstable();
        self.stations.dedup();
        self.bodies.sort_unstable();
        self.bodies.dedup();
    }

    fn ways_up(&self, atlas: &Atlas) -> HashSet<PlaceId> {
        let mut above = HashSet::new();
        for root in self.towns.iter().chain(&self.places) {
            above.extend(atlas.ancestors(*root));
        }
        for station in &self.stations {
            let town = atlas.station(*station).map(|station| station.town);
            above.extend(town);
            for place in town.into_iter().chain(atlas.covered_by(*station).iter().copied()) {
                above.extend(atlas.ancestors(place));
            }
        }
        above
    }

    /// Whether it reaches nothing at all.
    pub fn is_empty(&self) -> bool {
        !self.all
            && self.towns.is_empty()
            && self.stations.is_empty()
            && self.places.is_empty()
            && self.bodies.is_empty()
    }

    /// Whether the whole of this place is reached by where it lies: its town, a subtree or the
    /// station that covers it. Bodies do not count, since they take some units of a place.
    pub fn holds_place(&self, atlas: &Atlas, place: PlaceId) -> bool {
        if self.all {
            return true;
        }
        if atlas.station_of(place).is_some_and(|station| self.stations.contains(&station)) {
            return true;
        }
        let mut way = std::iter::once(place).chain(atlas.ancestors(place));
        way.any(|one| self.places.contains(&one) || self.towns.contains(&one))
    }

    /// Whether the place's name and standing are seen: it is reached, or lies above what is. Who
    /// works for a body sees the whole tree, because its units lie anywhere.
    pub fn sees_place(&self, atlas: &Atlas, place: PlaceId) -> bool {
        if atlas.place(place).is_none() {
            return false;
        }
        !self.bodies.is_empty() || self.above.contains(&place) || self.holds_place(atlas, place)
    }

    /// Whether the station is seen: granted itself, or of a town that is reached whole.
    pub fn sees_station(&self, atlas: &Atlas, station: StationId) -> bool {
        let Some(found) = atlas.station(station) else { return false };
        self.all || self.stations.contains(&station) || self.sees_place(atlas, found.town)
    }
}
