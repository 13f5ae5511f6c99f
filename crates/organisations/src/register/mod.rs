//! The register in memory: every state of every unit as columns, so that a list is a few passes
//! over small numbers and no question to the database.
//!
//! It is a copy, true at one number of the journal. Whoever asks has read the number now; when it
//! is greater, the units that the journal names since are read again, and nothing else. What the
//! copy cannot answer, and everything while it is being made, is asked of the database, which
//! answers the same: a test compares the two.
//!
//! Bounded: about 0.5 KB a unit, and none at all past [`MOST_UNITS`].

mod answers;
mod changes;
mod kept;
mod lines;
mod load;
mod names;
mod states;
mod words;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
};

use jiff::civil::Date;
use kernel::{Code as _, Uscc, actor::AccountId, fold_name, time::OPEN};
use places::{Front, Industry, UnitKind};

use crate::{
    list::Listed,
    unit::{Cover, Facts, Identity, Span, Status, Unit, UnitId, Work},
};
use lines::Lines;
use names::Names;
use states::{Ids, State, States, count};
use words::{Hits, Words};

pub use kept::Registers;

/// A city with more units is asked of the database alone: some 700 MB of copy.
pub const MOST_UNITS: i64 = 1_500_000;

/// The copy.
#[derive(Debug, Default)]
pub struct Register {
    version: i64,
    /// In the order of their numbers; a slot is a place in here, and is never given twice.
    units: Vec<Kept>,
    slots: HashMap<UnitId, u32>,
    codes: BTreeMap<[u8; 18], u32>,
    /// The open state of each slot.
    now: States,
    /// States that ended.
    past: States,
    /// Rows of `past` that are states no longer.
    dead: usize,
    ids: Ids,
    covers: Ids,
    names: Names,
    words: Words,
    /// Coverage on any day.
    lines: Lines,
    /// What only units out of the denominator have: reason, evidence, approver.
    left: HashMap<u32, (String, String, Option<AccountId>)>,
    organisations: HashMap<u32, Box<str>>,
    workers: HashMap<u32, Box<str>>,
    /// What words found, by text and tree; bounded.
    hits: Mutex<HashMap<(String, i64, Date), Arc<Hits>>>,
}

/// A unit, its texts in one piece.
#[derive(Debug)]
struct Kept {
    no: i64,
    id: UnitId,
    version: i64,
    kind: UnitKind,
    uscc: Uscc,
    text: Box<str>,
    /// Where the name ends and where the address ends.
    ends: (u32, u32),
}

impl Kept {
    fn of(unit: &Unit) -> Self {
        let Identity { uscc, name, kind, address, note } = &unit.identity;
        Self {
            no: unit.no,
            id: unit.id,
            version: unit.version,
            kind: *kind,
            uscc: *uscc,
            text: format!("{name}{address}{note}").into(),
            ends: (count(name.len()), count(name.len() + address.len())),
        }
    }
    fn name(&self) -> &str {
        &self.text[..self.ends.0 as usize]
    }
    fn address(&self) -> &str {
        &self.text[self.ends.0 as usize..self.ends.1 as usize]
    }
    fn unit(&self) -> Unit {
        let identity = Identity {
            uscc: self.uscc,
            name: self.name().to_owned(),
            kind: self.kind,
            address: self.address().to_owned(),
            note: self.text[self.ends.1 as usize..].to_owned(),
        };
        Unit { no: self.no, id: self.id, identity, version: self.version }
    }
}

fn code(uscc: &Uscc) -> [u8; 18] {
    uscc.as_str().as_bytes().try_into().unwrap_or_default()
}

/// What changed since the copy's number.
#[derive(Debug, Default)]
struct Delta {
    units: Vec<(Unit, Vec<Span>)>,
    gone: Vec<UnitId>,
    organisations: Vec<(crate::unit::OrganisationId, String)>,
    workers: Vec<(crate::unit::WorkerId, String)>,
    /// The newest rule's floor.
    floor: i64,
}

impl Register {
    /// How many units it holds.
    pub fn len(&self) -> usize {
        self.slots.len()
    }
    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Adds a unit without states. Units come in the order of their numbers.
    fn push_unit(&mut self, unit: &Unit) -> u32 {
        let slot = count(self.units.len());
        self.slots.insert(unit.id, slot);
        self.units.push(Kept::of(unit));
        self.now.push(State { slot, ..State::default() });
        self.index(slot);
        slot
    }

    fn index(&mut self, slot: u32) {
        let unit = &self.units[slot as usize];
        self.codes.insert(code(&unit.uscc), slot);
        self.words.add(slot, unit.name(), unit.address());
    }

    fn unindex(&mut self, slot: u32) {
        let unit = &self.units[slot as usize];
        if self.codes.get(&code(&unit.uscc)) == Some(&slot) {
            self.codes.remove(&code(&unit.uscc));
        }
        self.words.remove(slot, unit.name(), unit.address());
    }

