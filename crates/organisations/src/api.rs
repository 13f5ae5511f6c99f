//! The register over REST: units, coverage, changes.

use axum::{
    Json,
    extract::{Path, RawQuery},
    http::StatusCode,
};
use jiff::civil::Date;
use kernel::Rate;
use places::{Atlas, BodyId, Front, Industry, PlaceId, StationId, UnitKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Cursor, Operation, Refused, Routes};

use crate::{
    coverage::{By, explain},
    edit::{self, Draft},
    filter::{BadField, Filter},
    ledger,
    list::{Listed, Sort},
    organisation, policy,
    policy::{READERS, WRITERS},
    sight::Sight,
    standing::{Change, Standing},
    sums::Counts,
    unit::{Cover, Facts, Status, UnitId, WorkWay, WorkerId},
    worker,
};

/// The API's routes of this domain.
pub fn routes() -> Routes {
    let read = web::Access::Roles(READERS);
    let write = web::Access::Roles(WRITERS);
    Routes::new()
        .get("/api/v1/units", read, units)
        .describe(
            Operation::new("Units of a filter, with their state on a day")
                .query::<UnitsQuery>()
                .answers::<UnitsAnswer>(),
        )
        .post("/api/v1/units", write, register)
        .describe(
            Operation::new("Register a unit").body::<Draft>().answers::<UnitAnswer>().status(201),
        )
        .get("/api/v1/units/{id}", read, unit)
        .describe(Operation::new("One unit").answers::<UnitAnswer>())
        .patch("/api/v1/units/{id}", write, change)
        .describe(
            Operation::new("Change a unit that was read as `version`")
                .body::<Changed>()
                .answers::<UnitAnswer>()
                .refuses([409]),
        )
        .get("/api/v1/coverage", read, coverage)
        .describe(
            Operation::new("Coverage on a day, by front, town, industry or station")
                .query::<CoverageQuery>()
                .answers::<CoverageAnswer>(),
        )
        .get("/api/v1/coverage/changes", read, changes)
        .describe(
            Operation::new("How coverage changed between two days, explained")
                .query::<ChangesQuery>()
                .answers::<ChangesAnswer>(),
        )
}

/// Which units.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the names and types of Filter's fields, for the document")]
struct UnitsQuery {
    /// Any two characters, a code's beginning, or pinyin initials.
    q: Option<String>,
    /// Town.
    town: Option<PlaceId>,
    /// Kind of front, or `none`.
    front: Option<OrNone<Front>>,
    /// A place and everything in it.
    place: Option<PlaceId>,
    /// Area workstation, or `none`.
    station: Option<OrNone<StationId>>,
    /// Industry body, or `none`.
    body: Option<OrNone<BodyId>>,
    /// Industry.
    industry: Option<Industry>,
    /// Kind of unit.
    kind: Option<UnitKind>,
    /// Responsible worker, or `none`.
    worker: Option<OrNone<WorkerId>>,
    /// Where it stands.
    status: Option<Standing>,
    /// How it changed between `from` and `at`.
    change: Option<Change>,
    /// The day that a change is counted from.
    #[schemars(extend("format" = "date"))]
    from: Option<String>,
    /// As of this day; today when left out.
    #[schemars(extend("format" = "date"))]
    at: Option<String>,
    /// At least so many full members.
    members_min: Option<i64>,
    /// At least so many employees.
    headcount_min: Option<i64>,
    /// Units that an import wrote, by its label.
    batch: Option<String>,
    /// Version of the rule; the newest when left out.
    definition: Option<i64>,
    /// The order.
    sort: Option<Sort>,
    /// Units on a page, 1 to 200; 50 when left out.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A value, or `none` for units that have none: [`crate::filter::Or`] as the document has it.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "for the document alone")]
enum OrNone<T> {
    /// This one.
    Is(T),
    /// None.
    None(NoneWord),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "for the document alone")]
enum NoneWord {
    #[schemars(rename = "none")]
    None,
}

/// A thing with a name.
#[derive(Serialize, JsonSchema)]
pub struct Named<T> {
    /// Its id or word.
    pub id: T,
    /// Its name.
    pub name: String,
}

