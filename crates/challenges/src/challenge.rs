//! A challenge and its rules: what may be promised, and what may change once people began.

use campaigns::{CampaignId, SubEvent, SubEventId, SubEventKind};
use jiff::{SignedDuration, Timestamp};
use kernel::{code_enum, id_kind};
use vouchers::{Batch, BatchId, BatchState};
use web::FieldErrors;

id_kind!(ChallengeKind, ChallengeId, "chl");

/// Days after its end for which a challenge knows who took part: long enough to complain, and to
/// claim a voucher that somebody gave back.
pub const KEPT_DAYS: i64 = 30;
/// The most stations, and so the most that can be needed: two digits of a code.
pub(crate) const MOST_STATIONS: i64 = 99;

code_enum! {
    /// Where a challenge stands.
    pub enum ChallengeState {
        Draft = "draft" "草稿",
        Open = "open" "进行中",
        Closed = "closed" "已结束",
    }
}

/// What who takes part is promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether the stations are visited in the order of their turns.
    pub in_order: bool,
    /// How many stations complete it.
    pub need: i64,
    /// Most visits of one person on one day; 0 for no limit.
    pub day_limit: i64,
    /// The batch that the reward is claimed from; a draft may be without.
    pub reward: Option<BatchId>,
    /// Visits count from then …
    pub from_at: Timestamp,
    /// … and before then.
    pub to_at: Timestamp,
}

/// A challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Which.
    pub id: ChallengeId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Of which of its sub-events, whose name and words it has.
    pub sub_event: SubEventId,
    /// Where it stands.
    pub state: ChallengeState,
    /// The rules that hold.
    pub rules: Rules,
    /// Since when it is open.
    pub opened_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Why; else empty.
    pub close_reason: String,
    /// When who took part was forgotten.
    pub forgotten_at: Option<Timestamp>,
    /// For noticing that somebody else changed it or its stations meanwhile.
    pub version: i64,
}

impl Challenge {
    /// When it ends, or ended.
    pub fn ends_at(&self) -> Timestamp {
        self.closed_at.map_or(self.rules.to_at, |closed| closed.min(self.rules.to_at))
    }

    /// From then on nobody is told who took part, because nobody knows.
    pub fn forgets_at(&self) -> Timestamp {
        let kept = SignedDuration::from_hours(24 * KEPT_DAYS);
        self.ends_at().checked_add(kept).unwrap_or(Timestamp::MAX)
    }

    /// Whether visits count at this instant.
    pub fn is_on(&self, at: Timestamp) -> bool {
        self.state == ChallengeState::Open && self.rules.from_at <= at && at < self.rules.to_at
    }

    /// Whether anybody may read its page.
    pub fn is_public(&self) -> bool {
        self.state != ChallengeState::Draft
    }
}

impl Rules {
    /// What is wrong with them beside this sub-event; the reward has a check of its own.
    pub(crate) fn faults(&self, event: &SubEvent) -> FieldErrors {
        let mut errors = FieldErrors::new();
        if event.kind != SubEventKind::CheckInChallenge || !event.stands() {
            errors.add("sub_event", "请选一个类别是“打卡挑战”、没有取消的子活动");
        }
        if !(1..=MOST_STATIONS).contains(&self.need) {
            errors.add("need", "完成要打的卡数在 1 到 99 之间");
        }
        if !(0..=MOST_STATIONS).contains(&self.day_limit) {
            errors.add("day_limit", "每人每天的上限在 1 到 99 之间，不限就填 0");
        }
        if self.to_at <= self.from_at {
            errors.add("to_at", "结束要在开始以后");
        }
        if self.from_at < event.from_at {
            errors.add("from_at", "要在子活动开始以后");
        }
        if self.to_at > event.to_at {
            errors.add("to_at", "要在子活动结束以前");
        }
        errors
    }

    /// What these rules, if they took the place of open ones, would take away from who began.
    pub(crate) fn harms(&self, before: &Self) -> FieldErrors {
        let mut errors = FieldErrors::new();
        if self.in_order && !before.in_order {
            errors.add("in_order", "已经有人不按顺序打卡，开始以后不能改成按顺序");
        }
        if self.need > before.need {
            errors.add("need", "开始以后只能改少，不能改多");
        }
        let limit = |rules: &Self| if rules.day_limit == 0 { i64::MAX } else { rules.day_limit };
        if limit(self) < limit(before) {
            errors.add("day_limit", "开始以后只能放宽，不能收紧");
        }
        if self.reward != before.reward {
            errors.add("reward", "开始以后不能换奖励");
        }
        if self.from_at > before.from_at {
            errors.add("from_at", "开始以后不能推迟开始");
        }
        if self.to_at < before.to_at {
            errors.add("to_at", "开始以后不能改早；要提前结束，请用“结束挑战”，写明原因");
        }
        errors
    }
}

/// Notes what keeps a batch from being the reward of these rules.
pub(crate) fn check_reward(
    rules: &Rules,
    campaign: CampaignId,
    batch: Option<&Batch>,
    is_open: bool,
    errors: &mut FieldErrors,
) {
    let Some(batch) = batch.filter(|batch| batch.campaign == campaign) else {
        errors.add("reward", "请从列表里选一批券");
        return;
    };
    let waits = matches!(batch.state, BatchState::Draft | BatchState::Approved);
    if !is_open && !waits {
        errors.add("reward", "这批券已经开始发了，不能留给完成挑战的人。请另外起草一批");
    }
    let terms = &batch.terms;
    if terms.claim_from > rules.from_at || terms.claim_until < rules.to_at {
        errors.add("reward", "这批券的领取时间要盖住整个挑战，请改券或改挑战的时间");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::constant(1_622_512_800, 0) + SignedDuration::from_hours(hours)
    }

    fn rules() -> impl Strategy<Value = Rules> {
        (any::<bool>(), 1..6_i64, 0..4_i64, 0..5_i64, 6..12_i64).prop_map(
            |(in_order, need, day_limit, from, to)| Rules {
                in_order,
                need,
                day_limit,
                reward: None,
                from_at: at(from),
                to_at: at(to),
            },
        )
    }

    proptest! {
        /// Whatever a walker had reached under the old rules, the new ones leave them.
        #[test]
        fn changes_without_harm_take_nothing_away(
            before in rules(), after in rules(), visits in 0..8_i64, hour in 0..12_i64
        ) {
            prop_assert!(before.harms(&before).is_empty());
            if after.harms(&before).is_empty() {
                prop_assert!(visits < before.need || visits >= after.need);
                let on = |rules: &Rules| rules.from_at <= at(hour) && at(hour) < rules.to_at;
                prop_assert!(!on(&before) || on(&after));
                let may = |rules: &Rules| rules.day_limit == 0 || visits < rules.day_limit;
                prop_assert!(!may(&before) || may(&after));
            }
        }
    }
}
