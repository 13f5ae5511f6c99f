//! A citizen checks in at a station: one answer, given after it is durable; with the last visit
//! that it takes, the reward.

use campaigns::{CampaignState, campaign_by_id, is_active_member};
use citizens::{DeviceHint, MANY_ON_ONE_DEVICE, citizens_on};
use db::{Entry, Fault, Tx};
use kernel::{CitizenNo, Code as _, Cx, Keys};
use serde_json::json;
use web::State;

use crate::{
    Challenge, ChallengeId, ChallengeState, RewardState, Station, Verdict, Visit, VisitRefused,
    Walker, give_reward,
    judge::{Visiting, judge},
    meter::Meter,
    policy, sight,
    station_code::{Age, StationCodes, typed},
    store,
    visit::{random_key, timeless},
};

/// What a citizen sends.
#[derive(Clone, Copy, Debug)]
pub struct VisitAsk<'a> {
    /// Of which challenge.
    pub challenge: ChallengeId,
    /// The eight digits, scanned or typed.
    pub code: &'a str,
    /// The phone, as far as it may be known; scripts have none.
    pub device: Option<DeviceHint>,
}

/// How far a walker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Who.
    pub walker: Walker,
    /// How many visits count.
    pub accepted: i64,
    /// All visits, newest first.
    pub visits: Vec<Visit>,
}

/// What a citizen is answered.
#[derive(Clone, Debug)]
pub struct CheckedIn {
    /// The visit, with its verdict.
    pub visit: Visit,
    /// Where.
    pub station: Station,
    /// Whether it is the one that was written before: the station counts once.
    pub is_repeated: bool,
    /// What became of the reward; [`RewardState::None`] before it is completed.
    pub reward: RewardState,
}

/// Checks in, and gives the reward when that was the last visit that it took.
pub async fn check_in(
    state: &State,
    cx: &Cx,
    asked: VisitAsk<'_>,
) -> Result<CheckedIn, VisitRefused> {
    let citizen = cx.actor.citizen().ok_or(VisitRefused::NotACitizen)?;
    let meter = state.part::<Meter>();
    meter.may(citizen, cx.now).map_err(|wait| VisitRefused::TooMany { wait })?;
    let mut tx = state.db().write().await?;
    let visited = visit_station(&mut tx, cx, &state.site().keys, asked).await;
    if let Err(VisitRefused::UnknownCode) = visited {
        meter.note(citizen, cx.now);
    }
    let (mut done, walker) = visited?;
    tx.commit().await?;
    if done.visit.verdict == Verdict::Rejected {
        meter.note(citizen, cx.now);
    }
    done.reward = match walker.reward {
        RewardState::None | RewardState::Given => walker.reward,
        // What is written is written: should this fail, the reward is given a minute later.
        waiting => give_reward(state, cx, walker.id).await.unwrap_or(waiting),
    };
    Ok(done)
}

/// The visit alone, in the caller's transaction: of the reward, and of how often somebody tries,
/// the caller takes care.
pub async fn visit_station(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    asked: VisitAsk<'_>,
) -> Result<(CheckedIn, Walker), VisitRefused> {
    let (citizen, permit) = policy::walk(&cx.actor).map_err(|_| VisitRefused::NotACitizen)?;
    let challenge = running(tx, cx, asked.challenge).await?;
    let code = typed(asked.code).ok_or(VisitRefused::UnknownCode)?;
    let stations = store::stations_of(tx, challenge.id).await?;
    let station = stations.iter().find(|one| one.turn == code.turn());
    let station = station.ok_or(VisitRefused::UnknownCode)?;
    let age = StationCodes::new(keys).age(station.id, code, cx.now);
    if age == Age::Unknown {
        return Err(VisitRefused::UnknownCode);
    }
    let fresh = (timeless(cx), random_key(cx));
    let walker = store::take_walker(tx, &permit, fresh, challenge.id, citizen).await?;
    if let Some(visit) = store::standing_visit(tx, walker.id, station.id).await? {
        let reward = walker.reward;
        let done = CheckedIn { visit, station: station.clone(), is_repeated: true, reward };
        return Ok((done, walker));
    }
    let before = store::before(tx, walker.id).await?;
    let visiting = Visiting {
        rules: &challenge.rules,
        stations: &stations,
        station,
        code: age,
        before: &before,
        at: cx.now,
        is_on: is_on(tx, cx, &challenge).await?,
        takes_part: takes_part(tx, cx, &challenge, station).await?,
        is_crowded: is_crowded(tx, cx, asked.device).await?,
    };
    let (verdict, reason) = judge(&visiting);
    let visit = Visit {
        id: timeless(cx),
        challenge: challenge.id,
        station: station.id,
        walker: walker.id,
        at: cx.now,
        verdict,
        reason,
        said: String::new(),
        judged_at: None,
    };
    store::insert_visit(tx, &permit, &visit).await?;
    // Not whose: a journal is read by many, and it is never forgotten.
    let detail = json!({
        "title": station.facts.name, "verdict": verdict.code(),
        "why": reason.map(kernel::Code::code),
    });
    tx.journal(cx, Entry::on("challenge.visited", challenge.id).detail(&detail));
    let walker = completed(tx, cx, &challenge, walker).await?;
    let reward = walker.reward;
    Ok((CheckedIn { visit, station: station.clone(), is_repeated: false, reward }, walker))
}

