//! The routes of the first screen and the coverage table.

use organisations::policy::READERS;
use web::{Access, Routes};

use crate::{coverage_page, today};

/// `/today` and `/coverage`.
pub fn routes() -> Routes {
    let read = Access::Roles(READERS);
    Routes::new().get("/today", read, today::show).get("/coverage", read, coverage_page::show)
}
