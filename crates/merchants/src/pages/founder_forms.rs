//! The forms of the register of founders: registering, changing, phone, withdrawing consent.

use axum::extract::Path;
use kernel::{Code as _, Phone};
use places::PlaceId;
use web::{Answer, Ask, FieldErrors, Form, Refused, html};

use crate::{
    FounderId,
    founders::{
        Founder, FounderChange, FounderKind, Registration, change_founder, keeps_founders,
        register_founder, reveal_founder, tell_founder_phone, withdraw_founder,
    },
    pages::{
        desk::{Desk, date_field, id_of, see, version_field},
        form_page::{Choice, Field, FormPage, Takes},
        founder::seen,
        merchant_acts::Revealed,
        merchants::town_choices,
    },
};

/// The towns whose founders the actor keeps.
fn towns(ask: &Ask, desk: &Desk) -> Answer<Vec<Choice>> {
    let keeps = |town: &PlaceId| keeps_founders(&ask.cx.actor, &desk.atlas, *town);
    let towns: Vec<PlaceId> = desk.atlas.towns().iter().copied().filter(keeps).collect();
    if towns.is_empty() { Err(Refused::Forbidden) } else { Ok(town_choices(&desk.atlas, &towns)) }
}

fn kinds() -> Vec<Choice> {
    FounderKind::ALL.iter().map(|one| Choice::new(one.code(), one.label())).collect()
}

fn kind_and_town(form: &Form, errors: &mut FieldErrors) -> Option<(FounderKind, PlaceId)> {
    let kind = FounderKind::from_code(form.get("kind"));
    if kind.is_none() {
        errors.add("kind", "请从列表里选");
    }
    form.required("town", errors);
    let town = form.parsed::<PlaceId>("town", "请从列表里选", errors);
    kind.zip(town)
}

fn new_form(ask: &Ask, desk: &Desk) -> Answer<FormPage> {
    Ok(FormPage {
        heading: "登记从业者",
        under: "/merchants",
        crumbs: vec![("从业者".into(), "/founders".into())],
        note: "姓名只给管台账的人看，别人看到的是姓".into(),
        action: "/founders".into(),
        submit: "登记这位从业者",
        back: "/founders".into(),
        version: None,
        fields: vec![
            Field::choice("kind", "类别", kinds()),
            Field::line("name", "姓名"),
            Field::choice("town", "区镇", towns(ask, desk)?),
            Field::date("on", "登记日期", ask.cx.today()),
            Field::new(
                "consent",
                "本人同意登记姓名和电话，用来通知培训和扶持；可以随时撤回",
                Takes::Tick,
            ),
        ],
    })
}

/// `GET /founders/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    let desk = Desk::read(&ask).await?;
    new_form(&ask, &desk)?.show(&ask)
}

