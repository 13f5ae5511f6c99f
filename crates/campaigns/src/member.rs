//! A member: a merchant that takes part in a campaign, or was asked to.

use jiff::Timestamp;
use kernel::{actor::AccountId, code_enum};
use merchants::MerchantId;

use crate::CampaignId;

code_enum! {
    /// Where a member stands.
    pub enum MemberState {
        Invited = "invited" "已邀请",
        Accepted = "accepted" "已接受",
        Active = "active" "参加中",
        Suspended = "suspended" "已暂停",
        Declined = "declined" "不参加",
        Left = "left" "已退出",
    }
}

code_enum! {
    /// What can be done with a member.
    pub enum MemberStep {
        Invite = "invite" "邀请",
        Accept = "accept" "接受",
        Decline = "decline" "不参加",
        Activate = "activate" "确认参加",
        Suspend = "suspend" "暂停",
        Resume = "resume" "恢复",
        Leave = "leave" "退出",
    }
}

impl MemberState {
    /// Where a step leads from here; `None` where it cannot be taken.
    pub const fn after(self, step: MemberStep) -> Option<Self> {
        match (self, step) {
            (Self::Declined | Self::Left, MemberStep::Invite) => Some(Self::Invited),
            (Self::Invited, MemberStep::Accept) => Some(Self::Accepted),
            (Self::Invited, MemberStep::Decline) => Some(Self::Declined),
            (Self::Accepted, MemberStep::Activate) | (Self::Suspended, MemberStep::Resume) => {
                Some(Self::Active)
            }
            (Self::Active, MemberStep::Suspend) => Some(Self::Suspended),
            (Self::Accepted | Self::Active | Self::Suspended, MemberStep::Leave) => {
                Some(Self::Left)
            }
            _ => None,
        }
    }
}

/// A merchant in a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The campaign.
    pub campaign: CampaignId,
    /// The merchant.
    pub merchant: MerchantId,
    /// Where it stands.
    pub state: MemberState,
    /// Why it declined, was suspended or left; else empty.
    pub reason: String,
    /// When it was last invited.
    pub invited_at: Timestamp,
    /// When it answered.
    pub answered_at: Option<Timestamp>,
    /// The merchant's own account that accepted.
    pub accepted_by: Option<AccountId>,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}
