//! The check-in challenge: its stations at members' doors, the visits of citizens, and the voucher
//! for who completes it.

use campaigns::SubEventKind;
use challenges::{
    ChallengeId, Rules, Station, StationFacts, VisitAsk, add_station, challenge_by_id, code_now,
    draft_challenge, open_challenge, reward_together, stations_of, visit_station,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, CitizenNo};

use super::{Festival, Scene, Season, broke, shops::Trade};
use crate::{
    Failure,
    demo::{SYSTEM, ground::stopped},
};

/// How many stations there are, and how many complete it.
const STATIONS: usize = 6;
const NEED: i64 = 5;
/// Minutes on foot between two of them.
const NEAR: i64 = 5;
/// Open from ten to ten.
const HOURS: (i64, i64) = (10 * 60, 22 * 60);
/// Of so many citizens one walks.
const WALKS: usize = 50;
const FEWEST: usize = 4;
const MOST: usize = 60;

impl Festival {
    /// The organiser drafts the challenge of a season, puts its stations up and opens it.
    pub(super) async fn challenge(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let reward = self.batches.iter().find(|one| one.is_earned(season));
        let reward = reward.ok_or_else(|| stopped("没有留给挑战的券"))?.id;
        let fair = self.fair(season)?;
        let (campaign, members) = (fair.id, fair.members.clone());
        let event = fair.event(SubEventKind::CheckInChallenge);
        let event = event.ok_or_else(|| stopped("没有打卡挑战"))?;
        let events = campaigns::sub_events(scene.tx, campaign).await?;
        let of = events.iter().find(|one| one.id == event);
        let of = of.ok_or_else(|| stopped("没有打卡挑战"))?;
        let rules = Rules {
            in_order: false,
            need: NEED,
            day_limit: 0,
            reward: Some(reward),
            from_at: of.from_at,
            to_at: of.to_at,
        };
        let cx = scene.cx(&self.cast.organiser);
        let id = draft_challenge(scene.tx, &cx, (campaign, event), rules).await.map_err(broke)?;
        // Whoever may be suspended later is no station.
        let doors = members.iter().filter(|turn| self.shops[**turn].trade != Trade::Goods);
        for turn in doors.take(STATIONS) {
            let shop = &self.shops[*turn];
            let facts = StationFacts {
                merchant: Some(shop.id),
                place: shop.place,
                name: shop.name.clone(),
                name_en: String::new(),
                open_from: HOURS.0,
                open_to: HOURS.1,
                near_minutes: NEAR,
            };
            let read = (id, version(scene, id).await?);
            add_station(scene.tx, &cx, read, facts).await.map_err(broke)?;
        }
        let read = (id, version(scene, id).await?);
        open_challenge(scene.tx, &cx, read).await.map_err(broke)?;
        self.fair(season)?.challenge = Some(id);
        Ok(())
    }

    /// Citizens walk it on one afternoon: most of them to its end, one faster than anybody walks,
    /// which waits for a person to look at it.
    pub(super) async fn walk(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let id = self.fair(season)?.challenge.ok_or_else(|| stopped("挑战还没有开始"))?;
        let stations = stations_of(scene.tx, id).await?;
        for (at, citizen, turn) in self.ways(scene.at.instant(), stations.len()) {
            let Some(station) = stations.get(turn) else { continue };
            self.check_in(scene, (id, station), citizen, at).await?;
        }
        Ok(())
    }

    /// Who comes to which station when, in the order of time.
    fn ways(&mut self, from: Timestamp, stations: usize) -> Vec<(Timestamp, CitizenNo, usize)> {
        let many = (self.citizens.len() / WALKS).clamp(FEWEST, MOST);
        let walkers: Vec<CitizenNo> = self.citizens.iter().skip(1).copied().take(many).collect();
        let mut ways = Vec::new();
        for (turn, citizen) in walkers.into_iter().enumerate() {
            let first = self.dice.below(stations.max(1));
            let visits = if turn % 4 == 3 { self.dice.between(2, NEED - 1) } else { NEED };
            let begins = from + SignedDuration::from_mins(self.dice.between(0, 300));
            // The last of them is too fast.
            let pace = if turn + 1 == many { 1 } else { NEAR + self.dice.between(2, 10) };
            let mut at = begins;
            for step in 0..usize::try_from(visits).unwrap_or(0) {
                ways.push((at, citizen, (first + step) % stations.max(1)));
                at += SignedDuration::from_mins(pace);
            }
        }
        ways.sort_by_key(|(at, citizen, _)| (*at, *citizen));
        ways
    }

    async fn check_in(
        &self,
        scene: &mut Scene<'_, '_>,
        (challenge, station): (ChallengeId, &Station),
        citizen: CitizenNo,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let mut cx = scene.cx(&Actor::Citizen { no: citizen });
        cx.now = at;
        let code = code_now(&self.keys, station, at);
        let asked = VisitAsk { challenge, code: &code, device: None };
        visit_station(scene.tx, &cx, &self.keys, asked).await.map_err(broke)?;
        Ok(())
    }

    /// Who completed it gets the voucher.
    pub(super) async fn reward(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let id = self.fair(season)?.challenge.ok_or_else(|| stopped("挑战还没有开始"))?;
        let cx = scene.cx(&SYSTEM);
        reward_together(scene.tx, &cx, id).await.map_err(broke)?;
        Ok(())
    }
}

/// The challenge's version, as somebody would read it on its page.
async fn version(scene: &mut Scene<'_, '_>, id: ChallengeId) -> Result<i64, Failure> {
    let found = challenge_by_id(scene.tx, id).await?;
    found.map(|one| one.version).ok_or_else(|| stopped("挑战不见了"))
}
