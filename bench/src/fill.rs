//! Fills a city with units that have two years of history, through the ledger's own verb, month
//! after month, as it would have grown.

use std::{error::Error, sync::Arc};

use db::Db;
use jiff::{Timestamp, ToSpan as _, civil::Date};
use kernel::{Code as _, Cx, fold_name, time};
use organisations::{
    Cover, Facts, Identity, OrganisationId, Put, Source, Status, Unit, ledger, organisation,
    policy,
    settle::{Said, settle},
    unit::{Work, WorkWay},
};
use places::{Atlas, Industry, PlaceId, UnitKind};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde::Serialize;

use crate::{
    city,
    moment::{Seeded, Watch, cx_at, now},
    words,
};

/// How long the history is, in months.
const MONTHS: i32 = 24;
/// Changes of a unit after its first day, on average: three spans in all.
const CHANGES: f64 = 2.0;

/// What was filled in, and how fast.
#[derive(Serialize)]
pub struct Filled {
    /// Units.
    pub units: usize,
    /// Puts, each of which made or changed a unit.
    pub puts: usize,
    /// For all puts, in seconds.
    pub seconds: f64,
}

struct Known {
    unit: Unit,
    facts: Facts,
    /// Its facts so far; nothing is put before it.
    on: Date,
}

/// Fills.
pub async fn fill(db: &Db, units: usize) -> Result<Filled, Box<dyn Error>> {
    let rng = Arc::new(Seeded::new(7));
    let end = now();
    db::migrate::migrate(db, &cx_at(end, &rng)).await?;
    let begin = time::civil_date(end).first_of_month().checked_sub(MONTHS.months())?;
    let mut tx = db.write().await?;
    let cx = cx_at(time::start_of(begin), &rng);
    city::build(&mut tx, &cx).await?;
    let atlas = Atlas::load(&mut tx, begin).await?;
    let joint = joints(&mut tx, &cx, units / 60 + 1, begin).await?;
    tx.commit().await?;
    let mut maker = Maker { dice: StdRng::seed_from_u64(11), atlas, joint };
    let mut known: Vec<Known> = Vec::with_capacity(units);
    let watch = Watch::start();
    let mut puts = 0;
    for month in 0..=MONTHS {
        let first = begin.checked_add(month.months())?;
        let moment = moment_of(first, end)?;
        let fresh = if month == 0 { units * 7 / 10 } else { left(units, known.len(), month) };
        puts += grow(db, &cx_at(moment, &rng), &mut maker, &mut known, first, fresh).await?;
    }
    Ok(Filled { units: known.len(), puts, seconds: watch.seconds() })
}

/// The last moment of the month, or now.
fn moment_of(first: Date, end: Timestamp) -> Result<Timestamp, jiff::Error> {
    let next = time::start_of(first.checked_add(1.month())?);
    Ok(next.checked_sub(1.second())?.min(end))
}

fn left(units: usize, known: usize, month: i32) -> usize {
    let months = usize::try_from(MONTHS - month + 1).unwrap_or(1);
    (units - known).div_ceil(months)
}

/// One month: units come, and others change.
async fn grow(
    db: &Db,
    cx: &Cx,
    maker: &mut Maker,
    known: &mut Vec<Known>,
    first: Date,
    fresh: usize,
) -> Result<usize, Box<dyn Error>> {
    let days = i64::from(first.until(cx.today())?.get_days()) + 1;
    let chance = CHANGES / f64::from(MONTHS);
    let mut puts = Vec::new();
    let mut turns = Vec::new();
    for (turn, one) in known.iter().enumerate() {
        if maker.dice.random_bool(chance) {
            let on = first.checked_add(maker.dice.random_range(0..days).days())?;
            let facts = maker.change(&one.facts, cx);
            let identity = one.unit.identity.clone();
            puts.push(Put { unit: Some(one.unit.clone()), identity, on, facts });
            turns.push(turn);
        }
    }
    for no in known.len()..known.len() + fresh {
        let on = first.checked_add(maker.dice.random_range(0..days).days())?;
        let (identity, facts) = maker.unit(no);
        puts.push(Put { unit: None, identity, on, facts });
    }
    let count = puts.len();
    let facts: Vec<(Date, Facts)> = puts.iter().map(|put| (put.on, put.facts.clone())).collect();
    let mut tx = db.write().await?;
    let (permit, _) = policy::may_import(&cx.actor, &maker.atlas)?;
    let done = ledger::write(&mut tx, cx, &permit, puts, &Source::default()).await?;
    tx.commit().await?;
    assert_eq!(done.len(), count, "every put of the generator changes something");
    for (place, (one, (on, facts))) in done.into_iter().zip(facts).enumerate() {
        let now = Known { unit: one.unit, facts, on };
        match turns.get(place) {
            Some(turn) => known[*turn] = now,
            None => known.push(now),
        }
    }
    debug_assert!(known.iter().all(|one| one.on <= cx.today()), "nothing lies in the future");
    Ok(count)
}

