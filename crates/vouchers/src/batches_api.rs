//! Batches for scripts: `/api/v1/campaigns/{id}/voucher-batches` and `/api/v1/voucher-batches`.

use axum::{
    Json,
    extract::{Path, rejection::JsonRejection},
    http::StatusCode,
};
use campaigns::{CampaignId, FunderId};
use db::Tx;
use jiff::Timestamp;
use kernel::Fen;
use merchants::MerchantId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Refused};

use crate::{
    Batch, BatchDraft, BatchError, BatchId, BatchState, Stacking, Terms, accept_at, approve_batch,
    batch_numbers::of_version,
    batch_sight::BatchSight,
    batch_tally::tally,
    change_terms, close_batch, draft_batch, open_batch,
    pages::{
        batches::{batch_of, campaign_of, list::seen},
        frame::id_of,
    },
    store,
};

/// What a batch promises.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub(crate) struct TermsBody {
    #[schemars(length(min = 1, max = 60))]
    name: String,
    /// What a voucher takes off a bill, in fen.
    face_fen: Fen,
    /// The least bill, in fen; not below the face.
    threshold_fen: Fen,
    #[schemars(range(min = 1, max = 100_000_000))]
    quantity: i64,
    /// What the funder pays at most, in fen; not less than all vouchers are worth.
    budget_fen: Fen,
    /// Most for one citizen.
    #[schemars(range(min = 1, max = 100))]
    person_cap: i64,
    /// Most for one citizen on one day.
    #[schemars(range(min = 1, max = 100))]
    day_cap: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    claim_from: Timestamp,
    /// Claims end before it.
    #[schemars(with = "String", extend("format" = "date-time"))]
    claim_until: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    use_from: Timestamp,
    /// Use ends before it.
    #[schemars(with = "String", extend("format" = "date-time"))]
    use_until: Timestamp,
    /// Whether a part may be spent and the rest kept.
    partial: bool,
    stacking: Stacking,
    /// Whether a voided or expired one goes back into the stock.
    restock: bool,
    /// Days after its end in which a refund still gives it back.
    #[schemars(range(min = 0, max = 90))]
    refund_days: i64,
    /// How many of those who wait in line are let in each second; 0 for no line.
    #[schemars(range(min = 0, max = 100_000))]
    admit_per_second: i64,
}

impl From<TermsBody> for Terms {
    fn from(body: TermsBody) -> Self {
        Self {
            name: body.name,
            face: body.face_fen,
            threshold: body.threshold_fen,
            quantity: body.quantity,
            budget: body.budget_fen,
            person_cap: body.person_cap,
            day_cap: body.day_cap,
            claim_from: body.claim_from,
            claim_until: body.claim_until,
            use_from: body.use_from,
            use_until: body.use_until,
            partial: body.partial,
            stacking: body.stacking,
            restock: body.restock,
            refund_days: body.refund_days,
            admit_per_second: body.admit_per_second,
        }
    }
}

impl From<Terms> for TermsBody {
    fn from(terms: Terms) -> Self {
        Self {
            name: terms.name,
            face_fen: terms.face,
            threshold_fen: terms.threshold,
            quantity: terms.quantity,
            budget_fen: terms.budget,
            person_cap: terms.person_cap,
            day_cap: terms.day_cap,
            claim_from: terms.claim_from,
            claim_until: terms.claim_until,
            use_from: terms.use_from,
            use_until: terms.use_until,
            partial: terms.partial,
            stacking: terms.stacking,
            restock: terms.restock,
            refund_days: terms.refund_days,
            admit_per_second: terms.admit_per_second,
        }
    }
}

/// A batch.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BatchItem {
    id: BatchId,
    campaign: CampaignId,
    funder: FunderId,
    state: BatchState,
    /// The terms that hold for whoever claims now.
    terms: TermsBody,
    /// Which version of the terms that is.
    terms_version: i64,
    /// How many were given out.
    issued: i64,
    /// How many of them went back into the stock.
    returned: i64,
    /// How many can still be given out.
    remaining: i64,
    /// To be sent with a change.
    version: i64,
}

