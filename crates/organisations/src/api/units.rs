//! Units over REST.

use axum::{
    Json,
    extract::{Path, RawQuery},
    http::StatusCode,
};
use places::{Atlas, BodyId, Front, Industry, PlaceId, StationId, UnitKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Refused};

use super::{Asked, coverage::is_published};
use crate::{
    edit::{self, Draft},
    ledger,
    list::{Listed, Page, Sort},
    organisation, policy,
    sight::Sight,
    standing::{Change, Standing},
    unit::{Cover, Facts, Status, UnitId, WorkWay, WorkerId},
    worker,
};

/// Which units.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the names and types of Filter's fields, for the document")]
pub(super) struct UnitsQuery {
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
pub(super) enum OrNone<T> {
    /// This one.
    Is(T),
    /// None.
    None(NoneWord),
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "for the document alone")]
pub(super) enum NoneWord {
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

pub(super) async fn units(ask: Ask, RawQuery(query): RawQuery) -> Answer<Json<UnitsAnswer>> {
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
    if let Some(sight) = Sight::kept(&ask.state, &ask.cx, filter.at).await? {
        is_published(&sight, &filter)?;
        if let Some((page, total)) = sight.kept_list(&filter, sort, cursor.as_ref(), limit) {
            return Ok(Json(UnitsAnswer::of(page, total, &sight.atlas)));
        }
    }
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, filter.at).await?;
    is_published(&sight, &filter)?;
    let (page, total) = sight.list(&mut tx, &filter, sort, cursor.as_ref(), limit).await?;
    Ok(Json(UnitsAnswer::of(page, total, &sight.atlas)))
}

impl UnitsAnswer {
    fn of(page: Page, total: i64, atlas: &Atlas) -> Self {
        let items = page.items.into_iter().map(|one| UnitAnswer::of(one, atlas)).collect();
        Self { items, total, next_cursor: page.next.map(|cursor| cursor.encode()) }
    }
}

async fn read_one(ask: &Ask, id: UnitId) -> Answer<UnitAnswer> {
    if let Some(sight) = Sight::kept(&ask.state, &ask.cx, None).await?
        && let Some(listed) = sight.kept_unit(id)
    {
        if !policy::reaches(&sight.reach, &sight.atlas, &listed.span.facts) {
            return Err(Refused::NotFound);
        }
        return Ok(UnitAnswer::of(listed, &sight.atlas));
    }
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

pub(super) async fn unit(ask: Ask, Path(id): Path<String>) -> Answer<Json<UnitAnswer>> {
    let id = id.parse().map_err(|_| Refused::NotFound)?;
    read_one(&ask, id).await.map(Json)
}

pub(super) async fn register(
    ask: Ask,
    Json(draft): Json<Draft>,
) -> Answer<(StatusCode, Json<UnitAnswer>)> {
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

pub(super) async fn change(
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
