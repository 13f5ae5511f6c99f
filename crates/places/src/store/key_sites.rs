//! SQL on `key_site`.

use db::{Result, Row, Tx, args, set_sql, sql};
use kernel::{Code as _, Date, time::OPEN};

use crate::{
    Industry, KeySite, KeySiteId, PlaceId,
    policy::{EditTree, Permit},
    store::stations::rows,
};

fn key_site(row: &Row) -> Result<KeySite> {
    Ok(KeySite {
        id: row.get(0)?,
        town: row.get(1)?,
        industry: row.code(2)?,
        place: row.get(3)?,
        from: row.get(4)?,
        to: row.get(5)?,
        reason: row.get(6)?,
    })
}

/// The key sites on a date.
pub(crate) async fn key_sites_on(tx: &mut Tx, on: Date) -> Result<Vec<KeySite>> {
    let select = sql!(
        "SELECT id, town_id, industry, place_id, from_on, to_on, reason FROM key_site \
         WHERE from_on <= $1 AND to_on > $1 ORDER BY town_id, industry, id"
    );
    tx.all(select, args![on], key_site).await
}

/// One key site.
pub(crate) async fn find_key_site(tx: &mut Tx, id: KeySiteId) -> Result<Option<KeySite>> {
    let select = sql!(
        "SELECT id, town_id, industry, place_id, from_on, to_on, reason FROM key_site \
         WHERE id = $1"
    );
    tx.maybe(select, args![id], key_site).await
}

/// The key sites of a town and an industry on or after a date, oldest first.
pub(crate) async fn key_sites_since(
    tx: &mut Tx,
    town: PlaceId,
    industry: Industry,
    since: Date,
) -> Result<Vec<KeySite>> {
    let select = sql!(
        "SELECT id, town_id, industry, place_id, from_on, to_on, reason FROM key_site \
         WHERE town_id = $1 AND industry = $2 AND to_on > $3 ORDER BY from_on, id"
    );
    tx.all(select, args![town, industry.code(), since], key_site).await
}

/// The key sites at a place that have not ended.
pub(crate) async fn standing_key_sites_at(tx: &mut Tx, place: PlaceId) -> Result<Vec<KeySite>> {
    let select = sql!(
        "SELECT id, town_id, industry, place_id, from_on, to_on, reason FROM key_site \
         WHERE place_id = $1 AND to_on = $2 ORDER BY industry, id"
    );
    tx.all(select, args![place, OPEN], key_site).await
}

/// Keeps a new key site.
pub(crate) async fn insert_key_site(
    tx: &mut Tx,
    _: &Permit<EditTree>,
    site: &KeySite,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO key_site (id, town_id, industry, place_id, from_on, to_on, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
    );
    let values = args![
        site.id,
        site.town,
        site.industry.code(),
        site.place,
        site.from,
        site.to,
        &site.reason,
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// A key site ends on this date.
pub(crate) async fn end_key_site(
    tx: &mut Tx,
    _: &Permit<EditTree>,
    id: KeySiteId,
    on: Date,
) -> Result<()> {
    tx.run(sql!("UPDATE key_site SET to_on = $2 WHERE id = $1"), args![id, on]).await?;
    Ok(())
}

/// Every key site at these places ends: they closed, or lie in another town now.
pub(crate) async fn end_key_sites_of_places(
    tx: &mut Tx,
    _: &Permit<EditTree>,
    places: &[PlaceId],
    on: Date,
) -> Result<()> {
    let never = set_sql!(
        "DELETE FROM key_site WHERE EXISTS (SELECT 1 FROM {rows} \
         WHERE rows.place_id = key_site.place_id AND key_site.from_on >= rows.on_date)",
        place_id: Uuid, on_date: Date,
    );
    let end = set_sql!(
        "UPDATE key_site SET to_on = (SELECT MIN(rows.on_date) FROM {rows}) \
         WHERE EXISTS (SELECT 1 FROM {rows} WHERE rows.place_id = key_site.place_id \
         AND key_site.to_on > rows.on_date)",
        place_id: Uuid, on_date: Date,
    );
    tx.run_set(never, rows(places, on)).await?;
    tx.run_set(end, rows(places, on)).await?;
    Ok(())
}
