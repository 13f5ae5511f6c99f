//! SQL on imports: batches, their rows, fixes, and what stood before.

use std::collections::HashMap;

use db::{Result, Row, Rows, Tx, args, file::FileId, set_sql, sql};
use jiff::civil::Date;
use kernel::{Code as _, Cx, actor::AccountId};
use serde_json::json;

use super::{
    batch::{Batch, BatchId, BatchState, Impact, ImportRow, Layout, Outcome, RowDetail, Tally},
    columns::Column,
    shown,
};
use crate::unit::OrganisationId;

fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<Option<T>> {
    if text.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text).map(Some).map_err(|why| db::Fault::Invariant(why.to_string()))
}

fn batch(row: &Row) -> Result<Batch> {
    let (layout, impact): (String, String) = (row.get(6)?, row.get(15)?);
    let failure: (Option<String>, Option<String>) = (row.get(13)?, row.get(14)?);
    Ok(Batch {
        id: row.get(0)?,
        label: row.get(1)?,
        file: row.get(2)?,
        file_name: row.get(3)?,
        state: row.code(4)?,
        holds_on: row.get(5)?,
        layout: parsed(&layout)?,
        tally: Tally {
            rows: row.get(7)?,
            new: row.get(9)?,
            changed: row.get(10)?,
            same: row.get(11)?,
            wrong: row.get(12)?,
        },
        done_count: row.get(8)?,
        failure: failure.0.zip(failure.1),
        impact: parsed(&impact)?,
        version: row.get(16)?,
        created_at: row.get(17)?,
        created_by: row.get(18)?,
        written_at: row.get(19)?,
        written_by: row.get(20)?,
        undone_at: row.get(21)?,
        holds_from: row.get(22)?,
    })
}

/// Begins a batch under the year's next label.
pub(super) async fn begin(
    tx: &mut Tx,
    cx: &Cx,
    (file, name): (FileId, &str),
    (holds_on, holds_from): (Option<Date>, &str),
) -> Result<(BatchId, String)> {
    let count = sql!("SELECT COUNT(*) FROM import_batch WHERE label >= $1 AND label < $2");
    let insert = sql!(
        "INSERT INTO import_batch (id, label, file_id, file_name, state, holds_on, holds_from, \
         layout, row_count, done_count, new_count, changed_count, same_count, wrong_count, \
         impact, version, created_at, created_by) VALUES ($1, $2, $3, $4, 'checking', $5, $6, \
         '', 0, 0, 0, 0, 0, 0, '', 1, $7, $8) ON CONFLICT (label) DO NOTHING"
    );
    let year = cx.today().year();
    let (from, to) = (format!("IM-{year:04}-"), format!("IM-{year:04}-~"));
    let before: i64 = tx.scalar(count, args![from, to]).await?;
    let id: BatchId = cx.new_id();
    let mut number = before + 1;
    loop {
        // Another may take the same number at the same moment: then the next one.
        let label = shown::label(year, number);
        let by = cx.actor.account();
        let values = args![id, &label, file, name, holds_on, holds_from, cx.now, by];
        if tx.run(insert, values).await? == 1 {
            return Ok((id, label));
        }
        number += 1;
    }
}

/// A batch as it stands.
pub(super) async fn find(tx: &mut Tx, id: BatchId) -> Result<Option<Batch>> {
    let select = sql!(
        "SELECT id, label, file_id, file_name, state, holds_on, layout, row_count, done_count, \
         new_count, changed_count, same_count, wrong_count, failure_code, failure_message, impact, \
         version, created_at, created_by, written_at, written_by, undone_at, holds_from \
         FROM import_batch WHERE id = $1"
    );
    tx.maybe(select, args![id], batch).await
}

/// The newest batches: everybody's, or one person's.
pub(super) async fn list(tx: &mut Tx, of: Option<AccountId>, most: i64) -> Result<Vec<Batch>> {
    let select = sql!(
        "SELECT id, label, file_id, file_name, state, holds_on, layout, row_count, done_count, \
         new_count, changed_count, same_count, wrong_count, failure_code, failure_message, impact, \
         version, created_at, created_by, written_at, written_by, undone_at, holds_from \
         FROM import_batch WHERE (created_by = $1 OR $1 IS NULL) \
         ORDER BY created_at DESC, id DESC LIMIT $2"
    );
    tx.all(select, args![of, most], batch).await
}

