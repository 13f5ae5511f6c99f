//! `tongpin matrix print` and `tongpin openapi print`: what the table of routes says.

use std::io::{ErrorKind, Write as _};

use crate::{Failure, matrix, routes};

/// Writes a command's answer to stdout.
///
/// # Errors
/// [`Failure::Cannot`] when stdout takes nothing more, unless its reader simply went away.
pub fn say(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => Err(Failure::cannot("写不出结果", why)),
        _ => Ok(()),
    }
}

/// The roles × routes matrix, as `docs/access-matrix.tsv` holds it.
///
/// # Errors
/// See [`say`].
pub fn matrix() -> Result<(), Failure> {
    say(&matrix::print(&web::server::table(routes::all_routes())))
}

/// The OpenAPI document.
///
/// # Errors
/// See [`say`].
pub fn openapi() -> Result<(), Failure> {
    let document = web::openapi::document(&web::server::table(routes::all_routes()));
    let text = serde_json::to_string_pretty(&document);
    say(&text.map_err(|why| Failure::cannot("接口说明写不出来", why))?)
}
