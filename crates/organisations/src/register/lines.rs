//! Coverage as sums in memory: along each key, what stood on every day on which it changed.
//!
//! A line is one key of one scope: a front of the city, a station within a town. Its entries run
//! by day, each the sum of all steps up to it, so that a date is one search in each line asked
//! for. These are the sums of [`crate::sums`], made from the states that are here anyway; a test
//! compares the two. What no line tells apart is left to whoever asks.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use kernel::time::OPEN;
use places::PlaceId;

use super::{
    Register,
    states::{State, States, day},
};
use crate::{
    coverage::{self, By},
    filter::{Filter, Frame, Or},
    sums::{Axis, Counts},
};

/// The seven sets of [`Counts`]; a register holds far fewer units than an `i32`.
type Sum = [i32; 7];

/// Which line. The scope is 0 for the city, else the number of the town; the key is the number
/// that states have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Line {
    axis: Axis,
    scope: u32,
    key: u32,
}

/// All lines, counted by one rule.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The rule's floor of members.
    floor: i64,
    days: BTreeMap<Line, Vec<(i32, Sum)>>,
    /// Steps that the lines do not have yet.
    steps: HashMap<(Line, i32), Sum>,
}

impl Lines {
    /// None yet, to be counted by this rule.
    pub(super) fn by_rule(floor: i64) -> Self {
        Self { floor, ..Self::default() }
    }

    /// The rule's floor of members.
    pub(super) const fn floor(&self) -> i64 {
        self.floor
    }

    /// Takes a state in, or, with `times` −1, out.
    pub(super) fn take(&mut self, state: State, times: i32) {
        let counts = state.counts(self.floor);
        if counts == Counts::default() {
            return;
        }
        let sum = sum_of(&counts);
        for line in lines_of(state) {
            self.step(line, state.from, sum, times);
            if state.to < day(OPEN) {
                self.step(line, state.to, sum, -times);
            }
        }
    }

    fn step(&mut self, line: Line, day: i32, sum: Sum, times: i32) {
        add(self.steps.entry((line, day)).or_default(), sum, times);
    }

    /// Brings the steps into the lines. The days of a line are few: each has one entry.
    pub(super) fn settle(&mut self) {
        let mut steps: Vec<_> =
            self.steps.drain().filter(|(_, sum)| *sum != Sum::default()).collect();
        steps.sort_unstable_by_key(|(place, _)| *place);
        self.steps.shrink_to_fit();
        for ((key, day), sum) in steps {
            let line = self.days.entry(key).or_default();
            let place = line.partition_point(|(one, _)| *one < day);
            if line.get(place).is_none_or(|(one, _)| *one != day) {
                let before = place.checked_sub(1).map(|last| line[last].1).unwrap_or_default();
                line.insert(place, (day, before));
            }
            for (_, later) in &mut line[place..] {
                add(later, sum, 1);
            }
        }
    }

    /// The lines of an axis within a scope on a day, by the number of their key.
    fn on(&self, axis: Axis, scope: u32, on: i32) -> impl Iterator<Item = (u32, Counts)> {
        let all = Line { axis, scope, key: 0 }..=Line { axis, scope, key: u32::MAX };
        self.days.range(all).filter_map(move |(key, line)| {
            let place = line.partition_point(|(one, _)| *one <= on).checked_sub(1)?;
            Some((key.key, counts_of(line[place].1)))
        })
    }
}

fn lines_of(state: State) -> [Line; 7] {
    let key = |axis, scope, key| Line { axis, scope, key };
    let (front, industry, town) = (state.front.into(), state.industry.into(), state.town);
    [
        key(Axis::Town, 0, town),
        key(Axis::Front, 0, front),
        key(Axis::Industry, 0, industry),
        key(Axis::Station, 0, state.station),
        key(Axis::Front, town, front),
        key(Axis::Industry, town, industry),
        key(Axis::Station, town, state.station),
    ]
}

fn add(to: &mut Sum, sum: Sum, times: i32) {
    for (one, other) in to.iter_mut().zip(sum) {
        *one += times * other;
    }
}

fn sum_of(counts: &Counts) -> Sum {
    let one = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    [
        one(counts.operating),
        one(counts.separate),
        one(counts.joint),
        one(counts.work),
        one(counts.work_covered),
        one(counts.eligible),
        one(counts.covered_eligible),
    ]
}

fn counts_of(sum: Sum) -> Counts {
    let [operating, separate, joint, work, work_covered, eligible, covered_eligible] =
        sum.map(i64::from);
    Counts { operating, separate, joint, work, work_covered, eligible, covered_eligible }
}

impl Register {
    /// The seven sets of a filter's units, by key, when lines have them: [`coverage::coverage`]
    /// from its running sums, said once more.
    pub fn summed(
        &self,
        filter: &Filter,
        frame: &Frame<'_>,
        by: By,
    ) -> Option<HashMap<String, Counts>> {
        if frame.member_floor != self.lines.floor() || !coverage::summed(filter, frame) {
            return None;
        }
        let (axis, towns) = coverage::along(filter, frame, by);
        if axis == Axis::Cell {
            return None;
        }
        // A town that no state ever had has no line.
        let number = |town: PlaceId| self.ids.find(town).unwrap_or(u32::MAX);
        let scopes: Vec<u32> = match &towns[..] {
            [] => vec![0],
            several => several.iter().map(|town| number(*town)).collect(),
        };
        let at: Date = filter.at.unwrap_or(frame.today).min(frame.today);
        let mut counted: HashMap<String, Counts> = HashMap::new();
        for scope in scopes {
            for (key, counts) in self.lines.on(axis, scope, day(at)) {
                if self.is_asked(filter, frame, by, key) {
                    counted.entry(self.key_text(by, key)).or_default().add(&counts, 1);
                }
            }
        }
        Some(counted)
    }

    /// Whether the filter and the reader's reach leave this key in.
    fn is_asked(&self, filter: &Filter, frame: &Frame<'_>, by: By, key: u32) -> bool {
        match by {
            By::Town => {
                let town: Option<PlaceId> = self.ids.id(key);
                let seen =
                    frame.reach.all || town.is_some_and(|id| frame.reach.towns.contains(&id));
                seen && (filter.town.is_none() || filter.town == town)
            }
            By::Front => filter.front.is_none_or(|front| match front {
                Or::Is(front) => key == u32::from(front as u8) + 1,
                Or::None => key == 0,
            }),
            By::Industry => filter.industry.is_none_or(|industry| key == u32::from(industry as u8)),
            By::Station => filter.station.is_none_or(|station| match station {
                Or::Is(id) => self.ids.find(id) == Some(key),
                Or::None => key == 0,
            }),
        }
    }

    /// Takes a state of the register out of the lines.
    pub(super) fn untake(lines: &mut Lines, states: &States, row: usize) {
        if states.alive[row] {
            lines.take(states.get(row), -1);
        }
    }
}
