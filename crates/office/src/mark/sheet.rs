//! One worksheet copied as a stream, with red cells and reasons put in.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};

use super::styles::{Styles, with_attribute};
use super::{Marks, REASON_HEADER, Reasons, Target};
use crate::unreadable::Unreadable;
use crate::xlsx::{column_letters, parse_reference};
use crate::xml;

/// Width of the reasons' column in characters.
const REASON_WIDTH: u32 = 60;
/// What stands behind `<legacyDrawing>` in a worksheet (ECMA-376 part 1, 18.3.1.99).
const BEHIND_LEGACY_DRAWING: [&str; 9] = [
    "legacyDrawingHF",
    "drawingHF",
    "picture",
    "oleObjects",
    "controls",
    "webPublishItems",
    "tableParts",
    "extLst",
    "AlternateContent",
];

/// Copies a sheet; its parts live as long as one copying.
pub(super) struct Editor<'a, W: Write> {
    pub out: Writer<W>,
    pub styles: &'a mut Styles,
    pub marks: &'a Marks,
    pub target: &'a Target<'a>,
    pub reasons: &'a Reasons,
    /// The relationship that a new `<legacyDrawing>` names.
    pub drawing_id: &'a str,
    pub(super) prefix: String,
    strict: bool,
    /// Format of each range of columns, 1-based as in the file.
    pub(super) column_formats: Vec<(u32, u32, usize)>,
    /// Elements that are open: one inside the worksheet itself.
    depth: i64,
    /// The row being copied.
    pub(super) row: u32,
    /// Rows that still have to come: the header and the wrong ones.
    pub(super) pending: BTreeMap<u32, Pending>,
    drawing: Option<String>,
    has_columns: bool,
    column_done: bool,
}

/// What a row still needs: wrong cells, and the text in the reasons' column.
#[derive(Clone, Default)]
pub(super) struct Pending {
    pub red: Vec<u32>,
    pub reason: String,
}

pub(super) type Done = Result<(), Unreadable>;

impl<'a, W: Write> Editor<'a, W> {
    pub fn new(
        out: W,
        styles: &'a mut Styles,
        marks: &'a Marks,
        target: &'a Target<'a>,
        reasons: &'a Reasons,
        drawing_id: &'a str,
    ) -> Self {
        let mut pending: BTreeMap<u32, Pending> = marks
            .iter()
            .map(|(row, marks)| {
                let red = marks.cells.keys().copied().filter(|c| *c != reasons.column).collect();
                (*row, Pending { red, reason: marks.reason.clone() })
            })
            .collect();
        let header = Pending { red: Vec::new(), reason: REASON_HEADER.to_owned() };
        pending.insert(target.header_row, header);
        Self {
            out: Writer::new(out),
            styles,
            marks,
            target,
            reasons,
            drawing_id,
            prefix: String::new(),
            strict: false,
            column_formats: Vec::new(),
            depth: 0,
            row: 0,
            pending,
            drawing: None,
            has_columns: false,
            column_done: false,
        }
    }

    /// Copies the whole sheet and gives back the relationship of its drawing of notes.
    pub fn copy<R: BufRead>(mut self, part: R) -> Result<(W, String), Unreadable> {
        let mut reader = xml::reader(part);
        let mut buf = Vec::new();
        loop {
            buf.clear();
            let event = reader.read_event_into(&mut buf)?;
            match &event {
                Event::Eof => break,
                // What is handled here has been written with all that belongs to it.
                Event::Start(tag) if self.start(&mut reader, tag)? => continue,
                Event::Empty(tag) if self.empty(tag)? => continue,
                Event::Start(_) => self.depth += 1,
                Event::End(tag) => {
                    self.depth -= 1;
                    match tag.local_name().as_ref() {
                        "cols" => self.add_column()?,
                        "sheetData" => self.flush_rows(u32::MAX)?,
                        "worksheet" => self.add_drawing()?,
                        _ => {}
                    }
                }
                _ => {}
            }
            self.out.write_event(event)?;
        }
        let drawing = self.drawing.unwrap_or_else(|| self.drawing_id.to_owned());
        Ok((self.out.into_inner(), drawing))
    }

    pub(super) fn raw(&mut self, text: &str) -> Done {
        Ok(self.out.get_mut().write_all(text.as_bytes())?)
    }

    /// Handles a start tag; true when it has been written (with what belongs to it).
    fn start<R: BufRead>(
        &mut self,
        reader: &mut Reader<R>,
        tag: &BytesStart<'_>,
    ) -> Result<bool, Unreadable> {
        match tag.local_name().as_ref() {
            "worksheet" => {
                let found = tag.name().prefix().map(|p| format!("{}:", p.as_ref()));
                self.prefix = found.unwrap_or_default();
                self.strict = tag.attributes_raw().contains("purl.oclc.org");
            }
            "dimension" | "col" => {
                let done = self.empty(tag)?;
                if done {
                    // The end tag of an element that is otherwise always empty.
                    reader.read_to_end_into(tag.name(), &mut Vec::new())?;
                }
                return Ok(done);
            }
            "cols" => self.has_columns = true,
            "sheetData" => self.before_rows()?,
            "row" => {
                self.row(reader, tag)?;
                return Ok(true);
            }
            name => self.before_drawing(name, tag)?,
        }
        Ok(false)
    }

