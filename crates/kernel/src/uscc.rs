//! Unified social credit codes (统一社会信用代码): GB 32100-2015, 18 characters with a check digit.

use std::{fmt, str::FromStr};

use crate::fold::{is_invisible, narrow};

/// The 31 characters of GB 32100-2015, in the order of their values: no I, O, S, V or Z.
pub const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// 3^i mod 31 for the places 1 to 17.
const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

const NOT_IN_ALPHABET: u8 = u8::MAX;

/// The value of each byte, lower case included; other bytes hold [`NOT_IN_ALPHABET`].
const VALUES: [u8; 256] = {
    let mut values = [NOT_IN_ALPHABET; 256];
    let mut value: u8 = 0;
    while (value as usize) < ALPHABET.len() {
        let byte = ALPHABET[value as usize];
        values[byte as usize] = value;
        values[byte.to_ascii_lowercase() as usize] = value;
        value += 1;
    }
    values
};

/// A unified social credit code whose check digit is right. Always upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uscc([u8; 18]);

/// Why a text is not a unified social credit code, and with what it could be put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum UsccError {
    /// Nothing was written.
    Empty,
    /// Not 18 characters; blanks, hyphens and invisible characters are not counted.
    WrongLength {
        /// How many there are.
        found: usize,
        /// All of them are digits: perhaps an older kind of number.
        digits_only: bool,
    },
    /// A character that the standard never uses: I, O, S, V, Z or one outside letters and digits.
    ForbiddenLetter {
        /// The character, as it was written but upper case and half width.
        letter: char,
        /// Its place, counted from 1.
        position: usize,
        /// The code with the look-alike digits put in, when its check digit is then right.
        suggestion: Option<Uscc>,
    },
    /// 18 permitted characters, but the last one does not follow from the first 17.
    BadCheckDigit {
        /// The last character as written.
        found: char,
        /// What the last character is if the first 17 are right.
        expected: char,
    },
    /// A spreadsheet kept the code as a number, and its last digits are lost.
    LooksLikeNumber,
}

impl UsccError {
    /// What is wrong, in a plain sentence without an end mark.
    pub fn message(&self) -> String {
        match *self {
            Self::Empty => "没有填写统一社会信用代码".into(),
            Self::WrongLength { found, .. } => {
                format!("统一社会信用代码应为 18 位，这里是 {found} 位")
            }
            Self::ForbiddenLetter { letter, position, .. } => {
                format!("第 {position} 位是“{letter}”，统一社会信用代码不使用这个字符")
            }
            Self::BadCheckDigit { found, expected } => {
                format!("末位校验码不对：按前 17 位计算应为“{expected}”，这里是“{found}”")
            }
            Self::LooksLikeNumber => "代码被表格存成了数字，末几位已经丢失".into(),
        }
    }

    /// A whole code that can be put in place of what was written.
    ///
    /// Only look-alike letters give one. A wrong check digit does not: any of the 18 characters
    /// may be the wrong one, and a new last digit would make a valid code for another unit.
    pub fn suggestion(&self) -> Option<String> {
        match self {
            Self::ForbiddenLetter { suggestion, .. } => suggestion.map(|code| code.to_string()),
            _ => None,
        }
    }

    /// What to do about it, in a plain sentence without an end mark.
    pub fn advice(&self) -> String {
        match *self {
            Self::Empty => "请填写营业执照或登记证书上的 18 位代码".into(),
            Self::WrongLength { found: 15, digits_only: true } => {
                "15 位数字多是旧的工商注册号，请改填营业执照上的 18 位代码".into()
            }
            Self::WrongLength { found: 9, .. } => {
                "9 位多是旧的组织机构代码，请改填登记证书上的 18 位代码".into()
            }
            Self::WrongLength { .. } => "请对照营业执照或登记证书补全".into(),
            Self::ForbiddenLetter { suggestion: Some(code), .. } => format!("改为 {code}"),
            Self::ForbiddenLetter { .. } => {
                "请对照营业执照改正；代码中没有字母 I、O、S、V、Z".into()
            }
            Self::BadCheckDigit { expected, .. } => {
                format!("请对照营业执照逐位核对；前 17 位都无误时，末位改为“{expected}”")
            }
            Self::LooksLikeNumber => "请把这一列设为文本格式，再重新填写代码".into(),
        }
    }
}

