//! States as columns of small numbers: a condition is one pass over one column.

use std::collections::HashMap;

use jiff::civil::Date;
use kernel::Id;
use uuid::Uuid;

use crate::{
    standing::Standing,
    sums::Counts,
    unit::{Cover, Span, Status},
};

/// Ids as small numbers, from 1; 0 is none.
#[derive(Debug)]
pub(super) struct Ids {
    numbers: HashMap<Uuid, u32>,
    ids: Vec<Uuid>,
}

impl Default for Ids {
    fn default() -> Self {
        Self { numbers: HashMap::new(), ids: vec![Uuid::nil()] }
    }
}

impl Ids {
    /// The number of an id, which it gets when it is new.
    pub(super) fn number<K>(&mut self, id: Option<Id<K>>) -> u32 {
        let Some(id) = id.map(Id::uuid) else { return 0 };
        let next = count(self.ids.len());
        *self.numbers.entry(id).or_insert_with(|| {
            self.ids.push(id);
            next
        })
    }
    /// The number of an id, when any state ever had it.
    pub(super) fn find<K>(&self, id: Id<K>) -> Option<u32> {
        self.numbers.get(&id.uuid()).copied()
    }
    /// The id of a number.
    pub(super) fn id<K>(&self, number: u32) -> Option<Id<K>> {
        (number != 0).then(|| Id::from_uuid(self.ids[number as usize]))
    }
    /// Which numbers are among these ids.
    pub(super) fn set<K>(&self, ids: impl IntoIterator<Item = Id<K>>) -> Vec<bool> {
        let mut set = vec![false; self.ids.len()];
        for number in ids.into_iter().filter_map(|id| self.find(id)) {
            set[number as usize] = true;
        }
        set
    }
}

/// A length as a number of a row; the register is bounded far below.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A date as a number in the same order.
pub(super) fn day(date: Date) -> i32 {
    (i32::from(date.year()) << 9) | (i32::from(date.month()) << 5) | i32::from(date.day())
}

/// The date of such a number.
pub(super) fn date(day: i32) -> Date {
    let part = |shift: u32, mask: i32| i8::try_from((day >> shift) & mask).unwrap_or(1);
    let year = i16::try_from(day >> 9).unwrap_or(1);
    // A number that [`day`] made is a date again.
    Date::new(year, part(5, 15), part(0, 31)).unwrap_or(Date::MIN)
}

/// Declares a row, and a table of such rows that keeps each column apart.
macro_rules! columns {
    ($($name:ident: $kind:ty),+ $(,)?) => {
        /// One state.
        #[derive(Clone, Copy, Debug, Default)]
        pub(super) struct State { $(pub(super) $name: $kind),+ }

        /// Many states.
        #[derive(Debug, Default)]
        pub(super) struct States { $(pub(super) $name: Vec<$kind>),+ }

        impl States {
            pub(super) fn push(&mut self, one: State) {
                $(self.$name.push(one.$name);)+
            }
            pub(super) fn set(&mut self, row: usize, one: State) {
                $(self.$name[row] = one.$name;)+
            }
            pub(super) fn get(&self, row: usize) -> State {
                State { $($name: self.$name[row]),+ }
            }
            pub(super) fn shrink(&mut self) {
                $(self.$name.shrink_to_fit();)+
            }
        }
    };
}

columns! {
    /* Which unit. */ slot: u32,
    /* Whether it still is a state of the register. */ alive: bool,
    from: i32,
    to: i32,
    town: u32,
    place: u32,
    station: u32,
    body: u32,
    worker: u32,
    organisation: u32,
    kind: u8,
    /* 0 for none. */ front: u8,
    industry: u8,
    status: u8,
    cover: u8,
    work: i64,
    members: i64,
    headcount: i64,
}

