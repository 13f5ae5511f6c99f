//! Claims of a batch are numbered in the order they were given. So the claims of one version of
//! the terms are a range of numbers, and so are those of a day or a minute: its ends are found by
//! halving, with two dozen looks at a table of ten million.

use db::{Result, Tx};
use jiff::{SignedDuration, Timestamp};
use kernel::{
    Date,
    time::{civil_date, start_of},
};
use web::filters::grouped;

use crate::store::batches::claims::{Mark, mark};

/// A range of claim numbers, both ends in it; empty when the last is before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Numbers {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Numbers {
    pub(crate) const fn count(self) -> i64 {
        if self.last < self.first { 0 } else { self.last - self.first + 1 }
    }
    /// As a page says what it looked at.
    pub(crate) fn words(self) -> String {
        format!("看了第 {} 到 {} 张", grouped(self.first), grouped(self.last))
    }
    /// What both have.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), last: self.last.min(other.last) }
    }
}

/// The first number of a range whose mark passes the test, which all later ones then pass; the
/// number after the range when none does.
async fn first(
    tx: &mut Tx,
    batch_no: i64,
    range: Numbers,
    passes: impl Fn(&Mark) -> bool + Send,
) -> Result<i64> {
    let (mut low, mut high) = (range.first, range.last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        match mark(tx, batch_no, middle).await? {
            Some(mark) if !passes(&mark) => low = middle + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

/// The numbers that were claimed under one version of the terms.
pub(crate) async fn of_version(
    tx: &mut Tx,
    batch_no: i64,
    claimed: i64,
    version: i64,
) -> Result<Numbers> {
    let all = Numbers { first: 1, last: claimed };
    let from = first(tx, batch_no, all, |mark| mark.terms_version >= version).await?;
    let rest = Numbers { first: from, last: claimed };
    let to = first(tx, batch_no, rest, |mark| mark.terms_version > version).await?;
    Ok(Numbers { first: from, last: to - 1 })
}

/// The numbers that were claimed on one day of the city's. Where a clock was put back, a number
/// counts to the day that its neighbours have.
pub(crate) async fn of_day(tx: &mut Tx, batch_no: i64, claimed: i64, on: Date) -> Result<Numbers> {
    let all = Numbers { first: 1, last: claimed };
    let (begin, end) = (start_of(on), on.tomorrow().map_or(Timestamp::MAX, start_of));
    let from = first(tx, batch_no, all, |mark| mark.at >= begin).await?;
    let rest = Numbers { first: from, last: claimed };
    let to = first(tx, batch_no, rest, |mark| mark.at >= end).await?;
    Ok(Numbers { first: from, last: to - 1 })
}

/// How finely the claims are told by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grain {
    Minute,
    Hour,
    Day,
}

impl Grain {
    /// Fine enough to see a rush, and never more than some dozen lines.
    fn of(from: Timestamp, to: Timestamp) -> Self {
        let span = to.duration_since(from);
        if span <= SignedDuration::from_mins(45) {
            Self::Minute
        } else if span <= SignedDuration::from_hours(40) {
            Self::Hour
        } else {
            Self::Day
        }
    }
    /// The beginning of the stretch that this instant lies in, and the next one's.
    fn around(self, at: Timestamp) -> (Timestamp, Timestamp) {
        let seconds = match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => {
                let on = civil_date(at);
                return (start_of(on), on.tomorrow().map_or(Timestamp::MAX, start_of));
            }
        };
        let begin = at.as_second() - at.as_second().rem_euclid(seconds);
        let instant = |second| Timestamp::from_second(second).unwrap_or(at);
        (instant(begin), instant(begin + seconds))
    }
}

/// Claims of one minute, hour or day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: Timestamp,
    pub(crate) numbers: Numbers,
}

/// The most lines; what was claimed later stands in the last.
const LINES: usize = 60;

/// How a batch was claimed in time: stretches in which anybody claimed. Each number lies in one.
pub(crate) async fn pace(
    tx: &mut Tx,
    batch_no: i64,
    claimed: i64,
) -> Result<(Grain, Vec<Stretch>)> {
    let mut lines = Vec::new();
    let begin = mark(tx, batch_no, 1).await?;
    let end = mark(tx, batch_no, claimed).await?;
    let (Some(begin), Some(end)) = (begin, end) else { return Ok((Grain::Minute, lines)) };
    let grain = Grain::of(begin.at, end.at);
    let mut from = 1;
    while from <= claimed {
        let Some(now) = mark(tx, batch_no, from).await? else { break };
        let (start, next) = grain.around(now.at);
        let rest = Numbers { first: from + 1, last: claimed };
        let is_last = lines.len() + 1 == LINES;
        let to = if is_last {
            claimed + 1
        } else {
            first(tx, batch_no, rest, |mark| mark.at >= next).await?
        };
        lines.push(Stretch { from: start, numbers: Numbers { first: from, last: to - 1 } });
        from = to;
    }
    Ok((grain, lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn an_instant_lies_in_its_stretch(second in 1_600_000_000_i64..1_900_000_000) {
            let at = Timestamp::from_second(second).unwrap();
            for grain in [Grain::Minute, Grain::Hour, Grain::Day] {
                let (from, next) = grain.around(at);
                proptest::prop_assert!(from <= at && at < next);
                proptest::prop_assert_eq!(grain.around(from), (from, next));
                proptest::prop_assert_eq!(grain.around(next).0, next);
            }
        }
    }

    #[test]
    fn a_range_that_ends_before_it_begins_has_nothing() {
        assert_eq!(Numbers { first: 5, last: 4 }.count(), 0);
        let (one, other) = (Numbers { first: 1, last: 9 }, Numbers { first: 4, last: 20 });
        assert_eq!(one.and(other), Numbers { first: 4, last: 9 });
        assert_eq!(one.and(other).count(), 6);
    }
}
