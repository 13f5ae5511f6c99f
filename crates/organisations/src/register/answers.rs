//! What is asked of the copy: lists and counts. The conditions are those of [`Filter`] in
//! SQL, each once more.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use jiff::civil::Date;
use kernel::{Code as _, Folded, fold_name, query_tokens};
use places::{Atlas, Front, Industry, PlaceId, StationId};
use web::Cursor;

use super::{
    Register,
    changes::ends,
    states::{Mask, States, count, keep},
    words::Hits,
};
use crate::{
    coverage::By,
    filter::{Filter, Frame, Or},
    list::{self, Listed, Sort},
    search,
    standing::Standing,
    sums::Counts,
    unit::{OrganisationId, UnitId, WorkerId},
};

/// How many texts' hits are kept between two changes.
const MOST_HITS: usize = 64;
/// Past this many units, a page in the order of names is found along that order.
const MANY: usize = 1_500;

/// A unit's state that an answer counts, as table and row.
type Row<'a> = (&'a States, usize);

impl Register {
    /// The journal's number that it is true at.
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// How many units a filter has; `None` when only the database knows.
    pub fn count(&self, filter: &Filter, frame: &Frame<'_>) -> Option<i64> {
        let masks = self.of_filter(filter, frame)?;
        let kept = |mask: &Mask| mask.iter().filter(|kept| **kept).count() as i64;
        Some(masks.iter().map(kept).sum())
    }

    /// How many units a filter has, and the numbers of a page and of one more.
    pub fn numbers(
        &self,
        filter: &Filter,
        frame: &Frame<'_>,
        sort: Sort,
        after: Option<&Cursor>,
        limit: i64,
    ) -> Option<(i64, Vec<i64>)> {
        let masks = self.of_filter(filter, frame)?;
        let rows: Vec<Row<'_>> = self.rows(&masks).collect();
        let after = after.and_then(list::keys);
        let most = usize::try_from(limit).ok()? + 1;
        let slots = match sort {
            Sort::Number | Sort::NumberDown => self.by_number(&rows, sort, after, most),
            Sort::Name | Sort::NameDown => self.by_name(&rows, sort, after, most),
            _ => self.by_size(&rows, sort, after, most),
        };
        let numbers = slots.into_iter().map(|slot| self.units[slot as usize].no).collect();
        Some((rows.len() as i64, numbers))
    }

    /// These units as they stand now, in this order; `None` unless all are there.
    pub fn whole(&self, numbers: &[i64]) -> Option<Vec<Listed>> {
        let slot = |no: &i64| self.units.binary_search_by_key(no, |unit| unit.no).ok();
        numbers.iter().map(|no| self.listed(count(slot(no)?))).collect()
    }

    /// An organisation's name.
    pub fn organisation_name(&self, id: OrganisationId) -> Option<String> {
        self.organisations.get(&self.covers.find(id)?).map(ToString::to_string)
    }

    /// A worker's name.
    pub fn worker_name(&self, id: WorkerId) -> Option<String> {
        self.workers.get(&self.ids.find(id)?).map(ToString::to_string)
    }

    /// One unit as it stands now.
    pub fn unit(&self, id: UnitId) -> Option<Listed> {
        self.listed(*self.slots.get(&id)?)
    }

    /// The seven sets of a filter's units, by key.
    pub fn counted(
        &self,
        filter: &Filter,
        frame: &Frame<'_>,
        by: By,
    ) -> Option<HashMap<String, Counts>> {
        let masks = self.of_filter(filter, frame)?;
        let mut counted: HashMap<u32, Counts> = HashMap::new();
        for (states, row) in self.rows(&masks) {
            let one = states.get(row).counts(frame.member_floor);
            counted.entry(key(states, row, by)).or_default().add(&one, 1);
        }
        Some(counted.into_iter().map(|(key, one)| (self.key_text(by, key), one)).collect())
    }

