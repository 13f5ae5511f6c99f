//! The same for scripts: `/api/v1/shows`, `/api/v1/sales`, `/api/v1/contests`.

use axum::{Json, extract::Path, http::StatusCode, response::IntoResponse as _};
use campaigns::{CampaignId, SubEventId};
use jiff::Timestamp;
use kernel::{Date, Fen};
use merchants::MerchantId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Query, Refused, upload::Upload};

use crate::{
    BatchId, BatchState, ContestId, Filter, NewSale, Outcome, Reading, Sale, SaleId, SaleState,
    Show, ShowId, ShowState, Side, Source, Step, Totals, hand_in_sale, judge_sale, map_batch,
    pages::{
        batch::{look, take_in, write},
        frame::{Names, id_of},
    },
    shows_of, standings, store, visible_batch, visible_contest, visible_show,
};

/// Sums over records, in 分.
#[derive(Serialize, JsonSchema)]
pub(crate) struct TotalsItem {
    gross_fen: Fen,
    returns_fen: Fen,
    net_fen: Fen,
    /// The part of the net that is verified.
    verified_net_fen: Fen,
    /// How many records.
    count: i64,
    /// The same by source.
    sources: Vec<SourceItem>,
    /// The records behind it.
    url: String,
}

/// Sums of one source.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SourceItem {
    source: Source,
    net_fen: Fen,
    verified_net_fen: Fen,
    count: i64,
}

fn totals_item(totals: &Totals, filter: &Filter) -> TotalsItem {
    let part = |source: Source| {
        let part = totals.from(source);
        let (net_fen, verified_net_fen) = (part.net(), part.verified_net());
        SourceItem { source, net_fen, verified_net_fen, count: part.count() }
    };
    let all = [Source::Platform, Source::Till, Source::Declaration];
    TotalsItem {
        gross_fen: totals.gross(),
        returns_fen: totals.returns(),
        net_fen: totals.net(),
        verified_net_fen: totals.verified_net(),
        count: totals.count(),
        sources: all.into_iter().map(part).collect(),
        url: filter.href(),
    }
}

/// Which shows.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ShowsQuery {
    /// Of this campaign.
    campaign: Option<CampaignId>,
}

/// A show with its total, as far as the asker sees its records.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShowItem {
    id: ShowId,
    campaign: CampaignId,
    sub_event: Option<SubEventId>,
    title: String,
    host: String,
    platform: String,
    state: ShowState,
    merchants: Vec<MerchantId>,
    total: TotalsItem,
    version: i64,
}

/// The shows.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ShowList {
    items: Vec<ShowItem>,
}

async fn show_item(tx: &mut db::Tx, reading: &Reading, show: Show) -> Answer<ShowItem> {
    let filter = Filter::show(show.id);
    let totals = Totals::of(tx, Some(reading), &filter, None).await?;
    Ok(ShowItem {
        id: show.id,
        campaign: show.campaign,
        sub_event: show.sub_event,
        title: show.title,
        host: show.host,
        platform: show.platform,
        state: show.state,
        merchants: show.merchants,
        total: totals_item(&totals, &filter),
        version: show.version,
    })
}

/// `GET /api/v1/shows`
pub(crate) async fn shows(ask: Ask, Query(query): Query<ShowsQuery>) -> Answer<Json<ShowList>> {
    let mut tx = ask.db().read().await?;
    let reading = Reading::of(&mut tx, &ask.cx).await?;
    let mut items = Vec::new();
    let seen = reading.campaigns().iter().map(|one| one.id);
    for id in seen.filter(|id| query.campaign.is_none_or(|one| one == *id)) {
        for show in shows_of(&mut tx, id).await? {
            items.push(show_item(&mut tx, &reading, show).await?);
        }
    }
    Ok(Json(ShowList { items }))
}

/// `GET /api/v1/shows/{id}`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer<Json<ShowItem>> {
    let id: ShowId = id_of(&id)?;
    let mut tx = ask.db().read().await?;
    let show = visible_show(&mut tx, &ask.cx, id).await?;
    let reading = Reading::of(&mut tx, &ask.cx).await?;
    Ok(Json(show_item(&mut tx, &reading, show).await?))
}

/// Which records, how many.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SalesQuery {
    campaign: Option<CampaignId>,
    show: Option<ShowId>,
    merchant: Option<MerchantId>,
    contest: Option<ContestId>,
    batch: Option<BatchId>,
    side: Option<Side>,
    source: Option<Source>,
    state: Option<SaleState>,
    /// Not before this day.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    from: Option<Date>,
    /// Not after this day.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    to: Option<Date>,
    /// How many at most, from 1 to 1,000; 200 when left out.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<i64>,
    /// How many to leave out at the beginning, newest first.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    skip: Option<i64>,
}

