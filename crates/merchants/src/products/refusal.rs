//! Why a verb on a product or an enquiry did not do it.

use db::Fault;
use web::{FieldErrors, Refused};

use super::picture::{PICTURE_BYTES, PICTURE_LIMIT};
use crate::{Denied, MerchantError};

/// Why a product was not written, or an enquiry not taken.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub enum ProductError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// No Chinese name.
    NoName,
    /// Longer than so many characters.
    LongText(usize),
    /// A partner region's product without the region's name.
    NoRegion,
    /// Months from 1 to 12.
    BadSeason,
    /// Nothing, less, or too much to be meant.
    BadPrice,
    /// There is nothing to read on its page yet.
    NoAbout,
    /// Its merchant takes part in nothing now.
    MerchantAway,
    /// From this state it cannot go there.
    WrongState,
    /// Not one of the kinds of picture that every browser shows.
    NotAPicture,
    /// Larger than [`PICTURE_BYTES`].
    LargePicture,
    /// As many as a product may have.
    ManyPictures,
    /// What the picture shows was not told, for those who do not see it.
    NoWords,
    /// Somebody else changed it meanwhile.
    Conflict,
    /// The message is missing.
    NoMessage,
    /// Not a phone number.
    BadPhone(String),
    /// The box beside the consent was not ticked.
    NoConsent,
    /// The answer is missing.
    NoAnswer,
    /// It was closed or forgotten.
    Over,
    /// Too many questions under one number in a day.
    TooMany,
}

impl ProductError {
    /// The form field that it belongs to, when it belongs to one.
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoName => Some("name_zh"),
            Self::LongText(_) | Self::NoAbout => Some("about_zh"),
            Self::NoRegion => Some("region"),
            Self::BadSeason => Some("season_from"),
            Self::BadPrice => Some("price"),
            Self::NoWords => Some("shows_zh"),
            Self::NoMessage => Some("message"),
            Self::BadPhone(_) => Some("phone"),
            Self::NoConsent => Some("consent"),
            Self::NoAnswer => Some("answer"),
            _ => None,
        }
    }

    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) | Self::Fault(_) => "refused",
            Self::NoName => "name-missing",
            Self::LongText(_) => "text-too-long",
            Self::NoRegion => "no-region",
            Self::BadSeason => "season-unfit",
            Self::BadPrice => "price-unfit",
            Self::NoAbout => "no-about",
            Self::MerchantAway => "merchant-away",
            Self::WrongState => "wrong-state",
            Self::NotAPicture => "not-a-picture",
            Self::LargePicture => "picture-too-large",
            Self::ManyPictures => "too-many-pictures",
            Self::NoWords => "no-words",
            Self::Conflict => "version-conflict",
            Self::NoMessage => "no-message",
            Self::BadPhone(_) => "phone-unfit",
            Self::NoConsent => "no-consent",
            Self::NoAnswer => "no-answer",
            Self::Over => "over",
            Self::TooMany => "too-many",
        }
    }

    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => {
                "你不能改这个产品。什么也没有改。需要的话，请管理员给你权限。".into()
            }
            Self::Fault(_) => "系统出了问题，什么也没有改。请再试一次。".into(),
            Self::NoName => "中文名称没有填，还没有存。请填名称。".into(),
            Self::LongText(limit) => format!("文字超过 {limit} 个字，还没有存。请写短一些。"),
            Self::NoRegion => "对口地区没有填，还没有存。请写是哪个地区的。".into(),
            Self::BadSeason => "月份要在 1 到 12 之间，还没有存。请从列表里选。".into(),
            Self::BadPrice => {
                "价格要大于 0，不超过 100 万元；面议就留空。还没有存，请改一下。".into()
            }
            Self::NoAbout => "中文介绍还没有写，没有上架。请写几句再上架。".into(),
            Self::MerchantAway => "这家商户现在没有营业，没有上架。请先恢复商户。".into(),
            Self::WrongState => "这个产品现在不能这样改，什么也没有改。请刷新页面看看。".into(),
            Self::NotAPicture => {
                "这个文件不是 JPEG、PNG 或 WebP 图片，没有收下。请换一张图片。".into()
            }
            Self::LargePicture => {
                let most = PICTURE_BYTES >> 20;
                format!("图片超过 {most} MB，没有收下。请在手机上选小一些的尺寸再传。")
            }
            Self::ManyPictures => {
                format!("最多 {PICTURE_LIMIT} 张图片，这张没有收下。请先删掉一张。")
            }
            Self::NoWords => "图片上是什么没有写，没有收下。请写一句，看不见图的人靠它。".into(),
            Self::Conflict => {
                "有人先改了这个产品，你的没有存，他的还在。请刷新页面，对照后再改。".into()
            }
            Self::NoMessage => "想问什么没有写，还没有发。请写一句。".into(),
            Self::BadPhone(why) => format!("{why}。还没有发，请改一下。"),
            Self::NoConsent => "没有勾选同意，还没有发。不同意就打下面的电话问。".into(),
            Self::NoAnswer => "怎么答复的没有写，还没有办结。请写一句。".into(),
            Self::Over => "这次询问已经办结，什么也没有改。请刷新页面看看。".into(),
            Self::TooMany => {
                "这个号码今天问得太多了，这次没有发。前面的都收到了，请等答复。".into()
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

impl From<ProductError> for Refused {
    fn from(error: ProductError) -> Self {
        match error {
            ProductError::Denied(denied) => denied.into(),
            ProductError::Fault(fault) => fault.into(),
            ProductError::Conflict | ProductError::WrongState | ProductError::Over => {
                Self::conflict(error.code(), error.message())
            }
            ProductError::TooMany => {
                Self::TooMany { message: error.message(), retry_after: 60 * 60 }
            }
            other => Self::unprocessable(other.code(), other.message()),
        }
    }
}

impl From<MerchantError> for ProductError {
    fn from(error: MerchantError) -> Self {
        match error {
            MerchantError::Denied(denied) => Self::Denied(denied),
            MerchantError::Fault(fault) => Self::Fault(fault),
            _ => Self::MerchantAway,
        }
    }
}
