//! Every route of this room: method, path, who may, handler.

use web::{Access, Operation, Routes};

use crate::api;

/// The routes.
pub fn routes() -> Routes {
    Routes::new()
        .hot_post("/api/v1/voucher-batches/{id}/claims", Access::Citizens, api::claim_voucher)
        .describe(
            Operation::new("Claims a voucher for the citizen whose token this is")
                .answers::<api::ClaimAnswer>()
                .status(201)
                .refuses([404, 409, 422, 503]),
        )
}
