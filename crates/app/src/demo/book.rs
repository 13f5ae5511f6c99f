//! Writes the simulated week down, through the ledger's own verbs.

use std::collections::{BTreeMap, HashMap};

use db::Tx;
use jiff::civil::Date;
use kernel::{Cx, fold_name};
use organisations::{
    Put, Source, ledger, organisation,
    policy::{Permit, may_import},
};

use super::{ground::stopped, world::World};
use crate::Failure;

/// Keeps what was written, so that the next change of a unit names the right version.
pub(super) struct Book {
    permit: Permit,
    /// Units by their register number.
    by_no: HashMap<i64, usize>,
    /// Organisations before this turn are written.
    written: usize,
}

impl Book {
    /// Opens the ledger as somebody who may import.
    pub(super) fn open(world: &World<'_>, cx: &Cx) -> Result<Self, Failure> {
        let permit =
            may_import(&cx.actor, world.atlas).map_err(|_| stopped("台账员没有写台账的权限"))?.0;
        Ok(Self { permit, by_no: HashMap::new(), written: 0 })
    }

    /// Writes down everything that was touched.
    pub(super) async fn write(
        &mut self,
        tx: &mut Tx,
        cx: &Cx,
        world: &mut World<'_>,
        source: &Source,
    ) -> Result<(), Failure> {
        self.write_organisations(tx, cx, world).await?;
        let mut touched: Vec<(usize, Date)> =
            std::mem::take(&mut world.touched).into_iter().collect();
        touched.sort_by_key(|(unit, on)| (*on, *unit));
        let mut puts = Vec::with_capacity(touched.len());
        let mut fresh = Vec::new();
        for (turn, on) in touched {
            let sim = &mut world.units[turn];
            let covering = sim.organisation.map(|organisation| &world.organisations[organisation]);
            sim.facts.organisation = covering.and_then(|one| one.id);
            if sim.unit.is_none() {
                fresh.push(turn);
            }
            puts.push(Put {
                unit: sim.unit.clone(),
                identity: sim.identity.clone(),
                on,
                facts: sim.facts.clone(),
            });
        }
        let done = ledger::write(tx, cx, &self.permit, puts, source).await?;
        let mut fresh = fresh.into_iter();
        for one in done {
            let turn = match one.identity_before {
                None => fresh.next(),
                Some(_) => self.by_no.get(&one.unit.no).copied(),
            };
            let turn = turn.ok_or_else(|| stopped("台账写回了没有交给它的单位"))?;
            self.by_no.insert(one.unit.no, turn);
            world.units[turn].unit = Some(one.unit);
        }
        Ok(())
    }

    /// Enters the new organisations, each with its own day.
    async fn write_organisations(
        &mut self,
        tx: &mut Tx,
        cx: &Cx,
        world: &mut World<'_>,
    ) -> Result<(), Failure> {
        let mut days: BTreeMap<Date, Vec<String>> = BTreeMap::new();
        for one in &world.organisations[self.written..] {
            days.entry(one.on).or_default().push(one.name.clone());
        }
        let mut ids = HashMap::new();
        for (on, names) in days {
            ids.extend(organisation::find_or_make(tx, cx, &names, on).await?);
        }
        for one in &mut world.organisations[self.written..] {
            one.id = ids.get(&fold_name(&one.name)).copied();
        }
        self.written = world.organisations.len();
        Ok(())
    }
}
