//! Which units: one filter, the same in a URL, in a page's chips and in SQL. A figure and the
//! list behind it are the same filter, so they cannot disagree.

use std::str::FromStr;

use db::{Query, args};
use jiff::civil::Date;
use kernel::{Code as _, time::OPEN};
use places::{Atlas, BodyId, Front, Industry, PlaceId, Reach, StationId, UnitKind};

use crate::{
    coverage::By,
    search::Found,
    standing::{Change, Standing},
    unit::WorkerId,
};

/// A value that a unit has, or that it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Or<T> {
    /// This one.
    Is(T),
    /// None (`none` in a URL).
    None,
}

impl<T: FromStr> FromStr for Or<T> {
    type Err = T::Err;
    fn from_str(text: &str) -> Result<Self, T::Err> {
        if text == "none" { Ok(Self::None) } else { text.parse().map(Self::Is) }
    }
}

impl<T: std::fmt::Display> std::fmt::Display for Or<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Is(one) => one.fmt(f),
            Self::None => f.write_str("none"),
        }
    }
}

/// Conditions on units. Empty ones do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// As of this day; today when `None`.
    pub at: Option<Date>,
    /// For a change: the day it is counted from.
    pub from: Option<Date>,
    /// How the unit changed between `from` and `at`.
    pub change: Option<Change>,
    /// Where it stands.
    pub status: Option<Standing>,
    /// Town.
    pub town: Option<PlaceId>,
    /// Kind of front.
    pub front: Option<Or<Front>>,
    /// A place and everything in it.
    pub place: Option<PlaceId>,
    /// Area workstation.
    pub station: Option<Or<StationId>>,
    /// Industry body.
    pub body: Option<Or<BodyId>>,
    /// Industry.
    pub industry: Option<Industry>,
    /// Kind of unit.
    pub kind: Option<UnitKind>,
    /// Responsible worker.
    pub worker: Option<Or<WorkerId>>,
    /// At least so many full members.
    pub members_min: Option<i64>,
    /// At least so many employees.
    pub headcount_min: Option<i64>,
    /// Words searched for.
    pub q: Option<String>,
    /// Units that an import wrote, by its label.
    pub batch: Option<String>,
    /// The rule's version; the newest when `None`.
    pub definition: Option<i64>,
    /// For counting a change by a key: a unit that changed its key left one and came to another.
    /// Never in a URL.
    pub split_by: Option<By>,
}

/// A query field that does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadField(pub &'static str);

impl Filter {
    /// Reads the fields of a query; unknown ones are left to others.
    pub fn from_pairs<'a>(
        pairs: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, BadField> {
        fn parse<T: FromStr>(name: &'static str, text: &str) -> Result<Option<T>, BadField> {
            text.parse().map(Some).map_err(|_| BadField(name))
        }
        let mut filter = Self::default();
        for (name, value) in pairs {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            match name {
                "at" => filter.at = parse("at", value)?,
                "from" => filter.from = parse("from", value)?,
                "change" => filter.change = parse("change", value)?,
                "status" => filter.status = parse("status", value)?,
                "town" => filter.town = parse("town", value)?,
                "front" => filter.front = parse("front", value)?,
                "place" => filter.place = parse("place", value)?,
                "station" => filter.station = parse("station", value)?,
                "body" => filter.body = parse("body", value)?,
                "industry" => filter.industry = parse("industry", value)?,
                "kind" => filter.kind = parse("kind", value)?,
                "worker" => filter.worker = parse("worker", value)?,
                "members_min" => filter.members_min = parse("members_min", value)?,
                "headcount_min" => filter.headcount_min = parse("headcount_min", value)?,
                "q" => filter.q = Some(value.to_owned()),
                "batch" => filter.batch = Some(value.to_owned()),
                "definition" => filter.definition = parse("definition", value)?,
                _ => {}
            }
        }
        if filter.change.is_some() && filter.from.is_none() {
            return Err(BadField("from"));
        }
        Ok(filter)
    }

