//! The one way in which units are written: a set of puts, each a fact at a date, in the caller's
//! transaction. A single edit is a set of one; an import is a set of a hundred thousand.

use std::collections::HashMap;

use db::{Db, Entry, Fault, Result, Tx};
use jiff::civil::Date;
use kernel::Cx;
use serde_json::{Map, Value, json};

use crate::{
    definition,
    policy::Permit,
    postings::Postings,
    store, sums,
    timeline::{self, Edit},
    unit::{Facts, Identity, Span, Unit, UnitId},
};

/// What is put.
#[derive(Clone, Debug)]
pub struct Put {
    /// The unit, or `None` for one that the register does not have yet.
    pub unit: Option<Unit>,
    /// What identifies it from now on.
    pub identity: Identity,
    /// The day from which the facts hold.
    pub on: Date,
    /// What holds.
    pub facts: Facts,
}

/// What a put did.
#[derive(Clone, Debug)]
pub struct Done {
    /// The unit after it.
    pub unit: Unit,
    /// What it was called before, when it was there before.
    pub identity_before: Option<Identity>,
    /// What became of its spans.
    pub edit: Edit,
}

/// Begins a transaction that writes units, publishes a rule, or moves a place with its units. One
/// such runs at a time, on PostgreSQL as on SQLite: what it reads of units, tree and rule is still
/// so when it writes. Without it two edits of one unit end in a fault rather than in a conflict,
/// and two imports that touch the same cells in another order wait for each other for ever.
pub async fn begin(db: &Db) -> Result<Tx> {
    let mut tx = db.write().await?;
    store::hold(&mut tx).await?;
    Ok(tx)
}

/// Writes a set of puts. Every unit appears once.
///
/// `verb` names what happened in the journal: `unit.registered` and `unit.changed` by hand, or
/// what an import calls it. Puts that change nothing write nothing, not even a journal line.
pub async fn write(
    tx: &mut Tx,
    cx: &Cx,
    permit: &Permit,
    puts: Vec<Put>,
    source: &Source,
) -> Result<Vec<Done>> {
    let mut writing = Writing::begin(tx, cx).await?;
    let done = writing.put(tx, cx, permit, puts, source).await?;
    writing.finish(tx).await?;
    Ok(done)
}

/// Puts in several sets, of one transaction. What sets share, the running sums and the search
/// index, is gathered and written once, at the end: until then neither has the units.
pub(crate) struct Writing {
    steps: sums::Steps,
    postings: Postings,
}

impl Writing {
    /// Begins.
    pub(crate) async fn begin(tx: &mut Tx, cx: &Cx) -> Result<Self> {
        sums::set_marks(tx, cx.today()).await?;
        let member_floor = definition::current(tx).await?.member_floor;
        Ok(Self { steps: sums::Steps::new(member_floor), postings: Postings::default() })
    }

    /// Writes one set. Every unit appears once in all sets together.
    pub(crate) async fn put(
        &mut self,
        tx: &mut Tx,
        cx: &Cx,
        _permit: &Permit,
        puts: Vec<Put>,
        source: &Source,
    ) -> Result<Vec<Done>> {
        let known: Vec<i64> = puts.iter().filter_map(|put| Some(put.unit.as_ref()?.no)).collect();
        let spans = store::spans_of(tx, &known).await?;
        let fresh = puts.iter().filter(|put| put.unit.is_none()).count();
        let mut next_no = store::take_numbers(tx, fresh as i64).await?;
        let mut done = Vec::with_capacity(puts.len());
        for put in puts {
            let one = match put.unit {
                Some(unit) => {
                    let before = spans.get(&unit.no).map_or(&[][..], Vec::as_slice);
                    let edit = timeline::put(before, put.on, put.facts);
                    changed(unit, put.identity, edit)
                }
                None => {
                    let no = next_no;
                    next_no += 1;
                    let unit = Unit { no, id: cx.new_id(), identity: put.identity, version: 1 };
                    let edit = timeline::put(&[], put.on, put.facts);
                    Some(Done { unit, identity_before: None, edit })
                }
            };
            done.extend(one);
        }
        self.store(tx, cx, &done).await?;
        for one in &done {
            tx.journal(cx, entry(one, source));
        }
        Ok(done)
    }

    /// Writes what was gathered.
    pub(crate) async fn finish(self, tx: &mut Tx) -> Result<()> {
        self.steps.write(tx).await?;
        self.postings.write(tx).await
    }

    /// Stores units and states, and gathers what both mean for sums and index while the engine
    /// writes them.
    async fn store(&mut self, tx: &mut Tx, cx: &Cx, done: &[Done]) -> Result<()> {
        let (fresh, old): (Vec<_>, Vec<_>) =
            done.iter().partition(|one| one.identity_before.is_none());
        let postings = &mut self.postings;
        let mut see = |unit: &Unit| postings.add(unit.no, &unit.identity);
        store::insert_units(tx, cx, &fresh, &mut see).await?;
        let touched = store::update_units(tx, cx, &old).await?;
        if touched != old.len() as u64 {
            // The caller read these units in this transaction; on PostgreSQL another may have
            // committed between the reading and now.
            return Err(Fault::Invariant("a unit changed while it was being written".into()));
        }
        for Done { unit, identity_before, .. } in old {
            if let Some(before) = identity_before.as_ref().filter(|one| **one != unit.identity) {
                self.postings.rename(unit.no, before, &unit.identity);
            }
        }
        let steps = &mut self.steps;
        let edits: Vec<_> = done.iter().map(|one| (one.unit.no, &one.edit)).collect();
        store::write_edits(tx, &edits, &mut |edit| steps.take(edit)).await
    }
}

