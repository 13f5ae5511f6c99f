//! `GET /bodies`, and the forms that create and change an industry body.

use askama::Template;
use axum::extract::Path;
use kernel::Code;
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html};

use crate::{
    Body, BodyDraft, BodyId, BodyKind, BodyRule, RULE_LIMIT, change_body, create_body,
    edits_bodies,
    pages::{
        desk::{Desk, id_of, see, version_field},
        form_page::{Choice, Field, FormPage},
    },
    refusal::Beside as _,
};

struct Line {
    name: String,
    href: String,
    kind: &'static str,
    lead_unit: String,
    rules: usize,
}

#[derive(Template)]
#[template(path = "bodies.html")]
struct View {
    page: Page,
    tab: &'static str,
    lines: Vec<Line>,
    may_edit: bool,
}

/// Every body: who works anywhere in the city sees which there are.
pub(crate) async fn show(ask: Ask) -> Answer {
    let desk = Desk::open_on(&ask, ask.cx.today()).await?;
    let line = |body: &Body| Line {
        name: body.name.clone(),
        href: format!("/bodies/{}", body.id),
        kind: body.kind.label(),
        lead_unit: body.lead_unit.clone(),
        rules: body.rules.len(),
    };
    let view = View {
        page: ask.page("行业党委", "/places"),
        tab: "bodies",
        lines: desk.atlas.bodies().iter().map(line).collect(),
        may_edit: edits_bodies(&ask.cx.actor),
    };
    html(&ask, &view)
}

/// Rows for rules that a form shows beyond those there are.
const SPARE: usize = 2;

async fn body_form(ask: &Ask, id: Option<BodyId>) -> Answer<FormPage> {
    let desk = Desk::open_on(ask, ask.cx.today()).await?;
    let old = match id {
        Some(id) => Some(desk.atlas.body(id).ok_or(Refused::NotFound)?),
        None => None,
    };
    if !edits_bodies(&ask.cx.actor) {
        return Err(Refused::Forbidden);
    }
    let mut fields = vec![
        Field::choice("kind", "类别", codes::<BodyKind>())
            .value(old.map_or("", |body| body.kind.code())),
        Field::line("name", "名称").value(old.map_or("", |body| &body.name)),
        Field::line("lead_unit", "牵头单位")
            .value(old.map_or("", |body| &body.lead_unit))
            .optional(),
        Field::line("sort_no", "排第几")
            .value(old.map_or(String::new(), |body| body.sort_no.to_string()))
            .hint("单位按这个次序找第一个合适的")
            .optional(),
    ];
    let rules = old.map_or(&[][..], |body| &body.rules);
    for turn in 1..=(rules.len() + SPARE).min(RULE_LIMIT) {
        fields.extend(rule_fields(ask, turn, rules.get(turn - 1).copied().unwrap_or_default()));
    }
    Ok(FormPage {
        heading: if old.is_some() { "改行业党委" } else { "设立行业党委" },
        crumbs: vec![("行业党委".into(), "/bodies".into())],
        note: "一条规则里的条件要同时符合；几条规则符合一条就行".into(),
        action: id.map_or_else(|| "/bodies".into(), |id| format!("/bodies/{id}")),
        submit: "存这个行业党委",
        back: id.map_or_else(|| "/bodies".into(), |id| format!("/bodies/{id}")),
        version: old.map(|body| body.version),
        fields,
    })
}

fn codes<T: Code>() -> Vec<Choice> {
    T::ALL.iter().map(|one| Choice::new(one.code(), one.label())).collect()
}

fn rule_fields(ask: &Ask, turn: usize, rule: BodyRule) -> [Field; 3] {
    fn field<T: Code>(turn: (&Ask, usize), part: &str, label: &str, chosen: Option<T>) -> Field {
        let (ask, turn) = turn;
        let label = format!("{} {turn}：{}", ask.t("规则"), ask.t(label));
        let mut choices = vec![Choice::new("", "不限")];
        choices.extend(codes::<T>());
        Field::choice(&format!("rule_{turn}{part}"), &label, choices)
            .value(chosen.map_or("", Code::code))
            .optional()
    }
    [
        field((ask, turn), "", "单位类型", rule.unit_kind),
        field((ask, turn), "_industry", "行业", rule.industry),
        field((ask, turn), "_front", "阵地", rule.front),
    ]
}

/// Rows of which nothing is chosen are no rules.
fn read(form: &Form, errors: &mut FieldErrors) -> BodyDraft {
    let kind = BodyKind::from_code(form.get("kind"));
    if kind.is_none() {
        errors.add("kind", "请从列表里选");
    }
    let rules = (1..=RULE_LIMIT).map(|turn| BodyRule {
        unit_kind: Code::from_code(form.get(&format!("rule_{turn}"))),
        industry: Code::from_code(form.get(&format!("rule_{turn}_industry"))),
        front: Code::from_code(form.get(&format!("rule_{turn}_front"))),
    });
    BodyDraft {
        kind: kind.unwrap_or(BodyKind::IndustryCommittee),
        name: form.required("name", errors),
        lead_unit: form.get("lead_unit").to_owned(),
        sort_no: form.parsed("sort_no", "要填一个整数", errors),
        rules: rules.filter(|rule| !rule.is_empty()).collect(),
    }
}

/// `GET /bodies/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    body_form(&ask, None).await?.show(&ask)
}

/// `POST /bodies`
pub(crate) async fn create(ask: Ask, form: Form) -> Answer {
    let mut errors = FieldErrors::new();
    let draft = read(&form, &mut errors);
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        match create_body(&mut tx, &ask.cx, draft).await {
            Ok(id) => {
                tx.commit().await?;
                return Ok(see(format_args!("/bodies/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    body_form(&ask, None).await?.show_again(&ask, &form, &errors)
}

/// `GET /bodies/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    body_form(&ask, Some(id_of(&id)?)).await?.show(&ask)
}

/// `POST /bodies/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: BodyId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let draft = read(&form, &mut errors);
    if errors.is_empty() {
        let mut tx = ask.db().write().await?;
        match change_body(&mut tx, &ask.cx, id, version_field(&form), draft).await {
            Ok(()) => {
                tx.commit().await?;
                return Ok(see(format_args!("/bodies/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    body_form(&ask, Some(id)).await?.show_again(&ask, &form, &errors)
}
