//! The direct way in, for the command line and scripts: read, check, and, when all is well, write,
//! in one go. What is the same is never stored; a batch that was written can be taken back as any
//! other.

use std::{path::PathBuf, sync::Arc};

use db::{Db, Entry, Fault, Tx};
use jiff::civil::Date;
use kernel::Cx;
use office::{Mark, Target};
use serde_json::json;

use super::{
    batch::{BatchState, Layout, Report, ReportError},
    classify::{Judged, Terms, Watch, classify},
    desk::Desk,
    meter::Meter,
    problem::{FileProblem, Problem},
    resolve::Leaving,
    sheet, store,
    store::Fixes,
    write::{RowsKept, Under, impact, totals, write},
};
use crate::{
    definition, ledger,
    policy::{Denied, may_import},
};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// The file on disk.
    pub path: PathBuf,
    /// Its name, as people know it.
    pub name: String,
    /// The day for which its facts hold; the title's when not said, else today.
    pub on: Option<Date>,
    /// Only look.
    pub dry_run: bool,
    /// Write the good rows though others are wrong.
    pub skip_wrong: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Imported {
    /// For scripts.
    pub report: Report,
    /// The day that was used.
    pub on: Date,
    /// Whether somebody said it, in the title or in the order.
    pub said: bool,
    /// How the sheet was understood.
    pub layout: Layout,
    wrong: Vec<(i64, Vec<Problem>)>,
}

/// Why nothing was read or written.
#[derive(Debug, thiserror::Error)]
pub enum NotImported {
    /// The file as a whole cannot be taken.
    #[error("{}", .0.message)]
    File(FileProblem),
    /// Not for this actor.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The work was asked to stop; nothing was written.
    #[error("stopped")]
    Stopped,
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Imports a file.
///
/// # Errors
/// [`NotImported`]; nothing is kept then. Wrong rows are no error: the report has them.
pub async fn import_now(
    db: &Db,
    cx: &Cx,
    order: &Order,
    meter: &Arc<Meter>,
) -> Result<Imported, NotImported> {
    let table = sheet::read(order.path.clone(), Arc::clone(meter)).await?;
    let table = table.map_err(|why| match why {
        office::Unreadable::Cancelled => NotImported::Stopped,
        why => NotImported::File(FileProblem::unreadable(&why)),
    })?;
    let layout = sheet::layout(&table);
    let said = order.on.or_else(|| sheet::title_date(&table));
    let on = said.unwrap_or(cx.today());
    if on > cx.today() {
        return Err(NotImported::File(FileProblem::future(on)));
    }
    let mut tx = db.read().await?;
    let desk = Desk::lay(&mut tx, cx, on).await??;
    drop(tx);
    if desk.now.towns().is_empty() && desk.then.towns().is_empty() {
        return Err(NotImported::File(FileProblem::no_towns()));
    }
    let rows = sheet::check(table, desk.clone(), Fixes::new()).await?;
    let watch = Watch { meter, others: None };
    // Only looking needs no writer, and blocks none.
    let mut tx = if order.dry_run { db.read().await? } else { ledger::begin(db).await? };
    if !order.dry_run && !desk.now.is_current(&mut tx).await? {
        return Err(NotImported::File(FileProblem::tree_changed()));
    }
    let named = if order.dry_run { None } else { Some(begin(&mut tx, cx, order, on).await?) };
    let label = named.as_ref().map_or("", |(_, label)| label);
    let terms = terms(&mut tx, cx, label, &order.name, on).await?;
    let judged = classify(&mut tx, cx, &desk, rows, &terms, &watch).await?;
    let judged = judged.ok_or(NotImported::Stopped)?;
    let (report, wrong) = (report(&judged), wrong(&judged));
    let mut imported = Imported { report, on, said: said.is_some(), layout, wrong };
    let Some((id, label)) = named else { return Ok(imported) };
    let blocked = judged.tally.wrong > 0 && !order.skip_wrong;
    if blocked || judged.tally.to_write() == 0 {
        // Nothing to write: the label goes back, too.
        tx.rollback().await?;
        return Ok(imported);
    }
    let under = Under { id, label: &label, on, rows: RowsKept::Now };
    let batch = Now { under, order, desk: &desk, layout: &imported.layout };
    imported.report.imported = batch.write(tx, cx, judged, &watch).await?;
    imported.report.batch = Some(label);
    Ok(imported)
}

/// A batch that is written as soon as it was checked.
struct Now<'a> {
    under: Under<'a>,
    order: &'a Order,
    desk: &'a Desk,
    layout: &'a Layout,
}