/// A unit and its state.
#[derive(Serialize, JsonSchema)]
pub struct UnitAnswer {
    /// Public id.
    pub id: UnitId,
    /// Send it back when changing the unit.
    pub version: i64,
    /// Unified social credit code.
    pub uscc: String,
    /// Registered name.
    pub name: String,
    /// Kind of unit.
    pub kind: UnitKind,
    /// Industry.
    pub industry: Industry,
    /// Town.
    pub town: Named<PlaceId>,
    /// Kind of front.
    pub front: Option<Front>,
    /// Place.
    pub place: Option<Named<PlaceId>>,
    /// Address.
    pub address: String,
    /// Whether it is in business.
    pub status: Status,
    /// Why it left the denominator.
    pub status_reason: String,
    /// What shows that it left.
    pub status_evidence: String,
    /// Employees, in persons.
    pub headcount: i64,
    /// Full party members, in persons.
    pub member_count: i64,
    /// How an organisation covers it.
    pub cover: Cover,
    /// The covering organisation's name.
    pub organisation: Option<String>,
    /// The ways in which it is work-covered.
    pub work: Vec<WorkWay>,
    /// Station.
    pub station: Option<Named<StationId>>,
    /// Industry body.
    pub body: Option<Named<BodyId>>,
    /// Responsible worker.
    pub worker: Option<Named<WorkerId>>,
    /// Anything else.
    pub note: String,
    /// The state holds from this day.
    pub from_on: String,
    /// First day on which it no longer holds; absent while it does.
    pub to_on: Option<String>,
}

impl UnitAnswer {
    fn of(listed: Listed, atlas: &Atlas) -> Self {
        let Listed { unit, span, organisation, worker } = listed;
        let Facts { town, place, station, body, .. } = span.facts;
        let facts = span.facts;
        let place_name = |id: PlaceId| Named { id, name: atlas.name(id).to_owned() };
        Self {
            id: unit.id,
            version: unit.version,
            uscc: unit.identity.uscc.as_str().to_owned(),
            name: unit.identity.name,
            kind: unit.identity.kind,
            industry: facts.industry,
            town: place_name(town),
            front: facts.front,
            place: place.map(place_name),
            address: unit.identity.address,
            status: facts.status,
            status_reason: facts.status_reason,
            status_evidence: facts.status_evidence,
            headcount: facts.headcount,
            member_count: facts.member_count,
            cover: facts.cover,
            organisation,
            work: facts.work.ways().collect(),
            station: station.map(|id| Named {
                id,
                name: atlas.station(id).map(|one| one.name.clone()).unwrap_or_default(),
            }),
            body: body.map(|id| Named {
                id,
                name: atlas.body(id).map(|one| one.name.clone()).unwrap_or_default(),
            }),
            worker: facts.worker.map(|id| Named { id, name: worker.unwrap_or_default() }),
            note: unit.identity.note,
            from_on: span.from_on.to_string(),
            to_on: (span.to_on < kernel::time::OPEN).then(|| span.to_on.to_string()),
        }
    }
}

/// One page of units.
#[derive(Serialize, JsonSchema)]
pub struct UnitsAnswer {
    /// The units.
    pub items: Vec<UnitAnswer>,
    /// How many the filter has in all.
    pub total: i64,
    /// For the next page; absent on the last.
    pub next_cursor: Option<String>,
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

async fn units(ask: Ask, RawQuery(query): RawQuery) -> Answer<Json<UnitsAnswer>> {
    let asked = Asked::new(query.as_deref());
    if asked.get("change").is_some() && asked.get("from").is_none() {
        return Err(Refused::unprocessable(
            "from-needed",
            "change 要和 from 一起用，什么也没有改。请写从哪一天算起。",
        ));
    }
    let filter = asked.filter()?;
    let sort = asked.parsed("sort")?.unwrap_or(Sort::Number);
    let limit = asked.parsed("limit")?.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Refused::BadQuery("limit"));
    }
    let cursor = asked.cursor()?;
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, filter.at).await?;
    is_published(&sight, &filter)?;
    let (page, total) = sight.list(&mut tx, &filter, sort, cursor.as_ref(), limit).await?;
    let items = page.items.into_iter().map(|one| UnitAnswer::of(one, &sight.atlas)).collect();
    let next_cursor = page.next.map(|cursor| cursor.encode());
    Ok(Json(UnitsAnswer { items, total, next_cursor }))
}