    fn push_span(&mut self, slot: u32, span: &Span) {
        let kind = self.units[slot as usize].kind as u8;
        let state = State::of(slot, kind, span, &mut self.ids, &mut self.covers);
        self.lines.take(state, 1);
        if span.to_on < OPEN {
            self.past.push(state);
            return;
        }
        self.now.set(slot as usize, state);
        let facts = &span.facts;
        let why = (&facts.status_reason, &facts.status_evidence, facts.status_approved_by);
        if why == (&String::new(), &String::new(), None) {
            self.left.remove(&slot);
        } else {
            self.left.insert(slot, (why.0.clone(), why.1.clone(), why.2));
        }
    }

    fn name_key(&self, slot: u32) -> (String, u32) {
        (fold_name(self.units[slot as usize].name()), slot)
    }

    /// Takes over what changed. Answers whether the copy is still worth keeping.
    fn apply(&mut self, delta: Delta, version: i64) -> bool {
        // Counted by another rule, the lines would have to be made anew, and with them all of it.
        if delta.floor != self.lines.floor() {
            return false;
        }
        let mut touched = vec![false; self.units.len()];
        let known = delta.units.iter().map(|(unit, _)| &unit.id).chain(&delta.gone);
        for slot in known.filter_map(|id| self.slots.get(id)) {
            touched[*slot as usize] = true;
        }
        for row in 0..self.past.slot.len() {
            if touched[self.past.slot[row] as usize] && self.past.alive[row] {
                Self::untake(&mut self.lines, &self.past, row);
                self.past.alive[row] = false;
                self.dead += 1;
            }
        }
        for id in &delta.gone {
            self.withdraw(*id);
        }
        for (id, name) in delta.organisations {
            let number = self.covers.number(Some(id));
            self.organisations.insert(number, name.into());
        }
        for (id, name) in delta.workers {
            let number = self.ids.number(Some(id));
            self.workers.insert(number, name.into());
        }
        for (unit, spans) in &delta.units {
            if !self.put(unit, spans) {
                return false;
            }
        }
        self.lines.settle();
        self.hits.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
        self.version = version;
        self.dead * 4 <= self.past.alive.len().max(1_000)
    }

    fn withdraw(&mut self, id: UnitId) {
        let Some(slot) = self.slots.remove(&id) else { return };
        self.unindex(slot);
        self.names.remove(slot);
        Self::untake(&mut self.lines, &self.now, slot as usize);
        self.now.alive[slot as usize] = false;
        self.left.remove(&slot);
    }

    /// Answers false for a new unit whose number is not the greatest: slots go by numbers.
    fn put(&mut self, unit: &Unit, spans: &[Span]) -> bool {
        let slot = if let Some(slot) = self.slots.get(&unit.id).copied() {
            let before = &self.units[slot as usize];
            let same = before.name() == unit.identity.name;
            if same
                && before.address() == unit.identity.address
                && before.uscc == unit.identity.uscc
            {
                self.units[slot as usize] = Kept::of(unit);
            } else {
                self.unindex(slot);
                self.names.remove(slot);
                self.units[slot as usize] = Kept::of(unit);
                self.index(slot);
                self.take_name(slot);
            }
            slot
        } else {
            if self.units.last().is_some_and(|last| last.no >= unit.no) {
                return false;
            }
            let slot = self.push_unit(unit);
            self.take_name(slot);
            slot
        };
        Self::untake(&mut self.lines, &self.now, slot as usize);
        self.now.alive[slot as usize] = false;
        for span in spans {
            self.push_span(slot, span);
        }
        true
    }

    fn take_name(&mut self, slot: u32) {
        let key = self.name_key(slot);
        let units = &self.units;
        self.names.insert(slot, |other| (fold_name(units[other as usize].name()), other) < key);
    }

    /// A unit that the register has, as it stands.
    fn listed(&self, slot: u32) -> Option<Listed> {
        let unit = self.units.get(slot as usize)?;
        let state = self.now.get(slot as usize);
        if !state.alive {
            return None;
        }
        let (status_reason, status_evidence, status_approved_by) =
            self.left.get(&slot).cloned().unwrap_or_default();
        let facts = Facts {
            town: self.ids.id(state.town)?,
            front: Front::ALL.get(usize::from(state.front).wrapping_sub(1)).copied(),
            place: self.ids.id(state.place),
            station: self.ids.id(state.station),
            body: self.ids.id(state.body),
            industry: *Industry::ALL.get(usize::from(state.industry))?,
            status: *Status::ALL.get(usize::from(state.status))?,
            headcount: state.headcount,
            member_count: state.members,
            cover: *Cover::ALL.get(usize::from(state.cover))?,
            organisation: self.covers.id(state.organisation),
            work: Work(state.work),
            worker: self.ids.id(state.worker),
            status_reason,
            status_evidence,
            status_approved_by,
        };
        let name = |names: &HashMap<u32, Box<str>>, number: u32| {
            names.get(&number).map(ToString::to_string)
        };
        Some(Listed {
            unit: unit.unit(),
            span: Span { from_on: states::date(state.from), to_on: OPEN, facts },
            organisation: name(&self.organisations, state.organisation),
            worker: name(&self.workers, state.worker),
        })
    }
}
