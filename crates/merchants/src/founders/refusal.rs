//! Why a verb on a founder did not do it.

use db::Fault;
use kernel::Date;
use web::{FieldErrors, Refused};

use crate::{Denied, NAME_LIMIT};

/// Why a founder or a step was not written.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub enum FounderError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// The name is missing.
    NoName,
    /// Longer than it may be.
    LongText,
    /// They did not agree.
    NoConsent,
    /// Not a town that stands.
    NotATown,
    /// The date has not come.
    InTheFuture,
    /// They were registered on this later day.
    BeforeRegistration(Date),
    /// What happened is missing.
    NoTitle,
    /// Who held the training or gave the support is missing.
    ByNobody,
    /// Not a support, nothing, or too much to be meant.
    BadAmount,
    /// A shop belongs to a step that opened one.
    NotAShop,
    /// There is no such merchant, or no such place.
    NoSuchShop,
    /// Nobody was chosen, or too many.
    NobodyChosen,
    /// The reason is missing.
    NoReason,
    /// They withdrew, or it was struck.
    Over,
    /// No phone is kept.
    NothingKept,
    /// Somebody else changed it meanwhile.
    Conflict,
}

impl FounderError {
    /// The form field that it belongs to, when it belongs to one.
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoName => Some("name"),
            Self::LongText | Self::NoTitle => Some("title"),
            Self::NoConsent => Some("consent"),
            Self::NotATown => Some("town"),
            Self::InTheFuture | Self::BeforeRegistration(_) => Some("on"),
            Self::ByNobody => Some("by_whom"),
            Self::BadAmount => Some("amount"),
            Self::NotAShop | Self::NoSuchShop => Some("merchant"),
            Self::NobodyChosen => Some("founder"),
            Self::NoReason => Some("reason"),
            _ => None,
        }
    }

    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) | Self::Fault(_) => "refused",
            Self::NoName => "name-missing",
            Self::LongText => "text-too-long",
            Self::NoConsent => "no-consent",
            Self::NotATown => "not-a-town",
            Self::InTheFuture => "in-the-future",
            Self::BeforeRegistration(_) => "before-registration",
            Self::NoTitle => "no-title",
            Self::ByNobody => "by-nobody",
            Self::BadAmount => "amount-unfit",
            Self::NotAShop => "not-a-shop",
            Self::NoSuchShop => "no-such-shop",
            Self::NobodyChosen => "nobody-chosen",
            Self::NoReason => "no-reason",
            Self::Over => "over",
            Self::NothingKept => "nothing-kept",
            Self::Conflict => "version-conflict",
        }
    }

    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => {
                "你不能改这位从业者。什么也没有改。需要的话，请管理员给你权限。".into()
            }
            Self::Fault(_) => "系统出了问题，什么也没有改。请再试一次。".into(),
            Self::NoName => format!("姓名没有填，或超过 {NAME_LIMIT} 个字，还没有存。请改一下。"),
            Self::LongText => "文字太长，还没有存。请写短一些。".into(),
            Self::NoConsent => "本人没有同意，还没有存。先问过本人，再勾选。".into(),
            Self::NotATown => "要选一个区镇，还没有存。请从列表里选。".into(),
            Self::InTheFuture => "日期在今天以后，还没有存。请填今天或以前的日期。".into(),
            Self::BeforeRegistration(on) => {
                format!("这个人 {on} 才登记，还没有存。请填那天或以后的日期。")
            }
            Self::NoTitle => "是什么事没有写，还没有存。请写一句。".into(),
            Self::ByNobody => "谁办的没有写，还没有存。请写是哪个单位。".into(),
            Self::BadAmount => "金额要大于 0，只有扶持才填。还没有存，请改一下。".into(),
            Self::NotAShop => "商户和地点只在开店时填。还没有存，请改一下。".into(),
            Self::NoSuchShop => "没有这家商户或这个地点，还没有存。请重新选。".into(),
            Self::NobodyChosen => "没有选人，或一次选了超过 200 人，还没有存。请再选。".into(),
            Self::NoReason => "原因没有填，什么也没有改。请写一句为什么。".into(),
            Self::Over => {
                "这个人已经撤回同意，或这件事已经划去，什么也没有改。请刷新页面看看。".into()
            }
            Self::NothingKept => "没有登记过电话，没有可看的。请先登记。".into(),
            Self::Conflict => {
                "有人先改了这一条，你的没有存，他的还在。请刷新页面，对照后再改。".into()
            }
        }
    }

    /// The errors to show the form again with, or the refusal as a whole.
    pub fn into_errors(self) -> Result<FieldErrors, Refused> {
        let Some(field) = self.field() else { return Err(self.into()) };
        let mut errors = FieldErrors::new();
        errors.add(field, self.message());
        Ok(errors)
    }
}

impl From<FounderError> for Refused {
    fn from(error: FounderError) -> Self {
        match error {
            FounderError::Denied(denied) => denied.into(),
            FounderError::Fault(fault) => fault.into(),
            FounderError::Conflict | FounderError::Over => {
                Self::conflict(error.code(), error.message())
            }
            other => Self::unprocessable(other.code(), other.message()),
        }
    }
}
