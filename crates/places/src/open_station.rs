//! A new area workstation in a town.

use db::{Entry, Tx};
use kernel::{Cx, Date, fold_name, time::OPEN};
use serde_json::json;

use crate::{
    ChangeError, Denied, PlaceId, PlaceKind, Station, StationId,
    history::History,
    place::{NAME_LIMIT, TEXT_LIMIT},
    policy, store,
};

/// What the new station is.
#[derive(Clone, Debug)]
pub struct NewStation {
    /// The town it belongs to.
    pub town: PlaceId,
    /// Unique in its town.
    pub name: String,
    /// Its address, or empty.
    pub address: String,
    /// The first day on which it works.
    pub on: Date,
}

/// Opens a station. What it covers is told by [`cover_place`](crate::cover_place).
pub async fn open_station(tx: &mut Tx, cx: &Cx, new: NewStation) -> Result<StationId, ChangeError> {
    store::lock(tx).await?;
    let permit = policy::edit_stations(tx, cx, new.town).await?;
    check_date(cx, new.on)?;
    let (name, name_folded) = fit_name(&new.name)?;
    let address = fit_text(&new.address)?;
    check_town(tx, new.town, new.on).await?;
    if let Some(name) = store::station_namesake(tx, new.town, &name_folded, None).await? {
        return Err(ChangeError::NameTaken { name });
    }
    let station = Station {
        id: cx.new_id(),
        town: new.town,
        name,
        address,
        opened_on: new.on,
        closed_on: OPEN,
        version: 1,
    };
    store::write_station(tx, &permit, &station, &name_folded).await?;
    tx.journal(
        cx,
        Entry::on("station.opened", station.id).scope(Some(new.town)).detail(&json!({
            "name": station.name, "address": station.address, "on": new.on.to_string(),
        })),
    );
    Ok(station.id)
}

/// A town that is there on this date and still stands.
pub(crate) async fn check_town(tx: &mut Tx, town: PlaceId, on: Date) -> Result<(), ChangeError> {
    let mut history = History::default();
    store::add_ways_up(tx, &mut history, [town], on).await?;
    let standing = history.standing(town).ok_or(ChangeError::NotATown)?;
    if standing.kind != PlaceKind::Town {
        return Err(ChangeError::NotATown);
    }
    history.at(town, on).map(|_| ()).ok_or(ChangeError::NoPlace(on))
}

/// The station as it is; unknown ones are invisible.
pub(crate) async fn known_station(tx: &mut Tx, id: StationId) -> Result<Station, ChangeError> {
    store::find_station(tx, id).await?.ok_or(ChangeError::Denied(Denied::Invisible))
}

pub(crate) fn check_date(cx: &Cx, on: Date) -> Result<(), ChangeError> {
    if on > cx.today() { Err(ChangeError::InTheFuture) } else { Ok(()) }
}

/// A name as written and folded: something visible, not too long.
pub(crate) fn fit_name(name: &str) -> Result<(String, String), ChangeError> {
    let name = name.trim().to_owned();
    let folded = fold_name(&name);
    if folded.is_empty() {
        return Err(ChangeError::NoName);
    }
    if name.chars().count() > NAME_LIMIT || name.contains('\0') {
        return Err(ChangeError::BadName);
    }
    Ok((name, folded))
}

/// A text that is not too long.
pub(crate) fn fit_text(text: &str) -> Result<String, ChangeError> {
    let text = text.trim();
    if text.chars().count() > TEXT_LIMIT || text.contains('\0') {
        return Err(ChangeError::LongText);
    }
    Ok(text.to_owned())
}
