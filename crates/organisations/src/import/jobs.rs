//! The long work on a batch: check it, write it. Each job can be run again after its process was
//! killed: what was not committed is not there.

use std::sync::Arc;

use db::{Db, Engine, Entry, Tx};
use jiff::civil::Date;
use kernel::{Actor, Cx, actor::AccountId};
use office::Table;
use serde::Deserialize;
use serde_json::{Value, json};
use web::State;

use super::{
    batch::{Batch, BatchId, BatchState, ImportRow, Layout},
    classify::{Judged, Watch, classify},
    desk::Desk,
    meter::{Meter, Meters},
    now::terms,
    problem::FileProblem,
    sheet, store,
    write::{RowsKept, Under, impact, totals, write},
};
use crate::{ledger, policy::may_import};

#[derive(Deserialize)]
struct Payload {
    batch: BatchId,
    by: Option<AccountId>,
}

fn payload(value: Value) -> Result<Payload, String> {
    serde_json::from_value(value).map_err(|why| why.to_string())
}

/// Runs [`CHECK`](super::verbs::CHECK).
///
/// # Errors
/// For the operator: what the database or the machine refused. A bad file is no error.
pub async fn run_check(state: State, cx: Cx, value: Value) -> Result<(), String> {
    let Payload { batch, .. } = payload(value)?;
    let running = state.part::<Meters>().begin(batch);
    check(state.db(), &cx, batch, &running.meter).await.map_err(|why| why.to_string())
}

/// Runs [`WRITE`](super::verbs::WRITE).
///
/// # Errors
/// For the operator: what the database or the machine refused.
pub async fn run_write(state: State, cx: Cx, value: Value) -> Result<(), String> {
    let Payload { batch, by } = payload(value)?;
    let running = state.part::<Meters>().begin(batch);
    let work = Writing { db: state.db(), meter: &running.meter, id: batch };
    work.run(&cx, by).await.map_err(|why| why.to_string())
}

/// A batch's file, read.
pub(super) struct Read {
    pub table: Table,
    layout: Layout,
    title: Option<Date>,
}

/// What a reading of a batch's file came to.
pub(super) enum Reading {
    Fine(Box<Read>),
    Stopped,
    Bad(FileProblem),
}

pub(super) async fn read_file(db: &Db, batch: &Batch, meter: &Arc<Meter>) -> db::Result<Reading> {
    let mut tx = db.read().await?;
    let bytes = db::file::bytes(&mut tx, batch.file).await?;
    drop(tx);
    let kept = tokio::task::spawn_blocking(move || {
        let file = tempfile::NamedTempFile::with_prefix("tongpin-import-")?;
        std::fs::write(file.path(), &bytes)?;
        std::io::Result::Ok(file)
    });
    let file = kept.await.map_err(sheet::lost)?;
    let file = file.map_err(|why| db::Fault::Invariant(format!("no temporary file: {why}")))?;
    let table = sheet::read(file.path().to_owned(), Arc::clone(meter)).await?;
    Ok(match table {
        Ok(table) => {
            let (layout, title) = (sheet::layout(&table), sheet::title_date(&table));
            Reading::Fine(Box::new(Read { table, layout, title }))
        }
        Err(office::Unreadable::Cancelled) => Reading::Stopped,
        Err(why) => Reading::Bad(FileProblem::unreadable(&why)),
    })
}

/// The person in whose name a job works; the system itself for none.
async fn person(tx: &mut Tx, cx: &Cx, by: Option<AccountId>) -> db::Result<Option<Cx>> {
    match by {
        None => Ok(Some(cx.clone())),
        Some(account) => {
            let actor = people::actor_of(tx, account).await?;
            Ok(actor.map(|actor: Actor| cx.acting_as(actor)))
        }
    }
}

fn no_longer_allowed() -> FileProblem {
    FileProblem {
        code: "not-allowed",
        message: "上传的人现在没有导入的权限，什么也没有写入。请管理员看看账户和权限。".into(),
    }
}

