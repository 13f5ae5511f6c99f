//! The two cookies: the session's, and the one that ties a sign-in form to its browser.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use kernel::Actor;
use web::{Ask, Site, ask::cookie};

use crate::{FrontDoor, secret::Secret};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Holds a session's secret.
    Session,
    /// Holds a random word, given out with the sign-in page: its form carries what is derived
    /// from it, which no other site can read or set.
    Visit,
}

impl Cookie {
    /// With the prefix `__Host-` no neighbouring host can set it, and browsers take that prefix
    /// over HTTPS alone.
    fn name(self, site: &Site) -> &'static str {
        match (self, site.secure_cookies) {
            (Self::Session, true) => "__Host-tongpin",
            (Self::Session, false) => "tongpin",
            (Self::Visit, true) => "__Host-tongpin-visit",
            (Self::Visit, false) => "tongpin-visit",
        }
    }
    /// What the browser sent.
    pub(crate) fn read(self, site: &Site, headers: &HeaderMap) -> Option<Secret> {
        cookie(headers, self.name(site)).and_then(Secret::parse)
    }
    /// Gives it to the browser until it is closed.
    pub(crate) fn set(self, site: &Site, secret: &Secret, response: &mut Response) {
        self.write(site, secret.text(), "", response);
    }
    /// Takes it away.
    pub(crate) fn clear(self, site: &Site, response: &mut Response) {
        self.write(site, "", "; Max-Age=0", response);
    }

    fn write(self, site: &Site, value: &str, more: &str, response: &mut Response) {
        if let Some(text) = self.text(site, value, more) {
            response.headers_mut().append(header::SET_COOKIE, text);
        }
    }

    fn text(self, site: &Site, value: &str, more: &str) -> Option<HeaderValue> {
        let secure = if site.secure_cookies { "; Secure" } else { "" };
        let name = self.name(site);
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        HeaderValue::from_str(&text).ok()
    }
}

impl FrontDoor {
    /// For a page with forms that strangers may send: sees to it that they carry the right secret.
    /// Answers the cookie that goes with the page when the browser has none yet.
    pub fn visit(ask: &mut Ask, headers: &HeaderMap) -> Option<HeaderValue> {
        let site = ask.state.site();
        let is_stranger = matches!(ask.cx.actor, Actor::Anonymous);
        if !is_stranger || Cookie::Visit.read(site, headers).is_some() {
            return None;
        }
        let visit = Secret::new(&ask.cx);
        let text = Cookie::Visit.text(site, visit.text(), "");
        ask.csrf = visit.csrf();
        text
    }
}