impl Now<'_> {
    /// Writes it through all its states, and commits. Answers how many units were written.
    async fn write(
        &self,
        mut tx: Tx,
        cx: &Cx,
        judged: Judged,
        watch: &Watch<'_>,
    ) -> Result<i64, NotImported> {
        let Under { id, label, on, .. } = self.under;
        let tally = judged.tally;
        let before = totals(&mut tx, cx, self.desk).await?;
        store::keep_checked(&mut tx, id, self.layout, &tally, (Some(on), "asked")).await?;
        store::turn(&mut tx, id, BatchState::Ready, BatchState::Writing).await?;
        let (permit, _) = may_import(&cx.actor, &self.desk.now)?;
        let written = write(&mut tx, cx, &permit, &self.under, judged, watch).await?;
        let written = written.ok_or(NotImported::Stopped)?;
        let after = totals(&mut tx, cx, self.desk).await?;
        store::mark_written(&mut tx, cx, id, &impact(before, after)).await?;
        let detail = json!({ "batch": label, "file": self.order.name, "on": on, "new": tally.new,
            "changed": tally.changed, "wrong": tally.wrong });
        tx.journal(cx, Entry::on("import.written", id).detail(&detail));
        tx.commit().await?;
        Ok(written)
    }
}

async fn begin(
    tx: &mut Tx,
    cx: &Cx,
    order: &Order,
    on: Date,
) -> Result<(super::batch::BatchId, String), NotImported> {
    let path = order.path.clone();
    let bytes = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
    let bytes = bytes
        .map_err(sheet::lost)?
        .map_err(|why| NotImported::File(FileProblem::unreadable(&office::Unreadable::Io(why))))?;
    let file = db::file::keep(tx, cx, &order.name, &bytes).await?;
    Ok(store::begin(tx, cx, (file, &order.name), (Some(on), "asked")).await?)
}

/// What rows are judged by, for a batch.
pub(super) async fn terms(
    tx: &mut Tx,
    cx: &Cx,
    label: &str,
    file_name: &str,
    on: Date,
) -> db::Result<Terms> {
    let member_floor = definition::current(tx).await?.member_floor;
    let leaving = Leaving {
        reason: format!("台账导入 {label}"),
        evidence: file_name.to_owned(),
        approved_by: cx.actor.account(),
    };
    Ok(Terms { on, member_floor, leaving })
}

fn report(judged: &Judged) -> Report {
    let mut report = Report::of(&judged.tally);
    let errors = judged.rows.iter().flat_map(|row| {
        let number = row.kept.row;
        row.kept.detail.problems.iter().map(move |problem| ReportError::of(number, problem))
    });
    report.errors = errors.collect();
    report
}

fn wrong(judged: &Judged) -> Vec<(i64, Vec<Problem>)> {
    let wrong = judged.rows.iter().filter(|row| !row.kept.detail.problems.is_empty());
    wrong.map(|row| (row.kept.row, row.kept.detail.problems.clone())).collect()
}

impl Imported {
    /// Gives the person's own workbook back with the wrong cells marked. Blocking.
    ///
    /// # Errors
    /// What [`office::mark`] refuses.
    pub fn mark(
        &self,
        original: &std::path::Path,
        out: &std::path::Path,
        today: Date,
    ) -> Result<office::Marked, office::MarkError> {
        let rows = self.wrong.iter().map(|(row, problems)| (*row, &problems[..]));
        let marks = marks(&self.layout, rows);
        let target =
            Target { sheet: &self.layout.sheet, header_row: self.layout.header_row, on: today };
        office::mark(original, &target, &marks, out)
    }
}

/// What to mark in a sheet.
pub(super) fn marks<'a>(
    layout: &Layout,
    rows: impl Iterator<Item = (i64, &'a [Problem])>,
) -> Vec<Mark> {
    let column_of = |problem: &Problem| {
        let column = problem.column?;
        layout.columns.iter().find(|(one, _, _)| *one == column).map(|(_, _, at)| *at)
    };
    let of_row = |(row, problems): (i64, &'a [Problem])| {
        problems.iter().map(move |problem| Mark {
            row: u32::try_from(row).unwrap_or(u32::MAX),
            column: column_of(problem),
            message: problem.message.clone(),
            suggestion: problem.sentence(),
        })
    };
    let mut marks = Vec::new();
    for row in rows {
        marks.extend(of_row(row));
    }
    marks
}
