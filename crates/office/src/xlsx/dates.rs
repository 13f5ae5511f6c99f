//! Which cell formats show a number as a date.

use std::collections::HashMap;
use std::io::BufRead;

use quick_xml::events::Event;

use crate::unreadable::Unreadable;
use crate::xml;

/// For each cell format (`xf`) of a workbook: does it show a date?
pub(crate) fn date_formats<R: BufRead>(styles: R) -> Result<Vec<bool>, Unreadable> {
    let mut reader = xml::reader(styles);
    let mut custom: HashMap<u32, bool> = HashMap::new();
    let mut formats = Vec::new();
    let mut in_cell_formats = false;
    let mut buf = Vec::new();
    loop {
        buf.clear();
        match reader.read_event_into(&mut buf)? {
            Event::Start(tag) | Event::Empty(tag) => match tag.local_name().as_ref() {
                "cellXfs" => in_cell_formats = true,
                "numFmt" => {
                    let id = xml::attribute(&tag, "numFmtId").and_then(|id| id.parse().ok());
                    let code = xml::text_attribute(&tag, "formatCode");
                    if let (Some(id), Some(code)) = (id, code) {
                        custom.insert(id, is_date_code(&code));
                    }
                }
                "xf" if in_cell_formats => {
                    let id: u32 = xml::attribute(&tag, "numFmtId")
                        .and_then(|id| id.parse().ok())
                        .unwrap_or(0);
                    let known = custom.get(&id).copied();
                    formats.push(known.unwrap_or_else(|| is_builtin_date(id)));
                }
                _ => {}
            },
            Event::End(tag) if tag.local_name().as_ref() == "cellXfs" => in_cell_formats = false,
            Event::Eof => return Ok(formats),
            _ => {}
        }
    }
}

/// Built-in formats that show a day: the general ones and those of Chinese Excel
/// (ECMA-376 part 1, 18.8.30). Times of day are not dates.
fn is_builtin_date(id: u32) -> bool {
    matches!(id, 14..=17 | 22 | 27..=31 | 36 | 50..=54 | 57 | 58)
}

/// A custom code shows a date when, outside quotes, brackets and escapes, it names year or day,
/// or a month that is not the minutes of a time.
fn is_date_code(code: &str) -> bool {
    let mut bare = String::new();
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match c {
            ';' => break,
            '"' => drop(chars.by_ref().find(|&c| c == '"')),
            '[' => {
                // `[h]` counts elapsed hours; other brackets are colours and languages.
                let inside: String = chars.by_ref().take_while(|&c| c != ']').collect();
                if inside.chars().all(|c| matches!(c, 'h' | 'm' | 's' | 'H' | 'M' | 'S')) {
                    bare.push_str(&inside.to_lowercase());
                }
            }
            '\\' | '_' | '*' => drop(chars.next()),
            c => bare.extend(c.to_lowercase()),
        }
    }
    if bare.trim() == "general" {
        return false;
    }
    let has = |wanted: char| bare.contains(wanted);
    has('y') || has('d') || (has('m') && !has('h') && !has('s'))
}

#[cfg(test)]
mod tests {
    use super::is_date_code;

    #[test]
    fn codes_that_show_a_day() {
        let dates = ["yyyy-mm-dd", "yyyy\"年\"m\"月\"", "[$-804]yyyy\\-m\\-d;@", "m/d", "mmm"];
        for code in dates {
            assert!(is_date_code(code), "{code}");
        }
        for code in ["General", "0.00", "#,##0;[Red]-#,##0", "h:mm:ss", "[h]:mm", "@", "0\"day\""] {
            assert!(!is_date_code(code), "{code}");
        }
    }
}
