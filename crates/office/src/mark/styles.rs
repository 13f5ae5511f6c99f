//! The workbook's styles with red twins of those that wrong cells have.

use std::collections::BTreeMap;

use quick_xml::Writer;
use quick_xml::events::{BytesStart, Event};

use super::RED;
use crate::unreadable::Unreadable;
use crate::xml;

/// Styles for a workbook that has none.
pub(super) const BARE: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1">
<font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill>
<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>
</styleSheet>"#;

/// Cell formats of a workbook, and the ones added to them.
pub(super) struct Styles {
    text: String,
    prefix: String,
    /// Each cell format's XML.
    formats: Vec<String>,
    /// The fill that is ours: an earlier marking's, or the one to add behind the others.
    red_fill: usize,
    has_red: bool,
    added: Vec<String>,
    red: BTreeMap<usize, usize>,
    plain: BTreeMap<usize, usize>,
}

/// A tag with an attribute set, whatever it was before.
pub(super) fn with_attribute(tag: &BytesStart<'_>, name: &str, value: &str) -> String {
    let mut text = tag.name().as_ref().to_owned();
    for (key, old) in xml::Attributes::of(tag) {
        if key != name {
            push_attribute(&mut text, key, old);
        }
    }
    push_attribute(&mut text, name, value);
    text
}

/// Appends an attribute whose value is escaped already, whichever quotes it stood in.
pub(super) fn push_attribute(text: &mut String, name: &str, raw: &str) {
    text.extend([" ", name, "=\"", &raw.replace('"', "&quot;"), "\""]);
}

/// An event written out as text.
fn write(out: &mut Writer<Vec<u8>>, event: Event<'_>) -> Result<(), Unreadable> {
    Ok(out.write_event(event)?)
}

fn into_text(out: Writer<Vec<u8>>) -> Result<String, Unreadable> {
    String::from_utf8(out.into_inner()).map_err(|_| Unreadable::Truncated)
}

