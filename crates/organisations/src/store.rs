//! SQL on units, their states and their search index; nothing else.

use std::collections::{HashMap, HashSet};

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use kernel::{Code as _, Cx, Uscc, fold_name};
use uuid::Uuid;

use crate::{
    ledger::Done,
    timeline::Edit,
    unit::{Facts, Identity, OrganisationId, Span, Unit, UnitId, Work, WorkerId},
};

/// How many columns [`read_unit`] reads.
pub(crate) const UNIT_WIDTH: usize = 8;
/// How many columns [`read_span`] reads.
pub(crate) const STATE_WIDTH: usize = 18;

/// Reads `no, id, uscc, name, kind, address, note, version` from column `at` on.
pub(crate) fn read_unit(row: &Row, at: usize) -> Result<Unit> {
    let uscc: String = row.get(at + 2)?;
    let uscc: Uscc = uscc
        .parse()
        .map_err(|_| db::Fault::Invariant(format!("stored code `{uscc}` does not hold")))?;
    Ok(Unit {
        no: row.get(at)?,
        id: row.get(at + 1)?,
        identity: Identity {
            uscc,
            name: row.get(at + 3)?,
            kind: row.code(at + 4)?,
            address: row.get(at + 5)?,
            note: row.get(at + 6)?,
        },
        version: row.get(at + 7)?,
    })
}

/// Reads the columns of `unit_state` but its unit, in their table's order, from column `at` on.
pub(crate) fn read_span(row: &Row, at: usize) -> Result<Span> {
    let front: String = row.get(at + 3)?;
    let front = if front.is_empty() { None } else { Some(row.code(at + 3)?) };
    let facts = Facts {
        town: row.get(at + 2)?,
        front,
        place: row.get(at + 4)?,
        station: row.get(at + 5)?,
        body: row.get(at + 6)?,
        industry: row.code(at + 7)?,
        status: row.code(at + 8)?,
        headcount: row.get(at + 9)?,
        member_count: row.get(at + 10)?,
        cover: row.code(at + 11)?,
        organisation: row.get(at + 12)?,
        work: Work(row.get(at + 13)?),
        worker: row.get(at + 14)?,
        status_reason: row.get(at + 15)?,
        status_evidence: row.get(at + 16)?,
        status_approved_by: row.get(at + 17)?,
    };
    Ok(Span { from_on: row.get(at)?, to_on: row.get(at + 1)?, facts })
}

/// Lets nobody else write units until this transaction ends.
pub(crate) async fn hold(tx: &mut Tx) -> Result<()> {
    // A write of nothing: the row's lock on PostgreSQL, and every engine of its kind has it.
    tx.run(sql!("UPDATE unit_number SET last = last WHERE one = 1"), args![]).await?;
    Ok(())
}

/// Takes so many register numbers; answers the first of them.
pub(crate) async fn take_numbers(tx: &mut Tx, count: i64) -> Result<i64> {
    if count == 0 {
        return Ok(0);
    }
    let update = sql!("UPDATE unit_number SET last = last + $1 WHERE one = 1 RETURNING last");
    let last: i64 = tx.scalar(update, args![count]).await?;
    Ok(last - count + 1)
}

/// The last register number given: about how many units there are.
pub(crate) async fn last_number(tx: &mut Tx) -> Result<i64> {
    tx.scalar(sql!("SELECT last FROM unit_number WHERE one = 1"), args![]).await
}

pub(crate) async fn unit(tx: &mut Tx, id: UnitId) -> Result<Option<Unit>> {
    let select = sql!(
        "SELECT u.no, u.id, u.uscc, u.name, u.kind, u.address, u.note, u.version \
         FROM unit AS u WHERE u.id = $1"
    );
    tx.maybe(select, args![id], |row| read_unit(row, 0)).await
}

pub(crate) async fn units_by_uscc(tx: &mut Tx, codes: &[Uscc]) -> Result<Vec<Unit>> {
    let select = set_sql!(
        "SELECT u.no, u.id, u.uscc, u.name, u.kind, u.address, u.note, u.version \
         FROM {rows} JOIN unit AS u ON u.uscc = rows.code",
        code: Text,
    );
    let mut rows = Rows::with_capacity(codes.len());
    for code in codes {
        rows.push(args![code.as_str()]);
    }
    tx.all_of_set(select, rows, |row| read_unit(row, 0)).await
}

