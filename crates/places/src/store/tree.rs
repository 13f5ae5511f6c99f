//! SQL on `place`, `place_span` and `place_succession`.

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use kernel::{Code as _, Date, Timestamp, time::OPEN};

use crate::{
    Front, Place, PlaceId, PlaceKind, Succession,
    history::{History, Span},
    policy::{EditTree, Permit},
};

/// Every place on a date with its folded name, siblings in their order.
pub(crate) async fn places_on(tx: &mut Tx, on: Date) -> Result<Vec<(Place, String)>> {
    let select = sql!(
        "SELECT p.id, p.kind, p.front, s.parent_id, s.name, s.address, s.sort_no, s.from_on, \
         p.version, s.name_folded FROM place_span s JOIN place p ON p.id = s.place_id \
         WHERE s.from_on <= $1 AND s.to_on > $1 ORDER BY s.sort_no, s.place_id"
    );
    tx.all(select, args![on], |row| {
        let place = Place {
            id: row.get(0)?,
            kind: row.code(1)?,
            front: row.maybe_code(2)?,
            parent: row.get(3)?,
            name: row.get(4)?,
            address: row.get(5)?,
            sort_no: row.get(6)?,
            since: row.get(7)?,
            version: row.get(8)?,
        };
        Ok((place, row.get(9)?))
    })
    .await
}

fn span(row: &Row) -> Result<Span> {
    Ok(Span {
        place: row.get(0)?,
        kind: row.code(1)?,
        version: row.get(2)?,
        from: row.get(3)?,
        to: row.get(4)?,
        parent: row.get(5)?,
        name: row.get(6)?,
        name_folded: row.get(7)?,
        address: row.get(8)?,
        sort_no: row.get(9)?,
    })
}

/// Adds the spans of these places, and of everything above them, that reach past `since`.
pub(crate) async fn add_ways_up(
    tx: &mut Tx,
    history: &mut History,
    places: impl IntoIterator<Item = PlaceId>,
    since: Date,
) -> Result<()> {
    let select = set_sql!(
        "SELECT p.id, p.kind, p.version, s.from_on, s.to_on, s.parent_id, s.name, s.name_folded, \
         s.address, s.sort_no FROM {rows} JOIN place_span s ON s.place_id = rows.place_id \
         JOIN place p ON p.id = s.place_id WHERE s.to_on > rows.since ORDER BY s.from_on",
        place_id: Uuid, since: Date,
    );
    let mut waiting: Vec<PlaceId> = places.into_iter().collect();
    loop {
        waiting.sort_unstable();
        waiting.dedup();
        waiting.retain(|place| !history.knows(*place));
        if waiting.is_empty() {
            return Ok(());
        }
        let mut rows = Rows::with_capacity(waiting.len());
        for place in waiting.drain(..) {
            rows.push(args![place, since]);
        }
        for found in tx.all_of_set(select, rows, span).await? {
            waiting.extend(found.parent);
            history.add(found);
        }
    }
}

/// The spans past `since` in which something under this parent is called so.
pub(crate) async fn namesakes(
    tx: &mut Tx,
    parent: Option<PlaceId>,
    name_folded: &str,
    since: Date,
) -> Result<Vec<Span>> {
    let select = sql!(
        "SELECT p.id, p.kind, p.version, s.from_on, s.to_on, s.parent_id, s.name, s.name_folded, \
         s.address, s.sort_no FROM place_span s JOIN place p ON p.id = s.place_id \
         WHERE s.parent_id = $1 AND s.name_folded = $2 AND s.to_on > $3"
    );
    tx.all(select, args![parent, name_folded, since], span).await
}

/// The spans past `since` of what hangs directly under a place, in order.
pub(crate) async fn children_since(tx: &mut Tx, parent: PlaceId, since: Date) -> Result<Vec<Span>> {
    let select = sql!(
        "SELECT p.id, p.kind, p.version, s.from_on, s.to_on, s.parent_id, s.name, s.name_folded, \
         s.address, s.sort_no FROM place_span s JOIN place p ON p.id = s.place_id \
         WHERE s.parent_id = $1 AND s.to_on > $2 ORDER BY s.sort_no, s.place_id"
    );
    tx.all(select, args![parent, since], span).await
}

/// The newest span of a place that may be closed.
pub(crate) async fn last_span(tx: &mut Tx, place: PlaceId) -> Result<Option<Span>> {
    let select = sql!(
        "SELECT p.id, p.kind, p.version, s.from_on, s.to_on, s.parent_id, s.name, s.name_folded, \
         s.address, s.sort_no FROM place_span s JOIN place p ON p.id = s.place_id \
         WHERE s.place_id = $1 ORDER BY s.from_on DESC LIMIT 1"
    );
    tx.maybe(select, args![place], span).await
}

