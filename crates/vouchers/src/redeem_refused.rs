//! Why a till gets nothing off a bill. None of these was written down.

use jiff::Timestamp;
use kernel::{Fen, time::city_zone};
use web::Refused;

use crate::Denied;

/// Where a voucher was spent, as far as the next till is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// The merchant's name, masked unless it is the asker's own.
    pub merchant: String,
    /// Who stood at the till, masked.
    pub cashier: String,
}

/// Why a voucher was not redeemed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not redeemed")]
pub enum RedeemRefused {
    /// The actor does not stand at this merchant's till.
    Denied(#[from] Denied),
    /// The number is of no voucher now: wrong, or older than a minute.
    UnknownCode,
    /// The code was used; the voucher may have something left, and a newer code.
    CodeUsed,
    /// Wrong numbers were typed too often.
    TooManyWrong,
    /// The merchant is suspended or has left.
    MerchantClosed,
    /// The merchant takes no part in the campaign now.
    NotMember,
    /// The batch is for other merchants.
    NotAccepted,
    /// It was spent already.
    Used {
        /// Where, when it could be looked up.
        when: Option<LastUse>,
    },
    /// Its time is over.
    Expired,
    /// Staff took it back.
    Voided,
    /// Its time has not come.
    TooEarly {
        /// When it does.
        from: Timestamp,
    },
    /// The bill is too small.
    BelowThreshold {
        /// What it must come to.
        threshold: Fen,
    },
    /// No amount, or none above zero.
    BadAmount,
    /// No number of the bill, or one that is too long.
    BadBill,
    /// A part was asked for of a voucher that is spent whole.
    WholeOnly {
        /// What it takes off.
        face: Fen,
    },
    /// More was asked for than is left.
    NotSoMuch {
        /// What is left.
        left: Fen,
    },
    /// More than the bill has room for.
    AboveBill {
        /// What could be taken off.
        room: Fen,
    },
    /// It, or one on the bill, is not used with others.
    Alone,
    /// One of this batch is on the bill already.
    OneOfEach,
    /// The bill came before with another amount.
    BillDiffers,
    /// The key came before with another body.
    KeyReused,
    /// So many wait that whoever comes now would wait too long.
    Full,
    /// Nobody knows whether it was written: the same key tells.
    Unsure,
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%-m月%-d日 %H:%M").to_string()
}

impl RedeemRefused {
    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) => "refused",
            Self::UnknownCode => "unknown-code",
            Self::CodeUsed => "code-used",
            Self::TooManyWrong => "too-many-wrong",
            Self::MerchantClosed => "merchant-closed",
            Self::NotMember => "not-a-member",
            Self::NotAccepted => "not-accepted",
            Self::Used { .. } => "used",
            Self::Expired => "expired",
            Self::Voided => "voided",
            Self::TooEarly { .. } => "too-early",
            Self::BelowThreshold { .. } => "below-threshold",
            Self::BadAmount => "bad-amount",
            Self::BadBill => "bad-bill",
            Self::WholeOnly { .. } => "whole-only",
            Self::NotSoMuch { .. } => "not-so-much",
            Self::AboveBill { .. } => "above-bill",
            Self::Alone => "alone",
            Self::OneOfEach => "one-of-each",
            Self::BillDiffers => "bill-differs",
            Self::KeyReused => "idempotency-key-reused",
            Self::Full => "full",
            Self::Unsure => "unsure",
        }
    }

    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => "你不在这家商户收银，没有核销。请用这家商户的账号。".into(),
            Self::UnknownCode => {
                "没有这个码，或者过了一分钟。没有核销。请顾客刷新券的页面，再报 12 个数。".into()
            }
            Self::CodeUsed => {
                "这个码刚用过一次，没有再扣。还要再用的话，请等顾客手机上换了新码。".into()
            }
            Self::TooManyWrong => {
                "错的码输得太多，先停 5 分钟，没有核销。请核对顾客手机上的 12 个数。".into()
            }
            Self::MerchantClosed => {
                "这家商户现在暂停或已退出，没有核销，顾客的券还在。请问活动主办。".into()
            }
            Self::NotMember => {
                "这家商户现在不参加这张券的活动，没有核销，顾客的券还在。请问活动主办。".into()
            }
            Self::NotAccepted => {
                "这批券不在这家商户用，没有核销，顾客的券还在。可用的商户在券的页面上。".into()
            }
            Self::Expired => "这张券已经过期，没有核销。请按原价收款。".into(),
            Self::Voided => "这张券已经作废，没有核销。顾客要问，请打页面上的电话。".into(),
            Self::Used { when } => used(when.as_ref()),
            Self::Alone => "这张券或单上的券不能同别的券一起用，没有再扣。请只用其中一张。".into(),
            Self::OneOfEach => "这一单已经用过同一批的券，没有再扣。每单每批限一张。".into(),
            Self::BillDiffers => {
                "这一单先前的金额和这次不一样，没有再扣。请核对金额，或者另开一单。".into()
            }
            Self::KeyReused => "这个键已经用在别的内容上。这次没有办，请换一个键。".into(),
            Self::Full => "收银的人太多，这次没有排进去，什么也没有记。请过几秒再试。".into(),
            Self::Unsure => {
                "不知道有没有核销成。请先不要收第二次，用同一张单再按一次，扣过的不会再扣。".into()
            }
            other => other.amounts(),
        }
    }

    /// The refusals that name an amount or a time.
    fn amounts(&self) -> String {
        match self {
            Self::TooEarly { from } => {
                format!("这张券 {} 才能用，没有核销，券还在。请到时再来。", moment(*from))
            }
            Self::BelowThreshold { threshold } => {
                format!("这一单不够 {threshold} 元，没有核销，券还在。请凑够再用，或按原价收。")
            }
            Self::WholeOnly { face } => {
                format!("这张券要一次用完，抵 {face} 元，没有核销。金额请留空。")
            }
            Self::NotSoMuch { left } => {
                format!("这张券只剩 {left} 元，没有核销。请改小金额。")
            }
            Self::AboveBill { room } => {
                format!("这一单最多还能抵 {room} 元，没有核销。请核对单上的金额。")
            }
            Self::BadBill => "单号要有 1 到 64 个字，没有核销。请填收银小票上的单号。".into(),
            _ => "金额没有填对，没有核销。请填这一单的金额，单位是元。".into(),
        }
    }
}

fn used(when: Option<&LastUse>) -> String {
    match when {
        None => "这张券已经用过，没有再扣。请按原价收款。".into(),
        Some(LastUse { at, merchant, cashier }) => format!(
            "这张券 {} 在 {merchant} 由 {cashier} 核销过，没有再扣。请按原价收款。",
            moment(*at)
        ),
    }
}

impl From<RedeemRefused> for Refused {
    fn from(refused: RedeemRefused) -> Self {
        use RedeemRefused as No;
        let (code, message) = (refused.code(), refused.message());
        match refused {
            No::Denied(denied) => denied.into(),
            No::Full | No::Unsure => Self::Busy { message, retry_after: 3 },
            No::TooManyWrong => Self::TooMany { message, retry_after: 300 },
            No::Used { .. } | No::CodeUsed | No::Expired | No::Voided | No::TooEarly { .. } => {
                Self::conflict(code, message)
            }
            _ => Self::unprocessable(code, message),
        }
    }
}
