//! The tree on one date, whole and unchanging: every lookup is a step or a walk up.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use db::{Result, Tx};
use kernel::{Date, fold_name, nearest};

use crate::{
    Body, BodyId, Front, Industry, KeySite, Place, PlaceId, PlaceKind, Station, StationId,
    UnitKind, store,
};

/// The place tree with its stations, bodies and key sites as they stood on a date.
#[derive(Debug)]
pub struct Atlas {
    on: Date,
    /// The first and last day of which all of it is as true as of `on`.
    period: (Date, Date),
    stamp: i64,
    city: Option<PlaceId>,
    towns: Vec<PlaceId>,
    places: HashMap<PlaceId, Node>,
    by_name: HashMap<(PlaceId, String), Vec<PlaceId>>,
    town_names: HashMap<String, Option<PlaceId>>,
    stations: Vec<Station>,
    station_turns: HashMap<StationId, usize>,
    covered: HashMap<StationId, Vec<PlaceId>>,
    bodies: Vec<Body>,
    body_turns: HashMap<BodyId, usize>,
    key_sites: Vec<KeySite>,
}

#[derive(Debug)]
struct Node {
    place: Place,
    folded: String,
    children: Vec<PlaceId>,
    town: Option<PlaceId>,
    front: Option<Front>,
    station: Option<StationId>,
}

/// Why a written name is no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NameMiss {
    /// Nothing is called so; perhaps this was meant.
    Unknown {
        /// The nearest name, if one is clearly nearest.
        suggestion: Option<String>,
    },
    /// Several places are called so; the path (万象汇/一层) tells them apart.
    Ambiguous {
        /// The paths of all of them.
        paths: Vec<String>,
    },
}

impl Atlas {
    /// Reads the tree on a date, in one go, with everything this transaction has written so far.
    pub async fn load(tx: &mut Tx, on: Date) -> Result<Self> {
        let stamp = store::stamp(tx).await?;
        let mut atlas = Self::of(on, stamp, store::places_on(tx, on).await?);
        atlas.set_stations(store::stations_on(tx, on).await?, store::covers_on(tx, on).await?);
        atlas.bodies = store::bodies(tx).await?;
        atlas.body_turns = turns(&atlas.bodies, |body| body.id);
        atlas.key_sites = store::key_sites_on(tx, on).await?;
        atlas.period = store::still_period(tx, on).await?;
        Ok(atlas)
    }

    /// Whether nothing of the tree has changed since it was read, as this transaction sees it.
    pub async fn is_current(&self, tx: &mut Tx) -> Result<bool> {
        Ok(store::stamp(tx).await? == self.stamp)
    }

    /// Joins places, ordered by their turn, into a tree.
    fn of(on: Date, stamp: i64, places: Vec<(Place, String)>) -> Self {
        let order: Vec<PlaceId> = places.iter().map(|(place, _)| place.id).collect();
        let node = |(place, folded): (Place, String)| {
            let children = Vec::new();
            (place.id, Node { place, folded, children, town: None, front: None, station: None })
        };
        let mut atlas = Self {
            on,
            period: (on, on),
            stamp,
            city: None,
            towns: Vec::new(),
            places: places.into_iter().map(node).collect(),
            by_name: HashMap::new(),
            town_names: HashMap::new(),
            stations: Vec::new(),
            station_turns: HashMap::new(),
            covered: HashMap::new(),
            bodies: Vec::new(),
            body_turns: HashMap::new(),
            key_sites: Vec::new(),
        };
        for id in order {
            match atlas.places[&id].place.parent {
                None => atlas.city = Some(id),
                Some(parent) => {
                    if let Some(above) = atlas.places.get_mut(&parent) {
                        above.children.push(id);
                    }
                }
            }
        }
        atlas.hand_down();
        atlas.name_towns();
        atlas
    }