impl BatchItem {
    fn of(batch: Batch) -> Self {
        Self {
            id: batch.id,
            campaign: batch.campaign,
            funder: batch.funder,
            state: batch.state,
            issued: batch.claimed,
            returned: batch.returned,
            remaining: batch.remaining(),
            terms_version: batch.terms_version,
            version: batch.version,
            terms: batch.terms.into(),
        }
    }
}

/// A batch with what became of its vouchers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WholeBatch {
    #[serde(flatten)]
    batch: BatchItem,
    /// Vouchers by what became of them; absent for a merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<CountsItem>,
    /// Every version of the terms, oldest first.
    versions: Vec<VersionItem>,
    /// The merchants that take the vouchers; empty: every active member of the campaign.
    accepted_at: Vec<MerchantId>,
}

/// Vouchers by what became of them: their sum is what was issued.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CountsItem {
    held: i64,
    spent: i64,
    expired: i64,
    voided: i64,
    redeemed_fen: Fen,
    refunded_fen: Fen,
    /// When a large batch was counted; absent when it was counted just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    counted_at: Option<Timestamp>,
}

/// A version of the terms.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct VersionItem {
    version: i64,
    #[schemars(with = "String", extend("format" = "date-time"))]
    changed_at: Timestamp,
    /// How many vouchers were claimed under it.
    claims: i64,
    terms: TermsBody,
}

/// The batches of a campaign, in the order they were drafted.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct BatchList {
    items: Vec<BatchItem>,
}

/// A new batch.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewBatch {
    /// A funder that agreed to pay for the campaign.
    funder: FunderId,
    terms: TermsBody,
}

/// Other terms: a new version of them.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct NewTerms {
    /// The batch's version as it was read.
    version: i64,
    terms: TermsBody,
}

/// A step that a batch takes.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct StepBody {
    /// The batch's version as it was read.
    version: i64,
}

/// Where vouchers are taken.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct AcceptanceBody {
    /// The batch's version as it was read.
    version: i64,
    /// Member merchants; empty: every active one.
    merchants: Vec<MerchantId>,
}

type Sent<T> = Result<Json<T>, JsonRejection>;

fn read<T>(sent: Sent<T>) -> Answer<T> {
    sent.map(|Json(body)| body).map_err(|_| {
        Refused::unprocessable(
            "bad-body",
            "请求的格式不对，没有办。请对照 /api/openapi.json 再发。",
        )
    })
}

/// `GET /api/v1/campaigns/{id}/voucher-batches`
pub(crate) async fn list(ask: Ask, Path(id): Path<String>) -> Answer<Json<BatchList>> {
    let mut tx = ask.db().read().await?;
    let sight = campaign_of(&ask, &mut tx, &id).await?;
    let all = seen(&mut tx, &sight).await?;
    Ok(Json(BatchList { items: all.into_iter().map(BatchItem::of).collect() }))
}

/// `GET /api/v1/voucher-batches/{id}`
pub(crate) async fn one(ask: Ask, Path(id): Path<String>) -> Answer<Json<WholeBatch>> {
    let mut tx = ask.db().read().await?;
    let sight = batch_of(&ask, &mut tx, &id).await?;
    whole(&ask, &mut tx, sight).await.map(Json)
}

async fn whole(ask: &Ask, tx: &mut Tx, sight: BatchSight) -> Answer<WholeBatch> {
    let batch = sight.batch;
    let mut versions = Vec::new();
    for one in store::batches::versions(tx, batch.no).await? {
        let numbers = of_version(tx, batch.no, batch.claimed, one.no).await?;
        versions.push(VersionItem {
            version: one.no,
            changed_at: one.at,
            claims: numbers.count(),
            terms: one.terms.into(),
        });
    }
    let counts = if sight.oversees {
        let counted = tally(&ask.state, tx, &batch, ask.cx.now).await?;
        Some(CountsItem {
            held: counted.held,
            spent: counted.spent,
            expired: counted.expired,
            voided: counted.voided,
            redeemed_fen: counted.redeemed,
            refunded_fen: counted.refunded,
            counted_at: counted.counted_at,
        })
    } else {
        None
    };
    let accepted_at = store::batches::accepted_at(tx, batch.no).await?;
    Ok(WholeBatch { batch: BatchItem::of(batch), counts, versions, accepted_at })
}

