//! `GET /bodies/{id}`: an industry body and its rules.

use askama::Template;
use axum::extract::Path;
use kernel::Code as _;
use web::{Answer, Ask, Page, Refused, filters, html};

use crate::{
    BodyId, BodyRule, edits_bodies,
    pages::{
        desk::{Desk, id_of},
        timeline::{Told, timeline},
    },
};

#[derive(Template)]
#[template(path = "body.html")]
struct View {
    page: Page,
    id: BodyId,
    name: String,
    kind: &'static str,
    lead_unit: String,
    sort_no: i64,
    /// Each rule as the words of its conditions.
    rules: Vec<Vec<(&'static str, &'static str)>>,
    told: Vec<Told>,
    may_edit: bool,
}

/// Shows a body.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: BodyId = id_of(&id)?;
    let mut desk = Desk::open_on(&ask, ask.cx.today()).await?;
    let body = desk.atlas.body(id).ok_or(Refused::NotFound)?.clone();
    let told = timeline(&mut desk.tx, id).await?;
    let view = View {
        page: ask.page(&body.name, "/places"),
        id,
        kind: body.kind.label(),
        sort_no: body.sort_no,
        rules: body.rules.iter().copied().map(conditions).collect(),
        told,
        may_edit: edits_bodies(&ask.cx.actor),
        name: body.name,
        lead_unit: body.lead_unit,
    };
    html(&ask, &view)
}

fn conditions(rule: BodyRule) -> Vec<(&'static str, &'static str)> {
    let kind = rule.unit_kind.map(|one| ("单位类型", one.label()));
    let industry = rule.industry.map(|one| ("行业", one.label()));
    let front = rule.front.map(|one| ("阵地", one.label()));
    kind.into_iter().chain(industry).chain(front).collect()
}