/// The front kind of a place, which never changes.
pub(crate) async fn front_of(tx: &mut Tx, place: PlaceId) -> Result<Option<Front>> {
    let select = sql!("SELECT front FROM place WHERE id = $1");
    Ok(tx.maybe(select, args![place], |row| row.maybe_code(0)).await?.flatten())
}

/// The turn after the last sibling's.
pub(crate) async fn next_sort_no(tx: &mut Tx, parent: PlaceId) -> Result<i64> {
    let select = sql!("SELECT COALESCE(MAX(sort_no), 0) + 1 FROM place_span WHERE parent_id = $1");
    tx.scalar(select, args![parent]).await
}

/// The city, if it was founded.
pub(crate) async fn city(tx: &mut Tx) -> Result<Option<PlaceId>> {
    let select = sql!(
        "SELECT place_id FROM place_span WHERE parent_id IS NULL ORDER BY from_on DESC LIMIT 1"
    );
    tx.maybe(select, args![], |row| row.get(0)).await
}

/// Keeps a new place; its first span follows, and makes its version one.
pub(crate) async fn insert_place(
    tx: &mut Tx,
    _: &Permit<EditTree>,
    (id, kind, front): (PlaceId, PlaceKind, Option<Front>),
    now: Timestamp,
) -> Result<()> {
    let insert =
        sql!("INSERT INTO place (id, kind, front, version, created_at) VALUES ($1, $2, $3, 0, $4)");
    tx.run(insert, args![id, kind.code(), front.map(Front::code), now]).await?;
    Ok(())
}

/// The place is as in the span from its date on; what it was before stays, cut there.
pub(crate) async fn write_span(tx: &mut Tx, _: &Permit<EditTree>, span: &Span) -> Result<()> {
    let cut = sql!(
        "UPDATE place_span SET to_on = $2 WHERE place_id = $1 AND to_on = $3 AND from_on < $2"
    );
    tx.run(cut, args![span.place, span.from, OPEN]).await?;
    let insert = sql!(
        "INSERT INTO place_span (place_id, from_on, to_on, parent_id, name, name_folded, address, \
         sort_no) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (place_id, from_on) \
         DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name, \
         name_folded = excluded.name_folded, address = excluded.address, \
         sort_no = excluded.sort_no"
    );
    let values = args![
        span.place,
        span.from,
        OPEN,
        span.parent,
        &span.name,
        &span.name_folded,
        &span.address,
        span.sort_no,
    ];
    tx.run(insert, values).await?;
    raise_version(tx, span.place).await
}

/// The place is no more from this date on; what it was before stays.
pub(crate) async fn end_span(
    tx: &mut Tx,
    _: &Permit<EditTree>,
    place: PlaceId,
    on: Date,
) -> Result<()> {
    let cut = sql!("UPDATE place_span SET to_on = $2 WHERE place_id = $1 AND to_on = $3");
    tx.run(cut, args![place, on, OPEN]).await?;
    raise_version(tx, place).await
}

async fn raise_version(tx: &mut Tx, place: PlaceId) -> Result<()> {
    tx.run(sql!("UPDATE place SET version = version + 1 WHERE id = $1"), args![place]).await?;
    Ok(())
}

/// Keeps what became of a place.
pub(crate) async fn insert_succession(
    tx: &mut Tx,
    _: &Permit<EditTree>,
    one: &Succession,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO place_succession (id, from_place_id, to_place_id, kind, on_date, reason) \
         VALUES ($1, $2, $3, $4, $5, $6)"
    );
    let values = args![one.id, one.from, one.to, one.how.code(), one.on, &one.reason];
    tx.run(insert, values).await?;
    Ok(())
}

/// What a place came from and what it became, oldest first.
pub(crate) async fn successions_of(tx: &mut Tx, place: PlaceId) -> Result<Vec<Succession>> {
    let select = sql!(
        "SELECT id, from_place_id, to_place_id, kind, on_date, reason FROM place_succession \
         WHERE from_place_id = $1 OR to_place_id = $1 ORDER BY on_date, id"
    );
    tx.all(select, args![place], |row| {
        Ok(Succession {
            id: row.get(0)?,
            from: row.get(1)?,
            to: row.get(2)?,
            how: row.code(3)?,
            on: row.get(4)?,
            reason: row.get(5)?,
        })
    })
    .await
}
