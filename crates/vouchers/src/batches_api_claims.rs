//! The claims of a batch for scripts: `/api/v1/voucher-batches/{id}/vouchers`, and taking one back.

use axum::{
    Json,
    extract::{Path, rejection::JsonRejection},
};
use jiff::Timestamp;
use kernel::{Date, Fen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Query, Refused};

use crate::{
    VoucherId, VoucherNo, VoucherState,
    batch_sight::BatchSight,
    pages::{
        batches::{
            batch_of,
            claims::{Wanted, after, cursor, find},
        },
        frame::id_of,
    },
    store::{self, batches::claims::Claim},
    void_voucher,
};

/// Which vouchers, how many. All conditions hold together.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct VouchersQuery {
    state: Option<VoucherState>,
    /// Claimed under this version of the terms.
    terms: Option<i64>,
    /// Claimed on this day.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    day: Option<Date>,
    /// From this number on.
    first: Option<i64>,
    /// Up to this number.
    last: Option<i64>,
    /// How many at most, from 1 to 1,000; 200 when left out.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<i64>,
    /// Where the last answer ended: its `next_cursor`.
    cursor: Option<String>,
}

/// A voucher that was claimed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VoucherItem {
    id: VoucherId,
    /// Its number within the batch, from 1.
    claim_no: i64,
    /// The citizen's phone number, masked; absent when consent was withdrawn.
    phone: Option<String>,
    terms_version: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    claimed_at: Timestamp,
    state: VoucherState,
    redeemed_fen: Fen,
    refunded_fen: Fen,
}

impl VoucherItem {
    fn of(claim: &Claim, phone: Option<String>) -> Self {
        Self {
            id: claim.voucher.id(),
            claim_no: claim.voucher.claim,
            phone,
            terms_version: claim.terms_version,
            claimed_at: claim.at,
            state: claim.state,
            redeemed_fen: claim.redeemed,
            refunded_fen: claim.refunded,
        }
    }
}

/// Vouchers of a batch, by number. A page looks at 50,000 numbers at most: it may hold few, or
/// none, and still have a next.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VoucherList {
    items: Vec<VoucherItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// `GET /api/v1/voucher-batches/{id}/vouchers`
pub(crate) async fn list(
    ask: Ask,
    Path(id): Path<String>,
    Query(query): Query<VouchersQuery>,
) -> Answer<Json<VoucherList>> {
    let most = query.limit.unwrap_or(200);
    if !(1..=1_000).contains(&most) {
        return Err(Refused::BadQuery("limit"));
    }
    let after = after(query.cursor.as_deref())?;
    let VouchersQuery { state, terms, day, first, last, .. } = query;
    let wanted = Wanted { state, terms, day, first, last };
    let mut tx = ask.db().read().await?;
    let batch = batch_of(&ask, &mut tx, &id).await?.for_overseers()?.batch;
    let range = wanted.numbers(&mut tx, &batch).await?;
    let found = find(&mut tx, &batch, (&wanted, range), after, most).await?;
    let of: Vec<_> = found.claims.iter().map(|one| one.citizen).collect();
    let phones = citizens::masked_phones(&mut tx, &ask.state.site().keys, &of).await?;
    let item = |one: &Claim| VoucherItem::of(one, phones.get(&one.citizen).cloned());
    let items = found.claims.iter().map(item).collect();
    Ok(Json(VoucherList { items, next_cursor: found.next.map(cursor) }))
}

/// Why a voucher is taken back.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct VoidBody {
    #[schemars(length(min = 1, max = 200))]
    reason: String,
}

/// `POST /api/v1/vouchers/{id}/voids`
pub(crate) async fn void(
    ask: Ask,
    Path(id): Path<String>,
    sent: Result<Json<VoidBody>, JsonRejection>,
) -> Answer<Json<VoucherItem>> {
    let id: VoucherId = id_of(&id)?;
    let voucher = VoucherNo::of(id).ok_or(Refused::NotFound)?;
    let Json(body) = sent.map_err(|_| {
        Refused::unprocessable(
            "bad-body",
            "请求的格式不对，没有办。请对照 /api/openapi.json 再发。",
        )
    })?;
    let mut tx = ask.db().write().await?;
    BatchSight::of_voucher(&mut tx, &ask.cx, voucher).await?;
    store::batches::claims::one(&mut tx, voucher).await?.ok_or(Refused::NotFound)?;
    void_voucher(&mut tx, &ask.cx, voucher, &body.reason).await?;
    let claim = store::batches::claims::one(&mut tx, voucher).await?.ok_or(Refused::NotFound)?;
    let keys = &ask.state.site().keys;
    let phones = citizens::masked_phones(&mut tx, keys, &[claim.citizen]).await?;
    tx.commit().await?;
    Ok(Json(VoucherItem::of(&claim, phones.get(&claim.citizen).cloned())))
}
