//! A draft laid over what the register has: the unit as it would be, or what keeps it from being.

use kernel::Code as _;
use places::Atlas;

use super::{
    check::members_problem,
    columns::Column,
    desk::Desk,
    draft::{Doubt, Draft, Wish},
    problem::Problem,
};
use crate::{
    policy::reaches,
    unit::{Cover, Facts, Identity, OrganisationId, Status, Unit},
};

/// What a unit that leaves the denominator carries.
#[derive(Clone, Debug)]
pub(super) struct Leaving {
    /// `台账导入 IM-2021-0147`
    pub reason: String,
    /// The file's name.
    pub evidence: String,
    /// Who confirms the import.
    pub approved_by: Option<kernel::actor::AccountId>,
}

/// What the register has of the row's unit.
#[derive(Clone, Copy)]
pub(super) struct Before<'a> {
    pub unit: &'a Unit,
    /// What holds on the day of the import, or, when that lies before everything known, what was
    /// known first.
    pub facts: &'a Facts,
}

/// The unit as it would be.
pub(super) struct After {
    pub identity: Identity,
    pub facts: Facts,
}

/// Lays a draft over the register. `organisation` is that of the draft's name.
pub(super) fn resolve(
    draft: Draft,
    before: Option<Before<'_>>,
    organisation: Option<OrganisationId>,
    desk: &Desk,
    leaving: &Leaving,
) -> Result<After, Vec<Problem>> {
    let mut problems = missing(&draft, before.is_some());
    if let Some(before) = before
        && !reaches(&desk.reach, desk.tree_of(before.facts.town), before.facts)
    {
        return Err(vec![out_of_scope(Column::Uscc, draft.uscc.as_str())]);
    }
    let (Some(kind), Some(industry), Some(town)) = (
        draft.kind.asked().copied().or(before.map(|one| one.unit.identity.kind)),
        draft.industry.asked().copied().or(before.map(|one| one.facts.industry)),
        draft.town.asked().copied().or(before.map(|one| one.facts.town)),
    ) else {
        return Err(problems);
    };
    let mut facts =
        before.map_or_else(|| Facts::blank(town, industry), |before| before.facts.clone());
    facts.town = town;
    facts.industry = industry;
    facts.place = draft.place.or(facts.place);
    facts.front = draft.front.or(facts.front);
    facts.headcount = draft.headcount.or(facts.headcount);
    facts.member_count = draft.members.or(facts.member_count);
    facts.work = draft.work.or(facts.work);
    facts.worker = draft.worker.or(facts.worker);
    set_status(&mut facts, draft.status, before, leaving);
    set_cover(&mut facts, draft.cover, &draft.organisation, organisation);
    moved_town(&mut facts, before);
    derive(&mut facts, kind, before, desk);
    if problems.is_empty() {
        // A count that is missing is not one that is too small.
        problems.extend(members_problem(facts.headcount, facts.member_count));
    }
    problems.extend(standing_doubts(draft.doubts, &facts, before.map(|one| one.facts)));
    if !reaches(&desk.reach, desk.tree_of(facts.town), &facts) {
        let town = desk.tree_of(facts.town).name(facts.town);
        problems.push(out_of_scope(Column::Town, town));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let blank = |known: fn(&Identity) -> &String| {
        before.map_or_else(String::new, |one| known(&one.unit.identity).clone())
    };
    let identity = Identity {
        uscc: draft.uscc,
        name: draft.name,
        kind,
        address: draft.address.or(blank(|one| &one.address)),
        note: draft.note.or(blank(|one| &one.note)),
    };
    Ok(After { identity, facts })
}

/// What a new unit must not leave out.
fn missing(draft: &Draft, known: bool) -> Vec<Problem> {
    if known {
        return Vec::new();
    }
    let needed = [
        (Column::Kind, "kind-empty", draft.kind.asked().is_none()),
        (Column::Industry, "industry-empty", draft.industry.asked().is_none()),
        (Column::Town, "town-empty", draft.town.asked().is_none()),
        (Column::Headcount, "headcount-empty", draft.headcount.asked().is_none()),
        (Column::Members, "members-empty", draft.members.asked().is_none()),
        (Column::Cover, "cover-empty", draft.cover.asked().is_none()),
    ];
    let empty = needed.into_iter().filter(|(_, _, empty)| *empty);
    empty
        .map(|(column, code, _)| {
            let message = format!("台账里还没有这家单位，{}不能空着", column.label());
            Problem::at(column, code, "", message).advise("请填写这一格")
        })
        .collect()
}

fn out_of_scope(column: Column, value: &str) -> Problem {
    Problem::at(column, "out-of-scope", value, "这家单位不在你的范围里")
        .advise("请交给所在区镇的台账员，或者删掉这一行")
}

/// A unit that leaves the denominator says why, with evidence and approver; one that comes back
/// says nothing.
fn set_status(
    facts: &mut Facts,
    wish: Wish<Status>,
    before: Option<Before<'_>>,
    leaving: &Leaving,
) {
    let Wish::Be(status) = wish else { return };
    if before.is_some_and(|before| before.facts.status == status) {
        return;
    }
    facts.status = status;
    if status == Status::Operating {
        facts.status_reason.clear();
        facts.status_evidence.clear();
        facts.status_approved_by = None;
    } else {
        facts.status_reason.clone_from(&leaving.reason);
        facts.status_evidence.clone_from(&leaving.evidence);
        facts.status_approved_by = leaving.approved_by;
    }
}

fn set_cover(
    facts: &mut Facts,
    cover: Wish<Cover>,
    name: &Wish<String>,
    organisation: Option<OrganisationId>,
) {
    facts.cover = cover.or(facts.cover);
    if name.asked().is_some() {
        facts.organisation = organisation;
    }
    if facts.cover == Cover::None {
        facts.organisation = None;
    }
}

/// A place left behind in another town, because the sheet has no column for places, is no place.
fn moved_town(facts: &mut Facts, before: Option<Before<'_>>) {
    let Some(before) = before.map(|one| one.facts) else { return };
    if before.town != facts.town && before.place == facts.place {
        facts.place = None;
    }
}

/// Station and body follow from where and what the unit is. They are derived anew only when that
/// changed, so that what a person set by hand stays.
fn derive(facts: &mut Facts, kind: places::UnitKind, before: Option<Before<'_>>, desk: &Desk) {
    let at = facts.place.unwrap_or(facts.town);
    let tree: &Atlas = desk.tree_of(at);
    let moved = before
        .is_none_or(|before| (before.facts.town, before.facts.place) != (facts.town, facts.place));
    if moved {
        facts.station = tree.station_of(at);
    }
    match before {
        None => facts.body = tree.body_for(kind, facts.industry, facts.front),
        Some(before) => {
            let was = before.facts;
            let follows = tree.body_for(before.unit.identity.kind, was.industry, was.front);
            let changed = (before.unit.identity.kind, was.industry, was.front)
                != (kind, facts.industry, facts.front);
            if changed && (was.body.is_none() || was.body == follows) {
                facts.body = tree.body_for(kind, facts.industry, facts.front);
            }
        }
    }
}

/// Doubts that the register does not already answer.
fn standing_doubts(doubts: Vec<Doubt>, after: &Facts, before: Option<&Facts>) -> Vec<Problem> {
    let known = |same: fn(&Facts, &Facts) -> bool| before.is_some_and(|before| same(before, after));
    doubts
        .into_iter()
        .filter_map(|doubt| match doubt {
            Doubt::Where(problem) => {
                let same = known(|before, after| {
                    (before.town, before.front, before.place)
                        == (after.town, after.front, after.place)
                });
                (!same).then_some(problem)
            }
            Doubt::Worker(problem) => {
                (!known(|before, after| before.worker == after.worker)).then_some(problem)
            }
            Doubt::Organisation(problem) => {
                let same = known(|before, after| {
                    before.cover == after.cover && before.organisation.is_none()
                });
                (!same).then_some(problem)
            }
        })
        .collect()
}
