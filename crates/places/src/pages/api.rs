//! The same for scripts: `/api/v1/places`, `/stations`, `/industry-bodies`, `/key-sites`.

use axum::{Json, extract::Path};
use kernel::{Code as _, Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Cursor, Query, Refused};

use crate::{
    Body, BodyId, BodyKind, BodyRule, Front, Industry, KeySite, KeySiteId, Place, PlaceId,
    PlaceKind, Station, StationId, UnitKind,
    pages::desk::{Desk, id_of},
};

/// Which day, which parent, how many.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct PlacesQuery {
    /// As it stood on this date; today when left out.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    on: Option<Date>,
    /// Only what hangs directly under this place; the whole tree when left out.
    parent: Option<PlaceId>,
    /// How many at most, from 1 to 1,000; 200 when left out.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
    /// Where the last answer ended: its `next_cursor`.
    cursor: Option<String>,
}

/// Which day.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct DayQuery {
    /// As it stood on this date; today when left out.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    on: Option<Date>,
}

/// A place.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PlaceItem {
    id: PlaceId,
    kind: PlaceKind,
    /// Which of the five, for a front alone.
    front: Option<Front>,
    name: String,
    /// The names from the front down, joined by `/`.
    path: String,
    address: String,
    parent: Option<PlaceId>,
    town: Option<PlaceId>,
    station: Option<StationId>,
    /// Since when it has stood just so.
    #[schemars(with = "String", extend("format" = "date"))]
    since: Date,
    /// To be sent with a change.
    version: i64,
}

/// A page of places, each before what hangs under it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PlaceList {
    #[schemars(with = "String", extend("format" = "date"))]
    on: Date,
    items: Vec<PlaceItem>,
    /// How many there are in all.
    total: i64,
    next_cursor: Option<String>,
}

/// The date of a script's question, which must not lie ahead.
fn asked(ask: &Ask, on: Option<Date>) -> Answer<Date> {
    let on = on.unwrap_or_else(|| ask.cx.today());
    if on > ask.cx.today() {
        return Err(Refused::unprocessable(
            "in-the-future",
            "on 在今天以后，没有可看的。请写今天或以前的日期。",
        ));
    }
    Ok(on)
}

fn item(desk: &Desk, place: &Place) -> PlaceItem {
    PlaceItem {
        id: place.id,
        kind: place.kind,
        front: place.front,
        name: place.name.clone(),
        path: desk.atlas.path(place.id),
        address: place.address.clone(),
        parent: place.parent,
        town: desk.atlas.town_of(place.id),
        station: desk.atlas.station_of(place.id),
        since: place.since,
        version: place.version,
    }
}

/// `GET /api/v1/places`
pub(crate) async fn places(ask: Ask, Query(query): Query<PlacesQuery>) -> Answer<Json<PlaceList>> {
    let most = query.limit.unwrap_or(200);
    if !(1..=1_000).contains(&most) {
        return Err(Refused::BadQuery("limit"));
    }
    let desk = Desk::open_on(&ask, asked(&ask, query.on)?).await?;
    let mut found = match (query.parent, desk.atlas.city()) {
        (Some(parent), _) => {
            desk.place(parent)?;
            desk.atlas.children(parent).to_vec()
        }
        (None, Some(city)) => desk.atlas.subtree(city),
        (None, None) => Vec::new(),
    };
    found.retain(|id| desk.reach.sees_place(&desk.atlas, *id));
    let total = found.len() as i64;
    let begin = match &query.cursor {
        Some(cursor) => after(&found, cursor)?,
        None => 0,
    };
    let shown = &found[begin..found.len().min(begin + most as usize)];
    let more = begin + shown.len() < found.len();
    let next = shown.last().filter(|_| more).map(|last| Cursor(vec![last.to_string()]).encode());
    let items = shown.iter().filter_map(|id| desk.atlas.place(*id)).map(|one| item(&desk, one));
    Ok(Json(PlaceList { on: desk.on, items: items.collect(), total, next_cursor: next }))
}

fn after(found: &[PlaceId], cursor: &str) -> Answer<usize> {
    let last = Cursor::decode(cursor).and_then(|Cursor(keys)| keys.first()?.parse().ok());
    let place = last.and_then(|last: PlaceId| found.iter().position(|id| *id == last));
    place.map(|place| place + 1).ok_or_else(|| {
        Refused::unprocessable(
            "bad-cursor",
            "cursor 不是上一页给的，或那个地点已经不在。请从头再取。",
        )
    })
}

/// `GET /api/v1/places/{id}`
pub(crate) async fn place(
    ask: Ask,
    Path(id): Path<String>,
    Query(query): Query<DayQuery>,
) -> Answer<Json<PlaceItem>> {
    let desk = Desk::open_on(&ask, asked(&ask, query.on)?).await?;
    let found = desk.place(id_of(&id)?)?;
    Ok(Json(item(&desk, found)))
}

