//! The table of this crate's routes.

use kernel::Role;
use web::{Access, Operation, Routes};

use crate::pages::{account, accounts, api, jobs, journal, login, me, new_account};

const ADMINISTRATORS: Access = Access::Roles(&[Role::Administrator]);

const JOURNAL: Access = Access::Roles(&[Role::Administrator, Role::Auditor]);

/// Sign-in, one's own account, the administration of accounts, the journal, the jobs.
pub fn routes() -> Routes {
    Routes::new()
        .get("/login", Access::Public, login::show)
        .post("/login", Access::Public, login::enter)
        .post("/logout", Access::Public, login::leave)
        .merge(own_account())
        .merge(administration())
        .merge(scripts())
}

fn own_account() -> Routes {
    let access = Access::SignedIn;
    Routes::new()
        .get("/me", access, me::show)
        .post("/me/password", access, me::password)
        .post("/me/sessions/revocations", access, me::end_the_others)
        .post("/me/sessions/{id}/revocations", access, me::end_one)
        .post("/me/tokens", access, me::make_token)
        .post("/me/tokens/{id}/revocations", access, me::drop_token)
}

fn administration() -> Routes {
    let access = ADMINISTRATORS;
    Routes::new()
        .get("/accounts", access, accounts::show)
        .get("/accounts/new", access, new_account::show)
        .post("/accounts", access, new_account::create)
        .get("/accounts/{id}", access, account::show)
        .post("/accounts/{id}/grants", access, account::give)
        .post("/accounts/{id}/grants/{grant}/revocations", access, account::take_back)
        .post("/accounts/{id}/disabling", access, account::disable)
        .post("/accounts/{id}/enabling", access, account::enable)
        .post("/accounts/{id}/unlocking", access, account::unlock)
        .post("/accounts/{id}/password", access, account::reset)
        .get("/journal", JOURNAL, journal::show)
        .post("/journal/verification", JOURNAL, journal::verify)
        .get("/jobs", access, jobs::show)
        .post("/jobs/{id}/revivals", access, jobs::revive)
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
                .status(201)
                .refuses([409]),
        )
        .delete("/api/v1/tokens/{id}", Access::SignedIn, api::drop_token)
        .describe(Operation::new("Revokes a token").status(204))
}
