//! The two cookies of citizens: the token's, and the one that ties a code to the browser that asked
//! for it.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use hmac::Mac as _;
use kernel::{KeyedHash, Keys};
use web::{Site, ask::cookie};

use crate::{hex::hex, token::TOKEN_DAYS};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// Holds the citizen's token, as long as it lives.
    Token,
    /// Holds the id of the code that was asked for: a random one, which nobody guesses.
    Code,
}

impl Cookie {
    /// With the prefix `__Host-` no neighbouring host can set it, and browsers take that prefix
    /// over HTTPS alone.
    const fn name(self, site: &Site) -> &'static str {
        match (self, site.secure_cookies) {
            (Self::Token, true) => "__Host-tongpin-citizen",
            (Self::Token, false) => "tongpin-citizen",
            (Self::Code, true) => "__Host-tongpin-code",
            (Self::Code, false) => "tongpin-code",
        }
    }

    const fn seconds(self) -> i64 {
        match self {
            Self::Token => TOKEN_DAYS * 24 * 60 * 60,
            Self::Code => 15 * 60,
        }
    }

    /// What the browser sent.
    pub(crate) fn read(self, site: &Site, headers: &HeaderMap) -> Option<String> {
        cookie(headers, self.name(site)).map(str::to_owned)
    }

    /// Gives it to the browser.
    pub(crate) fn set(self, site: &Site, value: &str, response: &mut Response) {
        self.write(site, value, self.seconds(), response);
    }

    /// Takes it away.
    pub(crate) fn clear(self, site: &Site, response: &mut Response) {
        self.write(site, "", 0, response);
    }

    fn write(self, site: &Site, value: &str, seconds: i64, response: &mut Response) {
        let secure = if site.secure_cookies { "; Secure" } else { "" };
        let (name, rest) = (self.name(site), "Path=/; HttpOnly; SameSite=Lax");
        let text = format!("{name}={value}; {rest}; Max-Age={seconds}{secure}");
        add(response, HeaderValue::from_str(&text).ok());
    }
}

/// Adds a cookie to an answer.
pub(crate) fn add(response: &mut Response, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// The secret of the forms of whoever holds a token in a cookie.
#[derive(Clone)]
pub(crate) struct FormSecret(KeyedHash);

impl FormSecret {
    pub(crate) fn new(keys: &Keys) -> Self {
        Self(keys.hash("tongpin citizen csrf"))
    }

    /// Known to who holds the token; nothing can be learnt from it about the token.
    pub(crate) fn of(&self, token: &str) -> String {
        let mut hash = self.0.clone();
        hash.update(token.as_bytes());
        hex(&hash.finalize().into_bytes())
    }
}
