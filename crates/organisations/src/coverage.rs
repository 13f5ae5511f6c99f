//! Coverage at a date: counted sets by front, town, industry or station, and what changed between
//! two dates. Every number is the length of the list that [`Filter`] describes.

use std::{collections::HashMap, hash::BuildHasher};

use db::{Query, Result, Row, Tx, args};
use jiff::civil::Date;
use kernel::{Code as _, Id, code_enum};
use places::{Atlas, Front, Industry, PlaceId, StationId};
use uuid::Uuid;

use crate::{
    filter::{Filter, Frame, Or, Shape},
    standing::{Change, Standing},
    sums::{self, Axis, Counts},
};

code_enum! {
    /// What the rows of a coverage table are.
    pub enum By {
        Front = "front" "阵地",
        Town = "town" "区镇",
        Industry = "industry" "行业",
        Station = "station" "工作站",
    }
}

impl By {
    /// Closes the question “and was it not so at the other end”, asked within the same key.
    pub(crate) const fn same(self) -> &'static str {
        match self {
            Self::Front => " AND s.front = o.front)",
            Self::Town => " AND s.town_id = o.town_id)",
            Self::Industry => " AND s.industry = o.industry)",
            Self::Station => {
                " AND (s.station_id = o.station_id \
                 OR (s.station_id IS NULL AND o.station_id IS NULL)))"
            }
        }
    }
    /// The same filter, cut to one key.
    pub fn cut(self, filter: &Filter, key: &str) -> Filter {
        filter.but(|filter| match self {
            Self::Front => filter.front = key.parse().ok(),
            Self::Town => filter.town = key.parse().ok(),
            Self::Industry => filter.industry = key.parse().ok(),
            Self::Station => filter.station = key.parse().ok(),
        })
    }
    /// The name of a key.
    pub fn name(self, key: &str, atlas: &Atlas) -> String {
        match self {
            Self::Front => match key.parse::<Or<Front>>() {
                Ok(Or::Is(front)) => front.label().to_owned(),
                _ => "未定阵地".to_owned(),
            },
            Self::Town => key
                .parse()
                .ok()
                .and_then(|id| Some(atlas.place(id)?.name.clone()))
                .unwrap_or_default(),
            Self::Industry => match key.parse::<Industry>() {
                Ok(industry) => industry.label().to_owned(),
                Err(_) => key.to_owned(),
            },
            Self::Station => match key.parse::<Or<StationId>>() {
                Ok(Or::Is(id)) => {
                    atlas.station(id).map_or_else(String::new, |one| one.name.clone())
                }
                _ => "未定工作站".to_owned(),
            },
        }
    }
}

/// One row of a coverage table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageRow {
    /// The key: a front's or industry's word, a town's or station's id, or `none`.
    pub key: String,
    /// The counted sets.
    pub counts: Counts,
}

/// A coverage table at a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// In the order that people expect.
    pub rows: Vec<CoverageRow>,
    /// All of them together.
    pub total: Counts,
}

/// Counts the units of a filter at its date, row by row. A scope that the running sums know is
/// read from them; any other is counted from the states themselves, by the same conditions.
pub async fn coverage(tx: &mut Tx, filter: &Filter, frame: &Frame<'_>, by: By) -> Result<Coverage> {
    let found = if summed(filter, frame) {
        from_sums(tx, filter, frame, by).await?
    } else {
        counted(tx, filter, frame, by).await?
    };
    Ok(arrange(found, frame.atlas, by))
}

