//! The forms that note a step, note a training of many, and strike what was noted in error.

use axum::extract::Path;
use kernel::{Code as _, Fen};
use places::PlaceId;
use web::{Answer, Ask, FieldErrors, Form, Refused};

use crate::{
    FounderId, MerchantId,
    founders::{
        Founder, StepFacts, StepId, StepKind, Training, all_founders, keeps_founders, note_step,
        note_training, strike_step,
    },
    pages::{
        desk::{Desk, date_field, id_of, see},
        form_page::{Choice, Field, FormPage, Takes},
        founder::seen,
    },
    visible,
};

async fn kept(ask: &Ask, desk: &mut Desk, id: &str) -> Answer<Founder> {
    let founder = seen(ask, desk, id_of(id)?).await?;
    if keeps_founders(&ask.cx.actor, &desk.atlas, founder.town) {
        return Ok(founder);
    }
    Err(Refused::Forbidden)
}

const fn heading(kind: StepKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        StepKind::Training => ("记培训", "学了什么", "谁办的培训"),
        StepKind::Milestone => ("记里程碑", "到了哪一步", ""),
        StepKind::Support => ("记扶持", "给了什么", "哪个单位给的"),
        StepKind::Shop => ("记开店", "开了什么店", ""),
    }
}

/// The form of one kind of step: it asks for what belongs to the kind alone.
async fn step_form(
    ask: &Ask,
    desk: &mut Desk,
    founder: &Founder,
    kind: StepKind,
) -> Answer<FormPage> {
    let (heading, title, by_whom) = heading(kind);
    let mut fields = vec![Field::line("title", title), Field::date("on", "日期", ask.cx.today())];
    if !by_whom.is_empty() {
        fields.push(Field::line("by_whom", by_whom));
    }
    if kind == StepKind::Support {
        let amount = Field::line("amount", "金额（元）").hint("不是钱就留空");
        fields.push(amount.optional());
    }
    if kind == StepKind::Shop {
        let mut shops = vec![Choice::new("", "还没有登记")];
        let own = visible(&mut desk.tx, &ask.cx.actor, &desk.atlas).await?;
        let own = own.iter().filter(|one| one.town == founder.town && one.is_active());
        shops.extend(own.map(|one| Choice::new(one.id, one.name.clone())));
        fields.push(Field::choice("merchant", "是哪家商户", shops).optional());
        let place = Field::line("place", "在哪里").hint("如 万象汇/一层");
        fields.push(place.optional());
    }
    let id = founder.id;
    Ok(FormPage {
        heading,
        under: "/merchants",
        crumbs: vec![
            ("从业者".into(), "/founders".into()),
            (founder.name.clone(), format!("/founders/{id}")),
        ],
        note: String::new(),
        action: format!("/founders/{id}/steps?kind={}", kind.code()),
        submit: "记下这件事",
        back: format!("/founders/{id}"),
        version: None,
        fields,
    })
}

fn asked_kind(ask: &Ask) -> Answer<StepKind> {
    let query = Form::parse(ask.query.as_bytes());
    StepKind::from_code(query.get("kind")).ok_or(Refused::NotFound)
}

/// `GET /founders/{id}/steps/new?kind=…`
pub(crate) async fn new(ask: Ask, Path(id): Path<String>) -> Answer {
    let kind = asked_kind(&ask)?;
    let mut desk = Desk::read(&ask).await?;
    let founder = kept(&ask, &mut desk, &id).await?;
    step_form(&ask, &mut desk, &founder, kind).await?.show(&ask)
}

fn amount(form: &Form, errors: &mut FieldErrors) -> Option<Fen> {
    match form.optional("amount")?.parse::<Fen>() {
        Ok(amount) => Some(amount),
        Err(why) => {
            errors.add("amount", why.message());
            None
        }
    }
}

fn place(form: &Form, desk: &Desk, founder: &Founder, errors: &mut FieldErrors) -> Option<PlaceId> {
    let typed = form.optional("place")?;
    let found = desk.atlas.by_name(typed, founder.town);
    if found.is_err() {
        errors.add("place", "这个区镇没有这个地点，请写全，或者留空");
    }
    found.ok()
}

