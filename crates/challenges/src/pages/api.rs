//! The same for scripts: `/api/v1/challenges`, their visits, their review.

use axum::{Json, extract::Path, http::StatusCode};
use campaigns::{CampaignId, SubEventId};
use db::Tx;
use jiff::Timestamp;
use merchants::MerchantId;
use places::PlaceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use vouchers::{BatchId, VoucherId};
use web::{Answer, Ask, Form, Query, Refused};

use crate::{
    Challenge, ChallengeId, ChallengeState, ChallengeStationId, Reading, Reason, Review,
    RewardState, Station, Verdict, Visit, VisitAsk, VisitId, WalkerId, check_in, figures,
    give_reward,
    pages::{
        frame::{id_of, reading},
        visits::Asked,
    },
    progress_of, review_visit, store,
};

/// A station.
#[derive(Serialize, JsonSchema)]
pub(crate) struct StationItem {
    id: ChallengeStationId,
    /// Its turn, from 1.
    turn: i64,
    name: String,
    name_en: String,
    /// The member that shows its code; null when the organiser does.
    merchant: Option<MerchantId>,
    place: PlaceId,
    /// Minutes of the day in the city; the same twice for all day.
    open_from: i64,
    open_to: i64,
    /// Minutes on foot to the nearest other station.
    near_minutes: i64,
    /// Why it was closed; null while it stands.
    close_reason: Option<String>,
    /// Visits of each verdict; null where the asker may not look.
    visits: Option<CountsItem>,
}

/// Visits of each verdict.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CountsItem {
    accepted: i64,
    reviewed: i64,
    rejected: i64,
}

/// How many people.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PeopleItem {
    began: i64,
    completed: i64,
    given: i64,
    unpaid: i64,
}

/// A challenge.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChallengeItem {
    id: ChallengeId,
    campaign: CampaignId,
    sub_event: SubEventId,
    name: String,
    name_en: String,
    state: ChallengeState,
    in_order: bool,
    /// How many stations complete it.
    need: i64,
    /// Most visits of one person on one day; 0 for no limit.
    day_limit: i64,
    reward: Option<BatchId>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    from_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    to_at: Timestamp,
    /// Why it was closed; else empty.
    close_reason: String,
    stations: Vec<StationItem>,
    /// Null where the asker may look at single stations alone.
    people: Option<PeopleItem>,
    version: i64,
}

/// Challenges by when they begin.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ChallengeList {
    items: Vec<ChallengeItem>,
}

async fn item(ask: &Ask, tx: &mut Tx, reading: Reading) -> Answer<ChallengeItem> {
    let counts = figures(tx, reading.challenge.id).await?;
    let station = |one: &Station| {
        let visits = counts.by_station.get(&one.id).copied().unwrap_or_default();
        StationItem {
            id: one.id,
            turn: one.turn,
            name: one.facts.name.clone(),
            name_en: one.facts.name_en.clone(),
            merchant: one.facts.merchant,
            place: one.facts.place,
            open_from: one.facts.open_from,
            open_to: one.facts.open_to,
            near_minutes: one.facts.near_minutes,
            close_reason: one.closed.as_ref().map(|(_, why)| why.clone()),
            visits: reading.reads(&ask.cx, one).then_some(CountsItem {
                accepted: visits.accepted,
                reviewed: visits.reviewed,
                rejected: visits.rejected,
            }),
        }
    };
    let people = reading.oversees(&ask.cx).then_some(PeopleItem {
        began: counts.began,
        completed: counts.completed,
        given: counts.given,
        unpaid: counts.unpaid,
    });
    let stations = reading.stations.iter().map(station).collect();
    let Challenge { id, campaign, sub_event, state, rules, close_reason, version, .. } =
        reading.challenge;
    Ok(ChallengeItem {
        id,
        campaign,
        sub_event,
        name: reading.event.name,
        name_en: reading.event.name_en,
        state,
        in_order: rules.in_order,
        need: rules.need,
        day_limit: rules.day_limit,
        reward: rules.reward,
        from_at: rules.from_at,
        to_at: rules.to_at,
        close_reason,
        stations,
        people,
        version,
    })
}

/// `GET /api/v1/campaigns/{id}/challenges`
pub(crate) async fn list(ask: Ask, Path(id): Path<String>) -> Answer<Json<ChallengeList>> {
    let campaign: CampaignId = id_of(&id)?;
    let mut tx = ask.db().read().await?;
    campaigns::campaign(&mut tx, &ask.cx, campaign).await?.ok_or(Refused::NotFound)?;
    let mut items = Vec::new();
    for one in store::challenges_of(&mut tx, campaign).await? {
        if let Some(reading) = Reading::of(&mut tx, &ask.cx, one.id).await? {
            items.push(item(&ask, &mut tx, reading).await?);
        }
    }
    Ok(Json(ChallengeList { items }))
}

/// `GET /api/v1/challenges/{id}`
pub(crate) async fn one(ask: Ask, Path(id): Path<String>) -> Answer<Json<ChallengeItem>> {
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx, &id).await?;
    Ok(Json(item(&ask, &mut tx, reading).await?))
}

/// Which visits.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct VisitsQuery {
    /// Only those of this verdict.
    verdict: Option<Verdict>,
    /// Only those at this station.
    station: Option<ChallengeStationId>,
    /// From which on, from 0.
    #[schemars(range(min = 0, max = 1_000_000))]
    from: Option<i64>,
}

