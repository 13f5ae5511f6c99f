//! Dates as people type them, as spreadsheets store them, and as titles of ledgers state them.

use std::{fmt, str::FromStr};

use jiff::civil::Date;

use crate::fold::fold;

/// A date of the precision that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LooseDate {
    /// A whole date.
    Day(Date),
    /// Year and month only; whoever asks decides whether its first or its last day is meant.
    Month(Month),
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month {
    /// Its first day, which also orders months.
    first: Date,
}

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub enum DateError {
    /// Nothing was written.
    Empty,
    /// No form that is known.
    NotDate,
    /// A year of two digits may mean two centuries.
    ShortYear,
    /// A year without a month.
    YearOnly,
    /// Day or month first, as in 6/1/2021: the order cannot be known.
    YearLast,
    /// A year outside 1900 to 2199: a slip, not a date of the ledger.
    YearOutOfRange {
        /// As written.
        year: i32,
    },
    /// There is no such month.
    NoSuchMonth {
        /// As written.
        month: i32,
    },
    /// The month has no such day.
    NoSuchDay {
        /// The year, which decides about 29 February.
        year: i32,
        /// The month.
        month: i32,
        /// The day as written.
        day: i32,
        /// How many days the month has.
        last: i32,
    },
    /// A spreadsheet's number outside the dates that it can mean, or its day 60, 1900-02-29,
    /// which never was.
    NoSuchSerial,
}

impl DateError {
    /// What is wrong and how to write it, in a plain sentence without an end mark.
    pub fn message(&self) -> String {
        match *self {
            Self::Empty => "没有填写日期".into(),
            Self::NotDate => "看不出是哪一天，请写成 2021-06-01 这样的日期".into(),
            Self::ShortYear => "年份要写四位，如 2021-06-01".into(),
            Self::YearOnly => "只有年份，请补上月和日，如 2021-06-01".into(),
            Self::YearLast => "分不清月和日，请先写年份，如 2021-06-01".into(),
            Self::YearOutOfRange { year } => {
                format!("{year} 年不在 1900 至 2199 年之间，请核对年份")
            }
            Self::NoSuchMonth { month } => format!("没有 {month} 月，月份应为 1 至 12"),
            Self::NoSuchDay { year, month, day, last } => {
                format!("{year} 年 {month} 月没有 {day} 日，这个月只有 {last} 天")
            }
            Self::NoSuchSerial => {
                "这个数字换算不成日期，请把单元格设为日期格式，或写成 2021-06-01".into()
            }
        }
    }
}

impl Month {
    /// The month that holds this day.
    pub fn of(day: Date) -> Self {
        Self { first: day.first_of_month() }
    }
    /// Its first day.
    pub fn first_day(self) -> Date {
        self.first
    }
    /// Its last day.
    pub fn last_day(self) -> Date {
        self.first.last_of_month()
    }
}
/// `2021-06`
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl LooseDate {
    /// The date, if a whole one was written.
    pub fn day(self) -> Option<Date> {
        match self {
            Self::Day(day) => Some(day),
            Self::Month(_) => None,
        }
    }
    /// The earliest day that is meant.
    pub fn first_day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Month(month) => month.first_day(),
        }
    }
    /// The latest day that is meant.
    pub fn last_day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Month(month) => month.last_day(),
        }
    }
}

