//! The form that gives a list's conditions a name.

use askama::Template;
use axum::http::StatusCode;
use web::{Answer, Ask, FieldErrors, Form, Page, filters, html_with};

use crate::views::kept_query;

#[derive(Template)]
#[template(path = "new_view.html")]
struct NewViewPage {
    page: Page,
    name: String,
    query: String,
    back: String,
    wrong: Option<String>,
}

/// `GET /views/new?…`: the list's own query.
pub(crate) async fn show(ask: Ask) -> Answer {
    let query = kept_query(&ask.query)?;
    page(&ask, StatusCode::OK, String::new(), query, None)
}

/// The form again, with what is wrong.
pub(crate) fn again(ask: &Ask, form: Form, errors: FieldErrors) -> Answer {
    let query = kept_query(form.get("query"))?;
    let wrong = errors.get("name").map(|why| ask.t(why).to_owned());
    page(ask, StatusCode::UNPROCESSABLE_ENTITY, form.get("name").to_owned(), query, wrong)
}

fn page(
    ask: &Ask,
    status: StatusCode,
    name: String,
    query: String,
    wrong: Option<String>,
) -> Answer {
    let back = if query.is_empty() { "/units".to_owned() } else { format!("/units?{query}") };
    let page = ask.page("存为视图", "/units");
    html_with(ask, status, &NewViewPage { page, name, query, back, wrong })
}
