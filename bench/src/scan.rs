//! What the running sums save: the same counts by one plain GROUP BY over the states of a day.

use std::{error::Error, time::Duration};

use db::{args, sql};

use crate::{
    asks::{Register, dice},
    fill,
    load::Percentiles,
    moment::Watch,
};

/// No scan begins after this.
const PATIENCE: Duration = Duration::from_secs(30);

/// Times this many scans, each of another day, on one connection.
pub async fn scan(
    place: &str,
    register: &Register,
    times: usize,
) -> Result<Percentiles, Box<dyn Error>> {
    let select = sql!(
        "SELECT front, COUNT(*), \
         CAST(SUM(CASE WHEN cover = 'separate' THEN 1 ELSE 0 END) AS BIGINT), \
         CAST(SUM(CASE WHEN cover = 'joint' THEN 1 ELSE 0 END) AS BIGINT), \
         CAST(SUM(CASE WHEN work_mask <> 0 THEN 1 ELSE 0 END) AS BIGINT), \
         CAST(SUM(CASE WHEN member_count >= 3 THEN 1 ELSE 0 END) AS BIGINT) \
         FROM unit_state WHERE from_on <= $1 AND to_on > $1 AND status = 'operating' \
         GROUP BY front"
    );
    let db = fill::open(place).await?;
    let mut micros = Vec::with_capacity(times);
    let begun = Watch::start();
    for turn in 0..times {
        let day = register.day(&mut dice(turn));
        let mut tx = db.read().await?;
        let watch = Watch::start();
        tx.all(select, args![day], |row| row.get::<i64>(1)).await?;
        micros.push(u64::try_from(watch.passed().as_micros()).unwrap_or(u64::MAX));
        if begun.passed() > PATIENCE {
            break;
        }
    }
    db.close().await;
    Ok(Percentiles::of(micros))
}
