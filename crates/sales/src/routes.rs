//! Every route of this room: method, path, who may, handler.

use web::{Access, Operation, Routes};

use crate::{
    pages::{api, batch, contest, contest_form, sale, sale_form, sales, show, show_form, wall},
    policy::{JUDGES, READERS, TELLERS},
};

const READ: Access = Access::Roles(READERS);
const JUDGE: Access = Access::Roles(JUDGES);
const TELL: Access = Access::Roles(TELLERS);

/// The routes.
pub fn routes() -> Routes {
    shows().merge(records()).merge(batches()).merge(contests()).merge(api())
}

fn shows() -> Routes {
    Routes::new()
        .get("/shows", READ, show::list)
        .post("/shows", JUDGE, show_form::create)
        .get("/shows/new", JUDGE, show_form::new)
        .get("/shows/{id}", READ, show::show)
        .post("/shows/{id}", JUDGE, show_form::changed)
        .get("/shows/{id}/change", JUDGE, show_form::change)
        .get("/shows/{id}/events", READ, show::events)
        .post("/shows/{id}/turns", JUDGE, show::turn)
        .post("/shows/{id}/wall", JUDGE, show::wall)
        .get("/wall/{code}", Access::Public, wall::show)
        .get("/wall/{code}/events", Access::Public, wall::events)
}

fn records() -> Routes {
    Routes::new()
        .get("/sales", READ, sales::show)
        .post("/sales", TELL, sale_form::create)
        .get("/sales/new", TELL, sale_form::new)
        .get("/sales/{id}", READ, sale::show)
        .post("/sales/{id}/steps", JUDGE, sale::step)
        .post("/sales/{id}/corrections", TELL, sale::correct)
        .post("/sales/{id}/returns", TELL, sale::came_back)
        .upload("/sales/{id}/evidence", TELL, sale::lay)
        .get("/sales/{id}/evidence/{file}", READ, sale::evidence)
        .post("/sale-verifications", JUDGE, sales::verify)
}

fn batches() -> Routes {
    Routes::new()
        .get("/sale-batches", TELL, batch::list)
        .upload("/sale-batches", TELL, batch::upload)
        .get("/sale-batches/{id}", READ, batch::show)
        .post("/sale-batches/{id}/mapping", TELL, batch::remap)
        .post("/sale-batches/{id}/confirmation", TELL, batch::confirm)
        .post("/sale-batches/{id}/undoing", TELL, batch::undo)
        .post("/sale-batches/{id}/abandonment", TELL, batch::abandon)
}

fn contests() -> Routes {
    Routes::new()
        .get("/contests", READ, contest::list)
        .post("/contests", JUDGE, contest_form::create)
        .get("/contests/new", JUDGE, contest_form::new)
        .get("/contests/{id}", READ, contest::show)
        .post("/contests/{id}", JUDGE, contest_form::changed)
        .get("/contests/{id}/change", JUDGE, contest_form::change)
        .post("/contests/{id}/opening", JUDGE, contest::open)
        .post("/contests/{id}/entries", TELL, contest::enter)
}

fn api() -> Routes {
    Routes::new()
        .get("/api/v1/shows", READ, api::shows)
        .describe(
            Operation::new("Live shows with their totals")
                .query::<api::ShowsQuery>()
                .answers::<api::ShowList>(),
        )
        .get("/api/v1/shows/{id}", READ, api::show)
        .describe(Operation::new("One live show with its total").answers::<api::ShowItem>())
        .get("/api/v1/sales", READ, api::sales)
        .describe(
            Operation::new("Sales records, newest first, and the sums of all that are asked for")
                .query::<api::SalesQuery>()
                .answers::<api::SaleList>(),
        )
        .post("/api/v1/sales", TELL, api::hand_in)
        .describe(
            Operation::new("Hands in a sale from a till or a merchant")
                .body::<api::SaleBody>()
                .answers::<api::SaleMade>()
                .status(201)
                .refuses([404]),
        )
        .post("/api/v1/sales/{id}/steps", JUDGE, api::step)
        .describe(
            Operation::new("Verifies, questions or rejects a record")
                .body::<api::StepBody>()
                .status(204),
        )
        .upload("/api/v1/sales/import", TELL, api::import)
        .describe(
            Operation::new(
                "Takes in a platform's export; looks at it, or writes it when confirmed",
            )
            .upload::<api::ImportBody>()
            .answers::<api::ImportAnswer>()
            .status(201)
            .refuses([404]),
        )
        .get("/api/v1/contests/{id}/standings", READ, api::contest)
        .describe(
            Operation::new("How the entrants of a contest stand, by the records of this moment")
                .answers::<api::StandingsItem>(),
        )
}