/// Moves a batch from one state to another. Answers whether it was still in the first.
pub(super) async fn turn(
    tx: &mut Tx,
    id: BatchId,
    from: BatchState,
    to: BatchState,
) -> Result<bool> {
    let update = sql!(
        "UPDATE import_batch SET state = $3, done_count = 0, failure_code = NULL, \
         failure_message = NULL, version = version + 1 WHERE id = $1 AND state = $2"
    );
    Ok(tx.run(update, args![id, from.code(), to.code()]).await? == 1)
}

/// Keeps why a batch did not go on.
pub(super) async fn keep_failure(
    tx: &mut Tx,
    id: BatchId,
    code: &str,
    message: &str,
) -> Result<()> {
    let update = sql!(
        "UPDATE import_batch SET failure_code = $2, failure_message = $3, version = version + 1 \
         WHERE id = $1"
    );
    tx.run(update, args![id, code, message]).await?;
    Ok(())
}

/// Keeps how far the phase is, for other connections.
pub(super) async fn keep_progress(tx: &mut Tx, id: BatchId, done: i64, rows: i64) -> Result<()> {
    let update = sql!(
        "UPDATE import_batch SET done_count = $2, row_count = $3 \
         WHERE id = $1 AND state IN ('checking', 'writing')"
    );
    tx.run(update, args![id, done, rows]).await?;
    Ok(())
}

/// Keeps what a check found: the batch is ready. Answers whether it was still being checked.
pub(super) async fn keep_checked(
    tx: &mut Tx,
    id: BatchId,
    layout: &Layout,
    tally: &Tally,
    (holds_on, holds_from): (Option<Date>, &str),
) -> Result<bool> {
    let update = sql!(
        "UPDATE import_batch SET state = 'ready', layout = $2, row_count = $3, done_count = $3, \
         new_count = $4, changed_count = $5, same_count = $6, wrong_count = $7, holds_on = $8, \
         holds_from = $9, version = version + 1 WHERE id = $1 AND state = 'checking'"
    );
    let layout = json!(layout).to_string();
    let Tally { rows, new, changed, same, wrong } = *tally;
    let values = args![id, layout, rows, new, changed, same, wrong, holds_on, holds_from];
    Ok(tx.run(update, values).await? == 1)
}

/// Another day for its facts: it is checked anew.
pub(super) async fn set_date(tx: &mut Tx, id: BatchId, on: Date) -> Result<bool> {
    let update = sql!(
        "UPDATE import_batch SET holds_on = $2, holds_from = 'asked', state = 'checking', \
         done_count = 0, failure_code = NULL, failure_message = NULL, version = version + 1 \
         WHERE id = $1 AND state = 'ready'"
    );
    Ok(tx.run(update, args![id, on]).await? == 1)
}

/// Marks a batch as written. Answers whether it was still being written.
pub(super) async fn mark_written(
    tx: &mut Tx,
    cx: &Cx,
    id: BatchId,
    impact: &Impact,
) -> Result<bool> {
    let update = sql!(
        "UPDATE import_batch SET state = 'written', written_at = $2, written_by = $3, \
         impact = $4, done_count = row_count, version = version + 1 \
         WHERE id = $1 AND state = 'writing'"
    );
    let values = args![id, cx.now, cx.actor.account(), json!(impact).to_string()];
    Ok(tx.run(update, values).await? == 1)
}

