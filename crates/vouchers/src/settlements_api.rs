//! Settlements for scripts: `/api/v1/settlements`.

use axum::{Json, extract::Path, http::StatusCode};
use campaigns::{CampaignId, FunderId};
use jiff::Timestamp;
use kernel::Fen;
use merchants::MerchantId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Cursor, Query, Refused};

use crate::{
    RedemptionId, RefundId, Settlement, SettlementId, SettlementState, SettlementStep, VoucherId,
    draw_settlements,
    pages::{
        frame::id_of,
        settlements::{
            Names,
            list::{after, cursor, torn_cursor},
        },
    },
    settlement::{turn_settlement, visible},
    settlement_filter::SettlementFilter,
    settlement_sight::SettlementSight,
    settlement_sums::sums,
    store::settlements_read::{self, Line, Sort},
};

/// Which settlements, how many.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SettlementsQuery {
    /// Of this campaign.
    campaign: Option<CampaignId>,
    /// Paid by this funder.
    funder: Option<FunderId>,
    /// Paid to this merchant.
    merchant: Option<MerchantId>,
    /// In this state.
    state: Option<SettlementState>,
    /// Those that wait for this step by the caller: `confirm`, `approve`, `pay` or `answer`.
    todo: Option<SettlementStep>,
    /// How many at most, from 1 to 500; 100 when left out.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<i64>,
    /// Where the last answer ended: its `next_cursor`.
    cursor: Option<String>,
}

/// A settlement; its amounts are sums over its lines.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SettlementItem {
    id: SettlementId,
    campaign: CampaignId,
    funder: FunderId,
    funder_name: String,
    merchant: MerchantId,
    merchant_name: String,
    /// Of what was written before this instant.
    #[schemars(with = "String", extend("format" = "date-time"))]
    until_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    drawn_at: Timestamp,
    state: SettlementState,
    /// Why it is disputed or was withdrawn, or what answered a dispute; else empty.
    reason: String,
    /// The bank's, once it is paid; else empty.
    bank_reference: String,
    redemption_count: i64,
    redeemed_fen: Fen,
    refund_count: i64,
    refunded_fen: Fen,
    /// What is owed: redeemed less refunded.
    due_fen: Fen,
    /// For taking a step.
    version: i64,
}

fn item(names: &Names, one: Settlement) -> SettlementItem {
    SettlementItem {
        due_fen: one.due(),
        id: one.id,
        campaign: one.campaign,
        funder: one.funder,
        funder_name: names.funder(one.funder),
        merchant: one.merchant,
        merchant_name: names.merchant(one.merchant),
        until_at: one.until,
        drawn_at: one.drawn_at,
        state: one.state,
        reason: one.reason,
        bank_reference: one.reference,
        redemption_count: one.redemptions,
        redeemed_fen: one.redeemed,
        refund_count: one.refunds,
        refunded_fen: one.refunded,
        version: one.version,
    }
}

/// A page of settlements, and the sums of all that the query names.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SettlementList {
    items: Vec<SettlementItem>,
    /// How many there are in all.
    count: i64,
    /// What is or was owed by all of them.
    due_fen: Fen,
    /// For the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn limit(asked: Option<i64>, usual: i64, most: i64) -> Answer<i64> {
    let limit = asked.unwrap_or(usual);
    if (1..=most).contains(&limit) { Ok(limit) } else { Err(Refused::BadQuery("limit")) }
}

/// `GET /api/v1/settlements`
pub(crate) async fn list(
    ask: Ask,
    Query(query): Query<SettlementsQuery>,
) -> Answer<Json<SettlementList>> {
    let most = limit(query.limit, 100, 500)?;
    let from = query.cursor.as_deref().map(after).transpose()?;
    let filter = SettlementFilter {
        campaign: query.campaign,
        funder: query.funder,
        merchant: query.merchant,
        state: query.state,
        todo: query.todo,
    };
    let mut tx = ask.db().read().await?;
    let sight = SettlementSight::of(&mut tx, &ask.cx).await?;
    let condition = || filter.condition(&sight);
    let mut found = settlements_read::list(&mut tx, condition(), from, most + 1).await?;
    let sums = sums(&ask.state, &mut tx, condition()).await?;
    let names = Names::load(&mut tx).await?;
    let has_more = found.len() as i64 > most;
    if has_more {
        found.pop();
    }
    let next = found.last().filter(|_| has_more).map(|last| cursor((last.drawn_at, last.id)));
    Ok(Json(SettlementList {
        items: found.into_iter().map(|one| item(&names, one)).collect(),
        count: sums.iter().map(|one| one.count).sum(),
        due_fen: Fen(sums.iter().map(|one| one.due.0).sum()),
        next_cursor: next,
    }))
}