    /// Gives every place its town and front, from the top down.
    fn hand_down(&mut self) {
        let Some(city) = self.city else { return };
        for id in self.subtree(city) {
            let place = &self.places[&id].place;
            let above = place.parent.and_then(|parent| self.places.get(&parent));
            let town = match place.kind {
                PlaceKind::Town => Some(id),
                _ => above.and_then(|above| above.town),
            };
            let front = place.front.or_else(|| above.and_then(|above| above.front));
            if place.kind == PlaceKind::Town {
                self.towns.push(id);
            }
            // A damaged record whose parent is gone is in no subtree and keeps its blanks.
            let Some(node) = self.places.get_mut(&id) else { continue };
            (node.town, node.front) = (town, front);
            if let Some(town) = town {
                let key = (town, node.folded.clone());
                self.by_name.entry(key).or_default().push(id);
            }
        }
    }

    /// Towns by their names and by what people leave out of them: 昆山高新区 is 高新区, 张浦镇 is
    /// 张浦. A short form that would mean two towns means none.
    fn name_towns(&mut self) {
        let city = self.city.map(|city| fold_name(self.name(city))).unwrap_or_default();
        let stem = city.strip_suffix('市').unwrap_or(&city).to_owned();
        let mut short: HashMap<String, Option<PlaceId>> = HashMap::new();
        for town in &self.towns {
            let full = &self.places[town].folded;
            for form in short_forms(full, &stem) {
                let one = short.entry(form).or_insert(Some(*town));
                if *one != Some(*town) {
                    *one = None;
                }
            }
        }
        for town in &self.towns {
            short.insert(self.places[town].folded.clone(), Some(*town));
        }
        self.town_names = short;
    }

    /// A place is its nearest covered ancestor's station's; itself first. A town that several
    /// stations cover leaves the rest of it to none of them.
    fn set_stations(&mut self, stations: Vec<Station>, covers: Vec<(StationId, PlaceId)>) {
        self.station_turns = turns(&stations, |station| station.id);
        self.stations = stations;
        let mut direct: HashMap<PlaceId, Vec<StationId>> = HashMap::new();
        for (station, place) in covers {
            if self.station_turns.contains_key(&station) {
                direct.entry(place).or_default().push(station);
            }
        }
        let Some(city) = self.city else { return };
        for id in self.subtree(city) {
            let own = direct.get(&id).map_or(&[][..], Vec::as_slice);
            for station in own {
                self.covered.entry(*station).or_default().push(id);
            }
            let parent = self.places[&id].place.parent;
            let inherited = parent.and_then(|parent| self.places.get(&parent)?.station);
            let station = if let [only] = own { Some(*only) } else { inherited };
            if let Some(node) = self.places.get_mut(&id) {
                node.station = station;
            }
        }
    }

