//! The smaller forms of a merchant: its state, its phone, its account for settlements.

use askama::Template;
use axum::extract::Path;
use kernel::{Code as _, Phone};
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html};

use crate::{
    Merchant, MerchantId, MerchantState, Payee, close_merchant, keeps,
    pages::{
        desk::{Desk, id_of, see},
        form_page::{Field, FormPage, Takes},
    },
    resume_merchant, reveal_phone, speaks_for, suspend_merchant, tell_payee, tell_phone,
    tells_payee,
};

fn form_of(
    merchant: &Merchant,
    heading: &'static str,
    submit: &'static str,
    path: &str,
    fields: Vec<Field>,
) -> FormPage {
    let id = merchant.id;
    FormPage {
        heading,
        under: "/merchants",
        crumbs: vec![
            ("商户".into(), "/merchants".into()),
            (merchant.name.clone(), format!("/merchants/{id}")),
        ],
        note: String::new(),
        action: format!("/merchants/{id}/{path}"),
        submit,
        back: format!("/merchants/{id}"),
        version: None,
        fields,
    }
}

/// The three turns, by the state that they lead to.
fn turn_words(to: MerchantState) -> (&'static str, &'static str, &'static str) {
    match to {
        MerchantState::Suspended => {
            ("暂停商户", "暂停这家商户", "暂停以后不能收券，也不再展示产品，可以恢复")
        }
        MerchantState::Active => ("恢复商户", "恢复这家商户", "恢复以后照常参加活动"),
        MerchantState::Closed => {
            ("商户退出", "这家商户退出", "退出以后不能恢复；已有的券和结算记录都留着")
        }
    }
}

fn turn_form(merchant: &Merchant, to: MerchantState) -> FormPage {
    let (heading, submit, note) = turn_words(to);
    let reason = Field::text("reason", "原因");
    let path = format!("turns?to={}", to.code());
    let form = form_of(merchant, heading, submit, &path, vec![reason]);
    FormPage { note: note.into(), ..form }
}

fn asked_state(ask: &Ask) -> Answer<MerchantState> {
    let query = Form::parse(ask.query.as_bytes());
    MerchantState::from_code(query.get("to")).ok_or(Refused::NotFound)
}

/// `GET /merchants/{id}/turn?to=…`
pub(crate) async fn turn(ask: Ask, Path(id): Path<String>) -> Answer {
    let to = asked_state(&ask)?;
    let mut desk = Desk::read(&ask).await?;
    let merchant = desk.merchant(&ask, id_of(&id)?).await?;
    if !keeps(&ask.cx.actor, &desk.atlas, &merchant) {
        return Err(Refused::Forbidden);
    }
    turn_form(&merchant, to).show(&ask)
}

/// `POST /merchants/{id}/turns?to=…`
pub(crate) async fn turned(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: MerchantId = id_of(&id)?;
    let to = asked_state(&ask)?;
    let mut desk = Desk::write(&ask).await?;
    let merchant = desk.merchant(&ask, id).await?;
    let (tx, cx, atlas, reason) = (&mut desk.tx, &ask.cx, &desk.atlas, form.get("reason"));
    let done = match to {
        MerchantState::Suspended => suspend_merchant(tx, cx, atlas, id, reason).await,
        MerchantState::Active => resume_merchant(tx, cx, atlas, id, reason).await,
        MerchantState::Closed => close_merchant(tx, cx, atlas, id, reason).await,
    };
    match done {
        Ok(()) => {
            desk.tx.commit().await?;
            Ok(see(format_args!("/merchants/{id}")))
        }
        Err(refused) => {
            let errors = refused.into_errors()?;
            turn_form(&merchant, to).show_again(&ask, &form, &errors)
        }
    }
}

fn phone_form(merchant: &Merchant) -> FormPage {
    let phone = Field::new("phone", "联系电话", Takes::Phone)
        .optional()
        .hint("手机或座机；留空就删掉原来的。加密保存，页面上只显示后四位");
    form_of(merchant, "改电话", "存这个电话", "phones", vec![phone])
}

/// `GET /merchants/{id}/phone`
pub(crate) async fn phone(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    let merchant = desk.merchant(&ask, id_of(&id)?).await?;
    let actor = &ask.cx.actor;
    if !keeps(actor, &desk.atlas, &merchant) && !speaks_for(actor, merchant.id) {
        return Err(Refused::Forbidden);
    }
    phone_form(&merchant).show(&ask)
}

/// `POST /merchants/{id}/phones`
pub(crate) async fn phone_told(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: MerchantId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    let merchant = desk.merchant(&ask, id).await?;
    let typed = form.optional("phone").map(Phone::mobile_or_landline).transpose();
    let phone = match typed {
        Ok(phone) => phone,
        Err(why) => {
            let mut errors = FieldErrors::new();
            errors.add("phone", why.message());
            return phone_form(&merchant).show_again(&ask, &form, &errors);
        }
    };
    let keys = &ask.state.site().keys;
    tell_phone(&mut desk.tx, &ask.cx, keys, &desk.atlas, id, phone.as_ref()).await?;
    desk.tx.commit().await?;
    Ok(see(format_args!("/merchants/{id}")))
}

#[derive(Template)]
#[template(path = "revealed.html")]
pub(crate) struct Revealed {
    pub page: Page,
    pub name: String,
    pub phone: String,
    pub back: String,
}

/// `POST /merchants/{id}/phone-views`: the whole number, once, with the reason in the journal.
pub(crate) async fn phone_view(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: MerchantId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    let merchant = desk.merchant(&ask, id).await?;
    let (keys, reason) = (&ask.state.site().keys, form.get("reason"));
    let phone = reveal_phone(&mut desk.tx, &ask.cx, keys, &desk.atlas, id, reason).await?;
    desk.tx.commit().await?;
    let view = Revealed {
        page: ask.page("完整电话", "/merchants"),
        name: merchant.name,
        phone: phone.expose().to_owned(),
        back: format!("/merchants/{id}"),
    };
    html(&ask, &view)
}

fn payee_form(merchant: &Merchant) -> FormPage {
    let fields = vec![
        Field::line("holder", "户名"),
        Field::line("bank", "开户行").hint("写到支行"),
        Field::line("account", "账号").hint("8 到 30 位数字。加密保存，只在付款时打开"),
    ];
    form_of(merchant, "改账户", "存这个账户", "payees", fields)
}

/// `GET /merchants/{id}/payee`
pub(crate) async fn payee(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut desk = Desk::read(&ask).await?;
    let merchant = desk.merchant(&ask, id_of(&id)?).await?;
    if !tells_payee(&ask.cx.actor, merchant.id) {
        return Err(Refused::Forbidden);
    }
    payee_form(&merchant).show(&ask)
}

/// `POST /merchants/{id}/payees`
pub(crate) async fn payee_told(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: MerchantId = id_of(&id)?;
    let mut desk = Desk::write(&ask).await?;
    let merchant = desk.merchant(&ask, id).await?;
    let read = Payee::read(form.get("holder"), form.get("bank"), form.get("account"));
    let payee = match read {
        Ok(payee) => payee,
        Err(refused) => {
            let errors = refused.into_errors()?;
            return payee_form(&merchant).show_again(&ask, &form, &errors);
        }
    };
    let keys = &ask.state.site().keys;
    tell_payee(&mut desk.tx, &ask.cx, keys, &desk.atlas, id, &payee).await?;
    desk.tx.commit().await?;
    Ok(see(format_args!("/merchants/{id}")))
}
