//! What every page of this room begins with: today's tree, and what the reader sees of it.

use std::{fmt::Write as _, sync::Arc};

use axum::response::{IntoResponse as _, Redirect, Response};
use db::Tx;
use jiff::Timestamp;
use kernel::{Date, Id, Kind, LooseDate, time::city_zone};
use places::{Atlas, AtlasCache, NameMiss, PlaceId};
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{Merchant, MerchantId, visible_merchant};

/// One reading.
pub(crate) struct Desk {
    pub tx: Tx,
    pub atlas: Arc<Atlas>,
}

impl Desk {
    /// For a page that only shows.
    pub(crate) async fn read(ask: &Ask) -> Answer<Self> {
        let mut tx = ask.db().read().await?;
        let atlas = ask.state.part::<AtlasCache>().at(&mut tx, ask.cx.today()).await?;
        Ok(Self { tx, atlas })
    }

    /// For a verb: nobody writes between its questions and its answer.
    pub(crate) async fn write(ask: &Ask) -> Answer<Self> {
        let mut tx = ask.db().write().await?;
        let atlas = ask.state.part::<AtlasCache>().at(&mut tx, ask.cx.today()).await?;
        Ok(Self { tx, atlas })
    }

    /// A merchant that the reader sees; any other is not there.
    pub(crate) async fn merchant(&mut self, ask: &Ask, id: MerchantId) -> Answer<Merchant> {
        let found = visible_merchant(&mut self.tx, &ask.cx.actor, &self.atlas, id).await?;
        found.ok_or(Refused::NotFound)
    }

    /// The place that was typed, in the town that was chosen.
    pub(crate) fn typed_place(&self, form: &Form, errors: &mut FieldErrors) -> Option<PlaceId> {
        let town: Option<PlaceId> = form.parsed("town", "请从列表里选", errors);
        let typed = form.required("place", errors);
        let Some(town) = town else {
            errors.add("town", "请从列表里选");
            return None;
        };
        if typed.is_empty() {
            return None;
        }
        match self.atlas.by_name(&typed, town) {
            Ok(place) => Some(place),
            Err(NameMiss::Unknown { suggestion: Some(near) }) => {
                errors.add("place", format!("这个区镇没有“{typed}”，是不是“{near}”？"));
                None
            }
            Err(NameMiss::Unknown { suggestion: None }) => {
                errors.add("place", format!("这个区镇没有“{typed}”，请先在地点里登记"));
                None
            }
            Err(NameMiss::Ambiguous { paths }) => {
                let paths = paths.join("、");
                errors.add("place", format!("有几处叫这个名字，请写全：{paths}"));
                None
            }
        }
    }
}

/// An id from an address: a word that is none is simply not there.
pub(crate) fn id_of<K: Kind>(text: &str) -> Answer<Id<K>> {
    text.parse().map_err(|_| Refused::NotFound)
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

/// `2021-10-20 08:00`, as the city's clocks show it.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Which of a list's pages is shown, and how to turn them.
pub(crate) struct Turn {
    /// Number of the first one shown, from 1; 0 for an empty list.
    pub first: usize,
    pub last: usize,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Cuts a list to the page that the address asks for with `page=`, this many on each.
pub(crate) fn turn<T>(ask: &Ask, most: usize, mut all: Vec<T>) -> (Vec<T>, Turn) {
    let query = Form::parse(ask.query.as_bytes());
    let count = all.len();
    let pages = count.div_ceil(most).max(1);
    let page = query.get("page").parse::<usize>().unwrap_or(1).clamp(1, pages);
    let href = |page: usize| {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        for (name, value) in
            query.pairs().filter(|(name, value)| *name != "page" && !value.is_empty())
        {
            pairs.push((name, value.to_owned()));
        }
        pairs.push(("page", page.to_string()));
        address(&ask.path, &pairs)
    };
    let skip = (page - 1) * most;
    let shown: Vec<T> = all.drain(skip..count.min(skip + most)).collect();
    let turn = Turn {
        first: if count == 0 { 0 } else { skip + 1 },
        last: skip + shown.len(),
        before: (page > 1).then(|| href(page - 1)),
        after: (page < pages).then(|| href(page + 1)),
    };
    (shown, turn)
}

/// An address with a query; values that are empty are left out.
pub(crate) fn address(path: &str, pairs: &[(&str, String)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(name);
        query.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                query.push(char::from(byte));
            } else {
                // Writing to a String cannot fail.
                let _ = write!(query, "%{byte:02X}");
            }
        }
    }
    format!("{path}{query}")
}
