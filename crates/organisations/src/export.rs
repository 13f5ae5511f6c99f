//! The ledger's way out to Excel: exactly the units of a filter, in the columns of the template,
//! so that what goes out can come back in without a change.

use std::collections::HashMap;

use db::{Fault, Tx};
use jiff::civil::Date;
use kernel::{Code as _, Cx};
use office::{Export, ExportColumn, ExportSpec, Out, OutKind, WriteError};

use crate::{
    filter::Filter,
    import::{Column, desk::Desk, shown::Names},
    list::{Listed, Sort},
    sight::Sight,
};

/// Units read from the database at once.
const SET: i64 = 5_000;
/// Sets that wait for the writer; bounds memory when reading is faster.
const WAITING: usize = 2;

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
pub enum NotExported {
    /// The database failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The sheet is full, or the writer failed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// `单位台账（截至2021年10月20日）`, which an import reads the date from.
pub fn title(on: Date) -> String {
    format!("单位台账（截至{}年{}月{}日）", on.year(), on.month(), on.day())
}

/// A workbook of every unit of the filter that the reader sees, in the list's order.
///
/// # Errors
/// [`NotExported`].
pub async fn units(
    tx: &mut Tx,
    cx: &Cx,
    sight: &Sight,
    filter: &Filter,
    sort: Sort,
) -> Result<Vec<u8>, NotExported> {
    let on = filter.at.unwrap_or(sight.today).min(sight.today);
    let desk = Desk::for_reach(tx, cx, on, sight.reach.clone()).await?;
    let mut export = Export::new(&spec(on, sight.today))?;
    let (to_writer, mut from_reader) = tokio::sync::mpsc::channel::<Vec<Cells>>(WAITING);
    let writer = tokio::task::spawn_blocking(move || {
        while let Some(set) = from_reader.blocking_recv() {
            for row in &set {
                export.row(&row.each_ref().map(Cell::out))?;
            }
        }
        export.finish()
    });
    let mut after = None;
    loop {
        let (page, _) = sight.list(tx, filter, sort, after.as_ref(), SET).await?;
        let rows = page.items.iter().map(|one| cells(&desk, one)).collect();
        if to_writer.send(rows).await.is_err() {
            // The writer ended early; its own words say why.
            break;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    drop(to_writer);
    let written = writer.await.map_err(|why| Fault::Invariant(format!("export: {why}")))?;
    Ok(written?)
}

/// A workbook of units that a person ticked, as they stand today.
///
/// # Errors
/// [`NotExported`].
pub async fn chosen(
    tx: &mut Tx,
    cx: &Cx,
    sight: &Sight,
    units: &[Listed],
) -> Result<Vec<u8>, NotExported> {
    let desk = Desk::for_reach(tx, cx, sight.today, sight.reach.clone()).await?;
    let mut export = Export::new(&spec(sight.today, sight.today))?;
    for one in units {
        export.row(&cells(&desk, one).each_ref().map(Cell::out))?;
    }
    Ok(export.finish()?)
}

fn spec(on: Date, created: Date) -> ExportSpec {
    let column = |column: &Column| ExportColumn {
        header: column.label().to_owned(),
        width: column.width(),
        kind: if column.is_number() { OutKind::Integer } else { OutKind::Text },
    };
    ExportSpec {
        sheet: "单位".into(),
        titles: vec![title(on)],
        columns: Column::ALL.iter().map(column).collect(),
        created,
    }
}

enum Cell {
    Text(String),
    Number(i64),
}

type Cells = [Cell; 16];

impl Cell {
    fn out(&self) -> Out<'_> {
        match self {
            Self::Text(text) if text.is_empty() => Out::Empty,
            Self::Text(text) => Out::Text(text),
            Self::Number(number) => Out::Integer(*number),
        }
    }
}

fn cells(desk: &Desk, one: &Listed) -> Cells {
    let facts = &one.span.facts;
    let named = facts.organisation.zip(one.organisation.clone());
    let organisations: HashMap<_, _> = named.into_iter().collect();
    let words = Names { desk, organisations: &organisations };
    std::array::from_fn(|place| match Column::ALL[place] {
        Column::Headcount => Cell::Number(facts.headcount),
        Column::Members => Cell::Number(facts.member_count),
        column => Cell::Text(words.cell(column, &one.unit.identity, facts)),
    })
}
