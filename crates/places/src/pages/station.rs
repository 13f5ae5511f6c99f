//! `GET /stations/{id}`, and which places the station is given.

use askama::Template;
use axum::extract::Path;
use kernel::{Date, LooseDate};
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html};

use crate::{
    ChangeError, CountsPart, PlaceId, StationId, cover_place, edits_town,
    pages::{
        desk::{Desk, date_field, id_field, id_of, see},
        form_page::{Choice, Field, FormPage},
        timeline::{Told, timeline},
    },
    refusal::Beside as _,
    store, uncover_place,
};

struct Covered {
    id: PlaceId,
    path: String,
    href: String,
    kind: &'static str,
    since: Date,
}

#[derive(Template)]
#[template(path = "station.html")]
struct View {
    page: Page,
    id: StationId,
    on: Date,
    today: Date,
    past: bool,
    now_href: String,
    name: String,
    address: String,
    town: (String, String),
    opened_on: Date,
    covers: Vec<Covered>,
    told: Vec<Told>,
    may_edit: bool,
}

/// Shows a station with what it covers.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: StationId = id_of(&id)?;
    let mut desk = Desk::open(&ask).await?;
    let station = desk.station(id)?.clone();
    let told = timeline(&mut desk.tx, id).await?;
    let covers = store::covers_of(&mut desk.tx, id).await?;
    let holding = covers.iter().filter(|cover| cover.from <= desk.on && desk.on < cover.to);
    let covers = holding.filter_map(|cover| {
        let place = desk.atlas.place(cover.place)?;
        Some(Covered {
            id: place.id,
            path: desk.atlas.path(place.id),
            href: desk.href(format_args!("/places/{}", place.id)),
            kind: place.kind_label(),
            since: cover.from,
        })
    });
    let view = View {
        page: ask.page(&station.name, "/places"),
        id,
        on: desk.on,
        today: desk.today,
        past: desk.is_past(),
        now_href: format!("/stations/{id}"),
        town: (
            desk.atlas.name(station.town).to_owned(),
            desk.href(format_args!("/places/{}", station.town)),
        ),
        opened_on: station.opened_on,
        covers: covers.collect(),
        told,
        may_edit: !desk.is_past() && edits_town(&ask.cx.actor, Some(station.town)),
        name: station.name,
        address: station.address,
    };
    html(&ask, &view)
}

async fn cover_form(ask: &Ask, id: StationId) -> Answer<FormPage> {
    let desk = Desk::open_on(ask, ask.cx.today()).await?;
    let station = desk.station(id)?;
    if !edits_town(&ask.cx.actor, Some(station.town)) {
        return Err(Refused::Forbidden);
    }
    let covered = desk.atlas.covered_by(id);
    let mut choices = vec![Choice::new("", "请选一个")];
    let inside = desk.atlas.subtree(station.town);
    let free = inside.iter().filter(|place| !covered.contains(place));
    choices.extend(free.map(|place| Choice::new(place, desk.atlas.path(*place))));
    Ok(FormPage {
        heading: "给工作站划地点",
        crumbs: vec![
            ("区域工作站".into(), "/stations".into()),
            (station.name.clone(), format!("/stations/{id}")),
        ],
        note: station.name.clone(),
        action: format!("/stations/{id}/covers"),
        submit: "归这个工作站",
        back: format!("/stations/{id}"),
        version: None,
        fields: vec![
            Field::choice("place", "地点", choices)
                .hint("连同里面的一起归它；里面另归别的工作站的不变"),
            Field::date("on", "从哪天起", ask.cx.today())
                .hint("原来归别的工作站的，从这天起转过来"),
        ],
    })
}

/// `GET /stations/{id}/cover`
pub(crate) async fn cover(ask: Ask, Path(id): Path<String>) -> Answer {
    cover_form(&ask, id_of(&id)?).await?.show(&ask)
}

/// `POST /stations/{id}/covers`
pub(crate) async fn covered(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let station: StationId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let place: PlaceId = id_field(&form, "place", &mut errors);
    let on = date_field(&form, "on", &mut errors);
    if errors.is_empty() {
        match try_cover(&ask, station, place, on).await {
            Ok(()) => return Ok(see(format_args!("/stations/{station}"))),
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    cover_form(&ask, station).await?.show_again(&ask, &form, &errors)
}

async fn try_cover(
    ask: &Ask,
    station: StationId,
    place: PlaceId,
    on: Date,
) -> Result<(), ChangeError> {
    let mut tx = ask.db().write().await?;
    let restated = cover_place(&mut tx, &ask.cx, station, place, on).await?;
    ask.state.part::<CountsPart>().restate(&mut tx, &ask.cx, &restated).await?;
    Ok(tx.commit().await?)
}

/// `POST /stations/{id}/covers/{place}/endings`
pub(crate) async fn uncovered(
    ask: Ask,
    Path((id, place)): Path<(String, String)>,
    form: Form,
) -> Answer {
    let (station, place): (StationId, PlaceId) = (id_of(&id)?, id_of(&place)?);
    let on = form.get("on").parse::<LooseDate>().ok().and_then(LooseDate::day);
    let on = on.unwrap_or_else(|| ask.cx.today());
    let mut tx = ask.db().write().await?;
    let restated = uncover_place(&mut tx, &ask.cx, station, place, on).await?;
    ask.state.part::<CountsPart>().restate(&mut tx, &ask.cx, &restated).await?;
    tx.commit().await?;
    Ok(see(format_args!("/stations/{station}")))
}
