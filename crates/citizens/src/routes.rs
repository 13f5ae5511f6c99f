//! The table of this crate's routes.

use web::{Access, Operation, Routes};

use crate::pages::{api, login, me};

/// Signing in by phone, one's own page, and the same for scripts.
pub fn routes() -> Routes {
    Routes::new()
        .get("/c/login", Access::Public, login::show)
        .post("/c/codes", Access::Public, login::ask)
        .get("/c/login/code", Access::Public, login::show_code)
        .post("/c/login", Access::Public, login::enter)
        .get("/c/consent", Access::Public, me::consent)
        .get("/c/me", Access::Citizens, me::show)
        .post("/c/logout", Access::Citizens, me::leave)
        .post("/c/sign-outs", Access::Citizens, me::leave_everywhere)
        .post("/c/withdrawals", Access::Citizens, me::take_back)
        .merge(scripts())
}

fn scripts() -> Routes {
    Routes::new()
        .get("/api/v1/citizen-questions", Access::Public, api::question)
        .describe(
            Operation::new("A question in words, for a code that needs its answer")
                .answers::<api::AskedQuestion>(),
        )
        .post("/api/v1/citizen-codes", Access::Public, api::ask)
        .describe(
            Operation::new("Sends a code to a phone")
                .body::<api::AskedCode>()
                .answers::<api::SentCode>()
                .status(202)
                .refuses([403, 429]),
        )
        .post("/api/v1/citizen-tokens", Access::Public, api::token)
        .describe(
            Operation::new("Takes a code and answers the citizen's token")
                .body::<api::TypedCode>()
                .answers::<api::MadeToken>()
                .status(201)
                .refuses([403]),
        )
}