    /// The date that it was asked for; from a cache, some date of the same period.
    pub const fn on(&self) -> Date {
        self.on
    }
    /// Grows with every change to places, stations, bodies or key sites, on whatever date.
    pub const fn stamp(&self) -> i64 {
        self.stamp
    }
    /// The root; `None` before the city was founded, or on a date before that.
    pub const fn city(&self) -> Option<PlaceId> {
        self.city
    }
    /// The towns in their order.
    pub fn towns(&self) -> &[PlaceId] {
        &self.towns
    }
    /// How many places there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }
    /// Whether the city is not founded on this date.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
    /// A place that stands on this date.
    pub fn place(&self, id: PlaceId) -> Option<&Place> {
        self.places.get(&id).map(|node| &node.place)
    }
    /// A place's name; empty when it does not stand on this date.
    pub fn name(&self, id: PlaceId) -> &str {
        self.places.get(&id).map_or("", |node| &node.place.name)
    }
    /// What hangs directly under it, in order.
    pub fn children(&self, id: PlaceId) -> &[PlaceId] {
        self.places.get(&id).map_or(&[], |node| &node.children)
    }
    /// What it hangs under, nearest first, up to the city; without itself.
    pub fn ancestors(&self, id: PlaceId) -> impl Iterator<Item = PlaceId> + use<'_> {
        let above = |id: PlaceId| self.places.get(&id).and_then(|node| node.place.parent);
        std::iter::successors(above(id), move |id| above(*id))
    }
    /// The town that it lies in, itself if it is one.
    pub fn town_of(&self, id: PlaceId) -> Option<PlaceId> {
        self.places.get(&id)?.town
    }
    /// The kind of the front that it lies in, or is.
    pub fn front_of(&self, id: PlaceId) -> Option<Front> {
        self.places.get(&id)?.front
    }
    /// The front that it lies in, or is.
    pub fn front_place(&self, id: PlaceId) -> Option<PlaceId> {
        let is_front =
            |id: &PlaceId| self.place(*id).is_some_and(|place| place.kind == PlaceKind::Front);
        std::iter::once(id).chain(self.ancestors(id)).find(is_front)
    }
    /// It and everything in it: each place before what hangs under it, siblings in order.
    pub fn subtree(&self, id: PlaceId) -> Vec<PlaceId> {
        let mut found = Vec::new();
        let mut waiting = vec![id];
        while let Some(next) = waiting.pop() {
            if let Some(node) = self.places.get(&next) {
                found.push(next);
                waiting.extend(node.children.iter().rev());
            }
        }
        found
    }
    /// Whether it lies in `root`, or is it.
    pub fn is_within(&self, id: PlaceId, root: PlaceId) -> bool {
        id == root || self.ancestors(id).any(|above| above == root)
    }

    /// The town that this text names: in full, or without what people leave out.
    pub fn town_by_name(&self, text: &str) -> Result<PlaceId, NameMiss> {
        if let Some(town) = self.town_names.get(&fold_name(text)).copied().flatten() {
            return Ok(town);
        }
        let names: Vec<&str> = self.towns.iter().map(|town| self.name(*town)).collect();
        let suggestion = nearest(text, &names).map(str::to_owned);
        Err(NameMiss::Unknown { suggestion })
    }

    /// The place in a town that this text names: a name, or a path with `/` (万象汇/一层). A front
    /// goes before a floor of the same name. A miss looks at every name of the town, so a caller
    /// with many rows keeps the answer.
    pub fn by_name(&self, text: &str, town: PlaceId) -> Result<PlaceId, NameMiss> {
        let folded = fold_name(text);
        let mut found = town;
        for step in folded.split('/') {
            found = self.step_down(step, found, town)?;
        }
        Ok(found)
    }

    fn step_down(&self, step: &str, from: PlaceId, town: PlaceId) -> Result<PlaceId, NameMiss> {
        let known = self.by_name.get(&(town, step.to_owned())).map_or(&[][..], Vec::as_slice);
        let below: Vec<PlaceId> =
            known.iter().copied().filter(|id| *id != from && self.is_within(*id, from)).collect();
        let direct =
            below.iter().find(|id| self.place(**id).is_some_and(|one| one.parent == Some(from)));
        match (direct, &below[..]) {
            (Some(one), _) | (None, [one]) => Ok(*one),
            (None, []) => Err(NameMiss::Unknown { suggestion: self.suggest(step, from) }),
            (None, many) => {
                Err(NameMiss::Ambiguous { paths: many.iter().map(|id| self.path(*id)).collect() })
            }
        }
    }

    fn suggest(&self, step: &str, within: PlaceId) -> Option<String> {
        let below = self.subtree(within);
        let names: Vec<&str> = below.iter().skip(1).map(|id| self.name(*id)).collect();
        nearest(step, &names).map(str::to_owned)
    }

    /// The names from the front down, joined by `/`; [`by_name`](Self::by_name) reads it back. The
    /// name alone for the city and the towns.
    pub fn path(&self, id: PlaceId) -> String {
        let below_town = |id: &PlaceId| {
            self.place(*id)
                .is_some_and(|one| !matches!(one.kind, PlaceKind::City | PlaceKind::Town))
        };
        let mut names: Vec<&str> = std::iter::once(id)
            .chain(self.ancestors(id))
            .filter(below_town)
            .map(|id| self.name(id))
            .collect();
        if names.is_empty() {
            return self.name(id).to_owned();
        }
        names.reverse();
        names.join("/")
    }

    /// The stations open on this date, by town in order, then by name.
    pub fn stations(&self) -> &[Station] {
        &self.stations
    }
    /// A station open on this date.
    pub fn station(&self, id: StationId) -> Option<&Station> {
        self.station_turns.get(&id).map(|turn| &self.stations[*turn])
    }
    /// The open stations of a town.
    pub fn stations_of_town(&self, town: PlaceId) -> impl Iterator<Item = &Station> {
        self.stations.iter().filter(move |station| station.town == town)
    }
    /// The places that a station was given, in the tree's order, without what lies in them.
    pub fn covered_by(&self, station: StationId) -> &[PlaceId] {
        self.covered.get(&station).map_or(&[], Vec::as_slice)
    }
    /// The station that the place belongs to: its own, or the nearest covered ancestor's; of its
    /// town when exactly one station covers that.
    pub fn station_of(&self, place: PlaceId) -> Option<StationId> {
        self.places.get(&place)?.station
    }

    /// The industry bodies in their order.
    pub fn bodies(&self) -> &[Body] {
        &self.bodies
    }
    /// A body.
    pub fn body(&self, id: BodyId) -> Option<&Body> {
        self.body_turns.get(&id).map(|turn| &self.bodies[*turn])
    }
    /// The body that takes such a unit: the first rule that fits, in order of bodies, then rules.
    pub fn body_for(
        &self,
        kind: UnitKind,
        industry: Industry,
        front: Option<Front>,
    ) -> Option<BodyId> {
        let takes = |body: &&Body| body.rules.iter().any(|rule| rule.fits(kind, industry, front));
        self.bodies.iter().find(takes).map(|body| body.id)
    }

    /// The key sites on this date.
    pub fn key_sites(&self) -> &[KeySite] {
        &self.key_sites
    }
    /// The key site of a town and an industry.
    pub fn key_site(&self, town: PlaceId, industry: Industry) -> Option<&KeySite> {
        self.key_sites.iter().find(|site| site.town == town && site.industry == industry)
    }
}