    /// The fields that restrict, in a fixed order.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        let mut put = |name, value: Option<String>| {
            if let Some(value) = value {
                pairs.push((name, value));
            }
        };
        put("q", self.q.clone());
        put("town", self.town.map(|one| one.to_string()));
        put("front", self.front.map(|one| one.to_string()));
        put("place", self.place.map(|one| one.to_string()));
        put("station", self.station.map(|one| one.to_string()));
        put("body", self.body.map(|one| one.to_string()));
        put("industry", self.industry.map(|one| one.to_string()));
        put("kind", self.kind.map(|one| one.to_string()));
        put("worker", self.worker.map(|one| one.to_string()));
        put("status", self.status.map(|one| one.to_string()));
        put("change", self.change.map(|one| one.to_string()));
        put("members_min", self.members_min.map(|one| one.to_string()));
        put("headcount_min", self.headcount_min.map(|one| one.to_string()));
        put("batch", self.batch.clone());
        put("from", self.from.map(|one| one.to_string()));
        put("at", self.at.map(|one| one.to_string()));
        put("definition", self.definition.map(|one| one.to_string()));
        pairs
    }

    /// The same as a query, without `?`; empty when nothing restricts.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs() {
            query.append_pair(name, &value);
        }
        query.finish()
    }

    /// The address of the list of these units (`/units` or `/api/v1/units`).
    pub fn url(&self, list: &str) -> String {
        let query = self.query();
        if query.is_empty() { list.to_owned() } else { format!("{list}?{query}") }
    }

    /// The same with one thing different: `filter.but(|f| f.status = Some(Due))`.
    #[must_use]
    pub fn but(&self, differ: impl FnOnce(&mut Self)) -> Self {
        let mut other = self.clone();
        differ(&mut other);
        other
    }
}

/// What a filter needs to become SQL: the tree, what the actor may see, the rule and the day.
pub struct Frame<'a> {
    /// The place tree.
    pub atlas: &'a Atlas,
    /// What the actor may see.
    pub reach: &'a Reach,
    /// The rule's member floor.
    pub member_floor: i64,
    /// The city's date today.
    pub today: Date,
    /// What the words found, when words were searched for.
    pub found: Option<&'a Found>,
}

/// In which shape a query reads units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// States alone: counting.
    States,
    /// States, and the unit of each.
    WithUnits,
    /// Units in the order of their own index, and the state of each: the first page of a long
    /// list, without sorting all of it. `CROSS JOIN` keeps SQLite from turning the loops around.
    UnitsFirst,
}

impl Filter {
    /// `SELECT … FROM … WHERE …` over the state `s` of the day (and its unit `u`), for these
    /// units and no others. For a change, `o` is the same state as `s`.
    pub(crate) fn select(&self, columns: &'static str, frame: &Frame<'_>, shape: Shape) -> Query {
        self.select_query(Query::new(columns), frame, shape)
    }

    /// The same with composed columns.
    pub(crate) fn select_query(&self, columns: Query, frame: &Frame<'_>, shape: Shape) -> Query {
        let at = self.at.unwrap_or(frame.today);
        let mut query = Query::new("SELECT ").nested(columns);
        query = match (self.change, self.from) {
            (Some(change), Some(from)) => self.changed(query, change, from, at, frame),
            _ => {
                query = query.part(match (shape, self.kind) {
                    (Shape::States, None) => " FROM unit_state AS s WHERE ",
                    (Shape::UnitsFirst, _) => {
                        " FROM unit AS u CROSS JOIN unit_state AS s WHERE s.unit_no = u.no AND "
                    }
                    _ => " FROM unit_state AS s JOIN unit AS u ON u.no = s.unit_no WHERE ",
                });
                let query = on_day(query, at, frame.today);
                self.in_set(query.part(" AND "), frame)
            }
        };
        if let Some(kind) = self.kind {
            query = query.with(" AND u.kind = ?", args![kind.code()]);
        }
        if let Some(batch) = &self.batch {
            query = query.with(
                " AND s.unit_no IN (SELECT written.unit_no FROM import_row AS written \
                 JOIN import_batch AS batch ON batch.id = written.batch_id WHERE batch.label = ?)",
                args![batch],
            );
        }
        match frame.found {
            Some(found) => found.narrow(query),
            None => query,
        }
    }