/// The challenge, while anybody can take part in it.
async fn running(tx: &mut Tx, cx: &Cx, id: ChallengeId) -> Result<Challenge, VisitRefused> {
    let found = store::challenge_by_id(tx, id).await?;
    let challenge = found.filter(Challenge::is_public).ok_or(VisitRefused::NotFound)?;
    if challenge.forgotten_at.is_some() || cx.now >= challenge.ends_at() {
        return Err(VisitRefused::Over);
    }
    Ok(challenge)
}

/// The walker, who completed the challenge if enough visits count now.
pub(crate) async fn completed(
    tx: &mut Tx,
    cx: &Cx,
    challenge: &Challenge,
    walker: Walker,
) -> Result<Walker, Fault> {
    let enough = store::accepted(tx, walker.id).await? >= challenge.rules.need;
    if enough && store::complete(tx, walker.id, cx.now).await? {
        let completed_at = Some(cx.now);
        return Ok(Walker { completed_at, reward: RewardState::Waiting, ..walker });
    }
    Ok(walker)
}

/// A citizen asks for the reward that they earned: of a challenge that they completed, or that
/// takes fewer visits by now.
pub async fn ask_reward(
    state: &State,
    cx: &Cx,
    id: ChallengeId,
) -> Result<RewardState, VisitRefused> {
    let (citizen, _) = policy::walk(&cx.actor).map_err(|_| VisitRefused::NotACitizen)?;
    let mut tx = state.db().write().await?;
    let challenge = store::challenge_by_id(&mut tx, id).await?.ok_or(VisitRefused::NotFound)?;
    let found = store::walker_of(&mut tx, id, citizen).await?.ok_or(VisitRefused::NotFound)?;
    let held = store::hold_walker(&mut tx, found.id).await?;
    let walker = held.ok_or(VisitRefused::NotFound)?;
    let walker = completed(&mut tx, cx, &challenge, walker).await?;
    tx.commit().await?;
    Ok(give_reward(state, cx, walker.id).await?)
}

async fn is_on(tx: &mut Tx, cx: &Cx, one: &Challenge) -> Result<bool, Fault> {
    if one.state != ChallengeState::Open || !one.is_on(cx.now) {
        return Ok(false);
    }
    let campaign = campaign_by_id(tx, one.campaign).await?;
    let runs = campaign.is_some_and(|campaign| campaign.state == CampaignState::Running);
    Ok(runs && sight::event(tx, one).await?.stands())
}

async fn takes_part(
    tx: &mut Tx,
    cx: &Cx,
    one: &Challenge,
    station: &Station,
) -> Result<bool, Fault> {
    match station.facts.merchant {
        Some(merchant) => is_active_member(tx, one.campaign, merchant, cx.now).await,
        None => Ok(true),
    }
}

async fn is_crowded(tx: &mut Tx, cx: &Cx, device: Option<DeviceHint>) -> Result<bool, Fault> {
    match device {
        Some(hint) => Ok(citizens_on(tx, cx, hint).await? >= MANY_ON_ONE_DEVICE),
        None => Ok(false),
    }
}

/// How far a citizen is in a challenge; `None` for who has not begun.
///
/// # Errors
/// When the database does not answer.
pub async fn progress_of(
    tx: &mut Tx,
    challenge: ChallengeId,
    citizen: CitizenNo,
) -> Result<Option<Progress>, Fault> {
    let Some(walker) = store::walker_of(tx, challenge, citizen).await? else { return Ok(None) };
    let visits = store::visits_of(tx, walker.id).await?;
    let counts = |one: &&Visit| one.verdict == Verdict::Accepted;
    let accepted = visits.iter().filter(counts).count() as i64;
    Ok(Some(Progress { walker, accepted, visits }))
}