/// Which lines, how many.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct LinesQuery {
    /// How many lines at most, from 1 to 1,000; 500 when left out.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<i64>,
    /// Where the last answer ended: its `next_cursor`.
    cursor: Option<String>,
}

/// A redemption or a refund.
#[derive(Serialize, JsonSchema)]
pub(crate) struct LineItem {
    redemption: RedemptionId,
    /// The refund, where the line is one: its amount takes away.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<RefundId>,
    voucher: VoucherId,
    #[schemars(with = "String", extend("format" = "date-time"))]
    at: Timestamp,
    bill_no: String,
    bill_fen: Fen,
    /// What it adds to what is owed; below zero for a refund.
    amount_fen: Fen,
}

fn line_item(line: Line) -> LineItem {
    LineItem {
        amount_fen: line.signed(),
        redemption: line.redemption,
        refund: line.refund,
        voucher: line.voucher.id(),
        at: line.at,
        bill_no: line.bill_no,
        bill_fen: line.bill,
    }
}

/// A settlement with a page of its lines.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SettlementWhole {
    settlement: SettlementItem,
    lines: Vec<LineItem>,
    /// For the next page of lines; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// `GET /api/v1/settlements/{id}`
pub(crate) async fn one(
    ask: Ask,
    Path(id): Path<String>,
    Query(query): Query<LinesQuery>,
) -> Answer<Json<SettlementWhole>> {
    let id: SettlementId = id_of(&id)?;
    let most = limit(query.limit, 500, 1_000)?;
    let skip = query.cursor.as_deref().map_or(Ok(0), skipped)?;
    let mut tx = ask.db().read().await?;
    let sight = SettlementSight::of(&mut tx, &ask.cx).await?;
    let one = visible(&mut tx, &sight, id).await?;
    let lines = settlements_read::lines(&mut tx, id, Sort::All, (skip, most)).await?;
    let names = Names::load(&mut tx).await?;
    let read = skip + lines.len() as i64;
    let next = (read < one.lines()).then(|| Cursor(vec![read.to_string()]).encode());
    let lines = lines.into_iter().map(line_item).collect();
    Ok(Json(SettlementWhole { settlement: item(&names, one), lines, next_cursor: next }))
}

/// How many lines were read before; a settlement's lines do not change.
fn skipped(cursor: &str) -> Answer<i64> {
    let read = Cursor::decode(cursor).and_then(|Cursor(keys)| keys.first()?.parse::<i64>().ok());
    read.filter(|skip| *skip >= 0).ok_or_else(torn_cursor)
}

/// What shall be drawn.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct NewDraw {
    campaign: CampaignId,
    /// Everything before this instant; now when it lies ahead.
    #[schemars(with = "String", extend("format" = "date-time"))]
    until: Timestamp,
}

/// What was drawn: nothing where there was nothing to draw.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Drawn {
    drawn: Vec<SettlementId>,
}

/// `POST /api/v1/settlements`
pub(crate) async fn draw(ask: Ask, Json(new): Json<NewDraw>) -> Answer<(StatusCode, Json<Drawn>)> {
    let mut tx = ask.db().write().await?;
    let drawn = draw_settlements(&mut tx, &ask.cx, new.campaign, new.until).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(Drawn { drawn })))
}

/// A step.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct NewStep {
    step: SettlementStep,
    /// The reason, the answer, or the bank's reference, where the step needs it.
    #[serde(default)]
    words: String,
    /// As it was read.
    version: i64,
}

/// Where it stands now.
#[derive(Serialize, JsonSchema)]
pub(crate) struct StepAnswer {
    state: SettlementState,
    version: i64,
}

/// `POST /api/v1/settlements/{id}/steps`
pub(crate) async fn step(
    ask: Ask,
    Path(id): Path<String>,
    Json(new): Json<NewStep>,
) -> Answer<Json<StepAnswer>> {
    let id: SettlementId = id_of(&id)?;
    let mut tx = ask.db().write().await?;
    let which = (id, new.version);
    let state = turn_settlement(&mut tx, &ask.cx, which, new.step, &new.words).await?;
    tx.commit().await?;
    Ok(Json(StepAnswer { state, version: new.version + 1 }))
}
