//! The rows of a file that are just as the register has them. Not kept, as a ledger that is
//! imported every month is mostly these: whoever wants to see them has the file read again.

use std::{collections::HashSet, sync::Arc};

use db::Db;
use tokio::sync::Mutex;

use super::{
    batch::Batch,
    columns::Column,
    jobs::{Reading, read_file},
    meter::Meter,
    read_cells::text,
    store,
};

/// One file is read for show at a time: a large one fills memory as its check does, and two of
/// them would fill it twice.
#[derive(Debug, Default)]
pub struct OneAtATime(Mutex<()>);

/// A row that is the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameRow {
    /// The sheet's own number.
    pub row: i64,
    /// Name as written.
    pub name: String,
    /// Code as written.
    pub uscc: String,
}

/// The rows after a row number that came to nothing else; nothing when the file cannot be read
/// any more.
pub async fn same_rows(
    db: &Db,
    batch: &Batch,
    gate: &OneAtATime,
    (after, most): (i64, usize),
) -> db::Result<Option<Vec<SameRow>>> {
    let mut tx = db.read().await?;
    let kept: HashSet<i64> = store::row_numbers(&mut tx, batch.id).await?.into_iter().collect();
    let fixes = store::fixes(&mut tx, batch.id).await?;
    drop(tx);
    let _turn = gate.0.lock().await;
    let Reading::Fine(read) = read_file(db, batch, &Arc::new(Meter::default())).await? else {
        return Ok(None);
    };
    let same = read.table.rows.iter().filter(|row| {
        let number = i64::from(row.number);
        number > after && !kept.contains(&number)
    });
    let shown = same.take(most).map(|row| {
        let cell = |column: Column| {
            let fix = fixes.get(&row.number).and_then(|fixes| fixes.get(&column));
            let written = || row.cells.get(column.place()).map(text).unwrap_or_default();
            fix.cloned().unwrap_or_else(written)
        };
        let (name, uscc) = (cell(Column::Name), cell(Column::Uscc));
        SameRow { row: i64::from(row.number), name, uscc }
    });
    Ok(Some(shown.collect()))
}
