//! Party-affairs workers by station and by industry body, each with the units they answer for.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Redirect},
};
use db::{Query, Tx};
use jiff::civil::Date;
use kernel::{Code as _, LooseDate, mask_name};
use web::{Answer, Ask, FieldErrors, Figure, Form, Page, Refused, filters, html, html_with};

use super::{
    chips::{body_choices, station_choices},
    words::{Choice, choices, fill, number},
};
use crate::{
    filter::{Filter, Or, Shape},
    policy::{RULERS, WRITERS},
    sight::Sight,
    standing::Standing,
    unit::WorkerId,
    worker::{self, Level, NewWorker, Worker},
};

#[derive(Template)]
#[template(path = "workers.html")]
struct WorkersPage {
    page: Page,
    summary: String,
    groups: Vec<Group>,
    unassigned: Figure,
    may_appoint: bool,
    today: Date,
}

struct Group {
    name: String,
    href: Option<String>,
    kind: &'static str,
    rows: Vec<Row>,
}

struct Row {
    id: WorkerId,
    version: i64,
    name: String,
    level: &'static str,
    since: String,
    operating: Figure,
    due: Figure,
}

/// `GET /workers`
pub(crate) async fn show(ask: Ask) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let operating = by_worker(&mut tx, &sight, Standing::Operating).await?;
    let due = by_worker(&mut tx, &sight, Standing::Due).await?;
    let reach = &sight.reach;
    let seen = |worker: &Worker| match (worker.station, worker.body) {
        (Some(station), _) => reach.sees_station(&sight.atlas, station),
        (None, Some(body)) => reach.all || reach.bodies.contains(&body),
        (None, None) => reach.all,
    };
    let workers: Vec<Worker> =
        worker::in_office(&mut tx, sight.today).await?.into_iter().filter(seen).collect();
    let figure = |who: Or<WorkerId>, counts: &HashMap<Option<WorkerId>, i64>, status| {
        let filter = Filter { worker: Some(who), status: Some(status), ..Filter::default() };
        let key = match who {
            Or::Is(id) => Some(id),
            Or::None => None,
        };
        Figure::count(counts.get(&key).copied().unwrap_or_default(), filter.url("/units"))
    };
    // Who assigns them reads the whole name; whoever only looks, the family name.
    let whole = ask.cx.actor.has_any(WRITERS);
    let row = |worker: &Worker| Row {
        id: worker.id,
        version: worker.version,
        name: if whole { worker.name.clone() } else { mask_name(&worker.name) },
        level: worker.level.label(),
        since: worker.from_on.to_string(),
        operating: figure(Or::Is(worker.id), &operating, Standing::Operating),
        due: figure(Or::Is(worker.id), &due, Standing::Due),
    };
    let groups = groups(&ask, &sight, &workers, row);
    let stations = groups.iter().filter(|group| group.kind == "工作站").count();
    let summary = fill(
        ask.t("{} 名专职，在 {} 个工作站和 {} 个行业党委、专委会"),
        &[
            &number(workers.len() as i64),
            &number(stations as i64),
            &number(groups.iter().filter(|group| group.kind == "行业党委").count() as i64),
        ],
    );
    let view = WorkersPage {
        page: ask.page("党务工作者", "/stations"),
        summary,
        groups,
        unassigned: figure(Or::None, &operating, Standing::Operating),
        may_appoint: ask.cx.actor.has_citywide(RULERS),
        today: sight.today,
    };
    html(&ask, &view)
}

