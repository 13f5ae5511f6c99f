//! The site's own routes: health, bundled files, the reader's switches, the error page.

use std::sync::OnceLock;

use askama::Template;
use axum::{
    extract::Query,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{Access, Answer, Ask, Page, Refused, Routes, assets, filters, html_with};

/// The site's own routes.
pub fn routes() -> Routes {
    Routes::new()
        .get("/healthz", Access::Public, healthz)
        .get("/assets/{name}", Access::Public, assets::serve)
        .get("/api/openapi.json", Access::Public, document)
        .hot_get("/api/v1/empty", Access::Public, crate::hot::empty)
        .describe(
            crate::Operation::new("Nothing, as fast as the hot lane answers: for measuring beside")
                .status(204),
        )
        .get("/favicon.ico", Access::Public, favicon)
        .get("/settings/elder", Access::Public, elder)
        .get("/settings/lang", Access::Public, lang)
}

/// Answers once the database answers.
async fn healthz(ask: Ask) -> Answer {
    let mut tx = ask.db().read().await?;
    let version = db::journal::version(&mut tx).await?;
    Ok(axum::Json(serde_json::json!({ "status": "ok", "journal": version })).into_response())
}

/// The OpenAPI document of this site, written once when its router is joined.
#[derive(Default)]
pub(crate) struct Document(pub(crate) OnceLock<serde_json::Value>);

async fn document(ask: Ask) -> Answer {
    let written = ask.state.part::<Document>();
    let written = written.0.get().ok_or(Refused::NotFound)?;
    Ok(axum::Json(written).into_response())
}

async fn favicon() -> Redirect {
    Redirect::permanent(&assets::href("favicon.svg"))
}

#[derive(Deserialize)]
struct Switch {
    on: String,
    #[serde(default)]
    back: String,
}

/// One tap, remembered for a year.
async fn elder(ask: Ask, Query(switch): Query<Switch>) -> Response {
    let on = if switch.on == "1" { "1" } else { "0" };
    remember(&ask, &format!("elder={on}"), &switch.back)
}

async fn lang(ask: Ask, Query(switch): Query<Switch>) -> Response {
    let lang = if switch.on == "en" { "en" } else { "zh" };
    remember(&ask, &format!("lang={lang}"), &switch.back)
}

fn remember(ask: &Ask, pair: &str, back: &str) -> Response {
    let secure = if ask.state.site().secure_cookies { "; Secure" } else { "" };
    let cookie = format!("{pair}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly{secure}");
    let mut response = Redirect::to(local(back)).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// Only ever back into our own site: a path, and no second slash that would name a host.
pub fn local(back: &str) -> &str {
    let inside = back.starts_with('/')
        && !back.starts_with("//")
        && !back.starts_with("/\\")
        && !back.contains(char::is_control);
    if inside { back } else { "/" }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    page: Page,
    heading: &'a str,
    message: String,
    incident: Option<&'a str>,
    errors: Vec<(&'a str, &'a str)>,
}

/// The refusal as a page: what happened, what is safe, what to do.
pub(crate) fn error_page(ask: &Ask, refused: &Refused) -> Response {
    let heading = match refused {
        Refused::SignIn(_) => "请先登录",
        Refused::Forbidden => "这件事不归你办",
        Refused::NotFound => "没有这一页",
        Refused::Invalid(_) => "有几处要改",
        Refused::Unprocessable { .. } => "没有办成",
        Refused::Conflict { .. } => "有人先改了",
        Refused::BadQuery(_) => "网址里有看不懂的条件",
        Refused::Busy { .. } => "请稍等",
        Refused::TooMany { .. } => "试得太多了",
        Refused::NotYet { .. } => "还没轮到",
        Refused::Stalled => "没有收完",
        Refused::TooLarge(_) => "文件太大",
        Refused::StaleForm => "这张表过期了",
        Refused::Fault(_) => "系统出了问题",
    };
    let view = ErrorPage {
        page: ask.page(heading, ""),
        heading,
        message: refused.message(),
        incident: match refused {
            Refused::Fault(incident) => Some(incident),
            _ => None,
        },
        errors: match refused {
            Refused::Invalid(errors) => errors.iter().collect(),
            _ => Vec::new(),
        },
    };
    let page = html_with(ask, refused.status(), &view)
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    refused.note_retry(page)
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn a_switch_never_leads_to_another_site() {
        assert_eq!(local("/units?q=1"), "/units?q=1");
        for outside in ["https://a.example", "//a.example", "/\\a.example", "", "units", "/a\r\nb"]
        {
            assert_eq!(local(outside), "/");
        }
    }
}
