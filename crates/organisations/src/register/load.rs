//! Making the copy, and reading again what changed.

use std::collections::HashMap;

use db::{Result, Row, Rows, Tx, args, journal, set_sql, sql};
use kernel::{Kind as _, fold_name};

use super::{Delta, Register, count, lines::Lines, names::Names};
use crate::{
    definition,
    store::{self, read_span, read_unit},
    unit::{OrganisationId, OrganisationKind, Unit, UnitId, UnitIdKind, WorkerId, WorkerKind},
};

impl Register {
    /// Reads everything, as this transaction sees it.
    pub async fn load(tx: &mut Tx) -> Result<Self> {
        let lines = Lines::by_rule(definition::current(tx).await?.member_floor);
        let mut register = Self { version: journal::version(tx).await?, lines, ..Self::default() };
        let units = sql!(
            "SELECT u.no, u.id, u.uscc, u.name, u.kind, u.address, u.note, u.version \
             FROM unit AS u ORDER BY u.no"
        );
        tx.all(units, args![], |row| {
            register.push_unit(&read_unit(row, 0)?);
            Ok(())
        })
        .await?;
        let states = sql!(
            "SELECT s.unit_no, s.from_on, s.to_on, s.town_id, s.front, s.place_id, s.station_id, \
             s.body_id, s.industry, s.status, s.headcount, s.member_count, s.cover, \
             s.organisation_id, s.work_mask, s.worker_id, s.status_reason, s.status_evidence, \
             s.status_approved_by FROM unit_state AS s ORDER BY s.unit_no, s.from_on"
        );
        tx.all(states, args![], |row| {
            let no: i64 = row.get(0)?;
            if let Ok(place) = register.units.binary_search_by_key(&no, |unit| unit.no) {
                register.push_span(count(place), &read_span(row, 1)?);
            }
            Ok(())
        })
        .await?;
        let folded: Vec<String> =
            register.units.iter().map(|unit| fold_name(unit.name())).collect();
        register.names = Names::sorted(&folded);
        register.past.shrink();
        register.now.shrink();
        register.lines.settle();
        register.read_names(tx).await?;
        Ok(register)
    }

    async fn read_names(&mut self, tx: &mut Tx) -> Result<()> {
        tx.all(sql!("SELECT id, name FROM organisation"), args![], |row| {
            let (id, name): (OrganisationId, String) = (row.get(0)?, row.get(1)?);
            let number = self.covers.number(Some(id));
            self.organisations.insert(number, name.into());
            Ok(())
        })
        .await?;
        tx.all(sql!("SELECT id, name FROM worker"), args![], |row| {
            let (id, name): (WorkerId, String) = (row.get(0)?, row.get(1)?);
            let number = self.ids.number(Some(id));
            self.workers.insert(number, name.into());
            Ok(())
        })
        .await?;
        Ok(())
    }
}

impl Delta {
    /// Reads what the journal names since this number.
    pub(super) async fn read(tx: &mut Tx, since: i64) -> Result<Self> {
        let mut of: HashMap<String, Rows> = HashMap::new();
        let mut gone: Vec<UnitId> = Vec::new();
        for (kind, id) in journal::subjects_since(tx, since).await? {
            if kind == UnitIdKind::PREFIX {
                gone.push(UnitId::from_uuid(id));
            }
            of.entry(kind).or_default().push(args![id]);
        }
        let mut rows = |kind: &str| of.remove(kind).unwrap_or_default();
        let units = units(tx, rows(UnitIdKind::PREFIX)).await?;
        let named = |row: &Row| Ok((row.get(0)?, row.get::<String>(1)?));
        let select = set_sql!(
            "SELECT o.id, o.name FROM {rows} JOIN organisation AS o ON o.id = rows.subject",
            subject: Uuid,
        );
        let of_organisations = rows(OrganisationKind::PREFIX);
        let organisations = tx.all_of_set(select, of_organisations, named).await?;
        let select = set_sql!(
            "SELECT w.id, w.name FROM {rows} JOIN worker AS w ON w.id = rows.subject",
            subject: Uuid,
        );
        let named = |row: &Row| Ok((row.get(0)?, row.get::<String>(1)?));
        let workers = tx.all_of_set(select, rows(WorkerKind::PREFIX), named).await?;
        let mut numbers: Vec<i64> = units.iter().map(|unit| unit.no).collect();
        numbers.sort_unstable();
        let mut spans = store::spans_of(tx, &numbers).await?;
        let mut units: Vec<_> = units
            .into_iter()
            .map(|unit| {
                let own = spans.remove(&unit.no).unwrap_or_default();
                (unit, own)
            })
            .collect();
        units.sort_unstable_by_key(|(unit, _)| unit.no);
        // What the journal names and the register no longer has was withdrawn.
        gone.retain(|id| !units.iter().any(|(unit, _)| unit.id == *id));
        let floor = definition::current(tx).await?.member_floor;
        Ok(Self { units, gone, organisations, workers, floor })
    }
}

async fn units(tx: &mut Tx, ids: Rows) -> Result<Vec<Unit>> {
    let select = set_sql!(
        "SELECT u.no, u.id, u.uscc, u.name, u.kind, u.address, u.note, u.version \
         FROM {rows} JOIN unit AS u ON u.id = rows.subject",
        subject: Uuid,
    );
    tx.all_of_set(select, ids, |row| read_unit(row, 0)).await
}
