//! What happens when: the festival's own calendar.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::time::start_of;

use super::{
    Season::{self, Autumn, Summer, Winter},
    contests::ContestStep,
    owed::OwedStep,
    shows::ShowStep,
};

/// A day and so many minutes after its midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct When {
    pub(super) on: Date,
    pub(super) minute: i64,
}

impl When {
    /// The same as an instant.
    pub(super) fn instant(self) -> Timestamp {
        start_of(self.on) + SignedDuration::from_mins(self.minute)
    }
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    /// Merchants are registered, each with an account of its own.
    Shops,
    /// They show their products.
    Goods,
    /// Citizens ask about them.
    Ask,
    /// The n-th thing on the founders' way.
    Founders(usize),
    /// A campaign is drafted with its sub-events and programme.
    Draft(Season),
    /// The n-th funder agrees.
    Agree(Season, usize),
    Invite(Season),
    /// Merchants answer; who accepted is confirmed.
    Answer(Season),
    Start(Season),
    /// A member is suspended, another leaves.
    Suspend,
    End(Season),
    Close(Season),
    /// Citizens have their phones verified.
    Citizens,
    DraftBatches(Season),
    OpenBatches(Season),
    /// So many hundredths of the citizens come for the n-th batch.
    Claim(usize, usize),
    /// The n-th batch gets more time.
    Lengthen(usize),
    Spend(Season),
    GiveBack(Season),
    /// Staff take a voucher of the n-th batch back.
    TakeBack(usize),
    Expire,
    Owed(Season, OwedStep),
    Show(Season, ShowStep),
    Contest(Season, ContestStep),
    /// The check-in challenge is opened; citizens walk it, and are rewarded.
    Challenge(Season),
    Walk(Season),
    Reward(Season),
}

/// Everything, in its order.
pub(super) fn timeline() -> VecDeque<(When, Act)> {
    let mut all = [before(), winter(), summer(), tickets(), evenings(), autumn()].concat();
    all.sort_by_key(|(when, _)| *when);
    all.into()
}

type Line = (When, Act);

fn at(month: i8, day: i8, hour: i64, act: Act) -> Line {
    (When { on: Date::constant(2021, month, day), minute: hour * 60 }, act)
}

fn before() -> Vec<Line> {
    vec![
        at(1, 12, 10, Act::Shops),
        at(1, 14, 10, Act::Goods),
        at(3, 16, 10, Act::Founders(0)),
        at(4, 12, 15, Act::Founders(1)),
        at(5, 20, 11, Act::Founders(2)),
        at(6, 23, 15, Act::Founders(3)),
        at(8, 18, 11, Act::Founders(4)),
    ]
}

fn winter() -> Vec<Line> {
    let mut all = vec![
        at(1, 19, 10, Act::Draft(Winter)),
        at(1, 21, 10, Act::Agree(Winter, 2)),
        at(1, 22, 9, Act::Invite(Winter)),
        at(1, 26, 14, Act::Answer(Winter)),
        at(2, 5, 9, Act::Start(Winter)),
        at(2, 22, 10, Act::End(Winter)),
        at(3, 2, 10, Act::Close(Winter)),
    ];
    all.extend(show(Winter, (2, 5)));
    all
}

/// A show of three days: told of while it goes on, judged and decided in the week after.
fn show(season: Season, (month, day): (i8, i8)) -> Vec<Line> {
    let act = |step| Act::Show(season, step);
    vec![
        at(month, day, 10, act(ShowStep::Plan)),
        at(month, day, 19, act(ShowStep::OnAir)),
        at(month, day, 22, act(ShowStep::Sell(0))),
        at(month, day + 1, 22, act(ShowStep::Sell(1))),
        at(month, day + 2, 10, act(ShowStep::FirstFile)),
        at(month, day + 2, 22, act(ShowStep::Sell(2))),
        at(month, day + 2, 23, act(ShowStep::End)),
        at(month, day + 5, 10, act(ShowStep::SecondFile)),
        at(month, day + 6, 10, act(ShowStep::Judge)),
        at(month, day + 7, 10, act(ShowStep::Correct)),
        at(month, day + 10, 10, act(ShowStep::Decide)),
    ]
}

