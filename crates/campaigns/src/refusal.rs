//! Why a verb of this room did not do it. Every refusal says what happened, what is safe, what to
//! do.

use db::Fault;
use kernel::{Code as _, Date};
use places::Denied;
use web::{FieldErrors, Refused};

use crate::{CampaignState, MemberState, MemberStep, Step};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub enum CampaignError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// Some fields are wrong.
    Fields(FieldErrors),
    /// The campaign stands where this step cannot be taken.
    WrongState {
        /// Where it stands.
        state: CampaignState,
        /// What should have been done.
        step: Step,
    },
    /// Merchants, sub-events or programme of a campaign that no longer takes changes of them.
    Over(CampaignState),
    /// Who wrote the terms does not approve them.
    OwnDraft,
    /// This funder agreed already.
    AlreadyAgreed,
    /// There is nobody to pay.
    NoPledge,
    /// It cannot start without an active member.
    NoMember,
    /// It cannot start without a sub-event that stands.
    NoSubEvent,
    /// Its first day has not come.
    TooEarly(Date),
    /// Its last day has passed.
    TooLate(Date),
    /// A reason is missing.
    NoReason,
    /// The reason is too long.
    LongReason,
    /// Something is not settled yet; in words.
    Unsettled(String),
    /// The merchant stands where this step cannot be taken.
    WrongMember {
        /// Where it stands.
        state: MemberState,
        /// What should have been done.
        step: MemberStep,
    },
    /// The merchant was not invited.
    NotInvited,
    /// The sub-event was cancelled before.
    SubEventOver,
    /// Somebody else changed it meanwhile.
    Conflict,
}

impl CampaignError {
    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) | Self::Fault(_) => "refused",
            Self::Fields(_) => "invalid-fields",
            Self::WrongState { .. } => "wrong-state",
            Self::Over(_) => "over",
            Self::OwnDraft => "own-draft",
            Self::AlreadyAgreed => "already-agreed",
            Self::NoPledge => "no-pledge",
            Self::NoMember => "no-member",
            Self::NoSubEvent => "no-sub-event",
            Self::TooEarly(_) => "too-early",
            Self::TooLate(_) => "too-late",
            Self::NoReason => "no-reason",
            Self::LongReason => "reason-too-long",
            Self::Unsettled(_) => "unsettled",
            Self::WrongMember { .. } => "wrong-member-state",
            Self::NotInvited => "not-invited",
            Self::SubEventOver => "sub-event-over",
            Self::Conflict => "version-conflict",
        }
    }

    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => "你不能办这件事。什么也没有改。需要的话，请管理员给你权限。".into(),
            Self::Fault(_) => "系统出了问题，什么也没有改。请再试一次。".into(),
            Self::Fields(errors) => {
                format!("有 {} 处要改，还没有存。你填的都在。", errors.len())
            }
            Self::WrongState { state, step } => format!(
                "活动现在是“{}”，不能“{}”，什么也没有改。请刷新页面，看下一步是什么。",
                state.label(),
                step.label()
            ),
            Self::Over(state) => format!(
                "活动现在是“{}”，商户、子活动和日程都不能再改，什么也没有动。请看别的活动。",
                state.label()
            ),
            Self::OwnDraft => {
                "起草的人不能批准自己写的活动，什么也没有改。请出资单位的另一位同事来批。".into()
            }
            Self::AlreadyAgreed => {
                "你们已经同意过，不用再批，什么也没有改。等其他出资单位同意就行。".into()
            }
            Self::NoPledge => {
                "还没有写谁出多少钱，不能批准，什么也没有改。请先改活动，填出资单位和金额。".into()
            }
            Self::NoMember => {
                "还没有参加中的商户，活动没有开始。请先邀请商户，等他们接受，再确认参加。".into()
            }
            Self::NoSubEvent => "还没有子活动，活动没有开始。请先添至少一个子活动。".into(),
            Self::TooEarly(from) => {
                format!("活动 {from} 才到第一天，还没有开始。请那天再来，或先退回改日期。")
            }
            Self::TooLate(last) => {
                format!("活动最后一天 {last} 已经过去，没有开始。请先退回改日期，或取消活动。")
            }
            Self::NoReason => "原因没有填，什么也没有改。请写一句为什么。".into(),
            Self::LongReason => "原因超过 200 个字，什么也没有改。请写短一些。".into(),
            Self::Unsettled(matter) => {
                format!("还有没办完的：{matter}。活动没有结束，请先把它办完。")
            }
            Self::WrongMember { state, step } => format!(
                "商户现在是“{}”，不能“{}”，什么也没有改。请刷新页面看看。",
                state.label(),
                step.label()
            ),
            Self::NotInvited => "没有邀请过这家商户，什么也没有改。请先邀请它。".into(),
            Self::SubEventOver => "这个子活动已经取消，什么也没有改。需要的话，请另添一个。".into(),
            Self::Conflict => {
                "有人先改了这一条，你的没有存，他的还在。请刷新页面，对照后再改。".into()
            }
        }
    }

    /// The errors to show a form again with, or the refusal as a whole.
    pub(crate) fn into_errors(self) -> Result<FieldErrors, Refused> {
        match self {
            Self::Fields(errors) => Ok(errors),
            Self::NoReason | Self::LongReason => {
                let mut errors = FieldErrors::new();
                errors.add("reason", self.message());
                Ok(errors)
            }
            other => Err(other.into()),
        }
    }
}

impl From<CampaignError> for Refused {
    fn from(error: CampaignError) -> Self {
        match error {
            CampaignError::Denied(denied) => denied.into(),
            CampaignError::Fault(fault) => fault.into(),
            CampaignError::Fields(errors) => Self::Invalid(errors),
            CampaignError::Conflict
            | CampaignError::WrongState { .. }
            | CampaignError::Over(_)
            | CampaignError::WrongMember { .. }
            | CampaignError::AlreadyAgreed => Self::conflict(error.code(), error.message()),
            other => Self::unprocessable(other.code(), other.message()),
        }
    }
}
