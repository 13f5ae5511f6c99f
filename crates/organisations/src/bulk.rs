//! One change of many units: first the page that says what will happen to which, then all of them
//! in one transaction, or none.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Redirect, Response},
};
use db::Tx;
use kernel::{LooseDate, code_enum};
use web::{Answer, Ask, Form, Refused, site_routes::local};

use crate::{
    edit::{self, Draft, Refusal},
    export, ledger,
    list::Listed,
    organisation, pages,
    policy::{self, Denied},
    sight::Sight,
    unit::{Facts, UnitId, WorkWay},
    worker,
};

code_enum! {
    /// What is done to the ticked units.
    pub enum Verb {
        Worker = "worker" "派责任人",
        Work = "work" "加工作覆盖",
        Station = "station" "改工作站",
        Status = "status" "改状态",
        Export = "export" "导出",
    }
}

/// The most units of one bulk change: a page of ticks, ten times over.
pub const MOST: usize = 500;

/// A ticked unit with the version that the confirming page showed.
pub(crate) struct Ticked {
    pub(crate) listed: Listed,
    /// `None` before anything was shown.
    pub(crate) seen: Option<i64>,
}

/// Why one of the units was not changed.
pub(crate) struct Obstacle {
    pub(crate) id: UnitId,
    pub(crate) name: String,
    pub(crate) message: String,
}

/// `POST /units/bulk`
pub(crate) async fn act(ask: Ask, form: Form) -> Answer {
    let verb: Verb = form.get("verb").parse().map_err(|_| {
        let words = "没有这种批量操作，什么也没有改。请回到台账再选。";
        Refused::unprocessable("unknown-verb", words)
    })?;
    let ids = ids(&form)?;
    if verb == Verb::Export {
        return export_ticked(&ask, &ids).await;
    }
    if form.get("confirmed").is_empty() {
        let mut tx = ask.db().read().await?;
        let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
        let ticked = ticked(&mut tx, &sight, &ids, &form).await?;
        return pages::bulk::confirm(&ask, &mut tx, &sight, verb, &form, ticked, Vec::new()).await;
    }
    change(ask, verb, &ids, form).await
}

fn ids(form: &Form) -> Answer<Vec<UnitId>> {
    let mut ids: Vec<UnitId> = Vec::new();
    for id in form.all("id") {
        let id = id.parse().map_err(|_| Refused::NotFound)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Err(Refused::unprocessable(
            "nothing-ticked",
            "还没有选单位，什么也没有改。请回到台账，在行首打勾再办。",
        ));
    }
    if ids.len() > MOST {
        return Err(Refused::unprocessable(
            "too-many-ticked",
            "一次最多办 500 家，什么也没有改。请分几次办。",
        ));
    }
    Ok(ids)
}

/// The units as they stand; one that the reader does not see ends it all.
async fn ticked(tx: &mut Tx, sight: &Sight, ids: &[UnitId], form: &Form) -> Answer<Vec<Ticked>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let (unit, mut spans) = ledger::find(tx, *id).await?.ok_or(Refused::NotFound)?;
        let span = spans.pop().ok_or(Refused::NotFound)?;
        if !policy::reaches(&sight.reach, &sight.atlas, &span.facts) {
            return Err(Refused::NotFound);
        }
        let organisation = match span.facts.organisation {
            Some(id) => organisation::name(tx, id).await?,
            None => None,
        };
        let worker = match span.facts.worker {
            Some(id) => worker::find(tx, id).await?.map(|worker| worker.name),
            None => None,
        };
        let seen = form.get(&format!("v_{id}")).parse().ok();
        found.push(Ticked { listed: Listed { unit, span, organisation, worker }, seen });
    }
    Ok(found)
}

async fn export_ticked(ask: &Ask, ids: &[UnitId]) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let ticked = ticked(&mut tx, &sight, ids, &Form::default()).await?;
    let listed: Vec<Listed> = ticked.into_iter().map(|one| one.listed).collect();
    let bytes = export::chosen(&mut tx, &ask.cx, &sight, &listed).await;
    let bytes = bytes.map_err(|why| Refused::fault(&why))?;
    Ok(workbook(bytes, "units"))
}

/// A workbook as a download, under a name that every browser keeps.
fn workbook(bytes: Vec<u8>, name: &str) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // 单位台账, as RFC 5987 writes it.
    let chinese = "%E5%8D%95%E4%BD%8D%E5%8F%B0%E8%B4%A6";
    let named = format!("attachment; filename=\"{name}.xlsx\"; filename*=UTF-8''{chinese}.xlsx");
    if let Ok(named) = HeaderValue::from_str(&named) {
        headers.insert(header::CONTENT_DISPOSITION, named);
    }
    response
}

