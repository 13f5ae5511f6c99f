//! Reads workbooks of Excel 97–2003 through calamine.

use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, Reader, SheetType, SheetVisible, Xls, XlsError};
use jiff::civil::Date;

use crate::cell::Cell;
use crate::source::{Cells, Merge, Sink};
use crate::unreadable::Unreadable;

/// An opened workbook. The format holds at most 65,536 rows and no compression, so that it may be
/// read as a whole.
pub(crate) struct Workbook {
    book: Xls<BufReader<File>>,
}

impl Workbook {
    /// Opens the workbook. A damaged file can make the parser panic; that is damage too.
    pub fn open(path: &Path) -> Result<Self, Unreadable> {
        let file = BufReader::new(File::open(path).map_err(Unreadable::Io)?);
        match catch_unwind(AssertUnwindSafe(|| Xls::new(file))) {
            Ok(Ok(book)) => Ok(Self { book }),
            Ok(Err(XlsError::Password)) => Err(Unreadable::Encrypted),
            Ok(Err(_)) | Err(_) => Err(Unreadable::Truncated),
        }
    }

    /// Names of the sheets that a person sees.
    pub fn visible(&self) -> Vec<String> {
        let sheets = self.book.sheets_metadata().iter();
        sheets
            .filter(|sheet| {
                sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet
            })
            .map(|sheet| sheet.name.clone())
            .collect()
    }

    /// Streams the rows of a sheet.
    pub fn stream(&mut self, name: &str, sink: &mut Sink<'_>) -> Result<Vec<Merge>, Unreadable> {
        let range = catch_unwind(AssertUnwindSafe(|| self.book.worksheet_range(name)));
        let range = range.ok().and_then(Result::ok).ok_or(Unreadable::Truncated)?;
        let (first_row, first_column) = range.start().unwrap_or_default();
        let mut cells = Cells::new();
        for (number, row) in (first_row + 1..).zip(range.rows()) {
            cells.clear();
            let filled = (first_column..).zip(row).map(|(column, value)| (column, content(value)));
            cells.extend(filled.filter(|(_, cell)| !cell.is_empty()));
            if sink(number, &mut cells)?.is_break() {
                return Ok(Vec::new());
            }
        }
        let merges = self.book.merge_cells_by_sheet_name(name).unwrap_or_default();
        Ok(merges.iter().map(merge).collect())
    }
}

fn merge(region: &calamine::Dimensions) -> Merge {
    Merge { rows: (region.start.0 + 1, region.end.0 + 1), columns: (region.start.1, region.end.1) }
}

fn content(value: &Data) -> Cell {
    match value {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Cell::text(text),
        Data::Int(number) => {
            #[allow(clippy::cast_precision_loss)] // what is lost is reported as lost
            Cell::number(*number as f64)
        }
        Data::Float(number) => Cell::number(*number),
        Data::Bool(value) => Cell::Bool(*value),
        Data::Error(error) => Cell::Error(Arc::from(error.to_string())),
        Data::DateTime(date) if date.is_datetime() && date.as_f64() >= 1.0 => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
            match parts {
                (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day)
                    .map_or_else(|_| Cell::number(date.as_f64()), Cell::Date),
                _ => Cell::number(date.as_f64()),
            }
        }
        Data::DateTime(time) => Cell::number(time.as_f64()),
        Data::Empty => Cell::Empty,
    }
}