async fn check(db: &Db, cx: &Cx, id: BatchId, meter: &Arc<Meter>) -> db::Result<()> {
    let mut tx = db.read().await?;
    let found = store::find(&mut tx, id).await?;
    drop(tx);
    let Some(batch) = found.filter(|batch| batch.state == BatchState::Checking) else {
        return Ok(());
    };
    let read = match read_file(db, &batch, meter).await? {
        Reading::Fine(read) => *read,
        Reading::Stopped => return lay_down(db, id).await,
        Reading::Bad(why) => return turn_away(db, cx, id, &why).await,
    };
    let (holds_on, from, future) = settle_date(&batch, read.title, cx.today());
    let mut tx = db.read().await?;
    let Some(cx) = person(&mut tx, cx, batch.created_by).await? else {
        drop(tx);
        return turn_away(db, cx, id, &no_longer_allowed()).await;
    };
    let on = holds_on.unwrap_or(cx.today());
    let Ok(desk) = Desk::lay(&mut tx, &cx, on).await? else {
        drop(tx);
        return turn_away(db, &cx, id, &no_longer_allowed()).await;
    };
    drop(tx);
    if desk.now.towns().is_empty() && desk.then.towns().is_empty() {
        return turn_away(db, &cx, id, &FileProblem::no_towns()).await;
    }
    let layout = read.layout;
    let judged = judge(db, &cx, &batch, (read.table, desk, on), meter).await?;
    let Some(judged) = judged else { return lay_down(db, id).await };
    keep(db, &batch, &layout, &judged, (holds_on, from), future).await
}

/// A day that a person chose stands; else the title's, unless it has not come yet.
fn settle_date(
    batch: &Batch,
    title: Option<Date>,
    today: Date,
) -> (Option<Date>, &'static str, Option<FileProblem>) {
    if batch.holds_from == "asked" {
        return (batch.holds_on, "asked", None);
    }
    match title {
        Some(on) if on > today => (None, "", Some(FileProblem::future(on))),
        Some(on) => (Some(on), "title", None),
        None => (None, "", None),
    }
}

async fn judge(
    db: &Db,
    cx: &Cx,
    batch: &Batch,
    (table, desk, on): (Table, Desk, Date),
    meter: &Meter,
) -> db::Result<Option<Judged>> {
    let mut tx = db.read().await?;
    let fixes = store::fixes(&mut tx, batch.id).await?;
    drop(tx);
    let rows = sheet::check(table, desk.clone(), fixes).await?;
    let mut tx = db.read().await?;
    let terms = terms(&mut tx, cx, &batch.label, &batch.file_name, on).await?;
    let watch = Watch { meter, others: Some((db, batch.id)) };
    classify(&mut tx, cx, &desk, rows, &terms, &watch).await
}

/// Keeps what a check found, all at once.
async fn keep(
    db: &Db,
    batch: &Batch,
    layout: &Layout,
    judged: &Judged,
    date: (Option<Date>, &str),
    failure: Option<FileProblem>,
) -> db::Result<()> {
    let mut tx = db.write().await?;
    store::clear_rows(&mut tx, batch.id).await?;
    let kept: Vec<_> = judged.rows.iter().map(|row| (&row.kept, None)).collect();
    store::keep_rows(&mut tx, batch.id, &kept).await?;
    if !store::keep_checked(&mut tx, batch.id, layout, &judged.tally, date).await? {
        // Somebody stopped it meanwhile.
        return tx.rollback().await;
    }
    if let Some(FileProblem { code, message }) = failure {
        store::keep_failure(&mut tx, batch.id, code, &message).await?;
    }
    tx.commit().await
}

/// The check was asked to stop.
async fn lay_down(db: &Db, id: BatchId) -> db::Result<()> {
    let mut tx = db.write().await?;
    store::turn(&mut tx, id, BatchState::Checking, BatchState::Abandoned).await?;
    tx.commit().await
}

/// The file cannot be taken.
async fn turn_away(db: &Db, cx: &Cx, id: BatchId, why: &FileProblem) -> db::Result<()> {
    let mut tx = db.write().await?;
    if store::turn(&mut tx, id, BatchState::Checking, BatchState::Unreadable).await? {
        store::keep_failure(&mut tx, id, why.code, &why.message).await?;
        let detail = json!({ "code": why.code });
        tx.journal(cx, Entry::on("import.refused", id).detail(&detail));
    }
    tx.commit().await
}

/// The writing of one batch.
struct Writing<'a> {
    db: &'a Db,
    meter: &'a Arc<Meter>,
    id: BatchId,
}

