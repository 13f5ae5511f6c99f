//! `GET /enquiries` and `/enquiries/{id}`: what was asked of one's merchants, and closing it.

use askama::Template;
use axum::extract::Path;
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html};

use crate::{
    MerchantId,
    enquiries::{Enquiry, EnquiryId, close_enquiry, find, of_merchants, reveal_enquirer},
    merchants_of,
    pages::{
        desk::{Turn, id_of, moment, see, turn},
        form_page::{Field, FormPage},
        merchant_acts::Revealed,
    },
    speaks_for,
};

/// Enquiries on a page.
const LIMIT: usize = 50;

struct Line {
    id: EnquiryId,
    product: String,
    product_href: String,
    message: String,
    name: String,
    asked: String,
    answer: String,
    is_open: bool,
    is_forgotten: bool,
}

#[derive(Template)]
#[template(path = "enquiries.html")]
struct View {
    page: Page,
    lines: Vec<Line>,
    count: usize,
    open: usize,
    turn: Turn,
}

/// Those to the merchants that the reader speaks for; of one alone with `merchant=`.
pub(crate) async fn list(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let only: Option<MerchantId> = query.get("merchant").parse().ok();
    let mut own = merchants_of(&ask.cx.actor);
    own.retain(|id| speaks_for(&ask.cx.actor, *id) && only.is_none_or(|only| only == *id));
    if own.is_empty() && only.is_some() {
        return Err(Refused::NotFound);
    }
    let mut tx = ask.db().read().await?;
    let all = of_merchants(&mut tx, &own).await?;
    let (count, open) = (all.len(), all.iter().filter(|one| one.is_open()).count());
    let (shown, turn) = turn(&ask, LIMIT, all);
    let view = View {
        page: ask.page("询问", "/merchants"),
        lines: shown.into_iter().map(line).collect(),
        count,
        open,
        turn,
    };
    html(&ask, &view)
}

fn line(one: Enquiry) -> Line {
    Line {
        id: one.id,
        product_href: format!("/products/{}/edit", one.product),
        is_open: one.is_open(),
        is_forgotten: one.forgotten_at.is_some(),
        product: one.product_name,
        message: one.message,
        name: one.name,
        asked: moment(one.asked_at),
        answer: one.answer,
    }
}

async fn own(ask: &Ask, id: &str) -> Answer<Enquiry> {
    let mut tx = ask.db().read().await?;
    let found = find(&mut tx, id_of(id)?).await?;
    let own = found.filter(|one| speaks_for(&ask.cx.actor, one.merchant));
    own.ok_or(Refused::NotFound)
}

fn close_form(one: &Enquiry) -> FormPage {
    FormPage {
        heading: "办结询问",
        under: "/merchants",
        crumbs: vec![("询问".into(), "/enquiries".into())],
        note: one.message.clone(),
        action: format!("/enquiries/{}/closings", one.id),
        submit: "办结这次询问",
        back: "/enquiries".into(),
        version: None,
        fields: vec![Field::text("answer", "怎么答复的")],
    }
}

/// `GET /enquiries/{id}/close`
pub(crate) async fn close(ask: Ask, Path(id): Path<String>) -> Answer {
    close_form(&own(&ask, &id).await?).show(&ask)
}

/// `POST /enquiries/{id}/closings`
pub(crate) async fn closed(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let enquiry = own(&ask, &id).await?;
    let mut tx = ask.db().write().await?;
    match close_enquiry(&mut tx, &ask.cx, enquiry.id, form.get("answer")).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(see("/enquiries"))
        }
        Err(refused) => {
            let errors: FieldErrors = refused.into_errors()?;
            close_form(&enquiry).show_again(&ask, &form, &errors)
        }
    }
}

/// `POST /enquiries/{id}/phone-views`
pub(crate) async fn phone_view(ask: Ask, Path(id): Path<String>) -> Answer {
    let enquiry = own(&ask, &id).await?;
    let mut tx = ask.db().write().await?;
    let keys = &ask.state.site().keys;
    let phone = reveal_enquirer(&mut tx, &ask.cx, keys, enquiry.id).await?;
    tx.commit().await?;
    let view = Revealed {
        page: ask.page("完整电话", "/merchants"),
        name: enquiry.name,
        phone: phone.expose().to_owned(),
        back: "/enquiries".into(),
    };
    html(&ask, &view)
}
