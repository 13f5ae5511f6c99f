//! The simulated calendar: when the records begin, the weeks in which they are written, and the
//! moment of each entry.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date};
use kernel::{Actor, Clock, Cx, time::start_of};

use super::dice::SeededBytes;

/// The ledger begins with the state of this day.
pub(super) const FIRST: Date = Date::constant(2019, 10, 8);
/// The day that the demo's clock starts on.
pub(super) const LAST: Date = Date::constant(2021, 10, 20);
/// The day that the year's campaign is measured from.
pub(super) const BASELINE: Date = Date::constant(2020, 12, 31);

/// One week of entries: what happened on its days is written down on its last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Week {
    pub(super) first: Date,
    pub(super) last: Date,
}

impl Week {
    /// A day of the week on which something happens.
    pub(super) fn day(self, turn: usize) -> Date {
        let days = days_between(self.first, self.last) + 1;
        self.first.saturating_add((turn as i64 % days).days())
    }
}

/// Monday to Friday, from the week after the first state to the last day.
pub(super) fn weeks() -> Vec<Week> {
    let mut weeks = Vec::new();
    let mut monday = Date::constant(2019, 10, 14);
    while monday <= LAST {
        weeks.push(Week { first: monday, last: monday.saturating_add(4.days()).min(LAST) });
        monday = monday.saturating_add(7.days());
    }
    weeks
}

/// Whole days from one date to another.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Makes the contexts of the simulated entries.
pub(super) struct Calendar {
    bytes: Arc<SeededBytes>,
}

struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }
}

impl Calendar {
    pub(super) fn new(seed: u64) -> Self {
        Self { bytes: Arc::new(SeededBytes::new(seed)) }
    }
    /// A context on a day, so many minutes after midnight, acted by somebody.
    pub(super) fn at(&self, on: Date, minute: i64, actor: &Actor) -> Cx {
        let now = start_of(on) + SignedDuration::from_mins(minute);
        Cx::new(&Still(now), self.bytes.clone(), actor.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_follow_each_other_up_to_the_last_day() {
        let weeks = weeks();
        assert!(weeks.windows(2).all(|two| two[0].last < two[1].first));
        assert_eq!(weeks.last().map(|week| week.last), Some(LAST));
        for week in weeks {
            for turn in 0..10 {
                assert!((week.first..=week.last).contains(&week.day(turn)));
            }
        }
    }
}