/// A station.
#[derive(Serialize, JsonSchema)]
pub(crate) struct StationItem {
    id: StationId,
    name: String,
    address: String,
    town: PlaceId,
    /// The places that it was given, each with everything in it that nothing nearer covers.
    covers: Vec<PlaceId>,
    #[schemars(with = "String", extend("format" = "date"))]
    opened_on: Date,
    /// To be sent with a change.
    version: i64,
}

/// All stations.
#[derive(Serialize, JsonSchema)]
pub(crate) struct StationList {
    #[schemars(with = "String", extend("format" = "date"))]
    on: Date,
    items: Vec<StationItem>,
}

/// `GET /api/v1/stations`
pub(crate) async fn stations(ask: Ask, Query(query): Query<DayQuery>) -> Answer<Json<StationList>> {
    let desk = Desk::open_on(&ask, asked(&ask, query.on)?).await?;
    let seen = desk.atlas.stations().iter();
    let seen = seen.filter(|station| desk.reach.sees_station(&desk.atlas, station.id));
    let items = seen.map(|station: &Station| StationItem {
        id: station.id,
        name: station.name.clone(),
        address: station.address.clone(),
        town: station.town,
        covers: desk.atlas.covered_by(station.id).to_vec(),
        opened_on: station.opened_on,
        version: station.version,
    });
    Ok(Json(StationList { on: desk.on, items: items.collect() }))
}

/// An industry body.
#[derive(Serialize, JsonSchema)]
pub(crate) struct BodyItem {
    id: BodyId,
    kind: BodyKind,
    name: String,
    lead_unit: String,
    /// In their turn; a unit goes to the first body with a rule that fits.
    rules: Vec<RuleItem>,
    /// To be sent with a change.
    version: i64,
}

/// One rule; null fits all.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RuleItem {
    unit_kind: Option<UnitKind>,
    industry: Option<Industry>,
    front: Option<Front>,
}

/// All bodies, in their turn.
#[derive(Serialize, JsonSchema)]
pub(crate) struct BodyList {
    items: Vec<BodyItem>,
}

/// `GET /api/v1/industry-bodies`
pub(crate) async fn bodies(ask: Ask) -> Answer<Json<BodyList>> {
    let desk = Desk::open_on(&ask, ask.cx.today()).await?;
    let rule = |rule: &BodyRule| RuleItem {
        unit_kind: rule.unit_kind,
        industry: rule.industry,
        front: rule.front,
    };
    let items = desk.atlas.bodies().iter().map(|body: &Body| BodyItem {
        id: body.id,
        kind: body.kind,
        name: body.name.clone(),
        lead_unit: body.lead_unit.clone(),
        rules: body.rules.iter().map(rule).collect(),
        version: body.version,
    });
    Ok(Json(BodyList { items: items.collect() }))
}

/// A key site.
#[derive(Serialize, JsonSchema)]
pub(crate) struct KeySiteItem {
    id: KeySiteId,
    town: PlaceId,
    industry: Industry,
    place: PlaceId,
    #[schemars(with = "String", extend("format" = "date"))]
    since: Date,
    reason: String,
}

/// The key sites, and which industries of which towns have none.
#[derive(Serialize, JsonSchema)]
pub(crate) struct KeySiteList {
    #[schemars(with = "String", extend("format" = "date"))]
    on: Date,
    items: Vec<KeySiteItem>,
    gaps: Vec<GapItem>,
}

/// A town's industries without a key site.
#[derive(Serialize, JsonSchema)]
pub(crate) struct GapItem {
    town: PlaceId,
    industries: Vec<Industry>,
}

/// `GET /api/v1/key-sites`
pub(crate) async fn key_sites(
    ask: Ask,
    Query(query): Query<DayQuery>,
) -> Answer<Json<KeySiteList>> {
    let desk = Desk::open_on(&ask, asked(&ask, query.on)?).await?;
    let (mut items, mut gaps) = (Vec::new(), Vec::new());
    for town in desk.towns() {
        let mut missing = Vec::new();
        for industry in Industry::ALL {
            match desk.atlas.key_site(town, *industry) {
                Some(KeySite { id, town, industry, place, from, reason, .. }) => {
                    let (id, town, industry, place) = (*id, *town, *industry, *place);
                    let (since, reason) = (*from, reason.clone());
                    items.push(KeySiteItem { id, town, industry, place, since, reason });
                }
                None => missing.push(*industry),
            }
        }
        gaps.push(GapItem { town, industries: missing });
    }
    Ok(Json(KeySiteList { on: desk.on, items, gaps }))
}
