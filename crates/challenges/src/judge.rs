//! Does a visit count? Pure: everything it depends on is handed in.

use jiff::{SignedDuration, Timestamp};
use kernel::time::civil_date;

use crate::{ChallengeStationId, Reason, Rules, Station, Verdict, station_code::Age};

/// An earlier visit of the same walker that counts, or that a person still looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Before {
    pub(crate) station: ChallengeStationId,
    pub(crate) at: Timestamp,
}

/// A visit that is to be judged. That the station was not visited before is known already.
pub(crate) struct Visiting<'a> {
    pub(crate) rules: &'a Rules,
    /// All stations of the challenge, by turn.
    pub(crate) stations: &'a [Station],
    pub(crate) station: &'a Station,
    pub(crate) code: Age,
    pub(crate) before: &'a [Before],
    pub(crate) at: Timestamp,
    /// Whether challenge, sub-event and campaign are all running.
    pub(crate) is_on: bool,
    /// Whether the station's merchant takes part now, or it has none.
    pub(crate) takes_part: bool,
    /// Whether many citizens signed in on this phone.
    pub(crate) is_crowded: bool,
}

/// What a visit comes to, and why.
pub(crate) fn judge(visiting: &Visiting<'_>) -> (Verdict, Option<Reason>) {
    if let Some(reason) = visiting.against() {
        return (Verdict::Rejected, Some(reason));
    }
    match visiting.suspicion() {
        Some(reason) => (Verdict::Reviewed, Some(reason)),
        None => (Verdict::Accepted, None),
    }
}

/// The station that is next when the order is set: the first that stands and was not visited.
pub(crate) fn next(
    stations: &[Station],
    visited: impl Fn(ChallengeStationId) -> bool,
) -> Option<&Station> {
    let open = stations.iter().filter(|one| one.stands() && !visited(one.id));
    open.min_by_key(|one| one.turn)
}

impl Visiting<'_> {
    /// What surely keeps it from counting; the first that its citizen can do something about.
    fn against(&self) -> Option<Reason> {
        let visited = |id| self.before.iter().any(|one| one.station == id);
        let is_next = || next(self.stations, visited).is_some_and(|one| one.id == self.station.id);
        let today = civil_date(self.at);
        let of_today =
            || self.before.iter().filter(|one| civil_date(one.at) == today).count() as i64;
        let in_time = self.rules.from_at <= self.at && self.at < self.rules.to_at;
        if !self.is_on || !in_time {
            Some(Reason::OutOfPeriod)
        } else if !self.station.stands() || !self.takes_part {
            Some(Reason::StationClosed)
        } else if !self.station.facts.is_open_at(self.at) {
            Some(Reason::OutOfHours)
        } else if self.rules.in_order && !is_next() {
            Some(Reason::OutOfTurn)
        } else if self.rules.day_limit > 0 && of_today() >= self.rules.day_limit {
            Some(Reason::DayLimit)
        } else {
            (self.code != Age::Fresh).then_some(Reason::Expired)
        }
    }

    /// What a person should look at. Clocks are put back, too: how far two visits lie apart is
    /// asked, not which came first.
    fn suspicion(&self) -> Option<Reason> {
        let near = |id| self.stations.iter().find(|one| one.id == id);
        let too_fast = |one: &Before| {
            let there = near(one.station).map_or(0, |station| station.facts.near_minutes);
            // Either is the way to that station's nearest neighbour: between the two it is no less.
            let way = there.max(self.station.facts.near_minutes);
            self.at.duration_since(one.at).abs() < SignedDuration::from_mins(way)
        };
        if self.before.iter().any(too_fast) {
            Some(Reason::TooFast)
        } else {
            self.is_crowded.then_some(Reason::SharedDevice)
        }
    }
}

#[cfg(test)]
mod tests {
    use places::PlaceId;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{ChallengeId, StationFacts};

    /// 2021-10-20 08:00 in the city.
    const START: Timestamp = Timestamp::constant(1_634_688_000, 0);

    fn id(no: usize) -> ChallengeStationId {
        ChallengeStationId::from_uuid(Uuid::from_u128(no as u128 + 1))
    }

    fn minutes(count: i64) -> Timestamp {
        START + SignedDuration::from_mins(count)
    }