pub(crate) async fn units_by_no(tx: &mut Tx, nos: &[i64]) -> Result<Vec<Unit>> {
    let select = set_sql!(
        "SELECT u.no, u.id, u.uscc, u.name, u.kind, u.address, u.note, u.version \
         FROM {rows} JOIN unit AS u ON u.no = rows.number",
        number: Int,
    );
    let mut rows = Rows::with_capacity(nos.len());
    for no in nos {
        rows.push(args![*no]);
    }
    tx.all_of_set(select, rows, |row| read_unit(row, 0)).await
}

/// The spans of each of these units, in order of their days.
pub(crate) async fn spans_of(tx: &mut Tx, nos: &[i64]) -> Result<HashMap<i64, Vec<Span>>> {
    let select = set_sql!(
        "SELECT s.unit_no, s.from_on, s.to_on, s.town_id, s.front, s.place_id, s.station_id, \
         s.body_id, s.industry, s.status, s.headcount, s.member_count, s.cover, \
         s.organisation_id, s.work_mask, s.worker_id, s.status_reason, s.status_evidence, \
         s.status_approved_by FROM {rows} JOIN unit_state AS s ON s.unit_no = rows.number \
         ORDER BY s.unit_no, s.from_on",
        number: Int,
    );
    let mut rows = Rows::with_capacity(nos.len());
    for no in nos {
        rows.push(args![*no]);
    }
    let found = tx.all_of_set(select, rows, |row| Ok((row.get(0)?, read_span(row, 1)?))).await?;
    let mut spans: HashMap<i64, Vec<Span>> = HashMap::with_capacity(nos.len());
    for (no, span) in found {
        spans.entry(no).or_default().push(span);
    }
    Ok(spans)
}

/// Inserts units; `see` sees each while the engine writes.
pub(crate) async fn insert_units(
    tx: &mut Tx,
    cx: &Cx,
    fresh: &[&Done],
    see: &mut (dyn FnMut(&Unit) + Send),
) -> Result<()> {
    let insert = set_sql!(
        "INSERT INTO unit (no, id, uscc, name, name_folded, kind, address, note, version, \
         changed_at, changed_by) SELECT no, id, uscc, name, name_folded, kind, address, note, \
         version, changed_at, changed_by FROM {rows}",
        no: Int, id: Uuid, uscc: Text, name: Text, name_folded: Text, kind: Text, address: Text,
        note: Text, version: Int, changed_at: Instant, changed_by: Uuid,
    );
    let rows = fresh.iter().map(|one| {
        see(&one.unit);
        unit_row(cx, one)
    });
    tx.run_made_set(insert, rows).await?;
    Ok(())
}

/// Updates units whose version is still one below the new one; answers how many it found so.
pub(crate) async fn update_units(tx: &mut Tx, cx: &Cx, old: &[&Done]) -> Result<u64> {
    let update = set_sql!(
        "UPDATE unit SET uscc = rows.uscc, name = rows.name, name_folded = rows.name_folded, \
         kind = rows.kind, address = rows.address, note = rows.note, version = rows.version, \
         changed_at = rows.changed_at, changed_by = rows.changed_by \
         FROM {rows} WHERE unit.no = rows.no AND unit.version = rows.version - 1",
        no: Int, id: Uuid, uscc: Text, name: Text, name_folded: Text, kind: Text, address: Text,
        note: Text, version: Int, changed_at: Instant, changed_by: Uuid,
    );
    tx.run_made_set(update, old.iter().map(|one| unit_row(cx, one))).await
}

fn unit_row(cx: &Cx, Done { unit, .. }: &Done) -> [db::Value; 11] {
    let identity = &unit.identity;
    args![
        unit.no,
        unit.id,
        identity.uscc.as_str(),
        &identity.name,
        fold_name(&identity.name),
        identity.kind.code(),
        &identity.address,
        &identity.note,
        unit.version,
        cx.now,
        cx.actor.account(),
    ]
}

/// Removes units that have no states left.
pub(crate) async fn remove_units(tx: &mut Tx, nos: &[i64]) -> Result<()> {
    let rows = || nos.iter().map(|no| args![*no]);
    let left = set_sql!(
        "SELECT s.unit_no FROM {rows} JOIN unit_state AS s ON s.unit_no = rows.number",
        number: Int,
    );
    let left = tx.all_of_set(left, rows().collect(), |row| row.get::<i64>(0)).await?;
    if let Some(no) = left.first() {
        return Err(db::Fault::Invariant(format!("unit {no} is removed and has states")));
    }
    let delete = set_sql!(
        "DELETE FROM unit WHERE no IN (SELECT number FROM {rows})",
        number: Int,
    );
    tx.run_made_set(delete, rows()).await?;
    Ok(())
}