impl State {
    /// A span as a row; the two dictionaries learn its ids.
    pub(super) fn of(slot: u32, kind: u8, span: &Span, ids: &mut Ids, covers: &mut Ids) -> Self {
        let facts = &span.facts;
        Self {
            slot,
            alive: true,
            from: day(span.from_on),
            to: day(span.to_on),
            town: ids.number(Some(facts.town)),
            place: ids.number(facts.place),
            station: ids.number(facts.station),
            body: ids.number(facts.body),
            worker: ids.number(facts.worker),
            organisation: covers.number(facts.organisation),
            kind,
            front: facts.front.map_or(0, |front| front as u8 + 1),
            industry: facts.industry as u8,
            status: facts.status as u8,
            cover: facts.cover as u8,
            work: facts.work.0,
            members: facts.member_count,
            headcount: facts.headcount,
        }
    }
}

impl State {
    /// What one unit in this state adds to the counted sets: [`Counts`] of a span.
    pub(super) fn counts(self, member_floor: i64) -> Counts {
        if self.status != Status::Operating as u8 {
            return Counts::default();
        }
        let one = i64::from;
        let covered = self.cover != Cover::None as u8;
        let (work, eligible) = (self.work != 0, self.members >= member_floor);
        Counts {
            operating: 1,
            separate: one(self.cover == Cover::Separate as u8),
            joint: one(self.cover == Cover::Joint as u8),
            work: one(work),
            work_covered: one(covered || work),
            eligible: one(eligible),
            covered_eligible: one(eligible && covered),
        }
    }
}

/// Which rows of a table are meant.
pub(super) type Mask = Vec<bool>;

/// Leaves the rows whose column says so.
pub(super) fn keep<T: Copy>(mask: &mut [bool], column: &[T], holds: impl Fn(T) -> bool) {
    for (kept, one) in mask.iter_mut().zip(column) {
        *kept &= holds(*one);
    }
}

impl States {
    /// The rows that hold on a day; all that the register has when `None`.
    pub(super) fn on(&self, on: Option<Date>) -> Mask {
        let mut mask = self.alive.clone();
        if let Some(on) = on.map(day) {
            keep(&mut mask, &self.from, |from| from <= on);
            keep(&mut mask, &self.to, |to| to > on);
        }
        mask
    }

    /// Leaves the rows that stand so: [`Standing::condition`], said once more.
    pub(super) fn stand(&self, mask: &mut [bool], standing: Standing, member_floor: i64) {
        let is = |mask: &mut [bool], status: Status| {
            keep(mask, &self.status, |one| one == status as u8);
        };
        match standing {
            Standing::Suspended => return is(mask, Status::Suspended),
            Standing::Dormant => return is(mask, Status::Dormant),
            Standing::Cancelled => return is(mask, Status::Cancelled),
            Standing::Revoked => return is(mask, Status::Revoked),
            Standing::MovedOut => return is(mask, Status::MovedOut),
            Standing::NotOperating => {
                return keep(mask, &self.status, |one| one != Status::Operating as u8);
            }
            _ => is(mask, Status::Operating),
        }
        let cover = |mask: &mut [bool], holds: fn(u8) -> bool| keep(mask, &self.cover, holds);
        match standing {
            Standing::Separate => cover(mask, |one| one == Cover::Separate as u8),
            Standing::Joint => cover(mask, |one| one == Cover::Joint as u8),
            Standing::Covered | Standing::CoveredEligible => {
                cover(mask, |one| one != Cover::None as u8);
            }
            Standing::Uncovered | Standing::Due => cover(mask, |one| one == Cover::None as u8),
            Standing::Work => keep(mask, &self.work, |one| one != 0),
            Standing::WorkCovered => {
                for (kept, (cover, work)) in mask.iter_mut().zip(self.cover.iter().zip(&self.work))
                {
                    *kept &= *cover != Cover::None as u8 || *work != 0;
                }
            }
            _ => {}
        }
        if matches!(standing, Standing::Eligible | Standing::CoveredEligible | Standing::Due) {
            keep(mask, &self.members, |members| members >= member_floor);
        }
    }
}