/// The date of a spreadsheet's serial number in the 1900 system; a time of day is dropped.
///
/// The system counts a 29 February 1900 that never was: days before it are one off from those
/// after it, and it is refused itself.
pub fn from_excel_serial(serial: f64) -> Result<Date, DateError> {
    let days = serial.floor();
    // Serial 109574 is 2199-12-31; day 0 is only a time of day.
    if !(1.0..=109_574.0).contains(&days) {
        return Err(DateError::NoSuchSerial);
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked above")]
    let days = days as i64;
    if days == 60 {
        return Err(DateError::NoSuchSerial);
    }
    let day_zero =
        if days < 60 { Date::constant(1899, 12, 31) } else { Date::constant(1899, 12, 30) };
    day_zero.checked_add(jiff::Span::new().days(days)).map_err(|_| DateError::NoSuchSerial)
}

impl FromStr for LooseDate {
    type Err = DateError;
    /// Takes 2021-6-1, 2021.6.1, 2021/06/01, 20210601, 2021年6月1日, the same without a day,
    /// 202106, and a serial number of five digits; full width, blanks and a time of day too.
    fn from_str(text: &str) -> Result<Self, DateError> {
        let text = fold(text);
        let text = text.trim_start_matches('\'');
        if text.is_empty() {
            return Err(DateError::Empty);
        }
        if let Some(serial) = serial_in(text) {
            return from_excel_serial(serial).map(Self::Day);
        }
        let Some((written, rest)) = scan(text) else { return Err(why_not(text)) };
        let rest = rest.trim_start_matches(['t', ' ']);
        let is_time = rest.chars().all(|c| c.is_ascii_digit() || ":.时分秒z ".contains(c));
        if !is_time || (written.day.is_none() && !rest.is_empty()) {
            return Err(why_not(text));
        }
        written.date()
    }
}

/// The date as of which a ledger's title says that it holds: 截至2021年10月15日, 截止 2021.9.30,
/// （截至2021年9月） (a month's last day), 截至2021年底.
pub fn as_of_in_title(title: &str) -> Option<Date> {
    let title = fold(title);
    let mut marks: Vec<_> =
        title.match_indices("截至").chain(title.match_indices("截止")).collect();
    marks.sort_unstable_by_key(|(place, _)| *place);
    marks.iter().find_map(|(place, mark)| as_of_after(&title[place + mark.len()..]))
}

fn as_of_after(text: &str) -> Option<Date> {
    let text = text.strip_prefix("日期").or_else(|| text.strip_prefix("时间")).unwrap_or(text);
    let text = text.trim_start_matches([' ', '到', '至', '于', '在', '为', ':', '(']);
    if let Some((written, _)) = scan(text) {
        return written.date().ok().map(LooseDate::last_day);
    }
    let (year, rest) = number(text)?;
    let rest = rest.trim_start().strip_prefix('年')?.trim_start();
    let is_end = ["底", "末", "年底", "年末"].iter().any(|end| rest.starts_with(end));
    let end = Written { year, month: 12, day: Some(31) };
    if is_end { end.date().ok().map(LooseDate::last_day) } else { None }
}

/// The numbers of a date before anybody checked them.
struct Written {
    year: i32,
    month: i32,
    day: Option<i32>,
}

impl Written {
    fn date(&self) -> Result<LooseDate, DateError> {
        let (year, month) = (self.year, self.month);
        if !(1900..=2199).contains(&year) {
            return Err(DateError::YearOutOfRange { year });
        }
        if !(1..=12).contains(&month) {
            return Err(DateError::NoSuchMonth { month });
        }
        let narrow = |number: i32| i8::try_from(number).unwrap_or(i8::MAX);
        let short_year = i16::try_from(year).unwrap_or(i16::MAX);
        let first = Date::new(short_year, narrow(month), 1)
            .map_err(|_| DateError::NoSuchMonth { month })?;
        let Some(day) = self.day else { return Ok(LooseDate::Month(Month { first })) };
        let last = i32::from(first.days_in_month());
        let date = Date::new(short_year, narrow(month), narrow(day));
        date.map(LooseDate::Day).map_err(|_| DateError::NoSuchDay { year, month, day, last })
    }
}

/// Reads a date at the start of a folded text; also gives what follows it.
fn scan(text: &str) -> Option<(Written, &str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits == 8 || digits == 6 {
        let (run, rest) = text.split_at(digits);
        let year = run[..4].parse().ok()?;
        let month = run[4..6].parse().ok()?;
        let day = if digits == 8 { run[6..].parse().ok() } else { None };
        return Some((Written { year, month, day }, rest));
    }
    if digits != 4 {
        return None;
    }
    let (year, rest) = number(text)?;
    let mark = rest.trim_start().chars().next()?;
    if !"年-/.".contains(mark) {
        return None;
    }
    let (month, rest) = number(rest.trim_start()[mark.len_utf8()..].trim_start())?;
    let (day, rest) = match mark {
        '年' => day_after_month_word(rest)?,
        _ => day_after_mark(rest, mark),
    };
    Some((Written { year, month, day }, rest))
}

/// After 2021年6: `月`, then perhaps a day with or without its word.
fn day_after_month_word(text: &str) -> Option<(Option<i32>, &str)> {
    let rest = text.trim_start().strip_prefix('月')?;
    let rest = rest.strip_prefix('份').unwrap_or(rest);
    match number(rest.trim_start()) {
        Some((day, rest)) => {
            let after = rest.trim_start();
            let after_word = after.strip_prefix('日').or_else(|| after.strip_prefix('号'));
            Some((Some(day), after_word.unwrap_or(rest)))
        }
        None => Some((None, rest)),
    }
}

/// After 2021-6: the same mark again and a day, or nothing more.
fn day_after_mark(text: &str, mark: char) -> (Option<i32>, &str) {
    let day = text.trim_start().strip_prefix(mark).and_then(|rest| number(rest.trim_start()));
    match day {
        Some((day, rest)) => (Some(day), rest),
        None => (None, text),
    }
}

/// A short whole number at the start of the text, and what follows it.
fn number(text: &str) -> Option<(i32, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &text[..text.len() - rest.len()];
    if digits.len() > 9 {
        return None;
    }
    digits.parse().ok().map(|number| (number, rest))
}

/// A serial number has five digits from 1927 to the end of the range, and perhaps a fraction.
fn serial_in(text: &str) -> Option<f64> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let is_serial = whole.len() == 5 && whole.bytes().all(|byte| byte.is_ascii_digit());
    if is_serial { text.parse().ok() } else { None }
}

