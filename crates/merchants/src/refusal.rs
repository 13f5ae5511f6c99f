//! Why a verb on a merchant did not do it: what happened, what is safe, what to do.

use db::Fault;
use web::{FieldErrors, Refused};

use crate::merchant::{NAME_LIMIT, TEXT_LIMIT};

pub use places::Denied;

/// Why a merchant was not written.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub enum MerchantError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// Empty.
    NoName,
    /// Longer than [`NAME_LIMIT`] characters.
    BadName,
    /// Longer than [`TEXT_LIMIT`] characters.
    LongText,
    /// Another one at the place, that has not left, is called so.
    NameTaken,
    /// The place does not stand today, or nothing can stand at it: the city or a town.
    NotASite,
    /// The reason is missing.
    NoReason,
    /// Not what an account for settlements consists of.
    BadPayee,
    /// From this state it cannot go there.
    WrongState,
    /// It has left.
    Closed,
    /// Nothing of the sort is kept.
    NothingKept,
    /// Somebody else changed it meanwhile.
    Conflict,
}

impl MerchantError {
    /// The form field that it belongs to, when it belongs to one.
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoName | Self::BadName | Self::NameTaken => Some("name"),
            Self::NotASite => Some("place"),
            Self::NoReason | Self::LongText => Some("reason"),
            Self::BadPayee => Some("account"),
            _ => None,
        }
    }

    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) | Self::Fault(_) => "refused",
            Self::NoName => "name-missing",
            Self::BadName => "name-unfit",
            Self::LongText => "text-too-long",
            Self::NameTaken => "name-taken",
            Self::NotASite => "not-a-site",
            Self::NoReason => "no-reason",
            Self::BadPayee => "payee-unfit",
            Self::WrongState => "wrong-state",
            Self::Closed => "closed",
            Self::NothingKept => "nothing-kept",
            Self::Conflict => "version-conflict",
        }
    }

    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => {
                "你不能改这家商户。什么也没有改。需要的话，请管理员给你权限。".into()
            }
            Self::Fault(_) => "系统出了问题，什么也没有改。请再试一次。".into(),
            Self::NoName => "名称没有填，还没有存。请填名称。".into(),
            Self::BadName => format!("名称超过 {NAME_LIMIT} 个字，还没有存。请写短一些。"),
            Self::LongText => format!("文字超过 {TEXT_LIMIT} 个字，还没有存。请写短一些。"),
            Self::NameTaken => {
                "这个地点已经有同名的商户，还没有存。请换个名称，或去改那一家。".into()
            }
            Self::NotASite => {
                "商户要在一个还在用的阵地、楼层街区或商铺，还没有存。请从列表里选。".into()
            }
            Self::NoReason => "原因没有填，什么也没有改。请写一句为什么。".into(),
            Self::BadPayee => {
                "收款账户没有填对，还没有存。请填户名、开户行和 8 到 30 位数字的账号。".into()
            }
            Self::WrongState => "这家商户现在不能这样改，什么也没有改。请刷新页面看看。".into(),
            Self::Closed => "这家商户已经退出，什么也没有改。要再来，请重新登记。".into(),
            Self::NothingKept => "这一项没有登记过，没有可看的。请先登记。".into(),
            Self::Conflict => {
                "有人先改了这家商户，你的没有存，他的还在。请刷新页面，对照后再改。".into()
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

impl From<MerchantError> for Refused {
    fn from(error: MerchantError) -> Self {
        match error {
            MerchantError::Denied(denied) => denied.into(),
            MerchantError::Fault(fault) => fault.into(),
            MerchantError::Conflict | MerchantError::WrongState | MerchantError::NameTaken => {
                Self::conflict(error.code(), error.message())
            }
            other => Self::unprocessable(other.code(), other.message()),
        }
    }
}
