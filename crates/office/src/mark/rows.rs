//! The rows of a worksheet being marked: cells made red, reasons appended, missing ones created.

use std::collections::BTreeSet;
use std::io::{BufRead, Write};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::sheet::{Done, Editor, Pending};
use super::styles::{push_attribute, with_attribute};
use crate::unreadable::Unreadable;
use crate::xlsx::{column_letters, split_reference};
use crate::xml::{self, escape};

/// A row in the middle of being copied.
struct OpenRow {
    number: u32,
    pending: Pending,
    /// Cells that have to be there and have not come yet.
    needed: BTreeSet<u32>,
    /// The row's own format, if it has one.
    format: Option<usize>,
    /// The format of the cell before, which a header's reason takes on.
    before: usize,
    next_column: u32,
}

impl<W: Write> Editor<'_, W> {
    /// Copies a row that has content.
    pub(super) fn row<R: BufRead>(&mut self, reader: &mut Reader<R>, tag: &BytesStart<'_>) -> Done {
        let Some(mut row) = self.open(tag)? else {
            self.raw(&format!("<{}>", &**tag))?;
            return self.pass(reader, "row");
        };
        let mut buf = Vec::new();
        loop {
            buf.clear();
            let event = reader.read_event_into(&mut buf)?;
            match &event {
                Event::Start(cell) if cell.local_name().as_ref() == "c" => {
                    if self.cell(&mut row, cell, false)? {
                        self.pass(reader, "c")?;
                    } else {
                        reader.read_to_end_into(cell.name(), &mut Vec::new())?;
                    }
                }
                Event::Empty(cell) if cell.local_name().as_ref() == "c" => {
                    self.cell(&mut row, cell, true)?;
                }
                Event::End(tag) if tag.local_name().as_ref() == "row" => {
                    self.create_before(&mut row, u32::MAX)?;
                    self.out.write_event(event)?;
                    return Ok(());
                }
                Event::Eof => return Err(Unreadable::Truncated),
                _ => self.out.write_event(event)?,
            }
        }
    }

    /// Copies a row without content, filling it where it needs cells.
    pub(super) fn empty_row(&mut self, tag: &BytesStart<'_>) -> Done {
        match self.open(tag)? {
            Some(mut row) => {
                self.create_before(&mut row, u32::MAX)?;
                self.raw(&format!("</{}>", tag.name().as_ref()))
            }
            None => self.raw(&format!("<{}/>", &**tag)),
        }
    }

    /// Creates the rows that the sheet does not have, up to the one before `number`.
    pub(super) fn flush_rows(&mut self, number: u32) -> Done {
        while let Some((&at, _)) = self.pending.first_key_value()
            && at < number
        {
            let tag = format!("{}row r=\"{at}\"", self.prefix);
            let name = self.prefix.len() + "row".len();
            self.empty_row(&BytesStart::from_content(tag, name))?;
        }
        Ok(())
    }

    /// Writes the start tag of a row that needs changes; `None`, and nothing written, otherwise.
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<Option<OpenRow>, Unreadable> {
        let given = xml::attribute(tag, "r").and_then(|raw| raw.parse().ok());
        let number = given.unwrap_or(self.row + 1);
        // The rows created here are above this one, so they never come back to it.
        if self.pending.first_key_value().is_some_and(|(&at, _)| at < number) {
            self.flush_rows(number)?;
        }
        self.row = number;
        let earlier = self.reasons.again && number > self.target.header_row;
        let pending = match self.pending.remove(&number) {
            Some(pending) => pending,
            None if earlier => Pending::default(),
            None => return Ok(None),
        };
        // Spans are a hint that the new column would make wrong.
        let mut start = tag.name().as_ref().to_owned();
        for (key, value) in xml::Attributes::of(tag).filter(|(key, _)| *key != "spans") {
            push_attribute(&mut start, key, value);
        }
        self.raw(&format!("<{start}>"))?;
        let mut needed: BTreeSet<u32> = pending.red.iter().copied().collect();
        if !pending.reason.is_empty() {
            needed.insert(self.reasons.column);
        }
        let own = xml::attribute(tag, "customFormat").is_some_and(xml::is_true);
        let format = xml::attribute(tag, "s").filter(|_| own).and_then(|raw| raw.parse().ok());
        Ok(Some(OpenRow { number, pending, needed, format, before: 0, next_column: 0 }))
    }

    /// Writes the start of a cell that is there; false when the cell is left out.
    fn cell(
        &mut self,
        row: &mut OpenRow,
        tag: &BytesStart<'_>,
        empty: bool,
    ) -> Result<bool, Unreadable> {
        let reference = xml::attribute(tag, "r").and_then(split_reference);
        let column = reference.map_or(row.next_column, |(column, _)| column);
        row.next_column = column + 1;
        self.create_before(row, column)?;
        let needed = row.needed.remove(&column);
        if column == self.reasons.column && (needed || self.reasons.again) {
            if needed {
                self.create(row, column)?;
            }
            return Ok(false);
        }
        let old = xml::attribute(tag, "s").and_then(|raw| raw.parse().ok()).unwrap_or(0);
        let plain = if needed || self.reasons.again { self.styles.plain(old) } else { old };
        let new = if needed { self.styles.red(plain) } else { plain };
        row.before = new;
        let tag = if new == old {
            (**tag).to_owned()
        } else {
            with_attribute(tag, "s", &new.to_string())
        };
        self.raw(&if empty { format!("<{tag}/>") } else { format!("<{tag}>") })?;
        Ok(true)
    }

    /// Creates the needed cells left of a column.
    fn create_before(&mut self, row: &mut OpenRow, column: u32) -> Done {
        while let Some(&at) = row.needed.first()
            && at < column
        {
            row.needed.pop_first();
            self.create(row, at)?;
        }
        Ok(())
    }

    fn create(&mut self, row: &OpenRow, column: u32) -> Done {
        let (p, letters, number) = (self.prefix.clone(), column_letters(column), row.number);
        if column == self.reasons.column {
            let header = number == self.target.header_row;
            let like = self.styles.plain(if header { row.before } else { 0 });
            let format = self.styles.red(like);
            let reason = escape(&row.pending.reason);
            return self.raw(&format!(
                "<{p}c r=\"{letters}{number}\" s=\"{format}\" t=\"inlineStr\"><{p}is>\
                 <{p}t xml:space=\"preserve\">{reason}</{p}t></{p}is></{p}c>"
            ));
        }
        let place = column + 1;
        let of_column = self
            .column_formats
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&place))
            .map_or(0, |(.., format)| *format);
        let format = self.styles.red(row.format.unwrap_or(of_column));
        self.raw(&format!("<{p}c r=\"{letters}{number}\" s=\"{format}\"/>"))
    }

    /// Copies everything up to and including an element's end.
    fn pass<R: BufRead>(&mut self, reader: &mut Reader<R>, element: &str) -> Done {
        let mut buf = Vec::new();
        loop {
            buf.clear();
            let event = reader.read_event_into(&mut buf)?;
            let done = match &event {
                Event::End(tag) => tag.local_name().as_ref() == element,
                Event::Eof => return Err(Unreadable::Truncated),
                _ => false,
            };
            self.out.write_event(event)?;
            if done {
                return Ok(());
            }
        }
    }
}
