//! Pages and the API: each view struct stands beside its template.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod api;
pub(crate) mod jobs;
pub(crate) mod journal;
pub(crate) mod login;
pub(crate) mod me;
pub(crate) mod new_account;
mod once;
mod refusals;
mod shown;

use web::Form;

/// The value exactly as typed: a password may begin or end with a blank.
fn raw<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.pairs().find(|(one, _)| *one == name).map(|(_, value)| value)
}