    /// The rows of a filter, in the open states and in those that ended.
    fn of_filter(&self, filter: &Filter, frame: &Frame<'_>) -> Option<[Mask; 2]> {
        let at = filter.at.unwrap_or(frame.today);
        let (Some(change), Some(from)) = (filter.change, filter.from) else {
            return self.on_day(filter, frame, filter.status, at, true);
        };
        let (standing, here, there) = ends(change, from, at);
        let mut masks = self.on_day(filter, frame, Some(standing), here, true)?;
        let there = self.on_day(filter, frame, Some(standing), there, false)?;
        let mut also = vec![false; self.units.len()];
        for (states, row) in self.rows(&there) {
            also[states.slot[row] as usize] = true;
        }
        for (mask, states) in masks.iter_mut().zip([&self.now, &self.past]) {
            keep(mask, &states.slot, |slot| !also[slot as usize]);
        }
        Some(masks)
    }

    /// The rows of a day that stand so. `whole` asks for kind and words, too, which a unit has
    /// whatever the day.
    pub(super) fn on_day(
        &self,
        filter: &Filter,
        frame: &Frame<'_>,
        standing: Option<Standing>,
        day: Date,
        whole: bool,
    ) -> Option<[Mask; 2]> {
        // Which rows an import wrote is not in the copy.
        if filter.batch.is_some() {
            return None;
        }
        let open = day >= frame.today;
        let on = (!open).then_some(day);
        let past = if open { Mask::new() } else { self.past.on(on) };
        let mut masks = [self.now.on(on), past];
        for (mask, states) in masks.iter_mut().zip([&self.now, &self.past]) {
            if let Some(standing) = standing {
                states.stand(mask, standing, frame.member_floor);
            }
            self.narrow(mask, states, filter, frame);
            self.narrow_to_reach(mask, states, frame);
        }
        if let (true, Some(text)) = (whole, &filter.q) {
            let hits = self.hits(text, frame.atlas);
            let mut found = vec![false; self.units.len()];
            hits.units.iter().for_each(|slot| found[slot as usize] = true);
            let places = self.ids.set(hits.places.iter().copied());
            for (mask, states) in masks.iter_mut().zip([&self.now, &self.past]) {
                for (kept, (slot, place)) in
                    mask.iter_mut().zip(states.slot.iter().zip(&states.place))
                {
                    *kept &= found[*slot as usize] || places[*place as usize];
                }
            }
        }
        if let (true, Some(kind)) = (whole, filter.kind) {
            for (mask, states) in masks.iter_mut().zip([&self.now, &self.past]) {
                keep(mask, &states.kind, |one| one == kind as u8);
            }
        }
        Some(masks)
    }

    fn narrow(&self, mask: &mut Mask, states: &States, filter: &Filter, frame: &Frame<'_>) {
        // An id that no state ever had is a number that no state has.
        let number = |known: Option<u32>| known.unwrap_or(u32::MAX);
        if let Some(town) = filter.town.map(|id| number(self.ids.find(id))) {
            keep(mask, &states.town, |one| one == town);
        }
        if let Some(front) = filter.front {
            let front = if let Or::Is(front) = front { front as u8 + 1 } else { 0 };
            keep(mask, &states.front, |one| one == front);
        }
        if let Some(place) = filter.place {
            let within = self.ids.set(frame.atlas.subtree(place));
            keep(mask, &states.place, |one| within[one as usize]);
        }
        if let Some(station) = filter.station {
            let station = if let Or::Is(id) = station { number(self.ids.find(id)) } else { 0 };
            keep(mask, &states.station, |one| one == station);
        }
        if let Some(body) = filter.body {
            let body = if let Or::Is(id) = body { number(self.ids.find(id)) } else { 0 };
            keep(mask, &states.body, |one| one == body);
        }
        if let Some(worker) = filter.worker {
            let worker = if let Or::Is(id) = worker { number(self.ids.find(id)) } else { 0 };
            keep(mask, &states.worker, |one| one == worker);
        }
        if let Some(industry) = filter.industry {
            keep(mask, &states.industry, |one| one == industry as u8);
        }
        if let Some(least) = filter.members_min {
            keep(mask, &states.members, |one| one >= least);
        }
        if let Some(least) = filter.headcount_min {
            keep(mask, &states.headcount, |one| one >= least);
        }
    }