/// The joint organisations that cover several units each.
async fn joints(
    tx: &mut db::Tx,
    cx: &Cx,
    count: usize,
    on: Date,
) -> Result<Vec<OrganisationId>, Box<dyn Error>> {
    let names: Vec<String> = (1..=count).map(|no| format!("第{no}联合党支部")).collect();
    let made = organisation::find_or_make(tx, cx, &names, on).await?;
    Ok(names.iter().filter_map(|name| made.get(&fold_name(name)).copied()).collect())
}

struct Maker {
    dice: StdRng,
    atlas: Atlas,
    joint: Vec<OrganisationId>,
}

impl Maker {
    fn unit(&mut self, no: usize) -> (Identity, Facts) {
        let who = words::named(&mut self.dice, 1, no);
        let kinds = [UnitKind::Enterprise, UnitKind::SoleTrader, UnitKind::SocialGroup];
        let kind = kinds[[0, 0, 0, 0, 0, 1, 1, 2][no % 8]];
        // The first towns are the largest.
        let towns = self.atlas.towns();
        let turn = self.dice.random_range(0..towns.len()).min(self.dice.random_range(0..20));
        let town = towns[turn];
        let industry = Industry::from_code(who.industry).unwrap_or(Industry::Trade);
        let mut facts = Facts::blank(town, industry);
        facts.place = self.place(town);
        facts.headcount = self.dice.random_range(2..200);
        self.cover(&mut facts);
        settle(&self.atlas, kind, &mut facts, Said::default());
        let note = String::new();
        (Identity { uscc: who.uscc, name: who.name, kind, address: who.address, note }, facts)
    }

    fn place(&mut self, town: PlaceId) -> Option<PlaceId> {
        let places = self.atlas.children(town);
        self.dice.random_bool(0.7).then(|| places[self.dice.random_range(0..places.len())])
    }

    fn cover(&mut self, facts: &mut Facts) {
        facts.member_count = [0, 0, 0, 0, 1, 1, 2, 3, 4, 7][self.dice.random_range(0..10)];
        facts.member_count = facts.member_count.min(facts.headcount);
        let joins = self.dice.random_bool(0.3);
        facts.cover = match (facts.member_count >= 3, joins) {
            (true, _) => Cover::Separate,
            (false, true) => Cover::Joint,
            _ => Cover::None,
        };
        facts.organisation = (facts.cover == Cover::Joint)
            .then(|| self.joint[self.dice.random_range(0..self.joint.len())]);
        let ways =
            [Work::NONE, Work::NONE.with(WorkWay::Instructor), Work::NONE.with(WorkWay::Union)];
        facts.work = ways[self.dice.random_range(0..ways.len())];
    }

    /// Another state that surely differs.
    fn change(&mut self, before: &Facts, cx: &Cx) -> Facts {
        let mut facts = before.clone();
        facts.headcount += 1;
        self.cover(&mut facts);
        if self.dice.random_bool(0.08) {
            facts.status = Status::Cancelled;
            facts.status_reason = "已在登记机关注销".into();
            facts.status_evidence = "市场监管登记信息".into();
            facts.status_approved_by = cx.actor.account();
        }
        facts
    }
}

/// Opens what the command line names.
pub async fn open(place: &str) -> Result<Db, Box<dyn Error>> {
    Ok(if place.starts_with("postgres") {
        Db::open_postgres(place).await?
    } else {
        Db::open_sqlite(std::path::Path::new(place)).await?
    })
}

/// A city without units, for an import.
pub async fn city_alone(place: &str) -> Result<(), Box<dyn Error>> {
    let db = open(place).await?;
    let cx = cx_at(now(), &Arc::new(Seeded::new(7)));
    db::migrate::migrate(&db, &cx).await?;
    let mut tx = db.write().await?;
    city::build(&mut tx, &cx).await?;
    tx.commit().await?;
    db.close().await;
    Ok(())
}