    /// Units in this set at one end and not at the other.
    fn changed(
        &self,
        query: Query,
        change: Change,
        from: Date,
        at: Date,
        frame: &Frame<'_>,
    ) -> Query {
        let (standing, here, there) = match change {
            Change::Established => (Standing::Covered, at, from),
            Change::Lost => (Standing::Covered, from, at),
            Change::Entered => (Standing::Operating, at, from),
            Change::Left => (Standing::Operating, from, at),
        };
        let set = self.but(|filter| filter.status = Some(standing));
        let query = query.part(
            " FROM unit_state AS o JOIN unit_state AS s ON s.unit_no = o.unit_no \
             AND s.from_on = o.from_on JOIN unit AS u ON u.no = o.unit_no WHERE ",
        );
        let query = on_day(query, here, frame.today).part(" AND ");
        let query = set.in_set(query, frame);
        // A span that covers both ends is in the set at both: only those that begin or end
        // between the two need the question, and those have an index. Both ends of its range are
        // said, though one follows from the day: else the planner begins with all days before it.
        let query = if here > there {
            query.with(" AND o.from_on > ? AND o.from_on <= ?", args![there, here])
        } else {
            query.with(" AND o.to_on <= ? AND o.to_on > ?", args![there, here])
        };
        let other = Query::new("SELECT 1 FROM unit_state AS s WHERE s.unit_no = o.unit_no AND ");
        let other = on_day(other, there, frame.today).part(" AND ");
        let other = set.in_set(other, frame);
        query.part(" AND NOT EXISTS (").nested(other).part(self.split_by.map_or(")", By::same))
    }

    /// The conditions on the state `s` that say which set, and what the actor may see.
    fn in_set(&self, mut query: Query, frame: &Frame<'_>) -> Query {
        query = match self.status.map(Standing::condition) {
            None => query.part("TRUE"),
            Some((condition, false)) => query.part(condition),
            Some((condition, true)) => query.with(condition, args![frame.member_floor]),
        };
        if let Some(town) = self.town {
            query = query.with(" AND s.town_id = ?", args![town]);
        }
        query = match self.front {
            None => query,
            Some(Or::None) => query.part(" AND s.front = ''"),
            Some(Or::Is(front)) => query.with(" AND s.front = ?", args![front.code()]),
        };
        if let Some(place) = self.place {
            query = query.part(" AND ").any_of("s.place_id", frame.atlas.subtree(place));
        }
        query = match self.station {
            None => query,
            Some(Or::None) => query.part(" AND s.station_id IS NULL"),
            Some(Or::Is(station)) => query.with(" AND s.station_id = ?", args![station]),
        };
        query = match self.body {
            None => query,
            Some(Or::None) => query.part(" AND s.body_id IS NULL"),
            Some(Or::Is(body)) => query.with(" AND s.body_id = ?", args![body]),
        };
        query = match self.worker {
            None => query,
            Some(Or::None) => query.part(" AND s.worker_id IS NULL"),
            Some(Or::Is(worker)) => query.with(" AND s.worker_id = ?", args![worker]),
        };
        if let Some(industry) = self.industry {
            query = query.with(" AND s.industry = ?", args![industry.code()]);
        }
        if let Some(least) = self.members_min {
            query = query.with(" AND s.member_count >= ?", args![least]);
        }
        if let Some(least) = self.headcount_min {
            query = query.with(" AND s.headcount >= ?", args![least]);
        }
        visible(query, frame)
    }
}

/// The span of a day. Facts are never put into the future, so today's is the open one, which has
/// an index of its own.
fn on_day(query: Query, day: Date, today: Date) -> Query {
    if day >= today {
        query.with("s.to_on = ?", args![OPEN])
    } else {
        query.with("s.from_on <= ? AND s.to_on > ?", args![day, day])
    }
}

/// Cuts to what the actor may see.
pub(crate) fn visible(query: Query, frame: &Frame<'_>) -> Query {
    let reach = frame.reach;
    if reach.all {
        return query;
    }
    let places = reach.places.iter().flat_map(|place| frame.atlas.subtree(*place));
    query
        .part(" AND (")
        .any_of("s.town_id", reach.towns.iter().copied())
        .part(" OR ")
        .any_of("s.station_id", reach.stations.iter().copied())
        .part(" OR ")
        .any_of("s.body_id", reach.bodies.iter().copied())
        .part(" OR ")
        .any_of("s.place_id", places)
        .part(")")
}
