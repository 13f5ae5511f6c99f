//! What the festival's batches of vouchers are: the tables, and the terms that they come to.

use jiff::{Timestamp, civil::Date};
use kernel::Fen;
use vouchers::{Stacking, Terms};

use super::{Season, moment, shops::Trade};

/// What a batch is.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) season: Season,
    pub(super) funder: usize,
    pub(super) face: i64,
    pub(super) threshold: i64,
    quantity: Quantity,
    caps: (i64, i64),
    /// From ten o'clock on the first day until the end of the other.
    claim: (Date, Date),
    /// Until the end of this day.
    last_use: Date,
    pub(super) rule: Rule,
    /// Taken by these alone, or by every member.
    pub(super) trade: Option<Trade>,
    /// Whether nobody claims from it but who completed the challenge.
    pub(super) is_earned: bool,
}

/// How many there are.
pub(super) enum Quantity {
    /// So many for each hundred citizens.
    ForHundred(i64),
    Exactly(i64),
}

/// How it may be spent, and what becomes of it.
pub(super) struct Rule {
    pub(super) partial: bool,
    stacking: Stacking,
    restock: bool,
    admit: i64,
}

const ALONE: Rule = Rule { partial: false, stacking: Stacking::Alone, restock: false, admit: 0 };
const FOOD: Rule = Rule { partial: false, stacking: Stacking::WithOthers, restock: true, admit: 0 };
const FARM: Rule = Rule { partial: true, stacking: Stacking::Free, restock: false, admit: 0 };

const fn june(day: i8) -> Date {
    Date::constant(2021, 6, day)
}
const fn october(day: i8) -> Date {
    Date::constant(2021, 10, day)
}
const NOVEMBER_7: Date = Date::constant(2021, 11, 7);
const NOVEMBER_14: Date = Date::constant(2021, 11, 14);

/// The batches, in the order that the calendar names them by. The first sells out; of the fifth
/// there is plenty when the demo begins, and the one before the last is waited for at ten o'clock.
pub(super) static KINDS: [Kind; 8] = [
    Kind {
        name: "满100减20",
        season: Season::Summer,
        funder: 0,
        face: 2_000,
        threshold: 10_000,
        quantity: Quantity::ForHundred(80),
        caps: (1, 1),
        claim: (june(1), june(20)),
        last_use: june(30),
        rule: ALONE,
        trade: None,
        is_earned: false,
    },
    Kind {
        name: "美食满50减10",
        season: Season::Summer,
        funder: 1,
        face: 1_000,
        threshold: 5_000,
        quantity: Quantity::ForHundred(120),
        caps: (2, 1),
        claim: (june(5), june(12)),
        last_use: june(30),
        rule: FOOD,
        trade: Some(Trade::Food),
        is_earned: false,
    },
    Kind {
        name: "助农满200减50",
        season: Season::Summer,
        funder: 2,
        face: 5_000,
        threshold: 20_000,
        quantity: Quantity::ForHundred(50),
        caps: (1, 1),
        claim: (june(12), june(27)),
        last_use: june(30),
        rule: FARM,
        trade: Some(Trade::Farm),
        is_earned: false,
    },
    Kind {
        name: "打卡挑战奖励5元",
        season: Season::Summer,
        funder: 0,
        face: 500,
        threshold: 500,
        quantity: Quantity::Exactly(200),
        caps: (1, 1),
        claim: (june(5), june(20)),
        last_use: june(30),
        rule: FOOD,
        trade: None,
        is_earned: true,
    },
    Kind {
        name: "金秋满80减20",
        season: Season::Autumn,
        funder: 0,
        face: 2_000,
        threshold: 8_000,
        quantity: Quantity::Exactly(20_000),
        caps: (2, 1),
        claim: (october(18), NOVEMBER_7),
        last_use: NOVEMBER_14,
        rule: Rule { partial: true, stacking: Stacking::WithOthers, ..ALONE },
        trade: None,
        is_earned: false,
    },
    Kind {
        name: "水乡美食满50减10",
        season: Season::Autumn,
        funder: 1,
        face: 1_000,
        threshold: 5_000,
        quantity: Quantity::Exactly(5_000),
        caps: (2, 2),
        claim: (october(18), NOVEMBER_7),
        last_use: NOVEMBER_14,
        rule: FOOD,
        trade: Some(Trade::Food),
        is_earned: false,
    },
    Kind {
        name: "秋收助农满150减50",
        season: Season::Autumn,
        funder: 2,
        face: 5_000,
        threshold: 15_000,
        quantity: Quantity::Exactly(500),
        caps: (1, 1),
        claim: (october(20), NOVEMBER_7),
        last_use: NOVEMBER_14,
        rule: Rule { admit: 50, ..FARM },
        trade: Some(Trade::Farm),
        is_earned: false,
    },
    Kind {
        name: "秋日打卡奖励5元",
        season: Season::Autumn,
        funder: 0,
        face: 500,
        threshold: 500,
        quantity: Quantity::Exactly(200),
        caps: (1, 1),
        claim: (october(15), NOVEMBER_7),
        last_use: NOVEMBER_14,
        rule: FOOD,
        trade: None,
        is_earned: true,
    },
];

/// Days after the last one in which a refund still gives a voucher back.
const REFUND_DAYS: i64 = 7;
/// The moment after a day's end.
pub(super) fn end_of(on: Date) -> Timestamp {
    moment(on, 24, 0)
}

impl Kind {
    /// The terms, in a city of so many citizens.
    pub(super) fn terms(&self, citizens: usize) -> Terms {
        let quantity = match self.quantity {
            Quantity::ForHundred(count) => count * citizens as i64 / 100,
            Quantity::Exactly(count) => count,
        };
        Terms {
            name: self.name.into(),
            face: Fen(self.face),
            threshold: Fen(self.threshold),
            quantity,
            budget: Fen(self.face * quantity),
            person_cap: self.caps.0,
            day_cap: self.caps.1,
            claim_from: moment(self.claim.0, 10, 0),
            claim_until: end_of(self.claim.1),
            use_from: moment(self.claim.0, 10, 0),
            use_until: end_of(self.last_use),
            partial: self.rule.partial,
            stacking: self.rule.stacking,
            restock: self.rule.restock,
            refund_days: REFUND_DAYS,
            admit_per_second: self.rule.admit,
        }
    }
}

#[cfg(test)]
mod tests {
    use kernel::Code as _;

    use super::*;

    #[test]
    fn every_batch_may_be_promised() {
        for kind in &KINDS {
            for citizens in [60, 4_000] {
                assert_eq!(kind.terms(citizens).faults(), [], "{} for {citizens}", kind.name);
            }
            assert!(Stacking::ALL.contains(&kind.rule.stacking));
        }
    }
}
