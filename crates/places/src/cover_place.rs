//! Which station a place belongs to, from a date on.

use db::{Entry, Tx};
use kernel::{Cx, Date, time::OPEN};
use serde_json::json;

use crate::{
    ChangeError, PlaceId, PlaceKind, Station, StationId,
    draft::Restated,
    history::{History, Span},
    open_station::{check_date, known_station},
    policy, store,
};

/// Gives a place, with everything in it that nothing nearer is given for, to a station. Another
/// station's cover of the place ends on that date; only a whole town may have several at once.
pub async fn cover_place(
    tx: &mut Tx,
    cx: &Cx,
    station: StationId,
    place: PlaceId,
    from: Date,
) -> Result<Restated, ChangeError> {
    store::lock(tx).await?;
    let to = known_station(tx, station).await?;
    let permit = policy::edit_stations(tx, cx, to.town).await?;
    check_date(cx, from)?;
    let span = coverable(tx, &to, place, from).await?;
    for cover in store::standing_covers(tx, place).await? {
        if cover.station == station {
            return Err(ChangeError::AlreadyCovered);
        }
        if span.kind == PlaceKind::Town {
            continue;
        }
        if cover.from > from {
            return Err(ChangeError::TooEarly(cover.from));
        }
        store::end_cover(tx, &permit, &cover, from).await?;
    }
    store::insert_cover(tx, &permit, station, place, from).await?;
    tx.journal(
        cx,
        Entry::on("station.covered", station).scope(Some(to.town)).detail(&json!({
            "name": to.name, "place": span.name, "place_id": place, "on": from.to_string(),
        })),
    );
    restated(tx, cx, place, from).await
}

/// Takes a place from a station from a date on.
pub async fn uncover_place(
    tx: &mut Tx,
    cx: &Cx,
    station: StationId,
    place: PlaceId,
    on: Date,
) -> Result<Restated, ChangeError> {
    store::lock(tx).await?;
    let of = known_station(tx, station).await?;
    let permit = policy::edit_stations(tx, cx, of.town).await?;
    check_date(cx, on)?;
    let covers = store::standing_covers(tx, place).await?;
    let cover = covers.iter().find(|cover| cover.station == station);
    let cover = cover.ok_or(ChangeError::NotCovered)?;
    if cover.from > on {
        return Err(ChangeError::TooEarly(cover.from));
    }
    store::end_cover(tx, &permit, cover, on).await?;
    let name = store::last_span(tx, place).await?.map(|span| span.name);
    tx.journal(
        cx,
        Entry::on("station.uncovered", station).scope(Some(of.town)).detail(&json!({
            "name": of.name, "place": name, "place_id": place, "on": on.to_string(),
        })),
    );
    restated(tx, cx, place, on).await
}

/// A place that stands in the station's own town, on a date when the station works.
async fn coverable(
    tx: &mut Tx,
    station: &Station,
    place: PlaceId,
    from: Date,
) -> Result<Span, ChangeError> {
    if station.closed_on != OPEN {
        return Err(ChangeError::Closed);
    }
    if from < station.opened_on {
        return Err(ChangeError::TooEarly(station.opened_on));
    }
    let mut history = History::default();
    store::add_ways_up(tx, &mut history, [place], from).await?;
    let standing = history.standing(place).cloned().ok_or(ChangeError::NoPlace(from))?;
    if history.at(place, from).is_none() {
        return Err(ChangeError::NoPlace(from));
    }
    if history.town_of(place) != Some(station.town) {
        return Err(ChangeError::OtherTown);
    }
    Ok(standing)
}

async fn restated(tx: &mut Tx, cx: &Cx, place: PlaceId, on: Date) -> Result<Restated, ChangeError> {
    Ok(Restated::under(tx, cx, on, &[place]).await?)
}
