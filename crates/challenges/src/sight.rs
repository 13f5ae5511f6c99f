//! What an actor sees of challenges: the lookups through which every page and verb goes.

use campaigns::{Sight, SubEvent, SubEventId};
use db::{Result, Tx};
use jiff::Timestamp;
use kernel::{Cx, Keys};
use places::Denied;

use crate::{
    Challenge, ChallengeError, ChallengeId, ChallengeStationId, Station, policy,
    station_code::StationCodes, store,
};

/// A challenge with everything around it, and what the actor may do with it.
#[derive(Debug)]
pub struct Reading {
    /// The challenge.
    pub challenge: Challenge,
    /// Its sub-event.
    pub event: SubEvent,
    /// All of its stations, by turn.
    pub stations: Vec<Station>,
    /// Its campaign, as the actor sees it.
    pub campaign: Sight,
}

impl Reading {
    /// The challenge, if the actor sees its campaign.
    pub async fn of(tx: &mut Tx, cx: &Cx, id: ChallengeId) -> Result<Option<Self>> {
        let Some(challenge) = store::challenge_by_id(tx, id).await? else { return Ok(None) };
        let Some(campaign) = Sight::of(tx, cx, challenge.campaign).await? else { return Ok(None) };
        let event = event(tx, &challenge).await?;
        let stations = store::stations_of(tx, id).await?;
        Ok(Some(Self { challenge, event, stations, campaign }))
    }

    /// The same by one of its stations.
    pub async fn of_station(
        tx: &mut Tx,
        cx: &Cx,
        id: ChallengeStationId,
    ) -> Result<Option<(Self, Station)>> {
        let Some(station) = store::station_by_id(tx, id).await? else { return Ok(None) };
        let reading = Self::of(tx, cx, station.challenge).await?;
        Ok(reading.map(|reading| (reading, station)))
    }

    /// For a verb: the challenge under its lock, as the actor read it, with leave to run it.
    pub(crate) async fn to_run(
        tx: &mut Tx,
        cx: &Cx,
        (id, version): (ChallengeId, i64),
    ) -> Result<(Self, policy::Permit<policy::Run>), ChallengeError> {
        store::lock(tx, id).await?;
        let reading = Self::of(tx, cx, id).await?.ok_or(Denied::Invisible)?;
        let permit = policy::run(&reading.campaign)?;
        if version != reading.challenge.version {
            return Err(ChallengeError::Conflict);
        }
        Ok((reading, permit))
    }

    /// Whether the actor runs it.
    pub fn runs(&self) -> bool {
        self.campaign.runs
    }

    /// Whether the actor looks at all of its visits.
    pub fn oversees(&self, cx: &Cx) -> bool {
        policy::oversees(&cx.actor, &self.campaign)
    }

    /// Whether the actor looks at this station's visits.
    pub fn reads(&self, cx: &Cx, station: &Station) -> bool {
        policy::reads_station(&cx.actor, &self.campaign, station)
    }

    /// Whether the actor may show this station's code.
    pub fn shows(&self, cx: &Cx, station: &Station) -> bool {
        policy::shows_code(&cx.actor, &self.campaign, station)
    }

    /// One of its stations.
    pub fn station(&self, id: ChallengeStationId) -> Option<&Station> {
        self.stations.iter().find(|one| one.id == id)
    }
}

/// The sub-event of a challenge.
pub(crate) async fn event(tx: &mut Tx, of: &Challenge) -> Result<SubEvent> {
    let found = sub_event(tx, of.campaign, of.sub_event).await?;
    found.ok_or_else(|| db::Fault::Invariant(format!("challenge {} has no sub-event", of.id)))
}

/// A sub-event of a campaign.
pub(crate) async fn sub_event(
    tx: &mut Tx,
    campaign: campaigns::CampaignId,
    id: SubEventId,
) -> Result<Option<SubEvent>> {
    let all = campaigns::sub_events(tx, campaign).await?;
    Ok(all.into_iter().find(|one| one.id == id))
}

/// The eight digits that a station shows at this instant. For who may show them; they change every
/// [`STEP_SECONDS`](crate::STEP_SECONDS).
pub fn code_now(keys: &Keys, station: &Station, at: Timestamp) -> String {
    StationCodes::new(keys).show(station, at).bare()
}
