//! The register over REST: units, coverage, changes. One table of routes; a file for each noun.

mod coverage;
mod units;

use web::{Cursor, Operation, Refused, Routes};

use crate::{
    edit::Draft,
    filter::{BadField, Filter},
    policy::{READERS, WRITERS},
};
use coverage::{ChangesAnswer, ChangesQuery, CoverageAnswer, CoverageQuery};
use units::{Changed, UnitAnswer, UnitsAnswer, UnitsQuery};

/// The API's routes of this domain.
pub fn routes() -> Routes {
    let read = web::Access::Roles(READERS);
    let write = web::Access::Roles(WRITERS);
    Routes::new()
        .get("/api/v1/units", read, units::units)
        .describe(
            Operation::new("Units of a filter, with their state on a day")
                .query::<UnitsQuery>()
                .answers::<UnitsAnswer>(),
        )
        .post("/api/v1/units", write, units::register)
        .describe(
            Operation::new("Register a unit").body::<Draft>().answers::<UnitAnswer>().status(201),
        )
        .get("/api/v1/units/{id}", read, units::unit)
        .describe(Operation::new("One unit").answers::<UnitAnswer>())
        .patch("/api/v1/units/{id}", write, units::change)
        .describe(
            Operation::new("Change a unit that was read as `version`")
                .body::<Changed>()
                .answers::<UnitAnswer>()
                .refuses([409]),
        )
        .get("/api/v1/coverage", read, coverage::coverage)
        .describe(
            Operation::new("Coverage on a day, by front, town, industry or station")
                .query::<CoverageQuery>()
                .answers::<CoverageAnswer>(),
        )
        .get("/api/v1/coverage/changes", read, coverage::changes)
        .describe(
            Operation::new("How coverage changed between two days, explained")
                .query::<ChangesQuery>()
                .answers::<ChangesAnswer>(),
        )
}

impl From<BadField> for Refused {
    fn from(bad: BadField) -> Self {
        Self::BadQuery(bad.0)
    }
}

/// A query, taken apart once.
pub struct Asked {
    /// Name and value, in order.
    pub pairs: Vec<(String, String)>,
}

impl Asked {
    /// Takes it apart.
    pub fn new(query: Option<&str>) -> Self {
        let query = query.unwrap_or_default();
        Self { pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect() }
    }
    /// The conditions on units in it.
    pub fn filter(&self) -> Result<Filter, BadField> {
        let pairs = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        Filter::from_pairs(pairs)
    }
    /// One field; `None` when empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(one, _)| one == name);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
    /// One field as a `T`.
    pub fn parsed<T: std::str::FromStr>(&self, name: &'static str) -> Result<Option<T>, BadField> {
        self.get(name).map(|text| text.parse().map_err(|_| BadField(name))).transpose()
    }
    /// Where the page begins.
    pub fn cursor(&self) -> Result<Option<Cursor>, Refused> {
        let ours = |cursor: &Cursor| match &cursor.0[..] {
            [key, no] => !key.contains('\0') && no.parse::<i64>().is_ok(),
            _ => false,
        };
        let decode = |text| {
            let cursor = Cursor::decode(text).filter(ours);
            cursor.ok_or_else(|| {
                Refused::unprocessable(
                    "bad-cursor",
                    "cursor 不是上一页给的，什么也没有改。请从头再取。",
                )
            })
        };
        self.get("cursor").map(decode).transpose()
    }
}
