//! Which citizens signed in on one device.

use db::{Result, Rows, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::CitizenNo;

use super::citizen::number;

/// Keeps that this citizen was seen on this device.
pub(crate) async fn seen(tx: &mut Tx, hint: &[u8], no: CitizenNo, now: Timestamp) -> Result<()> {
    let insert = sql!(
        "INSERT INTO citizen_device (hint, citizen_no, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (hint, citizen_no) DO UPDATE SET seen_at = excluded.seen_at"
    );
    tx.run(insert, args![hint, no.stored(), now]).await?;
    Ok(())
}

/// How many citizens this device has seen since then.
pub(crate) async fn count(tx: &mut Tx, hint: &[u8], since: Timestamp) -> Result<i64> {
    let select = sql!("SELECT COUNT(*) FROM citizen_device WHERE hint = $1 AND seen_at > $2");
    tx.scalar(select, args![hint, since]).await
}

/// Those of the citizens who share a device with so many others or more, since then: the citizen,
/// and how many were seen on the device with the most.
pub(crate) async fn shared(
    tx: &mut Tx,
    least: i64,
    since: Timestamp,
) -> Result<Vec<(CitizenNo, i64)>> {
    let select = sql!(
        "SELECT d.citizen_no, MAX(many.seen) FROM citizen_device AS d JOIN \
         (SELECT hint, COUNT(*) AS seen FROM citizen_device WHERE seen_at > $1 \
         GROUP BY hint HAVING COUNT(*) >= $2) AS many ON many.hint = d.hint \
         WHERE d.seen_at > $3 GROUP BY d.citizen_no ORDER BY d.citizen_no LIMIT 10000"
    );
    tx.all(select, args![since, least, since], |row| Ok((number(row, 0)?, row.get(1)?))).await
}

/// Devices and who was seen on each since then, in the order of the devices, from behind one.
pub(crate) async fn after(
    tx: &mut Tx,
    hint: &[u8],
    since: Timestamp,
    most: i64,
) -> Result<Vec<(Vec<u8>, CitizenNo)>> {
    let select = sql!(
        "SELECT hint, citizen_no FROM citizen_device WHERE hint > $1 AND seen_at > $2 \
         ORDER BY hint, citizen_no LIMIT $3"
    );
    tx.all(select, args![hint, since, most], |row| Ok((row.get(0)?, number(row, 1)?))).await
}

/// On which devices these citizens were seen since then.
pub(crate) async fn of_citizens(
    tx: &mut Tx,
    citizens: &[CitizenNo],
    since: Timestamp,
) -> Result<Vec<(CitizenNo, Vec<u8>)>> {
    let mut rows = Rows::with_capacity(citizens.len());
    for no in citizens {
        rows.push(args![no.stored(), since]);
    }
    let select = set_sql!(
        "SELECT d.citizen_no, d.hint FROM {rows} \
         JOIN citizen_device AS d ON d.citizen_no = rows.no AND d.seen_at > rows.since",
        no: Int, since: Instant,
    );
    tx.all_of_set(select, rows, |row| Ok((number(row, 0)?, row.get(1)?))).await
}

/// Forgets what was seen before then.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM citizen_device WHERE seen_at < $1"), args![before]).await
}
