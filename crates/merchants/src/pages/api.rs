//! The same for scripts: `/api/v1/merchants` and `/api/v1/products`.

use axum::{Json, extract::Path, http::StatusCode};
use kernel::{Fen, Uscc};
use places::PlaceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Cursor, Query, Refused};

use crate::{
    Merchant, MerchantId, MerchantState, NewMerchant, ProductId, Wanted,
    pages::desk::{Desk, id_of},
    products::{Origin, Product, Season, Seek, listed},
    register_merchant, town_of, visible,
};

/// Which merchants, how many.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct MerchantsQuery {
    /// Two characters or pinyin initials of the name or the place, or a code's beginning.
    q: Option<String>,
    /// In this town.
    town: Option<PlaceId>,
    /// At this place, or anywhere in it.
    place: Option<PlaceId>,
    /// In this state.
    state: Option<MerchantState>,
    /// How many at most, from 1 to 1,000; 200 when left out.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
    /// Where the last answer ended: its `next_cursor`.
    cursor: Option<String>,
}

/// A merchant.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MerchantItem {
    id: MerchantId,
    name: String,
    uscc: Option<Uscc>,
    state: MerchantState,
    place: PlaceId,
    /// The names from the front down, joined by `/`.
    path: String,
    town: PlaceId,
    /// To be sent with a change.
    version: i64,
}

/// A page of merchants, by name.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MerchantList {
    items: Vec<MerchantItem>,
    /// How many there are in all.
    total: i64,
    next_cursor: Option<String>,
}

/// A new merchant.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct MerchantBody {
    /// As its sign says.
    name: String,
    /// Whose business it is, when that is known.
    uscc: Option<Uscc>,
    /// The shop, area or front that it stands at.
    place: PlaceId,
}

fn most(limit: Option<u32>) -> Answer<usize> {
    let most = limit.unwrap_or(200);
    if (1..=1_000).contains(&most) { Ok(most as usize) } else { Err(Refused::BadQuery("limit")) }
}

/// Where a list goes on after the record that a cursor names.
fn begin<K: kernel::Kind>(
    cursor: Option<&str>,
    mut ids: impl Iterator<Item = kernel::Id<K>>,
) -> Answer<usize> {
    let Some(cursor) = cursor else { return Ok(0) };
    let last = Cursor::decode(cursor).and_then(|Cursor(keys)| keys.first()?.parse().ok());
    let turn = last.and_then(|last: kernel::Id<K>| ids.position(|id| id == last));
    turn.map(|turn| turn + 1).ok_or_else(|| {
        Refused::unprocessable(
            "bad-cursor",
            "cursor 不是上一页给的，或那一条已经不在。请从头再取。",
        )
    })
}

fn item(desk: &Desk, one: &Merchant) -> MerchantItem {
    MerchantItem {
        id: one.id,
        name: one.name.clone(),
        uscc: one.uscc,
        state: one.state,
        place: one.place,
        path: desk.atlas.path(one.place),
        town: town_of(&desk.atlas, one),
        version: one.version,
    }
}

/// `GET /api/v1/merchants`
pub(crate) async fn merchants(
    ask: Ask,
    Query(query): Query<MerchantsQuery>,
) -> Answer<Json<MerchantList>> {
    let most = most(query.limit)?;
    let words = query.q.unwrap_or_default();
    let wanted = Wanted { words, town: query.town, place: query.place, state: query.state };
    let mut desk = Desk::read(&ask).await?;
    let all = visible(&mut desk.tx, &ask.cx.actor, &desk.atlas).await?;
    let found = wanted.among(&desk.atlas, all);
    let from = begin(query.cursor.as_deref(), found.iter().map(|one| one.id))?;
    let shown = &found[from..found.len().min(from + most)];
    let more = from + shown.len() < found.len();
    let next = shown.last().filter(|_| more).map(|last| Cursor(vec![last.id.to_string()]).encode());
    let items = shown.iter().map(|one| item(&desk, one)).collect();
    Ok(Json(MerchantList { items, total: found.len() as i64, next_cursor: next }))
}

