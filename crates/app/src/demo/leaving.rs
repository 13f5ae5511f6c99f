//! How units leave the denominator, why, and how some come back.

use jiff::civil::Date;
use organisations::{Status, Work};
use places::Front;

use super::{
    days::Week,
    week::{Census, day, free, whole},
    world::World,
};

/// Of a front's operating units, those that leave in a year.
const LEAVE: f64 = 0.043;
/// Of suspended units, those that open again in a week.
const REOPEN: f64 = 0.04;
/// In these weeks of early 2020 many shops closed for a while.
const CLOSED_WINTER: (Date, Date) = (Date::constant(2020, 2, 3), Date::constant(2020, 2, 28));

/// How a unit leaves, by weight; its reason; what shows it.
const WAYS: [(usize, u32); 5] = [(0, 54), (1, 16), (2, 14), (3, 11), (4, 5)];
const LEFT: [(Status, &str, &str); 5] = [
    (Status::Cancelled, "已办理注销登记", "准予注销登记通知书"),
    (Status::MovedOut, "迁往外地经营", "迁出登记核准通知书"),
    (Status::Suspended, "停业装修或停止营业三个月以上", "工作站走访记录"),
    (Status::Dormant, "连续两年无经营、无人员，等待清理", "税务非正常户公告"),
    (Status::Revoked, "被吊销营业执照", "行政处罚决定书"),
];

/// Units leave the denominator, and suspended ones return.
pub(super) fn leave(
    world: &mut World<'_>,
    week: Week,
    front: Front,
    census: &mut Census,
    owed: &mut f64,
) {
    *owed += census.operating as f64 * LEAVE / 52.0;
    for _ in 0..whole(owed) {
        // Mostly units without an organisation; now and then one that had its own.
        let covered = world.dice.chance(0.06);
        let from = if covered { &mut census.separates } else { &mut census.plain };
        let Some(unit) = free(world, from) else { continue };
        let way = world.dice.weighted(&WAYS);
        go(world, week, unit, way);
        census.operating -= 1;
        if covered {
            census.lost_separate();
        }
    }
    let shops = matches!(front, Front::District | Front::CharacteristicTown);
    if shops && CLOSED_WINTER.0 <= week.first && week.last <= CLOSED_WINTER.1 {
        for _ in 0..census.operating / 120 {
            let Some(unit) = free(world, &mut census.plain) else { break };
            close_for_winter(world, week, unit);
            census.operating -= 1;
        }
    }
    reopen(world, week, census);
}

fn go(world: &mut World<'_>, week: Week, unit: usize, way: usize) {
    let (status, reason, evidence) = LEFT[way];
    let no = world.dice.between(1, 4_999);
    let on = day(world, week);
    let text = format!("{evidence}（{}）第{no:04}号", on.year());
    put_out(world, unit, on, status, reason, text);
}

fn close_for_winter(world: &mut World<'_>, week: Week, unit: usize) {
    let on = day(world, week);
    let evidence = format!("工作站走访记录 {on}");
    put_out(world, unit, on, Status::Suspended, "疫情期间暂停营业", evidence);
}

fn put_out(
    world: &mut World<'_>,
    unit: usize,
    on: Date,
    status: Status,
    reason: &str,
    evidence: String,
) {
    world.uncover(unit);
    let approver = world.approver;
    let facts = &mut world.units[unit].facts;
    facts.status = status;
    facts.work = Work::NONE;
    reason.clone_into(&mut facts.status_reason);
    facts.status_evidence = evidence;
    facts.status_approved_by = Some(approver);
    world.touch(unit, on);
}

fn reopen(world: &mut World<'_>, week: Week, census: &mut Census) {
    for unit in std::mem::take(&mut census.suspended) {
        if !world.dice.chance(REOPEN) {
            continue;
        }
        let facts = &mut world.units[unit].facts;
        facts.status = Status::Operating;
        facts.status_reason.clear();
        facts.status_evidence.clear();
        facts.status_approved_by = None;
        let on = day(world, week);
        world.touch(unit, on);
        census.operating += 1;
    }
}