/// The batch after a write of the same transaction.
async fn written(mut tx: Tx, id: BatchId) -> Answer<BatchItem> {
    let batch = store::batch(&mut tx, id).await?.ok_or(Refused::NotFound)?;
    tx.commit().await?;
    Ok(BatchItem::of(batch))
}

async fn done(tx: Tx, id: BatchId, step: Result<(), BatchError>) -> Answer<Json<BatchItem>> {
    step?;
    written(tx, id).await.map(Json)
}

/// `POST /api/v1/campaigns/{id}/voucher-batches`
pub(crate) async fn create(
    ask: Ask,
    Path(id): Path<String>,
    sent: Sent<NewBatch>,
) -> Answer<(StatusCode, Json<BatchItem>)> {
    let (campaign, new) = (id_of(&id)?, read(sent)?);
    let draft = BatchDraft { campaign, funder: new.funder, terms: new.terms.into() };
    let mut tx = ask.db().write().await?;
    let made = draft_batch(&mut tx, &ask.cx, draft).await?;
    Ok((StatusCode::CREATED, Json(written(tx, made).await?)))
}

/// `POST /api/v1/voucher-batches/{id}/terms`
pub(crate) async fn change(
    ask: Ask,
    Path(id): Path<String>,
    sent: Sent<NewTerms>,
) -> Answer<(StatusCode, Json<BatchItem>)> {
    let (id, new) = (id_of(&id)?, read(sent)?);
    let mut tx = ask.db().write().await?;
    change_terms(&mut tx, &ask.cx, id, new.version, new.terms.into()).await?;
    Ok((StatusCode::CREATED, Json(written(tx, id).await?)))
}

/// `POST /api/v1/voucher-batches/{id}/approvals`
pub(crate) async fn approve(
    ask: Ask,
    Path(id): Path<String>,
    sent: Sent<StepBody>,
) -> Answer<Json<BatchItem>> {
    let (id, body) = (id_of(&id)?, read(sent)?);
    let mut tx = ask.db().write().await?;
    let step = approve_batch(&mut tx, &ask.cx, id, body.version).await;
    done(tx, id, step).await
}

/// `POST /api/v1/voucher-batches/{id}/openings`
pub(crate) async fn open(
    ask: Ask,
    Path(id): Path<String>,
    sent: Sent<StepBody>,
) -> Answer<Json<BatchItem>> {
    let (id, body) = (id_of(&id)?, read(sent)?);
    let mut tx = ask.db().write().await?;
    let step = open_batch(&mut tx, &ask.cx, id, body.version).await;
    done(tx, id, step).await
}

/// `POST /api/v1/voucher-batches/{id}/closures`
pub(crate) async fn close(
    ask: Ask,
    Path(id): Path<String>,
    sent: Sent<StepBody>,
) -> Answer<Json<BatchItem>> {
    let (id, body) = (id_of(&id)?, read(sent)?);
    let mut tx = ask.db().write().await?;
    let step = close_batch(&mut tx, &ask.cx, id, body.version).await;
    done(tx, id, step).await
}

/// `POST /api/v1/voucher-batches/{id}/acceptance`
pub(crate) async fn accept(
    ask: Ask,
    Path(id): Path<String>,
    sent: Sent<AcceptanceBody>,
) -> Answer<Json<BatchItem>> {
    let (id, body) = (id_of(&id)?, read(sent)?);
    let mut tx = ask.db().write().await?;
    let step = accept_at(&mut tx, &ask.cx, id, body.version, &body.merchants).await;
    done(tx, id, step).await
}
