//! A station of a challenge: whose it is, where, when it is open.

use jiff::Timestamp;
use kernel::{id_kind, time::city_zone};
use merchants::MerchantId;
use places::PlaceId;
use web::FieldErrors;

use crate::ChallengeId;

id_kind!(ChallengeStationKind, ChallengeStationId, "chs");

/// Minutes of a day.
pub(crate) const DAY: i64 = 24 * 60;
/// The longest name, in characters.
const NAME_LIMIT: usize = 40;
/// The longest way between two stations of one challenge, in minutes.
const NEAR_LIMIT: i64 = 240;

/// A station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Which.
    pub id: ChallengeStationId,
    /// Of which challenge.
    pub challenge: ChallengeId,
    /// Its turn, from 1.
    pub turn: i64,
    /// What is known of it.
    pub facts: StationFacts,
    /// When it was closed, and why.
    pub closed: Option<(Timestamp, String)>,
}

/// What an organiser tells of a station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StationFacts {
    /// The member that shows its code; none when the organiser does.
    pub merchant: Option<MerchantId>,
    /// Where it is.
    pub place: PlaceId,
    /// What it is called.
    pub name: String,
    /// The same in English, or empty.
    pub name_en: String,
    /// The minute of the day, on the city's clocks, from which it is open …
    pub open_from: i64,
    /// … and the one at which it closes; before `open_from` over midnight, the same for all day.
    pub open_to: i64,
    /// Minutes on foot to the nearest other station.
    pub near_minutes: i64,
}

impl Station {
    /// Whether it is one of the challenge's stations still.
    pub const fn stands(&self) -> bool {
        self.closed.is_none()
    }
}

impl StationFacts {
    /// Whether it is open at this instant.
    pub fn is_open_at(&self, at: Timestamp) -> bool {
        let clock = at.to_zoned(city_zone());
        self.is_open_in(i64::from(clock.hour()) * 60 + i64::from(clock.minute()))
    }

    fn is_open_in(&self, minute: i64) -> bool {
        let (from, to) = (self.open_from, self.open_to);
        match from.cmp(&to) {
            std::cmp::Ordering::Less => from <= minute && minute < to,
            std::cmp::Ordering::Equal => true,
            std::cmp::Ordering::Greater => from <= minute || minute < to,
        }
    }

    /// `10:00–21:30`; nothing for all day.
    pub fn hours(&self) -> Option<String> {
        let words = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let (from, to) = (words(self.open_from), words(self.open_to));
        (self.open_from != self.open_to).then(|| format!("{from}–{to}"))
    }

    /// What is wrong with what was told; whether merchant and place fit is the verb's to check.
    pub(crate) fn faults(&self) -> FieldErrors {
        let mut errors = FieldErrors::new();
        if self.name.trim().is_empty() {
            errors.add("name", "这一项要填");
        }
        for (field, words, limit) in
            [("name", &self.name, NAME_LIMIT), ("name_en", &self.name_en, NAME_LIMIT * 2)]
        {
            if words.chars().count() > limit {
                errors.add(field, format!("最多 {limit} 个字，请写短一些"));
            }
        }
        for (field, minute) in [("open_from", self.open_from), ("open_to", self.open_to)] {
            if !(0..DAY).contains(&minute) {
                errors.add(field, "时间要写成 10:00 这样");
            }
        }
        if !(0..=NEAR_LIMIT).contains(&self.near_minutes) {
            errors.add("near_minutes", "步行的分钟数在 0 到 240 之间");
        }
        errors
    }

    /// What these facts, if they took the place of a running challenge's, would take away.
    pub(crate) fn harms(&self, before: &Self) -> FieldErrors {
        let mut errors = FieldErrors::new();
        if self.merchant != before.merchant {
            errors.add("merchant", "挑战开始以后不能换商户；请停了这个打卡点，另添一个");
        }
        if self.place != before.place {
            errors.add("place", "挑战开始以后不能换地点；请停了这个打卡点，另添一个");
        }
        if (0..DAY).any(|minute| before.is_open_in(minute) && !self.is_open_in(minute)) {
            errors.add("open_to", "挑战开始以后，开放时间只能放宽，不能缩短");
        }
        if self.near_minutes > before.near_minutes {
            errors.add("near_minutes", "挑战开始以后只能改少，不能改多");
        }
        errors
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn facts(open_from: i64, open_to: i64) -> StationFacts {
        StationFacts {
            merchant: None,
            place: PlaceId::from_uuid(Uuid::nil()),
            name: "北门".into(),
            name_en: String::new(),
            open_from,
            open_to,
            near_minutes: 3,
        }
    }

    proptest! {
        #[test]
        fn a_day_is_split_into_open_and_shut(from in 0..DAY, to in 0..DAY, minute in 0..DAY) {
            let (open, shut) = (facts(from, to), facts(to, from));
            prop_assert!(open.faults().is_empty());
            if from == to {
                prop_assert!(open.is_open_in(minute) && open.hours().is_none());
            } else {
                prop_assert!(open.is_open_in(minute) != shut.is_open_in(minute));
                prop_assert!(open.is_open_in(from) && !open.is_open_in(to));
            }
        }

        #[test]
        fn hours_without_harm_only_grow(
            old in (0..48_i64, 0..48_i64), new in (0..48_i64, 0..48_i64)
        ) {
            let (before, after) = (facts(old.0 * 30, old.1 * 30), facts(new.0 * 30, new.1 * 30));
            let grows = (0..DAY).all(|one| !before.is_open_in(one) || after.is_open_in(one));
            prop_assert_eq!(after.harms(&before).is_empty(), grows);
        }
    }

    #[test]
    fn hours_are_the_citys() {
        // 2021-10-20 08:00 in the city.
        let eight = Timestamp::constant(1_634_688_000, 0);
        assert!(facts(8 * 60, 9 * 60).is_open_at(eight));
        assert!(!facts(8 * 60 + 1, 9 * 60).is_open_at(eight));
        assert_eq!(facts(600, 1290).hours().as_deref(), Some("10:00–21:30"));
    }
}
