//! A marked workbook for files that cannot be edited in place: .xls, .ods and .csv come back as
//! an .xlsx with the same cells.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::ops::ControlFlow;
use std::path::Path;

use rust_xlsxwriter::{Color, Format, Note, Workbook, Worksheet, XlsxError};

use super::notes::{Notes, notes_of};
use super::{AUTHOR, MarkError, Marks, REASON_HEADER, Reasons, Target};
use crate::cell::Cell;
use crate::export::{Out, properties, write_cell};
use crate::source::{Cells, Format as FileFormat, Merge, Source};
use crate::template::WriteError;

/// Writes all sheets that a person sees, the target's with marks.
pub(super) fn mark(
    mut source: Source,
    target: &Target<'_>,
    marks: &Marks,
    reasons: &Reasons,
    out: &Path,
) -> Result<(), MarkError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(target.on).map_err(WriteError::from)?);
    let none = Marks::new();
    for name in source.sheets() {
        // A text file has no merged cells and may be long, so that it need not be held.
        let is_text = source.format() == FileFormat::Csv;
        let sheet = if is_text {
            workbook.add_worksheet_with_constant_memory().map_err(WriteError::from)?
        } else {
            workbook.add_worksheet()
        };
        let is_target = name == target.sheet;
        let marks = if is_target { marks } else { &none };
        if !name.is_empty() {
            sheet.set_name(&name).map_err(WriteError::from)?;
        }
        let notes = notes_of(marks);
        let mut writer = SheetWriter { sheet, marks, target, reasons, notes, last: None };
        let mut refused = None;
        let mut tops: HashMap<(u32, u32), Cell> = HashMap::new();
        let merges = source.stream(&name, &mut |number, cells| {
            if let Err(error) = writer.row(number, cells, is_target) {
                refused = Some(error);
                return Ok(ControlFlow::Break(()));
            }
            if is_text {
                return Ok(ControlFlow::Continue(()));
            }
            tops.extend(cells.drain(..).map(|(column, cell)| ((number, column), cell)));
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some(error) = refused {
            return Err(WriteError::from(error).into());
        }
        writer.finish(is_target, &merges, &tops).map_err(WriteError::from)?;
    }
    let file = BufWriter::new(File::create(out)?);
    workbook.save_to_writer(file).map_err(WriteError::from)?;
    Ok(())
}

struct SheetWriter<'a> {
    sheet: &'a mut Worksheet,
    marks: &'a Marks,
    target: &'a Target<'a>,
    reasons: &'a Reasons,
    notes: Notes,
    last: Option<u32>,
}

fn format_of(cell: &Cell) -> Format {
    match cell {
        Cell::Date(_) => Format::new().set_num_format("yyyy-mm-dd"),
        Cell::Text(_) => Format::new().set_num_format("@"),
        Cell::Number { exact: false, .. } => Format::new().set_num_format("0"),
        _ => Format::new(),
    }
}

fn red(format: Format) -> Format {
    format.set_background_color(Color::RGB(0x00FF_C7CD))
}

impl SheetWriter<'_> {
    /// Writes one row with its marks; rows must come in order.
    fn row(&mut self, number: u32, cells: &Cells, is_target: bool) -> Result<(), XlsxError> {
        let first = self.last.map_or(1, |last| last + 1);
        if is_target {
            self.missing(first, number)?;
        }
        self.last = Some(number);
        let marks = self.marks.get(&number);
        for (column, cell) in cells {
            let Ok(at) = u16::try_from(*column) else { continue };
            if is_target && *column == self.reasons.column && number >= self.target.header_row {
                continue;
            }
            let wrong = marks.is_some_and(|marks| marks.cells.contains_key(column));
            let format = if wrong { red(format_of(cell)) } else { format_of(cell) };
            self.put(number, at, cell, &format)?;
        }
        if is_target {
            self.mark_row(number, cells)?;
        }
        Ok(())
    }

    /// Marks on rows that the sheet does not have, from `first` up to before `number`.
    fn missing(&mut self, first: u32, number: u32) -> Result<(), XlsxError> {
        let marks = self.marks;
        if first < number {
            for (row, _) in marks.range(first..number) {
                self.mark_row(*row, &Cells::new())?;
            }
        }
        Ok(())
    }

    fn mark_row(&mut self, number: u32, cells: &Cells) -> Result<(), XlsxError> {
        let reasons = u16::try_from(self.reasons.column).unwrap_or(u16::MAX);
        if number == self.target.header_row {
            let format = red(Format::new().set_bold());
            self.sheet.write_string_with_format(number - 1, reasons, REASON_HEADER, &format)?;
        }
        let marks = self.marks;
        let Some(row) = marks.get(&number) else { return Ok(()) };
        for column in row.cells.keys().filter(|column| **column != self.reasons.column) {
            let Ok(at) = u16::try_from(*column) else { continue };
            if !cells.iter().any(|(filled, _)| filled == column) {
                self.sheet.write_blank(number - 1, at, &red(Format::new()))?;
            }
            if let Some(text) = self.notes.get(&(number, *column)) {
                let note = Note::new(text).set_author(AUTHOR).add_author_prefix(false);
                self.sheet.insert_note(number - 1, at, &note.set_width(260))?;
            }
        }
        let format = red(Format::new().set_num_format("@"));
        if number != self.target.header_row && !row.reason.is_empty() {
            self.sheet.write_string_with_format(number - 1, reasons, &row.reason, &format)?;
        }
        Ok(())
    }

    fn put(&mut self, number: u32, at: u16, cell: &Cell, format: &Format) -> Result<(), XlsxError> {
        let out = match cell {
            Cell::Empty => Out::Empty,
            Cell::Text(text) | Cell::Error(text) => Out::Text(text),
            Cell::Number { value, .. } => Out::Number(*value),
            Cell::Date(date) => Out::Date(*date),
            Cell::Bool(value) => {
                self.sheet.write_boolean_with_format(number - 1, at, *value, format)?;
                return Ok(());
            }
        };
        write_cell(self.sheet, number - 1, at, &out, format)
    }

    /// Marks below the last row, the merged regions, the width of the reasons' column.
    fn finish(
        mut self,
        is_target: bool,
        merges: &[Merge],
        tops: &HashMap<(u32, u32), Cell>,
    ) -> Result<(), XlsxError> {
        if is_target {
            self.missing(self.last.map_or(1, |last| last + 1), u32::MAX)?;
            let reasons = u16::try_from(self.reasons.column).unwrap_or(u16::MAX);
            self.sheet.set_column_width(reasons, 60)?;
        }
        for merge in merges {
            let (top, left) = (merge.rows.0, merge.columns.0);
            let Some(cell) = tops.get(&(top, left)) else { continue };
            let columns = (u16::try_from(left), u16::try_from(merge.columns.1));
            let (Ok(from), Ok(to)) = columns else { continue };
            let wrong = self.marks.get(&top).is_some_and(|row| row.cells.contains_key(&left));
            let format = if wrong { red(format_of(cell)) } else { format_of(cell) };
            // Overlapping regions are refused by the writer and are better left out.
            let done = self.sheet.merge_range(top - 1, from, merge.rows.1 - 1, to, "", &format);
            if done.is_ok() {
                self.put(top, from, cell, &format)?;
            }
        }
        Ok(())
    }
}
