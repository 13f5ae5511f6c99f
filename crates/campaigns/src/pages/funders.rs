//! `GET /funders`: who pays; registering and changing one.

use askama::Template;
use axum::extract::Path;
use web::{Answer, Ask, Form, Page, Refused, filters, html};

use crate::{
    Funder, FunderId, NewFunder, change_funder, create_funder, funder, funders,
    pages::{
        form_page::{Field, FormPage},
        frame::{id_of, see, version_field},
    },
};

#[derive(Template)]
#[template(path = "funders.html")]
struct View {
    page: Page,
    lines: Vec<Funder>,
}

/// Shows the list.
pub(crate) async fn show(ask: Ask) -> Answer {
    let mut tx = ask.db().read().await?;
    let lines = funders(&mut tx).await?;
    html(&ask, &View { page: ask.page("出资单位", "/campaigns"), lines })
}

fn form_page(old: Option<&Funder>) -> FormPage {
    FormPage {
        heading: if old.is_some() { "改出资单位" } else { "登记出资单位" },
        crumbs: Vec::new(),
        note: "账号加密存放，页面只显示末四位".into(),
        action: match old {
            Some(old) => format!("/funders/{}", old.id),
            None => "/funders".into(),
        },
        submit: "存下",
        back: "/funders".into(),
        version: old.map(|old| old.version),
        fields: vec![
            Field::line("name", "名称").value(old.map_or("", |old| &old.name)),
            Field::line("account", "付款银行账号").hint("8 到 30 位数字；改名称时也要重填"),
        ],
    }
}

fn read(form: &Form) -> NewFunder {
    NewFunder { name: form.get("name").into(), account: form.get("account").into() }
}

/// `GET /funders/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    form_page(None).show(&ask)
}

/// `POST /funders`
pub(crate) async fn create(ask: Ask, form: Form) -> Answer {
    let mut tx = ask.db().write().await?;
    let keys = &ask.state.site().keys;
    match create_funder(&mut tx, &ask.cx, keys, read(&form)).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(see("/funders"))
        }
        Err(refused) => form_page(None).show_again(&ask, &form, &refused.into_errors()?),
    }
}

/// `GET /funders/{id}/change`
pub(crate) async fn change(ask: Ask, Path(id): Path<String>) -> Answer {
    form_page(Some(&find(&ask, &id).await?)).show(&ask)
}

/// `POST /funders/{id}`
pub(crate) async fn changed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let old = find(&ask, &id).await?;
    let mut tx = ask.db().write().await?;
    let (keys, asked) = (&ask.state.site().keys, (old.id, version_field(&form)));
    match change_funder(&mut tx, &ask.cx, keys, asked, read(&form)).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(see("/funders"))
        }
        Err(refused) => form_page(Some(&old)).show_again(&ask, &form, &refused.into_errors()?),
    }
}

async fn find(ask: &Ask, id: &str) -> Answer<Funder> {
    let id: FunderId = id_of(id)?;
    let mut tx = ask.db().read().await?;
    funder(&mut tx, id).await?.ok_or(Refused::NotFound)
}
