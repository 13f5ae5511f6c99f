//! Reads `OpenDocument` spreadsheets as a stream.
//!
//! Written here rather than taken from calamine, whose reader holds all sheets at once, has no
//! merged cells and does not come back from a document that ends too early.

use std::io::BufRead;
use std::ops::ControlFlow;
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::cell::Cell;
use crate::package::Package;
use crate::source::{Cells, Merge, Sink};
use crate::unreadable::Unreadable;
use crate::written_date::WrittenDate;
use crate::xml;

/// The most columns and rows that spreadsheet programs have.
const LAST_COLUMN: u32 = 16_383;
const LAST_ROW: u32 = 1_048_576;

/// An opened document.
pub(crate) struct Document {
    package: Package,
    sheets: Vec<(String, bool)>,
}

impl Document {
    /// Reads the names of the sheets and which of them are hidden.
    pub fn open(mut package: Package) -> Result<Self, Unreadable> {
        let sheets = sheets(&mut package)?;
        Ok(Self { package, sheets })
    }

    /// Names of the sheets that a person sees.
    pub fn visible(&self) -> Vec<String> {
        self.sheets.iter().filter(|(_, hidden)| !hidden).map(|(name, _)| name.clone()).collect()
    }

    /// Streams the rows of a sheet.
    pub fn stream(&mut self, name: &str, sink: &mut Sink<'_>) -> Result<Vec<Merge>, Unreadable> {
        let part = self.package.part("content.xml")?.ok_or(Unreadable::Truncated)?;
        let mut reader = xml::reader(part);
        let mut buf = Vec::new();
        loop {
            buf.clear();
            match reader.read_event_into(&mut buf)? {
                Event::Start(tag)
                    if tag.local_name().as_ref() == "table"
                        && xml::text_attribute(&tag, "name").as_deref() == Some(name) =>
                {
                    return SheetReader::default().read(&mut reader, sink);
                }
                Event::Eof => return Err(Unreadable::Truncated),
                _ => {}
            }
        }
    }
}

/// The sheets of a document and whether they are hidden.
fn sheets(package: &mut Package) -> Result<Vec<(String, bool)>, Unreadable> {
    let mut hidden_styles = Vec::new();
    let mut style = String::new();
    let mut sheets = Vec::new();
    let part = package.part("content.xml")?.ok_or(Unreadable::Truncated)?;
    let mut reader = xml::reader(part);
    let mut buf = Vec::new();
    loop {
        buf.clear();
        match reader.read_event_into(&mut buf)? {
            Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                "style" => style = xml::text_attribute(&tag, "name").unwrap_or_default(),
                "table-properties" if xml::attribute(&tag, "display") == Some("false") => {
                    hidden_styles.push(style.clone());
                }
                "table" => {
                    let name = xml::text_attribute(&tag, "name").unwrap_or_default();
                    let style = xml::text_attribute(&tag, "style-name").unwrap_or_default();
                    sheets.push((name, hidden_styles.contains(&style)));
                }
                _ => {}
            },
            Event::End(tag) if tag.local_name().as_ref() == "document-content" => {
                return Ok(sheets);
            }
            Event::Eof => return Err(Unreadable::Truncated),
            _ => {}
        }
    }
}

/// Reads the rows of one table.
#[derive(Default)]
struct SheetReader {
    /// The last row that was read, 1-based.
    row: u32,
    cells: Cells,
    merges: Vec<Merge>,
    text: String,
}

