//! What happens in one simulated week: units arrive and leave, establish and lose organisations,
//! grow, move. Each front is steered towards its aim.

use jiff::civil::Date;
use kernel::Code as _;
use organisations::{Cover, Status};
use places::Front;

use super::{
    aims::{Aim, aim, floor, of},
    days::Week,
    leaving,
    staff::Staff,
    world::{FLOOR, JOINT_UNITS, World},
};

/// Weeks in a year, for rates per year.
const YEAR: f64 = 52.0;
/// Of a front's operating units, those that move within it in a year.
const MOVES: f64 = 0.02;
/// Of all units, those whose headcount is counted anew in a week.
const COUNTED: f64 = 0.008;

/// What a front's units are at the beginning of a week: how many, and which are free to change.
#[derive(Default)]
pub(super) struct Census {
    pub(super) operating: usize,
    separate: usize,
    joint: usize,
    due: usize,
    bare: usize,
    /// Uncovered, below the floor.
    pub(super) plain: Vec<usize>,
    dues: Vec<usize>,
    pub(super) separates: Vec<usize>,
    joints: Vec<usize>,
    bares: Vec<usize>,
    pub(super) suspended: Vec<usize>,
}

impl Census {
    /// One that was covered by its own left.
    pub(super) fn lost_separate(&mut self) {
        self.separate -= 1;
    }

    fn of(world: &World<'_>, front: usize) -> Self {
        let mut census = Self::default();
        for (turn, sim) in world.units.iter().enumerate().filter(|(_, sim)| sim.front == front) {
            // A lead unit, which has a note, stays as it is.
            let free = !world.touched.contains_key(&turn) && sim.identity.note.is_empty();
            let keep = |list: &mut Vec<usize>| {
                if free {
                    list.push(turn);
                }
            };
            let facts = &sim.facts;
            if facts.status == Status::Suspended {
                keep(&mut census.suspended);
            }
            if !facts.operates() {
                continue;
            }
            census.operating += 1;
            match facts.cover {
                Cover::Separate => {
                    census.separate += 1;
                    keep(&mut census.separates);
                }
                Cover::Joint => {
                    census.joint += 1;
                    keep(&mut census.joints);
                }
                Cover::None if facts.member_count >= FLOOR => {
                    census.due += 1;
                    keep(&mut census.dues);
                }
                Cover::None => keep(&mut census.plain),
            }
            if !facts.is_covered() && facts.work.is_empty() {
                census.bare += 1;
                keep(&mut census.bares);
            }
        }
        census
    }
}

/// Fractions of events that are still to come, by front: small cities have their events too.
#[derive(Default)]
pub(super) struct Owed {
    lost: [f64; 5],
    pub(super) left: [f64; 5],
    moved: [f64; 5],
    counted: f64,
}

/// So many whole events are due now; the rest stays owed.
pub(super) fn whole(owed: &mut f64) -> usize {
    let now = floor(*owed);
    *owed -= now as f64;
    now
}

/// Lives through a week. `arrivals` are the new units of each front.
pub(super) fn live(
    world: &mut World<'_>,
    staff: &Staff,
    week: Week,
    arrivals: [usize; 5],
    owed: &mut Owed,
) {
    for (turn, front) in Front::ALL.iter().enumerate() {
        for _ in 0..arrivals[turn] {
            let on = day(world, week);
            world.arrive(*front, on, staff);
        }
        let mut census = Census::of(world, turn);
        leaving::leave(world, week, *front, &mut census, &mut owed.left[turn]);
        let aim = aim(*front, week.last);
        owed.lost[turn] += census.operating as f64 * aim.lost / YEAR;
        lose(world, week, &mut census, whole(&mut owed.lost[turn]));
        establish(world, week, &mut census, aim);
        establish_jointly(world, week, &mut census, aim);
        support(world, week, &mut census, aim);
        owed.moved[turn] += census.operating as f64 * MOVES / YEAR;
        relocate(world, staff, week, *front, &mut census, whole(&mut owed.moved[turn]));
    }
    owed.counted += world.units.len() as f64 * COUNTED;
    count_heads(world, week, whole(&mut owed.counted));
}

pub(super) fn day(world: &mut World<'_>, week: Week) -> Date {
    week.day(world.dice.below(5))
}

/// One that nothing happened to yet this week.
pub(super) fn free(world: &mut World<'_>, from: &mut Vec<usize>) -> Option<usize> {
    loop {
        let unit = world.dice.draw(from)?;
        if !world.touched.contains_key(&unit) {
            return Some(unit);
        }
    }
}

/// Organisations that dissolve, and units that step out of a joint one.
fn lose(world: &mut World<'_>, week: Week, census: &mut Census, count: usize) {
    for _ in 0..count {
        let separate = world.dice.chance(0.35);
        let from = if separate { &mut census.separates } else { &mut census.joints };
        let Some(unit) = free(world, from) else { continue };
        let turn = world.units[unit].organisation.unwrap_or_default();
        if !separate && world.organisations[turn].units <= 2 {
            // The last two stay together; somebody else steps out another week.
            continue;
        }
        world.uncover(unit);
        let facts = &mut world.units[unit].facts;
        facts.member_count = facts.member_count.min(FLOOR - 1);
        let on = day(world, week);
        world.touch(unit, on);
        *(if separate { &mut census.separate } else { &mut census.joint }) -= 1;
    }
}

