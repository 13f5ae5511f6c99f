//! A file on disk becomes a table, and a table becomes drafts. Blocking; the callers run it where
//! blocking is allowed.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::civil::Date;
use kernel::{Code as _, as_of_in_title};
use office::{Limits, Table, Unreadable, read_table};

use super::{
    batch::Layout,
    check::Checker,
    columns::{Column, headers},
    desk::Desk,
    draft::{Draft, Wrong},
    meter::Meter,
    store::Fixes,
};

/// Why blocking work did not come back: it panicked, or the process is ending.
pub(super) fn lost(why: tokio::task::JoinError) -> db::Fault {
    db::Fault::Invariant(format!("reading a sheet ended early: {why}"))
}

/// Reads a file's table, off the threads that answer requests.
pub(super) async fn read(
    path: PathBuf,
    meter: Arc<Meter>,
) -> db::Result<Result<Table, Unreadable>> {
    tokio::task::spawn_blocking(move || read_here(&path, &meter)).await.map_err(lost)
}

fn read_here(path: &Path, meter: &Meter) -> Result<Table, Unreadable> {
    let mut progress = |rows: u64| {
        meter.set(i64::try_from(rows).unwrap_or(i64::MAX), 0);
        if meter.is_stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    read_table(path, &headers(), &Limits::default(), &mut progress)
}

/// Checks every row, off the threads that answer requests.
pub(super) async fn check(
    table: Table,
    desk: Desk,
    fixes: Fixes,
) -> db::Result<Vec<Result<Draft, Wrong>>> {
    let all = move || {
        let mut checker = Checker::new(&desk, &table.columns);
        table.rows.iter().map(|row| checker.check(row, fixes.get(&row.number))).collect()
    };
    tokio::task::spawn_blocking(all).await.map_err(lost)
}

/// How a table was understood.
pub(super) fn layout(table: &Table) -> Layout {
    let columns = table
        .columns
        .iter()
        .map(|found| (Column::ALL[found.wanted], found.text.clone(), found.column));
    Layout {
        sheet: table.sheet.clone(),
        header_row: table.header_row,
        template: table.template_version.clone(),
        columns: columns.collect(),
        unknown: table.unknown.clone(),
        title: dated_title(table).map(|(title, _)| title.to_owned()),
    }
}

/// The day that a title says the table holds for.
pub(super) fn title_date(table: &Table) -> Option<Date> {
    dated_title(table).map(|(_, on)| on)
}

fn dated_title(table: &Table) -> Option<(&str, Date)> {
    let titles = table.titles.iter().map(String::as_str).chain([table.sheet.as_str()]);
    titles.into_iter().find_map(|title| Some((title, as_of_in_title(title)?)))
}
