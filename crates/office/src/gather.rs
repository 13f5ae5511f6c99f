//! Gathers the rows below a header into a table.

use std::ops::ControlFlow;

use crate::cell::Cell;
use crate::find::Found;
use crate::limits::Limits;
use crate::source::{Cells, Format, Merge, Source};
use crate::unreadable::Unreadable;

/// Rows between two calls of the progress callback.
const PROGRESS_STEP: u64 = 1000;

/// A wanted header and the sheet column that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMatch {
    /// Index into the wanted headers.
    pub wanted: usize,
    /// Zero-based column of the sheet.
    pub column: u32,
    /// The header's text as it stands in the sheet.
    pub text: String,
}

/// One data row.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The sheet's own number of the row, from 1.
    pub number: u32,
    /// One cell for each wanted header; [`Cell::Empty`] where the sheet has no such column.
    pub cells: Vec<Cell>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What kind of file it was.
    pub format: Format,
    /// The sheet's name; empty for text files.
    pub sheet: String,
    /// Texts above the header, top to bottom, left to right.
    pub titles: Vec<String>,
    /// The sheet's own number of the header row, from 1.
    pub header_row: u32,
    /// The wanted headers that were found, in the caller's order.
    pub columns: Vec<ColumnMatch>,
    /// Headers that nobody asked for; their columns are left out.
    pub unknown: Vec<String>,
    /// The version hidden in a template, when the file was made from one.
    pub template_version: Option<String>,
    /// The data rows; blank ones are left out.
    pub rows: Vec<Row>,
}

impl Table {
    /// The zero-based sheet column of a wanted header, for marking a cell.
    pub fn column_of(&self, wanted: usize) -> Option<u32> {
        self.columns.iter().find(|found| found.wanted == wanted).map(|found| found.column)
    }
}

/// Reads the rows below the header that was found.
pub(crate) fn gather(
    source: &mut Source,
    found: Found,
    limits: &Limits,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Table, Unreadable> {
    let mut gatherer = Gatherer::new(&found, limits, progress);
    let last = source.rows_hint(&found.sheet)?;
    if last.is_some_and(|last| last > limits.rows.saturating_add(u64::from(found.header_row))) {
        // The sheet may hold too many rows: count first, so that they are never held.
        source.stream(&found.sheet, &mut |number, cells| gatherer.take(number, cells, false))?;
        gatherer.count = 0;
    }
    let merges =
        source.stream(&found.sheet, &mut |number, cells| gatherer.take(number, cells, true))?;
    gatherer.fill(&merges);
    let Gatherer { rows, count, progress, .. } = gatherer;
    if progress(count).is_break() {
        return Err(Unreadable::Cancelled);
    }
    if rows.is_empty() {
        return Err(Unreadable::Empty);
    }
    let columns = columns(&found);
    let Found { sheet, titles, header_row, header, .. } = found;
    let template_version = source.template_version()?;
    let (format, unknown) = (source.format(), header.unknown);
    Ok(Table { format, sheet, titles, header_row, columns, unknown, template_version, rows })
}

fn columns(found: &Found) -> Vec<ColumnMatch> {
    let text = |column: u32| {
        let known = found.texts.iter().find(|(at, _)| *at == column);
        known.map(|(_, text)| text.trim().to_owned()).unwrap_or_default()
    };
    let matched = found.header.columns.iter().enumerate();
    matched
        .filter_map(|(wanted, column)| Some((wanted, (*column)?)))
        .map(|(wanted, column)| ColumnMatch { wanted, column, text: text(column) })
        .collect()
}

/// Collects rows; its parts live as long as one reading.
struct Gatherer<'a> {
    header_row: u32,
    /// For each sheet column, the wanted header it belongs to.
    places: Vec<Option<usize>>,
    width: usize,
    limits: &'a Limits,
    progress: &'a mut dyn FnMut(u64) -> ControlFlow<()>,
    count: u64,
    rows: Vec<Row>,
}

impl<'a> Gatherer<'a> {
    fn new(
        found: &Found,
        limits: &'a Limits,
        progress: &'a mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Self {
        let mut places = Vec::new();
        for (wanted, column) in found.header.columns.iter().enumerate() {
            let Some(column) = column.map(|column| column as usize) else { continue };
            if places.len() <= column {
                places.resize(column + 1, None);
            }
            places[column] = Some(wanted);
        }
        let width = found.header.columns.len();
        let (header_row, rows) = (found.header_row, Vec::new());
        Self { header_row, places, width, limits, progress, count: 0, rows }
    }

    fn place(&self, column: u32) -> Option<usize> {
        self.places.get(column as usize).copied().flatten()
    }

    /// Takes one row of the sheet, keeping it or only counting it.
    fn take(
        &mut self,
        number: u32,
        cells: &mut Cells,
        keep: bool,
    ) -> Result<ControlFlow<()>, Unreadable> {
        if cells.len() > self.limits.columns {
            return Err(Unreadable::TooManyColumns { limit: self.limits.columns });
        }
        // A row whose only content is in columns that nobody asked for, such as a running
        // number, is blank.
        let filled = cells.iter().any(|(column, _)| self.place(*column).is_some());
        if number <= self.header_row || !filled {
            return Ok(ControlFlow::Continue(()));
        }
        self.count += 1;
        if self.count > self.limits.rows {
            return Err(Unreadable::TooManyRows { limit: self.limits.rows });
        }
        if self.count.is_multiple_of(PROGRESS_STEP) && (self.progress)(self.count).is_break() {
            return Err(Unreadable::Cancelled);
        }
        if keep {
            let mut row = vec![Cell::Empty; self.width];
            for (column, cell) in cells.drain(..) {
                if let Some(wanted) = self.place(column) {
                    row[wanted] = cell;
                }
            }
            self.rows.push(Row { number, cells: row });
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Gives the rows of a vertical merge the value of its top row. Rows are sorted first: a sheet
    /// written by hand may have them in any order.
    fn fill(&mut self, merges: &[Merge]) {
        if !self.rows.is_sorted_by_key(|row| row.number) {
            self.rows.sort_by_key(|row| row.number);
        }
        // Merges do not overlap in a sound sheet, so the work is bounded by the table's size.
        let mut budget = self.rows.len().saturating_mul(self.width);
        for merge in merges {
            let (first, last) = merge.rows;
            let Some(wanted) = self.place(merge.columns.0) else { continue };
            if first <= self.header_row || first == last {
                continue;
            }
            let at = self.rows.partition_point(|row| row.number < first);
            let covered = self.rows[at..].iter().take_while(|row| row.number <= last).count();
            budget = match budget.checked_sub(covered) {
                Some(left) => left,
                None => return,
            };
            let top = self.rows.get(at).filter(|row| row.number == first);
            let Some(value) = top.map(|row| row.cells[wanted].clone()) else { continue };
            for row in &mut self.rows[at..at + covered] {
                row.cells[wanted] = value.clone();
            }
        }
    }
}
