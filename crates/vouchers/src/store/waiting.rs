//! SQL of the waiting room: two counters of a batch, and nobody's name.

use db::{Result, Rows, Tx, args, set_sql, sql};

use crate::waiting::Lots;

/// How many came before the opening, by lot.
pub(crate) async fn lots(tx: &mut Tx, batch_no: i64) -> Result<Lots> {
    let select = sql!("SELECT lot, given_count FROM voucher_line WHERE batch_no = $1");
    let counts = tx.all(select, args![batch_no], |row| {
        let lot: i64 = row.get(0)?;
        Ok((u8::try_from(lot).unwrap_or(u8::MAX), row.get(1)?))
    });
    Ok(Lots::of(counts.await?))
}

/// Counts so many more into these lots; answers how many each has then. In the order of the lots,
/// so that of two nodes neither waits for the other.
pub(crate) async fn come_early(
    tx: &mut Tx,
    batch_no: i64,
    counts: Vec<(u8, i64)>,
) -> Result<Vec<(u8, i64)>> {
    let mut rows = Rows::with_capacity(counts.len());
    for (lot, count) in counts {
        rows.push(args![batch_no, i64::from(lot), count]);
    }
    let upsert = set_sql!(
        "INSERT INTO voucher_line (batch_no, lot, given_count) \
         SELECT batch_no, lot, given_count FROM {rows} WHERE TRUE ORDER BY lot \
         ON CONFLICT (batch_no, lot) \
         DO UPDATE SET given_count = voucher_line.given_count + excluded.given_count \
         RETURNING lot, given_count",
        batch_no: Int, lot: Int, given_count: Int,
    );
    tx.all_of_set(upsert, rows, |row| {
        let lot: i64 = row.get(0)?;
        Ok((u8::try_from(lot).unwrap_or(u8::MAX), row.get(1)?))
    })
    .await
}

/// Takes so much time at the end of the line, all in microseconds: it ends `now` at the earliest,
/// and at `base` while nobody came after the opening. Answers where it ends then.
pub(crate) async fn come_late(
    tx: &mut Tx,
    batch_no: i64,
    (now, base): (i64, i64),
    span: i64,
) -> Result<i64> {
    let upsert = sql!(
        "INSERT INTO voucher_turn (batch_no, next_us) VALUES ($1, $2) \
         ON CONFLICT (batch_no) DO UPDATE SET next_us = $4 + \
         CASE WHEN voucher_turn.next_us < $3 THEN $3 ELSE voucher_turn.next_us END \
         RETURNING next_us"
    );
    tx.scalar(upsert, args![batch_no, base + span, now, span]).await
}
