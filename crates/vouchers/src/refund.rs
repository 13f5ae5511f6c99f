//! Goods came back: a record of its own, which never takes back more than was redeemed.

use db::{Entry, Fault, Tx};
use kernel::{Cx, Fen};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use web::Refused;

use crate::{Denied, RedemptionId, RefundId, VoucherState, policy, store};

/// What shall be refunded.
#[derive(Clone, Debug)]
pub struct RefundAsk {
    /// Of which redemption.
    pub redemption: RedemptionId,
    /// How much of it; all that is left of it when left out.
    pub amount: Option<Fen>,
    /// Why, in a few words.
    pub reason: String,
    /// The key that was made for this request: sent again, it finds what was done, even when the
    /// server was lost before it answered.
    pub key: Option<String>,
}

/// What was refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// The record.
    pub refund: RefundId,
    /// How much.
    pub amount: Fen,
    /// Whether the voucher may be spent again.
    pub gives_back: bool,
    /// Whether it was done now; else this only repeats an answer.
    pub is_new: bool,
}

/// Why nothing was refunded.
#[derive(Debug, thiserror::Error)]
#[error("not refunded")]
pub enum RefundError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// No reason, or a long one.
    BadReason,
    /// Nothing, or less.
    BadAmount,
    /// More than is left of the redemption.
    TooMuch {
        /// What is left.
        left: Fen,
    },
    /// The key came before with another body.
    KeyReused,
    /// Somebody wrote to the voucher meanwhile.
    Conflict,
}

/// The longest reason, in characters.
pub(crate) const REASON_LIMIT: usize = 200;

/// A reason that may be kept.
pub(crate) fn fit_reason(reason: &str) -> Option<String> {
    let reason = reason.trim();
    let fits = (1..=REASON_LIMIT).contains(&reason.chars().count());
    fits.then(|| reason.to_owned())
}

/// Refunds a redemption, in part or whole. The voucher is worth as much again, as its terms say:
/// until its last day, and some days after it; later the funder alone gets the money back.
pub async fn refund(tx: &mut Tx, cx: &Cx, ask: RefundAsk) -> Result<Refunded, RefundError> {
    let found = store::redemptions::one(tx, ask.redemption).await?.ok_or(Denied::Invisible)?;
    let permit = policy::refund(tx, cx, &found).await?;
    let reason = fit_reason(&ask.reason).ok_or(RefundError::BadReason)?;
    let id = ask.key.as_deref().map_or_else(|| cx.new_id(), |key| keyed_id(cx, key));
    if ask.key.is_some()
        && let Some(before) = store::refunds::one(tx, id).await?
    {
        return before.again(id, &ask, &reason);
    }
    let left = Fen(found.amount.0 - found.refunded.0);
    let amount = ask.amount.unwrap_or(left);
    if ask.amount.is_some_and(|amount| amount.0 < 1) {
        return Err(RefundError::BadAmount);
    }
    if amount > left || left.0 < 1 {
        return Err(RefundError::TooMuch { left });
    }
    let gone = || Fault::Invariant("a redemption without its voucher".into());
    let held = store::wallet::held(tx, &[found.voucher]).await?;
    let held = held.into_iter().next().ok_or_else(gone)?;
    let is_alive = matches!(held.state, VoucherState::Held | VoucherState::Spent);
    let gives_back = is_alive && cx.now < held.terms.use_end(true);
    let new = store::refunds::NewRefund {
        id,
        redemption: found.id,
        turn: found.refunds + 1,
        amount,
        gives_back,
        reason: &reason,
    };
    if !store::refunds::insert(tx, &permit, cx, &new).await? {
        // Somebody was first; perhaps this very request, sent twice.
        let before = store::refunds::one(tx, id).await?.ok_or(RefundError::Conflict)?;
        return before.again(id, &ask, &reason);
    }
    if !store::refunds::give_back(tx, &permit, &held, amount, gives_back).await? {
        return Err(RefundError::Conflict);
    }
    let told = json!({
        "redemption": found.id, "fen": amount.0, "gives_back": gives_back, "reason": reason,
    });
    tx.journal(cx, Entry::on("voucher.refunded", found.voucher.id()).detail(&told));
    Ok(Refunded { refund: id, amount, gives_back, is_new: true })
}

/// The id of what an account asks for with a key, so that the table's own key keeps it from being
/// done twice.
fn keyed_id(cx: &Cx, key: &str) -> RefundId {
    let mut hash = Sha256::new();
    hash.update("tongpin refund");
    hash.update(cx.actor.account().map_or_else(Uuid::nil, kernel::Id::uuid));
    hash.update(key);
    let mut short = [0; 16];
    short.copy_from_slice(&hash.finalize()[..16]);
    RefundId::from_uuid(Uuid::from_bytes(short))
}

impl store::refunds::Known {
    /// The same answer for the same request.
    fn again(self, id: RefundId, ask: &RefundAsk, reason: &str) -> Result<Refunded, RefundError> {
        let same = self.redemption == ask.redemption
            && self.reason == reason
            && ask.amount.is_none_or(|amount| amount == self.amount);
        let (amount, gives_back) = (self.amount, self.gives_back);
        let told = Refunded { refund: id, amount, gives_back, is_new: false };
        if same { Ok(told) } else { Err(RefundError::KeyReused) }
    }
}

impl RefundError {
    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => "你不能退这一笔，没有改动。请用这家商户的账号。".into(),
            Self::Fault(_) => "系统出了问题，没有退。请再试一次。".into(),
            Self::BadReason => "退的原因要有 1 到 200 个字，没有退。请写一句为什么。".into(),
            Self::BadAmount => "退的金额没有填对，没有退。请填大于 0 的金额，单位是元。".into(),
            Self::TooMuch { left } => {
                format!("这一笔最多还能退 {left} 元，没有退。请核对金额。")
            }
            Self::KeyReused => "这个键已经用在别的内容上。这次没有办，请换一个键。".into(),
            Self::Conflict => "这张券刚被别处改过，没有退。请刷新，看过再退。".into(),
        }
    }
}

impl From<RefundError> for Refused {
    fn from(error: RefundError) -> Self {
        let message = error.message();
        match error {
            RefundError::Denied(denied) => denied.into(),
            RefundError::Fault(fault) => fault.into(),
            RefundError::BadReason => Self::unprocessable("no-reason", message),
            RefundError::BadAmount => Self::unprocessable("bad-amount", message),
            RefundError::TooMuch { .. } => Self::unprocessable("too-much", message),
            RefundError::KeyReused => Self::unprocessable("idempotency-key-reused", message),
            RefundError::Conflict => Self::conflict("voucher-changed", message),
        }
    }
}