/// The length of a filter's list, when the running sums along one key already have it.
pub(crate) async fn counted_already(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
) -> Result<Option<i64>> {
    let by = match (filter.front, filter.industry, filter.station) {
        (Some(_), _, _) => By::Front,
        (_, Some(_), _) => By::Industry,
        (_, _, Some(_)) => By::Station,
        _ => By::Town,
    };
    let plain = filter.but(|filter| filter.status = None);
    let Some(standing) = filter.status.filter(|_| summed(&plain, frame)) else { return Ok(None) };
    if along(&plain, frame, by).0 == Axis::Cell {
        return Ok(None);
    }
    let counts = from_sums(tx, &plain, frame, by).await?;
    let total = counts.values().fold(Counts::default(), |mut total, one| {
        total.add(one, 1);
        total
    });
    Ok(total.standing(standing))
}

/// Whether the running sums can answer: they know town, front, industry and station, and the
/// newest rule.
pub(crate) fn summed(filter: &Filter, frame: &Frame<'_>) -> bool {
    let plain = Filter {
        at: filter.at,
        town: filter.town,
        front: filter.front,
        industry: filter.industry,
        station: filter.station,
        ..Filter::default()
    };
    let reach = frame.reach;
    *filter == plain && (reach.all || (reach.places.is_empty() && reach.bodies.is_empty()))
}

const SUMS: &str = ", CAST(SUM(s.operating) AS BIGINT), CAST(SUM(s.separate) AS BIGINT), \
     CAST(SUM(s.joint) AS BIGINT), CAST(SUM(s.work) AS BIGINT), \
     CAST(SUM(s.work_covered) AS BIGINT), CAST(SUM(s.eligible) AS BIGINT), \
     CAST(SUM(s.covered_eligible) AS BIGINT) FROM (SELECT * FROM coverage_mark \
     WHERE axis = ? AND on_date = ? AND ";
const STEPS: &str = " UNION ALL SELECT * FROM coverage_step \
     WHERE axis = ? AND on_date >= ? AND on_date <= ? AND ";

/// Which stored sums answer, and the towns that they are of; without towns they are of the city.
pub(crate) fn along(filter: &Filter, frame: &Frame<'_>, by: By) -> (Axis, Vec<PlaceId>) {
    let reach = frame.reach;
    let other_key = (filter.front.is_some() && by != By::Front)
        || (filter.industry.is_some() && by != By::Industry)
        || (filter.station.is_some() && by != By::Station);
    if other_key || (!reach.all && !reach.stations.is_empty()) {
        return (Axis::Cell, Vec::new());
    }
    let towns: Option<Vec<PlaceId>> = match (reach.all, filter.town) {
        (true, None) => None,
        (true, Some(town)) => Some(vec![town]),
        (false, None) => Some(reach.towns.clone()),
        (false, Some(town)) => {
            Some(reach.towns.iter().copied().filter(|one| *one == town).collect())
        }
    };
    let axis = match by {
        By::Front => Axis::Front,
        By::Town => return (Axis::Town, Vec::new()),
        By::Industry => Axis::Industry,
        By::Station => Axis::Station,
    };
    match towns {
        None => (axis, Vec::new()),
        // Nothing is seen: the cells' own conditions say so.
        Some(towns) if towns.is_empty() => (Axis::Cell, Vec::new()),
        Some(towns) => (axis, towns),
    }
}

