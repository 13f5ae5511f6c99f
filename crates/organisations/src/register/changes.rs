//! What changed between two days, asked of the copy: each unit is looked at once for each day.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{
    Register,
    answers::key,
    states::{Mask, States, day},
};
use crate::{
    coverage::{By, Changes},
    filter::{Filter, Frame},
    standing::{Change, Standing},
    unit::{Cover, Status},
};

impl Register {
    /// How many units changed, by key and in all.
    pub fn changes(
        &self,
        filter: &Filter,
        frame: &Frame<'_>,
        by: By,
        change: Change,
        from: Date,
    ) -> Option<Changes> {
        let (standing, here, there) = ends(change, from, filter.at.unwrap_or(frame.today));
        let here = self.on_day(filter, frame, Some(standing), here, true)?;
        let there = self.on_day(filter, frame, Some(standing), there, false)?;
        Some(self.difference(by, &here, &there))
    }

    /// All four changes, when both ends are the same question; `None` when words or a kind, which
    /// are asked of one end alone, make them two. Half the work of asking one by one.
    pub fn all_changes(
        &self,
        filter: &Filter,
        frame: &Frame<'_>,
        by: By,
        from: Date,
    ) -> Option<[(Change, Changes); 4]> {
        if filter.q.is_some() || filter.kind.is_some() {
            return None;
        }
        let at = filter.at.unwrap_or(frame.today);
        let now = self.stood(filter, frame, by, at)?;
        let then = self.stood(filter, frame, by, from)?;
        let mut total = [0; 4];
        let mut counted: Vec<[i64; 4]> = Vec::new();
        for (now, then) in now.iter().zip(&then).filter(|(now, then)| now != then) {
            let ends =
                [(now, then, true), (then, now, true), (now, then, false), (then, now, false)];
            for (turn, (here, there, covered)) in ends.into_iter().enumerate() {
                let Some(key) = here.key(covered) else { continue };
                let other = there.key(covered);
                total[turn] += i64::from(other.is_none());
                if other != Some(key) {
                    let place = key as usize;
                    counted.resize(counted.len().max(place + 1), [0; 4]);
                    counted[place][turn] += 1;
                }
            }
        }
        let changes = |turn: usize| {
            let own = (0..).zip(&counted).filter(|(_, counts)| counts[turn] > 0);
            let by_key = own.map(|(key, counts)| (self.key_text(by, key), counts[turn])).collect();
            Changes { by_key, total: total[turn] }
        };
        let kinds = [Change::Established, Change::Lost, Change::Entered, Change::Left];
        let mut turn = 0..;
        Some(kinds.map(|kind| (kind, changes(turn.next().unwrap_or_default()))))
    }

    /// How each unit of a filter stood on a day.
    fn stood(&self, filter: &Filter, frame: &Frame<'_>, by: By, day: Date) -> Option<Vec<Stood>> {
        let whole = Filter { at: filter.at, definition: filter.definition, ..Filter::default() };
        if *filter == whole && frame.reach.all {
            return Some(self.all_stood(by, (day < frame.today).then_some(day)));
        }
        let masks = self.on_day(filter, frame, Some(Standing::Operating), day, true)?;
        let mut stood = vec![Stood::default(); self.units.len()];
        for (states, row) in self.rows(&masks) {
            let covered = states.cover[row] != Cover::None as u8;
            stood[states.slot[row] as usize] = Stood::of(key(states, row, by), covered);
        }
        Some(stood)
    }

    /// How every unit stood on a day, or stands: one pass over few columns and without branches,
    /// since which row holds on a day cannot be foretold.
    fn all_stood(&self, by: By, on: Option<Date>) -> Vec<Stood> {
        // One place more, for the rows that do not hold.
        let mut stood = vec![Stood::default(); self.units.len() + 1];
        self.now.stood(&mut stood, by, on);
        if on.is_some() {
            self.past.stood(&mut stood, by, on);
        }
        stood.pop();
        stood
    }

    /// The units of one end that are not in the other, by key and in all.
    fn difference(&self, by: By, here: &[Mask; 2], there: &[Mask; 2]) -> Changes {
        // Which key each unit had at the other end, when it was in the set there.
        let mut keys: Vec<Option<u32>> = vec![None; self.units.len()];
        for (states, row) in self.rows(there) {
            keys[states.slot[row] as usize] = Some(key(states, row, by));
        }
        let mut total = 0;
        let mut counted: HashMap<u32, i64> = HashMap::new();
        for (states, row) in self.rows(here) {
            let (own, other) = (key(states, row, by), keys[states.slot[row] as usize]);
            total += i64::from(other.is_none());
            if other != Some(own) {
                *counted.entry(own).or_default() += 1;
            }
        }
        let by_key = counted.into_iter().map(|(key, count)| (self.key_text(by, key), count));
        Changes { by_key: by_key.collect(), total }
    }
}

impl States {
    fn stood(&self, stood: &mut [Stood], by: By, on: Option<Date>) {
        match by {
            By::Front => self.stood_by(stood, &self.front, on),
            By::Town => self.stood_by(stood, &self.town, on),
            By::Industry => self.stood_by(stood, &self.industry, on),
            By::Station => self.stood_by(stood, &self.station, on),
        }
    }

    #[expect(clippy::needless_bitwise_bool, reason = "no branch: see all_stood")]
    fn stood_by<K: Copy + Into<u32>>(&self, stood: &mut [Stood], keys: &[K], on: Option<Date>) {
        let spare = stood.len() - 1;
        let (first, last) = on.map_or((i32::MAX, i32::MIN), |on| (day(on), day(on)));
        let days = self.from.iter().zip(&self.to);
        let says = self.status.iter().zip(&self.cover).zip(&self.alive);
        for ((((from, to), ((status, cover), alive)), key), slot) in
            days.zip(says).zip(keys).zip(&self.slot)
        {
            let holds =
                *alive & (*from <= first) & (*to > last) & (*status == Status::Operating as u8);
            let place = if holds { *slot as usize } else { spare };
            stood[place] = Stood::of((*key).into(), *cover != Cover::None as u8);
        }
    }
}

/// How a unit stood on a day: not in the denominator, or under a key and covered or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Stood(u32);

impl Stood {
    const fn of(key: u32, covered: bool) -> Self {
        Self(((key + 1) << 1) | covered as u32)
    }
    /// Its key, when it was in the denominator and, if that is asked, covered.
    const fn key(self, covered: bool) -> Option<u32> {
        if self.0 == 0 || (covered && self.0 & 1 == 0) { None } else { Some((self.0 >> 1) - 1) }
    }
}

/// In which set a unit is, on the first of the two days and not on the second.
pub(super) fn ends(change: Change, from: Date, at: Date) -> (Standing, Date, Date) {
    match change {
        Change::Established => (Standing::Covered, at, from),
        Change::Lost => (Standing::Covered, from, at),
        Change::Entered => (Standing::Operating, at, from),
        Change::Left => (Standing::Operating, from, at),
    }
}