fn summer() -> Vec<Line> {
    let mut all = vec![
        at(5, 6, 10, Act::Draft(Summer)),
        at(5, 10, 10, Act::Agree(Summer, 0)),
        at(5, 11, 10, Act::Agree(Summer, 1)),
        at(5, 12, 10, Act::Agree(Summer, 2)),
        at(5, 17, 9, Act::Invite(Summer)),
        at(5, 20, 14, Act::Answer(Summer)),
        at(6, 1, 9, Act::Start(Summer)),
        at(6, 7, 10, Act::Contest(Summer, ContestStep::Open)),
        at(6, 9, 10, Act::Contest(Summer, ContestStep::Enter)),
        at(6, 15, 10, Act::Suspend),
        at(6, 4, 10, Act::Challenge(Summer)),
        at(6, 19, 12, Act::Walk(Summer)),
        at(6, 20, 12, Act::Reward(Summer)),
        at(6, 28, 10, Act::Contest(Summer, ContestStep::File)),
        at(7, 1, 9, Act::End(Summer)),
        at(7, 6, 10, Act::Contest(Summer, ContestStep::Judge)),
    ];
    all.extend(show(Summer, (6, 11)));
    let owed = |day, hour, step| at(7, day, hour, Act::Owed(Summer, step));
    all.extend([
        owed(12, 10, OwedStep::Draw),
        owed(13, 10, OwedStep::Confirm),
        owed(14, 10, OwedStep::Answer),
        owed(16, 10, OwedStep::Approve),
        owed(20, 10, OwedStep::Pay),
    ]);
    all
}

fn tickets() -> Vec<Line> {
    vec![
        at(5, 24, 10, Act::DraftBatches(Summer)),
        at(5, 28, 15, Act::Citizens),
        at(6, 1, 9, Act::OpenBatches(Summer)),
        at(6, 1, 10, Act::Claim(0, 100)),
        at(6, 5, 10, Act::Claim(1, 60)),
        at(6, 9, 10, Act::Lengthen(1)),
        at(6, 12, 10, Act::Claim(1, 40)),
        at(6, 12, 11, Act::Claim(2, 45)),
        at(6, 16, 10, Act::TakeBack(0)),
        at(7, 1, 1, Act::Expire),
        at(7, 9, 1, Act::Expire),
        at(7, 16, 1, Act::Expire),
        at(7, 21, 1, Act::Expire),
    ]
}

/// Every third evening of June the tills are summed up, and some goods came back.
fn evenings() -> Vec<Line> {
    let days = (0..9).map(|turn| 3 + 3 * turn);
    days.flat_map(|day| {
        let minute = 21 * 60 + 30;
        let on = Date::constant(2021, 6, day);
        [
            (When { on, minute }, Act::Spend(Summer)),
            (When { on, minute: minute + 10 }, Act::GiveBack(Summer)),
        ]
    })
    .collect()
}

fn autumn() -> Vec<Line> {
    vec![
        at(9, 22, 10, Act::Draft(Autumn)),
        at(9, 23, 10, Act::Agree(Autumn, 0)),
        at(9, 24, 10, Act::Agree(Autumn, 1)),
        at(9, 24, 11, Act::Agree(Autumn, 2)),
        at(9, 26, 9, Act::Invite(Autumn)),
        at(9, 29, 14, Act::Answer(Autumn)),
        at(10, 11, 10, Act::DraftBatches(Autumn)),
        at(10, 15, 9, Act::Start(Autumn)),
        at(10, 15, 9, Act::OpenBatches(Autumn)),
        at(10, 15, 10, Act::Contest(Autumn, ContestStep::Open)),
        at(10, 15, 15, Act::Contest(Autumn, ContestStep::Enter)),
        at(10, 16, 11, Act::Ask),
        at(10, 15, 9, Act::Challenge(Autumn)),
        at(10, 17, 12, Act::Walk(Autumn)),
        at(10, 17, 21, Act::Reward(Autumn)),
        at(10, 18, 10, Act::Claim(4, 30)),
        at(10, 18, 11, Act::Claim(5, 20)),
        at(10, 18, 15, Act::Contest(Autumn, ContestStep::File)),
        at(10, 18, 16, Act::Show(Autumn, ShowStep::Plan)),
        at(10, 19, 10, Act::Contest(Autumn, ContestStep::Judge)),
        (When { on: Date::constant(2021, 10, 19), minute: 21 * 60 + 30 }, Act::Spend(Autumn)),
        (When { on: Date::constant(2021, 10, 19), minute: 21 * 60 + 40 }, Act::GiveBack(Autumn)),
        at(10, 19, 22, Act::Contest(Autumn, ContestStep::LateFile)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::days::LAST;

    #[test]
    fn all_of_it_happens_before_the_demo_begins() {
        let all = timeline();
        assert!(all.iter().is_sorted_by_key(|(when, _)| *when));
        assert!(all.iter().all(|(when, _)| when.on < LAST));
    }
}
