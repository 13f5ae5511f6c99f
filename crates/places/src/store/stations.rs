//! SQL on `station` and `station_cover`.

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use kernel::{Date, time::OPEN};

use crate::{
    PlaceId, Station, StationId,
    policy::{EditStations, EditTree, Permit},
    station::Cover,
};

fn station(row: &Row) -> Result<Station> {
    Ok(Station {
        id: row.get(0)?,
        town: row.get(1)?,
        name: row.get(2)?,
        address: row.get(3)?,
        opened_on: row.get(4)?,
        closed_on: row.get(5)?,
        version: row.get(6)?,
    })
}

/// The stations open on a date, by town in order, then by name.
pub(crate) async fn stations_on(tx: &mut Tx, on: Date) -> Result<Vec<Station>> {
    let select = sql!(
        "SELECT t.id, t.town_id, t.name, t.address, t.opened_on, t.closed_on, t.version \
         FROM station t LEFT JOIN place_span s \
         ON s.place_id = t.town_id AND s.from_on <= $1 AND s.to_on > $1 \
         WHERE t.opened_on <= $1 AND t.closed_on > $1 \
         ORDER BY s.sort_no NULLS LAST, t.name_folded, t.id"
    );
    tx.all(select, args![on], station).await
}

/// One station, open or closed.
pub(crate) async fn find_station(tx: &mut Tx, id: StationId) -> Result<Option<Station>> {
    let select = sql!(
        "SELECT id, town_id, name, address, opened_on, closed_on, version FROM station \
         WHERE id = $1"
    );
    tx.maybe(select, args![id], station).await
}

/// The name, as written, of another open station of the town that is called so.
pub(crate) async fn station_namesake(
    tx: &mut Tx,
    town: PlaceId,
    name_folded: &str,
    but: Option<StationId>,
) -> Result<Option<String>> {
    let select = sql!(
        "SELECT name FROM station WHERE town_id = $1 AND name_folded = $2 AND closed_on = $3 \
         AND (id <> $4 OR $4 IS NULL) LIMIT 1"
    );
    tx.maybe(select, args![town, name_folded, OPEN, but], |row| row.get(0)).await
}

/// Keeps a new station, or an open one as it is now.
pub(crate) async fn write_station(
    tx: &mut Tx,
    _: &Permit<EditStations>,
    one: &Station,
    name_folded: &str,
) -> Result<()> {
    let upsert = sql!(
        "INSERT INTO station (id, town_id, name, name_folded, address, opened_on, closed_on, \
         version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET \
         name = excluded.name, name_folded = excluded.name_folded, address = excluded.address, \
         closed_on = excluded.closed_on, version = excluded.version"
    );
    let values = args![
        one.id,
        one.town,
        &one.name,
        name_folded,
        &one.address,
        one.opened_on,
        one.closed_on,
        one.version,
    ];
    tx.run(upsert, values).await?;
    Ok(())
}

/// When a town goes on as another, so do its stations.
pub(crate) async fn hand_stations_over(
    tx: &mut Tx,
    _: &Permit<EditTree>,
    from: PlaceId,
    into: PlaceId,
) -> Result<()> {
    let update = sql!("UPDATE station SET town_id = $2, version = version + 1 WHERE town_id = $1");
    tx.run(update, args![from, into]).await?;
    Ok(())
}

/// What covers what on a date, in no order that matters.
pub(crate) async fn covers_on(tx: &mut Tx, on: Date) -> Result<Vec<(StationId, PlaceId)>> {
    let select = sql!(
        "SELECT c.station_id, c.place_id FROM station_cover c \
         WHERE c.from_on <= $1 AND c.to_on > $1 ORDER BY c.from_on, c.place_id"
    );
    tx.all(select, args![on], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// The covers of a place that have not ended.
pub(crate) async fn standing_covers(tx: &mut Tx, place: PlaceId) -> Result<Vec<Cover>> {
    let select = sql!(
        "SELECT station_id, place_id, from_on, to_on FROM station_cover \
         WHERE place_id = $1 AND to_on = $2 ORDER BY from_on, station_id"
    );
    tx.all(select, args![place, OPEN], cover).await
}

/// Everything that a station covers or covered, newest first.
pub(crate) async fn covers_of(tx: &mut Tx, station: StationId) -> Result<Vec<Cover>> {
    let select = sql!(
        "SELECT station_id, place_id, from_on, to_on FROM station_cover \
         WHERE station_id = $1 ORDER BY from_on DESC, place_id"
    );
    tx.all(select, args![station], cover).await
}

fn cover(row: &Row) -> Result<Cover> {
    Ok(Cover { station: row.get(0)?, place: row.get(1)?, from: row.get(2)?, to: row.get(3)? })
}

/// A station covers a place from this date on.
pub(crate) async fn insert_cover(
    tx: &mut Tx,
    _: &Permit<EditStations>,
    station: StationId,
    place: PlaceId,
    from: Date,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO station_cover (station_id, place_id, from_on, to_on) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (station_id, place_id, from_on) \
         DO UPDATE SET to_on = excluded.to_on"
    );
    tx.run(insert, args![station, place, from, OPEN]).await?;
    Ok(())
}

/// A cover ends on this date; one that began no earlier never was.
pub(crate) async fn end_cover(
    tx: &mut Tx,
    _: &Permit<EditStations>,
    cover: &Cover,
    on: Date,
) -> Result<()> {
    let values = args![cover.station, cover.place, cover.from, on];
    let never = sql!(
        "DELETE FROM station_cover WHERE station_id = $1 AND place_id = $2 AND from_on = $3 \
         AND from_on >= $4"
    );
    tx.run(never, values.clone()).await?;
    let end = sql!(
        "UPDATE station_cover SET to_on = $4 WHERE station_id = $1 AND place_id = $2 \
         AND from_on = $3"
    );
    tx.run(end, values).await?;
    Ok(())
}

/// Every cover of these places ends: they closed, or lie in another town now.
pub(crate) async fn end_covers_of_places(
    tx: &mut Tx,
    _: &Permit<EditTree>,
    places: &[PlaceId],
    on: Date,
) -> Result<()> {
    let never = set_sql!(
        "DELETE FROM station_cover WHERE EXISTS (SELECT 1 FROM {rows} \
         WHERE rows.place_id = station_cover.place_id AND station_cover.from_on >= rows.on_date)",
        place_id: Uuid, on_date: Date,
    );
    let end = set_sql!(
        "UPDATE station_cover SET to_on = (SELECT MIN(rows.on_date) FROM {rows}) \
         WHERE EXISTS (SELECT 1 FROM {rows} WHERE rows.place_id = station_cover.place_id \
         AND station_cover.to_on > rows.on_date)",
        place_id: Uuid, on_date: Date,
    );
    tx.run_set(never, rows(places, on)).await?;
    tx.run_set(end, rows(places, on)).await?;
    Ok(())
}

pub(super) fn rows(places: &[PlaceId], on: Date) -> Rows {
    let mut rows = Rows::with_capacity(places.len());
    for place in places {
        rows.push(args![*place, on]);
    }
    rows
}
