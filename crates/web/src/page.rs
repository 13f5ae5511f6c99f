//! The frame that every page stands in.

use std::any::Any;

use askama::{Template, Values};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel::Role;

use crate::{Answer, Ask, Lang, Refused, assets};

/// What the frame needs to know. A view struct has one in a field named `page`.
#[derive(Clone, Debug)]
pub struct Page {
    /// The page's name, before “· 同频”.
    pub title: String,
    /// Which style sheet.
    pub screen: Screen,
    /// The main navigation: label, address, whether it is the current one.
    pub nav: Vec<(&'static str, &'static str, bool)>,
    /// Who is signed in, if anybody.
    pub name: Option<String>,
    /// Whether the page says that its contents are generated.
    pub demo: bool,
    /// The phone number on every page.
    pub phone: String,
    /// Elder mode.
    pub elder: bool,
    /// The language.
    pub lang: Lang,
    /// For forms and scripts.
    pub csrf: String,
    /// Path and query, for the switches to come back to.
    pub here: String,
    /// What is in the search box.
    pub search: String,
    /// Whether the search box is shown: to those who may open the ledger.
    pub can_search: bool,
    /// Something to say at the top, once.
    pub said: Option<&'static str>,
}

/// Which style sheet a page stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Staff pages: desk first, good on a phone.
    Desk,
    /// Citizens' and field pages: phone only.
    Phone,
}

impl Page {
    /// The address of a bundled file under its logical name (`desk.css`).
    pub fn asset(&self, name: &str) -> String {
        assets::href(name)
    }
    /// The style sheet of this page.
    pub fn style(&self) -> String {
        assets::href(match self.screen {
            Screen::Desk => "desk.css",
            Screen::Phone => "phone.css",
        })
    }
    /// `here`, fit for a query.
    pub fn back(&self) -> String {
        form_urlencoded::byte_serialize(self.here.as_bytes()).collect()
    }
}

impl Ask {
    /// The frame for a page of this name, under this entry of the navigation (`/units`).
    pub fn page(&self, title: &str, under: &str) -> Page {
        let site = self.state.site();
        let actor = &self.cx.actor;
        let may = |item: &&crate::NavItem| item.access.allows(actor);
        let nav = site.nav.iter().filter(may);
        let signed_in = actor.account().is_some();
        Page {
            title: self.t(title).to_owned(),
            screen: Screen::Desk,
            nav: nav.map(|item| (item.label, item.href, item.href == under)).collect(),
            name: signed_in.then(|| actor.name().to_owned()),
            demo: site.demo,
            phone: site.phone.clone(),
            elder: self.reader.elder,
            lang: self.reader.lang,
            csrf: self.csrf.clone(),
            here: self.here(),
            search: String::new(),
            can_search: actor.has_any(<Role as kernel::Code>::ALL),
            said: self.said,
        }
    }
}

/// What filters read while a template renders.
struct Env(Lang);

impl Values for Env {
    fn get_value<'a>(&'a self, key: &str) -> Option<&'a dyn Any> {
        (key == "lang").then_some(&self.0 as &dyn Any)
    }
}

/// Renders a view in the reader's language.
pub fn html(ask: &Ask, view: &impl Template) -> Answer {
    let text =
        view.render_with_values(&Env(ask.reader.lang)).map_err(|why| Refused::fault(&why))?;
    Ok(page_response(StatusCode::OK, text))
}

/// Renders a view with another status, such as a form that came back with errors.
pub fn html_with(ask: &Ask, status: StatusCode, view: &impl Template) -> Answer {
    let mut response = html(ask, view)?;
    *response.status_mut() = status;
    Ok(response)
}

fn page_response(status: StatusCode, text: String) -> Response {
    let mut response = (status, text).into_response();
    let headers = response.headers_mut();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, html);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Cookie, HX-Request"));
    response
}