    fn stations(near: &[i64]) -> Vec<Station> {
        let station = |(no, near_minutes): (usize, &i64)| Station {
            id: id(no),
            challenge: ChallengeId::from_uuid(Uuid::nil()),
            turn: no as i64 + 1,
            facts: StationFacts {
                merchant: None,
                place: PlaceId::from_uuid(Uuid::nil()),
                name: "北门".into(),
                name_en: String::new(),
                open_from: 8 * 60,
                open_to: 22 * 60,
                near_minutes: *near_minutes,
            },
            closed: None,
        };
        near.iter().enumerate().map(station).collect()
    }

    fn rules(in_order: bool, day_limit: i64) -> Rules {
        let (from_at, to_at) = (START, START + SignedDuration::from_hours(72));
        Rules { in_order, need: 3, day_limit, reward: None, from_at, to_at }
    }

    proptest! {
        /// A walk of any shape, the clock going forth and back: what was accepted keeps every
        /// rule, and nothing is rejected without one that it broke.
        #[test]
        fn what_is_accepted_keeps_every_rule(
            near in prop::collection::vec(0..10_i64, 4),
            in_order: bool,
            day_limit in 0..4_i64,
            walk in prop::collection::vec((0..4_usize, -400..1_500_i64), 0..12),
        ) {
            let (all, rules) = (stations(&near), rules(in_order, day_limit));
            let mut before: Vec<Before> = Vec::new();
            let mut now = 0;
            for (no, later) in walk {
                now += later;
                if before.iter().any(|one| one.station == id(no)) {
                    continue;
                }
                let at = minutes(now);
                let visiting = Visiting {
                    rules: &rules, stations: &all, station: &all[no], code: Age::Fresh,
                    before: &before, at, is_on: true, takes_part: true, is_crowded: false,
                };
                let (verdict, reason) = judge(&visiting);
                prop_assert_eq!(reason.is_none(), verdict == Verdict::Accepted);
                let same_day = |one: &&Before| civil_date(one.at) == civil_date(at);
                let today = before.iter().filter(same_day).count() as i64;
                let fast = before.iter().any(|one| {
                    let way = near[no].max(near[one.station.uuid().as_u128() as usize - 1]);
                    (now - minutes_of(one.at)).abs() < way
                });
                let open = all[no].facts.is_open_at(at);
                let in_time = (0..72 * 60).contains(&now);
                let in_turn = !in_order || no == before.len();
                let below = day_limit == 0 || today < day_limit;
                let counts = open && in_time && in_turn && below;
                prop_assert_eq!(verdict != Verdict::Rejected, counts, "{:?}", reason);
                prop_assert_eq!(verdict == Verdict::Reviewed, counts && fast);
                if verdict != Verdict::Rejected {
                    before.push(Before { station: id(no), at });
                }
            }
        }
    }

    fn minutes_of(at: Timestamp) -> i64 {
        at.duration_since(START).as_mins()
    }

    #[test]
    fn each_reason_is_said_for_itself() {
        let (mut all, rules) = (stations(&[2, 5]), rules(false, 0));
        let at = minutes(30);
        let ask = |all: &[Station], change: fn(&mut Visiting<'_>)| {
            let mut visiting = Visiting {
                rules: &rules,
                stations: all,
                station: &all[0],
                code: Age::Fresh,
                before: &[],
                at,
                is_on: true,
                takes_part: true,
                is_crowded: false,
            };
            change(&mut visiting);
            judge(&visiting).1
        };
        assert_eq!(ask(&all, |_| {}), None);
        assert_eq!(ask(&all, |one| one.code = Age::Stale), Some(Reason::Expired));
        assert_eq!(ask(&all, |one| one.is_on = false), Some(Reason::OutOfPeriod));
        assert_eq!(ask(&all, |one| one.takes_part = false), Some(Reason::StationClosed));
        assert_eq!(ask(&all, |one| one.is_crowded = true), Some(Reason::SharedDevice));
        let night = |one: &mut Visiting<'_>| one.at = minutes(14 * 60);
        assert_eq!(ask(&all, night), Some(Reason::OutOfHours));
        all[0].closed = Some((START, "装修".into()));
        assert_eq!(ask(&all, |_| {}), Some(Reason::StationClosed));
        assert_eq!(next(&all, |_| false).map(|one| one.turn), Some(2), "a closed one is no stop");
    }
}
