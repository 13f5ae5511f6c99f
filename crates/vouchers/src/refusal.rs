//! Why a verb of this room did not do it. Every refusal says what happened, what is safe, what to
//! do.

use db::Fault;
use web::{FieldErrors, Refused};

use crate::{TermsFault, waiting::clock};

/// The actor may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// They may not even know of it: 404.
    #[error("nothing here that the actor may see")]
    Invisible,
    /// They see it, and may not do this: 403.
    #[error("seen, but not theirs to change")]
    Forbidden,
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Invisible => Self::NotFound,
            Denied::Forbidden => Self::Forbidden,
        }
    }
}

/// Why a batch was not changed.
#[derive(Debug, thiserror::Error)]
#[error("the batch stays as it was")]
pub enum BatchError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// The terms cannot be promised.
    Terms(Vec<TermsFault>),
    /// Somebody else changed it meanwhile.
    Conflict,
    /// Its state does not allow this step.
    WrongState,
    /// Who drafted it cannot approve it.
    OwnDraft,
    /// More were given out than there would be.
    BelowGiven {
        /// How many.
        given: i64,
    },
    /// A merchant that was never asked to the campaign.
    NotAMember,
    /// A funder that did not agree to pay for the campaign.
    NotAFunder,
    /// The campaign was not approved, or is over.
    CampaignOver,
}

impl From<BatchError> for Refused {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Denied(denied) => denied.into(),
            BatchError::Fault(fault) => fault.into(),
            BatchError::Terms(faults) => {
                let mut errors = FieldErrors::new();
                for fault in faults {
                    errors.add(fault.field(), fault.to_string());
                }
                Self::Invalid(errors)
            }
            BatchError::Conflict => Self::conflict(
                "batch-changed",
                "这一批券刚被别人改过，你的改动没有存。请刷新，看过再改。",
            ),
            BatchError::WrongState => Self::conflict(
                "batch-state",
                "这一批券现在的状态不能这样办，没有改动。请刷新，看它到了哪一步。",
            ),
            BatchError::BelowGiven { given } => {
                let mut errors = FieldErrors::new();
                errors.add("quantity", format!("已经发出 {given} 张，数量不能再少"));
                Self::Invalid(errors)
            }
            BatchError::NotAMember => Self::unprocessable(
                "not-a-member",
                "名单里有商户没有参加这个活动，没有存。请先邀请它。",
            ),
            BatchError::NotAFunder => {
                let mut errors = FieldErrors::new();
                errors.add("funder", "这家单位没有同意给这个活动出资，请换一家，或先请它同意");
                Self::Invalid(errors)
            }
            BatchError::CampaignOver => Self::conflict(
                "campaign-over",
                "活动还没有批准，或已经结束，没有改动。请先看看活动到了哪一步。",
            ),
            BatchError::OwnDraft => Self::unprocessable(
                "own-draft",
                "起草的人不能自己批准，没有改动。请出资方的另一位来批。",
            ),
        }
    }
}

/// Why there is no voucher. None of these was written down: the same key may be used again.
#[derive(Debug, thiserror::Error)]
#[error("no voucher")]
pub enum ClaimRefused {
    /// No such batch.
    NotFound,
    /// The database failed; whether a voucher was written is found by asking again.
    Fault(#[from] Fault),
    /// The claims have not begun.
    TooEarly {
        /// When they do.
        from: jiff::Timestamp,
    },
    /// They are over.
    TooLate,
    /// The batch is not open.
    Closed,
    /// None is left.
    SoldOut,
    /// As many as one citizen may have on one day.
    DayCap,
    /// The vouchers of this batch are earned elsewhere.
    NotEligible,
    /// Their turn in the line before the batch has not come.
    Waiting(Box<crate::Held>),
    /// The batch has no line to wait in.
    NoLine,
    /// Nobody waits yet.
    LineClosed {
        /// When one may come.
        from: jiff::Timestamp,
    },
    /// The key came before with another body.
    KeyReused,
    /// So many wait that whoever comes now would wait too long.
    Full,
    /// Whoever writes went away.
    Left,
}

impl From<ClaimRefused> for Refused {
    fn from(refused: ClaimRefused) -> Self {
        match refused {
            ClaimRefused::NotFound => Self::NotFound,
            ClaimRefused::Fault(fault) => fault.into(),
            ClaimRefused::TooEarly { from } => {
                let from = from.to_zoned(kernel::time::city_zone());
                let at = from.strftime("%-m月%-d日 %H:%M:%S");
                Self::conflict("too-early", format!("还没到时候，{at} 开始领。到时再按一次就行。"))
            }
            ClaimRefused::TooLate => {
                Self::conflict("too-late", "领取时间已过，没有领。请看看别的券。")
            }
            ClaimRefused::Closed => {
                Self::conflict("closed", "这一批券现在不发放，没有领。请看看别的券。")
            }
            ClaimRefused::SoldOut => {
                Self::conflict("sold-out", "已经领完，这次没有领到。有人退回时会再放出来。")
            }
            ClaimRefused::DayCap => {
                Self::conflict("day-cap", "今天能领的都领了，这次没有再领。请明天再来。")
            }
            ClaimRefused::NotEligible => Self::conflict(
                "not-eligible",
                "这批券只发给完成打卡挑战的人，没有领。请先去完成挑战，完成后会自动领到。",
            ),
            ClaimRefused::Waiting(held) => crate::waiting::not_yet(&held),
            ClaimRefused::NoLine => {
                Self::conflict("no-line", "这一批不用排队，没有取号。到了时间直接领就行。")
            }
            ClaimRefused::LineClosed { from } => Self::conflict(
                "line-closed",
                format!("还不能排队，{} 起可以来等，没有取号。早来不占便宜。", clock(from)),
            ),
            ClaimRefused::KeyReused => Self::unprocessable(
                "idempotency-key-reused",
                "这个 Idempotency-Key 已经用在别的内容上。这次没有办，请换一个键。",
            ),
            ClaimRefused::Full => Self::Busy {
                message: "人太多，这次没有排进去，什么也没有记。请过几秒再试。".into(),
                retry_after: 2,
            },
            ClaimRefused::Left => Self::Busy {
                message: "机器正在停下，不知道有没有领到。请过几秒再按一次，领到的不会丢。".into(),
                retry_after: 5,
            },
        }
    }
}