impl Uscc {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        // Every byte comes from the ASCII alphabet, so that the default is never taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Completes 17 characters with their check digit; the same errors as parsing, and
    /// [`UsccError::WrongLength`] counts the 17.
    pub fn with_check(first17: &str) -> Result<Self, UsccError> {
        let (mut code, found) = collect(first17);
        if found != 17 {
            return Err(wrong_length(first17, found));
        }
        for (place, slot) in code.iter_mut().take(17).enumerate() {
            let value = ascii_value(*slot);
            if value == NOT_IN_ALPHABET {
                let position = place + 1;
                return Err(UsccError::ForbiddenLetter {
                    letter: *slot,
                    position,
                    suggestion: None,
                });
            }
            *slot = char::from(ALPHABET[usize::from(value)]);
        }
        let mut bytes = [b'0'; 18];
        for (slot, letter) in bytes.iter_mut().zip(&code[..17]) {
            // The loop above left only letters of the alphabet.
            *slot = *letter as u8;
        }
        bytes[17] = check_digit(&bytes);
        Ok(Self(bytes))
    }

    /// Reads 18 bytes that are already half width and without blanks.
    fn from_bytes(text: &[u8; 18]) -> Option<Self> {
        let mut bytes = [0; 18];
        for (slot, byte) in bytes.iter_mut().zip(text) {
            let value = VALUES[usize::from(*byte)];
            *slot = *ALPHABET.get(usize::from(value))?;
        }
        (check_digit(&bytes) == bytes[17]).then_some(Self(bytes))
    }
}

/// The check digit that the first 17 bytes call for; they must be in the alphabet.
fn check_digit(code: &[u8; 18]) -> u8 {
    let values = code.iter().map(|byte| u32::from(VALUES[usize::from(*byte)]));
    let sum: u32 = values.zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    ALPHABET[((31 - sum % 31) % 31) as usize]
}

fn ascii_value(letter: char) -> u8 {
    u8::try_from(letter).map_or(NOT_IN_ALPHABET, |byte| VALUES[usize::from(byte)])
}

/// The first 18 counted characters, half width and upper case, and how many there are in all.
fn collect(text: &str) -> ([char; 18], usize) {
    // Excel's mark for "this is text" arrives with cells that were pasted.
    let text = text.trim_start().trim_start_matches(['\'', '’']);
    let mut code = ['0'; 18];
    let mut found = 0;
    for letter in text.chars().map(narrow) {
        if letter.is_whitespace() || letter == '-' || is_invisible(letter) {
            continue;
        }
        if let Some(slot) = code.get_mut(found) {
            *slot = letter.to_ascii_uppercase();
        }
        found += 1;
    }
    (code, found)
}

fn wrong_length(text: &str, found: usize) -> UsccError {
    if found == 0 {
        return UsccError::Empty;
    }
    if written_as_number(text) {
        return UsccError::LooksLikeNumber;
    }
    let digits_only = text.chars().map(narrow).all(|c| c.is_ascii_digit() || c.is_whitespace());
    UsccError::WrongLength { found, digits_only }
}

/// A decimal point, or digits with an exponent: no code has them, and numbers in cells do.
fn written_as_number(text: &str) -> bool {
    let looks = text.chars().map(narrow).any(|c| c == '.' || c == '+');
    looks && narrowed(text).trim().parse::<f64>().is_ok()
}

fn narrowed(text: &str) -> String {
    text.chars().map(narrow).filter(|c| !is_invisible(*c)).collect()
}

