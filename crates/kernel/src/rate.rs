//! Rates of counts, rounded in whole numbers so that every page and sheet shows the same digits.

use std::fmt;

/// So many of so many. `Display` gives `42.4%`, or `—` when there is nothing to divide by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    /// The units that have the property.
    pub numerator: i64,
    /// All units in scope; none or fewer makes the rate empty.
    pub denominator: i64,
}

/// Tenths of a percent or of a percentage point. `Display` gives `42.4`, without the percent sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenths(pub i64);

impl Rate {
    /// The rate of these counts.
    pub const fn new(numerator: i64, denominator: i64) -> Self {
        Self { numerator, denominator }
    }

    /// The exact rate (0 to 1 when the numerator is a part), or nothing for an empty denominator.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    pub fn value(self) -> Option<f64> {
        (self.denominator > 0).then(|| self.numerator as f64 / self.denominator as f64)
    }

    /// Percent with one decimal, half rounded up: 424 for 28 of 66. Nothing for an empty
    /// denominator, or for a percentage that does not fit.
    pub fn percent(self) -> Option<Tenths> {
        if self.denominator <= 0 {
            return None;
        }
        let scaled = i128::from(self.numerator) * 1000;
        rounded(scaled, i128::from(self.denominator))
    }
}

/// Percentage points from one rate to another with one decimal, half rounded away from zero.
///
/// Taken from the exact rates and rounded once, so it may differ by 0.1 from the difference of the
/// two rounded ones. Nothing if either is empty, or for counts above 10^17.
pub fn points_between(from: Rate, to: Rate) -> Option<Tenths> {
    if from.denominator <= 0 || to.denominator <= 0 {
        return None;
    }
    let (before, after) = (i128::from(from.denominator), i128::from(to.denominator));
    let gain = i128::from(to.numerator) * before - i128::from(from.numerator) * after;
    rounded(gain.checked_mul(1000)?, before * after)
}

/// The quotient to the nearest whole number, halves away from zero. The divisor is positive.
fn rounded(dividend: i128, divisor: i128) -> Option<Tenths> {
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    // Compared this way round because doubling the rest could overflow.
    let is_half = rest.abs() >= divisor - rest.abs();
    let up = if is_half { dividend.signum() } else { 0 };
    i64::try_from(whole + up).ok().map(Tenths)
}

impl fmt::Display for Tenths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{}", size / 10, size % 10))
    }
}
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.percent() {
            Some(percent) => f.pad(&format!("{percent}%")),
            None => f.pad("—"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_golden_case() {
        let (before, after) = (Rate::new(28, 66), Rate::new(56, 66));
        assert_eq!((before.to_string(), after.to_string()), ("42.4%".into(), "84.8%".into()));
        assert_eq!((before.percent(), after.percent()), (Some(Tenths(424)), Some(Tenths(848))));
        assert_eq!(points_between(before, after), Some(Tenths(424)));
        assert_eq!(points_between(after, before).unwrap().to_string(), "-42.4");
        assert_eq!(Rate::new(1, 4).value(), Some(0.25));
    }

    #[test]
    fn halves_round_up() {
        assert_eq!(Rate::new(1, 2000).to_string(), "0.1%");
        assert_eq!(Rate::new(499, 1_000_000).to_string(), "0.0%");
        assert_eq!(Rate::new(1999, 2000).to_string(), "100.0%");
        assert_eq!(Rate::new(1, 16).to_string(), "6.3%");
    }

    #[test]
    fn an_empty_denominator_has_no_rate() {
        let empty = Rate::new(0, 0);
        assert_eq!((empty.value(), empty.percent()), (None, None));
        assert_eq!(empty.to_string(), "—");
        assert_eq!(points_between(empty, Rate::new(1, 2)), None);
        assert_eq!(points_between(Rate::new(1, 2), empty), None);
        assert_eq!(Rate::new(0, 5).to_string(), "0.0%");
    }

    proptest! {
        #[test]
        fn rounding_is_off_by_half_at_most(n in 0..=1_000_000i64, more in 0..1_000_000i64) {
            let rate = Rate::new(n, n + more + 1);
            let shown = i128::from(rate.percent().unwrap().0);
            // 2 × |n × 1000 − shown × d| ≤ d, in whole numbers.
            let d = i128::from(rate.denominator);
            prop_assert!(2 * (i128::from(n) * 1000 - shown * d).abs() <= d);
            prop_assert!((0..=1000).contains(&shown));
        }
        #[test]
        fn the_way_back_is_the_same_length(
            a in 0..9999i64, b in 1..9999i64, c in 0..9999i64, d in 1..9999i64
        ) {
            let (one, other) = (Rate::new(a, b), Rate::new(c, d));
            let (there, back) = (points_between(one, other), points_between(other, one));
            prop_assert_eq!(there.unwrap().0, -back.unwrap().0);
        }
        #[test]
        fn no_counts_panic(a: i64, b: i64, c: i64, d: i64) {
            let (one, other) = (Rate::new(a, b), Rate::new(c, d));
            let shown = format!("{one}{other}{:?}{:?}", one.value(), points_between(one, other));
            prop_assert!(!shown.is_empty());
        }
    }
}