/// Changes all of them, or none and says which ones stood in the way.
async fn change(ask: Ask, verb: Verb, ids: &[UnitId], form: Form) -> Answer {
    let mut tx = ledger::begin(ask.db()).await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, None).await?;
    let ticked = ticked(&mut tx, &sight, ids, &form).await?;
    let mut obstacles = Vec::new();
    let mut changed = 0;
    for one in &ticked {
        let draft = draft(verb, &form, &one.listed.span.facts);
        match change_one(&mut tx, &ask, &sight, one, draft).await {
            Ok(true) => changed += 1,
            Ok(false) => {}
            Err(Refusal::Fault(fault)) => return Err(fault.into()),
            Err(refusal) => obstacles.push(obstacle(one, refusal)),
        }
    }
    if obstacles.is_empty() {
        tx.commit().await?;
        return Ok(Redirect::to(&back_with(&form, changed)).into_response());
    }
    tx.rollback().await?;
    let mut tx = ask.db().read().await?;
    let mut page =
        pages::bulk::confirm(&ask, &mut tx, &sight, verb, &form, ticked, obstacles).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// Whether anything changed.
async fn change_one(
    tx: &mut Tx,
    ask: &Ask,
    sight: &Sight,
    one: &Ticked,
    draft: Result<Draft, (&'static str, &'static str)>,
) -> Result<bool, Refusal> {
    let draft = draft.map_err(|(field, words)| {
        let mut errors = web::FieldErrors::new();
        errors.add(field, words);
        Refusal::Fields(errors)
    })?;
    let unit = &one.listed.unit;
    let version = one.seen.unwrap_or(unit.version);
    let now = edit::change(tx, &ask.cx, &sight.atlas, unit.id, version, &draft).await?;
    Ok(now != version)
}

fn obstacle(one: &Ticked, refusal: Refusal) -> Obstacle {
    let message = match refusal {
        Refusal::Fields(errors) => {
            errors.iter().map(|(_, message)| message).collect::<Vec<_>>().join("；")
        }
        Refusal::Stale { .. } => "你看过以后，别人改了它".to_owned(),
        Refusal::Denied(Denied::Forbidden) => "你看得到它，但不能这样改".to_owned(),
        Refusal::Denied(Denied::Invisible) | Refusal::Fault(_) => "它不在你的范围里".to_owned(),
    };
    let unit = &one.listed.unit;
    Obstacle { id: unit.id, name: unit.identity.name.clone(), message }
}

/// What is said of each of the units. A wrong value names its field.
fn draft(verb: Verb, form: &Form, facts: &Facts) -> Result<Draft, (&'static str, &'static str)> {
    let mut draft = Draft::default();
    if let Some(text) = form.optional("on") {
        let day = text.parse::<LooseDate>().ok().and_then(LooseDate::day);
        draft.on = Some(day.ok_or(("on", "日期看不懂，请写成 2021-10-20"))?);
    }
    let value = form.get("value");
    match verb {
        Verb::Worker if value == "none" => draft.worker = Some(None),
        Verb::Worker => {
            draft.worker = Some(Some(value.parse().map_err(|_| ("value", "请选一个责任人"))?));
        }
        Verb::Station if value == "none" => draft.station = Some(None),
        Verb::Station => {
            draft.station = Some(Some(value.parse().map_err(|_| ("value", "请选一个工作站"))?));
        }
        Verb::Work => {
            let way: WorkWay = value.parse().map_err(|_| ("value", "请选一种方式"))?;
            draft.work = Some(facts.work.with(way).ways().collect());
        }
        Verb::Status => {
            draft.status = Some(value.parse().map_err(|_| ("value", "请选一个状态"))?);
            draft.status_reason = Some(form.get("status_reason").to_owned());
            draft.status_evidence = Some(form.get("status_evidence").to_owned());
        }
        Verb::Export => {}
    }
    Ok(draft)
}

/// The list that the bar stood on, which then says how many were changed.
fn back_with(form: &Form, changed: usize) -> String {
    let back = match local(form.get("back")) {
        "/" => "/units",
        back => back,
    };
    let join = if back.contains('?') { '&' } else { '?' };
    format!("{back}{join}done={changed}")
}
