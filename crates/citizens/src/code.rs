//! A code for signing in: six digits for five minutes, and how often a phone may be sent one.

use hmac::Mac as _;
use jiff::{SignedDuration, Timestamp};
use kernel::{Cx, Keys, code_enum, fold::narrow, id_kind};

id_kind!(CodeKind, CodeId, "cde");

/// Digits of a code.
const DIGITS: usize = 6;
/// How long a code opens the door.
pub(crate) const LIVES: SignedDuration = SignedDuration::from_mins(5);
/// Codes typed in, right or wrong, after which a new one must be asked for.
pub(crate) const TRIES: i64 = 5;
/// How far ahead of us the clock of another node may be. What lies further in the future was
/// written by a clock that was put back since, and counts for nothing.
pub(crate) const SKEW: SignedDuration = SignedDuration::from_mins(1);
/// How often one phone may be sent a code: at most so many within so long.
const WINDOWS: [(SignedDuration, usize); 3] = [
    (SignedDuration::from_mins(1), 1),
    (SignedDuration::from_hours(1), 5),
    (SignedDuration::from_hours(24), 10),
];
/// The longest of these windows.
pub(crate) const LONGEST: SignedDuration = SignedDuration::from_hours(24);

code_enum! {
    /// What became of the message.
    pub enum Delivery {
        /// It was not given to the gateway yet.
        Waiting = "waiting" "正在发",
        /// The gateway took it.
        Taken = "taken" "已发出",
        /// The gateway did not take it, or could not be reached.
        Refused = "refused" "没有发出",
        /// Nobody knows: the gateway fell silent half-way.
        Unsure = "unsure" "不知道发出没有",
    }
}

/// Six random digits. Never written out but to the message itself.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Code(String);

impl Code {
    /// A fresh one, each as likely as any other.
    pub(crate) fn draw(cx: &Cx) -> Self {
        const ALL: u32 = 1_000_000;
        // Above the last whole million a remainder would be more likely than others.
        const LAST: u32 = u32::MAX / ALL * ALL;
        let mut drawn = u32::MAX;
        while drawn >= LAST {
            drawn = u32::from_be_bytes(cx.random());
        }
        Self(format!("{:06}", drawn % ALL))
    }

    /// As somebody typed it: full-width digits and blanks are forgiven.
    pub(crate) fn typed(text: &str) -> Option<Self> {
        let letters = text.chars().map(narrow).filter(|one| !one.is_whitespace() && *one != '-');
        let digits: String = letters.take(DIGITS + 1).collect();
        let right = digits.len() == DIGITS && digits.bytes().all(|one| one.is_ascii_digit());
        right.then_some(Self(digits))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// As it is stored. A million codes are tried in no time, so the hash has the site's secret in
    /// it; and the id, so that the same code never looks the same twice.
    pub(crate) fn hash(&self, keys: &Keys, id: CodeId) -> Vec<u8> {
        let mut hash = keys.hash("tongpin citizen code");
        hash.update(id.uuid().as_bytes());
        hash.update(self.0.as_bytes());
        hash.finalize().into_bytes().to_vec()
    }
}

/// Why a phone is not sent a code now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// How long until it may be.
    pub(crate) left: SignedDuration,
    /// The window that is full.
    pub(crate) window: SignedDuration,
    /// How many it holds.
    pub(crate) most: usize,
}

/// Whether a phone that asked at these times may ask now; the longest wait if not.
pub(crate) fn must_wait(asked: &[Timestamp], now: Timestamp) -> Option<Wait> {
    let mut past: Vec<_> = asked.iter().copied().filter(|at| *at <= now + SKEW).collect();
    past.sort_unstable();
    let full = |(window, most): (SignedDuration, usize)| {
        let within = past.iter().filter(|at| now.duration_since(**at) < window);
        if within.count() < most {
            return None;
        }
        // Once the earliest of the last `most` has left the window, there is room again.
        let earliest = past.get(past.len().checked_sub(most)?)?;
        Some(Wait { left: window - now.duration_since(*earliest), window, most })
    };
    WINDOWS.into_iter().filter_map(full).max_by_key(|wait| wait.left)
}

/// Whether a code asked for then has expired: also when the clock was put back since, as its five
/// minutes would be longer than they were promised.
pub(crate) fn has_expired(asked_at: Timestamp, expires_at: Timestamp, now: Timestamp) -> bool {
    now >= expires_at || now + SKEW < asked_at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_634_688_000, 0);

    fn before(seconds: &[i64]) -> Vec<Timestamp> {
        seconds.iter().map(|ago| NOW - SignedDuration::from_secs(*ago)).collect()
    }

    fn waits(seconds: &[i64]) -> Option<i64> {
        must_wait(&before(seconds), NOW).map(|wait| wait.left.as_secs())
    }

    #[test]
    fn one_a_minute_five_an_hour_ten_a_day() {
        assert_eq!(waits(&[]), None);
        assert_eq!(waits(&[59]), Some(1));
        assert_eq!(waits(&[60]), None);
        assert_eq!(waits(&[100, 200, 300, 400, 3000]), Some(600));
        assert_eq!(waits(&[100, 200, 300, 400, 3600]), None);
        let day: Vec<i64> = (1..=10).map(|no| no * 7200).collect();
        assert_eq!(waits(&day), Some(86_400 - 72_000));
        assert_eq!(waits(&[-3600]), None, "a clock that was put back locks nobody out");
    }

    #[test]
    fn codes_are_six_digits_and_forgiven_their_form() {
        let cx = testkit::cx();
        for _ in 0..100 {
            let code = Code::draw(&cx);
            assert!(Code::typed(code.text()) == Some(code));
        }
        assert!(Code::typed(" １２3 45-6 ").is_some_and(|code| code.text() == "123456"));
        for wrong in ["", "12345", "1234567", "12345a", "一二三四五六"] {
            assert!(Code::typed(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_code_expires_and_is_not_revived_by_a_clock_that_is_put_back() {
        let expired =
            |seconds: i64| has_expired(NOW, NOW + LIVES, NOW + SignedDuration::from_secs(seconds));
        assert!(!expired(0) && !expired(299) && !expired(-60));
        assert!(expired(300) && expired(-61));
    }

    proptest! {
        #[test]
        fn who_waits_as_told_may_ask(ago in prop::collection::vec(0_i64..100_000, 0..40)) {
            let asked = before(&ago);
            if let Some(wait) = must_wait(&asked, NOW) {
                prop_assert!(wait.left > SignedDuration::ZERO);
                prop_assert!(wait.left <= LONGEST);
                prop_assert_eq!(must_wait(&asked, NOW + wait.left), None);
            }
        }

        #[test]
        fn no_window_ever_holds_more_than_it_may(
            gaps in prop::collection::vec(1_i64..9_000, 1..80),
        ) {
            let (mut asked, mut now) = (Vec::new(), NOW);
            for gap in gaps {
                now += SignedDuration::from_secs(gap);
                if must_wait(&asked, now).is_none() {
                    asked.push(now);
                }
            }
            for (window, most) in WINDOWS {
                for end in &asked {
                    let within =
                        |at: &&Timestamp| **at <= *end && end.duration_since(**at) < window;
                    prop_assert!(asked.iter().filter(within).count() <= most);
                }
            }
        }
    }
}
