//! What scripts and phones call.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Hot, Refused};

use crate::{
    ClaimAsk, ClaimDesks, Claimed, VoucherId,
    waiting::{claim_in_turn, ticket_of},
};

/// The answer to a claim.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClaimAnswer {
    /// `yours` for a new voucher or a repeated request, `already-yours` for one that was there.
    pub outcome: &'static str,
    /// The voucher.
    pub voucher: VoucherId,
    /// Its number within the batch, from 1.
    pub claim_no: i64,
    /// How many were left after it; absent when the voucher was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<i64>,
}

/// `POST /api/v1/voucher-batches/{id}/claims`
pub(crate) async fn claim_voucher(hot: Hot) -> Answer {
    let batch = hot.id.parse().map_err(|_| Refused::NotFound)?;
    let citizen = hot.actor.citizen().ok_or(Refused::Forbidden)?;
    let key = key(&hot)?;
    let now = hot.state.clock().now();
    let asked = ClaimAsk { batch, key, body: &hot.body };
    let desks = hot.state.part::<ClaimDesks>();
    desks.limits.count(citizen, || hot.client(), now)?;
    let ticket = ticket_of(&hot);
    Ok(match claim_in_turn(&hot.state, &desks, citizen, ticket, asked, now).await? {
        Claimed::Yours { voucher, left } => {
            let status = if left.is_some() { StatusCode::CREATED } else { StatusCode::OK };
            answer(status, "yours", voucher, left)
        }
        Claimed::AlreadyYours { voucher } => answer(StatusCode::OK, "already-yours", voucher, None),
    })
}

fn key(hot: &Hot) -> Result<Option<&str>, Refused> {
    let Some(sent) = hot.headers.get("idempotency-key") else { return Ok(None) };
    let fits = |key: &&str| (1..=128).contains(&key.len());
    let key = sent.to_str().ok().filter(fits).ok_or_else(|| {
        Refused::unprocessable(
            "bad-idempotency-key",
            "Idempotency-Key 要有 1 到 128 个可见的 ASCII 字符。这次没有办，请换一个键再发。",
        )
    })?;
    Ok(Some(key))
}

fn answer(
    status: StatusCode,
    outcome: &'static str,
    voucher: crate::VoucherNo,
    remaining: Option<i64>,
) -> Response {
    let answer = ClaimAnswer { outcome, voucher: voucher.id(), claim_no: voucher.claim, remaining };
    let text = serde_json::to_vec(&answer).unwrap_or_default();
    let json = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, json)], text).into_response()
}
