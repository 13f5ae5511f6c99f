//! Everything of imports, exports and templates that can be asked for.

use web::{Access, Operation, Routes};

use super::{api, batch::Report};
use crate::{
    pages::{import, import_acts as acts, import_rows, imports, ledger_files},
    policy::{KEEPERS, READERS},
};

/// The routes.
pub fn routes() -> Routes {
    let keep = Access::Roles(KEEPERS);
    Routes::new()
        .get("/imports", keep, imports::list)
        .upload("/imports", keep, acts::upload)
        .get("/imports/new", keep, imports::new)
        .get("/imports/{id}", keep, import::show)
        .get("/imports/{id}/rows", keep, import_rows::show)
        .get("/imports/{id}/events", keep, acts::events)
        .get("/imports/{id}/errors.xlsx", keep, acts::errors)
        .post("/imports/{id}/date", keep, acts::date)
        .post("/imports/{id}/confirmation", keep, acts::confirm)
        .post("/imports/{id}/stop", keep, acts::stop)
        .post("/imports/{id}/abandonment", keep, acts::abandon)
        .post("/imports/{id}/undoing", keep, acts::take_back)
        .post("/imports/{id}/adoptions", keep, acts::adopt)
        .get("/units/template.xlsx", keep, ledger_files::blank)
        .get("/units.xlsx", Access::Roles(READERS), ledger_files::units)
        .upload("/api/v1/imports", keep, api::import)
        .describe(
            Operation::new("Check a ledger and, when asked to, write it")
                .upload::<api::ImportForm>()
                .answers::<Report>(),
        )
        .get("/api/v1/imports/{id}", keep, api::batch)
        .describe(Operation::new("Where an import stands").answers::<api::BatchAnswer>())
}
