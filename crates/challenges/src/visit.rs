//! A visit and its verdict; who takes part, and what they got.

use jiff::Timestamp;
use kernel::{CitizenNo, Cx, Id, code_enum, id_kind};
use uuid::Uuid;
use vouchers::VoucherId;

use crate::{ChallengeId, ChallengeStationId};

id_kind!(VisitKind, VisitId, "cvs");
id_kind!(WalkerKind, WalkerId, "cwk");

code_enum! {
    /// What a visit comes to.
    pub enum Verdict {
        Accepted = "accepted" "算数",
        Reviewed = "reviewed" "待复核",
        Rejected = "rejected" "不算",
    }
}

code_enum! {
    /// Why a visit is laid before a person, or does not count.
    pub enum Reason {
        Expired = "expired" "码已经换了",
        OutOfTurn = "out_of_turn" "还没轮到这个打卡点",
        OutOfPeriod = "out_of_period" "不在挑战的时间里",
        OutOfHours = "out_of_hours" "打卡点没到开放时间",
        StationClosed = "station_closed" "打卡点停了",
        DayLimit = "day_limit" "今天的次数用完了",
        TooFast = "too_fast" "离上一个打卡点太远，走路到不了这么快",
        SharedDevice = "shared_device" "这部手机上登录过好几个人",
        ByReviewer = "by_reviewer" "复核没有通过",
    }
}

impl Reason {
    /// What the citizen can do now.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Expired => "打卡点的码半分钟换一次，请再扫一次新的码。",
            Self::OutOfTurn => "这个挑战要按顺序打卡，请先去标着“下一个”的打卡点。",
            Self::OutOfPeriod => "请看页面上写的时间。",
            Self::OutOfHours => "请看打卡点的开放时间，到时再来。",
            Self::StationClosed => "请换一个打卡点，停了的不影响你完成。",
            Self::DayLimit => "请明天再来。",
            Self::TooFast | Self::SharedDevice => "不用再扫，工作人员看过就告诉你，结果写在这里。",
            Self::ByReviewer => "可以再去打一次，有疑问请打电话。",
        }
    }
}

code_enum! {
    /// What became of a walker's reward.
    pub enum RewardState {
        None = "none" "还没有完成",
        Waiting = "waiting" "完成了，券正在领",
        SoldOut = "sold_out" "完成了，券领完了，有人退回就给",
        Over = "over" "完成了，券已经停发",
        Given = "given" "券领到了",
    }
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Which.
    pub id: VisitId,
    /// Of which challenge.
    pub challenge: ChallengeId,
    /// At which of its stations.
    pub station: ChallengeStationId,
    /// Whose.
    pub walker: WalkerId,
    /// When.
    pub at: Timestamp,
    /// What it comes to.
    pub verdict: Verdict,
    /// Why; none for what was accepted at once.
    pub reason: Option<Reason>,
    /// What the reviewer told the person, or empty.
    pub said: String,
    /// When a person judged it.
    pub judged_at: Option<Timestamp>,
}

/// A citizen who takes part in a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walker {
    /// Which.
    pub id: WalkerId,
    /// Of which challenge.
    pub challenge: ChallengeId,
    /// Who; none once it was forgotten.
    pub citizen: Option<CitizenNo>,
    /// When enough visits counted.
    pub completed_at: Option<Timestamp>,
    /// What became of the reward.
    pub reward: RewardState,
    /// The voucher that was claimed.
    pub voucher: Option<VoucherId>,
    /// Under which key it is claimed; none once it was forgotten.
    pub claim_key: Option<Uuid>,
}

/// A new id that says nothing of when it was made: to the millisecond, that would still tell whose
/// voucher was claimed then.
pub(crate) fn timeless<K>(cx: &Cx) -> Id<K> {
    Id::from_uuid(random_key(cx))
}

/// A word that nobody made before.
pub(crate) fn random_key(cx: &Cx) -> Uuid {
    uuid::Builder::from_random_bytes(cx.random()).into_uuid()
}

/// Enough of a walker's id to tell one line of a list from the next, and nothing of the person.
pub(crate) fn mask(walker: WalkerId) -> String {
    let word = walker.to_string();
    word[word.len().saturating_sub(5)..].to_owned()
}
