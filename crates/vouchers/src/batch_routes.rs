//! Routes of batches at the desk and for scripts: method, path, who may, handler.

use kernel::Role;
use web::{Access, Operation, Routes};

use crate::{
    batch_sight::OVERSEERS,
    batches_api as api, batches_api_claims as api_claims,
    pages::batches::{acceptance, claims, form, list, live, show, steps, uses, voucher},
    policy::READERS,
};

const READ: Access = Access::Roles(READERS);
const OVERSEE: Access = Access::Roles(OVERSEERS);
const RUN: Access = Access::Roles(campaigns::ORGANISERS);
const FUND: Access = Access::Roles(&[Role::Funder]);

/// Everything that organisers, funders and overseers do with batches.
pub(crate) fn batch_routes() -> Routes {
    desk().merge(lists()).merge(scripts()).merge(steps_for_scripts())
}

fn desk() -> Routes {
    Routes::new()
        .get("/campaigns/{id}/vouchers", READ, list::show)
        .get("/campaigns/{id}/vouchers/new", RUN, form::new)
        .post("/campaigns/{id}/vouchers", RUN, form::create)
        .get("/voucher-batches/{id}", READ, show::show)
        .get("/voucher-batches/{id}/events", READ, live::events)
        .get("/voucher-batches/{id}/change", RUN, form::change)
        .post("/voucher-batches/{id}", RUN, form::changed)
        .post("/voucher-batches/{id}/approvals", FUND, steps::approve)
        .post("/voucher-batches/{id}/openings", RUN, steps::open)
        .post("/voucher-batches/{id}/closures", RUN, steps::close)
        .get("/voucher-batches/{id}/acceptance", RUN, acceptance::show)
        .post("/voucher-batches/{id}/acceptance", RUN, acceptance::set)
}

fn lists() -> Routes {
    Routes::new()
        .get("/voucher-batches/{id}/claims", OVERSEE, claims::show)
        .get("/voucher-batches/{id}/redemptions", OVERSEE, uses::show)
        .get("/vouchers/{id}", OVERSEE, voucher::show)
        .post("/vouchers/{id}/voids", RUN, voucher::void)
        .post("/vouchers/{id}/phone", RUN, voucher::reveal)
}

fn scripts() -> Routes {
    Routes::new()
        .get("/api/v1/campaigns/{id}/voucher-batches", READ, api::list)
        .describe(
            Operation::new("The batches of vouchers of a campaign").answers::<api::BatchList>(),
        )
        .post("/api/v1/campaigns/{id}/voucher-batches", RUN, api::create)
        .describe(
            Operation::new("Drafts a batch of vouchers")
                .body::<api::NewBatch>()
                .answers::<api::BatchItem>()
                .status(201)
                .refuses([404, 409, 422]),
        )
        .get("/api/v1/voucher-batches/{id}", READ, api::one)
        .describe(
            Operation::new("A batch with its terms and what became of its vouchers")
                .answers::<api::WholeBatch>()
                .refuses([404]),
        )
        .get("/api/v1/voucher-batches/{id}/vouchers", OVERSEE, api_claims::list)
        .describe(
            Operation::new("The vouchers of a batch that were claimed, by number")
                .query::<api_claims::VouchersQuery>()
                .answers::<api_claims::VoucherList>()
                .refuses([404, 422]),
        )
        .post("/api/v1/vouchers/{id}/voids", RUN, api_claims::void)
        .describe(
            Operation::new("Takes a voucher back that nobody has spent")
                .body::<api_claims::VoidBody>()
                .answers::<api_claims::VoucherItem>()
                .refuses([404, 409, 422]),
        )
}

fn steps_for_scripts() -> Routes {
    Routes::new()
        .post("/api/v1/voucher-batches/{id}/terms", RUN, api::change)
        .describe(
            Operation::new("Writes a new version of a batch's terms; earlier claims keep theirs")
                .body::<api::NewTerms>()
                .answers::<api::BatchItem>()
                .status(201)
                .refuses([404, 409, 422]),
        )
        .post("/api/v1/voucher-batches/{id}/approvals", FUND, api::approve)
        .describe(step("Approves a draft, for its funder"))
        .post("/api/v1/voucher-batches/{id}/openings", RUN, api::open)
        .describe(step("Opens an approved batch"))
        .post("/api/v1/voucher-batches/{id}/closures", RUN, api::close)
        .describe(step("Ends the claims of a batch; vouchers that were given out stay good"))
        .post("/api/v1/voucher-batches/{id}/acceptance", RUN, api::accept)
        .describe(
            Operation::new("Says which merchants take the vouchers of a batch")
                .body::<api::AcceptanceBody>()
                .answers::<api::BatchItem>()
                .refuses([404, 409, 422]),
        )
}

fn step(summary: &'static str) -> Operation {
    Operation::new(summary)
        .body::<api::StepBody>()
        .answers::<api::BatchItem>()
        .refuses([404, 409, 422])
}