/// Where a set of puts comes from, for the journal.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The import's label (`IM-2021-0147`), when it is one.
    pub batch: Option<String>,
    /// The reason that a person gave, when one is asked for.
    pub reason: Option<String>,
}

fn changed(mut unit: Unit, identity: Identity, edit: Edit) -> Option<Done> {
    if edit.is_empty() && unit.identity == identity {
        return None;
    }
    unit.version += 1;
    let identity_before = Some(std::mem::replace(&mut unit.identity, identity));
    Some(Done { unit, identity_before, edit })
}

/// Takes back edits of units, as one set: spans and identities stand as before, with a version of
/// their own and journal lines that say so.
pub async fn take_back(
    tx: &mut Tx,
    cx: &Cx,
    _permit: &Permit,
    changes: Vec<(Unit, Identity, Edit)>,
    removals: Vec<(Unit, Edit)>,
    source: &Source,
) -> Result<()> {
    let mut writing = Writing::begin(tx, cx).await?;
    let mut done = Vec::with_capacity(changes.len());
    for (mut unit, identity, edit) in changes {
        unit.version += 1;
        let identity_before = Some(std::mem::replace(&mut unit.identity, identity));
        done.push(Done { unit, identity_before, edit });
    }
    writing.store(tx, cx, &done).await?;
    for one in &done {
        tx.journal(cx, entry(one, source));
    }
    for (unit, _) in &removals {
        writing.postings.remove(unit.no, &unit.identity);
        let detail = json!({ "uscc": unit.identity.uscc, "name": unit.identity.name,
            "batch": source.batch });
        tx.journal(cx, Entry::on("unit.withdrawn", unit.id).detail(&detail));
    }
    let edits: Vec<_> = removals.iter().map(|(unit, edit)| (unit.no, edit)).collect();
    let steps = &mut writing.steps;
    store::write_edits(tx, &edits, &mut |edit| steps.take(edit)).await?;
    let nos: Vec<i64> = removals.iter().map(|(unit, _)| unit.no).collect();
    store::remove_units(tx, &nos).await?;
    writing.finish(tx).await
}

/// What the journal and the unit's timeline say of a change: field by field, before and after.
fn entry(done: &Done, source: &Source) -> Entry {
    let verb = match (&done.identity_before, &source.batch) {
        (None, _) => "unit.registered",
        (Some(_), _) => "unit.changed",
    };
    let mut detail = Map::new();
    let newest = done.edit.added.last();
    if let Some(span) = newest {
        detail.insert("on".into(), json!(span.from_on));
    }
    if let Some(batch) = &source.batch {
        detail.insert("batch".into(), json!(batch));
    }
    if let Some(reason) = &source.reason {
        detail.insert("reason".into(), json!(reason));
    }
    match &done.identity_before {
        None => {
            detail.insert("uscc".into(), json!(done.unit.identity.uscc));
            detail.insert("name".into(), json!(done.unit.identity.name));
        }
        Some(before) => {
            let mut changes = Map::new();
            differences(&json!(before), &json!(done.unit.identity), &mut changes);
            if let Some(after) = newest {
                let was = done.edit.removed.first().map_or(Value::Null, |span| json!(span.facts));
                differences(&was, &json!(after.facts), &mut changes);
            }
            detail.insert("changes".into(), Value::Object(changes));
        }
    }
    let town = newest.map(|span| span.facts.town);
    Entry::on(verb, done.unit.id).scope(town).detail(&Value::Object(detail))
}

/// `field: [before, after]` for each field that differs.
fn differences(before: &Value, after: &Value, into: &mut Map<String, Value>) {
    let Some(after) = after.as_object() else { return };
    for (field, value) in after {
        let was = before.get(field).unwrap_or(&Value::Null);
        if was != value {
            into.insert(field.clone(), json!([was, value]));
        }
    }
}

/// The units with these codes, with the spans of each, as the register has them.
pub async fn find_by_uscc(
    tx: &mut Tx,
    codes: &[kernel::Uscc],
) -> Result<HashMap<kernel::Uscc, (Unit, Vec<Span>)>> {
    let units = store::units_by_uscc(tx, codes).await?;
    let nos: Vec<i64> = units.iter().map(|unit| unit.no).collect();
    let mut spans = store::spans_of(tx, &nos).await?;
    let with_spans = |unit: Unit| {
        let spans = spans.remove(&unit.no).unwrap_or_default();
        (unit.identity.uscc, (unit, spans))
    };
    Ok(units.into_iter().map(with_spans).collect())
}

/// One unit and its spans.
pub async fn find(tx: &mut Tx, id: UnitId) -> Result<Option<(Unit, Vec<Span>)>> {
    let Some(unit) = store::unit(tx, id).await? else { return Ok(None) };
    let mut spans = store::spans_of(tx, &[unit.no]).await?;
    let spans = spans.remove(&unit.no).unwrap_or_default();
    Ok(Some((unit, spans)))
}