/// The most helpful reason for a text that is no date.
fn why_not(text: &str) -> DateError {
    let Some((first, rest)) = number(text) else { return DateError::NotDate };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let after = rest.trim_start();
    if digits == 4 && matches!(after, "" | "年") {
        return DateError::YearOnly;
    }
    if digits <= 2 {
        let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
        if matches!(parts[..], [_, _, year] if year.len() == 4) {
            return DateError::YearLast;
        }
        if matches!(parts[..], [_, _, day] if day.len() <= 2) || after.starts_with('年') {
            return DateError::ShortYear;
        }
    }
    if digits <= 5 && after.is_empty() && first > 0 && digits != 4 {
        return DateError::NoSuchSerial;
    }
    DateError::NotDate
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<LooseDate, DateError> {
        text.parse()
    }

    #[test]
    fn every_usual_form_of_a_day_is_read() {
        for text in [
            "2021-6-1",
            "2021-06-01",
            "2021.6.1",
            "2021/06/01",
            "20210601",
            "2021年6月1日",
            "2021 年 06 月 01 日",
            "2021年6月1号",
            "2021年6月1",
            "２０２１－６－１",
            "44348",
            "44348.75",
            "2021-06-01 00:00:00",
            "2021-06-01T08:30:00",
            " 2021/6/1 8:30 ",
            "'2021-06-01",
            "2021年6月1日 8时30分",
        ] {
            assert_eq!(read(text), Ok(LooseDate::Day(date(2021, 6, 1))), "{text}");
        }
    }

    #[test]
    fn a_month_stays_a_month() {
        for text in ["2021年6月", "2021-6", "2021.06", "202106", "2021年6月份", "2021/6"] {
            let read = read(text).unwrap();
            assert_eq!(read, LooseDate::Month(Month::of(date(2021, 6, 9))), "{text}");
            assert_eq!((read.first_day(), read.last_day()), (date(2021, 6, 1), date(2021, 6, 30)));
            assert_eq!(read.day(), None);
        }
        assert_eq!(Month::of(date(2021, 6, 9)).to_string(), "2021-06");
    }

    #[test]
    fn a_wrong_date_says_why() {
        let day = DateError::NoSuchDay { year: 2021, month: 2, day: 29, last: 28 };
        for (text, why) in [
            ("", DateError::Empty),
            ("昨天", DateError::NotDate),
            ("2021-13-01", DateError::NoSuchMonth { month: 13 }),
            ("2021年0月", DateError::NoSuchMonth { month: 0 }),
            ("2021-02-29", day),
            ("20210229", day),
            ("21-6-1", DateError::ShortYear),
            ("21年6月1日", DateError::ShortYear),
            ("6/1/2021", DateError::YearLast),
            ("2021", DateError::YearOnly),
            ("2021年", DateError::YearOnly),
            ("0021-06-01", DateError::YearOutOfRange { year: 21 }),
            ("123", DateError::NoSuchSerial),
            ("2021-06-01 之前", DateError::NotDate),
            ("2021年6月底", DateError::NotDate),
        ] {
            assert_eq!(read(text), Err(why), "{text}");
        }
        assert_eq!(DateError::NoSuchMonth { month: 13 }.message(), "没有 13 月，月份应为 1 至 12");
        assert_eq!(day.message(), "2021 年 2 月没有 29 日，这个月只有 28 天");
    }

    #[test]
    fn serial_numbers_keep_the_leap_year_bug() {
        for (serial, day) in [
            (1.0, date(1900, 1, 1)),
            (59.0, date(1900, 2, 28)),
            (61.0, date(1900, 3, 1)),
            (44_348.999, date(2021, 6, 1)),
            (109_574.0, date(2199, 12, 31)),
        ] {
            assert_eq!(from_excel_serial(serial), Ok(day), "{serial}");
        }
        for serial in [0.5, 60.0, 60.5, -1.0, f64::NAN, f64::INFINITY, 109_575.0] {
            assert_eq!(from_excel_serial(serial), Err(DateError::NoSuchSerial), "{serial}");
        }
    }

    #[test]
    fn a_title_states_its_date() {
        for (title, day) in [
            ("昆山市两新组织台账（截至2021年10月15日）", date(2021, 10, 15)),
            ("截止 2021.9.30 全市单位明细", date(2021, 9, 30)),
            ("单位台账（截至2021年9月）", date(2021, 9, 30)),
            ("单位台账(截至2021年2月底)", date(2021, 2, 28)),
            ("台账 截止日期：2021-10-15", date(2021, 10, 15)),
            ("截止到２０２１年９月３０日２４时共2866家", date(2021, 9, 30)),
            ("截止到2021年底", date(2021, 12, 31)),
            ("截至20211015", date(2021, 10, 15)),
            ("报名截止，名单截至2021/9/30", date(2021, 9, 30)),
        ] {
            assert_eq!(as_of_in_title(title), Some(day), "{title}");
        }
        for title in [
            "2021年9月30日台账",
            "截至9月30日",
            "截至2021年",
            "截至2021-9-31",
            "截至2021年13月",
            "截止",
            "",
        ] {
            assert_eq!(as_of_in_title(title), None, "{title}");
        }
    }

    proptest! {
        #[test]
        fn a_written_day_is_read_back(year in 1900..2200i16, month in 1..=12i8, day in 1..=31i8) {
            let Ok(day) = Date::new(year, month, day) else { return Ok(()) };
            let (y, m, d) = (day.year(), day.month(), day.day());
            for text in [
                day.to_string(), format!("{y}.{m}.{d}"), format!("{y}/{m}/{d}"),
                format!("{y}年{m}月{d}日"), format!("{y}{m:02}{d:02}"),
            ] {
                prop_assert_eq!(read(&text), Ok(LooseDate::Day(day)));
                let title = format!("台账（截至{text}）");
                prop_assert_eq!(as_of_in_title(&title), Some(day));
            }
        }

        #[test]
        fn serial_numbers_follow_the_calendar(serial in 61..109_574i32) {
            let one = from_excel_serial(f64::from(serial));
            let next = from_excel_serial(f64::from(serial + 1));
            prop_assert_eq!(one.unwrap().tomorrow().unwrap(), next.unwrap());
        }

        #[test]
        fn any_text_is_answered(text in ".{0,20}|[0-9年月日./ -]{0,14}|截至[0-9年月日./底 -]{0,14}") {
            if let Err(error) = read(&text) {
                prop_assert!(!error.message().is_empty());
            }
            let _: Option<Date> = as_of_in_title(&text);
        }
    }
}
