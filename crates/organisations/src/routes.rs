//! Everything of this domain that can be asked for: method, path, who may, handler.

use std::sync::Arc;

use places::CountsPart;
use web::{Access, Routes, State};

use crate::{
    api, bulk, cells, import,
    pages::{definitions, new_view, unit, unit_form, units, worker_form, workers},
    place_counts::UnitCounts,
    policy::{READERS, RULERS, WRITERS},
    relocation, views,
};

const READ: Access = Access::Roles(READERS);
const WRITE: Access = Access::Roles(WRITERS);
const RULE: Access = Access::Roles(RULERS);
const EDIT_TREE: Access = Access::Roles(places::EDITORS);

/// The domain's routes.
pub fn routes() -> Routes {
    api::routes().merge(unit_routes()).merge(other_routes()).merge(import::routes())
}

/// Leaves the units' figures where the pages of places find them. Once, when the site starts.
pub fn install(state: &State) {
    state.part::<CountsPart>().provide(Arc::new(UnitCounts));
}

fn unit_routes() -> Routes {
    Routes::new()
        .get("/units", READ, units::show)
        .post("/units", WRITE, unit_form::register)
        .get("/units/new", WRITE, unit_form::new)
        .post("/units/cells", WRITE, cells::save)
        .post("/units/bulk", READ, bulk::act)
        .get("/units/{id}", READ, unit::show)
        .post("/units/{id}", WRITE, unit_form::save)
        .get("/units/{id}/edit", WRITE, unit_form::edit)
        .get("/views/new", READ, new_view::show)
        .post("/views", READ, views::save)
        .post("/views/{id}/removal", READ, views::remove)
}

fn other_routes() -> Routes {
    Routes::new()
        .get("/definitions", READ, definitions::newest)
        .post("/definitions", RULE, definitions::publish)
        .get("/definitions/{version}", READ, definitions::show)
        .get("/workers", READ, workers::show)
        .post("/workers", RULE, worker_form::appoint)
        .get("/workers/new", RULE, worker_form::new)
        .post("/workers/{id}", RULE, worker_form::change)
        .get("/workers/{id}/edit", RULE, worker_form::edit)
        .get("/workers/{id}/dismissal", RULE, worker_form::leaving)
        .post("/workers/{id}/dismissal", RULE, worker_form::dismiss)
        .post("/places/{id}/moves", EDIT_TREE, relocation::moved)
        .post("/places/{id}/merges", EDIT_TREE, relocation::merged)
        .post("/places/{id}/splits", EDIT_TREE, relocation::split)
}
