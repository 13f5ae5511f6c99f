//! What every page of this room begins with: ids, times, the phone's frame, pages of a list.

use axum::response::{IntoResponse as _, Redirect, Response};
use campaigns::Campaign;
use db::Tx;
use jiff::{Timestamp, civil::DateTime};
use kernel::{Id, Kind, time::city_zone};
use web::{Answer, Ask, FieldErrors, Form, Lang, Page, Refused, Screen};

use crate::{Reading, Rules};

/// An id from an address: a word that is none is simply not there.
pub(crate) fn id_of<K: Kind>(text: &str) -> Answer<Id<K>> {
    text.parse().map_err(|_| Refused::NotFound)
}

/// The challenge of the address, if the reader sees it.
pub(crate) async fn reading(ask: &Ask, tx: &mut Tx, id: &str) -> Answer<Reading> {
    Reading::of(tx, &ask.cx, id_of(id)?).await?.ok_or(Refused::NotFound)
}

/// The same for who runs it.
pub(crate) async fn run(ask: &Ask, tx: &mut Tx, id: &str) -> Answer<Reading> {
    let reading = reading(ask, tx, id).await?;
    if reading.runs() { Ok(reading) } else { Err(Refused::Forbidden) }
}

/// The hidden version; a form without one is out of date.
pub(crate) fn version_field(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(-1)
}

/// On to another page.
pub(crate) fn see(address: impl std::fmt::Display) -> Response {
    Redirect::to(&address.to_string()).into_response()
}

/// The frame of a page for a phone, without the navigation of the house.
pub(crate) fn phone(ask: &Ask, title: &str, here: &str) -> Page {
    let mut page = ask.page(title, "");
    page.screen = Screen::Phone;
    page.nav.clear();
    page.can_search = false;
    // After a form came back, the switches lead to the page, not to where the form was sent.
    page.here = here.to_owned();
    page
}

/// Whom visitors ring up.
pub(crate) fn number(ask: &Ask, campaign: Option<&Campaign>) -> String {
    let own = campaign.map(|campaign| campaign.phone.clone()).filter(|phone| !phone.is_empty());
    own.unwrap_or_else(|| ask.state.site().phone.clone())
}

/// English when the reader reads English and somebody wrote it.
pub(crate) fn pick<'a>(ask: &Ask, chinese: &'a str, english: &'a str) -> &'a str {
    if ask.reader.lang == Lang::En && !english.is_empty() { english } else { chinese }
}

/// The language that words are in, for who hears them read aloud.
pub(crate) fn tongue(words: &str) -> &'static str {
    let is_chinese = words.chars().any(|one| matches!(one, '\u{3400}'..='\u{9fff}'));
    if is_chinese { "zh-CN" } else { "en" }
}

/// `2021-06-01 10:00`
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// As an input of type `datetime-local` wants it.
pub(crate) fn typed_moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// A moment that must be filled in, on the city's clocks.
pub(crate) fn moment_field(form: &Form, name: &'static str, errors: &mut FieldErrors) -> Timestamp {
    let typed = form.required(name, errors).replace(' ', "T");
    let civil = typed.parse::<DateTime>().ok();
    let at = civil.and_then(|civil| civil.to_zoned(city_zone()).ok());
    if at.is_none() {
        errors.add(name, "时间要写成 2021-06-01 10:00 这样");
    }
    // Never used: the error above keeps the verb from being called.
    at.map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp())
}

/// A whole number that must be filled in.
pub(crate) fn number_field(form: &Form, name: &'static str, errors: &mut FieldErrors) -> i64 {
    form.required(name, errors);
    // Never used: the error keeps the verb from being called.
    form.parsed(name, "这里填一个整数", errors).unwrap_or(-1)
}

/// What completes a challenge, in words.
pub(crate) fn goal(rules: &Rules) -> String {
    let need = rules.need;
    if rules.in_order {
        format!("按顺序打满 {need} 个打卡点")
    } else {
        format!("打满 {need} 个打卡点，不分先后")
    }
}

/// How many visits count on one day, in words; nothing where there is no limit.
pub(crate) fn limit(rules: &Rules) -> Option<String> {
    let limit = rules.day_limit;
    (limit > 0).then(|| format!("最多 {limit} 个打卡点"))
}

/// Lines of a list on one page.
pub(crate) const LINES: i64 = 50;

/// Which page of a list, from 1.
pub(crate) fn page_of(query: &Form) -> i64 {
    query.get("page").parse().ok().filter(|page| (1..=100_000).contains(page)).unwrap_or(1)
}

/// The way to the page before and to the one behind, as far as there are any.
pub(crate) struct Turn {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Turn {
    /// `list` ends so that `&page=` can follow.
    pub(crate) fn of(list: &str, page: i64, count: i64) -> Self {
        let to = |page: i64| format!("{list}&page={page}");
        Self {
            before: (page > 1).then(|| to(page - 1)),
            after: (page * LINES < count).then(|| to(page + 1)),
        }
    }
}

/// An address that a phone opens: encrypted but on the machine itself.
pub(crate) fn whole_address(host: &str, path: &str) -> String {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let own = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    format!("{}://{host}{path}", if own { "http" } else { "https" })
}
