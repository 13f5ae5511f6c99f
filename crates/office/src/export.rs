//! Streams a table into a workbook that reads back with the same texts.

use std::io::Write;

use jiff::civil::Date;
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, IgnoreError, Workbook,
    Worksheet, XlsxError,
};

use crate::template::WriteError;
use crate::written_date::date_serial;

/// The sheet's last row, 1-based, in every program that reads .xlsx.
const LAST_ROW: u32 = 1_048_576;

/// How a column shows its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutKind {
    /// Text, also when it consists of digits.
    Text,
    /// A whole number.
    Integer,
    /// A day, as 2021-06-01.
    Date,
    /// A rate from 0 to 1 shown with one decimal of a percent.
    Percent,
    /// A number with two decimals.
    Decimal,
}

/// A column of an export.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportColumn {
    /// The header's text.
    pub header: String,
    /// Width in characters of Latin text; a Chinese character takes two.
    pub width: f64,
    /// How cells are shown.
    pub kind: OutKind,
}

/// What an export looks like before its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportSpec {
    /// The sheet's name, at most 31 characters.
    pub sheet: String,
    /// Lines above the header, each merged over all columns; may be empty.
    pub titles: Vec<String>,
    /// The columns, at least one.
    pub columns: Vec<ExportColumn>,
    /// The day that the file names as its creation: the caller's clock, so that the same input
    /// gives the same bytes.
    pub created: Date,
}

/// A cell on its way out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Out<'a> {
    /// Nothing.
    Empty,
    /// Text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A day.
    Date(Date),
}

/// A workbook being written row by row; rows go to a temporary file, not to memory.
pub struct Export {
    workbook: Workbook,
    /// Which sheet is being written, from 0.
    sheet: usize,
    formats: Vec<Format>,
    header_row: u32,
    next: u32,
    last_column: u16,
}

/// Document properties with a fixed date, so that nothing depends on the clock.
pub(crate) fn properties(created: Date) -> Result<DocProperties, XlsxError> {
    let part = |n: i8| u8::try_from(n).unwrap_or(1);
    let year = u16::try_from(created.year()).unwrap_or(1900);
    let created = ExcelDateTime::from_ymd(year, part(created.month()), part(created.day()))?;
    Ok(DocProperties::new().set_creation_datetime(&created))
}

pub(crate) fn title_format() -> Format {
    Format::new()
        .set_bold()
        .set_font_size(16)
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
}

pub(crate) fn header_format() -> Format {
    Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_border(FormatBorder::Thin)
        .set_border_color(Color::RGB(0x00BF_BFBF))
        .set_background_color(Color::RGB(0x00F2_F2F2))
}

fn format_of(kind: OutKind) -> Format {
    match kind {
        OutKind::Text => Format::new().set_num_format("@"),
        OutKind::Integer => Format::new().set_num_format("0"),
        OutKind::Date => Format::new().set_num_format("yyyy-mm-dd"),
        OutKind::Percent => Format::new().set_num_format("0.0%"),
        OutKind::Decimal => Format::new().set_num_format("0.00"),
    }
}

impl Export {
    /// Starts a workbook and writes titles and header.
    ///
    /// # Errors
    /// [`WriteError::NoColumns`], or what the writer refuses, such as a sheet name with `/`.
    pub fn new(spec: &ExportSpec) -> Result<Self, WriteError> {
        let mut workbook = Workbook::new();
        workbook.set_properties(&properties(spec.created)?);
        let empty = Self {
            workbook,
            sheet: 0,
            formats: Vec::new(),
            header_row: 0,
            next: 0,
            last_column: 0,
        };
        empty.begin(spec)
    }

    /// Goes on with another sheet behind those before; they cannot be written to any more.
    ///
    /// # Errors
    /// As [`new`](Self::new), and when the workbook has a sheet of this name.
    pub fn next_sheet(mut self, spec: &ExportSpec) -> Result<Self, WriteError> {
        self.close()?;
        self.sheet += 1;
        self.begin(spec)
    }

