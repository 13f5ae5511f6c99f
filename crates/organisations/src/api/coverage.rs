//! Coverage and its changes over REST.

use axum::{Json, extract::RawQuery};
use jiff::civil::Date;
use kernel::Rate;
use places::{Front, Industry, PlaceId, StationId};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Ask, Refused};

use super::{Asked, units::OrNone};
use crate::{
    coverage::{By, Coverage, explain},
    filter::{BadField, Filter},
    sight::Sight,
    standing::{Change, Standing},
    sums::Counts,
};

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the names and types of the query, for the document")]
pub(super) struct CoverageQuery {
    /// As of this day; today when left out. Not in the future.
    #[schemars(extend("format" = "date"))]
    at: Option<String>,
    /// What the rows are; fronts when left out.
    by: Option<By>,
    /// Only this town.
    town: Option<PlaceId>,
    /// Only this kind of front, or `none`.
    front: Option<OrNone<Front>>,
    /// Only this industry.
    industry: Option<Industry>,
    /// Only this station, or `none`.
    station: Option<OrNone<StationId>>,
    /// Only this place and everything in it.
    place: Option<PlaceId>,
    /// Version of the rule; the newest when left out.
    definition: Option<i64>,
}

/// Counts and rates of one row; every count is the length of the list at `units_url` with the
/// `status` of the same name.
#[derive(Serialize, JsonSchema)]
pub struct CoverageLine {
    /// Front, industry, or the id of a town or station; `none` for units without one; `all` for
    /// the total.
    pub key: String,
    /// Its name.
    pub name: String,
    /// |O|
    pub operating: i64,
    /// |S ∩ O|
    pub separate: i64,
    /// |J ∩ O|
    pub joint: i64,
    /// |W ∩ O|
    pub work: i64,
    /// |(S ∪ J ∪ W) ∩ O|
    pub work_covered: i64,
    /// |E ∩ O|
    pub eligible: i64,
    /// |(S ∪ J) ∩ E ∩ O|
    pub covered_eligible: i64,
    /// |S ∪ J| ÷ |O|
    pub organisation_rate: Option<f64>,
    /// |S| ÷ |O|
    pub separate_rate: Option<f64>,
    /// |S ∪ J ∪ W| ÷ |O|
    pub work_rate: Option<f64>,
    /// |(S ∪ J) ∩ E| ÷ |E|
    pub completion_rate: Option<f64>,
    /// Lists exactly the operating units of this row.
    pub units_url: String,
}

impl CoverageLine {
    fn of(key: &str, name: String, counts: &Counts, units_url: String) -> Self {
        let rate = |part, whole| Rate::new(part, whole).value();
        Self {
            key: key.to_owned(),
            name,
            operating: counts.operating,
            separate: counts.separate,
            joint: counts.joint,
            work: counts.work,
            work_covered: counts.work_covered,
            eligible: counts.eligible,
            covered_eligible: counts.covered_eligible,
            organisation_rate: rate(counts.covered(), counts.operating),
            separate_rate: rate(counts.separate, counts.operating),
            work_rate: rate(counts.work_covered, counts.operating),
            completion_rate: rate(counts.covered_eligible, counts.eligible),
            units_url,
        }
    }
}

/// A coverage table.
#[derive(Serialize, JsonSchema)]
pub struct CoverageAnswer {
    /// As of this day.
    pub at: String,
    /// What the rows are.
    pub by: By,
    /// Version of the rule.
    pub definition: i64,
    /// The rows.
    pub rows: Vec<CoverageLine>,
    /// All of them together.
    pub total: CoverageLine,
}

/// A figure names the rule that it was computed with, so a rule that does not exist has none.
pub(super) fn is_published(sight: &Sight, filter: &Filter) -> Answer<()> {
    match filter.definition {
        // Versions count from 1 without a gap.
        Some(version) if !(1..=sight.definition.version).contains(&version) => {
            Err(Refused::unprocessable(
                "no-such-definition",
                format!(
                    "没有第 {version} 版口径，什么也没有算。请不写 definition，或写已发布的版本。"
                ),
            ))
        }
        _ => Ok(()),
    }
}

fn past_day(asked: &Asked, name: &'static str, last: Date) -> Answer<Option<Date>> {
    let day: Option<Date> = asked.parsed(name)?;
    match day {
        Some(day) if day > last => Err(Refused::unprocessable(
            "too-late",
            format!("{name} 最晚写 {last}，什么也没有改。请改成那天或更早。"),
        )),
        _ => Ok(day),
    }
}

pub(super) async fn coverage(ask: Ask, RawQuery(query): RawQuery) -> Answer<Json<CoverageAnswer>> {
    let asked = Asked::new(query.as_deref());
    let by = asked.parsed("by")?.unwrap_or(By::Front);
    let today = ask.cx.today();
    let at = past_day(&asked, "at", today)?.unwrap_or(today);
    let filter = asked.filter()?.but(|filter| filter.at = Some(at));
    if let Some(sight) = Sight::kept(&ask.state, &ask.cx, Some(at)).await? {
        is_published(&sight, &filter)?;
        if let Some(found) = sight.kept_coverage(&filter, by) {
            return Ok(Json(CoverageAnswer::of(&sight, &filter, by, at, &found)));
        }
    }
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, Some(at)).await?;
    is_published(&sight, &filter)?;
    let found = sight.coverage(&mut tx, &filter, by).await?;
    Ok(Json(CoverageAnswer::of(&sight, &filter, by, at, &found)))
}

