//! What people do with a batch: upload, name its day, confirm, stop, abandon, take a suggestion
//! over. Each is one short transaction; the long work is a job.

use db::{Entry, Fault, Tx, job};
use jiff::civil::Date;
use kernel::{Code as _, Cx, Role};
use serde_json::{Value, json};
use web::Refused;

use super::{
    batch::{Batch, BatchId, BatchState, ImportRow, Outcome},
    columns::Column,
    meter::Meters,
    problem::FileProblem,
    store,
};

/// The job that reads and checks a batch.
pub const CHECK: &str = "import.check";
/// The job that writes a batch.
pub const WRITE: &str = "import.write";

/// Why a batch was left as it was.
#[derive(Debug, thiserror::Error)]
pub enum Left {
    /// There is no such batch that the actor may see.
    #[error("no such batch")]
    NotFound,
    /// It is not, or no longer, in a state in which this can be done.
    #[error("{0}")]
    Conflict(String),
    /// Something is missing or wrong.
    #[error("{}", .0.message)]
    Wrong(FileProblem),
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl From<Left> for Refused {
    fn from(left: Left) -> Self {
        match left {
            Left::NotFound => Self::NotFound,
            Left::Conflict(message) => Self::conflict("import-moved-on", message),
            Left::Wrong(FileProblem { code, message }) => Self::unprocessable(code, message),
            Left::Fault(fault) => fault.into(),
        }
    }
}

/// Whether the actor may see a batch: one's own, or any for who administers the whole city.
pub fn is_visible(cx: &Cx, batch: &Batch) -> bool {
    cx.actor.has_citywide(&[Role::Administrator])
        || cx.actor.account().is_some_and(|me| batch.created_by == Some(me))
}

/// A batch that the actor may see.
pub async fn open(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<Batch, Left> {
    let batch = store::find(tx, id).await?.filter(|batch| is_visible(cx, batch));
    batch.ok_or(Left::NotFound)
}

/// The newest batches that the actor may see.
pub async fn list(tx: &mut Tx, cx: &Cx, most: i64) -> db::Result<Vec<Batch>> {
    let everybodys = cx.actor.has_citywide(&[Role::Administrator]);
    store::list(tx, cx.actor.account().filter(|_| !everybodys), most).await
}

/// Rows of one outcome of a batch that the caller has opened, after a row number.
pub async fn rows(
    tx: &mut Tx,
    id: BatchId,
    outcome: Outcome,
    after: i64,
    most: i64,
) -> db::Result<Vec<ImportRow>> {
    store::rows(tx, id, outcome, after, most).await
}

/// Keeps an uploaded file and asks for its check.
pub async fn upload(
    tx: &mut Tx,
    cx: &Cx,
    name: &str,
    bytes: &[u8],
    on: Option<Date>,
) -> Result<BatchId, Left> {
    if let Some(on) = on.filter(|on| *on > cx.today()) {
        return Err(Left::Wrong(FileProblem::future(on)));
    }
    let name = file_name(name);
    let file = db::file::keep(tx, cx, &name, bytes).await?;
    let from = if on.is_some() { "asked" } else { "" };
    let (id, label) = store::begin(tx, cx, (file, &name), (on, from)).await?;
    job::enqueue(tx, cx, CHECK, &ask(id, None)).await?;
    let detail = json!({ "batch": label, "file": name, "bytes": bytes.len() });
    tx.journal(cx, Entry::on("import.uploaded", id).detail(&detail));
    Ok(id)
}

/// Old browsers send the whole path; no name is longer than a line.
fn file_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    name.chars().filter(|letter| !letter.is_control()).take(120).collect()
}

pub(super) fn ask(batch: BatchId, by: Option<kernel::actor::AccountId>) -> Value {
    json!({ "batch": batch, "by": by })
}

fn moved_on(batch: &Batch) -> Left {
    Left::Conflict(format!(
        "批次 {} 现在是“{}”，这一步做不了。什么也没有改动。请刷新看看。",
        batch.label,
        batch.state.label()
    ))
}

/// Another day for the facts: everything is checked anew.
pub async fn name_date(tx: &mut Tx, cx: &Cx, id: BatchId, on: Date) -> Result<(), Left> {
    let batch = open(tx, cx, id).await?;
    if on > cx.today() {
        return Err(Left::Wrong(FileProblem::future(on)));
    }
    if !store::set_date(tx, id, on).await? {
        return Err(moved_on(&batch));
    }
    job::enqueue(tx, cx, CHECK, &ask(id, None)).await?;
    tx.journal(cx, Entry::on("import.dated", id).detail(&json!({ "on": on })));
    Ok(())
}

/// Has the batch written. Of two confirmations one wins.
pub async fn confirm(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<(), Left> {
    let batch = open(tx, cx, id).await?;
    if batch.state == BatchState::Ready && batch.holds_on.is_none() {
        return Err(Left::Wrong(FileProblem {
            code: "date-needed",
            message: "还不知道这张表说的是哪一天的事，没有写入。请先选一个日期。".into(),
        }));
    }
    if batch.state == BatchState::Ready && batch.tally.to_write() == 0 {
        return Err(Left::Wrong(FileProblem {
            code: "nothing-to-write",
            message: "没有可以写入的行，台账没有改动。改好有错的行再传一次就行。".into(),
        }));
    }
    if !store::turn(tx, id, BatchState::Ready, BatchState::Writing).await? {
        return Err(moved_on(&batch));
    }
    job::enqueue(tx, cx, WRITE, &ask(id, cx.actor.account())).await?;
    tx.journal(cx, Entry::on("import.confirmed", id).detail(&json!({ "batch": batch.label })));
    Ok(())
}

/// Stops a check (the batch is abandoned) or a writing (it is ready again). Nothing is written.
///
/// `meters` reach the work in this process at once: while it writes on SQLite, the database would
/// make the caller wait until it is done.
pub async fn stop(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<(), Left> {
    let batch = open(tx, cx, id).await?;
    let stopped = store::turn(tx, id, BatchState::Writing, BatchState::Ready).await?
        || store::turn(tx, id, BatchState::Checking, BatchState::Abandoned).await?;
    // The work itself may have seen the meter and laid the batch down already.
    let laid_down = matches!(batch.state, BatchState::Ready | BatchState::Abandoned);
    if !stopped && !laid_down {
        return Err(moved_on(&batch));
    }
    if stopped {
        tx.journal(cx, Entry::on("import.stopped", id).detail(&json!({ "batch": batch.label })));
    }
    Ok(())
}

/// Tells the work in this process to stop, if the actor may and there is some.
pub async fn tell_to_stop(tx: &mut Tx, cx: &Cx, meters: &Meters, id: BatchId) -> Result<(), Left> {
    open(tx, cx, id).await?;
    if let Some(meter) = meters.of(id) {
        meter.stop();
    }
    Ok(())
}

/// Lays a batch down for good.
pub async fn abandon(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<(), Left> {
    let batch = open(tx, cx, id).await?;
    if !store::turn(tx, id, BatchState::Ready, BatchState::Abandoned).await? {
        return Err(moved_on(&batch));
    }
    tx.journal(cx, Entry::on("import.abandoned", id).detail(&json!({ "batch": batch.label })));
    Ok(())
}

/// Which suggestions are taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Adopt {
    /// That of one cell.
    Cell(i64, Column),
    /// Those of every cell with the same problem.
    Kind(Column, String),
}

/// Takes suggestions over and has the batch checked anew. Answers how many.
pub async fn adopt(tx: &mut Tx, cx: &Cx, id: BatchId, which: &Adopt) -> Result<usize, Left> {
    let batch = open(tx, cx, id).await?;
    let rows = store::rows(tx, id, Outcome::Wrong, 0, i64::MAX).await?;
    let mut fixes = Vec::new();
    for row in &rows {
        for problem in &row.detail.problems {
            let (Some(column), Some(fix)) = (problem.column, &problem.fix) else { continue };
            let meant = match which {
                Adopt::Cell(at, of) => (row.row, column) == (*at, *of),
                Adopt::Kind(of, code) => column == *of && problem.code == *code,
            };
            if meant {
                fixes.push((row.row, column, fix.clone()));
            }
        }
    }
    if fixes.is_empty() || !store::turn(tx, id, BatchState::Ready, BatchState::Checking).await? {
        return Err(moved_on(&batch));
    }
    // A cell may have two problems; one value can stand in it.
    fixes.dedup_by_key(|(row, column, _)| (*row, *column));
    store::keep_fixes(tx, id, &fixes).await?;
    job::enqueue(tx, cx, CHECK, &ask(id, None)).await?;
    let detail = json!({ "batch": batch.label, "cells": fixes.len() });
    tx.journal(cx, Entry::on("import.mended", id).detail(&detail));
    Ok(fixes.len())
}
