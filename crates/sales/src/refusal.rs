//! Why a verb of this room did not do it: what happened, what is safe, what to do.

use db::Fault;
use kernel::Code as _;
use places::Denied;
use web::{FieldErrors, Refused};

use crate::{SaleState, Step, show::TEXT_LIMIT};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub enum SaleError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// Some fields are wrong.
    Fields(FieldErrors),
    /// Who handed it in, or belongs to the merchant, does not judge it.
    OwnRecord,
    /// The record stands where this step cannot be taken.
    WrongState {
        /// Where it stands.
        state: SaleState,
        /// What should have been done.
        step: Step,
    },
    /// A reason is missing.
    NoReason,
    /// The reason is too long.
    LongReason,
    /// The order is on record already.
    OrderTaken,
    /// More came back than was sold.
    TooMuchBack,
    /// What it is a return of is not verified yet.
    SaleFirst,
    /// A declaration without an order's number and without evidence proves nothing.
    NoEvidence,
    /// The same file lies there already.
    FileKnown,
    /// The campaign does not take records now.
    NotRunning,
    /// The merchant was no active member then.
    NotMember,
    /// The file cannot be read; in words.
    Unreadable(String),
    /// A file like this was written before.
    FileWritten,
    /// The batch stands where this cannot be done.
    BatchState,
    /// Nobody said how the columns are to be understood.
    NotMapped,
    /// Nothing of the file can be written.
    NothingToWrite,
    /// Somebody has judged a record of the batch since.
    BatchJudged(i64),
    /// The show cannot go there.
    ShowState,
    /// The contest's terms are frozen.
    Frozen,
    /// The contest does not take entrants now.
    NotEntering,
    /// Somebody else changed it meanwhile.
    Conflict,
}

impl SaleError {
    /// One wrong field.
    pub(crate) fn field(name: &'static str, why: impl Into<String>) -> Self {
        let mut errors = FieldErrors::new();
        errors.add(name, why);
        Self::Fields(errors)
    }

    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) | Self::Fault(_) => "refused",
            Self::Fields(_) => "invalid-fields",
            Self::OwnRecord => "own-record",
            Self::WrongState { .. } => "wrong-state",
            Self::NoReason => "no-reason",
            Self::LongReason => "reason-too-long",
            Self::OrderTaken => "order-taken",
            Self::TooMuchBack => "too-much-back",
            Self::SaleFirst => "sale-first",
            Self::NoEvidence => "no-evidence",
            Self::FileKnown => "file-known",
            Self::NotRunning => "not-running",
            Self::NotMember => "not-a-member",
            Self::Unreadable(_) => "unreadable",
            Self::FileWritten => "file-written",
            Self::BatchState => "wrong-batch-state",
            Self::NotMapped => "not-mapped",
            Self::NothingToWrite => "nothing-to-write",
            Self::BatchJudged(_) => "batch-judged",
            Self::ShowState => "wrong-show-state",
            Self::Frozen => "terms-frozen",
            Self::NotEntering => "not-entering",
            Self::Conflict => "version-conflict",
        }
    }

    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => "你不能办这件事。什么也没有改。需要的话，请管理员给你权限。".into(),
            Self::Fault(_) => "系统出了问题，什么也没有改。请再试一次。".into(),
            Self::Fields(errors) => format!("有 {} 处要改，还没有存。你填的都在。", errors.len()),
            Self::WrongState { state, step } => format!(
                "这条记录现在是“{}”，不能“{}”，什么也没有改。请刷新页面看看。",
                state.label(),
                step.label()
            ),
            Self::LongReason => {
                format!("原因超过 {TEXT_LIMIT} 个字，什么也没有改。请写短一些。")
            }
            Self::Unreadable(words) => words.clone(),
            Self::BatchJudged(count) => {
                format!("这一批里有 {count} 条已经核实或提出过疑问，没有撤。请逐条处理。")
            }
            other => other.words().into(),
        }
    }

    const fn words(&self) -> &'static str {
        match self {
            Self::OwnRecord => {
                "自己报的、自己商户的记录不能自己核实，什么也没有改。请另一位同事来核实。"
            }
            Self::NoReason => "原因没有填，什么也没有改。请写一句为什么。",
            Self::OrderTaken => "这个订单已经记过，没有重复记，原来那条还在。请查这个商户的记录。",
            Self::TooMuchBack => "退的比卖的多，没有记。请核对订单和金额。",
            Self::SaleFirst => "它的销售还没有核实，退货没有核实。请先核实那条销售。",
            Self::NoEvidence => "没有订单号，也没有凭证，没有核实。请商户先传凭证。",
            Self::FileKnown => "这个凭证已经传过，没有重复存，原来那份还在。请换一个文件。",
            Self::NotRunning => "活动现在不收销售记录，什么也没有记。请等活动开始，或看别的活动。",
            Self::NotMember => "那个时间商户不在活动里，没有记。请核对时间和商户。",
            Self::FileWritten => {
                "这个文件已经导入过，没有重复写，原来那批还在。请核对是不是选错了文件。"
            }
            Self::BatchState => "这一批现在不能这样办，什么也没有改。请刷新页面看看。",
            Self::NotMapped => "列的对应还没有确认，什么也没有写。请先核对再确认。",
            Self::NothingToWrite => "没有可以写入的行，什么也没有写。请看下面每一行的原因。",
            Self::ShowState => "这场直播现在不能这样改，什么也没有改。请刷新页面看看。",
            Self::Frozen => "大赛已经公布，规则不能再改，什么也没有动。有疑问请联系主办方。",
            Self::NotEntering => "现在不能报名，什么也没有改。请看大赛的时间。",
            Self::Conflict => "有人先改了这一条，你的没有存，他的还在。请刷新页面，对照后再改。",
            // Those with values in them, in words above.
            _ => "没有办成，什么也没有改。请再试一次。",
        }
    }

    /// The errors to show a form again with, or the refusal as a whole.
    pub(crate) fn into_errors(self) -> Result<FieldErrors, Refused> {
        let field = match &self {
            Self::Fields(_) => "",
            Self::NoReason | Self::LongReason => "why",
            Self::OrderTaken => "order",
            Self::TooMuchBack => "amount",
            Self::NotMember => "sold_at",
            _ => return Err(self.into()),
        };
        match self {
            Self::Fields(errors) => Ok(errors),
            other => {
                let mut errors = FieldErrors::new();
                errors.add(field, other.message());
                Ok(errors)
            }
        }
    }
}

impl From<SaleError> for Refused {
    fn from(error: SaleError) -> Self {
        match error {
            SaleError::Denied(denied) => denied.into(),
            SaleError::Fault(fault) => fault.into(),
            SaleError::Fields(errors) => Self::Invalid(errors),
            SaleError::Conflict
            | SaleError::WrongState { .. }
            | SaleError::OrderTaken
            | SaleError::FileKnown
            | SaleError::FileWritten
            | SaleError::BatchState
            | SaleError::BatchJudged(_)
            | SaleError::ShowState
            | SaleError::Frozen => Self::conflict(error.code(), error.message()),
            other => Self::unprocessable(other.code(), other.message()),
        }
    }
}

/// A reason: some words, not too many.
pub(crate) fn fit_reason(why: &str) -> Result<&str, SaleError> {
    let why = why.trim();
    if why.is_empty() {
        return Err(SaleError::NoReason);
    }
    if why.chars().count() > TEXT_LIMIT { Err(SaleError::LongReason) } else { Ok(why) }
}
