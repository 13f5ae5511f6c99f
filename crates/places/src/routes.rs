//! Every route of this room: method, path, who may, handler.

use web::{Access, Operation, Routes};

use crate::{
    pages::{
        api, bodies, body, change_forms, key_sites, place, place_forms, station, stations, tree,
    },
    policy::{EDITORS, READERS},
};
use kernel::Role;

const READ: Access = Access::Roles(READERS);
const EDIT: Access = Access::Roles(EDITORS);
const RULE: Access = Access::Roles(&[Role::Administrator]);

/// The routes. `POST /places/{id}/moves`, `/merges` and `/splits` are the units' domain's.
pub fn routes() -> Routes {
    tree_routes().merge(other_routes()).merge(api_routes())
}

fn tree_routes() -> Routes {
    Routes::new()
        .get("/places", READ, tree::show)
        .get("/places/new", EDIT, place_forms::new)
        .post("/places", EDIT, place_forms::create)
        .get("/places/{id}", READ, place::show)
        .get("/places/{id}/rename", EDIT, place_forms::rename)
        .post("/places/{id}/names", EDIT, place_forms::renamed)
        .get("/places/{id}/close", EDIT, place_forms::close)
        .post("/places/{id}/closures", EDIT, place_forms::closed)
        .get("/places/{id}/move", EDIT, change_forms::move_place)
        .get("/places/{id}/merge", EDIT, change_forms::merge)
        .get("/places/{id}/split", EDIT, change_forms::split)
}

fn other_routes() -> Routes {
    Routes::new()
        .get("/stations", READ, stations::show)
        .get("/stations/new", EDIT, stations::new)
        .post("/stations", EDIT, stations::create)
        .get("/stations/{id}", READ, station::show)
        .get("/stations/{id}/change", EDIT, stations::change)
        .post("/stations/{id}", EDIT, stations::changed)
        .get("/stations/{id}/cover", EDIT, station::cover)
        .post("/stations/{id}/covers", EDIT, station::covered)
        .post("/stations/{id}/covers/{place}/endings", EDIT, station::uncovered)
        .get("/bodies", READ, bodies::show)
        .get("/bodies/new", RULE, bodies::new)
        .post("/bodies", RULE, bodies::create)
        .get("/bodies/{id}", READ, body::show)
        .get("/bodies/{id}/change", RULE, bodies::change)
        .post("/bodies/{id}", RULE, bodies::changed)
        .get("/key-sites", READ, key_sites::show)
        .get("/key-sites/new", EDIT, key_sites::new)
        .post("/key-sites", EDIT, key_sites::create)
        .post("/key-sites/{id}/endings", EDIT, key_sites::end)
}

fn api_routes() -> Routes {
    Routes::new()
        .get("/api/v1/places", READ, api::places)
        .describe(
            Operation::new("The place tree on a date")
                .query::<api::PlacesQuery>()
                .answers::<api::PlaceList>()
                .refuses([404, 422]),
        )
        .get("/api/v1/places/{id}", READ, api::place)
        .describe(
            Operation::new("A place on a date")
                .query::<api::DayQuery>()
                .answers::<api::PlaceItem>()
                .refuses([422]),
        )
        .get("/api/v1/stations", READ, api::stations)
        .describe(
            Operation::new("The area workstations on a date")
                .query::<api::DayQuery>()
                .answers::<api::StationList>()
                .refuses([422]),
        )
        .get("/api/v1/industry-bodies", READ, api::bodies)
        .describe(Operation::new("The industry bodies").answers::<api::BodyList>())
        .get("/api/v1/key-sites", READ, api::key_sites)
        .describe(
            Operation::new("The key sites of towns and industries on a date")
                .query::<api::DayQuery>()
                .answers::<api::KeySiteList>()
                .refuses([422]),
        )
}
