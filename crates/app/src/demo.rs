//! The demo city: generated, plainly labelled, in Kunshan's shape, with two years of history.
//!
//! Everything is written by the verbs that real work uses, in contexts whose clock stands at the
//! simulated day. Choices and ids come from a seed, so the same seed gives the same records, ids
//! and journal included, on either engine. Rates are not typed in anywhere: the history is steered
//! towards [`aims`], and pages count the records that come of it.

mod accounts;
mod aims;
mod book;
mod days;
mod dice;
mod festival;
mod ground;
mod leaving;
mod milestones;
mod naming;
mod sheet;
mod staff;
mod start;
mod week;
mod words;
mod world;

use db::{Db, Entry, Tx, journal};
use jiff::SignedDuration;
use kernel::{Actor, Cx, Keys, time::start_of};
use organisations::Source;
use people::Rules;
use places::Atlas;
use serde_json::json;

pub use accounts::Login;
pub use festival::CITIZEN_PHONE;

use self::{
    accounts::Actors,
    book::Book,
    days::{Calendar, FIRST, LAST, Week, weeks},
    dice::Dice,
    festival::{Doors, Festival},
    milestones::Milestones,
    naming::Naming,
    staff::Staff,
    week::Owed,
    world::World,
};
use crate::Failure;

/// What to generate.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many units the register gets over the two years, those that left included.
    pub units: usize,
    /// Which city: another seed gives another one of the same shape.
    pub seed: u64,
}

/// Where the demo city is kept when nothing else is said: beside a real city's records, never
/// among them.
pub const DEFAULT_FOLDER: &str = "data/demo";
/// The fewest units that give every front some.
pub const FEWEST: usize = 200;
/// The most; more is `scripts/bench`'s to make.
pub const MOST: usize = 200_000;

/// What a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing yet.
    Nothing,
    /// A demo city, whole.
    Demo,
    /// A demo city whose generation was cut off.
    Half,
    /// Somebody's own records.
    Real,
}

/// What the first line of a demo city's journal says.
pub const BEGUN: &str = "demo.begun";
const COMPLETED: &str = "demo.completed";
const SYSTEM: Actor = Actor::System { name: "demo" };

/// Looks at what a database holds: a demo city says so in its journal.
///
/// # Errors
/// [`Failure::Cannot`] when it cannot be read.
pub async fn look(db: &Db) -> Result<Found, Failure> {
    let mut tx = db.read().await?;
    if journal::version(&mut tx).await? == 0 {
        return Ok(Found::Nothing);
    }
    if !told(&mut tx, BEGUN).await? {
        return Ok(Found::Real);
    }
    Ok(if told(&mut tx, COMPLETED).await? { Found::Demo } else { Found::Half })
}

async fn told(tx: &mut Tx, verb: &str) -> Result<bool, Failure> {
    Ok(!journal::page(tx, None, None, Some(verb), 1).await?.is_empty())
}

/// Generates a city in an empty database. `secrets` gives the accounts' passwords, `keys` seal
/// phones and accounts; `tell` hears how many of how many steps are done.
///
/// # Errors
/// [`Failure::Cannot`] when the database fails.
pub async fn build(
    db: &Db,
    plan: Plan,
    rules: &Rules,
    (secrets, keys): (&Cx, &Keys),
    mut tell: impl FnMut(usize, usize),
) -> Result<Vec<Login>, Failure> {
    let weeks = weeks();
    let calendar = Calendar::new(plan.seed);
    let doors = Doors::make(rules, secrets).await?;
    let mut dice = Dice::new(plan.seed);
    let mut naming = Naming::new();
    tell(0, weeks.len());
    let (actors, towns, mut logins) = found(db, plan, &calendar, rules, secrets, &mut dice).await?;
    let cx = calendar.at(FIRST, 9 * 60, &actors.administrator);
    let ground = ground::lay_out(db, &cx, towns, &mut dice, &mut naming).await?;
    let sender = accounts::make_scoped(db, &cx, rules, secrets, &mut dice, &mut logins).await?;
    let mut tx = db.write().await?;
    let atlas = Atlas::load(&mut tx, FIRST).await?;
    let staff = staff::appoint_all(&mut tx, &cx, &atlas, &ground.stations, &mut dice).await?;
    let of = (plan.units, plan.seed);
    let festival = Festival::prepare(&mut tx, &cx, of, keys, &actors, doors).await?;
    tx.commit().await?;
    let milestones = Milestones::plan(&ground, &mut dice);
    let world = World::new(&atlas, &ground, actors.administrator_id, dice, naming, plan.units);
    let history = History { calendar: &calendar, actors, staff, milestones, festival, world };
    let (mut world, festival) = history.write(db, plan, &weeks, tell).await?;
    logins.extend(festival.logins);
    sheet::upload(db, &calendar.at(LAST, 7 * 60 + 40, &sender), &mut world).await?;
    let mut tx = db.write().await?;
    // Before the demo's clock starts, and after everything else.
    tx.journal(&calendar.at(LAST, 7 * 60 + 50, &SYSTEM), Entry::of(COMPLETED));
    tx.commit().await?;
    Ok(logins)
}

