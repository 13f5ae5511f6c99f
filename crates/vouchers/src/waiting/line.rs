//! Who stands where: pure. Everybody in a line has a moment at which they are let in, and those
//! moments follow each other at the line's pace without a gap, so the number of people before
//! somebody is the number of such moments between now and theirs.

use jiff::{SignedDuration, Timestamp};

use super::{Room, ticket::LOTS};

/// Where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// Before the opening: nobody has a place yet. So many wait.
    Drawing {
        /// The draw is then.
        opens: Timestamp,
        /// How many came so far.
        waiting: i64,
    },
    /// Not yet.
    Waiting {
        /// So many are let in before.
        before: i64,
        /// The moment.
        at: Timestamp,
    },
    /// Now.
    Admitted,
}

/// How many came before the opening, by lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lots {
    /// The n-th: how many are in the lots before the n-th. The last: how many in all.
    before: [i64; LOTS + 1],
}

impl Default for Lots {
    fn default() -> Self {
        Self { before: [0; LOTS + 1] }
    }
}

impl Lots {
    /// From the counts of those lots that have any.
    pub(crate) fn of(counts: impl IntoIterator<Item = (u8, i64)>) -> Self {
        let mut before = [0; LOTS + 1];
        for (lot, count) in counts {
            before[usize::from(lot) + 1] += count;
        }
        for place in 1..=LOTS {
            before[place] += before[place - 1];
        }
        Self { before }
    }

    /// How many in all.
    pub(crate) fn count(&self) -> i64 {
        self.before[LOTS]
    }

    /// The place, from 0, of the how-manieth of a lot.
    pub(crate) fn place(&self, lot: u8, index: i64) -> i64 {
        self.before[usize::from(lot)] + index
    }
}

impl Room {
    /// When the holder of this place, from 0, is let in.
    pub(crate) fn moment_of(&self, place: i64) -> Timestamp {
        let after = place.saturating_mul(self.step());
        self.opens.checked_add(SignedDuration::from_micros(after)).unwrap_or(Timestamp::MAX)
    }

    /// Where somebody stands who is let in at this moment.
    pub(crate) fn stand(&self, at: Timestamp, now: Timestamp) -> Stand {
        let wait = at.as_microsecond() - now.as_microsecond();
        if wait <= 0 {
            return Stand::Admitted;
        }
        // Those at `at - step`, `at - 2 * step`, … as long as they are after now.
        Stand::Waiting { before: (wait - 1) / self.step(), at }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPEN: Timestamp = Timestamp::constant(1_622_512_800, 0);

    fn room(rate: i64) -> Room {
        let until = OPEN + SignedDuration::from_hours(72);
        Room { opens: OPEN, until, rate, is_open: true, left: 1_000 }
    }

    proptest! {
        /// Whatever lots were drawn: everybody has a place of their own, none is left out, and
        /// each is told exactly how many go before.
        #[test]
        fn places_are_a_line_and_the_number_before_is_true(
            counts in prop::collection::vec(0_i64..4, LOTS),
            rate in 1_i64..2_000,
            later in 0_i64..2_000_000,
        ) {
            let lots = Lots::of((0..=255).zip(counts.iter().copied()));
            let mut places: Vec<i64> = (0..=255_u8).zip(&counts)
                .flat_map(|(lot, count)| (0..*count).map(move |index| (lot, index)))
                .map(|(lot, index)| lots.place(lot, index))
                .collect();
            places.sort_unstable();
            prop_assert_eq!(&places, &(0..lots.count()).collect::<Vec<_>>());
            let (room, now) = (room(rate), OPEN + SignedDuration::from_micros(later));
            let waiting: Vec<i64> = places.into_iter()
                .filter(|place| room.moment_of(*place) > now).collect();
            for (turn, place) in (0_i64..).zip(&waiting) {
                let at = room.moment_of(*place);
                prop_assert_eq!(room.stand(at, now), Stand::Waiting { before: turn, at });
            }
            let let_in = lots.count() - waiting.len() as i64;
            prop_assert!(let_in <= later / room.step() + 1, "no more than the pace");
        }
    }

    #[test]
    fn the_first_is_let_in_at_the_opening_itself() {
        let room = room(100);
        assert_eq!(room.stand(room.moment_of(0), OPEN), Stand::Admitted);
        let second = room.moment_of(1);
        assert_eq!(room.stand(second, OPEN), Stand::Waiting { before: 0, at: second });
        assert_eq!(
            room.stand(room.moment_of(100), OPEN + SignedDuration::from_secs(1)),
            Stand::Admitted
        );
    }
}
