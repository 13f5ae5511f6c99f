//! Telephone numbers of mainland China: checked when typed, masked whenever shown.

use std::{fmt, str::FromStr};

use crate::fold::{is_invisible, narrow};

/// A checked number. `Display` and `Debug` are masked, so that no page and no log can leak it;
/// [`Phone::expose`] gives the whole number to the one place that stores or dials it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    /// Digits, with one hyphen after an area code and one before an extension.
    text: String,
    /// Where the last four digits of the number proper end, before any extension.
    number_end: usize,
}

/// Why a text is not a telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum PhoneError {
    /// Nothing was written.
    Empty,
    /// Something that is neither a digit nor a usual separator.
    ForbiddenLetter {
        /// The first such character.
        letter: char,
    },
    /// A mobile number has 11 digits.
    WrongLength {
        /// How many digits there are.
        found: usize,
    },
    /// 11 digits that do not begin with 13 to 19.
    NotMobile,
    /// Neither a mobile nor a landline number.
    NotPhone,
}

impl PhoneError {
    /// What is wrong and what to write, in a plain sentence without an end mark. It never repeats
    /// the number.
    pub fn message(&self) -> String {
        match *self {
            Self::Empty => "没有填写电话号码".into(),
            Self::ForbiddenLetter { letter } => {
                format!("电话号码里有“{letter}”，请只填数字")
            }
            Self::WrongLength { found } => format!("手机号应为 11 位数字，这里是 {found} 位"),
            Self::NotMobile => "手机号应以 13 至 19 开头，请核对".into(),
            Self::NotPhone => {
                "不像电话号码；手机填 11 位数字，座机请带区号，如 0512-57312345".into()
            }
        }
    }
}

impl Phone {
    /// Reads a mobile number: `1[3-9]` and nine digits, with or without +86, blanks and hyphens.
    pub fn mobile(text: &str) -> Result<Self, PhoneError> {
        let digits = digits(text)?;
        let local = without_country(&digits);
        if local.len() != 11 {
            return Err(PhoneError::WrongLength { found: local.len() });
        }
        if !is_mobile(local) {
            return Err(PhoneError::NotMobile);
        }
        Ok(Self { text: local.to_owned(), number_end: 11 })
    }

    /// Reads a mobile number or, for offices, a landline: area code and seven or eight digits,
    /// seven or eight digits alone, 400 and 800 numbers; an extension after `转`, `-` or `#`.
    pub fn mobile_or_landline(text: &str) -> Result<Self, PhoneError> {
        if let Ok(mobile) = Self::mobile(text) {
            return Ok(mobile);
        }
        let (number, extension) = split_extension(text);
        let extension = if extension.is_empty() { String::new() } else { digits(&extension)? };
        if extension.len() > 6 {
            return Err(PhoneError::NotPhone);
        }
        let digits = digits(&number)?;
        let (area, local) = split_area(without_country(&digits)).ok_or(PhoneError::NotPhone)?;
        let mut text = String::with_capacity(20);
        if !area.is_empty() {
            text.push_str(area);
            text.push('-');
        }
        text.push_str(local);
        let number_end = text.len();
        if !extension.is_empty() {
            text.push('-');
            text.push_str(&extension);
        }
        Ok(Self { text, number_end })
    }

    /// The whole number. Whoever shows it to a person writes that to the journal.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Whether it is a mobile number, which can take a text message.
    pub fn is_mobile(&self) -> bool {
        is_mobile(&self.text)
    }
}

/// `138****1234` for a mobile, `0512-****1234` for a landline.
impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = &self.text[..self.number_end];
        let tail = &number[number.len() - 4..];
        let head = match number.split_once('-') {
            _ if self.is_mobile() => &number[..3],
            Some((area, _)) => &number[..=area.len()],
            None => "",
        };
        write!(f, "{head}****{tail}")
    }
}
impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({self})")
    }
}
impl FromStr for Phone {
    type Err = PhoneError;
    fn from_str(text: &str) -> Result<Self, PhoneError> {
        Self::mobile(text)
    }
}

fn is_mobile(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() == 11
        && bytes[0] == b'1'
        && (b'3'..=b'9').contains(&bytes[1])
        && bytes.iter().all(u8::is_ascii_digit)
}

/// Only the digits; separators and brackets are dropped, anything else is refused.
fn digits(text: &str) -> Result<String, PhoneError> {
    let mut digits = String::with_capacity(16);
    for letter in text.chars().map(narrow) {
        match letter {
            '0'..='9' => digits.push(letter),
            '-' | '(' | ')' | '+' | '.' | '—' | '–' | '\'' => {}
            _ if letter.is_whitespace() || is_invisible(letter) => {}
            _ => return Err(PhoneError::ForbiddenLetter { letter }),
        }
    }
    if digits.is_empty() { Err(PhoneError::Empty) } else { Ok(digits) }
}

