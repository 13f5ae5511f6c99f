//! All SQL of this room, by table, and nothing else. Writes ask for a permit.

mod bodies;
mod key_sites;
mod stations;
mod tree;

pub(crate) use bodies::*;
pub(crate) use key_sites::*;
pub(crate) use stations::*;
pub(crate) use tree::*;

use db::{Result, Tx, args, sql};
use kernel::{Date, time::OPEN};

/// How often anything in this room has changed: the city's own version, which [`lock`] raises.
pub(crate) async fn stamp(tx: &mut Tx) -> Result<i64> {
    let select = sql!(
        "SELECT p.version FROM place_span s JOIN place p ON p.id = s.place_id \
         WHERE s.parent_id IS NULL ORDER BY s.from_on DESC LIMIT 1"
    );
    Ok(tx.maybe(select, args![], |row| row.get(0)).await?.unwrap_or(0))
}

/// The days around this one, first and last, on which places, stations, covers and key sites are
/// all as on it: what was read for one of them serves for each.
pub(crate) async fn still_period(tx: &mut Tx, on: Date) -> Result<(Date, Date)> {
    let select = sql!(
        "SELECT MAX(CASE WHEN day <= $1 THEN day END), MIN(CASE WHEN day > $1 THEN day END) \
         FROM (SELECT from_on AS day FROM place_span UNION ALL SELECT to_on FROM place_span \
         UNION ALL SELECT opened_on FROM station UNION ALL SELECT closed_on FROM station \
         UNION ALL SELECT from_on FROM station_cover UNION ALL SELECT to_on FROM station_cover \
         UNION ALL SELECT from_on FROM key_site UNION ALL SELECT to_on FROM key_site) AS turn"
    );
    let read = |row: &db::Row| Ok((row.get(0)?, row.get(1)?));
    let (turned, turns): (Option<Date>, Option<Date>) = tx.one(select, args![on], read).await?;
    let last = turns.and_then(|turns| turns.yesterday().ok()).unwrap_or(OPEN);
    Ok((turned.unwrap_or(on), last))
}

/// Lets one change of the tree run at a time, and marks that there was one. Two moves that are
/// each right alone could together hang a place under itself.
pub(crate) async fn lock(tx: &mut Tx) -> Result<()> {
    let update = sql!(
        "UPDATE place SET version = version + 1 WHERE id = (SELECT place_id FROM place_span \
         WHERE parent_id IS NULL ORDER BY from_on DESC LIMIT 1)"
    );
    tx.run(update, args![]).await?;
    Ok(())
}