impl SheetReader {
    fn read<R: BufRead>(
        mut self,
        reader: &mut Reader<R>,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Merge>, Unreadable> {
        let mut buf = Vec::new();
        loop {
            buf.clear();
            match reader.read_event_into(&mut buf)? {
                Event::Start(tag) if tag.local_name().as_ref() == "table-row" => {
                    let times = repeated(&tag, "number-rows-repeated");
                    self.cells.clear();
                    self.read_row(reader)?;
                    if self.emit(times, sink)?.is_break() {
                        return Ok(self.merges);
                    }
                }
                Event::Empty(tag) if tag.local_name().as_ref() == "table-row" => {
                    let times = repeated(&tag, "number-rows-repeated");
                    self.row = self.row.saturating_add(times);
                }
                Event::End(tag) if tag.local_name().as_ref() == "table" => return Ok(self.merges),
                Event::Eof => return Err(Unreadable::Truncated),
                _ => {}
            }
        }
    }

    /// Hands the row to the sink as often as it repeats; blank ones are only counted.
    fn emit(&mut self, times: u32, sink: &mut Sink<'_>) -> Result<ControlFlow<()>, Unreadable> {
        if self.cells.is_empty() {
            self.row = self.row.saturating_add(times);
            return Ok(ControlFlow::Continue(()));
        }
        for _ in 0..times {
            if self.row >= LAST_ROW {
                break;
            }
            self.row += 1;
            let mut cells = self.cells.clone();
            if sink(self.row, &mut cells)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn read_row<R: BufRead>(&mut self, reader: &mut Reader<R>) -> Result<(), Unreadable> {
        let mut column = 0_u32;
        let mut buf = Vec::new();
        loop {
            buf.clear();
            let (tag, empty) = match reader.read_event_into(&mut buf)? {
                Event::Start(tag) => (tag, false),
                Event::Empty(tag) => (tag, true),
                Event::End(tag) if tag.local_name().as_ref() == "table-row" => return Ok(()),
                Event::Eof => return Err(Unreadable::Truncated),
                _ => continue,
            };
            let covered = match tag.local_name().as_ref() {
                "table-cell" => false,
                "covered-table-cell" => true,
                _ => continue,
            };
            let times = repeated(&tag, "number-columns-repeated");
            self.note_merge(&tag, column);
            let cell = self.read_cell(reader, &tag, empty)?;
            if !covered && !cell.is_empty() {
                let last = column.saturating_add(times).min(LAST_COLUMN + 1);
                self.cells.extend((column..last).map(|at| (at, cell.clone())));
            }
            column = column.saturating_add(times);
        }
    }

    fn note_merge(&mut self, tag: &BytesStart<'_>, column: u32) {
        let rows = repeated(tag, "number-rows-spanned");
        let columns = repeated(tag, "number-columns-spanned");
        if rows > 1 || columns > 1 {
            let first = self.row + 1;
            self.merges.push(Merge {
                rows: (first, first.saturating_add(rows - 1)),
                columns: (column, column.saturating_add(columns - 1)),
            });
        }
    }

    /// Reads a cell up to its end; the paragraphs of a comment are not its text.
    fn read_cell<R: BufRead>(
        &mut self,
        reader: &mut Reader<R>,
        tag: &BytesStart<'_>,
        empty: bool,
    ) -> Result<Cell, Unreadable> {
        self.text.clear();
        if !empty {
            self.read_text(reader)?;
        }
        let value = |name| xml::attribute(tag, name);
        if tag.attributes_raw().contains("value-type=\"error\"") {
            return Ok(Cell::Error(Arc::from(self.text.as_str())));
        }
        let number = value("value").and_then(|raw| raw.parse::<f64>().ok());
        Ok(match (value("value-type"), number) {
            (Some("float" | "percentage" | "currency"), Some(number)) => Cell::number(number),
            (Some("boolean"), _) => Cell::Bool(value("boolean-value") == Some("true")),
            (Some("date"), _) => match value("date-value").and_then(WrittenDate::parse) {
                Some(WrittenDate::Day(date)) => Cell::Date(date),
                _ => Cell::text(&self.text),
            },
            (Some("string"), _) if self.text.is_empty() => {
                Cell::text(&xml::unescape(value("string-value").unwrap_or_default()))
            }
            _ => Cell::text(&self.text),
        })
    }

    fn read_text<R: BufRead>(&mut self, reader: &mut Reader<R>) -> Result<(), Unreadable> {
        let mut paragraphs = 0;
        let mut in_paragraph = false;
        let mut in_note = false;
        let mut buf = Vec::new();
        loop {
            buf.clear();
            match reader.read_event_into(&mut buf)? {
                Event::Start(tag) | Event::Empty(tag) if in_paragraph => {
                    match tag.local_name().as_ref() {
                        "s" => {
                            let count = repeated(&tag, "c").min(1000) as usize;
                            self.text.extend(std::iter::repeat_n(' ', count));
                        }
                        "tab" => self.text.push('\t'),
                        "line-break" => self.text.push('\n'),
                        _ => {}
                    }
                }
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "annotation" => in_note = true,
                    "p" if !in_note => {
                        if paragraphs > 0 {
                            self.text.push('\n');
                        }
                        paragraphs += 1;
                        in_paragraph = true;
                    }
                    _ => {}
                },
                Event::End(tag) => match tag.local_name().as_ref() {
                    "annotation" => in_note = false,
                    "p" => in_paragraph = false,
                    "table-cell" | "covered-table-cell" => return Ok(()),
                    _ => {}
                },
                Event::Text(piece) if in_paragraph => self.text.push_str(&piece.xml10_content()),
                Event::GeneralRef(entity) if in_paragraph => {
                    xml::push_entity(&entity, &mut self.text);
                }
                Event::Eof => return Err(Unreadable::Truncated),
                _ => {}
            }
        }
    }
}

fn repeated(tag: &BytesStart<'_>, name: &str) -> u32 {
    xml::attribute(tag, name).and_then(|raw| raw.parse().ok()).unwrap_or(1).max(1)
}
