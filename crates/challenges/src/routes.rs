//! Every route of this room: method, path, who may, handler.

use web::{Access, Operation, Routes};

use crate::{
    pages::{api, code, desk, rules_form, station_form, visits, walk, walkers},
    policy::{READERS, RUNNERS, SHOWERS},
};

const READ: Access = Access::Roles(READERS);
const RUN: Access = Access::Roles(RUNNERS);
const SHOW: Access = Access::Roles(SHOWERS);

/// The routes.
pub fn routes() -> Routes {
    desks().merge(citizens_pages()).merge(scripts())
}

fn desks() -> Routes {
    Routes::new()
        .get("/campaigns/{id}/challenges/new", RUN, rules_form::new)
        .post("/campaigns/{id}/challenges", RUN, rules_form::create)
        .get("/challenges/{id}", READ, desk::show)
        .get("/challenges/{id}/change", RUN, rules_form::change)
        .post("/challenges/{id}", RUN, rules_form::changed)
        .post("/challenges/{id}/openings", RUN, desk::open)
        .post("/challenges/{id}/closures", RUN, desk::close)
        .get("/challenges/{id}/stations/new", RUN, station_form::new)
        .post("/challenges/{id}/stations", RUN, station_form::create)
        .get("/challenges/{id}/visits", READ, visits::show)
        .get("/challenges/{id}/walkers", READ, walkers::show)
        .get("/challenge-stations/{id}/change", RUN, station_form::change)
        .post("/challenge-stations/{id}", RUN, station_form::changed)
        .post("/challenge-stations/{id}/closures", RUN, station_form::close)
        .get("/challenge-stations/{id}/code", SHOW, code::show)
        .post("/challenge-visits/{id}/acceptances", RUN, visits::accept)
        .post("/challenge-visits/{id}/rejections", RUN, visits::reject)
}

fn citizens_pages() -> Routes {
    Routes::new()
        .get("/c/challenges/{id}", Access::Public, walk::show)
        .get("/c/challenges/{id}/visits/new", Access::Citizens, walk::confirm)
        .post("/c/challenges/{id}/visits", Access::Citizens, walk::visit)
        .post("/c/challenges/{id}/rewards", Access::Citizens, walk::reward)
}

fn scripts() -> Routes {
    Routes::new()
        .get("/api/v1/campaigns/{id}/challenges", READ, api::list)
        .describe(Operation::new("The challenges of a campaign").answers::<api::ChallengeList>())
        .get("/api/v1/challenges/{id}", READ, api::one)
        .describe(Operation::new("A challenge, and how it goes").answers::<api::ChallengeItem>())
        .get("/api/v1/challenges/{id}/visits", READ, api::visits)
        .describe(
            Operation::new("The visits of a challenge that the asker may look at")
                .query::<api::VisitsQuery>()
                .answers::<api::VisitList>(),
        )
        .post("/api/v1/challenges/{id}/visits", Access::Citizens, api::visit)
        .describe(
            Operation::new("Checks the citizen whose token this is in at a station")
                .body::<api::NewVisit>()
                .answers::<api::VisitAnswer>()
                .status(201)
                .refuses([429]),
        )
        .get("/api/v1/challenges/{id}/progress", Access::Citizens, api::progress)
        .describe(
            Operation::new("How far the citizen whose token this is has come")
                .answers::<api::ProgressItem>(),
        )
        .post("/api/v1/challenge-visits/{id}/reviews", RUN, api::review)
        .describe(
            Operation::new("Decides on a visit that waits for review")
                .body::<api::NewReview>()
                .answers::<api::ReviewAnswer>()
                .status(201),
        )
}
