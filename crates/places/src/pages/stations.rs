//! `GET /stations`, and the forms that open and change a station.

use askama::Template;
use axum::extract::Path;
use kernel::{Date, LooseDate};
use web::{Answer, Ask, FieldErrors, Figure, Form, Page, Refused, filters, html};

use crate::{
    ChangeError, CountsPart, NewStation, PlaceId, StationChange, StationId, change_station,
    edits_town, open_station,
    pages::{
        desk::{Desk, date_field, id_field, id_of, see, version_field},
        form_page::{Choice, Field, FormPage},
    },
    refusal::Beside as _,
};

struct Line {
    name: String,
    href: String,
    town: String,
    town_href: String,
    address: String,
    covers: Figure,
    workers: Option<Figure>,
}

#[derive(Template)]
#[template(path = "stations.html")]
struct View {
    page: Page,
    tab: &'static str,
    on: Date,
    past: bool,
    now_href: &'static str,
    lines: Vec<Line>,
    may_open: bool,
    has_workers: bool,
}

/// Every station that the reader sees.
pub(crate) async fn show(ask: Ask) -> Answer {
    let mut desk = Desk::open(&ask).await?;
    let workers = ask.state.part::<CountsPart>().workers(&mut desk.tx, desk.on).await?;
    let seen = desk.atlas.stations().iter();
    let seen = seen.filter(|station| desk.reach.sees_station(&desk.atlas, station.id));
    let lines = seen.map(|station| {
        let href = desk.href(format_args!("/stations/{}", station.id));
        let workers = workers.as_ref().map(|all| match all.get(&station.id) {
            Some((count, href)) => Figure::count(*count, href.clone()),
            None => Figure::count(0, href.clone()).closed(),
        });
        Line {
            workers,
            name: station.name.clone(),
            covers: Figure::count(desk.atlas.covered_by(station.id).len() as i64, href.clone()),
            href,
            town: desk.atlas.name(station.town).to_owned(),
            town_href: desk.href(format_args!("/places/{}", station.town)),
            address: station.address.clone(),
        }
    });
    let view = View {
        page: ask.page("区域工作站", "/places"),
        tab: "stations",
        on: desk.on,
        past: desk.is_past(),
        now_href: "/stations",
        lines: lines.collect(),
        has_workers: workers.is_some(),
        may_open: !desk.is_past() && !editable_towns(&ask, &desk).is_empty(),
    };
    html(&ask, &view)
}

fn editable_towns(ask: &Ask, desk: &Desk) -> Vec<PlaceId> {
    desk.towns().filter(|town| edits_town(&ask.cx.actor, Some(*town))).collect()
}

async fn open_form(ask: &Ask) -> Answer<FormPage> {
    let desk = Desk::open_on(ask, ask.cx.today()).await?;
    let towns = editable_towns(ask, &desk);
    if towns.is_empty() {
        return Err(Refused::Forbidden);
    }
    let towns = towns.into_iter().map(|town| Choice::new(town, desk.atlas.name(town)));
    Ok(FormPage {
        heading: "开设工作站",
        crumbs: vec![("区域工作站".into(), "/stations".into())],
        note: String::new(),
        action: "/stations".into(),
        submit: "开设这个工作站",
        back: "/stations".into(),
        version: None,
        fields: vec![
            Field::choice("town", "区镇", towns.collect()),
            Field::line("name", "名称").hint("本区镇里不能重名"),
            Field::line("address", "地址").optional(),
            Field::date("on", "从哪天起", ask.cx.today()),
        ],
    })
}

/// `GET /stations/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    open_form(&ask).await?.show(&ask)
}

/// `POST /stations`
pub(crate) async fn create(ask: Ask, form: Form) -> Answer {
    let mut errors = FieldErrors::new();
    let new = NewStation {
        town: id_field(&form, "town", &mut errors),
        name: form.required("name", &mut errors),
        address: form.get("address").to_owned(),
        on: date_field(&form, "on", &mut errors),
    };
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        match open_station(&mut tx, &ask.cx, new).await {
            Ok(id) => {
                tx.commit().await?;
                return Ok(see(format_args!("/stations/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    open_form(&ask).await?.show_again(&ask, &form, &errors)
}

async fn change_form(ask: &Ask, id: StationId) -> Answer<FormPage> {
    let desk = Desk::open_on(ask, ask.cx.today()).await?;
    let station = desk.station(id)?;
    if !edits_town(&ask.cx.actor, Some(station.town)) {
        return Err(Refused::Forbidden);
    }
    Ok(FormPage {
        heading: "改工作站",
        crumbs: vec![
            ("区域工作站".into(), "/stations".into()),
            (station.name.clone(), format!("/stations/{id}")),
        ],
        note: station.name.clone(),
        action: format!("/stations/{id}"),
        submit: "存这些改动",
        back: format!("/stations/{id}"),
        version: Some(station.version),
        fields: vec![
            Field::line("name", "名称").value(&station.name),
            Field::line("address", "地址").value(&station.address).optional(),
            Field::new("closed_on", "关闭日期", crate::pages::form_page::Takes::Date)
                .optional()
                .hint("只在要关闭时填，填了就不能再改"),
        ],
    })
}

/// `GET /stations/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    change_form(&ask, id_of(&id)?).await?.show(&ask)
}

/// `POST /stations/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let station: StationId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let closed_on =
        form.parsed::<LooseDate>("closed_on", "日期要写成 2021-10-20 这样", &mut errors);
    let closed_on = closed_on.and_then(LooseDate::day);
    let change = StationChange {
        station,
        name: form.required("name", &mut errors),
        address: form.get("address").to_owned(),
        closed_on,
        version: version_field(&form),
    };
    if errors.is_empty() {
        match try_change(&ask, change).await {
            Ok(()) if closed_on.is_some() => return Ok(see("/stations")),
            Ok(()) => return Ok(see(format_args!("/stations/{station}"))),
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    change_form(&ask, station).await?.show_again(&ask, &form, &errors)
}

async fn try_change(ask: &Ask, change: StationChange) -> Result<(), ChangeError> {
    let mut tx = ask.db().write().await?;
    let restated = change_station(&mut tx, &ask.cx, change).await?;
    ask.state.part::<CountsPart>().restate(&mut tx, &ask.cx, &restated).await?;
    Ok(tx.commit().await?)
}
