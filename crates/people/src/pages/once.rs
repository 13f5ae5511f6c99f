//! The page that shows a secret this once.

use askama::Template;
use web::{Answer, Ask, Page, filters, html};

use super::api::shown_once;

/// A secret, and what to do with it.
pub(super) struct Once<'a> {
    /// The page's name.
    pub(super) title: &'a str,
    /// What it is and what comes next.
    pub(super) words: &'a str,
    /// Whose it is.
    pub(super) whose: &'a str,
    /// The secret.
    pub(super) secret: &'a str,
    /// Where to go on, and the word for it.
    pub(super) on: (&'a str, &'a str),
}

#[derive(Template)]
#[template(path = "once.html")]
struct OncePage<'a> {
    page: Page,
    once: Once<'a>,
}

/// Shows it. The answer is kept nowhere, neither by the browser nor for a repeated request.
pub(super) fn show(ask: &Ask, under: &str, once: Once<'_>) -> Answer {
    let view = OncePage { page: ask.page(once.title, under), once };
    html(ask, &view).map(shown_once)
}
