//! How many codes that did not count a citizen may send in an hour, so that nobody finds one by
//! trying. Kept in the memory of each node alone, and no longer than the hour.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use kernel::CitizenNo;

/// Most in a window: with a shaking hand at a dozen stations one needs fewer.
pub(crate) const MOST: u32 = 20;
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// The most citizens that are remembered; above it the oldest is forgotten.
const REMEMBERED: usize = 20_000;

/// Since when a citizen is remembered, and how many tries did not count.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<HashMap<CitizenNo, (Timestamp, u32)>>);

impl Meter {
    /// Whether the citizen may try, or how many seconds to wait.
    pub(crate) fn may(&self, citizen: CitizenNo, now: Timestamp) -> Result<(), u32> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((since, count)) = known.get(&citizen).copied() else { return Ok(()) };
        let gone = now.duration_since(since);
        // A clock that was put back does not keep anybody out for longer.
        if count < MOST || gone >= WINDOW || gone.is_negative() {
            return Ok(());
        }
        Err(u32::try_from((WINDOW - gone).as_secs().max(1)).unwrap_or(1))
    }

    /// Counts a try that did not count.
    pub(crate) fn note(&self, citizen: CitizenNo, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stays = |since: Timestamp| {
            let gone = now.duration_since(since);
            gone < WINDOW && !gone.is_negative()
        };
        if known.len() >= REMEMBERED {
            known.retain(|_, (since, _)| stays(*since));
        }
        if known.len() >= REMEMBERED {
            let oldest = known.iter().min_by_key(|(_, (since, _))| *since).map(|(no, _)| *no);
            oldest.map(|oldest| known.remove(&oldest));
        }
        let one = known.entry(citizen).or_insert((now, 0));
        if !stays(one.0) {
            *one = (now, 0);
        }
        one.1 += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tried_too_often_waits_and_nobody_else() {
        let meter = Meter::default();
        let now = Timestamp::constant(1_634_688_000, 0);
        let later = |minutes| now + SignedDuration::from_mins(minutes);
        let (one, other) = (CitizenNo(1), CitizenNo(2));
        for _ in 0..MOST {
            assert_eq!(meter.may(one, now), Ok(()));
            meter.note(one, now);
        }
        assert_eq!(meter.may(one, later(10)), Err(3_000));
        assert_eq!(meter.may(other, later(10)), Ok(()));
        assert_eq!(meter.may(one, later(-10)), Ok(()), "the clock was put back");
        assert_eq!(meter.may(one, later(60)), Ok(()));
        meter.note(one, later(60));
        assert_eq!(meter.may(one, later(61)), Ok(()), "a new window begins at one");
    }
}
