//! How the ledger's first day looks: units, organisations, work.

use places::Front;

use super::{
    aims::{aim, of},
    days::FIRST,
    staff::Staff,
    world::{JOINT_UNITS, World},
};

/// The lead units of the article's alliances, in parks. Their names alone are real: code, counts
/// and organisation are generated like everybody's.
const LEADS: [&str; 3] = ["富士康", "沪士", "清越光电"];
/// What their notes say.
const LEAD_NOTE: &str = "党建联盟牵头单位。演示数据：代码、人数和组织情况都是生成的。";

/// Puts the units of a front on the ground, and covers as many as the first day's aim says.
pub(super) fn begin(world: &mut World<'_>, staff: &Staff, front: Front, count: usize) {
    let first = world.units.len();
    for _ in 0..count {
        world.arrive(front, FIRST, staff);
    }
    let leads = if front == Front::Park { LEADS.len().min(count) } else { 0 };
    for (unit, name) in (first..).zip(LEADS).take(leads) {
        name_lead(world, unit, name);
        world.settle(unit, staff);
    }
    let aim = aim(front, FIRST);
    let mut waiting: Vec<usize> = (first..world.units.len()).collect();
    // The lead units come first: they lead because they have an organisation.
    let mut lead: Vec<usize> = waiting.drain(..leads).collect();
    for _ in 0..of(count, aim.separate) {
        let unit = if lead.is_empty() { world.dice.draw(&mut waiting) } else { lead.pop() };
        let Some(unit) = unit else { break };
        world.grow_due(unit);
        let years = world.dice.between(1, 12);
        world.establish(unit, FIRST.saturating_sub(jiff::Span::new().years(years).days(37)));
    }
    waiting.extend(lead);
    for _ in 0..of(count, aim.due) {
        let Some(unit) = world.dice.draw(&mut waiting) else { break };
        world.grow_due(unit);
    }
    waiting.sort_unstable();
    begin_jointly(world, waiting, of(count, aim.joint));
    let all = first..world.units.len();
    work(world, all.collect(), of(count, aim.bare));
}

fn name_lead(world: &mut World<'_>, unit: usize, name: &str) {
    let headcount = world.dice.between(1_800, 6_000);
    let kind = places::UnitKind::Enterprise;
    let uscc = world.naming.code(&mut world.dice, kind);
    let sim = &mut world.units[unit];
    sim.identity.uscc = uscc;
    sim.identity.kind = kind;
    name.clone_into(&mut sim.identity.name);
    LEAD_NOTE.clone_into(&mut sim.identity.note);
    sim.facts.industry = places::Industry::Manufacturing;
    sim.facts.headcount = headcount;
    sim.facts.member_count = headcount / 40;
}

/// Neighbours in one site establish together, two to five units each.
fn begin_jointly(world: &mut World<'_>, mut waiting: Vec<usize>, mut count: usize) {
    // Due units are not among those that join: they should have their own.
    waiting.retain(|unit| world.units[*unit].facts.member_count < super::world::FLOOR);
    waiting.sort_by_key(|unit| world.units[*unit].site);
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for same in waiting.chunk_by(|one, other| world.units[*one].site == world.units[*other].site) {
        let mut left = same;
        while left.len() >= 2 {
            let most = usize::try_from(world.dice.between(2, JOINT_UNITS as i64)).unwrap_or(2);
            let (group, rest) = left.split_at(most.min(left.len()));
            groups.push(group.to_vec());
            left = rest;
        }
    }
    while count >= 2 {
        let Some(group) = world.dice.draw(&mut groups) else { return };
        let years = world.dice.between(1, 8);
        let on = FIRST.saturating_sub(jiff::Span::new().years(years).days(11));
        let site = world.units[group[0]].site;
        let joint = world.found_joint(site, on);
        for unit in group.into_iter().take(count) {
            world.join(unit, joint);
            count -= 1;
        }
    }
}

/// Covers by work all but so many of those without an organisation, and most of those with one.
fn work(world: &mut World<'_>, all: Vec<usize>, bare: usize) {
    let (covered, mut others): (Vec<usize>, Vec<usize>) =
        all.into_iter().partition(|unit| world.units[*unit].facts.is_covered());
    for unit in covered {
        if world.dice.chance(0.75) {
            world.cover_by_work(unit);
        }
    }
    while others.len() > bare {
        if let Some(unit) = world.dice.draw(&mut others) {
            world.cover_by_work(unit);
        }
    }
}
