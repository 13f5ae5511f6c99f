//! Writes what was judged: units through the ledger, the batch's rows, and what stood before.

use std::collections::HashMap;

use db::{Result, Tx};
use jiff::civil::Date;
use kernel::{Cx, Uscc, fold_name};
use serde::{Deserialize, Serialize};

use super::{
    batch::{BatchId, Impact, ImportRow},
    classify::{Judged, JudgedRow, Watch},
    desk::Desk,
    store,
};
use crate::{
    coverage::{By, coverage},
    definition,
    filter::{Filter, Frame},
    ledger::{self, Done, Put, Source},
    organisation,
    policy::Permit,
    timeline::Edit,
    unit::{Identity, OrganisationId, Span},
};

/// Units handed to the ledger at once, and rows between two notes of progress.
const SET: usize = 20_000;

/// What stood before a unit was changed, as it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Stood {
    pub identity: Identity,
    pub removed: Vec<Span>,
    pub added: Vec<Span>,
}

/// Whether a batch's rows are already kept, by a check, or are kept now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsKept {
    Already,
    Now,
}

/// The batch under which is written.
pub(super) struct Under<'a> {
    pub id: BatchId,
    pub label: &'a str,
    pub on: Date,
    pub rows: RowsKept,
}

/// Writes every row that can be. Answers how many units were written, or nothing when the work
/// was asked to stop; the caller then drops the transaction.
pub(super) async fn write(
    tx: &mut Tx,
    cx: &Cx,
    permit: &Permit,
    under: &Under<'_>,
    judged: Judged,
    watch: &Watch<'_>,
) -> Result<Option<i64>> {
    let Judged { mut rows, fresh, tally } = judged;
    make_organisations(tx, cx, &mut rows, &fresh, under.on).await?;
    let source = Source { batch: Some(under.label.to_owned()), ..Source::default() };
    let total = tally.to_write();
    let mut written = 0;
    let mut writing = ledger::Writing::begin(tx, cx).await?;
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(SET));
        let (kept, puts): (Vec<ImportRow>, Vec<Option<Put>>) =
            rows.into_iter().map(|row| (row.kept, row.put)).unzip();
        let puts = puts.into_iter().flatten().collect();
        let done = writing.put(tx, cx, permit, puts, &source).await?;
        written += done.len() as i64;
        keep(tx, under, &kept, done).await?;
        if !watch.note(written, total).await? {
            return Ok(None);
        }
        rows = rest;
    }
    writing.finish(tx).await?;
    Ok(Some(written))
}

/// Makes the organisations that written rows name, and puts their ids in place of the stand-ins.
async fn make_organisations(
    tx: &mut Tx,
    cx: &Cx,
    rows: &mut [JudgedRow],
    fresh: &HashMap<OrganisationId, String>,
    on: Date,
) -> Result<()> {
    let used = rows.iter().filter_map(|row| row.put.as_ref()?.facts.organisation);
    let mut names: Vec<String> = used.filter_map(|id| fresh.get(&id).cloned()).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Ok(());
    }
    let made = organisation::find_or_make(tx, cx, &names, on).await?;
    for put in rows.iter_mut().filter_map(|row| row.put.as_mut()) {
        let Some(name) = put.facts.organisation.and_then(|id| fresh.get(&id)) else { continue };
        put.facts.organisation = made.get(&fold_name(name)).copied();
    }
    Ok(())
}

/// Keeps what the ledger did, so that it can be shown and taken back.
async fn keep(tx: &mut Tx, under: &Under<'_>, rows: &[ImportRow], done: Vec<Done>) -> Result<()> {
    let mut wrote: HashMap<Uscc, (i64, i64)> = HashMap::with_capacity(done.len());
    let mut before = Vec::new();
    for one in done {
        wrote.insert(one.unit.identity.uscc, (one.unit.no, one.unit.version));
        if let Some(identity) = one.identity_before {
            let Edit { removed, added } = one.edit;
            let stood = Stood { identity, removed, added };
            let text = serde_json::to_string(&stood)
                .map_err(|why| db::Fault::Invariant(why.to_string()))?;
            before.push((one.unit.no, text));
        }
    }
    let of = |row: &ImportRow| {
        let code: Uscc = row.uscc.parse().ok()?;
        wrote.get(&code).copied().filter(|_| row.detail.problems.is_empty())
    };
    match under.rows {
        RowsKept::Now => {
            let kept: Vec<_> = rows.iter().map(|row| (row, of(row))).collect();
            store::keep_rows(tx, under.id, &kept).await?;
        }
        RowsKept::Already => {
            let wrote: Vec<(i64, i64, i64)> = rows
                .iter()
                .filter_map(|row| of(row).map(|(no, version)| (row.row, no, version)))
                .collect();
            store::keep_wrote(tx, under.id, &wrote).await?;
        }
    }
    store::keep_before(tx, under.id, before).await
}

/// Coverage of everything that the importer reaches, today.
pub(super) async fn totals(tx: &mut Tx, cx: &Cx, desk: &Desk) -> Result<(i64, i64, i64)> {
    let member_floor = definition::current(tx).await?.member_floor;
    let (atlas, reach) = (&*desk.now, &desk.reach);
    let frame = Frame { atlas, reach, member_floor, today: cx.today(), found: None };
    let total = coverage(tx, &Filter::default(), &frame, By::Town).await?.total;
    Ok((total.operating, total.covered(), total.due()))
}

/// Both ends of what a batch did.
pub(super) fn impact(before: (i64, i64, i64), after: (i64, i64, i64)) -> Impact {
    Impact {
        operating: (before.0, after.0),
        covered: (before.1, after.1),
        due: (before.2, after.2),
    }
}
