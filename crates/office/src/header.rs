//! Which columns a caller wants, and how a header's text is compared with their names.

use std::borrow::Cow;

/// A column that the caller wants.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The name as the template has it.
    pub name: &'a str,
    /// Other names under which the same column comes.
    pub aliases: &'a [&'a str],
    /// Reading fails with `MissingColumns` when a required column is not in the sheet.
    pub required: bool,
}

/// Full-width letters, digits, punctuation and the ideographic space as their half-width twins.
pub fn half_width(text: &str) -> Cow<'_, str> {
    let is_wide = |c: char| matches!(c, '\u{FF01}'..='\u{FF5E}' | '\u{3000}' | '\u{A0}');
    if !text.contains(is_wide) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(narrow).collect())
}

fn narrow(c: char) -> char {
    match c {
        '\u{3000}' | '\u{A0}' => ' ',
        // The full-width block lies at a fixed distance from ASCII.
        '\u{FF01}'..='\u{FF5E}' => {
            u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c)
        }
        other => other,
    }
}

/// A header as it is compared: half width, lower case, without white space, `*`, `:` and hints in
/// brackets, so that `＊统一社会 信用代码（必填）` equals `统一社会信用代码`.
pub fn fold_header(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut depth = 0_u32;
    for c in text.chars().map(narrow) {
        match c {
            '(' | '[' | '【' | '〔' | '「' => depth += 1,
            ')' | ']' | '】' | '〕' | '」' => depth = depth.saturating_sub(1),
            '*' | ':' | '\u{200B}' | '\u{FEFF}' => {}
            c if depth > 0 || c.is_whitespace() => {}
            c => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// How one row of a sheet answers to the wanted headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeaderMatch {
    /// For each wanted header, the zero-based sheet column that carries it.
    pub columns: Vec<Option<u32>>,
    /// Wanted names that two columns claim.
    pub duplicates: Vec<String>,
    /// Texts of columns that nobody wants, in sheet order.
    pub unknown: Vec<String>,
}

impl HeaderMatch {
    pub fn hits(&self) -> usize {
        self.columns.iter().flatten().count()
    }
}

/// The wanted headers with their names folded once.
pub(crate) struct Wanted<'a> {
    pub headers: &'a [Header<'a>],
    names: Vec<String>,
    aliases: Vec<Vec<String>>,
}

impl<'a> Wanted<'a> {
    pub fn new(headers: &'a [Header<'a>]) -> Self {
        let names = headers.iter().map(|h| fold_header(h.name)).collect();
        let aliases =
            headers.iter().map(|h| h.aliases.iter().map(|a| fold_header(a)).collect()).collect();
        Self { headers, names, aliases }
    }

    /// Matches one header row. A column under the proper name beats one under an alias; two
    /// columns of the same rank are a duplicate, which only a person can settle.
    pub fn match_row(&self, row: &[(u32, String)]) -> HeaderMatch {
        let folded: Vec<(u32, String)> =
            row.iter().map(|(column, text)| (*column, fold_header(text))).collect();
        let mut found = HeaderMatch::default();
        for index in 0..self.headers.len() {
            let claims = |known: &dyn Fn(&str) -> bool| -> Vec<u32> {
                folded.iter().filter(|(_, text)| known(text)).map(|(column, _)| *column).collect()
            };
            let mut columns = claims(&|text| text == self.names[index]);
            if columns.is_empty() {
                columns = claims(&|text| self.aliases[index].iter().any(|alias| alias == text));
            }
            if columns.len() > 1 {
                found.duplicates.push(self.headers[index].name.to_owned());
            }
            found.columns.push(columns.first().copied());
        }
        for (column, text) in row {
            if !found.columns.contains(&Some(*column)) && !text.trim().is_empty() {
                found.unknown.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
        found
    }

    /// Names of required headers that a match leaves out.
    pub fn missing(&self, found: &HeaderMatch) -> Vec<String> {
        let pairs = self.headers.iter().zip(&found.columns);
        pairs
            .filter(|(header, column)| header.required && column.is_none())
            .map(|(header, _)| header.name.to_owned())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, Wanted, fold_header, half_width};

    #[test]
    fn hints_stars_and_widths_do_not_matter() {
        for text in
            ["＊统一社会 信用代码（必填）", "统一社会\n信用代码", "统一社会信用代码【18位】："]
        {
            assert_eq!(fold_header(text), "统一社会信用代码", "{text}");
        }
        assert_eq!(half_width("ＡＢＣ　１２３"), "ABC 123");
    }

    #[test]
    fn the_proper_name_beats_an_alias_and_twins_are_reported() {
        let headers = [Header { name: "代码", aliases: &["信用代码"], required: true }];
        let wanted = Wanted::new(&headers);
        let row = |texts: &[&str]| -> Vec<(u32, String)> {
            (0..).zip(texts.iter().map(|t| (*t).to_owned())).collect()
        };
        let found = wanted.match_row(&row(&["信用代码", "代码", "其他"]));
        assert_eq!(found.columns, vec![Some(1)]);
        assert_eq!(found.unknown, vec!["信用代码", "其他"]);
        assert!(found.duplicates.is_empty());
        let twins = wanted.match_row(&row(&["代码", "代 码"]));
        assert_eq!(twins.duplicates, vec!["代码"]);
    }
}