/// The city itself and the accounts that act in its history.
async fn found(
    db: &Db,
    plan: Plan,
    calendar: &Calendar,
    rules: &Rules,
    secrets: &Cx,
    dice: &mut Dice,
) -> Result<(Actors, Vec<places::PlaceId>, Vec<Login>), Failure> {
    let cx = calendar.at(FIRST, 8 * 60 + 30, &SYSTEM);
    let mut logins = Vec::new();
    let mut tx = db.write().await?;
    let detail = json!({ "units": plan.units, "seed": plan.seed });
    tx.journal(&cx, Entry::of(BEGUN).detail(&detail));
    let actors = accounts::make_citywide(&mut tx, &cx, rules, secrets, dice, &mut logins).await?;
    let cx = calendar.at(FIRST, 8 * 60 + 40, &actors.administrator);
    let towns = ground::found(&mut tx, &cx).await?;
    tx.commit().await?;
    Ok((actors, towns, logins))
}

/// The two years.
struct History<'a> {
    calendar: &'a Calendar,
    actors: Actors,
    staff: Staff,
    milestones: Milestones,
    festival: Festival,
    world: World<'a>,
}

/// Of all units, those that are there on the first day.
const THERE_FIRST: f64 = 0.85;

impl<'a> History<'a> {
    /// Writes it down week by week; answers the city and its festival as they stand at the end.
    async fn write(
        mut self,
        db: &Db,
        plan: Plan,
        weeks: &[Week],
        mut tell: impl FnMut(usize, usize),
    ) -> Result<(World<'a>, Festival), Failure> {
        let quotas = aims::quotas(plan.units)
            .map(|(front, count)| (front, aims::of(count, THERE_FIRST), count));
        let clerk = self.actors.clerk.clone();
        let cx = self.calendar.at(FIRST, 17 * 60, &clerk);
        let mut book = Book::open(&self.world, &cx)?;
        for (front, first, _) in quotas {
            start::begin(&mut self.world, &self.staff, front, first);
        }
        let mut tx = db.write().await?;
        let source = Source { batch: None, reason: Some("建账：十月清册".into()) };
        book.write(&mut tx, &cx, &mut self.world, &source).await?;
        let mut owed = Owed::default();
        for (turn, week) in weeks.iter().enumerate() {
            // Each month is kept before the next begins.
            if turn > 0 && weeks[turn - 1].last.month() != week.last.month() {
                tx.commit().await?;
                tx = db.write().await?;
            }
            let there =
                |first: usize, all: usize, turn: usize| first + (all - first) * turn / weeks.len();
            let arrivals =
                quotas.map(|(_, first, all)| there(first, all, turn + 1) - there(first, all, turn));
            week::live(&mut self.world, &self.staff, *week, arrivals, &mut owed);
            let minute = if week.last == LAST { 7 * 60 + 30 } else { 17 * 60 };
            // The milestones of the week stand an hour before the ledger's entries.
            let before = start_of(week.last) + SignedDuration::from_mins(minute - 60);
            let (festival, world) = (&mut self.festival, &mut self.world);
            festival.happen(&mut tx, world, self.calendar, before).await?;
            self.happen(&mut tx, *week).await?;
            let cx = self.calendar.at(week.last, minute, &clerk);
            book.write(&mut tx, &cx, &mut self.world, &Source::default()).await?;
            tell(turn + 1, weeks.len());
        }
        tx.commit().await?;
        Ok((self.world, self.festival))
    }

    async fn happen(&mut self, tx: &mut Tx, week: Week) -> Result<(), Failure> {
        let administrator = &self.actors.administrator;
        let dice = &mut self.world.dice;
        let (staff, calendar) = (&mut self.staff, self.calendar);
        self.milestones.happen(tx, week.last, calendar, administrator, staff, dice).await
    }
}
