//! A contest among consenting merchants: what is measured, until when, with which weights; and how
//! measures become standings.

use std::cmp::Reverse;

use campaigns::{CampaignId, SubEventId};
use jiff::Timestamp;
use kernel::{Fen, actor::AccountId, id_kind};
use merchants::MerchantId;

id_kind!(ContestKind, ContestId, "cts");

/// What is published, and frozen at opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContestTerms {
    /// What it is called.
    pub name: String,
    /// Sales count from then.
    pub from_at: Timestamp,
    /// Sales count until then.
    pub cut_off_at: Timestamp,
    /// Returns count, and records are taken, until then.
    pub returns_until: Timestamp,
    /// Points for each measure.
    pub weights: Weights,
}

/// Points for a unit of each measure, each from 0 to 1,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weights {
    /// For a yuan of verified net sales.
    pub net: i64,
    /// For a yuan of those that was sold in a live show, on top.
    pub live: i64,
    /// For an order that did not come back whole.
    pub order: i64,
}

impl Weights {
    /// Verified net sales alone.
    pub const NET: Self = Self { net: 1, live: 0, order: 0 };
    /// The largest weight.
    pub const MOST: i64 = 1_000;

    /// Whether all are in their range and something is measured.
    pub fn fit(self) -> bool {
        let all = [self.net, self.live, self.order];
        all.iter().all(|one| (0..=Self::MOST).contains(one)) && all.iter().any(|one| *one > 0)
    }
}

/// A contest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contest {
    /// Which.
    pub id: ContestId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Of which sub-event, when its records alone count.
    pub sub_event: Option<SubEventId>,
    /// What is published.
    pub terms: ContestTerms,
    /// Since when the terms are frozen, and who opened it.
    pub opened: Option<(Timestamp, Option<AccountId>)>,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

impl Contest {
    /// Whether its terms are published and frozen.
    pub const fn is_open(&self) -> bool {
        self.opened.is_some()
    }
    /// Whether merchants may enter now.
    pub fn takes_entrants(&self, now: Timestamp) -> bool {
        self.is_open() && now < self.terms.cut_off_at
    }
}

/// What an entrant's verified records come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measure {
    /// Whose.
    pub merchant: MerchantId,
    /// Verified net sales.
    pub net: Fen,
    /// The part of it sold in live shows.
    pub live: Fen,
    /// Orders that did not come back whole.
    pub orders: i64,
    /// What was told and is not decided yet: sales less returns.
    pub waiting: Fen,
    /// How many records are not decided.
    pub open_count: i64,
}

/// An entrant's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// From 1; after two firsts comes a third.
    pub rank: usize,
    /// Whether somebody else has the same score.
    pub is_tied: bool,
    /// Hundredths of a point: whole, so that nothing is rounded and a tie is a tie.
    pub score: i128,
    /// What it comes from.
    pub measure: Measure,
}

impl Standing {
    /// The points with two decimals.
    pub fn points(&self) -> String {
        let shown = i64::try_from(self.score).unwrap_or(i64::MAX);
        // An amount is written in hundredths too.
        Fen(shown).to_string()
    }
}

/// The score in hundredths of a point: a 分 is a hundredth of a yuan.
pub fn score(weights: Weights, measure: &Measure) -> i128 {
    let times = |weight: i64, amount: i64| i128::from(weight) * i128::from(amount);
    times(weights.net, measure.net.0)
        + times(weights.live, measure.live.0)
        + times(weights.order, measure.orders) * 100
}

/// Puts measures in order, best first. Those of one score share a rank, in the order they entered.
pub fn rank(weights: Weights, measures: impl IntoIterator<Item = Measure>) -> Vec<Standing> {
    let scored = measures.into_iter().map(|measure| (score(weights, &measure), measure));
    let mut scored: Vec<_> = scored.collect();
    scored.sort_by_key(|(score, _)| Reverse(*score));
    let of_score = |score: i128| scored.iter().filter(|(one, _)| *one == score).count();
    let above = |score: i128| scored.iter().filter(|(one, _)| *one > score).count();
    let standing = |(score, measure): &(i128, Measure)| Standing {
        rank: above(*score) + 1,
        is_tied: of_score(*score) > 1,
        score: *score,
        measure: *measure,
    };
    scored.iter().map(standing).collect()
}

/// Whether standings may still change, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finality {
    /// Its terms are not published.
    Draft,
    /// Sales still count.
    Selling,
    /// Returns still count.
    Returning,
    /// So many records are not decided.
    Questions(i64),
    /// Nothing can move it, short of a doubt about a verified record.
    Final,
}

