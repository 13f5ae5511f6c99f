//! What every page of this room begins with: the tree on the asked date, and what the reader sees.

use std::{collections::HashMap, sync::Arc};

use axum::response::{IntoResponse as _, Redirect};
use db::Tx;
use kernel::{Date, Id, Kind, LooseDate};
use uuid::Uuid;
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    Atlas, AtlasCache, CountsPart, Place, PlaceFigures, PlaceId, READERS, Reach, Station,
    StationId, edits_town,
};

/// One reading of the tree.
pub(crate) struct Desk {
    pub tx: Tx,
    pub atlas: Arc<Atlas>,
    pub reach: Reach,
    pub on: Date,
    pub today: Date,
}

impl Desk {
    /// The tree on the date that the address asks for with `on=`, else today.
    pub(crate) async fn open(ask: &Ask) -> Answer<Self> {
        let on = on_of(ask)?;
        Self::open_on(ask, on).await
    }

    /// The tree on a date.
    pub(crate) async fn open_on(ask: &Ask, on: Date) -> Answer<Self> {
        let mut tx = ask.db().read().await?;
        let atlas = ask.state.part::<AtlasCache>().at(&mut tx, on).await?;
        let reach = Reach::of(&ask.cx.actor, &atlas, READERS);
        Ok(Self { tx, atlas, reach, on, today: ask.cx.today() })
    }

    /// Whether this shows another day than today.
    pub(crate) fn is_past(&self) -> bool {
        self.on != self.today
    }

    /// The figures beside places.
    pub(crate) async fn figures(&mut self, ask: &Ask) -> Answer<HashMap<PlaceId, PlaceFigures>> {
        let counts = ask.state.part::<CountsPart>();
        Ok(counts.of(&mut self.tx, &self.atlas, &self.reach, self.on).await?)
    }

    /// A place that the reader sees.
    pub(crate) fn place(&self, id: PlaceId) -> Answer<&Place> {
        let seen = self.reach.sees_place(&self.atlas, id);
        self.atlas.place(id).filter(|_| seen).ok_or(Refused::NotFound)
    }

    /// A station that the reader sees and that is open on this date.
    pub(crate) fn station(&self, id: StationId) -> Answer<&Station> {
        let seen = self.reach.sees_station(&self.atlas, id);
        self.atlas.station(id).filter(|_| seen).ok_or(Refused::NotFound)
    }

    /// Whose leave a change of this place needs: its town's; the city's for a town.
    pub(crate) fn edits(&self, ask: &Ask, place: &Place) -> bool {
        let town = self.atlas.town_of(place.id).filter(|town| *town != place.id);
        edits_town(&ask.cx.actor, town)
    }

    /// What hangs directly under a place, as far as the reader sees it.
    pub(crate) fn children(&self, id: PlaceId) -> impl Iterator<Item = &Place> {
        let below = self.atlas.children(id).iter();
        let seen = below.filter(|child| self.reach.sees_place(&self.atlas, **child));
        seen.filter_map(|child| self.atlas.place(*child))
    }

    /// The towns that the reader sees.
    pub(crate) fn towns(&self) -> impl Iterator<Item = PlaceId> + '_ {
        let seen = |town: &PlaceId| self.reach.sees_place(&self.atlas, *town);
        self.atlas.towns().iter().copied().filter(seen)
    }

    /// An address of this room on the same date.
    pub(crate) fn href(&self, path: impl std::fmt::Display) -> String {
        if self.is_past() { format!("{path}?on={}", self.on) } else { path.to_string() }
    }
}

/// The date after `on=`; today when there is none.
pub(crate) fn on_of(ask: &Ask) -> Answer<Date> {
    let query = Form::parse(ask.query.as_bytes());
    let Some(text) = query.optional("on") else { return Ok(ask.cx.today()) };
    let asked = text.parse::<LooseDate>().ok().and_then(LooseDate::day);
    asked.filter(|on| *on <= ask.cx.today()).ok_or_else(|| {
        Refused::unprocessable(
            "bad-date",
            "日期不对，或在今天以后，没有可看的。请把网址里的 on= 写成今天或以前的日期，如 2021-10-20。",
        )
    })
}

/// An id from an address: a word that is none is simply not there.
pub(crate) fn id_of<K: Kind>(text: &str) -> Answer<Id<K>> {
    text.parse().map_err(|_| Refused::NotFound)
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

/// An id field that must be filled, as a choice from a list.
pub(crate) fn id_field<K: Kind>(
    form: &Form,
    name: &'static str,
    errors: &mut FieldErrors,
) -> Id<K> {
    form.required(name, errors);
    let chosen: Option<Id<K>> = form.parsed(name, "请从列表里选", errors);
    // Never used: the error above keeps the verb from being called.
    chosen.unwrap_or(const { Id::from_uuid(Uuid::nil()) })
}

/// The hidden version; a form without one is out of date.
pub(crate) fn version_field(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(-1)
}

/// On to another page.
pub(crate) fn see(address: impl std::fmt::Display) -> axum::response::Response {
    Redirect::to(&address.to_string()).into_response()
}
