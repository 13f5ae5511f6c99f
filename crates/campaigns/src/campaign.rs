//! A campaign: its life, its terms as they stand, its sponsors and pledges.

use jiff::Timestamp;
use kernel::{Date, Fen, actor::AccountId, code_enum, id_kind};
use places::PlaceId;

use crate::FunderId;

id_kind!(CampaignKind, CampaignId, "cmp");

code_enum! {
    /// Where a campaign stands.
    pub enum CampaignState {
        Draft = "draft" "草稿",
        Approved = "approved" "已批准",
        Running = "running" "进行中",
        Settling = "settling" "结算中",
        Closed = "closed" "已结束",
        Cancelled = "cancelled" "已取消",
    }
}

code_enum! {
    /// What can be done with a campaign as a whole.
    pub enum Step {
        Change = "change" "改活动",
        Approve = "approve" "批准",
        SendBack = "send_back" "退回",
        Start = "start" "开始",
        Settle = "settle" "转入结算",
        Close = "close" "结束",
        Cancel = "cancel" "取消",
    }
}

impl CampaignState {
    /// Where a step leads from here; `None` where it cannot be taken.
    pub const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Draft, Step::Change) | (Self::Approved, Step::SendBack) => Some(Self::Draft),
            (Self::Draft, Step::Approve) => Some(Self::Approved),
            (Self::Approved, Step::Start) => Some(Self::Running),
            (Self::Running, Step::Settle) => Some(Self::Settling),
            (Self::Settling, Step::Close) => Some(Self::Closed),
            (Self::Draft | Self::Approved, Step::Cancel) => Some(Self::Cancelled),
            _ => None,
        }
    }

    /// Whether merchants may come in: the terms stand, and it is not over.
    pub const fn takes_members(self) -> bool {
        matches!(self, Self::Approved | Self::Running)
    }

    /// Whether sub-events and programme may still be changed.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Approved | Self::Running)
    }
}

code_enum! {
    /// What a sponsor does.
    pub enum SponsorPart {
        Host = "host" "主办",
        Organiser = "organiser" "承办",
        Supporter = "supporter" "支持",
    }
}

/// A body whose name stands on the poster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sponsor {
    /// What it does.
    pub part: SponsorPart,
    /// Its name.
    pub name: String,
    /// Its name in English, or empty.
    pub name_en: String,
}

/// What a funder pays for one campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pledge {
    /// Who pays.
    pub funder: FunderId,
    /// The funder's name.
    pub name: String,
    /// How much, at most.
    pub amount: Fen,
    /// When the funder agreed to the terms as they stand.
    pub agreed_at: Option<Timestamp>,
}

/// A campaign with its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Which.
    pub id: CampaignId,
    /// The end of the public page's address: `/festival/{slug}`.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its name in English, or empty.
    pub name_en: String,
    /// What it is, in a few sentences.
    pub about: String,
    /// The same in English, or empty.
    pub about_en: String,
    /// Whom visitors ring up; empty for the site's own number.
    pub phone: String,
    /// Where it stands.
    pub state: CampaignState,
    /// Why it was sent back, ended early or cancelled; else empty.
    pub state_reason: String,
    /// Its first day.
    pub from_on: Date,
    /// Its last day, still in it.
    pub last_on: Date,
    /// Who wrote the terms last; `None` for the system.
    pub drafted_by: Option<AccountId>,
    /// Since when the public page stands.
    pub approved_at: Option<Timestamp>,
    /// The places that it spans, in order.
    pub places: Vec<PlaceId>,
    /// In order.
    pub sponsors: Vec<Sponsor>,
    /// In order.
    pub pledges: Vec<Pledge>,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

impl Campaign {
    /// The sum of the pledges, which each stand below half of what an `i64` holds.
    pub fn budget(&self) -> Fen {
        Fen(self.pledges.iter().map(|pledge| pledge.amount.0).sum())
    }

    /// What the funder pledged.
    pub fn pledge_of(&self, funder: FunderId) -> Option<&Pledge> {
        self.pledges.iter().find(|pledge| pledge.funder == funder)
    }

    /// Whether anybody may read the public page.
    pub fn is_public(&self) -> bool {
        self.approved_at.is_some()
    }

    /// Whether this day is one of its days.
    pub fn lasts_on(&self, on: Date) -> bool {
        self.from_on <= on && on <= self.last_on
    }
}
