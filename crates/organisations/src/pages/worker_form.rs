//! The form of one party-affairs worker: entering, changing, and the question before they leave.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use db::Tx;
use jiff::civil::Date;
use kernel::{LooseDate, time::OPEN};
use web::{Answer, Ask, FieldErrors, Figure, Form, Page, Refused, filters, html, html_with};

use super::{
    chips::{body_choices, station_choices},
    words::{Choice, choices},
};
use crate::{
    filter::{Filter, Or},
    policy::RULERS,
    sight::Sight,
    standing::Standing,
    unit::WorkerId,
    worker::{self, Level, NewWorker, Worker},
};

#[derive(Template)]
#[template(path = "worker_form.html")]
struct WorkerForm {
    page: Page,
    /// The worker and the version that was read; nobody when one is entered.
    known: Option<(WorkerId, String)>,
    version: String,
    form: Form,
    errors: FieldErrors,
    levels: Vec<Choice>,
    stations: Vec<Choice>,
    bodies: Vec<Choice>,
    today: Date,
}

impl WorkerForm {
    fn wrong(&self, field: &str) -> Option<&str> {
        self.errors.get(field)
    }
}

fn may_rule(ask: &Ask) -> Answer<()> {
    if ask.cx.actor.has_citywide(RULERS) { Ok(()) } else { Err(Refused::Forbidden) }
}

fn done(word: &str) -> Response {
    Redirect::to(&format!("/workers?done={word}")).into_response()
}

fn stale() -> Refused {
    Refused::conflict(
        "stale-version",
        "你打开之后，别人改过这名工作者。你这次没有存，别人改的还在。请刷新再办。",
    )
}

async fn known(tx: &mut Tx, id: &str) -> Answer<Worker> {
    let id: WorkerId = id.parse().map_err(|_| Refused::NotFound)?;
    worker::find(tx, id).await?.ok_or(Refused::NotFound)
}

async fn page(
    ask: &Ask,
    known: Option<&Worker>,
    form: Form,
    errors: FieldErrors,
) -> Answer<Response> {
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let title = if known.is_some() { "改党务工作者" } else { "登记党务工作者" };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let view = WorkerForm {
        page: ask.page(title, "/stations"),
        known: known.map(|one| (one.id, one.name.clone())),
        version: form.get("version").to_owned(),
        levels: choices::<Level>(ask, form.get("level")),
        stations: station_choices(&sight.atlas, form.get("station")),
        bodies: body_choices(&sight.atlas, form.get("body")),
        today: sight.today,
        form,
        errors,
    };
    html_with(ask, status, &view)
}

/// `GET /workers/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    may_rule(&ask)?;
    let form = Form::of([("from_on", ask.cx.today().to_string())]);
    page(&ask, None, form, FieldErrors::new()).await
}

/// `POST /workers`
pub(crate) async fn appoint(ask: Ask, form: Form) -> Answer {
    may_rule(&ask)?;
    let mut tx = ask.db().write().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let mut errors = FieldErrors::new();
    let new = read(&form, &sight, &mut errors);
    let Some(new) = new.filter(|_| errors.is_empty()) else {
        tx.rollback().await?;
        return page(&ask, None, form, errors).await;
    };
    worker::appoint(&mut tx, &ask.cx, &new).await?;
    tx.commit().await?;
    Ok(done("appointed"))
}

/// `GET /workers/{id}/edit`
pub(crate) async fn edit(ask: Ask, Path(id): Path<String>) -> Answer {
    may_rule(&ask)?;
    let mut tx = ask.db().read().await?;
    let known = known(&mut tx, &id).await?;
    drop(tx);
    let or_none = |text: Option<String>| text.unwrap_or_default();
    let form = Form::of([
        ("version", known.version.to_string()),
        ("name", known.name.clone()),
        ("level", known.level.to_string()),
        ("station", or_none(known.station.map(|one| one.to_string()))),
        ("body", or_none(known.body.map(|one| one.to_string()))),
        ("from_on", known.from_on.to_string()),
        ("to_on", or_none((known.to_on != OPEN).then(|| known.to_on.to_string()))),
    ]);
    page(&ask, Some(&known), form, FieldErrors::new()).await
}