/// Carries edits out on the stored spans; `see` sees each while the engine writes.
pub(crate) async fn write_edits(
    tx: &mut Tx,
    edits: &[(i64, &Edit)],
    see: &mut (dyn FnMut(&Edit) + Send),
) -> Result<()> {
    let gone = edits
        .iter()
        .flat_map(|(no, edit)| edit.removed.iter().map(|span| args![*no, span.from_on]));
    let delete = set_sql!(
        "DELETE FROM unit_state \
         WHERE (unit_no, from_on) IN (SELECT number, begin_on FROM {rows})",
        number: Int, begin_on: Date,
    );
    tx.run_made_set(delete, gone).await?;
    let insert = set_sql!(
        "INSERT INTO unit_state (unit_no, from_on, to_on, town_id, front, place_id, station_id, \
         body_id, industry, status, headcount, member_count, cover, organisation_id, work_mask, \
         worker_id, status_reason, status_evidence, status_approved_by) \
         SELECT unit_no, from_on, to_on, town_id, front, place_id, station_id, body_id, \
         industry, status, headcount, member_count, cover, organisation_id, work_mask, \
         worker_id, status_reason, status_evidence, status_approved_by FROM {rows}",
        unit_no: Int, from_on: Date, to_on: Date, town_id: Uuid, front: Text, place_id: Uuid,
        station_id: Uuid, body_id: Uuid, industry: Text, status: Text, headcount: Int,
        member_count: Int, cover: Text, organisation_id: Uuid, work_mask: Int, worker_id: Uuid,
        status_reason: Text, status_evidence: Text, status_approved_by: Uuid,
    );
    let mut named = Named::default();
    let come = edits.iter().flat_map(|(no, edit)| {
        see(edit);
        edit.added.iter().map(|span| (*no, span))
    });
    let rows = come.map(|(no, span)| {
        named.note(&span.facts);
        state_row(no, span)
    });
    tx.run_made_set(insert, rows).await?;
    named.check(tx).await
}

/// The organisations and workers that written states name. That they exist is asked once for all
/// of them: a foreign key asks for every row, which on PostgreSQL costs as much as writing it.
#[derive(Default)]
struct Named {
    organisations: HashSet<OrganisationId>,
    workers: HashSet<WorkerId>,
}

impl Named {
    fn note(&mut self, facts: &Facts) {
        self.organisations.extend(facts.organisation);
        self.workers.extend(facts.worker);
    }

    async fn check(self, tx: &mut Tx) -> Result<()> {
        let organisations = set_sql!(
            "SELECT rows.wanted FROM {rows} LEFT JOIN organisation AS one ON one.id = rows.wanted \
             WHERE one.id IS NULL",
            wanted: Uuid,
        );
        let workers = set_sql!(
            "SELECT rows.wanted FROM {rows} LEFT JOIN worker AS one ON one.id = rows.wanted \
             WHERE one.id IS NULL",
            wanted: Uuid,
        );
        let ids = self.organisations.into_iter().map(|id| args![id]).collect();
        let mut lost: Vec<Uuid> = tx.all_of_set(organisations, ids, |row| row.get(0)).await?;
        let ids = self.workers.into_iter().map(|id| args![id]).collect();
        lost.extend(tx.all_of_set(workers, ids, |row| row.get::<Uuid>(0)).await?);
        match lost.first() {
            Some(id) => Err(db::Fault::Invariant(format!("a state names {id}, which is not"))),
            None => Ok(()),
        }
    }
}

fn state_row(no: i64, span: &Span) -> [db::Value; 19] {
    let facts = &span.facts;
    args![
        no,
        span.from_on,
        span.to_on,
        facts.town,
        facts.front.map_or("", |front| front.code()),
        facts.place,
        facts.station,
        facts.body,
        facts.industry.code(),
        facts.status.code(),
        facts.headcount,
        facts.member_count,
        facts.cover.code(),
        facts.organisation,
        facts.work.0,
        facts.worker,
        &facts.status_reason,
        &facts.status_evidence,
        facts.status_approved_by,
    ]
}