async fn from_sums(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    by: By,
) -> Result<HashMap<String, Counts>> {
    let at = filter.at.unwrap_or(frame.today).min(frame.today);
    let mark = sums::mark_before(tx, at).await?;
    let (axis, towns) = along(filter, frame, by);
    let scoped = |query: Query| match &towns[..] {
        [] => query.with("scope_id = ?", args![Uuid::nil()]),
        [one] => query.with("scope_id = ?", args![*one]),
        several => query.any_of("scope_id", several.iter().copied()),
    };
    let query = Query::new("SELECT ").part(by.key()).with(SUMS, args![axis.code(), mark]);
    let query = scoped(query).with(STEPS, args![axis.code(), mark, at]);
    let mut query = scoped(query).part(") AS s WHERE TRUE");
    if let (true, Some(town)) = (towns.is_empty(), filter.town) {
        query = query.with(" AND s.town_id = ?", args![town]);
    }
    query = match filter.front {
        None => query,
        Some(Or::None) => query.part(" AND s.front = ''"),
        Some(Or::Is(front)) => query.with(" AND s.front = ?", args![front.code()]),
    };
    if let Some(industry) = filter.industry {
        query = query.with(" AND s.industry = ?", args![industry.code()]);
    }
    query = match filter.station {
        None => query,
        Some(Or::None) => query.with(" AND s.station_id = ?", args![Uuid::nil()]),
        Some(Or::Is(station)) => query.with(" AND s.station_id = ?", args![station]),
    };
    if !frame.reach.all && towns.is_empty() {
        query = query
            .part(" AND (")
            .any_of("s.town_id", frame.reach.towns.iter().copied())
            .part(" OR ")
            .any_of("s.station_id", frame.reach.stations.iter().copied())
            .part(")");
    }
    collect(tx, query.part(" GROUP BY ").part(by.key()), by).await
}

/// The seven sets, counted one condition each; the conditions are those of [`Standing`].
pub async fn counted(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    by: By,
) -> Result<HashMap<String, Counts>> {
    let floor = frame.member_floor;
    let set = |standing: Standing| {
        let count = Query::new(", CAST(COALESCE(SUM(CASE WHEN ");
        let count = match standing.condition() {
            (condition, false) => count.part(condition),
            (condition, true) => count.with(condition, args![floor]),
        };
        count.part(" THEN 1 ELSE 0 END), 0) AS BIGINT)")
    };
    let mut columns = Query::new(by.key());
    for standing in [
        Standing::Operating,
        Standing::Separate,
        Standing::Joint,
        Standing::Work,
        Standing::WorkCovered,
        Standing::Eligible,
        Standing::CoveredEligible,
    ] {
        columns = columns.nested(set(standing));
    }
    let query = filter.select_query(columns, frame, Shape::States);
    collect(tx, query.part(" GROUP BY ").part(by.key()), by).await
}

async fn collect(tx: &mut Tx, query: Query, by: By) -> Result<HashMap<String, Counts>> {
    let read = |row: &Row| {
        let counts = Counts {
            operating: row.get(1)?,
            separate: row.get(2)?,
            joint: row.get(3)?,
            work: row.get(4)?,
            work_covered: row.get(5)?,
            eligible: row.get(6)?,
            covered_eligible: row.get(7)?,
        };
        Ok((by.read_key(row)?, counts))
    };
    let mut found: HashMap<String, Counts> = HashMap::new();
    for (key, counts) in tx.list(query, read).await? {
        found.entry(key).or_default().add(&counts, 1);
    }
    Ok(found)
}

impl By {
    fn key(self) -> &'static str {
        match self {
            Self::Front => "s.front",
            Self::Town => "s.town_id",
            Self::Industry => "s.industry",
            Self::Station => "s.station_id",
        }
    }
    fn read_key(self, row: &Row) -> Result<String> {
        Ok(match self {
            Self::Front => {
                let front: String = row.get(0)?;
                if front.is_empty() { "none".to_owned() } else { front }
            }
            Self::Town => row.get::<PlaceId>(0)?.to_string(),
            Self::Industry => row.get(0)?,
            Self::Station => match row.get::<Option<Uuid>>(0)? {
                Some(id) if !id.is_nil() => StationId::from_uuid(id).to_string(),
                _ => "none".to_owned(),
            },
        })
    }
    /// Every key that a table shows even when it is empty, in order.
    fn keys(self, atlas: &Atlas) -> Vec<String> {
        match self {
            Self::Front => Front::ALL.iter().map(ToString::to_string).collect(),
            Self::Town => atlas.towns().iter().map(Id::to_string).collect(),
            Self::Industry => Industry::ALL.iter().map(ToString::to_string).collect(),
            Self::Station => {
                atlas.stations().iter().map(|station| station.id.to_string()).collect()
            }
        }
    }
}