fn turns<T, K: std::hash::Hash + Eq>(all: &[T], key: impl Fn(&T) -> K) -> HashMap<K, usize> {
    all.iter().enumerate().map(|(turn, one)| (key(one), turn)).collect()
}

/// A folded town name without the city's name before it or the rank behind it.
fn short_forms(full: &str, stem: &str) -> Vec<String> {
    const RANKS: [&str; 6] = ["经济技术开发区", "经济开发区", "开发区", "街道", "镇", "乡"];
    let mut forms = Vec::new();
    let bare = full.strip_prefix(stem).filter(|rest| !stem.is_empty() && !rest.is_empty());
    let rank = RANKS.iter().find_map(|rank| full.strip_suffix(rank));
    for form in bare.into_iter().chain(rank) {
        // One character is too little to tell a town by, and the city's own name is the city.
        if form != stem && form.chars().nth(1).is_some() {
            forms.push(form.to_owned());
        }
    }
    forms
}

/// The trees of a few dates, kept until any place, station, body or key site changes. A part of
/// the site's [`State`](web::State): `state.part::<AtlasCache>()`.
#[derive(Debug, Default)]
pub struct AtlasCache {
    kept: Mutex<Vec<Arc<Atlas>>>,
}

/// Trees kept at once: today's, and what people compare it with. One tree serves every date until
/// the next on which something in it changed.
const KEPT: usize = 32;

impl AtlasCache {
    /// The tree on a date. Never ask in a transaction that has itself changed places: what is not
    /// committed must not be kept. Use [`Atlas::load`] there.
    pub async fn at(&self, tx: &mut Tx, on: Date) -> Result<Arc<Atlas>> {
        let stamp = store::stamp(tx).await?;
        if let Some(known) = self.known(on, stamp) {
            return Ok(known);
        }
        let made = Arc::new(Atlas::load(tx, on).await?);
        // Without a city nothing counts the changes yet.
        if stamp == 0 {
            return Ok(made);
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // A tree of an older stamp may still be read by an older transaction, but not for long.
        let same = |one: &Atlas| one.period == made.period && one.stamp == made.stamp;
        kept.retain(|one| one.stamp >= made.stamp && !same(one));
        kept.truncate(KEPT - 1);
        kept.insert(0, Arc::clone(&made));
        Ok(made)
    }

    fn known(&self, on: Date, stamp: i64) -> Option<Arc<Atlas>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |one: &Arc<Atlas>| one.period.0 <= on && on <= one.period.1;
        let turn = kept.iter().position(|one| one.stamp == stamp && holds(one))?;
        let found = kept.remove(turn);
        kept.insert(0, Arc::clone(&found));
        Some(found)
    }
}
