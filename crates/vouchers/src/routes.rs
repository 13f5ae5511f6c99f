//! Every route of this room: method, path, who may, handler.

use web::{Access, Operation, Routes};

use crate::{
    api,
    batch_routes::batch_routes,
    flags::FLAG_READERS,
    pages::{claiming, flags, redemption, till, waiting as line, wallet},
    policy::{CASHIERS, READERS, REFUNDERS},
    settlement_routes::settlement_routes,
    till_api, waiting,
};

const TILLS: Access = Access::Roles(CASHIERS);
const READ: Access = Access::Roles(READERS);
const LOOK: Access = Access::Roles(FLAG_READERS);
const DECIDE: Access = Access::Roles(campaigns::ORGANISERS);
const REFUND: Access = Access::Roles(REFUNDERS);

/// The routes.
pub fn routes() -> Routes {
    scripts()
        .merge(citizens_pages())
        .merge(tills())
        .merge(batch_routes())
        .merge(settlement_routes())
}

fn citizens_pages() -> Routes {
    Routes::new()
        .get("/c/vouchers", Access::Public, claiming::show)
        .get("/c/vouchers/{id}/events", Access::Public, claiming::events)
        .post("/c/vouchers/{id}/claims", Access::Citizens, claiming::take)
        .get("/c/vouchers/{id}/line", Access::Citizens, line::show)
        .post("/c/vouchers/{id}/line", Access::Citizens, line::join)
        .get("/c/wallet", Access::Citizens, wallet::list)
        .get("/c/wallet/{id}", Access::Citizens, wallet::show)
        .post("/c/wallet/{id}/returns", Access::Citizens, wallet::give_back)
}

fn tills() -> Routes {
    Routes::new()
        .get("/till", TILLS, till::show)
        .post("/till", TILLS, till::take)
        .get("/redemptions/{id}", READ, redemption::show)
        .post("/redemptions/{id}/refunds", REFUND, redemption::refund_some)
        .get("/voucher-flags", LOOK, flags::list)
        .get("/voucher-flags/{id}", LOOK, flags::show)
        .post("/voucher-flags/{id}/verdicts", DECIDE, flags::decide)
}

fn scripts() -> Routes {
    Routes::new()
        .hot_post("/api/v1/voucher-batches/{id}/claims", Access::Citizens, api::claim_voucher)
        .describe(
            Operation::new("Claims a voucher for the citizen whose token this is")
                .answers::<api::ClaimAnswer>()
                .status(201)
                .refuses([404, 409, 422, 425, 429, 503]),
        )
        .hot_post("/api/v1/voucher-batches/{id}/tickets", Access::Citizens, waiting::take_ticket)
        .describe(
            Operation::new("Comes into the line before a batch, or back to one's place in it")
                .answers::<waiting::TicketAnswer>()
                .status(201)
                .refuses([404, 409, 429, 503]),
        )
        .hot_get("/api/v1/voucher-batches/{id}/place", Access::Citizens, waiting::place)
        .describe(
            Operation::new("Where the holder of the ticket in Waiting-Ticket stands")
                .answers::<waiting::TicketAnswer>()
                .refuses([404, 409, 422]),
        )
        .get("/api/v1/vouchers", Access::Citizens, wallet::own)
        .describe(
            Operation::new("The vouchers of the citizen whose token this is, with their codes")
                .answers::<wallet::OwnVouchers>(),
        )
        .post("/api/v1/redemptions", TILLS, till_api::redeem_voucher)
        .describe(
            Operation::new("Takes a citizen's voucher at a till")
                .body::<till_api::NewRedemption>()
                .answers::<till_api::RedemptionAnswer>()
                .status(201)
                .refuses([404, 409, 422, 429, 503]),
        )
        .post("/api/v1/refunds", TILLS, till_api::refund_redemption)
        .describe(
            Operation::new("Refunds a redemption of one's own till, in part or whole")
                .body::<till_api::NewRefund>()
                .answers::<till_api::RefundAnswer>()
                .status(201)
                .refuses([404, 409, 422]),
        )
}
