//! `GET /founders/{id}`: one founder's way.

use askama::Template;
use axum::extract::Path;
use kernel::{Code as _, Date};
use web::{Answer, Ask, Page, Refused, filters, html};

use crate::{
    FounderId,
    founders::{
        Founder, Step, StepId, StepKind, all_steps, find_founder, keeps_founders, phone_of,
        sees_founders,
    },
    names,
    pages::{
        desk::{Desk, id_of},
        founders::name_for,
        timeline::{Told, timeline},
    },
    sealed::Sealer,
};

struct Line {
    id: StepId,
    on: Date,
    kind: &'static str,
    title: String,
    by_whom: String,
    amount: String,
    shop: Option<(String, String)>,
    struck_for: String,
    stands: bool,
}

#[derive(Template)]
#[template(path = "founder.html")]
struct View {
    page: Page,
    id: FounderId,
    name: String,
    kind: &'static str,
    town: (String, String),
    since: Date,
    phone: Option<String>,
    lines: Vec<Line>,
    steps: Vec<(&'static str, &'static str)>,
    told: Vec<Told>,
    may_keep: bool,
}

/// A founder in the register whom the reader sees; any other is not there.
pub(crate) async fn seen(ask: &Ask, desk: &mut Desk, id: FounderId) -> Answer<Founder> {
    let found = find_founder(&mut desk.tx, id).await?.filter(Founder::is_registered);
    let seen = found.filter(|one| sees_founders(&ask.cx.actor, &desk.atlas, one.town));
    seen.ok_or(Refused::NotFound)
}

/// Shows a founder.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: FounderId = id_of(&id)?;
    let mut desk = Desk::read(&ask).await?;
    let founder = seen(&ask, &mut desk, id).await?;
    let may_keep = keeps_founders(&ask.cx.actor, &desk.atlas, founder.town);
    let phone = match phone_of(&mut desk.tx, id).await?.filter(|_| may_keep) {
        Some(sealed) => {
            let phone = Sealer::new(&ask.state.site().keys).open_phone(id, &sealed)?;
            Some(phone.to_string())
        }
        None => None,
    };
    let merchants = names(&mut desk.tx).await?;
    let mut steps = all_steps(&mut desk.tx).await?;
    steps.retain(|one| one.founder == id);
    let shop = |one: &Step| {
        let merchant = one
            .facts
            .merchant
            .and_then(|shop| Some((merchants.get(&shop)?.clone(), format!("/merchants/{shop}"))));
        let place = || {
            let place = one.facts.place?;
            Some((desk.atlas.path(place), format!("/places/{place}")))
        };
        merchant.or_else(place)
    };
    let line = |one: Step| Line {
        shop: shop(&one),
        id: one.id,
        on: one.facts.on,
        kind: one.facts.kind.label(),
        stands: one.stands(),
        title: one.facts.title,
        by_whom: one.facts.by_whom,
        amount: one.facts.amount.map(|amount| amount.to_string()).unwrap_or_default(),
        struck_for: one.struck_for,
    };
    let lines = steps.into_iter().map(line).collect();
    let name = name_for(&ask, &desk, &founder);
    let view = View {
        page: ask.page(&name, "/merchants"),
        id,
        name,
        kind: founder.kind.label(),
        town: (desk.atlas.name(founder.town).to_owned(), format!("/places/{}", founder.town)),
        since: founder.registered_on,
        phone,
        lines,
        steps: StepKind::ALL.iter().map(|one| (one.code(), one.label())).collect(),
        told: if may_keep { timeline(&mut desk.tx, id).await? } else { Vec::new() },
        may_keep,
    };
    html(&ask, &view)
}