    /// Handles an empty tag; true when it has been written.
    fn empty(&mut self, tag: &BytesStart<'_>) -> Result<bool, Unreadable> {
        match tag.local_name().as_ref() {
            "dimension" => {
                let range = self.dimension(xml::attribute(tag, "ref").unwrap_or("A1"));
                let tag = with_attribute(tag, "ref", &range);
                self.raw(&format!("<{tag}/>"))?;
                Ok(true)
            }
            "col" => {
                self.column(tag)?;
                Ok(true)
            }
            "sheetData" => {
                self.before_rows()?;
                let name = tag.name().as_ref().to_owned();
                self.raw(&format!("<{name}>"))?;
                self.flush_rows(u32::MAX)?;
                self.raw(&format!("</{name}>"))?;
                Ok(true)
            }
            "row" => {
                self.empty_row(tag)?;
                Ok(true)
            }
            name => {
                self.before_drawing(name, tag)?;
                Ok(false)
            }
        }
    }

    fn dimension(&self, range: &str) -> String {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        let (column, row) = parse_reference(last).unwrap_or((0, 1));
        let column = column.max(self.reasons.column);
        let rows = self.marks.keys().copied().chain([self.target.header_row, row]);
        format!("{first}:{}{}", column_letters(column), rows.max().unwrap_or(row))
    }

    /// Copies a `<col>`, split where the reasons' column lies within it.
    fn column(&mut self, tag: &BytesStart<'_>) -> Done {
        let get = |name| xml::attribute(tag, name).and_then(|raw| raw.parse::<u32>().ok());
        let (first, last) = (get("min").unwrap_or(1), get("max").unwrap_or(16_384));
        let format = xml::attribute(tag, "style").and_then(|raw| raw.parse().ok()).unwrap_or(0);
        self.column_formats.push((first, last, format));
        let at = self.reasons.column + 1;
        if first > at {
            self.add_column()?;
        }
        if !(first..=last).contains(&at) {
            return self.raw(&format!("<{}/>", &**tag));
        }
        let piece = |from: u32, to: u32| {
            let tag_min = with_attribute(tag, "min", &from.to_string());
            let tag_min = BytesStart::from_content(tag_min, tag.name().as_ref().len());
            format!("<{}/>", with_attribute(&tag_min, "max", &to.to_string()))
        };
        if first < at {
            self.raw(&piece(first, at - 1))?;
        }
        self.add_column()?;
        if last > at {
            self.raw(&piece(at + 1, last))?;
        }
        Ok(())
    }

    /// Gives the reasons' column its width, once.
    fn add_column(&mut self) -> Done {
        if std::mem::replace(&mut self.column_done, true) {
            return Ok(());
        }
        let (p, at) = (self.prefix.clone(), self.reasons.column + 1);
        self.raw(&format!(
            "<{p}col min=\"{at}\" max=\"{at}\" width=\"{REASON_WIDTH}\" customWidth=\"1\"/>"
        ))
    }

    fn before_rows(&mut self) -> Done {
        if self.has_columns {
            return Ok(());
        }
        let p = self.prefix.clone();
        self.raw(&format!("<{p}cols>"))?;
        self.add_column()?;
        self.raw(&format!("</{p}cols>"))
    }

    fn before_drawing(&mut self, name: &str, tag: &BytesStart<'_>) -> Done {
        if self.depth != 1 {
            // Rules for formats have extensions of their own, deeper inside.
            return Ok(());
        }
        if name == "legacyDrawing" {
            self.drawing = xml::text_attribute(tag, "id");
        } else if BEHIND_LEGACY_DRAWING.contains(&name) && self.pending.is_empty() {
            // Rows are all written, so this is behind them and not, say, an extension above.
            self.add_drawing()?;
        }
        Ok(())
    }

    fn add_drawing(&mut self) -> Done {
        if self.drawing.is_some() || self.drawing_id.is_empty() {
            return Ok(());
        }
        self.drawing = Some(self.drawing_id.to_owned());
        let namespace = if self.strict {
            "http://purl.oclc.org/ooxml/officeDocument/relationships"
        } else {
            "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        };
        let (p, id) = (self.prefix.clone(), self.drawing_id.to_owned());
        self.raw(&format!("<{p}legacyDrawing xmlns:r=\"{namespace}\" r:id=\"{id}\"/>"))
    }
}