/// A record.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SaleItem {
    id: SaleId,
    side: Side,
    campaign: CampaignId,
    show: Option<ShowId>,
    merchant: MerchantId,
    source: Source,
    platform: String,
    item: String,
    amount_fen: Fen,
    #[schemars(with = "String")]
    sold_at: Timestamp,
    state: SaleState,
    returns_of: Option<SaleId>,
    version: i64,
}

/// A page of records and the sums of all that the query names.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SaleList {
    items: Vec<SaleItem>,
    total: TotalsItem,
}

fn sale_item(sale: Sale) -> SaleItem {
    SaleItem {
        id: sale.id,
        side: sale.side,
        campaign: sale.campaign,
        show: sale.show,
        merchant: sale.merchant,
        source: sale.source,
        platform: sale.platform,
        item: sale.item,
        amount_fen: sale.amount,
        sold_at: sale.sold_at,
        state: sale.state,
        returns_of: sale.returns_of.map(|(origin, _)| origin),
        version: sale.version,
    }
}

/// `GET /api/v1/sales`
pub(crate) async fn sales(ask: Ask, Query(query): Query<SalesQuery>) -> Answer<Json<SaleList>> {
    let most = query.limit.unwrap_or(200);
    let skip = query.skip.unwrap_or(0);
    if !(1..=1_000).contains(&most) {
        return Err(Refused::BadQuery("limit"));
    }
    if !(0..=1_000_000_000).contains(&skip) {
        return Err(Refused::BadQuery("skip"));
    }
    let filter = Filter {
        campaign: query.campaign,
        show: query.show,
        merchant: query.merchant,
        contest: query.contest,
        batch: query.batch,
        side: query.side,
        source: query.source,
        states: query.state.into_iter().collect(),
        from: query.from,
        to: query.to,
        ..Filter::default()
    };
    let mut tx = ask.db().read().await?;
    let reading = Reading::of(&mut tx, &ask.cx).await?;
    let contest = match filter.contest {
        Some(id) => store::contest_by_id(&mut tx, id).await?,
        None => None,
    };
    let contest = contest.as_ref();
    let found = store::list_sales(&mut tx, &reading, &filter, contest, (skip, most)).await?;
    let totals = Totals::of(&mut tx, Some(&reading), &filter, contest).await?;
    let items = found.into_iter().map(sale_item).collect();
    Ok(Json(SaleList { items, total: totals_item(&totals, &filter) }))
}

/// A sale from a till or a merchant.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct SaleBody {
    campaign: CampaignId,
    sub_event: Option<SubEventId>,
    show: Option<ShowId>,
    merchant: MerchantId,
    /// `till` or `declaration`.
    source: Source,
    /// Where it was sold, or empty.
    #[serde(default)]
    platform: String,
    /// The order's number; kept as a keyed hash alone.
    #[serde(default)]
    order: String,
    item: String,
    amount_fen: Fen,
    /// When, as RFC 3339.
    #[schemars(with = "String")]
    sold_at: Timestamp,
}

/// What was kept.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SaleMade {
    id: SaleId,
}

/// `POST /api/v1/sales`
pub(crate) async fn hand_in(ask: Ask, Json(body): Json<SaleBody>) -> Answer {
    let new = NewSale {
        campaign: body.campaign,
        sub_event: body.sub_event,
        show: body.show,
        merchant: body.merchant,
        source: body.source,
        platform: body.platform,
        order: body.order,
        item: body.item,
        amount: body.amount_fen,
        sold_at: body.sold_at,
    };
    let mut tx = ask.db().write().await?;
    let id = hand_in_sale(&mut tx, &ask.cx, &ask.state.site().keys, new).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(SaleMade { id })).into_response())
}

/// A judging step.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct StepBody {
    /// `verify`, `question` or `reject`.
    step: Step,
    /// Needed for a question and a rejection.
    #[serde(default)]
    why: String,
    /// As it was read.
    version: i64,
}