impl Styles {
    /// Reads the formats and fills.
    pub fn read(text: String) -> Result<Self, Unreadable> {
        let mut reader = xml::reader(text.as_bytes());
        let (mut prefix, mut formats) = (String::new(), Vec::new());
        let (mut fills, mut red_fill, mut in_formats) = (0_usize, None, false);
        let mut buf = Vec::new();
        loop {
            buf.clear();
            match reader.read_event_into(&mut buf)? {
                Event::Start(tag) => match tag.local_name().as_ref() {
                    "styleSheet" => {
                        let name = tag.name();
                        let found = name.prefix().map(|p| format!("{}:", p.as_ref()));
                        prefix = found.unwrap_or_default();
                    }
                    "fill" => fills += 1,
                    "cellXfs" => in_formats = true,
                    "xf" if in_formats => formats.push(element(&mut reader, &tag)?),
                    _ => {}
                },
                Event::Empty(tag) => match tag.local_name().as_ref() {
                    "fill" => fills += 1,
                    "fgColor" if xml::attribute(&tag, "rgb") == Some(RED) => {
                        red_fill = Some(fills.saturating_sub(1));
                    }
                    "xf" if in_formats => formats.push(format!("<{}/>", &*tag)),
                    _ => {}
                },
                Event::End(tag) if tag.local_name().as_ref() == "cellXfs" => in_formats = false,
                Event::Eof => break,
                _ => {}
            }
        }
        let (has_red, red_fill) = (red_fill.is_some(), red_fill.unwrap_or(fills));
        let (red, plain) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { text, prefix, formats, red_fill, has_red, added: Vec::new(), red, plain })
    }

    /// The red twin of a cell format.
    pub fn red(&mut self, format: usize) -> usize {
        if let Some(&known) = self.red.get(&format) {
            return known;
        }
        let twin = match self.format(format) {
            Some(xf) => self.filled(xf, self.red_fill),
            None => format!(
                "<{}xf numFmtId=\"0\" fontId=\"0\" fillId=\"{}\" borderId=\"0\" xfId=\"0\" \
                 applyFill=\"1\"/>",
                self.prefix, self.red_fill
            ),
        };
        let index = self.add(twin);
        self.red.insert(format, index);
        index
    }

    /// What a format was before an earlier marking made it red; itself if it is not red.
    pub fn plain(&mut self, format: usize) -> usize {
        let fill = |xf: &str| attribute_of(xf, "fillId").and_then(|id| id.parse::<usize>().ok());
        let Some(xf) = self.formats.get(format).filter(|_| self.has_red) else { return format };
        if fill(xf) != Some(self.red_fill) {
            return format;
        }
        if let Some(&known) = self.plain.get(&format) {
            return known;
        }
        // The twin that it was made from differs in its fill only.
        let bare = self.filled(xf, 0);
        let twin = self
            .formats
            .iter()
            .position(|other| fill(other) != Some(self.red_fill) && self.filled(other, 0) == bare);
        let index = match twin {
            Some(index) => index,
            None => self.add(bare),
        };
        self.plain.insert(format, index);
        index
    }

    fn format(&self, index: usize) -> Option<&String> {
        let added = index.checked_sub(self.formats.len());
        self.formats.get(index).or_else(|| self.added.get(added?))
    }

    fn add(&mut self, xf: String) -> usize {
        self.added.push(xf);
        self.formats.len() + self.added.len() - 1
    }

    fn filled(&self, xf: &str, fill: usize) -> String {
        let mut reader = xml::reader(xf.as_bytes());
        let mut buf = Vec::new();
        let (tag, closed) = match reader.read_event_into(&mut buf) {
            Ok(Event::Empty(tag)) => (tag, true),
            Ok(Event::Start(tag)) => (tag, false),
            _ => return xf.to_owned(),
        };
        let behind = &xf[tag.len() + if closed { 3 } else { 2 }..];
        let tag = with_attribute(&tag, "fillId", &fill.to_string());
        let tag = BytesStart::from_content(tag, self.prefix.len() + 2);
        let tag = with_attribute(&tag, "applyFill", "1");
        if closed { format!("<{tag}/>") } else { format!("<{tag}>{behind}") }
    }

    /// The styles part with the fill and the added formats.
    pub fn finish(self) -> Result<String, Unreadable> {
        let mut reader = xml::reader(self.text.as_bytes());
        let mut out = Writer::new(Vec::new());
        let mut buf = Vec::new();
        let formats = self.formats.len() + self.added.len();
        let p = &self.prefix;
        let fill = format!(
            "<{p}fill><{p}patternFill patternType=\"solid\"><{p}fgColor rgb=\"{RED}\"/>\
             <{p}bgColor indexed=\"64\"/></{p}patternFill></{p}fill>"
        );
        loop {
            buf.clear();
            let event = reader.read_event_into(&mut buf)?;
            match &event {
                Event::Eof => return into_text(out),
                Event::Start(tag) if tag.local_name().as_ref() == "fills" && !self.has_red => {
                    let count = (self.red_fill + 1).to_string();
                    raw(&mut out, &format!("<{}>", with_attribute(tag, "count", &count)));
                    continue;
                }
                Event::Start(tag) if tag.local_name().as_ref() == "cellXfs" => {
                    let count = formats.to_string();
                    raw(&mut out, &format!("<{}>", with_attribute(tag, "count", &count)));
                    continue;
                }
                Event::End(tag) if tag.local_name().as_ref() == "fills" && !self.has_red => {
                    raw(&mut out, &fill);
                }
                Event::End(tag) if tag.local_name().as_ref() == "cellXfs" => {
                    self.added.iter().for_each(|xf| raw(&mut out, xf));
                }
                _ => {}
            }
            write(&mut out, event)?;
        }
    }
}

/// Appends XML as it is.
pub(super) fn raw(out: &mut Writer<Vec<u8>>, text: &str) {
    out.get_mut().extend_from_slice(text.as_bytes());
}

fn attribute_of<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// An element as text, from its start tag to its end.
pub(super) fn element(
    reader: &mut quick_xml::Reader<&[u8]>,
    tag: &BytesStart<'_>,
) -> Result<String, Unreadable> {
    let mut out = Writer::new(Vec::new());
    write(&mut out, Event::Start(tag.borrow()))?;
    let mut depth = 1;
    let mut buf = Vec::new();
    while depth > 0 {
        buf.clear();
        let event = reader.read_event_into(&mut buf)?;
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => return Err(Unreadable::Truncated),
            _ => {}
        }
        write(&mut out, event)?;
    }
    into_text(out)
}