/// Drops 86 or 0086 where a whole number follows.
fn without_country(digits: &str) -> &str {
    let rest = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86"));
    rest.filter(|rest| rest.len() >= 10).unwrap_or(digits)
}

fn split_extension(text: &str) -> (String, String) {
    let text: String = text.chars().map(narrow).collect();
    for mark in ["转", "#"] {
        if let Some((number, extension)) = text.split_once(mark) {
            return (number.into(), extension.into());
        }
    }
    // A hyphen begins an extension only after a number that is whole without it.
    match text.rsplit_once('-') {
        Some((number, extension)) if digits(number).is_ok_and(|d| split_area(&d).is_some()) => {
            (number.into(), extension.into())
        }
        _ => (text, String::new()),
    }
}

/// Area code and local number of a landline, or nothing if it is none.
fn split_area(digits: &str) -> Option<(&str, &str)> {
    if digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800")) {
        return Some(digits.split_at(3));
    }
    let local_ok =
        |local: &str| matches!(local.len(), 7 | 8) && matches!(local.as_bytes()[0], b'2'..=b'9');
    // 010 and 02x are the three-digit area codes; the rest have four digits.
    let area = if digits.starts_with("010") || digits.starts_with("02") {
        3
    } else if digits.starts_with('0') {
        4
    } else {
        0
    };
    let (area, local) = digits.split_at_checked(area)?;
    local_ok(local).then_some((area, local))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mobile_is_read_and_masked() {
        for text in
            ["13812341234", "+86 138-1234-1234", "０１３８１２３４１２３４", "8613812341234"]
        {
            let phone = Phone::mobile(text);
            if text.starts_with('０') {
                assert_eq!(phone, Err(PhoneError::WrongLength { found: 12 }));
                continue;
            }
            let phone = phone.unwrap();
            assert_eq!(phone.expose(), "13812341234");
            assert_eq!(phone.to_string(), "138****1234");
            assert_eq!(format!("{phone:?}"), "Phone(138****1234)");
        }
    }

    #[test]
    fn a_wrong_mobile_says_why() {
        assert_eq!(Phone::mobile(" "), Err(PhoneError::Empty));
        assert_eq!(Phone::mobile("1381234123"), Err(PhoneError::WrongLength { found: 10 }));
        assert_eq!(Phone::mobile("12812341234"), Err(PhoneError::NotMobile));
        assert_eq!(Phone::mobile("1381234l234"), Err(PhoneError::ForbiddenLetter { letter: 'l' }));
        assert!(Phone::mobile("0512-57312345").is_err());
    }

    #[test]
    fn landlines_are_tolerated_where_asked_for() {
        for (text, whole, masked) in [
            ("0512-57312345", "0512-57312345", "0512-****2345"),
            ("(0512) 57312345", "0512-57312345", "0512-****2345"),
            ("051257312345转801", "0512-57312345-801", "0512-****2345"),
            ("0512-57312345-801", "0512-57312345-801", "0512-****2345"),
            ("010-62312345", "010-62312345", "010-****2345"),
            ("+86 512 57312345", "", ""),
            ("57312345", "57312345", "****2345"),
            ("400-820-1234", "400-8201234", "400-****1234"),
            ("13812341234", "13812341234", "138****1234"),
        ] {
            match Phone::mobile_or_landline(text) {
                Ok(phone) => {
                    assert_eq!(phone.expose(), whole, "{text}");
                    assert_eq!(phone.to_string(), masked, "{text}");
                }
                Err(error) => assert_eq!((error, whole), (PhoneError::NotPhone, ""), "{text}"),
            }
        }
    }

    proptest! {
        #[test]
        fn only_seven_digits_of_a_mobile_are_shown(digits in "1[3-9][0-9]{9}") {
            let phone = Phone::mobile(&digits).unwrap();
            let shown = phone.to_string();
            prop_assert_eq!(shown.chars().filter(char::is_ascii_digit).count(), 7);
            prop_assert!(digits.starts_with(&shown[..3]) && digits.ends_with(&shown[7..]));
        }

        #[test]
        fn whatever_is_accepted_is_read_again_alike(text in "[0-9+()# 转-]{0,20}|0[0-9]{9,12}") {
            if let Ok(phone) = Phone::mobile_or_landline(&text) {
                let again = Phone::mobile_or_landline(phone.expose());
                prop_assert_eq!(again, Ok(phone));
            }
        }
    }
}