/// `POST /founders/{id}/steps?kind=…`
pub(crate) async fn create(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let kind = asked_kind(&ask)?;
    let mut desk = Desk::write(&ask).await?;
    let founder = kept(&ask, &mut desk, &id).await?;
    let mut errors = FieldErrors::new();
    let facts = StepFacts {
        kind,
        on: date_field(&form, "on", &mut errors),
        title: form.required("title", &mut errors),
        by_whom: form.get("by_whom").to_owned(),
        amount: amount(&form, &mut errors),
        merchant: form.parsed::<MerchantId>("merchant", "请从列表里选", &mut errors),
        place: place(&form, &desk, &founder, &mut errors),
    };
    if errors.is_empty() {
        match note_step(&mut desk.tx, &ask.cx, &desk.atlas, founder.id, &facts).await {
            Ok(_) => {
                desk.tx.commit().await?;
                return Ok(see(format_args!("/founders/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    step_form(&ask, &mut desk, &founder, kind).await?.show_again(&ask, &form, &errors)
}

async fn training_form(ask: &Ask, desk: &mut Desk) -> Answer<FormPage> {
    let all = all_founders(&mut desk.tx).await?;
    let keeps = |one: &&Founder| {
        one.is_registered() && keeps_founders(&ask.cx.actor, &desk.atlas, one.town)
    };
    let people = all
        .iter()
        .filter(keeps)
        .map(|one| Choice::new(one.id, format!("{}（{}）", one.name, desk.atlas.name(one.town))));
    Ok(FormPage {
        heading: "记一次培训",
        under: "/merchants",
        crumbs: vec![("从业者".into(), "/founders".into())],
        note: "勾上到场的人，一次记完".into(),
        action: "/trainings".into(),
        submit: "记下这次培训",
        back: "/founders".into(),
        version: None,
        fields: vec![
            Field::line("title", "学了什么"),
            Field::date("on", "日期", ask.cx.today()),
            Field::line("by_whom", "谁办的培训"),
            Field::new("founder", "谁到了", Takes::Many(people.collect())),
        ],
    })
}

/// `GET /trainings/new`
pub(crate) async fn new_training(ask: Ask) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    training_form(&ask, &mut desk).await?.show(&ask)
}

/// `POST /trainings`
pub(crate) async fn create_training(ask: Ask, form: Form) -> Answer {
    let mut desk = Desk::write(&ask).await?;
    let mut errors = FieldErrors::new();
    let founders: Result<Vec<FounderId>, _> = form.all("founder").map(str::parse).collect();
    let training = Training {
        on: date_field(&form, "on", &mut errors),
        title: form.required("title", &mut errors),
        by_whom: form.required("by_whom", &mut errors),
        founders: founders.map_err(|_| Refused::NotFound)?,
    };
    if errors.is_empty() {
        match note_training(&mut desk.tx, &ask.cx, &desk.atlas, &training).await {
            Ok(_) => {
                desk.tx.commit().await?;
                return Ok(see("/founder-steps?step=training"));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    // Some may be written already: they are taken back with this transaction.
    drop(desk);
    let mut desk = Desk::read(&ask).await?;
    training_form(&ask, &mut desk).await?.show_again(&ask, &form, &errors)
}

fn strike_form(id: StepId) -> FormPage {
    FormPage {
        heading: "划去一件事",
        under: "/merchants",
        crumbs: vec![("从业者".into(), "/founders".into())],
        note: "记错了才划；划去的还看得到，不再计数".into(),
        action: format!("/founder-steps/{id}/strikes"),
        submit: "划去这件事",
        back: "/founders".into(),
        version: None,
        fields: vec![Field::text("reason", "原因")],
    }
}

/// `GET /founder-steps/{id}/strike`
pub(crate) async fn strike(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: StepId = id_of(&id)?;
    let mut desk = Desk::read(&ask).await?;
    let step = crate::founders::find_step(&mut desk.tx, id).await?.ok_or(Refused::NotFound)?;
    kept(&ask, &mut desk, &step.founder.to_string()).await?;
    strike_form(id).show(&ask)
}

/// `POST /founder-steps/{id}/strikes`
pub(crate) async fn struck(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: StepId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    match strike_step(&mut desk.tx, &ask.cx, &desk.atlas, id, form.get("reason")).await {
        Ok(founder) => {
            desk.tx.commit().await?;
            Ok(see(format_args!("/founders/{founder}")))
        }
        Err(refused) => strike_form(id).show_again(&ask, &form, &refused.into_errors()?),
    }
}
