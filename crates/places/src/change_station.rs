//! A station gets another name or address, or closes.

use db::{Entry, Tx};
use kernel::{Cx, Date, time::OPEN};
use serde_json::json;

use crate::{
    ChangeError, PlaceId, Station, StationId,
    draft::Restated,
    open_station::{check_date, fit_name, fit_text, known_station},
    policy, store,
};

/// The station as it shall be.
#[derive(Clone, Debug)]
pub struct StationChange {
    /// Which.
    pub station: StationId,
    /// Unique in its town.
    pub name: String,
    /// Its address, or empty.
    pub address: String,
    /// The first day on which it no longer works, if it closes. All of its covers end then.
    pub closed_on: Option<Date>,
    /// The version that the clerk saw.
    pub version: i64,
}

/// Changes an open station. When it closes, what it covered is stated anew.
pub async fn change_station(
    tx: &mut Tx,
    cx: &Cx,
    change: StationChange,
) -> Result<Restated, ChangeError> {
    store::lock(tx).await?;
    let old = known_station(tx, change.station).await?;
    let permit = policy::edit_stations(tx, cx, old.town).await?;
    let (name, name_folded) = fit_name(&change.name)?;
    let address = fit_text(&change.address)?;
    if old.closed_on != OPEN {
        return Err(ChangeError::Closed);
    }
    if old.version != change.version {
        return Err(ChangeError::Conflict);
    }
    let namesake = store::station_namesake(tx, old.town, &name_folded, Some(old.id)).await?;
    if let Some(name) = namesake {
        return Err(ChangeError::NameTaken { name });
    }
    let covers = store::covers_of(tx, old.id).await?;
    if let Some(on) = change.closed_on {
        check_date(cx, on)?;
        let standing =
            covers.iter().map(|cover| if cover.to == OPEN { cover.from } else { cover.to });
        let last = standing.chain([old.opened_on]).max().unwrap_or(old.opened_on);
        if on <= old.opened_on || on < last {
            return Err(ChangeError::TooEarly(last));
        }
        for cover in covers.iter().filter(|cover| cover.to == OPEN) {
            store::end_cover(tx, &permit, cover, on).await?;
        }
    }
    let closed_on = change.closed_on.unwrap_or(OPEN);
    let new = Station { name, address, closed_on, version: old.version + 1, ..old.clone() };
    store::write_station(tx, &permit, &new, &name_folded).await?;
    let verb = if change.closed_on.is_some() { "station.closed" } else { "station.changed" };
    tx.journal(
        cx,
        Entry::on(verb, old.id).scope(Some(old.town)).detail(&json!({
            "before": { "name": old.name, "address": old.address },
            "after": { "name": new.name, "address": new.address },
            "on": change.closed_on.map(|on| on.to_string()),
        })),
    );
    let left = covers.iter().filter(|cover| cover.to == OPEN && change.closed_on.is_some());
    let left: Vec<PlaceId> = left.map(|cover| cover.place).collect();
    Ok(Restated::under(tx, cx, change.closed_on.unwrap_or(cx.today()), &left).await?)
}