/// A visit.
#[derive(Serialize, JsonSchema)]
pub(crate) struct VisitItem {
    id: VisitId,
    station: ChallengeStationId,
    /// Who, as a word that means nothing outside of this challenge.
    walker: WalkerId,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    verdict: Verdict,
    reason: Option<Reason>,
    /// What the reviewer told the person, or empty.
    said: String,
}

impl VisitItem {
    fn of(one: Visit) -> Self {
        Self {
            id: one.id,
            station: one.station,
            walker: one.walker,
            at: one.at,
            verdict: one.verdict,
            reason: one.reason,
            said: one.said,
        }
    }
}

/// Visits, newest first, a hundred at most.
#[derive(Serialize, JsonSchema)]
pub(crate) struct VisitList {
    items: Vec<VisitItem>,
    /// How many there are in all.
    count: i64,
}

/// `GET /api/v1/challenges/{id}/visits`
pub(crate) async fn visits(
    ask: Ask,
    Path(id): Path<String>,
    Query(query): Query<VisitsQuery>,
) -> Answer<Json<VisitList>> {
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx, &id).await?;
    let station = query.station.map(|id| ("station", id.to_string()));
    let asked = Asked::of(&ask, &reading, &Form::of(station))?;
    let wanted = asked.wanted(&reading, query.verdict);
    let count = store::count_visits(&mut tx, &wanted).await?;
    let from = query.from.unwrap_or(0).clamp(0, 1_000_000);
    let found = store::list_visits(&mut tx, &wanted, (from, 100)).await?;
    Ok(Json(VisitList { items: found.into_iter().map(VisitItem::of).collect(), count }))
}

/// A code that a station shows.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct NewVisit {
    /// The eight digits; blanks are left out.
    code: String,
}

/// What a visit came to.
#[derive(Serialize, JsonSchema)]
pub(crate) struct VisitAnswer {
    visit: VisitId,
    station: ChallengeStationId,
    verdict: Verdict,
    reason: Option<Reason>,
    /// Whether it is the one that was written before: a station counts once.
    is_repeated: bool,
    reward: RewardState,
}

/// `POST /api/v1/challenges/{id}/visits`
pub(crate) async fn visit(
    ask: Ask,
    Path(id): Path<String>,
    Json(new): Json<NewVisit>,
) -> Answer<(StatusCode, Json<VisitAnswer>)> {
    let asked = VisitAsk { challenge: id_of(&id)?, code: &new.code, device: None };
    let done = check_in(&ask.state, &ask.cx, asked).await?;
    let status = if done.is_repeated { StatusCode::OK } else { StatusCode::CREATED };
    let answer = VisitAnswer {
        visit: done.visit.id,
        station: done.station.id,
        verdict: done.visit.verdict,
        reason: done.visit.reason,
        is_repeated: done.is_repeated,
        reward: done.reward,
    };
    Ok((status, Json(answer)))
}

/// How far the citizen is.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ProgressItem {
    need: i64,
    /// How many visits count.
    accepted: i64,
    reward: RewardState,
    voucher: Option<VoucherId>,
    /// All of them, newest first.
    visits: Vec<VisitItem>,
}

/// `GET /api/v1/challenges/{id}/progress`
pub(crate) async fn progress(ask: Ask, Path(id): Path<String>) -> Answer<Json<ProgressItem>> {
    let citizen = ask.cx.actor.citizen().ok_or(Refused::Forbidden)?;
    let id: ChallengeId = id_of(&id)?;
    let mut tx = ask.db().read().await?;
    let found = store::challenge_by_id(&mut tx, id).await?.filter(Challenge::is_public);
    let need = found.ok_or(Refused::NotFound)?.rules.need;
    let progress = progress_of(&mut tx, id, citizen).await?;
    Ok(Json(match progress {
        Some(one) => ProgressItem {
            need,
            accepted: one.accepted,
            reward: one.walker.reward,
            voucher: one.walker.voucher,
            visits: one.visits.into_iter().map(VisitItem::of).collect(),
        },
        None => ProgressItem {
            need,
            accepted: 0,
            reward: RewardState::None,
            voucher: None,
            visits: Vec::new(),
        },
    }))
}

/// What a reviewer decides.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct NewReview {
    /// Whether the visit counts.
    accept: bool,
    /// Why it does not; the citizen reads it.
    #[serde(default)]
    reason: String,
}

/// What became of it.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ReviewAnswer {
    visit: VisitId,
    verdict: Verdict,
    /// What became of the walker's reward.
    reward: RewardState,
}

/// `POST /api/v1/challenge-visits/{id}/reviews`
pub(crate) async fn review(
    ask: Ask,
    Path(id): Path<String>,
    Json(new): Json<NewReview>,
) -> Answer<(StatusCode, Json<ReviewAnswer>)> {
    let visit: VisitId = id_of(&id)?;
    let review = if new.accept { Review::Accept } else { Review::Reject(new.reason) };
    let mut tx = ask.db().write().await?;
    let walker = review_visit(&mut tx, &ask.cx, visit, review).await?;
    tx.commit().await?;
    // The decision stands; what fails here is done a minute later.
    let reward = give_reward(&ask.state, &ask.cx, walker.id).await.unwrap_or(walker.reward);
    let verdict = if new.accept { Verdict::Accepted } else { Verdict::Rejected };
    Ok((StatusCode::CREATED, Json(ReviewAnswer { visit, verdict, reward })))
}