/// How many units of a set each worker answers for; those without one under `None`.
async fn by_worker(
    tx: &mut Tx,
    sight: &Sight,
    standing: Standing,
) -> Answer<HashMap<Option<WorkerId>, i64>> {
    let filter = Filter { status: Some(standing), ..Filter::default() };
    let frame = sight.frame(sight.definition.member_floor, None);
    let columns = Query::new("s.worker_id, COUNT(*)");
    let query = filter.select_query(columns, &frame, Shape::States).part(" GROUP BY s.worker_id");
    let found = tx.list(query, |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(found.into_iter().collect())
}

/// Stations in their order, then bodies, then those at neither.
fn groups(
    ask: &Ask,
    sight: &Sight,
    workers: &[Worker],
    row: impl Fn(&Worker) -> Row,
) -> Vec<Group> {
    let atlas = &sight.atlas;
    let mut groups = Vec::new();
    let mut add = |name: &str, href: Option<String>, kind, here: &dyn Fn(&Worker) -> bool| {
        let rows: Vec<Row> = workers.iter().filter(|one| here(one)).map(&row).collect();
        if !rows.is_empty() {
            groups.push(Group { name: name.to_owned(), href, kind, rows });
        }
    };
    for station in atlas.stations() {
        let href = Some(format!("/stations/{}", station.id));
        add(&station.name, href, "工作站", &|one| one.station == Some(station.id));
    }
    for body in atlas.bodies() {
        let href = Some(format!("/bodies/{}", body.id));
        let here = |one: &Worker| one.station.is_none() && one.body == Some(body.id);
        add(&body.name, href, "行业党委", &here);
    }
    let placed = |one: &Worker| {
        one.station.is_some_and(|id| atlas.station(id).is_some())
            || one.station.is_none() && one.body.is_some_and(|id| atlas.body(id).is_some())
    };
    add(ask.t("未定岗位"), None, "", &|one| !placed(one));
    groups
}

#[derive(Template)]
#[template(path = "new_worker.html")]
struct NewWorkerPage {
    page: Page,
    form: Form,
    errors: FieldErrors,
    levels: Vec<Choice>,
    stations: Vec<Choice>,
    bodies: Vec<Choice>,
    today: Date,
}

impl NewWorkerPage {
    fn wrong(&self, field: &str) -> Option<&str> {
        self.errors.get(field)
    }
}

/// `GET /workers/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    let form = Form::of([("from_on", ask.cx.today().to_string())]);
    form_page(&ask, StatusCode::OK, form, FieldErrors::new()).await
}

async fn form_page(ask: &Ask, status: StatusCode, form: Form, errors: FieldErrors) -> Answer {
    if !ask.cx.actor.has_citywide(RULERS) {
        return Err(Refused::Forbidden);
    }
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let view = NewWorkerPage {
        page: ask.page("登记党务工作者", "/stations"),
        levels: choices::<Level>(ask, form.get("level")),
        stations: station_choices(&sight.atlas, form.get("station")),
        bodies: body_choices(&sight.atlas, form.get("body")),
        today: sight.today,
        form,
        errors,
    };
    html_with(ask, status, &view)
}

/// `POST /workers`
pub(crate) async fn appoint(ask: Ask, form: Form) -> Answer {
    if !ask.cx.actor.has_citywide(RULERS) {
        return Err(Refused::Forbidden);
    }
    let mut tx = ask.db().write().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let mut errors = FieldErrors::new();
    let new = read(&form, &sight, &mut errors);
    let Some(new) = new.filter(|_| errors.is_empty()) else {
        tx.rollback().await?;
        return form_page(&ask, StatusCode::UNPROCESSABLE_ENTITY, form, errors).await;
    };
    worker::appoint(&mut tx, &ask.cx, &new).await?;
    tx.commit().await?;
    Ok(Redirect::to("/workers").into_response())
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

/// `POST /workers/{id}/dismissal`
pub(crate) async fn dismiss(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    if !ask.cx.actor.has_citywide(RULERS) {
        return Err(Refused::Forbidden);
    }
    let id: WorkerId = id.parse().map_err(|_| Refused::NotFound)?;
    let mut errors = FieldErrors::new();
    let on = day(&form, "on", ask.cx.today(), &mut errors);
    errors.check()?;
    let on = on.unwrap_or_else(|| ask.cx.today());
    let mut tx = ask.db().write().await?;
    let known = worker::find(&mut tx, id).await?.ok_or(Refused::NotFound)?;
    if on < known.from_on {
        return Err(Refused::unprocessable(
            "before-first-day",
            format!("离任日期早于到任的 {}，没有存。请核对日期。", known.from_on),
        ));
    }
    let version: i64 = form.get("version").parse().unwrap_or_default();
    if !worker::dismiss(&mut tx, &ask.cx, id, version, on).await? {
        return Err(Refused::conflict(
            "stale-version",
            "你打开之后，别人改过这名工作者。你这次没有存，别人改的还在。请刷新再办。",
        ));
    }
    tx.commit().await?;
    Ok(Redirect::to("/workers").into_response())
}
