//! Money in whole 分, so that no sum is ever rounded.

use std::{fmt, str::FromStr};

use crate::fold::fold_name;

/// An amount in 分 (a hundredth of a yuan). JSON carries the whole number.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// Why a text is not an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum MoneyError {
    /// Nothing was written.
    Empty,
    /// Something other than digits, one decimal point and commas between thousands.
    NotAmount,
    /// A comma that does not stand between thousands: perhaps a slip for the decimal point.
    MisplacedComma,
    /// Parts of a 分.
    TooFine,
    /// More than the product can hold.
    TooLarge,
}

impl MoneyError {
    /// What is wrong and how to write it, in a plain sentence without an end mark.
    pub fn message(&self) -> &'static str {
        match self {
            Self::Empty => "没有填写金额",
            Self::NotAmount => "不是金额，请只填数字，如 1234.50（单位：元）",
            Self::MisplacedComma => "逗号的位置不对，请写成 1,234.50 或 1234.50",
            Self::TooFine => "金额最多两位小数（到分）",
            Self::TooLarge => "金额太大，请核对单位是否为元",
        }
    }
}

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whole yuan, or nothing if it does not fit.
    pub fn from_yuan(yuan: i64) -> Option<Self> {
        yuan.checked_mul(100).map(Self)
    }
    /// The sum, or nothing if it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
    /// The difference, or nothing if it does not fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
    /// So many times the amount, or nothing if it does not fit.
    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }
    /// The sum of all, or nothing if it does not fit. Holds whenever the total itself fits,
    /// whatever the order.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let total: i128 = amounts.into_iter().map(|amount| i128::from(amount.0)).sum();
        i64::try_from(total).ok().map(Self)
    }
}

/// Yuan with two decimals and commas: `1,234.56`, without a unit.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fen = self.0.unsigned_abs();
        let digits = (fen / 100).to_string();
        let mut text = String::with_capacity(28);
        if self.0 < 0 {
            text.push('-');
        }
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&format!("{text}.{:02}", fen % 100))
    }
}

impl FromStr for Fen {
    type Err = MoneyError;
    /// Takes yuan: `1234.5`, `1,234.50`, `¥1,234`, `1234.5元`, full width too.
    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let text = fold_name(text);
        let text = text.trim_start_matches(['¥', '￥']).trim_end_matches('元');
        if text.is_empty() {
            return Err(MoneyError::Empty);
        }
        let (sign, text) = match text.strip_prefix(['-', '−']) {
            Some(rest) => (-1, rest.trim_start_matches(['¥', '￥'])),
            None => (1, text),
        };
        let (yuan, decimals) = text.split_once('.').unwrap_or((text, ""));
        let yuan = whole_yuan(yuan)?;
        if !decimals.bytes().all(|byte| byte.is_ascii_digit()) || text.ends_with('.') {
            return Err(MoneyError::NotAmount);
        }
        // Zeros beyond the second decimal are how a spreadsheet writes an exact amount.
        let (kept, beyond) = decimals.split_at(decimals.len().min(2));
        if beyond.bytes().any(|byte| byte != b'0') {
            return Err(MoneyError::TooFine);
        }
        let fen: i128 = format!("{kept:0<2}").parse().map_err(|_| MoneyError::NotAmount)?;
        let total = sign * (yuan * 100 + fen);
        i64::try_from(total).map(Self).map_err(|_| MoneyError::TooLarge)
    }
}

/// The digits before the point, whose commas, if any, must all stand between thousands.
fn whole_yuan(text: &str) -> Result<i128, MoneyError> {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    if first.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b',') {
        return Err(MoneyError::NotAmount);
    }
    let mut grouped = false;
    for group in groups {
        if group.len() != 3 {
            return Err(MoneyError::MisplacedComma);
        }
        grouped = true;
    }
    if grouped && first.len() > 3 {
        return Err(MoneyError::MisplacedComma);
    }
    let digits = text.replace(',', "");
    // Twenty digits are beyond any i64 and still far inside an i128.
    if digits.trim_start_matches('0').len() > 20 {
        return Err(MoneyError::TooLarge);
    }
    digits.parse().map_err(|_| MoneyError::TooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_shown_in_yuan() {
        for (fen, shown) in [
            (0, "0.00"),
            (5, "0.05"),
            (-5, "-0.05"),
            (99_999, "999.99"),
            (123_456, "1,234.56"),
            (10_000_000, "100,000.00"),
            (i64::MIN, "-92,233,720,368,547,758.08"),
        ] {
            assert_eq!(Fen(fen).to_string(), shown);
        }
        assert_eq!(format!("{:>8}", Fen(5)), "    0.05");
    }

    #[test]
    fn usual_forms_are_read() {
        for text in [
            "1234.5",
            "1,234.50",
            "¥1,234.5",
            "￥1234.50元",
            "１２３４．５",
            " 1 234.5 ",
            "1234.5000",
        ] {
            assert_eq!(text.parse(), Ok(Fen(123_450)), "{text}");
        }
        assert_eq!("-0.05".parse(), Ok(Fen(-5)));
        assert_eq!("100,000".parse(), Ok(Fen(10_000_000)));
    }

    #[test]
    fn wrong_amounts_say_why() {
        for (text, why) in [
            ("", MoneyError::Empty),
            ("元", MoneyError::Empty),
            ("约100", MoneyError::NotAmount),
            ("1.2.3", MoneyError::NotAmount),
            (".5", MoneyError::NotAmount),
            ("5.", MoneyError::NotAmount),
            ("1e5", MoneyError::NotAmount),
            ("--1", MoneyError::NotAmount),
            ("1,23", MoneyError::MisplacedComma),
            ("1234,567", MoneyError::MisplacedComma),
            ("0.005", MoneyError::TooFine),
            ("92233720368547758.08", MoneyError::TooLarge),
            ("99999999999999999999999999999999999999999999", MoneyError::TooLarge),
        ] {
            assert_eq!(text.parse::<Fen>(), Err(why), "{text}");
        }
    }

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Fen(i64::MAX).checked_add(Fen(1)), None);
        assert_eq!(Fen(i64::MIN).checked_sub(Fen(1)), None);
        assert_eq!(Fen(i64::MAX).checked_mul(2), None);
        assert_eq!(Fen::from_yuan(i64::MAX), None);
        assert_eq!(Fen::checked_sum([Fen(i64::MAX), Fen(1), Fen(-1)]), Some(Fen(i64::MAX)));
        assert_eq!(Fen::checked_sum([Fen(i64::MAX), Fen(1)]), None);
    }

    proptest! {
        #[test]
        fn a_shown_amount_is_read_back(fen: i64) {
            prop_assert_eq!(Fen(fen).to_string().parse(), Ok(Fen(fen)));
        }
        #[test]
        fn any_text_is_answered(text in ".{0,20}|[-0-9.,¥元]{0,30}") {
            if let Err(error) = text.parse::<Fen>() {
                prop_assert!(!error.message().is_empty());
            }
        }
    }
}
