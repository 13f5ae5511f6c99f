//! Taking a batch back, within seven days, as long as nobody changed its units since.

use std::collections::HashMap;

use db::{Entry, Fault, Tx};
use kernel::Cx;
use serde_json::json;

use super::{
    batch::{BatchId, BatchState},
    problem::FileProblem,
    store,
    verbs::{Left, open},
    write::Stood,
};
use crate::{
    ledger::{self, Source},
    policy::{Denied, may_import},
    store as units,
    timeline::Edit,
    unit::{Span, Unit},
};

/// Why a batch stays.
#[derive(Debug, thiserror::Error)]
pub enum NotUndone {
    /// As for every verb on a batch.
    #[error(transparent)]
    Left(#[from] Left),
    /// Units were changed since: how many, and the first of them by name.
    #[error("{} units changed since", .0)]
    Changed(usize, Vec<(crate::UnitId, String)>),
    /// Not for this actor.
    #[error(transparent)]
    Denied(#[from] Denied),
}

impl From<Fault> for NotUndone {
    fn from(fault: Fault) -> Self {
        Self::Left(Left::Fault(fault))
    }
}

/// How many changed units are named.
const NAMED: usize = 50;

/// Takes a batch back: every unit stands exactly as before it. Answers how many.
///
/// # Errors
/// [`NotUndone`]; nothing is changed then.
pub async fn undo(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<usize, NotUndone> {
    let batch = open(tx, cx, id).await?;
    if batch.state != BatchState::Written {
        return Err(Left::Conflict(format!(
            "批次 {} 现在撤不了：只有写入了、还没撤过的批次可以撤。什么也没有改动。",
            batch.label
        ))
        .into());
    }
    if batch.undo_until().is_none_or(|until| cx.now > until) {
        return Err(Left::Wrong(FileProblem {
            code: "undo-too-late",
            message:
                "写入已经超过 7 天，整批撤不了了。台账没有改动。要改的请用更正后的表再导一次。"
                    .into(),
        })
        .into());
    }
    let atlas = places::Atlas::load(tx, cx.today()).await?;
    let (permit, _) = may_import(&cx.actor, &atlas)?;
    // First, so that of two who undo at once the second waits here and then finds it done.
    if !store::mark_undone(tx, cx, id).await? {
        return Err(Left::Conflict("别人刚刚撤了这一批。什么也没有重复做。".into()).into());
    }
    let wrote = store::wrote(tx, id).await?;
    let nos: Vec<i64> = wrote.iter().map(|(no, _, _)| *no).collect();
    let found = units::units_by_no(tx, &nos).await?;
    let mut now: HashMap<i64, Unit> = found.into_iter().map(|unit| (unit.no, unit)).collect();
    changed_since(&wrote, &now)?;
    let fresh: Vec<i64> = wrote.iter().filter(|(_, _, new)| *new).map(|(no, _, _)| *no).collect();
    let mut spans = units::spans_of(tx, &fresh).await?;
    let stood = store::before(tx, id).await?;
    let (mut changes, mut removals) = (Vec::new(), Vec::new());
    for (no, _, is_new) in &wrote {
        let Some(unit) = now.remove(no) else { continue };
        if *is_new {
            let removed: Vec<Span> = spans.remove(no).unwrap_or_default();
            removals.push((unit, Edit { removed, added: Vec::new() }));
        } else {
            let Stood { identity, removed, added } = read(&stood, *no)?;
            changes.push((unit, identity, Edit { removed, added }.undone()));
        }
    }
    let source = Source {
        batch: Some(batch.label.clone()),
        reason: Some(format!("撤销 {}", batch.label)),
    };
    ledger::take_back(tx, cx, &permit, changes, removals, &source).await?;
    if let Some(written_at) = batch.written_at {
        store::remove_orphans(tx, written_at).await?;
    }
    let detail = json!({ "batch": batch.label, "units": wrote.len() });
    tx.journal(cx, Entry::on("import.undone", id).detail(&detail));
    Ok(wrote.len())
}

fn read(stood: &HashMap<i64, String>, no: i64) -> Result<Stood, Fault> {
    let broken = || Fault::Invariant(format!("nothing is kept of unit {no} before its import"));
    let text = stood.get(&no).ok_or_else(broken)?;
    serde_json::from_str(text).map_err(|why| Fault::Invariant(why.to_string()))
}

/// Refuses when a unit is no longer what the batch made of it.
fn changed_since(wrote: &[(i64, i64, bool)], now: &HashMap<i64, Unit>) -> Result<(), NotUndone> {
    let moved: Vec<&(i64, i64, bool)> = wrote
        .iter()
        .filter(|(no, version, _)| now.get(no).is_none_or(|unit| unit.version != *version))
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    let named = moved.iter().filter_map(|(no, _, _)| now.get(no)).take(NAMED);
    let named = named.map(|unit| (unit.id, unit.identity.name.clone())).collect();
    Err(NotUndone::Changed(moved.len(), named))
}