    /// Cuts to what the actor may see: [`crate::filter::visible`], said once more.
    fn narrow_to_reach(&self, mask: &mut Mask, states: &States, frame: &Frame<'_>) {
        let reach = frame.reach;
        if reach.all {
            return;
        }
        let towns = self.ids.set(reach.towns.iter().copied());
        let stations = self.ids.set(reach.stations.iter().copied());
        let bodies = self.ids.set(reach.bodies.iter().copied());
        let places = reach.places.iter().flat_map(|place| frame.atlas.subtree(*place));
        let places = self.ids.set(places);
        for (row, kept) in mask.iter_mut().enumerate().filter(|(_, kept)| **kept) {
            *kept = towns[states.town[row] as usize]
                || stations[states.station[row] as usize]
                || bodies[states.body[row] as usize]
                || places[states.place[row] as usize];
        }
    }

    pub(super) fn rows<'a>(&'a self, masks: &'a [Mask; 2]) -> impl Iterator<Item = Row<'a>> {
        let rows = |states: &'a States, mask: &'a Mask| {
            let kept = mask.iter().enumerate().filter(|(_, kept)| **kept);
            kept.map(move |(row, _)| (states, row))
        };
        rows(&self.now, &masks[0]).chain(rows(&self.past, &masks[1]))
    }

    /// How many units have a number below this one, or also this one.
    fn up_to(&self, no: i64, also: bool) -> u32 {
        count(self.units.partition_point(|unit| unit.no < no || (also && unit.no == no)))
    }

