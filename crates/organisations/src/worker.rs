//! Party-affairs workers (党务工作者): full-time, of the city or a town, at a station or a body.

use db::{Entry, Result, Row, Tx, args, sql};
use jiff::civil::Date;
use kernel::{Code as _, Cx, actor::AccountId, code_enum, fold_name, time::OPEN};
use places::{BodyId, StationId};

use crate::unit::WorkerId;

code_enum! {
    /// Who employs the worker.
    pub enum Level {
        City = "city" "市级",
        Town = "town" "镇级",
    }
}

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// Which.
    pub id: WorkerId,
    /// Name.
    pub name: String,
    /// Who employs them.
    pub level: Level,
    /// At this station.
    pub station: Option<StationId>,
    /// At this industry body.
    pub body: Option<BodyId>,
    /// The account they sign in with.
    pub account: Option<AccountId>,
    /// First day.
    pub from_on: Date,
    /// First day on which no longer.
    pub to_on: Date,
    /// Goes up with every change.
    pub version: i64,
}

fn worker(row: &Row) -> Result<Worker> {
    Ok(Worker {
        id: row.get(0)?,
        name: row.get(1)?,
        level: row.code(2)?,
        station: row.get(3)?,
        body: row.get(4)?,
        account: row.get(5)?,
        from_on: row.get(6)?,
        to_on: row.get(7)?,
        version: row.get(8)?,
    })
}

/// Those in office on a day, by name.
pub async fn in_office(tx: &mut Tx, on: Date) -> Result<Vec<Worker>> {
    let select = sql!(
        "SELECT id, name, level, station_id, body_id, account_id, from_on, to_on, version \
         FROM worker WHERE from_on <= $1 AND to_on > $1 ORDER BY name_folded, id"
    );
    tx.all(select, args![on], worker).await
}

/// Those who left by a day, the latest first.
pub async fn left(tx: &mut Tx, on: Date, most: i64) -> Result<Vec<Worker>> {
    let select = sql!(
        "SELECT id, name, level, station_id, body_id, account_id, from_on, to_on, version \
         FROM worker WHERE to_on <= $1 ORDER BY to_on DESC, id LIMIT $2"
    );
    tx.all(select, args![on, most], worker).await
}

/// How many are in office on a day at each station.
pub async fn count_by_station(tx: &mut Tx, on: Date) -> Result<Vec<(StationId, i64)>> {
    let select = sql!(
        "SELECT station_id, COUNT(*) FROM worker \
         WHERE from_on <= $1 AND to_on > $1 AND station_id IS NOT NULL GROUP BY station_id"
    );
    tx.all(select, args![on], |row| Ok((row.get(0)?, row.get(1)?))).await
}

/// One worker.
pub async fn find(tx: &mut Tx, id: WorkerId) -> Result<Option<Worker>> {
    let select = sql!(
        "SELECT id, name, level, station_id, body_id, account_id, from_on, to_on, version \
         FROM worker WHERE id = $1"
    );
    tx.maybe(select, args![id], worker).await
}

/// What a new worker is entered with.
#[derive(Clone, Debug)]
pub struct NewWorker {
    /// Name.
    pub name: String,
    /// Who employs them.
    pub level: Level,
    /// At this station.
    pub station: Option<StationId>,
    /// At this industry body.
    pub body: Option<BodyId>,
    /// First day.
    pub from_on: Date,
}

/// Enters a worker. The caller has checked that the actor may, and the fields.
pub async fn appoint(tx: &mut Tx, cx: &Cx, new: &NewWorker) -> Result<WorkerId> {
    let id: WorkerId = cx.new_id();
    let insert = sql!(
        "INSERT INTO worker (id, name, name_folded, level, station_id, body_id, account_id, \
         from_on, to_on, version) VALUES ($1, $2, $3, $4, $5, $6, NULL, $7, $8, 1)"
    );
    let folded = fold_name(&new.name);
    let values =
        args![id, &new.name, folded, new.level.code(), new.station, new.body, new.from_on, OPEN];
    tx.run(insert, values).await?;
    let detail = serde_json::json!({ "name": new.name, "level": new.level,
        "station": new.station, "body": new.body, "from": new.from_on });
    tx.journal(cx, Entry::on("worker.appointed", id).detail(&detail));
    Ok(id)
}

/// Ends a worker's office on a day. Answers whether it was still the version that was seen.
pub async fn dismiss(tx: &mut Tx, cx: &Cx, id: WorkerId, version: i64, on: Date) -> Result<bool> {
    let update =
        sql!("UPDATE worker SET to_on = $3, version = version + 1 WHERE id = $1 AND version = $2");
    let touched = tx.run(update, args![id, version, on]).await?;
    if touched == 1 {
        let detail = serde_json::json!({ "on": on });
        tx.journal(cx, Entry::on("worker.dismissed", id).detail(&detail));
    }
    Ok(touched == 1)
}

/// Sets a worker's entry right, the last day too. The caller has checked that the actor may, and
/// the fields. Answers whether it was still the version that was seen.
pub async fn change(
    tx: &mut Tx,
    cx: &Cx,
    (known, version): (&Worker, i64),
    new: &NewWorker,
    to_on: Date,
) -> Result<bool> {
    let update = sql!(
        "UPDATE worker SET name = $3, name_folded = $4, level = $5, station_id = $6, \
         body_id = $7, from_on = $8, to_on = $9, version = version + 1 \
         WHERE id = $1 AND version = $2"
    );
    let folded = fold_name(&new.name);
    let (level, first) = (new.level.code(), new.from_on);
    let values =
        args![known.id, version, &new.name, folded, level, new.station, new.body, first, to_on];
    let touched = tx.run(update, values).await?;
    if touched == 1 {
        let before = serde_json::json!({ "name": known.name, "level": known.level,
            "station": known.station, "body": known.body, "from": known.from_on,
            "to": known.to_on });
        let after = serde_json::json!({ "name": new.name, "level": new.level,
            "station": new.station, "body": new.body, "from": new.from_on, "to": to_on });
        let detail = serde_json::json!({ "before": before, "after": after });
        tx.journal(cx, Entry::on("worker.changed", known.id).detail(&detail));
    }
    Ok(touched == 1)
}
