//! Reads Office Open XML workbooks as a stream.
//!
//! Written here rather than taken from calamine, which the .xls reader uses: a stranger's file
//! must be bounded while it unpacks, merged regions must come from the same pass, and a string
//! table's claimed size must never be believed.

mod dates;
mod sheet;
mod strings;
mod workbook;

pub(crate) use workbook::{Relation, Workbook, relations};

/// `AB` → 27: the zero-based column of a reference's letters, and the rest of the reference.
pub(crate) fn split_reference(reference: &str) -> Option<(u32, &str)> {
    let letters = reference.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (letters, rest) = reference.split_at(letters);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters
        .bytes()
        .fold(0_u32, |sum, b| sum * 26 + u32::from(b.to_ascii_uppercase() - b'A') + 1);
    Some((column - 1, rest))
}

/// `B3` → (1, 3): zero-based column and 1-based row.
pub(crate) fn parse_reference(reference: &str) -> Option<(u32, u32)> {
    let (column, row) = split_reference(reference)?;
    Some((column, row.parse().ok()?))
}

/// 27 → `AB`.
pub(crate) fn column_letters(column: u32) -> String {
    let mut left = column + 1;
    let mut letters = Vec::new();
    while left > 0 {
        let digit = u8::try_from((left - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::{column_letters, parse_reference, split_reference};

    #[test]
    fn references_go_both_ways() {
        assert_eq!(parse_reference("B3"), Some((1, 3)));
        assert_eq!(parse_reference("XFD1048576"), Some((16_383, 1_048_576)));
        assert_eq!(split_reference("3"), None);
        for column in [0, 25, 26, 27, 701, 702, 16_383] {
            let reference = format!("{}1", column_letters(column));
            assert_eq!(parse_reference(&reference), Some((column, 1)));
        }
    }
}