    fn by_number(
        &self,
        rows: &[Row<'_>],
        sort: Sort,
        after: Option<(String, i64)>,
        most: usize,
    ) -> Vec<u32> {
        let mut slots: Vec<u32> = rows.iter().map(|(states, row)| states.slot[*row]).collect();
        if !slots.is_sorted() {
            slots.sort_unstable();
        }
        if sort == Sort::Number {
            let first = after.map_or(0, |(_, no)| self.up_to(no, true));
            let begin = slots.partition_point(|slot| *slot < first);
            return slots[begin..].iter().copied().take(most).collect();
        }
        let end = after.map_or(u32::MAX, |(_, no)| self.up_to(no, false));
        let end = slots.partition_point(|slot| *slot < end);
        slots[..end].iter().rev().copied().take(most).collect()
    }

    fn by_name(
        &self,
        rows: &[Row<'_>],
        sort: Sort,
        after: Option<(String, i64)>,
        most: usize,
    ) -> Vec<u32> {
        let order = self.names.order();
        let up = sort == Sort::Name;
        // Names up to and with the cursor's lie before `edge`; downwards, with it lie behind.
        let edge = after.map(|(name, no)| {
            self.names.place(|slot| {
                let unit = &self.units[slot as usize];
                let own = (fold_name(unit.name()), unit.no);
                if up { own <= (name.clone(), no) } else { own < (name.clone(), no) }
            })
        });
        let within = match (up, edge) {
            (true, edge) => &order[edge.unwrap_or(0)..],
            (false, edge) => &order[..edge.unwrap_or(order.len())],
        };
        if rows.len() > MANY {
            let mut wanted = vec![false; self.units.len()];
            for (states, row) in rows {
                wanted[states.slot[*row] as usize] = true;
            }
            let wanted = |slot: &&u32| wanted[**slot as usize];
            return if up {
                within.iter().filter(wanted).copied().take(most).collect()
            } else {
                within.iter().rev().filter(wanted).copied().take(most).collect()
            };
        }
        let (Some(first), Some(last)) = (within.first(), within.last()) else { return Vec::new() };
        let ranks = self.names.rank(*first)..=self.names.rank(*last);
        let slots = rows.iter().map(|(states, row)| states.slot[*row]);
        let ranked = slots.map(|slot| (self.names.rank(slot), slot));
        let mut ranked: Vec<(i64, u32)> = ranked.filter(|(rank, _)| ranks.contains(rank)).collect();
        ranked.sort_unstable();
        if !up {
            ranked.reverse();
        }
        ranked.into_iter().map(|(_, slot)| slot).take(most).collect()
    }

    fn by_size(
        &self,
        rows: &[Row<'_>],
        sort: Sort,
        after: Option<(String, i64)>,
        most: usize,
    ) -> Vec<u32> {
        let up = matches!(sort, Sort::Members | Sort::Headcount);
        let members = matches!(sort, Sort::Members | Sort::MembersDown);
        let size = |states: &States, row: usize| {
            if members { states.members[row] } else { states.headcount[row] }
        };
        let sizes = rows.iter().map(|(states, row)| (size(states, *row), states.slot[*row]));
        let mut sizes: Vec<(i64, u32)> = match after {
            None => sizes.collect(),
            Some((key, no)) => {
                let edge = (key.parse::<i64>().unwrap_or_default(), self.up_to(no, up));
                sizes.filter(|one| if up { *one >= edge } else { *one < edge }).collect()
            }
        };
        let compare = |one: &(i64, u32), other: &(i64, u32)| {
            if up { one.cmp(other) } else { other.cmp(one) }
        };
        if sizes.len() > most {
            sizes.select_nth_unstable_by(most, compare);
            sizes.truncate(most);
        }
        sizes.sort_unstable_by(compare);
        sizes.into_iter().map(|(_, slot)| slot).collect()
    }

    /// What a text finds: [`search::find`], said once more.
    fn hits(&self, text: &str, atlas: &Atlas) -> Arc<Hits> {
        let asked = (text.to_owned(), atlas.stamp(), atlas.on());
        let known = self.hits.lock().unwrap_or_else(PoisonError::into_inner).get(&asked).cloned();
        if let Some(known) = known {
            return known;
        }
        let hits = Arc::new(self.find(text, atlas));
        let mut kept = self.hits.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_HITS {
            kept.clear();
        }
        kept.insert(asked, Arc::clone(&hits));
        hits
    }

    fn find(&self, text: &str, atlas: &Atlas) -> Hits {
        let Some(tokens) = query_tokens(text) else { return Hits::default() };
        let places = search::places(&tokens, atlas);
        let mut units = self.words.with_tokens(tokens.any_of());
        let code = search::code_prefix(text);
        if code.is_some() || !search::is_short(text) {
            // Tokens alone say too much of longer words.
            units = units
                .into_iter()
                .filter(|slot| {
                    let unit = &self.units[*slot as usize];
                    tokens.matches(&Folded::from_fields([unit.name(), unit.address()]))
                })
                .collect();
        }
        if let Some(code) = code.as_deref().map(str::as_bytes) {
            let mut from = [0; 18];
            from[..code.len()].copy_from_slice(code);
            let fitting = self.codes.range(from..).take_while(|(one, _)| one.starts_with(code));
            units.extend(fitting.map(|(_, slot)| *slot));
        }
        Hits { units, places }
    }

    pub(super) fn key_text(&self, by: By, key: u32) -> String {
        let none = || "none".to_owned();
        let place = key as usize;
        match by {
            By::Front => {
                Front::ALL.get(place.wrapping_sub(1)).map_or_else(none, ToString::to_string)
            }
            By::Industry => Industry::ALL[place].to_string(),
            By::Town => self.ids.id(key).map_or_else(none, |id: PlaceId| id.to_string()),
            By::Station => self.ids.id(key).map_or_else(none, |id: StationId| id.to_string()),
        }
    }
}

pub(super) fn key(states: &States, row: usize, by: By) -> u32 {
    match by {
        By::Front => states.front[row].into(),
        By::Town => states.town[row],
        By::Industry => states.industry[row].into(),
        By::Station => states.station[row],
    }
}
