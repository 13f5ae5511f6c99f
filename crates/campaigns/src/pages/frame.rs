//! What every page of this room begins with: the campaign that the reader sees; ids, versions.

use axum::response::{IntoResponse as _, Redirect, Response};
use db::{Tx, journal};
use kernel::{Date, Id, Kind, LooseDate, mask_name, time::civil_date};
use serde_json::Value;
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{Sight, VERBS};

/// An id from an address: a word that is none is simply not there.
pub(crate) fn id_of<K: Kind>(text: &str) -> Answer<Id<K>> {
    text.parse().map_err(|_| Refused::NotFound)
}

/// The campaign of the address, if the reader sees it.
pub(crate) async fn sight(ask: &Ask, tx: &mut Tx, id: &str) -> Answer<Sight> {
    Sight::of(tx, &ask.cx, id_of(id)?).await?.ok_or(Refused::NotFound)
}

/// The same for who runs it.
pub(crate) async fn run(ask: &Ask, tx: &mut Tx, id: &str) -> Answer<Sight> {
    let sight = sight(ask, tx, id).await?;
    if sight.runs { Ok(sight) } else { Err(Refused::Forbidden) }
}

/// The hidden version; a form without one is out of date.
pub(crate) fn version_field(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(-1)
}

/// A date field that must be filled.
pub(crate) fn date_field(form: &Form, name: &'static str, errors: &mut FieldErrors) -> Date {
    let typed = form.required(name, errors);
    let on = typed.parse::<LooseDate>().ok().and_then(LooseDate::day);
    if on.is_none() {
        errors.add(name, "日期要写成 2021-10-20 这样");
    }
    // Never used: the error above keeps the verb from being called.
    on.unwrap_or(Date::ZERO)
}

/// On to another page.
pub(crate) fn see(address: impl std::fmt::Display) -> Response {
    Redirect::to(&address.to_string()).into_response()
}

/// One line of a timeline.
pub(crate) struct Told {
    pub day: String,
    pub who: String,
    pub what: &'static str,
    pub notes: Vec<String>,
    pub by_system: bool,
}

/// The newest entries shown on a page; the journal has the rest.
const SHOWN: i64 = 30;

/// The timeline of a record, newest first.
pub(crate) async fn timeline<K>(tx: &mut Tx, subject: Id<K>) -> Answer<Vec<Told>> {
    let entries = journal::of_subject(tx, subject.uuid(), SHOWN).await?;
    Ok(entries.iter().map(told).collect())
}

fn told(entry: &journal::Kept) -> Told {
    let what = VERBS.iter().find(|(verb, _)| *verb == entry.verb);
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    let fields = ["funder", "title", "reason"];
    let notes = fields.iter().filter_map(|field| detail[*field].as_str());
    Told {
        day: civil_date(entry.at).to_string(),
        who: if entry.by_system { "系统".into() } else { mask_name(&entry.actor_name) },
        what: what.map_or("改动", |(_, words)| words),
        notes: notes.filter(|note| !note.is_empty()).map(str::to_owned).collect(),
        by_system: entry.by_system,
    }
}