/// Puts counted keys into the order that people expect, with those that a table shows even when
/// they are empty, and sums them.
pub fn arrange<S: BuildHasher>(
    mut found: HashMap<String, Counts, S>,
    atlas: &Atlas,
    by: By,
) -> Coverage {
    let mut total = Counts::default();
    let mut rows = Vec::new();
    let mut put = |key: String, counts: Counts| {
        total.add(&counts, 1);
        rows.push(CoverageRow { key, counts });
    };
    for key in by.keys(atlas) {
        let counts = found.remove(&key).unwrap_or_default();
        put(key, counts);
    }
    // What is left: no front, no station, or a place that is gone by the tree's date.
    let mut rest: Vec<_> =
        found.into_iter().filter(|(_, counts)| *counts != Counts::default()).collect();
    rest.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (key, counts) in rest {
        put(key, counts);
    }
    Coverage { rows, total }
}

/// How many units changed, by key and in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// By key.
    pub by_key: HashMap<String, i64>,
    /// Regardless of keys: a unit that only moved from one key to another is not counted here.
    pub total: i64,
}

/// Counts one kind of change between two dates.
pub async fn changes(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    by: By,
    change: Change,
    from: Date,
) -> Result<Changes> {
    let whole = filter.but(|filter| {
        filter.change = Some(change);
        filter.from = Some(from);
    });
    let split = whole.but(|filter| filter.split_by = Some(by));
    let count = Query::new(by.key()).part(", COUNT(*)");
    let query = split.select_query(count, frame, Shape::States).part(" GROUP BY ").part(by.key());
    let by_key = tx.list(query, |row| Ok((by.read_key(row)?, row.get(1)?))).await?;
    let query = whole.select_query(Query::new("COUNT(*)"), frame, Shape::States);
    let total = tx.list(query, |row| row.get(0)).await?.first().copied().unwrap_or_default();
    Ok(Changes { by_key: by_key.into_iter().collect(), total })
}

/// A change of organisation coverage, explained. The three parts add up to it exactly:
/// c₁/o₁ − c₀/o₀ = established/o₁ − lost/o₁ + c₀·(1/o₁ − 1/o₀).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Explained {
    /// Share at the beginning; `None` for an empty denominator.
    pub before: Option<f64>,
    /// Share at the end.
    pub after: Option<f64>,
    /// What newly covered units brought.
    pub established: Option<f64>,
    /// What units no longer covered took (not above zero).
    pub lost: Option<f64>,
    /// What the denominator's own change did.
    pub denominator: Option<f64>,
}

/// Explains a change from the counts at both ends and the units that came and went.
pub fn explain(before: &Counts, after: &Counts, established: i64, lost: i64) -> Explained {
    let share = |part: i64, whole: i64| (whole != 0).then(|| part as f64 / whole as f64);
    let (o0, o1) = (before.operating, after.operating);
    let denominator =
        share(before.covered(), o1).zip(share(before.covered(), o0)).map(|(now, then)| now - then);
    Explained {
        before: share(before.covered(), o0),
        after: share(after.covered(), o1),
        established: share(established, o1),
        lost: share(-lost, o1),
        denominator,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_three_parts_add_up_to_the_change(
            o0 in 1_i64..5000, o1 in 1_i64..5000, stay in 0_i64..2000, established in 0_i64..900,
            lost in 0_i64..900,
        ) {
            let covered = |separate, operating| Counts { operating, separate, ..Counts::default() };
            let before = covered(stay + lost, o0);
            let after = covered(stay + established, o1);
            let parts = explain(&before, &after, established, lost);
            let three = [parts.established, parts.lost, parts.denominator];
            let sum = three.into_iter().flatten().sum::<f64>();
            let change = parts.after.unwrap() - parts.before.unwrap();
            proptest::prop_assert!((sum - change).abs() < 1e-9);
        }
    }
}