/// Units that should, establish their own; others grow into those that should.
fn establish(world: &mut World<'_>, week: Week, census: &mut Census, aim: Aim) {
    let wanted = of(census.operating, aim.separate);
    while census.separate < wanted {
        let Some(unit) = free(world, &mut census.dues) else { break };
        let on = day(world, week);
        world.establish(unit, on);
        world.touch(unit, on);
        census.separate += 1;
        census.due -= 1;
    }
    let wanted = of(census.operating, aim.due);
    while census.due < wanted {
        let Some(unit) = free(world, &mut census.plain) else { break };
        world.grow_due(unit);
        let on = day(world, week);
        world.touch(unit, on);
        census.due += 1;
    }
}

/// Neighbours establish together, or join those who did.
fn establish_jointly(world: &mut World<'_>, week: Week, census: &mut Census, aim: Aim) {
    let wanted = of(census.operating, aim.joint);
    let mut tries = 8;
    while census.joint < wanted && tries > 0 {
        let missing = wanted - census.joint;
        let Some(first) = free(world, &mut census.plain) else { return };
        let on = day(world, week);
        let site = world.units[first].site;
        if let Some(open) = open_joint(world, site) {
            world.join(first, open);
            world.touch(first, on);
            census.joint += 1;
            continue;
        }
        let most = missing.min(JOINT_UNITS);
        let here = |unit: &usize| world.units[*unit].site == site;
        let others: Vec<usize> =
            census.plain.iter().copied().filter(here).take(most.saturating_sub(1)).collect();
        if others.is_empty() {
            tries -= 1;
            continue;
        }
        census.plain.retain(|unit| !others.contains(unit));
        let joint = world.found_joint(site, on);
        for unit in std::iter::once(first).chain(others) {
            world.join(unit, joint);
            world.touch(unit, on);
            census.joint += 1;
        }
    }
}

/// A joint organisation of the site that may take one more, now and then.
fn open_joint(world: &mut World<'_>, site: usize) -> Option<usize> {
    if world.dice.chance(0.5) {
        return None;
    }
    let open = world
        .organisations
        .iter()
        .enumerate()
        .filter(|(_, one)| one.joint_at == Some(site) && (2..JOINT_UNITS).contains(&one.units));
    let open: Vec<usize> = open.map(|(turn, _)| turn).collect();
    let turn = world.dice.below(open.len());
    open.get(turn).copied()
}

/// Somebody takes on the work of units that have neither organisation nor work.
fn support(world: &mut World<'_>, week: Week, census: &mut Census, aim: Aim) {
    let mut many = census.bare.saturating_sub(of(census.operating, aim.bare));
    while many > 0 {
        let Some(unit) = free(world, &mut census.bares) else { return };
        world.cover_by_work(unit);
        let on = day(world, week);
        world.touch(unit, on);
        many -= 1;
    }
}

/// Units without a joint organisation move to another site of the same kind.
fn relocate(
    world: &mut World<'_>,
    staff: &Staff,
    week: Week,
    front: Front,
    census: &mut Census,
    count: usize,
) {
    for _ in 0..count {
        let Some(unit) = free(world, &mut census.plain) else { return };
        let site = world.site(front);
        let place = world.spot(site);
        let ground = world.ground;
        let sim = &mut world.units[unit];
        sim.site = site;
        sim.facts.place = place;
        sim.facts.town = ground.towns[ground.sites[site].town];
        sim.identity.address = format!("{}{}", ground.sites[site].address, ground.sites[site].name);
        world.settle(unit, staff);
        let on = day(world, week);
        world.touch(unit, on);
    }
}

/// Headcounts and members are counted anew. What a unit should do does not change by it; that
/// is `establish`'s to say.
fn count_heads(world: &mut World<'_>, week: Week, count: usize) {
    for _ in 0..count {
        let unit = world.dice.below(world.units.len());
        let on = day(world, week);
        let (percent, step, slip) =
            (world.dice.between(88, 116), world.dice.between(-1, 1), world.dice.chance(0.02));
        let free = !world.touched.contains_key(&unit);
        let facts = &mut world.units[unit].facts;
        if !free || !facts.operates() {
            continue;
        }
        let (low, high) = match facts.cover {
            // Now and then a separate one is left with too few members, and should be looked at.
            Cover::Separate if slip => (FLOOR - 1, FLOOR - 1),
            Cover::Separate => (FLOOR, i64::MAX),
            Cover::None if facts.member_count >= FLOOR => (FLOOR, i64::MAX),
            Cover::Joint => (1, FLOOR - 1),
            Cover::None => (0, FLOOR - 1),
        };
        facts.member_count = (facts.member_count + step).clamp(low, high);
        let persons = (facts.headcount * percent + 50) / 100;
        facts.headcount = persons.max(facts.member_count).max(1);
        world.touch(unit, on);
    }
}