/// `POST /workers/{id}`: also takes a leaving back, by emptying its day.
pub(crate) async fn change(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    may_rule(&ask)?;
    let mut tx = ask.db().write().await?;
    let known = known(&mut tx, &id).await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let mut errors = FieldErrors::new();
    let new = read(&form, &sight, &mut errors);
    let to_on = match form.optional("to_on") {
        None => OPEN,
        Some(_) => day(&form, "to_on", sight.today, &mut errors).unwrap_or(OPEN),
    };
    if new.as_ref().is_some_and(|new| to_on < new.from_on) {
        errors.add("to_on", "离任不能早于到任");
    }
    let Some(new) = new.filter(|_| errors.is_empty()) else {
        tx.rollback().await?;
        return page(&ask, Some(&known), form, errors).await;
    };
    let version: i64 = form.get("version").parse().unwrap_or_default();
    if !worker::change(&mut tx, &ask.cx, (&known, version), &new, to_on).await? {
        return Err(stale());
    }
    tx.commit().await?;
    Ok(done("changed"))
}

fn read(form: &Form, sight: &Sight, errors: &mut FieldErrors) -> Option<NewWorker> {
    let name = form.required("name", errors);
    if name.chars().count() > 40 {
        errors.add("name", "名字太长，最多 40 个字");
    }
    let level = form.parsed("level", "请从列表里选", errors);
    if level.is_none() {
        errors.add("level", "这一项要填");
    }
    let station: Option<places::StationId> = form.parsed("station", "请从列表里选", errors);
    let body: Option<places::BodyId> = form.parsed("body", "请从列表里选", errors);
    if station.is_some_and(|id| sight.atlas.station(id).is_none()) {
        errors.add("station", "没有这个工作站");
    }
    if body.is_some_and(|id| sight.atlas.body(id).is_none()) {
        errors.add("body", "没有这个行业党委");
    }
    if station.is_none() && body.is_none() {
        errors.add("station", "选一个工作站，或者选一个行业党委");
    }
    let from_on = day(form, "from_on", sight.today, errors)?;
    Some(NewWorker { name, level: level?, station, body, from_on })
}

fn day(form: &Form, field: &'static str, today: Date, errors: &mut FieldErrors) -> Option<Date> {
    let day = form.get(field).parse::<LooseDate>().ok().and_then(LooseDate::day);
    match day {
        Some(day) if day <= today => Some(day),
        Some(_) => {
            errors.add(field, "日期在今天以后，请填今天或以前的日期");
            None
        }
        None => {
            errors.add(field, "日期看不懂，请写成 2021-10-20");
            None
        }
    }
}

#[derive(Template)]
#[template(path = "worker_leaving.html")]
struct Leaving {
    page: Page,
    id: WorkerId,
    version: i64,
    name: String,
    from: String,
    today: Date,
    /// Units that they answer for.
    operating: Figure,
    has_units: bool,
}

/// `GET /workers/{id}/dismissal`: asks before it is done.
pub(crate) async fn leaving(ask: Ask, Path(id): Path<String>) -> Answer {
    may_rule(&ask)?;
    let mut tx = ask.db().read().await?;
    let known = known(&mut tx, &id).await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let filter = Filter {
        worker: Some(Or::Is(known.id)),
        status: Some(Standing::Operating),
        ..Filter::default()
    };
    let count = sight.count(&mut tx, &filter).await?;
    let view = Leaving {
        page: ask.page("离任", "/stations"),
        id: known.id,
        version: known.version,
        from: known.from_on.to_string(),
        name: known.name,
        today: sight.today,
        operating: Figure::count(count, filter.url("/units")),
        has_units: count > 0,
    };
    html(&ask, &view)
}

/// `POST /workers/{id}/dismissal`
pub(crate) async fn dismiss(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    may_rule(&ask)?;
    let mut errors = FieldErrors::new();
    let on = day(&form, "on", ask.cx.today(), &mut errors);
    errors.check()?;
    let on = on.unwrap_or_else(|| ask.cx.today());
    let mut tx = ask.db().write().await?;
    let known = known(&mut tx, &id).await?;
    if on < known.from_on {
        return Err(Refused::unprocessable(
            "before-first-day",
            format!("离任日期早于到任的 {}，没有存。请核对日期。", known.from_on),
        ));
    }
    let version: i64 = form.get("version").parse().unwrap_or_default();
    if !worker::dismiss(&mut tx, &ask.cx, known.id, version, on).await? {
        return Err(stale());
    }
    tx.commit().await?;
    Ok(done("left"))
}
