//! Shared strings, and the text of `<si>` and `<is>` elements.

use std::io::BufRead;
use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::cell::Cell;
use crate::unreadable::Unreadable;
use crate::xml;

/// The shared strings of a workbook, each already as the cell it makes.
pub(crate) fn shared_strings<R: BufRead>(part: R) -> Result<Vec<Cell>, Unreadable> {
    let mut reader = xml::reader(part);
    // The declared count is not believed: the vector grows with what is really there.
    let mut strings = Vec::new();
    let mut text = String::new();
    let mut buf = Vec::new();
    loop {
        buf.clear();
        match reader.read_event_into(&mut buf)? {
            Event::Start(tag) if tag.local_name().as_ref() == "si" => {
                text.clear();
                read_rich_text(&mut reader, "si", &mut text)?;
                strings.push(text_cell(&text));
            }
            Event::Empty(tag) if tag.local_name().as_ref() == "si" => strings.push(Cell::Empty),
            Event::End(tag) if tag.local_name().as_ref() == "sst" => return Ok(strings),
            Event::Empty(tag) if tag.local_name().as_ref() == "sst" => return Ok(strings),
            Event::Eof => return Err(Unreadable::Truncated),
            _ => {}
        }
    }
}

/// Appends the text runs of an element up to its end; phonetic readings are left out.
pub(crate) fn read_rich_text<R: BufRead>(
    reader: &mut Reader<R>,
    element: &str,
    text: &mut String,
) -> Result<(), Unreadable> {
    let mut in_text = false;
    let mut in_phonetic = false;
    let mut buf = Vec::new();
    loop {
        buf.clear();
        match reader.read_event_into(&mut buf)? {
            Event::Start(tag) => match tag.local_name().as_ref() {
                "t" => in_text = !in_phonetic,
                "rPh" => in_phonetic = true,
                _ => {}
            },
            Event::End(tag) => match tag.local_name().as_ref() {
                "t" => in_text = false,
                "rPh" => in_phonetic = false,
                name if name == element => return Ok(()),
                _ => {}
            },
            Event::Text(piece) if in_text => text.push_str(&piece.xml10_content()),
            Event::CData(piece) if in_text => text.push_str(&piece),
            Event::GeneralRef(reference) if in_text => xml::push_entity(&reference, text),
            Event::Eof => return Err(Unreadable::Truncated),
            _ => {}
        }
    }
}

/// Text as a cell, with `_x000D_` escapes resolved.
pub(crate) fn text_cell(text: &str) -> Cell {
    if !text.contains("_x") {
        return Cell::text(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        plain.push_str(&rest[..at]);
        if let Some(c) = escaped_char(&rest[at..]) {
            plain.push(c);
            rest = &rest[at + 7..];
        } else {
            plain.push_str("_x");
            rest = &rest[at + 2..];
        }
    }
    plain.push_str(rest);
    if plain.trim().is_empty() { Cell::Empty } else { Cell::Text(Arc::from(plain)) }
}

/// The character of an escape `_xHHHH_` at the start of the text.
fn escaped_char(text: &str) -> Option<char> {
    let hex = text.get(2..6)?;
    if text.as_bytes().get(6) != Some(&b'_') || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(hex, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::text_cell;

    #[test]
    fn escapes_are_resolved_and_other_underscores_stay() {
        assert_eq!(text_cell("a_x000D_b").as_text(), "a\rb");
        assert_eq!(text_cell("_x005F_x000D_").as_text(), "_x000D_");
        assert_eq!(text_cell("max_xyz_").as_text(), "max_xyz_");
        assert_eq!(text_cell("_x00").as_text(), "_x00");
    }
}
