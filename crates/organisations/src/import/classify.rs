//! Drafts against the register: new, changed, same or wrong. In sets of thousands, never row by
//! row.

use std::collections::HashMap;

use db::{Db, Result, Tx};
use jiff::civil::Date;
use kernel::{Code as _, Cx, Uscc, fold_name};

use super::{
    batch::{BatchId, CellChange, ImportRow, Outcome, RowDetail, Tally},
    columns::Column,
    desk::Desk,
    draft::{Draft, Wrong},
    effect,
    meter::Meter,
    resolve::{After, Before, Leaving, resolve},
    shown::Names,
    store,
};
use crate::{
    ledger::{self, Put},
    timeline,
    unit::{OrganisationId, Span, Unit},
};

/// Rows asked about at once.
const SET: usize = 4_000;

/// What rows are judged by.
pub(super) struct Terms {
    /// The day for which the rows hold.
    pub on: Date,
    /// The rule's member floor, for saying what a row brings about.
    pub member_floor: i64,
    /// What a unit that leaves the denominator carries.
    pub leaving: Leaving,
}

/// A row and what would be put.
pub(super) struct JudgedRow {
    /// For the check page.
    pub kept: ImportRow,
    /// For the ledger; nothing for a wrong row.
    pub put: Option<Put>,
}

/// All rows that are not the same.
#[derive(Default)]
pub(super) struct Judged {
    pub rows: Vec<JudgedRow>,
    pub tally: Tally,
    /// Organisations that do not exist yet: the id that stands for each, and its name.
    pub fresh: HashMap<OrganisationId, String>,
}

/// Where progress is told.
pub(super) struct Watch<'a> {
    pub meter: &'a Meter,
    /// For other processes, where a second writer can write.
    pub others: Option<(&'a Db, BatchId)>,
}

/// How often other processes are told, in rows.
const TELL_EVERY: i64 = 10_000;

impl Watch<'_> {
    /// Notes how far the work is. Answers whether it may go on.
    pub async fn note(&self, done: i64, total: i64) -> Result<bool> {
        let (before, _) = self.meter.read();
        self.meter.set(done, total);
        if self.meter.is_stopped() {
            return Ok(false);
        }
        let Some((db, batch)) = self.others else { return Ok(true) };
        if before / TELL_EVERY != done / TELL_EVERY {
            let mut tx = db.write().await?;
            store::keep_progress(&mut tx, batch, done, total).await?;
            tx.commit().await?;
            let mut tx = db.read().await?;
            return Ok(store::find(&mut tx, batch).await?.is_some_and(|batch| batch.is_busy()));
        }
        Ok(true)
    }
}

/// Judges every row; nothing when the work was asked to stop.
pub(super) async fn classify(
    tx: &mut Tx,
    cx: &Cx,
    desk: &Desk,
    rows: Vec<Result<Draft, Wrong>>,
    terms: &Terms,
    watch: &Watch<'_>,
) -> Result<Option<Judged>> {
    let total = rows.len() as i64;
    let mut judged = Judged::default();
    judged.tally.rows = total;
    let mut organisations = HashMap::new();
    let mut rows = rows.into_iter();
    let mut done = 0;
    loop {
        let set: Vec<_> = rows.by_ref().take(SET).collect();
        if set.is_empty() {
            return Ok(Some(judged));
        }
        done += set.len() as i64;
        name_organisations(tx, cx, &set, &mut organisations, &mut judged.fresh).await?;
        judge(tx, desk, set, terms, &organisations, &mut judged).await?;
        if !watch.note(done, total).await? {
            return Ok(None);
        }
    }
}

/// Finds the organisations that a set names; those that do not exist yet get an id that stands
/// for them until they are written.
async fn name_organisations(
    tx: &mut Tx,
    cx: &Cx,
    set: &[Result<Draft, Wrong>],
    known: &mut HashMap<String, OrganisationId>,
    fresh: &mut HashMap<OrganisationId, String>,
) -> Result<()> {
    let named = set.iter().filter_map(|row| row.as_ref().ok()?.organisation.asked());
    let mut wanted: HashMap<String, &String> = HashMap::new();
    for name in named.filter(|name| !name.is_empty()) {
        let folded = fold_name(name);
        if !known.contains_key(&folded) {
            wanted.insert(folded, name);
        }
    }
    known.extend(store::organisations(tx, wanted.keys().map(String::as_str)).await?);
    for (folded, name) in wanted {
        known.entry(folded).or_insert_with(|| {
            let stand_in = cx.new_id();
            fresh.insert(stand_in, name.clone());
            stand_in
        });
    }
    Ok(())
}

/// A changed unit, before its cells are put into words.
struct Change {
    row: i64,
    unit: Unit,
    before: Span,
    after: After,
    /// The day lies before everything that was known.
    earlier: bool,
}