async fn read_one(ask: &Ask, id: UnitId) -> Answer<UnitAnswer> {
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let found = ledger::find(&mut tx, id).await?.ok_or(Refused::NotFound)?;
    let (unit, mut spans) = found;
    let span = spans.pop().ok_or(Refused::NotFound)?;
    if !policy::reaches(&sight.reach, &sight.atlas, &span.facts) {
        return Err(Refused::NotFound);
    }
    let organisation = match span.facts.organisation {
        Some(id) => organisation::name(&mut tx, id).await?,
        None => None,
    };
    let worker = match span.facts.worker {
        Some(id) => worker::find(&mut tx, id).await?.map(|worker| worker.name),
        None => None,
    };
    Ok(UnitAnswer::of(Listed { unit, span, organisation, worker }, &sight.atlas))
}

async fn unit(ask: Ask, Path(id): Path<String>) -> Answer<Json<UnitAnswer>> {
    let id = id.parse().map_err(|_| Refused::NotFound)?;
    read_one(&ask, id).await.map(Json)
}

async fn register(ask: Ask, Json(draft): Json<Draft>) -> Answer<(StatusCode, Json<UnitAnswer>)> {
    let mut tx = ledger::begin(ask.db()).await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let id = edit::register(&mut tx, &ask.cx, &sight.atlas, &draft).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(read_one(&ask, id).await?)))
}

/// A change, and the version that it was made from.
#[derive(Deserialize, JsonSchema)]
pub struct Changed {
    /// The unit's version as it was read.
    pub version: i64,
    /// What is said; what is left out stays.
    pub set: Draft,
}

async fn change(
    ask: Ask,
    Path(id): Path<String>,
    Json(changed): Json<Changed>,
) -> Answer<Json<UnitAnswer>> {
    let id: UnitId = id.parse().map_err(|_| Refused::NotFound)?;
    let mut tx = ledger::begin(ask.db()).await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    edit::change(&mut tx, &ask.cx, &sight.atlas, id, changed.version, &changed.set).await?;
    tx.commit().await?;
    read_one(&ask, id).await.map(Json)
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the names and types of the query, for the document")]
struct CoverageQuery {
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
    /// Front, industry, or the id of a town or station; `none` for units without; `all` for the total.
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
fn is_published(sight: &Sight, filter: &Filter) -> Answer<()> {
    match filter.definition {
        // Versions count from 1 without a gap.
        Some(version) if !(1..=sight.definition.version).contains(&version) => {
            Err(Refused::unprocessable(
                "no-such-definition",
                format!("没有第 {version} 版口径，什么也没有算。请不写 definition，或写已发布的版本。"),
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

async fn coverage(ask: Ask, RawQuery(query): RawQuery) -> Answer<Json<CoverageAnswer>> {
    let asked = Asked::new(query.as_deref());
    let by = asked.parsed("by")?.unwrap_or(By::Front);
    let today = ask.cx.today();
    let at = past_day(&asked, "at", today)?.unwrap_or(today);
    let filter = asked.filter()?.but(|filter| filter.at = Some(at));
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, Some(at)).await?;
    is_published(&sight, &filter)?;
    let found = sight.coverage(&mut tx, &filter, by).await?;
    let operating = filter.but(|filter| filter.status = Some(Standing::Operating));
    let url = |filter: Filter| filter.url("/api/v1/units");
    let rows = found.rows.iter().map(|row| {
        let name = by.name(&row.key, &sight.atlas);
        CoverageLine::of(&row.key, name, &row.counts, url(by.cut(&operating, &row.key)))
    });
    Ok(Json(CoverageAnswer {
        at: at.to_string(),
        by,
        definition: filter.definition.unwrap_or(sight.definition.version),
        rows: rows.collect(),
        total: CoverageLine::of("all", "合计".to_owned(), &found.total, url(operating)),
    }))
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "the names and types of the query, for the document")]
struct ChangesQuery {
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

async fn changes(ask: Ask, RawQuery(query): RawQuery) -> Answer<Json<ChangesAnswer>> {
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
