//! One worksheet as a stream of rows, then its merged regions, in a single pass.

use std::io::BufRead;
use std::sync::Arc;

use jiff::civil::Date;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::strings::{read_rich_text, text_cell};
use super::{parse_reference, split_reference};
use crate::cell::Cell;
use crate::source::{Cells, Merge, Sink};
use crate::unreadable::Unreadable;
use crate::written_date::{WrittenDate, serial_date};
use crate::xml;

/// Excel's own last column, `XFD`.
const LAST_COLUMN: u32 = 16_383;
/// More merged regions than any sheet made by hand; the rest is ignored.
const MOST_MERGES: usize = 1 << 20;

/// What a sheet's cells refer to.
#[derive(Default)]
pub(crate) struct Context {
    pub strings: Vec<Cell>,
    pub dates: Vec<bool>,
    pub is_1904: bool,
}

/// Streams rows into the sink and gives back the merged regions.
pub(crate) fn stream<R: BufRead>(
    part: R,
    context: &Context,
    sink: &mut Sink<'_>,
) -> Result<Vec<Merge>, Unreadable> {
    let mut reader = xml::reader(part);
    let mut buf = Vec::new();
    let mut merges = Vec::new();
    let mut rows = RowReader::new(context);
    let mut ended = false;
    loop {
        buf.clear();
        match reader.read_event_into(&mut buf)? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "row" => {
                    rows.start(&tag);
                    rows.read(&mut reader)?;
                    if sink(rows.number, &mut rows.cells)?.is_break() {
                        return Ok(merges);
                    }
                }
                "mergeCell" => push_merge(&tag, &mut merges),
                _ => {}
            },
            Event::Empty(tag) => match tag.local_name().as_ref() {
                "row" => rows.start(&tag),
                "mergeCell" => push_merge(&tag, &mut merges),
                _ => {}
            },
            Event::End(tag) => ended |= tag.local_name().as_ref() == "worksheet",
            Event::Eof if ended => return Ok(merges),
            Event::Eof => return Err(Unreadable::Truncated),
            _ => {}
        }
    }
}

/// The last row of the `<dimension>` before the rows begin.
pub(crate) fn last_row<R: BufRead>(part: R) -> Result<Option<u64>, Unreadable> {
    let mut reader = xml::reader(part);
    let mut buf = Vec::new();
    loop {
        buf.clear();
        match reader.read_event_into(&mut buf)? {
            Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                "dimension" => {
                    let range = xml::attribute(&tag, "ref").unwrap_or_default();
                    let last = range.rsplit(':').next().and_then(parse_reference);
                    return Ok(last.map(|(_, row)| u64::from(row)));
                }
                "sheetData" => return Ok(None),
                _ => {}
            },
            Event::Eof => return Ok(None),
            _ => {}
        }
    }
}

fn push_merge(tag: &BytesStart<'_>, merges: &mut Vec<Merge>) {
    let range = xml::attribute(tag, "ref").and_then(|range| range.split_once(':'));
    let Some((from, to)) = range else { return };
    if let (Some(from), Some(to)) = (parse_reference(from), parse_reference(to))
        && merges.len() < MOST_MERGES
    {
        merges.push(Merge { rows: (from.1, to.1), columns: (from.0, to.0) });
    }
}

/// Reads one row at a time into buffers that live as long as the sheet.
struct RowReader<'a> {
    context: &'a Context,
    number: u32,
    cells: Cells,
    value: String,
    buf: Vec<u8>,
    inner: Vec<u8>,
}

/// What a cell's tag says: its column, its kind and whether its format shows a date.
struct Tag {
    column: u32,
    kind: Kind,
    is_date: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Number,
    Shared,
    Text,
    Bool,
    Error,
    IsoDate,
}

impl<'a> RowReader<'a> {
    fn new(context: &'a Context) -> Self {
        let (number, cells, value) = (0, Vec::new(), String::new());
        Self { context, number, cells, value, buf: Vec::new(), inner: Vec::new() }
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        let given = xml::attribute(tag, "r").and_then(|r| r.parse().ok());
        self.number = given.unwrap_or(self.number.saturating_add(1));
        self.cells.clear();
    }

