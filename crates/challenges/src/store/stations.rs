//! SQL on `challenge_station`.

use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use merchants::MerchantId;

use crate::{
    ChallengeId, ChallengeStationId, Station, StationFacts,
    policy::{Permit, Run},
};

fn read(row: &Row) -> Result<Station> {
    let closed_at: Option<Timestamp> = row.get(10)?;
    let reason: String = row.get(11)?;
    Ok(Station {
        id: row.get(0)?,
        challenge: row.get(1)?,
        turn: row.get(2)?,
        facts: StationFacts {
            merchant: row.get::<Option<uuid::Uuid>>(3)?.map(MerchantId::from_uuid),
            place: row.get(4)?,
            name: row.get(5)?,
            name_en: row.get(6)?,
            open_from: row.get(7)?,
            open_to: row.get(8)?,
            near_minutes: row.get(9)?,
        },
        closed: closed_at.map(|at| (at, reason)),
    })
}

/// All stations of a challenge by turn, those that were closed too, whoever asks.
pub async fn stations_of(tx: &mut Tx, challenge: ChallengeId) -> Result<Vec<Station>> {
    let select = sql!(
        "SELECT id, challenge_id, turn_no, merchant_id, place_id, name, name_en, open_from, \
         open_to, near_minutes, closed_at, close_reason FROM challenge_station \
         WHERE challenge_id = $1 ORDER BY turn_no"
    );
    tx.all(select, args![challenge], read).await
}

/// One station.
pub(crate) async fn station_by_id(tx: &mut Tx, id: ChallengeStationId) -> Result<Option<Station>> {
    let select = sql!(
        "SELECT id, challenge_id, turn_no, merchant_id, place_id, name, name_en, open_from, \
         open_to, near_minutes, closed_at, close_reason FROM challenge_station WHERE id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// Keeps a new station.
pub(crate) async fn insert_station(tx: &mut Tx, _: &Permit<Run>, one: &Station) -> Result<()> {
    let insert = sql!(
        "INSERT INTO challenge_station (id, challenge_id, turn_no, merchant_id, place_id, name, \
         name_en, open_from, open_to, near_minutes, close_reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '')"
    );
    let facts = &one.facts;
    let values = args![
        one.id,
        one.challenge,
        one.turn,
        facts.merchant,
        facts.place,
        &facts.name,
        &facts.name_en,
        facts.open_from,
        facts.open_to,
        facts.near_minutes,
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// Keeps what is known of a station.
pub(crate) async fn update_station(tx: &mut Tx, _: &Permit<Run>, one: &Station) -> Result<()> {
    let update = sql!(
        "UPDATE challenge_station SET merchant_id = $2, place_id = $3, name = $4, name_en = $5, \
         open_from = $6, open_to = $7, near_minutes = $8 WHERE id = $1"
    );
    let facts = &one.facts;
    let values = args![
        one.id,
        facts.merchant,
        facts.place,
        &facts.name,
        &facts.name_en,
        facts.open_from,
        facts.open_to,
        facts.near_minutes,
    ];
    tx.run(update, values).await?;
    Ok(())
}

/// From now on it is none of the challenge's stations; its visits stay.
pub(crate) async fn end_station(
    tx: &mut Tx,
    _: &Permit<Run>,
    id: ChallengeStationId,
    (now, reason): (Timestamp, &str),
) -> Result<()> {
    let update =
        sql!("UPDATE challenge_station SET closed_at = $2, close_reason = $3 WHERE id = $1");
    tx.run(update, args![id, now, reason]).await?;
    Ok(())
}