/// The digit that is often read from paper as this letter.
fn look_alike(letter: char) -> Option<char> {
    match letter {
        'O' => Some('0'),
        'I' => Some('1'),
        'Z' => Some('2'),
        'S' => Some('5'),
        _ => None,
    }
}

/// Names what is wrong with 18 characters that are not a code.
fn explain(text: &str, code: &[char; 18]) -> UsccError {
    if written_as_number(text) {
        return UsccError::LooksLikeNumber;
    }
    let forbidden = code.iter().position(|letter| ascii_value(*letter) == NOT_IN_ALPHABET);
    if let Some(place) = forbidden {
        let repaired = code.map(|letter| look_alike(letter).unwrap_or(letter));
        let suggestion = ascii_bytes(&repaired).and_then(|bytes| Uscc::from_bytes(&bytes));
        return UsccError::ForbiddenLetter { letter: code[place], position: place + 1, suggestion };
    }
    // A spreadsheet keeps 15 significant digits of a number and fills up with zeros.
    let digits_only = code.iter().all(char::is_ascii_digit);
    if digits_only && code[15..] == ['0'; 3] {
        return UsccError::LooksLikeNumber;
    }
    let bytes = ascii_bytes(code).unwrap_or([b'0'; 18]);
    UsccError::BadCheckDigit { found: code[17], expected: char::from(check_digit(&bytes)) }
}

fn ascii_bytes(code: &[char; 18]) -> Option<[u8; 18]> {
    let mut bytes = [0; 18];
    for (slot, letter) in bytes.iter_mut().zip(code) {
        *slot = u8::try_from(*letter).ok().filter(u8::is_ascii)?;
    }
    Some(bytes)
}

impl FromStr for Uscc {
    type Err = UsccError;
    /// Takes lower case, full width, blanks and hyphens without a word.
    fn from_str(text: &str) -> Result<Self, UsccError> {
        let plain = text.as_bytes().first_chunk().filter(|_| text.len() == 18);
        if let Some(code) = plain.and_then(Self::from_bytes) {
            return Ok(code);
        }
        let (code, found) = collect(text);
        if found != 18 {
            return Err(wrong_length(text, found));
        }
        let read = ascii_bytes(&code).and_then(|bytes| Self::from_bytes(&bytes));
        read.ok_or_else(|| explain(text, &code))
    }
}
impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
impl fmt::Debug for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl serde::Serialize for Uscc {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}
impl<'de> serde::Deserialize<'de> for Uscc {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
impl schemars::JsonSchema for Uscc {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Uscc".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[0-9A-HJ-NP-RTUWXY]{18}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The example of GB 32100-2015 and public codes of well-known companies.
    const GOLDEN: [&str; 4] =
        ["91350100M000100Y43", "914403001922038216", "9144030071526726XG", "91330100799655058B"];

    fn error(text: &str) -> UsccError {
        text.parse::<Uscc>().unwrap_err()
    }

    #[test]
    fn golden_codes_are_codes() {
        for code in GOLDEN {
            assert_eq!(code.parse::<Uscc>().unwrap().as_str(), code);
            assert_eq!(Uscc::with_check(&code[..17]).unwrap().as_str(), code);
        }
    }

    #[test]
    fn case_width_blanks_and_hyphens_do_not_matter() {
        let code = "91350100M000100Y43".parse();
        for text in [
            "91350100m000100y43",
            " 91350100M000100Y43\t",
            "９１３５０１００Ｍ０００１００Ｙ４３",
            "91 350100 M000100Y4 3",
            "91350100-M000100Y4-3",
            "'91350100M000100Y43",
            "\u{feff}91350100M000100Y43\u{200b}",
        ] {
            assert_eq!(text.parse::<Uscc>(), code, "{text:?}");
        }
    }

