//! The eight digits that a station shows, another eight every half minute.
//!
//! Two say which of the challenge's stations it is, six are a keyed hash of the station and the
//! half minute under a key of the site's secret: nothing is stored, and who sees one learns nothing
//! of the next. A thousand guesses would hit one in five hundred times; [`crate::meter`] leaves a
//! citizen twenty an hour.

use std::fmt;

use hmac::Mac as _;
use jiff::Timestamp;
use kernel::{KeyedHash, Keys};

use crate::{ChallengeStationId, Station};

/// Seconds for which a code is shown.
pub const STEP_SECONDS: i64 = 30;
/// So many half minutes to either side a code is still known for what it was: its holder is told
/// that it is over, rather than that it never was.
const KNOWN_STEPS: i64 = 20;
/// Checks that there can be.
const CHECKS: u64 = 1_000_000;

/// Eight digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StationCode(u64);

/// Eight digits as somebody typed or scanned them.
pub(crate) fn typed(text: &str) -> Option<StationCode> {
    let folded = kernel::fold(text);
    let digits: String = folded.chars().filter(|one| !one.is_whitespace() && *one != '-').collect();
    let right = digits.len() == 8 && digits.bytes().all(|one| one.is_ascii_digit());
    right.then(|| digits.parse().ok().map(StationCode))?
}

impl StationCode {
    /// The turn of the station that it says to be of.
    pub(crate) const fn turn(self) -> i64 {
        (self.0 / CHECKS).cast_signed()
    }

    /// Without blanks, for an address.
    pub(crate) fn bare(self) -> String {
        format!("{:08}", self.0)
    }
}

/// In two groups, to be read aloud.
impl fmt::Display for StationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04} {:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

/// How old a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    /// Of this half minute or the one before.
    Fresh,
    /// The station showed it some minutes ago, or will.
    Stale,
    /// The station does not show it.
    Unknown,
}

/// Makes codes and reads them.
pub(crate) struct StationCodes(KeyedHash);

/// The half minute that an instant lies in.
pub(crate) fn step_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(STEP_SECONDS)
}

impl StationCodes {
    pub(crate) fn new(keys: &Keys) -> Self {
        Self(keys.hash("tongpin challenge station code"))
    }

    /// The code that a station shows at this instant.
    pub(crate) fn show(&self, station: &Station, at: Timestamp) -> StationCode {
        let turn = station.turn.cast_unsigned() % 100;
        StationCode(turn * CHECKS + self.check(station.id, step_of(at)))
    }

    /// How old this code of a station is.
    pub(crate) fn age(&self, station: ChallengeStationId, code: StationCode, at: Timestamp) -> Age {
        let now = step_of(at);
        let shown = |step: i64| self.check(station, step) == code.0 % CHECKS;
        if shown(now) || shown(now - 1) {
            return Age::Fresh;
        }
        let mut near = (1..=KNOWN_STEPS).flat_map(|off| [now - 1 - off, now + off]);
        if near.any(shown) { Age::Stale } else { Age::Unknown }
    }

    fn check(&self, station: ChallengeStationId, step: i64) -> u64 {
        let mut hash = self.0.clone();
        hash.update(&step.to_be_bytes());
        hash.update(station.uuid().as_bytes());
        let whole: [u8; 32] = hash.finalize().into_bytes().into();
        let mut word = [0; 8];
        word.copy_from_slice(&whole[..8]);
        u64::from_be_bytes(word) % CHECKS
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use places::PlaceId;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::{ChallengeId, StationFacts};

    const AT: Timestamp = Timestamp::constant(1_622_512_800, 0);

    fn codes() -> StationCodes {
        StationCodes::new(&Keys::new([7; 32]))
    }

    fn station(id: u128, turn: i64) -> Station {
        let facts = StationFacts {
            merchant: None,
            place: PlaceId::from_uuid(Uuid::nil()),
            name: "北门".into(),
            name_en: String::new(),
            open_from: 0,
            open_to: 0,
            near_minutes: 0,
        };
        let challenge = ChallengeId::from_uuid(Uuid::nil());
        let id = ChallengeStationId::from_uuid(Uuid::from_u128(id));
        Station { id, challenge, turn, facts, closed: None }
    }

    proptest! {
        /// Whatever the clock does between showing and sending: a code is good in its half minute
        /// and in the next, and at no other time.
        #[test]
        fn a_code_is_good_in_its_half_minute_and_the_next_alone(
            id: u128, turn in 1..=99_i64, into in 0..30_i64, skew in -1_200..1_200_i64
        ) {
            let station = station(id, turn);
            let shown_at = AT + SignedDuration::from_secs(into);
            let code = codes().show(&station, shown_at);
            prop_assert_eq!(code.turn(), turn);
            let again = typed(&code.to_string());
            prop_assert!(again == Some(code) && typed(&code.bare()) == Some(code));
            let sent_at = shown_at + SignedDuration::from_secs(skew);
            let steps = step_of(sent_at) - step_of(shown_at);
            let age = codes().age(station.id, code, sent_at);
            // One in some twenty thousand codes is by chance shown again within the minutes that
            // are looked at.
            match steps {
                0 | 1 => prop_assert_eq!(age, Age::Fresh),
                -20..=21 => prop_assert!(age != Age::Unknown),
                _ => {}
            }
        }

        #[test]
        fn any_text_is_answered(text in ".{0,12}") {
            if let Some(code) = typed(&text) {
                prop_assert_eq!(code.bare().len(), 8);
                prop_assert!((0..=99).contains(&code.turn()));
            }
        }
    }

    #[test]
    fn most_codes_of_another_time_station_or_secret_are_unknown() {
        let (one, other) = (station(1, 1), station(2, 1));
        let other_site = StationCodes::new(&Keys::new([8; 32]));
        let (mut stale, mut foreign, mut forged, mut old) = (0, 0, 0, 0);
        for turn in 0..200 {
            let at = AT + SignedDuration::from_secs(3_000 * turn);
            let code = codes().show(&one, at);
            let later = |seconds| at + SignedDuration::from_secs(seconds);
            stale += usize::from(codes().age(one.id, code, later(60)) == Age::Stale);
            foreign += usize::from(codes().age(other.id, code, at) == Age::Unknown);
            forged += usize::from(other_site.age(one.id, code, at) == Age::Unknown);
            old += usize::from(codes().age(one.id, code, later(1_500)) == Age::Unknown);
        }
        assert!([stale, foreign, forged, old].iter().all(|known| *known >= 198));
    }
}