async fn judge(
    tx: &mut Tx,
    desk: &Desk,
    set: Vec<Result<Draft, Wrong>>,
    terms: &Terms,
    organisations: &HashMap<String, OrganisationId>,
    judged: &mut Judged,
) -> Result<()> {
    let codes: Vec<Uscc> = set.iter().filter_map(|row| Some(row.as_ref().ok()?.uscc)).collect();
    let mut known = ledger::find_by_uscc(tx, &codes).await?;
    let mut changes = Vec::new();
    for row in set {
        let draft = match row {
            Ok(draft) => draft,
            Err(wrong) => {
                judged.wrong(wrong);
                continue;
            }
        };
        let found = known.remove(&draft.uscc);
        let organisation = draft
            .organisation
            .asked()
            .filter(|name| !name.is_empty())
            .and_then(|name| organisations.get(&fold_name(name)).copied());
        let (row, name) = (draft.row, draft.name.clone());
        let covering = found
            .as_ref()
            .and_then(|(_, spans)| timeline::on(spans, terms.on).or_else(|| spans.first()));
        let before = found
            .as_ref()
            .zip(covering)
            .map(|((unit, _), span)| Before { unit, facts: &span.facts });
        let uscc = draft.uscc;
        let resolved = resolve(draft, before, organisation, desk, &terms.leaving);
        let after = match resolved {
            Ok(after) => after,
            Err(problems) => {
                let unit = None;
                judged.wrong(Wrong { row, name, uscc: uscc.to_string(), problems, unit });
                continue;
            }
        };
        match (&found, covering) {
            (Some((unit, spans)), Some(covering)) => {
                let edit = timeline::put(spans, terms.on, after.facts.clone());
                if edit.is_empty() && unit.identity == after.identity {
                    judged.tally.same += 1;
                    continue;
                }
                let earlier = timeline::on(spans, terms.on).is_none();
                let (unit, before) = (unit.clone(), covering.clone());
                changes.push(Change { row: i64::from(row), unit, before, after, earlier });
            }
            _ => judged.new_unit(desk, i64::from(row), after, terms),
        }
    }
    judged.changed(tx, desk, changes, terms).await
}

impl Judged {
    fn wrong(&mut self, wrong: Wrong) {
        self.tally.wrong += 1;
        let Wrong { row, name, uscc, problems, .. } = wrong;
        let detail = RowDetail { problems, ..RowDetail::default() };
        let row = i64::from(row);
        let kept = ImportRow { row, outcome: Outcome::Wrong, name, uscc, detail };
        self.rows.push(JudgedRow { kept, put: None });
    }

    fn new_unit(&mut self, desk: &Desk, row: i64, after: After, terms: &Terms) {
        self.tally.new += 1;
        let After { identity, facts } = after;
        let at = facts.place.unwrap_or(facts.town);
        let detail = RowDetail {
            place: desk.tree_of(at).path(at),
            effect: effect::of_new(&facts, terms.member_floor),
            ..RowDetail::default()
        };
        let (name, uscc) = (identity.name.clone(), identity.uscc.to_string());
        let kept = ImportRow { row, outcome: Outcome::New, name, uscc, detail };
        let put = Put { unit: None, identity, on: terms.on, facts };
        self.rows.push(JudgedRow { kept, put: Some(put) });
    }

    async fn changed(
        &mut self,
        tx: &mut Tx,
        desk: &Desk,
        changes: Vec<Change>,
        terms: &Terms,
    ) -> Result<()> {
        let ids = changes.iter().flat_map(|one| {
            let (before, after) = (&one.before.facts, &one.after.facts);
            [before.organisation, after.organisation].into_iter().flatten()
        });
        let mut organisations = store::organisation_names(tx, ids).await?;
        organisations.extend(self.fresh.iter().map(|(id, name)| (*id, name.clone())));
        let names = Names { desk, organisations: &organisations };
        for change in changes {
            self.tally.changed += 1;
            let kept = kept_change(&names, &change, terms);
            let Change { unit, after: After { identity, facts }, .. } = change;
            let put = Put { unit: Some(unit), identity, on: terms.on, facts };
            self.rows.push(JudgedRow { kept, put: Some(put) });
        }
        Ok(())
    }
}

fn kept_change(names: &Names<'_>, change: &Change, terms: &Terms) -> ImportRow {
    let (identity, facts) = (&change.after.identity, &change.after.facts);
    let (was_identity, was_facts) = (&change.unit.identity, &change.before.facts);
    let cells = Column::ALL.iter().filter_map(|column| {
        let before = names.cell(*column, was_identity, was_facts);
        let after = names.cell(*column, identity, facts);
        (before != after).then_some(CellChange { column: *column, before, after })
    });
    let effect = if change.earlier {
        format!("补记 {} 起的情况", terms.on)
    } else {
        effect::of_change(was_facts, facts, terms.member_floor)
    };
    let detail = RowDetail { cells: cells.collect(), effect, ..RowDetail::default() };
    ImportRow {
        row: change.row,
        outcome: Outcome::Changed,
        name: identity.name.clone(),
        uscc: identity.uscc.to_string(),
        detail,
    }
}