impl CoverageAnswer {
    fn of(sight: &Sight, filter: &Filter, by: By, at: Date, found: &Coverage) -> Self {
        let operating = filter.but(|filter| filter.status = Some(Standing::Operating));
        let url = |filter: Filter| filter.url("/api/v1/units");
        let rows = found.rows.iter().map(|row| {
            let name = by.name(&row.key, &sight.atlas);
            CoverageLine::of(&row.key, name, &row.counts, url(by.cut(&operating, &row.key)))
        });
        Self {
            at: at.to_string(),
            by,
            definition: filter.definition.unwrap_or(sight.definition.version),
            rows: rows.collect(),
            total: CoverageLine::of("all", "合计".to_owned(), &found.total, url(operating)),
        }
    }
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the names and types of the query, for the document")]
pub(super) struct ChangesQuery {
    /// The day to count from.
    #[schemars(extend("format" = "date"))]
    from: String,
    /// The day to count to; today when left out.
    #[schemars(extend("format" = "date"))]
    at: Option<String>,
    /// What the rows are; fronts when left out.
    by: Option<By>,
    /// Only this town.
    town: Option<PlaceId>,
    /// Only this kind of front, or `none`.
    front: Option<OrNone<Front>>,
    /// Only this industry.
    industry: Option<Industry>,
    /// Only this station, or `none`.
    station: Option<OrNone<StationId>>,
}

/// One row's change of organisation coverage. Shares are of one; the three parts add up to
/// `after − before`.
#[derive(Serialize, JsonSchema)]
pub struct ChangeLine {
    /// The key, as in coverage.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Organisation coverage at the beginning.
    pub before: Option<f64>,
    /// Organisation coverage at the end.
    pub after: Option<f64>,
    /// Units newly covered.
    pub established: i64,
    /// What they brought.
    pub established_part: Option<f64>,
    /// Lists them.
    pub established_url: String,
    /// Units no longer covered.
    pub lost: i64,
    /// What they took, not above zero.
    pub lost_part: Option<f64>,
    /// Lists them.
    pub lost_url: String,
    /// Units that came into the denominator.
    pub entered: i64,
    /// Lists them.
    pub entered_url: String,
    /// Units that left the denominator.
    pub left: i64,
    /// Lists them.
    pub left_url: String,
    /// What the denominator's own change did.
    pub denominator_part: Option<f64>,
}

/// How coverage changed.
#[derive(Serialize, JsonSchema)]
pub struct ChangesAnswer {
    /// From this day.
    pub from: String,
    /// To this day.
    pub at: String,
    /// What the rows are.
    pub by: By,
    /// The rows.
    pub rows: Vec<ChangeLine>,
    /// Of all together.
    pub total: ChangeLine,
}

pub(super) async fn changes(ask: Ask, RawQuery(query): RawQuery) -> Answer<Json<ChangesAnswer>> {
    let asked = Asked::new(query.as_deref());
    let by = asked.parsed("by")?.unwrap_or(By::Front);
    let today = ask.cx.today();
    let at = past_day(&asked, "at", today)?.unwrap_or(today);
    let from = past_day(&asked, "from", at)?.ok_or(BadField("from"))?;
    let filter = asked.filter()?.but(|filter| {
        filter.at = Some(at);
        filter.from = None;
    });
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, Some(at)).await?;
    is_published(&sight, &filter)?;
    let change = crate::change::change(&mut tx, &sight, &filter, by, from).await?;
    let line = |key: &str, name: String, one: &crate::change::ChangeRow, filter: &Filter| {
        let parts = explain(&one.before, &one.after, one.established, one.lost);
        let url = |change| {
            let list = filter.but(|filter| {
                filter.change = Some(change);
                filter.from = Some(from);
            });
            list.url("/api/v1/units")
        };
        ChangeLine {
            key: key.to_owned(),
            name,
            before: parts.before,
            after: parts.after,
            established: one.established,
            established_part: parts.established,
            established_url: url(Change::Established),
            lost: one.lost,
            lost_part: parts.lost,
            lost_url: url(Change::Lost),
            entered: one.entered,
            entered_url: url(Change::Entered),
            left: one.left,
            left_url: url(Change::Left),
            denominator_part: parts.denominator,
        }
    };
    let rows = change
        .rows
        .iter()
        .map(|(key, one)| line(key, by.name(key, &sight.atlas), one, &by.cut(&filter, key)));
    Ok(Json(ChangesAnswer {
        from: from.to_string(),
        at: at.to_string(),
        by,
        rows: rows.collect(),
        total: line("all", "合计".to_owned(), &change.total, &filter),
    }))
}