/// `POST /api/v1/sales/{id}/steps`
pub(crate) async fn step(
    ask: Ask,
    Path(id): Path<String>,
    Json(body): Json<StepBody>,
) -> Answer<StatusCode> {
    let id: SaleId = id_of(&id)?;
    let mut tx = ask.db().write().await?;
    judge_sale(&mut tx, &ask.cx, (id, body.version), body.step, &body.why).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A platform's export.
#[derive(Deserialize, JsonSchema)]
#[allow(dead_code, reason = "read as a multipart form; this writes its schema")]
pub(crate) struct ImportBody {
    /// The file.
    #[schemars(with = "String", extend("format" = "binary"))]
    file: String,
    campaign: CampaignId,
    platform: String,
    merchant: Option<MerchantId>,
    show: Option<ShowId>,
    sub_event: Option<SubEventId>,
    /// `1` writes what is right, by the columns guessed or remembered; otherwise it is only
    /// looked at.
    confirm: Option<String>,
}

/// A row that is not written, and why.
#[derive(Serialize, JsonSchema)]
pub(crate) struct RowProblem {
    /// The sheet's own number of the row.
    row: u32,
    why: Vec<String>,
}

/// What a file would become, or became.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ImportAnswer {
    id: BatchId,
    state: BatchState,
    /// Header by column, as it was understood.
    columns: std::collections::BTreeMap<String, String>,
    new: usize,
    came_back: usize,
    known: usize,
    no_sale: usize,
    wrong: Vec<RowProblem>,
    /// Where a person goes on.
    url: String,
}

/// `POST /api/v1/sales/import`
pub(crate) async fn import(ask: Ask, file: Upload) -> Answer {
    let id = take_in(&ask, &file).await?;
    let mut tx = ask.db().read().await?;
    let reading = Reading::of(&mut tx, &ask.cx).await?;
    let batch = visible_batch(&mut tx, &ask.cx, &reading, id).await?;
    let seen = look(&ask, &mut tx, &reading, &batch).await?;
    tx.rollback().await?;
    let mut state = batch.state;
    if file.form.get("confirm") == "1" {
        let mut tx = ask.db().write().await?;
        let told = (id, batch.version);
        map_batch(&mut tx, &ask.cx, told, batch.mapping.clone()).await?;
        tx.commit().await?;
        write(&ask, id, None).await?;
        state = BatchState::Written;
    }
    let wrong = seen.rows.iter().filter_map(|row| match &row.outcome {
        Outcome::Wrong(why) => Some(RowProblem { row: row.number, why: why.clone() }),
        _ => None,
    });
    let columns = batch.mapping.columns();
    let answer = ImportAnswer {
        id,
        state,
        columns: columns.map(|(one, header)| (one.to_string(), header.to_owned())).collect(),
        new: seen.count(|one| matches!(one, Outcome::New { .. })),
        came_back: seen.count(|one| matches!(one, Outcome::CameBack(_))),
        known: seen.count(|one| matches!(one, Outcome::Known(_) | Outcome::Written)),
        no_sale: seen.count(|one| matches!(one, Outcome::NoSale(_))),
        wrong: wrong.collect(),
        url: format!("/sale-batches/{id}"),
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// A place in a contest.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PlaceItem {
    rank: usize,
    is_tied: bool,
    merchant: MerchantId,
    merchant_name: String,
    /// With two decimals.
    points: String,
    net_fen: Fen,
    live_net_fen: Fen,
    orders: i64,
    open_count: i64,
    /// The verified records behind it.
    url: String,
}

/// How the entrants stand by the records of this moment.
#[derive(Serialize, JsonSchema)]
pub(crate) struct StandingsItem {
    contest: ContestId,
    /// `provisional` or `final`.
    standing: &'static str,
    why: String,
    places: Vec<PlaceItem>,
}

/// `GET /api/v1/contests/{id}/standings`
pub(crate) async fn contest(ask: Ask, Path(id): Path<String>) -> Answer<Json<StandingsItem>> {
    let id: ContestId = id_of(&id)?;
    let mut tx = ask.db().read().await?;
    let reading = Reading::of(&mut tx, &ask.cx).await?;
    let contest = visible_contest(&mut tx, &ask.cx, &reading, id).await?;
    let now = standings(&mut tx, &ask.cx, &contest).await?;
    let names = Names::load(&mut tx).await?;
    let item = |one: &crate::Standing| {
        let measure = one.measure;
        let filter = Filter { contest: Some(id), ..Filter::default() };
        PlaceItem {
            rank: one.rank,
            is_tied: one.is_tied,
            merchant: measure.merchant,
            merchant_name: names.of(measure.merchant),
            points: one.points(),
            net_fen: measure.net,
            live_net_fen: measure.live,
            orders: measure.orders,
            open_count: measure.open_count,
            url: filter.merchant(measure.merchant).state(SaleState::Verified).href(),
        }
    };
    Ok(Json(StandingsItem {
        contest: id,
        standing: now.finality.code(),
        why: ask.say(&now.finality.why()).into_owned(),
        places: now.places.iter().map(item).collect(),
    }))
}
