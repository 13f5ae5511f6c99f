//! The little that the readers need on top of quick-xml: attributes, entities, text.

use std::borrow::Cow;
use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart};

/// An XML reader for parts of office files. End names are not compared: checksums catch damage.
pub(crate) fn reader<R: BufRead>(input: R) -> Reader<R> {
    let mut reader = Reader::from_reader(input);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.check_comments = false;
    reader
}

/// A tag's attributes as raw pairs, without allocation; stops at the first malformed one.
pub(crate) struct Attributes<'a>(&'a str);

impl<'a> Attributes<'a> {
    pub fn of(tag: &'a BytesStart<'_>) -> Self {
        Self(tag.attributes_raw())
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, rest) = self.0.split_once('=')?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = rest[1..].split_once(quote)?;
        self.0 = rest;
        Some((key.trim(), value))
    }
}

/// The raw value of an attribute, by its name without prefix.
pub(crate) fn attribute<'a>(tag: &'a BytesStart<'_>, name: &str) -> Option<&'a str> {
    Attributes::of(tag)
        .find(|(key, _)| key.rsplit_once(':').map_or(*key, |(_, local)| local) == name)
        .map(|(_, value)| value)
}

/// The value of an attribute that may hold entities.
pub(crate) fn text_attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    attribute(tag, name).map(|raw| unescape(raw).into_owned())
}

/// Raw text with its entities resolved; malformed text stays as it is.
pub(crate) fn unescape(raw: &str) -> Cow<'_, str> {
    quick_xml::escape::unescape(raw).unwrap_or(Cow::Borrowed(raw))
}

/// Appends what an entity reference stands for.
pub(crate) fn push_entity(reference: &BytesRef<'_>, text: &mut String) {
    let name: &str = reference;
    if let Ok(Some(c)) = reference.resolve_char_ref() {
        text.push(c);
    } else if let Some(known) = quick_xml::escape::resolve_predefined_entity(name) {
        text.push_str(known);
    }
}

/// True for `1`, `true`, `on` as schema booleans have them.
pub(crate) fn is_true(raw: &str) -> bool {
    matches!(raw, "1" | "true" | "on")
}

/// Text escaped for element content and attribute values.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(c),
            // XML 1.0 has no way to write the other control characters.
            c if (c as u32) < 0x20 || matches!(c, '\u{FFFE}' | '\u{FFFF}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}
