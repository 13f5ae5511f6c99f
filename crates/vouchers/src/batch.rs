//! A batch and its terms, and what terms may be.

use campaigns::{CampaignId, FunderId};
use jiff::{SignedDuration, Timestamp};
use kernel::{Fen, code_enum, id_kind};

id_kind!(BatchKind, BatchId, "vbt");

code_enum! {
    /// Where a batch stands. That it is exhausted is read from its stock.
    pub enum BatchState {
        Draft = "draft" "草稿",
        Approved = "approved" "已批准",
        Open = "open" "发放中",
        Closed = "closed" "已结束",
    }
}

code_enum! {
    /// Which other vouchers may be used on the same bill.
    pub enum Stacking {
        Alone = "alone" "不与其他券同用",
        WithOthers = "with_others" "每种一张，可与其他券同用",
        Free = "free" "张数不限",
    }
}

/// What a batch promises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// As the voucher says it.
    pub name: String,
    /// What it takes off a bill.
    pub face: Fen,
    /// The least bill on which it may be used.
    pub threshold: Fen,
    /// How many there are.
    pub quantity: i64,
    /// What its funder pays at most.
    pub budget: Fen,
    /// Most for one citizen.
    pub person_cap: i64,
    /// Most for one citizen on one day.
    pub day_cap: i64,
    /// Claims are taken from then …
    pub claim_from: Timestamp,
    /// … and before then.
    pub claim_until: Timestamp,
    /// It may be spent from then …
    pub use_from: Timestamp,
    /// … and before then.
    pub use_until: Timestamp,
    /// Whether a part may be spent and the rest kept.
    pub partial: bool,
    /// With which others.
    pub stacking: Stacking,
    /// Whether a voided or expired one goes back into the stock.
    pub restock: bool,
    /// Days after its end in which a refund still gives it back.
    pub refund_days: i64,
    /// How many of those who wait in line are let in each second; 0 for no line.
    pub admit_per_second: i64,
}

/// A batch.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Which.
    pub id: BatchId,
    /// Its running number.
    pub no: i64,
    /// The campaign it belongs to.
    pub campaign: CampaignId,
    /// Who pays for it.
    pub funder: FunderId,
    /// Where it stands.
    pub state: BatchState,
    /// Of the row, for two people at once.
    pub version: i64,
    /// Which terms hold.
    pub terms_version: i64,
    /// The terms that hold.
    pub terms: Terms,
    /// How many were claimed so far.
    pub claimed: i64,
    /// How many of them went back into the stock.
    pub returned: i64,
}

impl Batch {
    /// How many are left.
    pub fn remaining(&self) -> i64 {
        (self.terms.quantity - self.claimed + self.returned).max(0)
    }
}

/// What is wrong with terms; each belongs to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsFault {
    /// Empty, or longer than 60 characters.
    #[error("名称要有 1 到 60 个字")]
    Name,
    /// Not above zero, or above 100,000 yuan.
    #[error("面额要大于 0，不超过 100,000 元")]
    Face,
    /// Below the face value: it would give money out.
    #[error("使用门槛不能低于面额，否则等于发钱")]
    Threshold,
    /// Not between 1 and 100,000,000.
    #[error("数量要在 1 到 100,000,000 之间")]
    Quantity,
    /// Less than quantity × face.
    #[error("预算不够：要不少于 面额 × 数量")]
    Budget,
    /// Not between 1 and 100, or the day's above the person's.
    #[error("每人上限要在 1 到 100 之间，每日上限不能比它大")]
    Caps,
    /// Ends before it begins, or spending ends before claiming.
    #[error("时间不对：开始要在结束前，使用结束不能早于领取结束")]
    Windows,
    /// Not between 0 and 90.
    #[error("退款后退券的天数要在 0 到 90 之间")]
    RefundDays,
    /// Not between 0 and 100,000.
    #[error("每秒放行人数要在 0 到 100,000 之间")]
    Admit,
}

impl TermsFault {
    /// The field of a form or a body that it is about.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Face => "face_fen",
            Self::Threshold => "threshold_fen",
            Self::Quantity => "quantity",
            Self::Budget => "budget_fen",
            Self::Caps => "person_cap",
            Self::Windows => "claim_from",
            Self::RefundDays => "refund_days",
            Self::Admit => "admit_per_second",
        }
    }
}

impl Terms {
    /// Until when a voucher may be spent. What a refund gave back has some days more, so that it
    /// is worth something to who brought goods back at the end.
    pub fn use_end(&self, was_refunded: bool) -> Timestamp {
        let days = if was_refunded { self.refund_days } else { 0 };
        let more = SignedDuration::from_hours(24 * days);
        // Somebody may have typed the year 9999.
        self.use_until.checked_add(more).unwrap_or(Timestamp::MAX)
    }

    /// What is wrong with them; nothing when they may be promised.
    pub fn faults(&self) -> Vec<TermsFault> {
        let length = self.name.trim().chars().count();
        let cost = self.face.checked_mul(self.quantity);
        let windows = self.claim_from < self.claim_until
            && self.use_from < self.use_until
            && self.claim_until <= self.use_until;
        let tests = [
            ((1..=60).contains(&length), TermsFault::Name),
            ((1..=10_000_000).contains(&self.face.0), TermsFault::Face),
            (self.threshold >= self.face, TermsFault::Threshold),
            ((1..=100_000_000).contains(&self.quantity), TermsFault::Quantity),
            (cost.is_some_and(|cost| cost <= self.budget), TermsFault::Budget),
            (
                (1..=100).contains(&self.person_cap)
                    && (1..=self.person_cap).contains(&self.day_cap),
                TermsFault::Caps,
            ),
            (windows, TermsFault::Windows),
            ((0..=90).contains(&self.refund_days), TermsFault::RefundDays),
            ((0..=100_000).contains(&self.admit_per_second), TermsFault::Admit),
        ];
        tests.into_iter().filter_map(|(fits, fault)| (!fits).then_some(fault)).collect()
    }
}
