//! SQL on `product` and `product_picture`.

use std::collections::HashMap;

use db::{Result, Row, Tx, args, file::FileId, sql};
use kernel::{Code as _, Cx, Fen};

use super::{Media, Picture, Product, ProductFacts, ProductState, Season, policy::ProductPermit};
use crate::{MerchantId, ProductId};

fn read(row: &Row) -> Result<Product> {
    let month = |column| {
        let month: i64 = row.get(column)?;
        // The table holds months alone.
        Ok::<_, db::Fault>(i8::try_from(month).unwrap_or(1))
    };
    let price: Option<i64> = row.get(11)?;
    Ok(Product {
        id: row.get(0)?,
        merchant: row.get(1)?,
        facts: ProductFacts {
            name_zh: row.get(2)?,
            name_en: row.get(3)?,
            about_zh: row.get(4)?,
            about_en: row.get(5)?,
            origin: row.code(6)?,
            region: row.get(7)?,
            maker: row.get(8)?,
            season: Season { from: month(9)?, to: month(10)? },
            price: price.map(Fen),
            price_for: row.get(12)?,
        },
        state: row.code(13)?,
        version: row.get(14)?,
    })
}

/// One product, shown or not.
pub async fn find(tx: &mut Tx, id: ProductId) -> Result<Option<Product>> {
    let select = sql!(
        "SELECT id, merchant_id, name_zh, name_en, about_zh, about_en, origin, region, maker, \
         season_from, season_to, price_fen, price_for, state, version FROM product WHERE id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// A merchant's products, shown or not, newest first.
pub async fn of_merchant(tx: &mut Tx, merchant: MerchantId) -> Result<Vec<Product>> {
    let select = sql!(
        "SELECT id, merchant_id, name_zh, name_en, about_zh, about_en, origin, region, maker, \
         season_from, season_to, price_fen, price_for, state, version FROM product \
         WHERE merchant_id = $1 ORDER BY created_at DESC, id DESC"
    );
    tx.all(select, args![merchant], read).await
}

/// Everything that is shown to everybody, newest first, each with its merchant's name.
pub async fn listed(tx: &mut Tx) -> Result<Vec<(Product, String)>> {
    let select = sql!(
        "SELECT p.id, p.merchant_id, p.name_zh, p.name_en, p.about_zh, p.about_en, p.origin, \
         p.region, p.maker, p.season_from, p.season_to, p.price_fen, p.price_for, p.state, \
         p.version, m.name FROM product p JOIN merchant m ON m.id = p.merchant_id \
         WHERE p.state = 'listed' AND m.state = 'active' ORDER BY p.created_at DESC, p.id DESC"
    );
    tx.all(select, args![], |row| Ok((read(row)?, row.get(15)?))).await
}

/// One product that is shown to everybody, with its merchant's name.
pub async fn listed_one(tx: &mut Tx, id: ProductId) -> Result<Option<(Product, String)>> {
    let select = sql!(
        "SELECT p.id, p.merchant_id, p.name_zh, p.name_en, p.about_zh, p.about_en, p.origin, \
         p.region, p.maker, p.season_from, p.season_to, p.price_fen, p.price_for, p.state, \
         p.version, m.name FROM product p JOIN merchant m ON m.id = p.merchant_id \
         WHERE p.id = $1 AND p.state = 'listed' AND m.state = 'active'"
    );
    tx.maybe(select, args![id], |row| Ok((read(row)?, row.get(15)?))).await
}

/// How many products each merchant shows to everybody.
pub async fn listed_counts(tx: &mut Tx) -> Result<HashMap<MerchantId, i64>> {
    let select = sql!(
        "SELECT p.merchant_id, COUNT(*) FROM product p JOIN merchant m ON m.id = p.merchant_id \
         WHERE p.state = 'listed' AND m.state = 'active' GROUP BY p.merchant_id"
    );
    let counts = tx.all(select, args![], |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(counts.into_iter().collect())
}

/// Keeps a new product.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, _: &ProductPermit, one: &Product) -> Result<()> {
    let insert = sql!(
        "INSERT INTO product (id, merchant_id, name_zh, name_en, about_zh, about_en, origin, \
         region, maker, season_from, season_to, price_fen, price_for, state, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    );
    let facts = &one.facts;
    let values = args![
        one.id,
        one.merchant,
        &facts.name_zh,
        &facts.name_en,
        &facts.about_zh,
        &facts.about_en,
        facts.origin.code(),
        &facts.region,
        &facts.maker,
        i32::from(facts.season.from),
        i32::from(facts.season.to),
        facts.price.map(|price| price.0),
        &facts.price_for,
        one.state.code(),
        cx.now,
        one.version,
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// The product's facts, if nobody changed it since this version.
pub(crate) async fn update(
    tx: &mut Tx,
    _: &ProductPermit,
    id: ProductId,
    facts: &ProductFacts,
    version: i64,
) -> Result<bool> {
    let update = sql!(
        "UPDATE product SET name_zh = $3, name_en = $4, about_zh = $5, about_en = $6, \
         origin = $7, region = $8, maker = $9, season_from = $10, season_to = $11, \
         price_fen = $12, price_for = $13, version = version + 1 WHERE id = $1 AND version = $2"
    );
    let values = args![
        id,
        version,
        &facts.name_zh,
        &facts.name_en,
        &facts.about_zh,
        &facts.about_en,
        facts.origin.code(),
        &facts.region,
        &facts.maker,
        i32::from(facts.season.from),
        i32::from(facts.season.to),
        facts.price.map(|price| price.0),
        &facts.price_for,
    ];
    Ok(tx.run(update, values).await? > 0)
}

/// Whether the product is shown.
pub(crate) async fn set_state(
    tx: &mut Tx,
    _: &ProductPermit,
    one: &Product,
    state: ProductState,
) -> Result<bool> {
    let update =
        sql!("UPDATE product SET state = $3, version = version + 1 WHERE id = $1 AND version = $2");
    Ok(tx.run(update, args![one.id, one.version, state.code()]).await? > 0)
}

fn picture(row: &Row) -> Result<Picture> {
    Ok(Picture {
        file: row.get(0)?,
        product: row.get(1)?,
        turn_no: row.get(2)?,
        media: row.code(3)?,
        shows_zh: row.get(4)?,
        shows_en: row.get(5)?,
    })
}

/// A product's pictures in their turn.
pub async fn pictures_of(tx: &mut Tx, product: ProductId) -> Result<Vec<Picture>> {
    let select = sql!(
        "SELECT file_id, product_id, turn_no, media, shows_zh, shows_en FROM product_picture \
         WHERE product_id = $1 ORDER BY turn_no"
    );
    tx.all(select, args![product], picture).await
}

/// The first picture of each product that has one.
pub(crate) async fn first_pictures(tx: &mut Tx) -> Result<HashMap<ProductId, Picture>> {
    let select = sql!(
        "SELECT file_id, product_id, turn_no, media, shows_zh, shows_en FROM product_picture p \
         WHERE turn_no = (SELECT MIN(q.turn_no) FROM product_picture q \
         WHERE q.product_id = p.product_id) ORDER BY product_id"
    );
    let all = tx.all(select, args![], picture).await?;
    Ok(all.into_iter().map(|one| (one.product, one)).collect())
}

/// One picture of a product.
pub async fn picture_of(tx: &mut Tx, product: ProductId, file: FileId) -> Result<Option<Picture>> {
    let select = sql!(
        "SELECT file_id, product_id, turn_no, media, shows_zh, shows_en FROM product_picture \
         WHERE product_id = $1 AND file_id = $2"
    );
    tx.maybe(select, args![product, file], picture).await
}

/// Keeps a picture.
pub(crate) async fn insert_picture(tx: &mut Tx, _: &ProductPermit, one: &Picture) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO product_picture (file_id, product_id, turn_no, media, shows_zh, shows_en) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"
    );
    let values = args![
        one.file,
        one.product,
        one.turn_no,
        Media::code(one.media),
        &one.shows_zh,
        &one.shows_en,
    ];
    Ok(tx.run(insert, values).await? > 0)
}

/// Takes a picture away.
pub(crate) async fn delete_picture(
    tx: &mut Tx,
    _: &ProductPermit,
    product: ProductId,
    file: FileId,
) -> Result<bool> {
    let delete = sql!("DELETE FROM product_picture WHERE product_id = $1 AND file_id = $2");
    Ok(tx.run(delete, args![product, file]).await? > 0)
}