    fn begin(mut self, spec: &ExportSpec) -> Result<Self, WriteError> {
        let last = spec.columns.len().checked_sub(1).ok_or(WriteError::NoColumns)?;
        self.last_column = u16::try_from(last).map_err(|_| WriteError::NoColumns)?;
        self.header_row = u32::try_from(spec.titles.len()).map_err(|_| WriteError::Full)?;
        self.next = self.header_row + 1;
        self.formats = spec.columns.iter().map(|c| format_of(c.kind)).collect();
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(&spec.sheet)?;
        for (column, (spec, format)) in (0..).zip(spec.columns.iter().zip(&self.formats)) {
            sheet.set_column_width(column, spec.width)?;
            sheet.set_column_format(column, format)?;
            if spec.kind == OutKind::Text {
                let error = IgnoreError::NumberStoredAsText;
                sheet.ignore_error_range(0, column, LAST_ROW - 1, column, error)?;
            }
        }
        for (row, title) in (0..).zip(&spec.titles) {
            write_title(sheet, row, self.last_column, title)?;
        }
        let header = header_format();
        for (column, spec) in (0..).zip(&spec.columns) {
            sheet.write_string_with_format(self.header_row, column, &spec.header, &header)?;
        }
        sheet.set_freeze_panes(self.header_row + 1, 0)?;
        sheet.set_repeat_rows(self.header_row, self.header_row)?;
        sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
        Ok(self)
    }

    /// Writes the next row; cells beyond the columns are refused.
    ///
    /// # Errors
    /// [`WriteError::Full`] behind the last row of a sheet, [`WriteError::NoColumns`] for too
    /// many cells, or what the writer refuses, such as a text over 32,767 characters.
    pub fn row(&mut self, cells: &[Out<'_>]) -> Result<(), WriteError> {
        if self.next >= LAST_ROW {
            return Err(WriteError::Full);
        }
        if cells.len() > self.formats.len() {
            return Err(WriteError::NoColumns);
        }
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        for (column, (cell, format)) in (0..).zip(cells.iter().zip(&self.formats)) {
            write_cell(sheet, self.next, column, cell, format)?;
        }
        self.next += 1;
        Ok(())
    }

    /// Finishes the workbook in memory.
    ///
    /// # Errors
    /// What the writer refuses.
    pub fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        self.close()?;
        Ok(self.workbook.save_to_buffer()?)
    }

    /// Finishes the workbook into a file or stream.
    ///
    /// # Errors
    /// What the writer or the stream refuses.
    pub fn finish_into<W: Write + Send>(mut self, to: W) -> Result<(), WriteError> {
        self.close()?;
        Ok(self.workbook.save_to_writer(to)?)
    }

    fn close(&mut self) -> Result<(), WriteError> {
        let sheet = self.workbook.worksheet_from_index(self.sheet)?;
        sheet.autofilter(self.header_row, 0, self.next - 1, self.last_column)?;
        Ok(())
    }
}

fn write_title(
    sheet: &mut Worksheet,
    row: u32,
    last_column: u16,
    title: &str,
) -> Result<(), XlsxError> {
    let format = if row == 0 { title_format() } else { Format::new().set_text_wrap() };
    sheet.set_row_height(row, if row == 0 { 30 } else { 20 })?;
    if last_column == 0 {
        sheet.write_string_with_format(row, 0, title, &format)?;
    } else {
        sheet.merge_range(row, 0, row, last_column, title, &format)?;
    }
    Ok(())
}

/// Writes one cell; a day before March 1900, which sheets cannot count, goes out as text.
pub(crate) fn write_cell(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Out<'_>,
    format: &Format,
) -> Result<(), XlsxError> {
    match *cell {
        Out::Empty => return Ok(()),
        Out::Text(text) => sheet.write_string_with_format(row, column, text, format)?,
        #[allow(clippy::cast_precision_loss)] // counts and amounts lie far below 2^53
        Out::Integer(number) => {
            sheet.write_number_with_format(row, column, number as f64, format)?
        }
        Out::Number(number) => sheet.write_number_with_format(row, column, number, format)?,
        Out::Date(date) => match date_serial(date) {
            #[allow(clippy::cast_precision_loss)] // serials have seven digits
            Some(serial) => sheet.write_number_with_format(row, column, serial as f64, format)?,
            None => sheet.write_string_with_format(row, column, date.to_string(), format)?,
        },
    };
    Ok(())
}
