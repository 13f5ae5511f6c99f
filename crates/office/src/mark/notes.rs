//! Notes (comments) on cells: their texts, and the shapes that old drawings want for them.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Writer;
use quick_xml::events::Event;

use super::styles::{element, raw};
use super::{AUTHOR, MOST_NOTES, Marks};
use crate::unreadable::Unreadable;
use crate::xlsx::{column_letters, parse_reference};
use crate::xml::{self, escape};

/// Notes by (1-based row, zero-based column).
pub(super) type Notes = BTreeMap<(u32, u32), String>;

/// The notes that the marks make, at most [`MOST_NOTES`].
pub(super) fn notes_of(marks: &Marks) -> Notes {
    let cells = marks.iter().flat_map(|(row, marks)| {
        marks.cells.iter().map(move |(column, text)| ((*row, *column), text.clone()))
    });
    cells.take(MOST_NOTES).collect()
}

/// An edited comments part, and what changed about its shapes.
pub(super) struct Edited {
    pub text: String,
    /// Cells whose note is new and needs a shape.
    pub added: Vec<(u32, u32)>,
    /// Cells whose note of an earlier marking is gone, and with it the shape.
    pub removed: BTreeSet<(u32, u32)>,
}

/// A comments part with no comments.
const BARE: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<comments xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><authors></authors>
<commentList></commentList></comments>"#;

/// Puts notes into a comments part: earlier ones of ours go, a user's own is kept and ours is
/// written below it.
pub(super) fn edit(existing: Option<String>, notes: &Notes) -> Result<Edited, Unreadable> {
    let text = existing.unwrap_or_else(|| BARE.to_owned());
    let authors = authors(&text)?;
    let ours = authors.iter().position(|author| author == AUTHOR);
    let author = ours.unwrap_or(authors.len());
    let mut reader = xml::reader(text.as_bytes());
    let mut out = Writer::new(Vec::new());
    let mut left = notes.clone();
    let mut removed = BTreeSet::new();
    let mut prefix = String::new();
    let mut buf = Vec::new();
    loop {
        buf.clear();
        let event = reader.read_event_into(&mut buf)?;
        match &event {
            Event::Eof => break,
            Event::Start(tag) if tag.local_name().as_ref() == "comments" => {
                let found = tag.name().prefix().map(|p| format!("{}:", p.as_ref()));
                prefix = found.unwrap_or_default();
            }
            Event::Start(tag) if tag.local_name().as_ref() == "comment" => {
                let cell = xml::attribute(tag, "ref").and_then(parse_reference);
                let cell = cell.map(|(column, row)| (row, column));
                let by = xml::attribute(tag, "authorId").and_then(|id| id.parse().ok());
                let comment = element(&mut reader, tag)?;
                if by.is_some() && by == ours {
                    removed.extend(cell);
                    continue;
                }
                let ours = cell.and_then(|cell| left.remove(&cell));
                let comment = without_run(&comment, &prefix);
                raw(&mut out, &with_run(&comment, ours.as_deref(), &prefix));
                continue;
            }
            Event::End(tag) if tag.local_name().as_ref() == "authors" && ours.is_none() => {
                raw(&mut out, &format!("<{prefix}author>{AUTHOR}</{prefix}author>"));
            }
            Event::End(tag) if tag.local_name().as_ref() == "commentList" => {
                for (cell, text) in &left {
                    raw(&mut out, &comment(*cell, author, text, &prefix));
                }
            }
            _ => {}
        }
        out.write_event(event)?;
    }
    let text = String::from_utf8(out.into_inner()).map_err(|_| Unreadable::Truncated)?;
    Ok(Edited { text, added: left.into_keys().collect(), removed })
}

fn authors(text: &str) -> Result<Vec<String>, Unreadable> {
    let mut reader = xml::reader(text.as_bytes());
    let mut authors = Vec::new();
    let mut in_author = false;
    let mut buf = Vec::new();
    loop {
        buf.clear();
        match reader.read_event_into(&mut buf)? {
            Event::Start(tag) if tag.local_name().as_ref() == "author" => {
                in_author = true;
                authors.push(String::new());
            }
            Event::Empty(tag) if tag.local_name().as_ref() == "author" => {
                authors.push(String::new());
            }
            Event::Text(piece) if in_author => {
                authors.last_mut().map(|author| author.push_str(&piece)).unwrap_or_default();
            }
            Event::End(tag) if tag.local_name().as_ref() == "author" => in_author = false,
            Event::Eof => return Ok(authors),
            _ => {}
        }
    }
}

fn run(text: &str, p: &str) -> String {
    format!(
        "<{p}r><{p}rPr><{p}sz val=\"10\"/><{p}color rgb=\"FFC00000\"/></{p}rPr>\
         <{p}t xml:space=\"preserve\">{}</{p}t></{p}r>",
        escape(text)
    )
}

