//! The table of this crate's routes.

use kernel::Role;
use web::{Access, Operation, Routes};

use crate::pages::{api, login};

const ADMINISTRATORS: Access = Access::Roles(&[Role::Administrator]);

/// Sign-in, one's own account, the administration of accounts, the journal, the jobs.
pub fn routes() -> Routes {
    Routes::new()
        .get("/login", Access::Public, login::show)
        .post("/login", Access::Public, login::enter)
        .post("/logout", Access::Public, login::leave)
        .merge(scripts())
}

fn scripts() -> Routes {
    Routes::new()
        .get("/api/v1/me", Access::SignedIn, api::me)
        .describe(Operation::new("Who this token acts as").answers::<api::Me>())
        .get("/api/v1/tokens", Access::SignedIn, api::tokens)
        .describe(Operation::new("The account's tokens in force").answers::<api::MyTokens>())
        .post("/api/v1/tokens", Access::SignedIn, api::make_token)
        .describe(
            Operation::new("Makes a token; its text is answered this once")
                .body::<api::AskedToken>()
                .answers::<api::MadeToken>()
                .status(201),
        )
        .delete("/api/v1/tokens/{id}", Access::SignedIn, api::drop_token)
        .describe(Operation::new("Revokes a token").status(204))
}