impl Finality {
    /// How a contest stands at an instant, with so many records not decided.
    pub fn of(contest: &Contest, now: Timestamp, open_count: i64) -> Self {
        if !contest.is_open() {
            Self::Draft
        } else if now < contest.terms.cut_off_at {
            Self::Selling
        } else if now < contest.terms.returns_until {
            Self::Returning
        } else if open_count > 0 {
            Self::Questions(open_count)
        } else {
            Self::Final
        }
    }
    /// A stable word for scripts.
    pub const fn code(self) -> &'static str {
        if matches!(self, Self::Final) { "final" } else { "provisional" }
    }
    /// 最终 or 暂定.
    pub const fn label(self) -> &'static str {
        if matches!(self, Self::Final) { "最终名次" } else { "暂定名次" }
    }
    /// Why it is not final yet, in words.
    pub fn why(self) -> String {
        match self {
            Self::Draft => "大赛还没有公布，规则还能改。".into(),
            Self::Selling => "还没有到截止时间，名次还会变。".into(),
            Self::Returning => "退货期还没有过，名次还会变。".into(),
            Self::Questions(count) => format!("还有 {count} 条记录没有核实完，名次还会变。"),
            Self::Final => "退货期已过，记录都核实完了。".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn measure(no: u128, net: i64, live: i64, orders: i64) -> Measure {
        let merchant = MerchantId::from_uuid(Uuid::from_u128(no));
        let (net, live) = (Fen(net), Fen(live));
        Measure { merchant, net, live, orders, waiting: Fen::ZERO, open_count: 0 }
    }

    fn measures() -> impl Strategy<Value = Vec<Measure>> {
        let one = (-500..500_i64, 0..400_i64, 0..9_i64);
        prop::collection::vec(one, 0..30).prop_map(|all| {
            let numbered = (1..).zip(all);
            numbered.map(|(no, (net, live, orders))| measure(no, net, live, orders)).collect()
        })
    }

    #[test]
    fn ties_are_ties_and_the_next_place_is_left_out() {
        let all = [measure(1, 500, 0, 0), measure(2, 900, 0, 0), measure(3, 500, 0, 0)];
        let all: Vec<_> = all.into_iter().chain([measure(4, 100, 0, 0)]).collect();
        let standings = rank(Weights::NET, all);
        let ranks: Vec<_> = standings.iter().map(|one| (one.rank, one.is_tied)).collect();
        assert_eq!(ranks, [(1, false), (2, true), (2, true), (4, false)]);
        assert_eq!(standings[0].points(), "9.00");
    }

    proptest! {
        #[test]
        fn standings_hold_everybody_once_in_order(
            all in measures(), net in 0..9_i64, live in 0..9_i64, order in 0..9_i64,
        ) {
            let weights = Weights { net, live, order };
            let standings = rank(weights, all.clone());
            prop_assert_eq!(standings.len(), all.len());
            for pair in standings.windows(2) {
                prop_assert!(pair[0].score >= pair[1].score);
                prop_assert_eq!(pair[0].score == pair[1].score, pair[0].rank == pair[1].rank);
            }
            for one in &standings {
                let better = standings.iter().filter(|other| other.score > one.score).count();
                prop_assert_eq!(one.rank, better + 1);
                let alike = standings.iter().filter(|other| other.score == one.score).count();
                prop_assert_eq!(one.is_tied, alike > 1);
                prop_assert_eq!(one.score, score(weights, &one.measure));
            }
        }

        #[test]
        fn the_order_of_records_does_not_matter(all in measures()) {
            let mut turned = all.clone();
            turned.reverse();
            let ranks = |all| -> std::collections::BTreeMap<_, _> {
                rank(Weights::NET, all).iter().map(|s| (s.measure.merchant, s.rank)).collect()
            };
            prop_assert_eq!(ranks(all), ranks(turned));
        }

        #[test]
        fn selling_more_never_lowers_a_place(all in measures(), more in 1..500_i64) {
            prop_assume!(!all.is_empty());
            let weights = Weights { net: 2, live: 1, order: 3 };
            let place = |all: &[Measure], who| {
                let standings = rank(weights, all.to_vec());
                standings.iter().find(|one| one.measure.merchant == who).map(|one| one.rank)
            };
            let mut after = all.clone();
            after[0].net = Fen(after[0].net.0 + more);
            prop_assert!(place(&after, all[0].merchant) <= place(&all, all[0].merchant));
        }
    }
}