impl Writing<'_> {
    async fn run(&self, cx: &Cx, by: Option<AccountId>) -> db::Result<()> {
        let mut tx = self.db.read().await?;
        let found = store::find(&mut tx, self.id).await?;
        let Some(batch) = found.filter(|batch| batch.state == BatchState::Writing) else {
            return Ok(());
        };
        let Some(cx) = person(&mut tx, cx, by).await? else {
            drop(tx);
            return self.give_back(&no_longer_allowed()).await;
        };
        drop(tx);
        let Some(on) = batch.holds_on else { return Ok(()) };
        let read = match read_file(self.db, &batch, self.meter).await? {
            Reading::Fine(read) => *read,
            Reading::Stopped => return self.stopped().await,
            Reading::Bad(why) => return self.give_back(&why).await,
        };
        let mut tx = self.db.read().await?;
        let Ok(desk) = Desk::lay(&mut tx, &cx, on).await? else {
            drop(tx);
            return self.give_back(&no_longer_allowed()).await;
        };
        let fixes = store::fixes(&mut tx, self.id).await?;
        drop(tx);
        let rows = sheet::check(read.table, desk.clone(), fixes).await?;
        let tx = ledger::begin(self.db).await?;
        self.write(tx, &cx, &batch, (&desk, rows, on), &read.layout).await
    }

    async fn write(
        &self,
        mut tx: Tx,
        cx: &Cx,
        batch: &Batch,
        (desk, rows, on): (&Desk, Vec<Result<super::draft::Draft, super::draft::Wrong>>, Date),
        layout: &Layout,
    ) -> db::Result<()> {
        if !desk.now.is_current(&mut tx).await? {
            tx.rollback().await?;
            return self.give_back(&FileProblem::tree_changed()).await;
        }
        let inside = Watch { meter: self.meter, others: None };
        let terms = terms(&mut tx, cx, &batch.label, &batch.file_name, on).await?;
        let judged = classify(&mut tx, cx, desk, rows, &terms, &inside).await?;
        let Some(judged) = judged else {
            tx.rollback().await?;
            return self.stopped().await;
        };
        let differing = differing(&store::all_rows(&mut tx, self.id).await?, &judged);
        if differing > 0 {
            tx.rollback().await?;
            return self.show_again(batch, layout, &judged, differing).await;
        }
        let Ok((permit, _)) = may_import(&cx.actor, &desk.now) else {
            tx.rollback().await?;
            return self.give_back(&no_longer_allowed()).await;
        };
        let before = totals(&mut tx, cx, desk).await?;
        let under = Under { id: self.id, label: &batch.label, on, rows: RowsKept::Already };
        let tally = judged.tally;
        // SQLite has one writer, and this is it.
        let others = match self.db.engine() {
            Engine::Sqlite => None,
            Engine::Postgres => Some((self.db, self.id)),
        };
        let watch = Watch { meter: self.meter, others };
        if write(&mut tx, cx, &permit, &under, judged, &watch).await?.is_none() {
            tx.rollback().await?;
            return self.stopped().await;
        }
        let after = totals(&mut tx, cx, desk).await?;
        if !store::mark_written(&mut tx, cx, self.id, &impact(before, after)).await? {
            // Stopped at the last moment, or another worker was faster.
            return tx.rollback().await;
        }
        let detail = json!({ "batch": batch.label, "file": batch.file_name, "on": on,
            "new": tally.new, "changed": tally.changed, "wrong": tally.wrong });
        tx.journal(cx, Entry::on("import.written", self.id).detail(&detail));
        tx.commit().await
    }

    /// The register is no longer what the person saw: they see it anew, and decide anew.
    async fn show_again(
        &self,
        batch: &Batch,
        layout: &Layout,
        judged: &Judged,
        differing: usize,
    ) -> db::Result<()> {
        let mut tx = self.db.write().await?;
        let back = store::turn(&mut tx, self.id, BatchState::Writing, BatchState::Checking);
        if !back.await? {
            return tx.rollback().await;
        }
        tx.commit().await?;
        let why = FileProblem {
            code: "changed-meanwhile",
            message: format!(
                "核对之后，有人改了台账，{differing} 行的结果变了。这次没有写入。\
                 下面是重新核对的结果，请再看一遍再确认。"
            ),
        };
        let date = (batch.holds_on, batch.holds_from.as_str());
        keep(self.db, batch, layout, judged, date, Some(why)).await
    }

    async fn stopped(&self) -> db::Result<()> {
        let why = FileProblem {
            code: "stopped",
            message: "已经停下，一行也没有写入。需要时可以再确认。".into(),
        };
        self.give_back(&why).await
    }

    /// The batch waits for a decision again, and says why.
    async fn give_back(&self, why: &FileProblem) -> db::Result<()> {
        let mut tx = self.db.write().await?;
        let back = store::turn(&mut tx, self.id, BatchState::Writing, BatchState::Ready);
        if back.await? {
            store::keep_failure(&mut tx, self.id, why.code, &why.message).await?;
        }
        tx.commit().await
    }
}

/// How many rows come to something else than what was kept.
fn differing(kept: &std::collections::HashMap<i64, ImportRow>, judged: &Judged) -> usize {
    let changed = judged.rows.iter().filter(|row| kept.get(&row.kept.row) != Some(&row.kept));
    let changed = changed.count();
    // Rows that are the same by now have no counterpart.
    let still: std::collections::HashSet<i64> =
        judged.rows.iter().map(|row| row.kept.row).collect();
    changed + kept.keys().filter(|row| !still.contains(row)).count()
}