/// `GET /api/v1/merchants/{id}`
pub(crate) async fn merchant(ask: Ask, Path(id): Path<String>) -> Answer<Json<MerchantItem>> {
    let mut desk = Desk::read(&ask).await?;
    let found = desk.merchant(&ask, id_of(&id)?).await?;
    Ok(Json(item(&desk, &found)))
}

/// `POST /api/v1/merchants`
pub(crate) async fn register(
    ask: Ask,
    body: Result<Json<MerchantBody>, axum::extract::rejection::JsonRejection>,
) -> Answer<(StatusCode, Json<MerchantItem>)> {
    let Json(body) = body.map_err(|_| {
        Refused::unprocessable(
            "bad-body",
            "请求的格式不对，没有办。请对照 /api/openapi.json 再发。",
        )
    })?;
    let mut desk = Desk::write(&ask).await?;
    let new = NewMerchant { name: body.name, uscc: body.uscc, place: body.place };
    let id = register_merchant(&mut desk.tx, &ask.cx, &desk.atlas, new).await?;
    let made = crate::merchant(&mut desk.tx, id).await?.ok_or(Refused::NotFound)?;
    let made = item(&desk, &made);
    desk.tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Which products, how many.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ProductsQuery {
    /// Two characters or pinyin initials of the name, the region or the maker.
    q: Option<String>,
    /// From here, or from a partner region.
    origin: Option<Origin>,
    /// Of this merchant.
    merchant: Option<MerchantId>,
    /// How many at most, from 1 to 1,000; 200 when left out.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u32>,
    /// Where the last answer ended: its `next_cursor`.
    cursor: Option<String>,
}

/// A listed product.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ProductItem {
    id: ProductId,
    merchant: MerchantId,
    merchant_name: String,
    name_zh: String,
    name_en: String,
    about_zh: String,
    about_en: String,
    origin: Origin,
    region: String,
    maker: String,
    season: Season,
    /// In 分; null while it is to be asked for.
    price_fen: Option<Fen>,
    price_for: String,
    /// Its public page.
    url: String,
}

/// A page of listed products, newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ProductList {
    items: Vec<ProductItem>,
    /// How many there are in all.
    total: i64,
    next_cursor: Option<String>,
}

/// `GET /api/v1/products`
pub(crate) async fn products(
    ask: Ask,
    Query(query): Query<ProductsQuery>,
) -> Answer<Json<ProductList>> {
    let most = most(query.limit)?;
    let words = query.q.unwrap_or_default();
    let seek = Seek { words, origin: query.origin, merchant: query.merchant, month: None };
    let mut tx = ask.db().read().await?;
    let found = seek.among(listed(&mut tx).await?);
    let from = begin(query.cursor.as_deref(), found.iter().map(|(one, _)| one.id))?;
    let shown = &found[from..found.len().min(from + most)];
    let more = from + shown.len() < found.len();
    let next = shown.last().filter(|_| more);
    let next = next.map(|(last, _)| Cursor(vec![last.id.to_string()]).encode());
    let items = shown.iter().map(|(one, merchant)| product_item(one, merchant)).collect();
    Ok(Json(ProductList { items, total: found.len() as i64, next_cursor: next }))
}

fn product_item(one: &Product, merchant_name: &str) -> ProductItem {
    let facts = one.facts.clone();
    ProductItem {
        id: one.id,
        merchant: one.merchant,
        merchant_name: merchant_name.to_owned(),
        name_zh: facts.name_zh,
        name_en: facts.name_en,
        about_zh: facts.about_zh,
        about_en: facts.about_en,
        origin: facts.origin,
        region: facts.region,
        maker: facts.maker,
        season: facts.season,
        price_fen: facts.price,
        price_for: facts.price_for,
        url: format!("/products/{}", one.id),
    }
}