fn comment((row, column): (u32, u32), author: usize, text: &str, p: &str) -> String {
    format!(
        "<{p}comment ref=\"{}{row}\" authorId=\"{author}\"><{p}text>{}</{p}text></{p}comment>",
        column_letters(column),
        run(text, p)
    )
}

/// A user's note without what an earlier marking wrote below it.
fn without_run(comment: &str, prefix: &str) -> String {
    let (start, end) = (format!("<{prefix}r>"), format!("</{prefix}r>"));
    let found = comment.find(&format!("{AUTHOR}：")).and_then(|at| {
        let from = comment[..at].rfind(&start)?;
        let to = at + comment[at..].find(&end)? + end.len();
        Some((from, to))
    });
    match found {
        Some((from, to)) => format!("{}{}", &comment[..from], &comment[to..]),
        None => comment.to_owned(),
    }
}

fn with_run(comment: &str, text: Option<&str>, prefix: &str) -> String {
    let end = format!("</{prefix}text>");
    match (text, comment.rfind(&end)) {
        (Some(text), Some(at)) => {
            let run = run(&format!("\n{AUTHOR}：{text}"), prefix);
            format!("{}{run}{}", &comment[..at], &comment[at..])
        }
        _ => comment.to_owned(),
    }
}

const SHAPE_TYPE: &str = r#"<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202"
path="m,l,21600r21600,l21600,xe">
<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>"#;

/// A drawing with the shapes that the notes need; a user's drawing keeps its other shapes. Such
/// drawings are not always well-formed XML, so they are edited as text.
pub(super) fn shapes(existing: Option<String>, edited: &Edited) -> String {
    let text = existing.unwrap_or_else(|| {
        String::from(
            r#"<xml xmlns:v="urn:schemas-microsoft-com:vml"
xmlns:o="urn:schemas-microsoft-com:office:office"
xmlns:x="urn:schemas-microsoft-com:office:excel">
<o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout></xml>"#,
        )
    });
    let mut text = without_shapes(&text, &edited.removed);
    let mut id = last_id(&text).max(1024);
    let mut new = String::new();
    if !text.contains("\"_x0000_t202\"") {
        new.push_str(SHAPE_TYPE);
    }
    for cell in &edited.added {
        id += 1;
        new.push_str(&shape(*cell, id));
    }
    let at = text.rfind("</xml>").unwrap_or(text.len());
    text.insert_str(at, &new);
    text
}

fn shape((row, column): (u32, u32), id: u64) -> String {
    let (row, top) = (row - 1, row.saturating_sub(2));
    let (left, right, bottom) = (column + 1, column + 4, top + 5);
    format!(
        "<v:shape id=\"_x0000_s{id}\" type=\"#_x0000_t202\" style=\"position:absolute;\
         margin-left:60pt;margin-top:2pt;width:200pt;height:80pt;z-index:1;visibility:hidden\" \
         fillcolor=\"#ffffe1\" o:insetmode=\"auto\"><v:fill color2=\"#ffffe1\"/>\
         <v:shadow on=\"t\" color=\"black\" obscured=\"t\"/><v:path o:connecttype=\"none\"/>\
         <v:textbox style=\"mso-direction-alt:auto\"><div style=\"text-align:left\"></div>\
         </v:textbox><x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/>\
         <x:Anchor>{left}, 15, {top}, 10, {right}, 15, {bottom}, 4</x:Anchor>\
         <x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column>\
         </x:ClientData></v:shape>"
    )
}

fn last_id(text: &str) -> u64 {
    let ids = text.split("_x0000_s").skip(1);
    let number = |rest: &str| -> Option<u64> {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest[..digits].parse().ok()
    };
    // An id so large that it cannot be counted on from is no reason to fail.
    ids.filter_map(number).filter(|&id| id < 1 << 40).max().unwrap_or(0)
}

const SHAPE_END: &str = "</v:shape>";

/// Drops the shapes of notes that are gone.
fn without_shapes(text: &str, removed: &BTreeSet<(u32, u32)>) -> String {
    if removed.is_empty() {
        return text.to_owned();
    }
    let number = |shape: &str, tag: &str| -> Option<u32> {
        let (_, rest) = shape.split_once(&format!("<x:{tag}>"))?;
        rest.split_once('<')?.0.trim().parse().ok()
    };
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("<v:shape ") {
        let Some(length) = rest[start..].find(SHAPE_END).map(|at| at + SHAPE_END.len()) else {
            break;
        };
        let shape = &rest[start..start + length];
        kept.push_str(&rest[..start]);
        let cell = number(shape, "Row").zip(number(shape, "Column"));
        if !cell.is_some_and(|(row, column)| removed.contains(&(row + 1, column))) {
            kept.push_str(shape);
        }
        rest = &rest[start + length..];
    }
    kept.push_str(rest);
    kept
}
