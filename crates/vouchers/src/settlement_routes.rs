//! Every route of settlements: method, path, who may, handler.

use kernel::Role;
use web::{Access, Operation, Routes};

use crate::{
    pages::settlements::{draw, list, one, payments},
    settlements_api as api,
};

/// Roles that see settlements, each those of its scope. A cashier's business ends at the till.
pub(crate) const READERS: &[Role] = &[
    Role::Administrator,
    Role::Clerk,
    Role::Viewer,
    Role::Auditor,
    Role::Organiser,
    Role::Funder,
    Role::Merchant,
];
const READ: Access = Access::Roles(READERS);
const DRAW: Access = Access::Roles(campaigns::ORGANISERS);
const PAY: Access = Access::Roles(&[Role::Funder]);
const STEP: Access =
    Access::Roles(&[Role::Administrator, Role::Organiser, Role::Funder, Role::Merchant]);

/// The routes.
pub(crate) fn settlement_routes() -> Routes {
    pages().merge(scripts())
}

fn pages() -> Routes {
    Routes::new()
        .get("/settlements", READ, list::show)
        .get("/settlements.xlsx", READ, list::book)
        .get("/settlements/draw", DRAW, draw::show)
        .post("/settlements/draws", DRAW, draw::draw)
        .get("/settlements/payments", PAY, payments::show)
        .post("/settlements/payments", PAY, payments::pay)
        .post("/settlements/bank-files", PAY, payments::bank)
        .get("/settlements/{id}", READ, one::show)
        .get("/settlements/{id}/sheet.xlsx", READ, one::book)
        .post("/settlements/{id}/steps", STEP, one::step)
}

fn scripts() -> Routes {
    Routes::new()
        .get("/api/v1/settlements", READ, api::list)
        .describe(
            Operation::new("The settlements that the caller sees, newest first")
                .query::<api::SettlementsQuery>()
                .answers::<api::SettlementList>()
                .refuses([400]),
        )
        .post("/api/v1/settlements", DRAW, api::draw)
        .describe(
            Operation::new(
                "Draws a settlement for each funder and merchant of a campaign, of everything \
                 before an instant that stands in none yet",
            )
            .body::<api::NewDraw>()
            .answers::<api::Drawn>()
            .status(201)
            .refuses([404, 409, 422]),
        )
        .get("/api/v1/settlements/{id}", READ, api::one)
        .describe(
            Operation::new("One settlement with its lines, oldest first")
                .query::<api::LinesQuery>()
                .answers::<api::SettlementWhole>()
                .refuses([400, 404]),
        )
        .post("/api/v1/settlements/{id}/steps", STEP, api::step)
        .describe(
            Operation::new(
                "Takes a step: the merchant confirms, the funder approves and pays, either \
                 disputes, who runs the campaign answers or withdraws",
            )
            .body::<api::NewStep>()
            .answers::<api::StepAnswer>()
            .refuses([404, 409, 422]),
        )
}
