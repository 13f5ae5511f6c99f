//! Dates as people write them in sheets: serials, 2021.6.1, 2021年6月, 20210601.

use jiff::civil::Date;

/// A day, or only a month, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenDate {
    /// Year, month and day were given.
    Day(Date),
    /// Only year and month were given; holds the month's first day.
    Month(Date),
}

/// Serials from 1982 to 2173: smaller and larger whole numbers are not taken for dates.
const SERIALS: std::ops::RangeInclusive<i64> = 30_000..=100_000;

impl WrittenDate {
    /// The day itself, or the first day of the month.
    pub fn first_day(self) -> Date {
        match self {
            Self::Day(date) | Self::Month(date) => date,
        }
    }

    /// The day itself, or the last day of the month ("截至2021年6月" means its end).
    pub fn last_day(self) -> Date {
        match self {
            Self::Day(date) => date,
            Self::Month(date) => date.last_of_month(),
        }
    }

    /// Reads `2021-6-1`, `2021/06/01`, `2021.6.1`, `2021年6月1日`, `2021年6月`, `2021.6`,
    /// `20210601`, `202106`; a time of day behind a space is dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return Self::from_whole_number(text.parse().ok()?);
        }
        let mut parts = [0_i64; 3];
        let mut count = 0;
        for part in text.split(['-', '/', '.', '年', '月', '日', '号', 'T', ' ']) {
            if part.is_empty() {
                continue;
            }
            if count == parts.len() {
                break;
            }
            if !part.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            parts[count] = part.parse().ok()?;
            count += 1;
        }
        match count {
            3 => day(parts[0], parts[1], parts[2]).map(Self::Day),
            2 => day(parts[0], parts[1], 1).map(Self::Month),
            _ => None,
        }
    }

    /// Reads `20210601`, `202106` or a 1900-system serial.
    pub fn from_whole_number(number: i64) -> Option<Self> {
        if SERIALS.contains(&number) {
            return serial_date(number, false).map(Self::Day);
        }
        match number {
            190_001..=299_912 => day(number / 100, number % 100, 1).map(Self::Month),
            19_000_101..=29_991_231 => {
                day(number / 10_000, number / 100 % 100, number % 100).map(Self::Day)
            }
            _ => None,
        }
    }
}

fn day(year: i64, month: i64, day: i64) -> Option<Date> {
    if !(1900..=2999).contains(&year) {
        return None;
    }
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// The day of a spreadsheet serial. The 1900 system counts a 29 February 1900 that never was, so
/// serials before it are one off; that day itself reads as 28 February.
pub(crate) fn serial_date(serial: i64, is_1904: bool) -> Option<Date> {
    let (epoch, days) = match (is_1904, serial) {
        (true, days) => (Date::new(1904, 1, 1).ok()?, days),
        (false, 1..=59) => (Date::new(1899, 12, 31).ok()?, serial),
        (false, 60) => (Date::new(1899, 12, 31).ok()?, 59),
        (false, days) => (Date::new(1899, 12, 30).ok()?, days),
    };
    if !(1..=2_958_465).contains(&serial) {
        return None;
    }
    epoch.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

/// The 1900-system serial of a day from 1 March 1900 on.
pub(crate) fn date_serial(date: Date) -> Option<i64> {
    let epoch = Date::new(1899, 12, 30).ok()?;
    let days = i64::from(date.since(epoch).ok()?.get_days());
    (days >= 61).then_some(days)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{WrittenDate, date_serial, serial_date};

    #[test]
    fn every_way_of_writing_the_first_of_june() {
        let expected = Some(WrittenDate::Day(date(2021, 6, 1)));
        let ways = ["2021.6.1", "2021-06-01", "2021/6/1", "2021年6月1日", "20210601", "44348"];
        for written in ways {
            assert_eq!(WrittenDate::parse(written), expected, "{written}");
        }
        assert_eq!(WrittenDate::parse("2021-06-01 08:30:00"), expected);
    }

    #[test]
    fn a_month_has_a_first_and_a_last_day() {
        for written in ["2021年6月", "2021.6", "202106", "2021-06"] {
            let month = WrittenDate::parse(written).expect(written);
            assert_eq!(month.first_day(), date(2021, 6, 1));
            assert_eq!(month.last_day(), date(2021, 6, 30));
        }
    }

    #[test]
    fn nonsense_is_no_date() {
        for written in ["", "2021", "2021-13-01", "2021-02-30", "六月", "12", "-", "1-2-3"] {
            assert_eq!(WrittenDate::parse(written), None, "{written}");
        }
    }

    #[test]
    fn serials_know_the_day_that_never_was() {
        assert_eq!(serial_date(1, false), Some(date(1900, 1, 1)));
        assert_eq!(serial_date(59, false), Some(date(1900, 2, 28)));
        assert_eq!(serial_date(61, false), Some(date(1900, 3, 1)));
        assert_eq!(serial_date(44_348, false), Some(date(2021, 6, 1)));
        assert_eq!(serial_date(44_348 - 1462, true), Some(date(2021, 6, 1)));
        assert_eq!(date_serial(date(2021, 6, 1)), Some(44_348));
    }
}
