//! Everything of this domain that can be asked for: method, path, who may, handler.

use web::{Access, Routes};

use crate::{
    api,
    pages::{new_view, unit, units},
    policy::READERS,
    views,
};

/// The domain's routes.
pub fn routes() -> Routes {
    let read = Access::Roles(READERS);
    api::routes().merge(
        Routes::new()
            .get("/units", read, units::show)
            .get("/units/{id}", read, unit::show)
            .get("/views/new", read, new_view::show)
            .post("/views", read, views::save)
            .post("/views/{id}/removal", read, views::remove),
    )
}
