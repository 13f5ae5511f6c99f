//! Words that several pages share: dates, choices, sentences with numbers in them.

use jiff::{Timestamp, civil::Date};
use kernel::{Code, mask::mask_name, time::city_zone};
use places::Industry;
pub(crate) use web::sentence::fill;
use web::{Ask, Lang};

use crate::{
    standing::Standing,
    unit::{Cover, Facts, Status},
};

/// A count in a sentence, with thousands separators.
pub(crate) fn number(count: i64) -> String {
    web::filters::grouped(count)
}

/// `10-20 08:00`, with the year when it is not this one, as the city's clocks show it.
pub(crate) fn moment(at: Timestamp, today: Date) -> String {
    let local = at.to_zoned(city_zone());
    let format = if local.year() == today.year() { "%m-%d %H:%M" } else { "%Y-%m-%d %H:%M" };
    local.strftime(format).to_string()
}

/// What the page says of its time: the moment of asking, or the past day that was asked for.
pub(crate) fn as_of(ask: &Ask, at: Option<Date>) -> String {
    let today = ask.cx.today();
    let when = match at.filter(|at| *at < today) {
        Some(day) => day.to_string(),
        None => moment(ask.cx.now, today),
    };
    fill(ask.t("截至 {}"), &[&when])
}

/// The rule's version in words.
pub(crate) fn definition_words(ask: &Ask, version: i64) -> String {
    fill(ask.t("口径第 {} 版"), &[&version.to_string()])
}

/// One choice of a select.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: impl ToString, words: impl Into<String>, chosen: &str) -> Self {
        let value = value.to_string();
        Self { chosen: value == chosen, value, words: words.into() }
    }
}

/// Every word of a closed set, in the reader's language.
pub(crate) fn choices<T: Code + ToString>(ask: &Ask, chosen: &str) -> Vec<Choice> {
    let choice = |one: &T| Choice::new(one.to_string(), ask.t(one.label()), chosen);
    T::ALL.iter().map(choice).collect()
}

/// A value of a cell: what is stored and sent, what is shown, and the tag's tone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) value: String,
    pub(crate) words: String,
    pub(crate) tone: &'static str,
}

/// How an organisation covers the unit; one that is due says so instead of “none”.
pub(crate) fn cover(ask: &Ask, facts: &Facts, member_floor: i64) -> Shown {
    let due = facts.operates() && facts.member_count >= member_floor;
    let (words, tone) = match facts.cover {
        Cover::None if due => (Standing::Due.label(), "due"),
        Cover::None => (Cover::None.label(), ""),
        covered => (covered.label(), "ok"),
    };
    Shown { value: facts.cover.to_string(), words: ask.t(words).to_owned(), tone }
}

/// Whether the unit is in business.
pub(crate) fn status(ask: &Ask, status: Status) -> Shown {
    let tone = if status == Status::Operating { "" } else { "warn" };
    Shown { value: status.to_string(), words: ask.t(status.label()).to_owned(), tone }
}

/// The industry, in the short word that people use.
pub(crate) fn industry(ask: &Ask, industry: Industry) -> Shown {
    let words = match ask.reader.lang {
        Lang::Zh => industry.short(),
        Lang::En => ask.t(industry.label()),
    };
    Shown { value: industry.to_string(), words: words.to_owned(), tone: "" }
}

/// Who did something: the office in full, the person by the family name.
pub(crate) fn actor(name: &str) -> String {
    match name.rsplit_once(' ') {
        Some((office, person)) => format!("{office} {}", mask_name(person)),
        None => mask_name(name),
    }
}

/// A worker's name as lists show it: family name alone.
pub(crate) fn masked(name: Option<&String>) -> String {
    name.map(|name| mask_name(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::actor;

    #[test]
    fn a_person_is_named_by_the_family_name() {
        assert_eq!(actor("市党群中心 陈立"), "市党群中心 陈*");
        assert_eq!(actor("冯木舍"), "冯**");
    }
}