/// Marks a batch as taken back. Answers whether it still stood written.
pub(super) async fn mark_undone(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<bool> {
    let update = sql!(
        "UPDATE import_batch SET state = 'undone', undone_at = $2, undone_by = $3, \
         version = version + 1 WHERE id = $1 AND state = 'written'"
    );
    Ok(tx.run(update, args![id, cx.now, cx.actor.account()]).await? == 1)
}

/// Forgets the rows of an earlier check.
pub(super) async fn clear_rows(tx: &mut Tx, id: BatchId) -> Result<()> {
    tx.run(sql!("DELETE FROM import_row WHERE batch_id = $1"), args![id]).await?;
    Ok(())
}

/// A row that was written: the unit's number, and its version after.
pub(super) type Wrote = Option<(i64, i64)>;

/// Keeps rows of a batch.
pub(super) async fn keep_rows(
    tx: &mut Tx,
    id: BatchId,
    kept: &[(&ImportRow, Wrote)],
) -> Result<()> {
    let insert = set_sql!(
        "INSERT INTO import_row (batch_id, row_no, outcome, name, uscc, cells, unit_no, \
         written_version) SELECT batch_id, row_no, outcome, name, uscc, cells, unit_no, \
         written_version FROM {rows}",
        batch_id: Uuid, row_no: Int, outcome: Text, name: Text, uscc: Text, cells: Text,
        unit_no: Int, written_version: Int,
    );
    let rows = kept.iter().map(|(one, wrote)| {
        let cells = serde_json::to_string(&one.detail).unwrap_or_default();
        args![
            id,
            one.row,
            one.outcome.code(),
            // A text file may hold what no sheet can.
            one.name.replace('\0', ""),
            one.uscc.replace('\0', ""),
            cells,
            wrote.map(|(no, _)| no),
            wrote.map(|(_, version)| version),
        ]
    });
    tx.run_made_set(insert, rows).await?;
    Ok(())
}

/// Notes which units the rows of a batch became.
pub(super) async fn keep_wrote(tx: &mut Tx, id: BatchId, wrote: &[(i64, i64, i64)]) -> Result<()> {
    let update = set_sql!(
        "UPDATE import_row SET unit_no = rows.no, written_version = rows.version FROM {rows} \
         WHERE import_row.batch_id = rows.batch AND import_row.row_no = rows.row_number",
        batch: Uuid, row_number: Int, no: Int, version: Int,
    );
    let mut rows = Rows::with_capacity(wrote.len());
    for (row, no, version) in wrote {
        rows.push(args![id, *row, *no, *version]);
    }
    tx.run_set(update, rows).await?;
    Ok(())
}

fn import_row(row: &Row) -> Result<ImportRow> {
    let cells: String = row.get(4)?;
    Ok(ImportRow {
        row: row.get(0)?,
        outcome: row.code(1)?,
        name: row.get(2)?,
        uscc: row.get(3)?,
        detail: parsed::<RowDetail>(&cells)?.unwrap_or_default(),
    })
}

/// Rows of one outcome after a row number, in the sheet's order.
pub(super) async fn rows(
    tx: &mut Tx,
    id: BatchId,
    outcome: Outcome,
    after: i64,
    most: i64,
) -> Result<Vec<ImportRow>> {
    let select = sql!(
        "SELECT row_no, outcome, name, uscc, cells FROM import_row \
         WHERE batch_id = $1 AND outcome = $2 AND row_no > $3 ORDER BY row_no LIMIT $4"
    );
    tx.all(select, args![id, outcome.code(), after, most], import_row).await
}

/// The numbers of the kept rows.
pub(super) async fn row_numbers(tx: &mut Tx, id: BatchId) -> Result<Vec<i64>> {
    let select = sql!("SELECT row_no FROM import_row WHERE batch_id = $1");
    tx.all(select, args![id], |row| row.get(0)).await
}

/// Every kept row by its number: to see whether a new check comes to the same.
pub(super) async fn all_rows(tx: &mut Tx, id: BatchId) -> Result<HashMap<i64, ImportRow>> {
    let select =
        sql!("SELECT row_no, outcome, name, uscc, cells FROM import_row WHERE batch_id = $1");
    let rows = tx.all(select, args![id], import_row).await?;
    Ok(rows.into_iter().map(|one| (one.row, one)).collect())
}

/// The units that a batch wrote: number, version after it, and whether it registered them.
pub(super) async fn wrote(tx: &mut Tx, id: BatchId) -> Result<Vec<(i64, i64, bool)>> {
    let select = sql!(
        "SELECT unit_no, written_version, outcome FROM import_row \
         WHERE batch_id = $1 AND written_version IS NOT NULL ORDER BY unit_no"
    );
    tx.all(select, args![id], |row| {
        Ok((row.get(0)?, row.get(1)?, row.code::<Outcome>(2)? == Outcome::New))
    })
    .await
}

/// Keeps what stood before: unit numbers and JSON.
pub(super) async fn keep_before(tx: &mut Tx, id: BatchId, kept: Vec<(i64, String)>) -> Result<()> {
    let insert = set_sql!(
        "INSERT INTO import_before (batch_id, unit_no, before) \
         SELECT batch_id, unit_no, before FROM {rows}",
        batch_id: Uuid, unit_no: Int, before: Text,
    );
    let mut rows = Rows::with_capacity(kept.len());
    for (no, before) in kept {
        rows.push(args![id, no, before]);
    }
    tx.run_set(insert, rows).await?;
    Ok(())
}

/// What stood before, by unit number.
pub(super) async fn before(tx: &mut Tx, id: BatchId) -> Result<HashMap<i64, String>> {
    let select = sql!("SELECT unit_no, before FROM import_before WHERE batch_id = $1");
    let rows = tx.all(select, args![id], |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(rows.into_iter().collect())
}

/// Cells that a person mended, by row.
pub(super) type Fixes = HashMap<u32, HashMap<Column, String>>;

/// The fixes of a batch.
pub(super) async fn fixes(tx: &mut Tx, id: BatchId) -> Result<Fixes> {
    let select = sql!("SELECT row_no, column_name, value FROM import_fix WHERE batch_id = $1");
    let found = tx
        .all(select, args![id], |row| {
            Ok((row.get::<u32>(0)?, row.code::<Column>(1)?, row.get::<String>(2)?))
        })
        .await?;
    let mut fixes = Fixes::new();
    for (row, column, value) in found {
        fixes.entry(row).or_default().insert(column, value);
    }
    Ok(fixes)
}

/// Keeps fixes; a later one of the same cell stands.
pub(super) async fn keep_fixes(
    tx: &mut Tx,
    id: BatchId,
    fixes: &[(i64, Column, String)],
) -> Result<()> {
    let insert = set_sql!(
        "INSERT INTO import_fix (batch_id, row_no, column_name, value) \
         SELECT batch_id, row_no, column_name, value FROM {rows} WHERE TRUE \
         ON CONFLICT (batch_id, row_no, column_name) DO UPDATE SET value = excluded.value",
        batch_id: Uuid, row_no: Int, column_name: Text, value: Text,
    );
    let mut rows = Rows::with_capacity(fixes.len());
    for (row, column, value) in fixes {
        rows.push(args![id, *row, column.code(), value]);
    }
    tx.run_set(insert, rows).await?;
    Ok(())
}

/// Ids of organisations by their folded names.
pub(super) async fn organisations(
    tx: &mut Tx,
    folded: impl Iterator<Item = &str>,
) -> Result<HashMap<String, OrganisationId>> {
    let select = set_sql!(
        "SELECT o.name_folded, o.id FROM {rows} JOIN organisation AS o \
         ON o.name_folded = rows.folded",
        folded: Text,
    );
    let mut rows = Rows::new();
    for one in folded {
        rows.push(args![one]);
    }
    let found = tx.all_of_set(select, rows, |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(found.into_iter().collect())
}

/// Names of organisations.
pub(super) async fn organisation_names(
    tx: &mut Tx,
    ids: impl Iterator<Item = OrganisationId>,
) -> Result<HashMap<OrganisationId, String>> {
    let select = set_sql!(
        "SELECT o.id, o.name FROM {rows} JOIN organisation AS o ON o.id = rows.wanted",
        wanted: Uuid,
    );
    let mut rows = Rows::new();
    for one in ids {
        rows.push(args![one]);
    }
    let found = tx.all_of_set(select, rows, |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(found.into_iter().collect())
}

/// Forgets organisations that a batch made and that no unit names any more.
pub(super) async fn remove_orphans(tx: &mut Tx, made_at: jiff::Timestamp) -> Result<u64> {
    let delete = sql!(
        "DELETE FROM organisation WHERE created_at = $1 AND id NOT IN \
         (SELECT organisation_id FROM unit_state WHERE organisation_id IS NOT NULL)"
    );
    tx.run(delete, args![made_at]).await
}

/// Every worker, in office or not.
pub(super) async fn workers(tx: &mut Tx) -> Result<Vec<crate::worker::Worker>> {
    let select = sql!(
        "SELECT id, name, level, station_id, body_id, account_id, from_on, to_on, version \
         FROM worker ORDER BY name_folded, id"
    );
    tx.all(select, args![], |row| {
        Ok(crate::worker::Worker {
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
    })
    .await
}
