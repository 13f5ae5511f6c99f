//! Somebody types a code: the right one makes its phone a citizen's, once.

use db::{Entry, Fault, Tx};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, CitizenNo, Cx, Keys};
use subtle::ConstantTimeEq as _;

use crate::{
    code::{Code, TRIES, has_expired},
    device::DeviceHint,
    enrol::enrol,
    sealed::Sealer,
    store,
    token::Signer,
};

/// What came of a code that was typed. Whatever it is, the transaction must be committed: a wrong
/// try that is not kept could be made for ever.
pub(crate) enum Confirmed {
    /// The phone is a citizen's, who holds this token now.
    In(String),
    /// No.
    Not(NotConfirmed),
}

/// Why a code opened nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotConfirmed {
    /// It is not six digits; no try was counted.
    #[error("验证码是 6 位数字，没有登录。请照短信再填一次")]
    NoCode,
    /// It is another one; so many tries are left.
    #[error("验证码不对，没有登录。还可以填 {0} 次，请照最新一条短信再填")]
    Wrong(i64),
    /// Too many were tried.
    #[error("验证码填错了 5 次，已经作废，没有登录。请重新发一条")]
    UsedUp,
    /// Five minutes are over.
    #[error("验证码过期了，没有登录。请重新发一条")]
    Expired,
    /// None was sent, or it was used, or a newer one was sent.
    #[error("没有可以用的验证码：可能用过了，也可能发过新的。没有登录，请重新发一条")]
    None,
}

impl NotConfirmed {
    /// A stable word for scripts.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NoCode | Self::Wrong(_) => "wrong-code",
            Self::UsedUp => "code-used-up",
            Self::Expired => "code-expired",
            Self::None => "no-code",
        }
    }
}

/// Compares what was typed with the newest code of this phone.
pub(crate) async fn confirm(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    phone_hash: &[u8],
    typed: &str,
    device: Option<DeviceHint>,
) -> Result<Confirmed, Fault> {
    let no = |why| Ok(Confirmed::Not(why));
    let Some(typed) = Code::typed(typed) else { return no(NotConfirmed::NoCode) };
    let Some(tried) = store::code::take_try(tx, phone_hash, TRIES).await? else {
        let any = store::code::has_code(tx, phone_hash).await?;
        return no(if any { NotConfirmed::UsedUp } else { NotConfirmed::None });
    };
    if has_expired(tried.asked_at, tried.expires_at, cx.now) {
        return no(NotConfirmed::Expired);
    }
    if !bool::from(tried.code_hash.ct_eq(&typed.hash(keys, tried.id))) {
        let left = TRIES - tried.try_count;
        return no(if left > 0 { NotConfirmed::Wrong(left) } else { NotConfirmed::UsedUp });
    }
    if !store::code::drop_code(tx, tried.id).await? {
        return no(NotConfirmed::None);
    }
    let phone = Sealer::new(keys).open(&tried.phone_sealed)?;
    let [citizen] = enrol(tx, cx, keys, &[phone]).await?[..] else {
        return Err(Fault::Invariant("one phone is one citizen".into()));
    };
    if let Some(device) = device {
        store::device::seen(tx, device.stored(), citizen, cx.now).await?;
    }
    let issued_at = issue_at(tx, cx, citizen).await?;
    let cx = cx.acting_as(Actor::Citizen { no: citizen });
    tx.journal(&cx, Entry::of("citizen.signed_in"));
    Ok(Confirmed::In(Signer::new(keys).mint(citizen, issued_at)))
}

/// The second that the token says. Signing out ends the tokens of its own second too, so that a
/// sign-in of the same second begins with the next.
async fn issue_at(tx: &mut Tx, cx: &Cx, no: CitizenNo) -> Result<Timestamp, Fault> {
    let from = store::citizen::tokens_from(tx, no).await?.unwrap_or(cx.now);
    if from > cx.now + SignedDuration::from_mins(30) {
        store::citizen::mend_tokens_from(tx, no, cx.now).await?;
        return Ok(cx.now);
    }
    Ok(from.max(cx.now))
}
