//! Every route of this room: method, path, who may, handler.

use web::{Access, Operation, Routes};

use crate::{api, policy::CASHIERS, till_api};

const TILLS: Access = Access::Roles(CASHIERS);

/// The routes.
pub fn routes() -> Routes {
    scripts()
}

fn scripts() -> Routes {
    Routes::new()
        .hot_post("/api/v1/voucher-batches/{id}/claims", Access::Citizens, api::claim_voucher)
        .describe(
            Operation::new("Claims a voucher for the citizen whose token this is")
                .answers::<api::ClaimAnswer>()
                .status(201)
                .refuses([404, 409, 422, 503]),
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
