//! What one cell holds, and how it reads as text, number or date.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::civil::Date;

use crate::header::half_width;
use crate::written_date::WrittenDate;

/// From this size on Excel has replaced the last digits by zeros: it keeps fifteen.
const FIRST_INEXACT: f64 = 1e15;

/// One cell of a sheet, as it was stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing, or only spaces.
    #[default]
    Empty,
    /// Text exactly as stored, spaces and full-width characters included.
    Text(Arc<str>),
    /// A number that is not formatted as a date.
    Number {
        /// The stored value.
        value: f64,
        /// False when the number has more digits than a spreadsheet keeps (fifteen), so that a
        /// long code stored as a number has already lost its last digits.
        exact: bool,
    },
    /// TRUE or FALSE.
    Bool(bool),
    /// A number formatted as a date; the time of day is dropped.
    Date(Date),
    /// A formula's error value such as `#N/A`.
    Error(Arc<str>),
}

impl Cell {
    /// A text cell; text of nothing but white space is [`Cell::Empty`].
    pub fn text(text: &str) -> Self {
        if text.trim().is_empty() { Self::Empty } else { Self::Text(Arc::from(text)) }
    }

    /// A number cell that knows whether its digits can be trusted.
    pub fn number(value: f64) -> Self {
        Self::Number { value, exact: value.abs() < FIRST_INEXACT }
    }

    /// True for a cell without content.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// The cell as a person reads it: whole numbers without `.0`, dates as `2021-06-01`.
    pub fn as_text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) | Self::Error(text) => Cow::Borrowed(text),
            Self::Number { value, .. } => Cow::Owned(format!("{value}")),
            Self::Bool(true) => Cow::Borrowed("TRUE"),
            Self::Bool(false) => Cow::Borrowed("FALSE"),
            Self::Date(date) => Cow::Owned(date.to_string()),
        }
    }

    /// The text with full-width characters and spaces folded to half width, trimmed, and without
    /// line breaks: what most rules want to look at.
    pub fn folded(&self) -> String {
        let text = self.as_text();
        let half = half_width(&text);
        let mut folded = String::with_capacity(half.len());
        for word in half.split_whitespace() {
            if !folded.is_empty() {
                folded.push(' ');
            }
            folded.push_str(word);
        }
        folded
    }

    /// True when the cell is a number whose last digits are gone: stored as a number beyond
    /// fifteen digits, or as text in scientific notation as a .csv saved by Excel has it.
    pub fn has_lost_digits(&self) -> bool {
        match self {
            Self::Number { exact, .. } => !exact,
            Self::Text(text) => is_scientific(text.trim()),
            _ => false,
        }
    }

    /// A whole number, from a number cell or from digits written as text; `None` for anything
    /// else, fractions included.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Number { value, exact: true } if value.fract() == 0.0 => {
                // Below 1e15 every whole f64 is an i64.
                #[allow(clippy::cast_possible_truncation)]
                Some(*value as i64)
            }
            Self::Text(_) => {
                let folded = self.folded();
                let digits = folded.strip_suffix(".0").unwrap_or(&folded);
                digits.replace(',', "").parse().ok()
            }
            _ => None,
        }
    }

    /// The day or month that the cell names: a date cell, a serial number, `20210601`, or text
    /// such as `2021.6.1`, `2021年6月1日`, `2021年6月`.
    pub fn as_date(&self) -> Option<WrittenDate> {
        match self {
            Self::Date(date) => Some(WrittenDate::Day(*date)),
            Self::Number { .. } => WrittenDate::from_whole_number(self.as_integer()?),
            Self::Text(_) => WrittenDate::parse(&self.folded()),
            _ => None,
        }
    }
}

/// `9.13206E+17`, as Excel shows a long number and writes it to .csv.
fn is_scientific(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    // One digit, a point, then digits: a code such as 12E45 is not taken for a number.
    let mut parts = mantissa.splitn(2, '.');
    let whole = parts.next().unwrap_or_default();
    let fraction = parts.next();
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    whole.len() == 1 && digits(whole) && fraction.is_some_and(digits) && digits(exponent)
}

#[cfg(test)]
mod tests {
    use super::{Cell, is_scientific};

    #[test]
    fn whole_numbers_read_without_a_fraction() {
        assert_eq!(Cell::number(30.0).as_text(), "30");
        assert_eq!(Cell::number(0.5).as_text(), "0.5");
        assert_eq!(Cell::number(913_205_830_000_000_000.0).as_text(), "913205830000000000");
    }

    #[test]
    fn a_long_number_has_lost_digits() {
        assert!(Cell::number(913_205_830_000_000_000.0).has_lost_digits());
        assert!(!Cell::number(320_583_000_012_345.0).has_lost_digits());
        assert!(Cell::text("9.13206E+17").has_lost_digits());
        assert!(!is_scientific("91320583MA1E45678X"));
        assert!(!is_scientific("12E45"));
    }

    #[test]
    fn integers_from_text_are_folded() {
        assert_eq!(Cell::text(" １２０ ").as_integer(), Some(120));
        assert_eq!(Cell::text("1,200").as_integer(), Some(1200));
        assert_eq!(Cell::text("-3").as_integer(), Some(-3));
        assert_eq!(Cell::text("三人").as_integer(), None);
        assert_eq!(Cell::number(2.5).as_integer(), None);
    }
}
