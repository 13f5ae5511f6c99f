//! One request, as a handler sees it: the context, the language, the reader's settings.

use std::borrow::Cow;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use kernel::{Actor, Cx};

use crate::{Lang, Refused, State, Visitor};

/// The reader's settings, kept in cookies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reader {
    /// The language.
    pub lang: Lang,
    /// Large type and targets.
    pub elder: bool,
}

impl Reader {
    /// Reads the cookies `lang` and `elder`.
    pub fn of(headers: &HeaderMap) -> Self {
        let lang = match cookie(headers, "lang") {
            Some("en") => Lang::En,
            _ => Lang::Zh,
        };
        Self { lang, elder: cookie(headers, "elder") == Some("1") }
    }
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(one, _)| *one == name)
        .map(|(_, value)| value)
}

/// One request.
#[derive(Clone)]
pub struct Ask {
    /// The running site.
    pub state: State,
    /// Who acts, when, in which request.
    pub cx: Cx,
    /// Language and size.
    pub reader: Reader,
    /// The secret that forms carry.
    pub csrf: String,
    /// Path of the request.
    pub path: String,
    /// Query of the request, without `?`.
    pub query: String,
    /// Whether htmx asks for a fragment of the page.
    pub fragment: bool,
    /// Something to say once, from before a redirect.
    pub said: Option<&'static str>,
}

impl Ask {
    /// The text in the reader's language.
    pub fn t<'a>(&self, text: &'a str) -> &'a str
    where
        'static: 'a,
    {
        self.reader.lang.t(text)
    }
    /// A sentence with values in it, in the reader's language.
    pub fn say<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.reader.lang.say(text)
    }
    /// Path and query, to come back to.
    pub fn here(&self) -> String {
        if self.query.is_empty() {
            self.path.clone()
        } else {
            format!("{}?{}", self.path, self.query)
        }
    }
    /// The database.
    pub fn db(&self) -> &db::Db {
        self.state.db()
    }
}

impl FromRequestParts<State> for Ask {
    type Rejection = Refused;
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Refused> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        let (actor, csrf, said) = visitor.map_or((Actor::Anonymous, None, None), |visitor| {
            (visitor.actor, visitor.csrf, visitor.said)
        });
        let mut cx = state.cx(actor);
        if let Some(request) = parts.extensions.get::<uuid::Uuid>() {
            cx.request = *request;
        }
        Ok(Self {
            state: state.clone(),
            cx,
            reader: Reader::of(&parts.headers),
            csrf: csrf.unwrap_or_default(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            fragment: parts.headers.contains_key("hx-request")
                && !parts.headers.contains_key("hx-history-restore-request"),
            said,
        })
    }
}
