//! Pages and the API: each view struct stands beside its template.

pub(crate) mod api;
pub(crate) mod login;
mod refusals;

use web::Form;

/// The value exactly as typed: a password may begin or end with a blank.
fn raw<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    form.pairs().find(|(one, _)| *one == name).map(|(_, value)| value)
}