/// `POST /founders`
pub(crate) async fn create(ask: Ask, form: Form) -> Answer {
    let mut desk = Desk::write(&ask).await?;
    let mut errors = FieldErrors::new();
    let chosen = kind_and_town(&form, &mut errors);
    let on = date_field(&form, "on", &mut errors);
    if let Some((kind, town)) = chosen.filter(|_| errors.is_empty()) {
        let (name, consents) = (form.get("name").to_owned(), form.ticked("consent"));
        let new = Registration { kind, name, town, on, consents };
        match register_founder(&mut desk.tx, &ask.cx, &desk.atlas, new).await {
            Ok(id) => {
                desk.tx.commit().await?;
                return Ok(see(format_args!("/founders/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    new_form(&ask, &desk)?.show_again(&ask, &form, &errors)
}

/// A founder whom the actor keeps, for a form.
async fn kept(ask: &Ask, desk: &mut Desk, id: &str) -> Answer<Founder> {
    let founder = seen(ask, desk, id_of(id)?).await?;
    if keeps_founders(&ask.cx.actor, &desk.atlas, founder.town) {
        return Ok(founder);
    }
    Err(Refused::Forbidden)
}

fn form_of(
    founder: &Founder,
    heading: &'static str,
    submit: &'static str,
    path: &str,
    fields: Vec<Field>,
) -> FormPage {
    let id = founder.id;
    FormPage {
        heading,
        under: "/merchants",
        crumbs: vec![
            ("从业者".into(), "/founders".into()),
            (founder.name.clone(), format!("/founders/{id}")),
        ],
        note: String::new(),
        action: format!("/founders/{id}{path}"),
        submit,
        back: format!("/founders/{id}"),
        version: Some(founder.version),
        fields,
    }
}

fn change_form(ask: &Ask, desk: &Desk, founder: &Founder) -> Answer<FormPage> {
    let fields = vec![
        Field::choice("kind", "类别", kinds()).value(founder.kind.code()),
        Field::line("name", "姓名").value(&founder.name),
        Field::choice("town", "区镇", towns(ask, desk)?).value(founder.town),
    ];
    Ok(form_of(founder, "改从业者", "存这些改动", "", fields))
}

/// `GET /founders/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    let founder = kept(&ask, &mut desk, &id).await?;
    change_form(&ask, &desk, &founder)?.show(&ask)
}

/// `POST /founders/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let mut desk = Desk::write(&ask).await?;
    let founder = kept(&ask, &mut desk, &id).await?;
    let mut errors = FieldErrors::new();
    let chosen = kind_and_town(&form, &mut errors);
    if let Some((kind, town)) = chosen.filter(|_| errors.is_empty()) {
        let (name, version) = (form.get("name").to_owned(), version_field(&form));
        let change = FounderChange { founder: founder.id, kind, name, town, version };
        match change_founder(&mut desk.tx, &ask.cx, &desk.atlas, change).await {
            Ok(()) => {
                desk.tx.commit().await?;
                return Ok(see(format_args!("/founders/{id}")));
            }
            Err(refused) => errors = refused.into_errors()?,
        }
    }
    change_form(&ask, &desk, &founder)?.show_again(&ask, &form, &errors)
}

fn phone_form(founder: &Founder) -> FormPage {
    let phone = Field::new("phone", "联系电话", Takes::Phone)
        .optional()
        .hint("手机或座机；留空就删掉原来的。加密保存，页面上只显示后四位");
    form_of(founder, "改电话", "存这个电话", "/phones", vec![phone])
}

/// `GET /founders/{id}/phone`
pub(crate) async fn phone(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    phone_form(&kept(&ask, &mut desk, &id).await?).show(&ask)
}

/// `POST /founders/{id}/phones`
pub(crate) async fn phone_told(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let mut desk = Desk::write(&ask).await?;
    let founder = kept(&ask, &mut desk, &id).await?;
    let typed = form.optional("phone").map(Phone::mobile_or_landline).transpose();
    let phone = match typed {
        Ok(phone) => phone,
        Err(why) => {
            let mut errors = FieldErrors::new();
            errors.add("phone", why.message());
            return phone_form(&founder).show_again(&ask, &form, &errors);
        }
    };
    let keys = &ask.state.site().keys;
    let (tx, atlas) = (&mut desk.tx, &desk.atlas);
    tell_founder_phone(tx, &ask.cx, keys, atlas, founder.id, phone.as_ref()).await?;
    desk.tx.commit().await?;
    Ok(see(format_args!("/founders/{id}")))
}

/// `POST /founders/{id}/phone-views`
pub(crate) async fn phone_view(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let mut desk = Desk::write(&ask).await?;
    let founder = kept(&ask, &mut desk, &id).await?;
    let (keys, reason) = (&ask.state.site().keys, form.get("reason"));
    let (tx, atlas) = (&mut desk.tx, &desk.atlas);
    let phone = reveal_founder(tx, &ask.cx, keys, atlas, founder.id, reason).await?;
    desk.tx.commit().await?;
    let view = Revealed {
        page: ask.page("完整电话", "/merchants"),
        name: founder.name,
        phone: phone.expose().to_owned(),
        back: format!("/founders/{id}"),
    };
    html(&ask, &view)
}

/// `GET /founders/{id}/withdraw`
pub(crate) async fn withdraw(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    let founder = kept(&ask, &mut desk, &id).await?;
    let form = form_of(&founder, "本人撤回同意", "删除姓名和电话", "/withdrawals", Vec::new());
    FormPage {
        note: "姓名和电话马上删除，不能恢复；以后不再计入名册".into(), ..form
    }
    .show(&ask)
}

/// `POST /founders/{id}/withdrawals`
pub(crate) async fn withdrawn(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: FounderId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    withdraw_founder(&mut desk.tx, &ask.cx, &desk.atlas, id).await?;
    desk.tx.commit().await?;
    Ok(see("/founders"))
}