    #[test]
    fn a_wrong_length_is_counted() {
        assert_eq!(error(" 　"), UsccError::Empty);
        let short = error("91350100M000100Y4");
        assert_eq!(short, UsccError::WrongLength { found: 17, digits_only: false });
        assert_eq!(short.message(), "统一社会信用代码应为 18 位，这里是 17 位");
        assert_eq!(error("无"), UsccError::WrongLength { found: 1, digits_only: false });
        assert!(error("320583000012345").advice().contains("工商注册号"));
    }

    #[test]
    fn a_look_alike_letter_is_put_right() {
        let error = error("9135O1OOMOOO1OOY43");
        assert_eq!(error.suggestion().as_deref(), Some("91350100M000100Y43"));
        assert_eq!(error.message(), "第 5 位是“O”，统一社会信用代码不使用这个字符");
        assert!(matches!(error, UsccError::ForbiddenLetter { letter: 'O', position: 5, .. }));
        assert_eq!(error.advice(), "改为 91350100M000100Y43");
    }

    #[test]
    fn a_repair_that_does_not_check_is_not_offered() {
        let with_v = error("9135V100M000100Y43");
        assert!(matches!(with_v, UsccError::ForbiddenLetter { letter: 'V', position: 5, .. }));
        assert_eq!(with_v.suggestion(), None);
        assert_eq!(error("S1350100M000100Y43").suggestion(), None);
        assert!(matches!(error("91350100M00010昆43"), UsccError::WrongLength { found: 17, .. }));
        assert!(matches!(
            error("91350100M000100昆43"),
            UsccError::ForbiddenLetter { letter: '昆', position: 16, suggestion: None }
        ));
    }

    #[test]
    fn a_wrong_check_digit_names_the_right_one() {
        let error = error("91350100M000100Y44");
        assert_eq!(error, UsccError::BadCheckDigit { found: '4', expected: '3' });
        assert_eq!(error.suggestion(), None);
        assert!(error.advice().contains('3'));
    }

    #[test]
    fn a_number_is_recognised() {
        for text in [
            "9.13205830786E+17",
            "９.13205830786E+17",
            "913205830786123000",
            "913205830786123000.0",
        ] {
            assert_eq!(error(text), UsccError::LooksLikeNumber, "{text}");
        }
        // Three zeros alone are no proof: this one is a code.
        let zeros = (0..u32::MAX).map(|n| format!("{:017}", u64::from(n) * 100));
        let code = zeros.map(|first| Uscc::with_check(&first).unwrap());
        let code = code.skip(1).find(|code| code.as_str().ends_with("000")).unwrap();
        assert_eq!(code.as_str().parse(), Ok(code));
    }

    proptest! {
        #[test]
        fn seventeen_characters_and_their_check_make_a_code(
            first in "[0-9A-HJ-NP-RTUWXY]{17}"
        ) {
            let code = Uscc::with_check(&first).unwrap();
            prop_assert_eq!(code.to_string().parse::<Uscc>(), Ok(code));
            prop_assert_eq!(code.to_string().to_lowercase().parse::<Uscc>(), Ok(code));
        }

        /// A prime modulus and weights that are never 0 find every single slip.
        #[test]
        fn one_changed_character_is_always_found(
            first in "[0-9A-HJ-NP-RTUWXY]{17}", place in 0..18usize, letter in 0..31usize
        ) {
            let mut bytes = Uscc::with_check(&first).unwrap().0;
            prop_assume!(bytes[place] != ALPHABET[letter]);
            bytes[place] = ALPHABET[letter];
            let text = std::str::from_utf8(&bytes).unwrap();
            prop_assert!(text.parse::<Uscc>().is_err());
        }

        #[test]
        fn any_text_is_answered(text in ".{0,40}") {
            if let Err(error) = text.parse::<Uscc>() {
                prop_assert!(!error.message().is_empty() && !error.advice().is_empty());
            }
        }
    }
}