    /// Reads the cells up to the row's end.
    fn read<R: BufRead>(&mut self, reader: &mut Reader<R>) -> Result<(), Unreadable> {
        let mut next_column = 0;
        loop {
            self.buf.clear();
            let mut buf = std::mem::take(&mut self.buf);
            match reader.read_event_into(&mut buf)? {
                Event::Start(tag) if tag.local_name().as_ref() == "c" => {
                    let tag = self.tag(&tag, next_column);
                    next_column = tag.column + 1;
                    let cell = self.cell(reader, &tag)?;
                    if !cell.is_empty() && tag.column <= LAST_COLUMN {
                        self.cells.push((tag.column, cell));
                    }
                }
                Event::Empty(tag) if tag.local_name().as_ref() == "c" => {
                    next_column = self.tag(&tag, next_column).column + 1;
                }
                Event::End(tag) if tag.local_name().as_ref() == "row" => {
                    self.buf = buf;
                    return Ok(());
                }
                Event::Eof => return Err(Unreadable::Truncated),
                _ => {}
            }
            self.buf = buf;
        }
    }

    fn tag(&self, tag: &BytesStart<'_>, next_column: u32) -> Tag {
        let mut found = Tag { column: next_column, kind: Kind::Number, is_date: false };
        for (key, value) in xml::Attributes::of(tag) {
            match key {
                "r" => found.column = split_reference(value).map_or(next_column, |(at, _)| at),
                "s" => {
                    let style = value.parse::<usize>().unwrap_or(0);
                    found.is_date = self.context.dates.get(style).copied().unwrap_or(false);
                }
                "t" => {
                    found.kind = match value {
                        "s" => Kind::Shared,
                        "str" | "inlineStr" => Kind::Text,
                        "b" => Kind::Bool,
                        "e" => Kind::Error,
                        "d" => Kind::IsoDate,
                        _ => Kind::Number,
                    };
                }
                _ => {}
            }
        }
        found
    }

    /// Reads a cell up to its end.
    fn cell<R: BufRead>(&mut self, reader: &mut Reader<R>, tag: &Tag) -> Result<Cell, Unreadable> {
        self.value.clear();
        let mut in_value = false;
        loop {
            self.inner.clear();
            match reader.read_event_into(&mut self.inner)? {
                Event::Text(piece) if in_value => self.value.push_str(&piece.xml10_content()),
                Event::CData(piece) if in_value => self.value.push_str(&piece),
                Event::GeneralRef(entity) if in_value => xml::push_entity(&entity, &mut self.value),
                Event::Start(inner) => match inner.local_name().as_ref() {
                    "v" => in_value = tag.kind != Kind::Text || self.value.is_empty(),
                    "is" => read_rich_text(reader, "is", &mut self.value)?,
                    _ => {}
                },
                Event::End(inner) => match inner.local_name().as_ref() {
                    "v" => in_value = false,
                    "c" => return Ok(self.content(tag)),
                    _ => {}
                },
                Event::Eof => return Err(Unreadable::Truncated),
                _ => {}
            }
        }
    }

    fn content(&self, tag: &Tag) -> Cell {
        let value = self.value.as_str();
        match tag.kind {
            Kind::Shared => {
                let index = value.trim().parse::<usize>().ok();
                index.and_then(|at| self.context.strings.get(at)).cloned().unwrap_or_default()
            }
            Kind::Text => text_cell(value),
            _ if value.trim().is_empty() => Cell::Empty,
            Kind::Bool => Cell::Bool(xml::is_true(value.trim())),
            Kind::Error => Cell::Error(Arc::from(value.trim())),
            Kind::IsoDate => match WrittenDate::parse(value) {
                Some(WrittenDate::Day(date)) => Cell::Date(date),
                _ => text_cell(value),
            },
            Kind::Number => match value.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    let date = if tag.is_date { self.date(number) } else { None };
                    date.map_or_else(|| Cell::number(number), Cell::Date)
                }
                _ => text_cell(value),
            },
        }
    }

    fn date(&self, serial: f64) -> Option<Date> {
        // The time of day is dropped; what is out of range stays a number.
        if !(0.0..3_000_000.0).contains(&serial) {
            return None;
        }
        #[allow(clippy::cast_possible_truncation)] // the range was checked just above
        let day = serial.floor() as i64;
        serial_date(day, self.context.is_1904)
    }
}
