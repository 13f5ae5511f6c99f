//! What a till's own software calls.

use axum::{Json, http::StatusCode};
use jiff::Timestamp;
use kernel::Fen;
use merchants::MerchantId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Refused};

use crate::{RedeemAsk, RedemptionId, RefundAsk, RefundId, VoucherId, redeem, refund};

/// A voucher at a till.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewRedemption {
    /// At whose till.
    merchant: MerchantId,
    /// The twelve digits that the citizen's phone shows now; blanks are left out.
    code: String,
    /// The till's own number of the bill; vouchers with the same number that day are on one bill.
    #[schemars(length(min = 1, max = 64))]
    bill_no: String,
    /// What the bill comes to, in fen.
    bill_fen: Fen,
    /// How much of the voucher, in fen; all that may be taken when left out.
    amount_fen: Option<Fen>,
    /// Made by the till for this request: sent again, it gets the same answer. Rather this than the
    /// header, as it is kept with the redemption itself, in one transaction.
    #[schemars(length(min = 1, max = 128))]
    key: Option<String>,
}

/// What was redeemed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RedemptionAnswer {
    redemption: RedemptionId,
    voucher: VoucherId,
    /// What comes off the bill, in fen.
    amount_fen: Fen,
    /// What is left on the voucher, in fen; absent when an answer is repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    left_fen: Option<Fen>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    redeemed_at: Timestamp,
}

/// A key that may be kept. One that may not is refused rather than left out: who sends it counts on
/// it.
fn fit_key(key: Option<&str>) -> Result<Option<&str>, Refused> {
    if key.is_none_or(|key| (1..=128).contains(&key.len())) {
        return Ok(key);
    }
    Err(Refused::unprocessable("bad-key", "键要有 1 到 128 个字节。没有办，请换一个键再发。"))
}

/// `POST /api/v1/redemptions`
pub(crate) async fn redeem_voucher(
    ask: Ask,
    Json(new): Json<NewRedemption>,
) -> Answer<(StatusCode, Json<RedemptionAnswer>)> {
    let asked = RedeemAsk {
        merchant: new.merchant,
        code: &new.code,
        bill_no: &new.bill_no,
        bill: new.bill_fen,
        wanted: new.amount_fen,
        key: fit_key(new.key.as_deref())?,
    };
    let done = redeem(&ask.state, &ask.cx.actor, asked, ask.cx.now).await?;
    let status = if done.left.is_some() { StatusCode::CREATED } else { StatusCode::OK };
    let answer = RedemptionAnswer {
        redemption: done.redemption,
        voucher: done.voucher.id(),
        amount_fen: done.amount,
        left_fen: done.left,
        redeemed_at: done.at,
    };
    Ok((status, Json(answer)))
}

/// A redemption that is taken back, in part or whole.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewRefund {
    redemption: RedemptionId,
    /// In fen; all that is left of the redemption when left out.
    amount_fen: Option<Fen>,
    /// Why, in a few words.
    reason: String,
    /// Made by the till for this request: sent again, it gets the same answer.
    #[schemars(length(min = 1, max = 128))]
    key: Option<String>,
}

/// What was refunded.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RefundAnswer {
    refund: RefundId,
    /// In fen.
    amount_fen: Fen,
    /// Whether the citizen may spend the voucher again.
    gives_back: bool,
}

/// `POST /api/v1/refunds`
pub(crate) async fn refund_redemption(
    ask: Ask,
    Json(new): Json<NewRefund>,
) -> Answer<(StatusCode, Json<RefundAnswer>)> {
    fit_key(new.key.as_deref())?;
    let asked = RefundAsk {
        redemption: new.redemption,
        amount: new.amount_fen,
        reason: new.reason,
        key: new.key,
    };
    let mut tx = ask.db().write().await?;
    let done = refund(&mut tx, &ask.cx, asked).await?;
    tx.commit().await?;
    let answer =
        RefundAnswer { refund: done.refund, amount_fen: done.amount, gives_back: done.gives_back };
    let status = if done.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(answer)))
}
