//! Party-affairs workers by station and by industry body, each with the units they answer for.

use std::collections::HashMap;

use askama::Template;
use db::{Query, Tx};
use jiff::civil::Date;
use kernel::{Code as _, mask_name};
use places::StationId;
use web::{Answer, Ask, Figure, Page, filters, html};

use super::words::{fill, number};
use crate::{
    api::Asked,
    filter::{Filter, Or, Shape},
    policy::{RULERS, WRITERS},
    sight::Sight,
    standing::Standing,
    unit::WorkerId,
    worker::{self, Worker},
};

/// Of those who left, the newest.
const LEFT: i64 = 20;

#[derive(Template)]
#[template(path = "workers.html")]
struct WorkersPage {
    page: Page,
    summary: String,
    groups: Vec<Group>,
    unassigned: Figure,
    may_appoint: bool,
    /// The day that is shown.
    on: Date,
    is_past: bool,
    /// The one station that is shown, by its name.
    station: Option<String>,
    /// Those who left: for setting it right.
    left: Vec<Gone>,
    done: Option<String>,
}

struct Gone {
    id: WorkerId,
    name: String,
    from: String,
    to: String,
}

struct Group {
    name: String,
    href: Option<String>,
    kind: &'static str,
    rows: Vec<Row>,
}

struct Row {
    id: WorkerId,
    name: String,
    level: &'static str,
    since: String,
    operating: Figure,
    due: Figure,
}

/// `GET /workers?station=…&at=…`
pub(crate) async fn show(ask: Ask) -> Answer {
    let asked = Asked::new(Some(&ask.query));
    let on = asked.parsed::<Date>("at")?.unwrap_or(ask.cx.today()).min(ask.cx.today());
    let station: Option<StationId> = asked.parsed("station")?;
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, Some(on)).await?;
    let at = Some(on).filter(|on| *on < sight.today);
    let operating = by_worker(&mut tx, &sight, at, Standing::Operating).await?;
    let due = by_worker(&mut tx, &sight, at, Standing::Due).await?;
    let mut workers = worker::in_office(&mut tx, on).await?;
    workers.retain(|one| sees(&sight, one) && (station.is_none() || one.station == station));
    let figure = |who: Or<WorkerId>, counts: &HashMap<Option<WorkerId>, i64>, status| {
        let filter = Filter { at, worker: Some(who), status: Some(status), ..Filter::default() };
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
        name: if whole { worker.name.clone() } else { mask_name(&worker.name) },
        level: worker.level.label(),
        since: worker.from_on.to_string(),
        operating: figure(Or::Is(worker.id), &operating, Standing::Operating),
        due: figure(Or::Is(worker.id), &due, Standing::Due),
    };
    let groups = groups(&ask, &sight, &workers, row);
    let may_appoint = ask.cx.actor.has_citywide(RULERS);
    let view = WorkersPage {
        page: ask.page("党务工作者", "/stations"),
        summary: summary(&ask, workers.len(), &groups),
        groups,
        unassigned: figure(Or::None, &operating, Standing::Operating),
        may_appoint: may_appoint && at.is_none(),
        on,
        is_past: at.is_some(),
        station: station.and_then(|id| Some(sight.atlas.station(id)?.name.clone())),
        left: if may_appoint { left(&mut tx, sight.today).await? } else { Vec::new() },
        done: done(&ask, asked.get("done")).map(str::to_owned),
    };
    html(&ask, &view)
}

fn sees(sight: &Sight, worker: &Worker) -> bool {
    let reach = &sight.reach;
    match (worker.station, worker.body) {
        (Some(station), _) => reach.sees_station(&sight.atlas, station),
        (None, Some(body)) => reach.all || reach.bodies.contains(&body),
        (None, None) => reach.all,
    }
}

fn done<'a>(ask: &'a Ask, word: Option<&str>) -> Option<&'a str> {
    match word? {
        "appointed" => Some(ask.t("登记好了，可以把单位派给这名工作者了。")),
        "changed" => Some(ask.t("改好了，记入了日志。")),
        "left" => Some(ask.t("已记离任。办错了，可以在下面“已离任”里改回来。")),
        _ => None,
    }
}

fn summary(ask: &Ask, workers: usize, groups: &[Group]) -> String {
    let of = |kind| groups.iter().filter(|group| group.kind == kind).count() as i64;
    fill(
        ask.t("{} 名专职，在 {} 个工作站和 {} 个行业党委、专委会"),
        &[&number(workers as i64), &number(of("工作站")), &number(of("行业党委"))],
    )
}

async fn left(tx: &mut Tx, today: Date) -> db::Result<Vec<Gone>> {
    let left = worker::left(tx, today, LEFT).await?;
    let gone = left.into_iter().map(|one| Gone {
        id: one.id,
        name: one.name,
        from: one.from_on.to_string(),
        to: one.to_on.to_string(),
    });
    Ok(gone.collect())
}

/// How many units of a set each worker answers for; those without one under `None`.
async fn by_worker(
    tx: &mut Tx,
    sight: &Sight,
    at: Option<Date>,
    standing: Standing,
) -> Answer<HashMap<Option<WorkerId>, i64>> {
    let filter = Filter { at, status: Some(standing), ..Filter::default() };
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
