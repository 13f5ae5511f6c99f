//! Every route of this room: method, path, who may, handler.

use kernel::Role;
use web::{Access, Operation, Routes};

use crate::{
    KEEPERS, READERS,
    founders::{FOUNDER_KEEPERS, FOUNDER_READERS},
    pages::{
        api, enquiries, founder, founder_forms, founder_steps, founders, merchant, merchant_acts,
        merchant_form, merchants, product, product_desk,
    },
};

const READ: Access = Access::Roles(READERS);
const KEEP: Access = Access::Roles(KEEPERS);
/// Those who keep a merchant's products and phone: its keepers, and who speaks for it.
const KEEP_OR_SPEAK: Access =
    Access::Roles(&[Role::Administrator, Role::Clerk, Role::Organiser, Role::Merchant]);
const PAYEE: Access = Access::Roles(&[Role::Administrator, Role::Merchant]);
const FOUNDERS: Access = Access::Roles(FOUNDER_READERS);
const KEEP_FOUNDERS: Access = Access::Roles(FOUNDER_KEEPERS);
const SPEAK: Access = Access::Roles(&[Role::Merchant]);

/// The routes.
pub fn routes() -> Routes {
    merchant_routes()
        .merge(product_routes())
        .merge(enquiry_routes())
        .merge(founder_routes())
        .merge(api_routes())
}

fn merchant_routes() -> Routes {
    Routes::new()
        .get("/merchants", READ, merchants::show)
        .get("/merchants/new", KEEP, merchant_form::new)
        .post("/merchants", KEEP, merchant_form::create)
        .get("/merchants/{id}", READ, merchant::show)
        .get("/merchants/{id}/change", KEEP, merchant_form::change)
        .post("/merchants/{id}", KEEP, merchant_form::changed)
        .get("/merchants/{id}/turn", KEEP, merchant_acts::turn)
        .post("/merchants/{id}/turns", KEEP, merchant_acts::turned)
        .get("/merchants/{id}/phone", KEEP_OR_SPEAK, merchant_acts::phone)
        .post("/merchants/{id}/phones", KEEP_OR_SPEAK, merchant_acts::phone_told)
        .post("/merchants/{id}/phone-views", KEEP_OR_SPEAK, merchant_acts::phone_view)
        .get("/merchants/{id}/payee", PAYEE, merchant_acts::payee)
        .post("/merchants/{id}/payees", PAYEE, merchant_acts::payee_told)
}

fn product_routes() -> Routes {
    Routes::new()
        .get("/merchants/{id}/products/new", KEEP_OR_SPEAK, product_desk::new)
        .post("/merchants/{id}/products", KEEP_OR_SPEAK, product_desk::create)
        .get("/products/{id}/edit", KEEP_OR_SPEAK, product_desk::show)
        .get("/products/{id}/change", KEEP_OR_SPEAK, product_desk::change)
        .post("/products/{id}", KEEP_OR_SPEAK, product_desk::changed)
        .post("/products/{id}/listings", KEEP_OR_SPEAK, product_desk::list)
        .post("/products/{id}/withdrawals", KEEP_OR_SPEAK, product_desk::withdraw)
        .upload("/products/{id}/pictures", KEEP_OR_SPEAK, product_desk::picture)
        .post("/products/{id}/pictures/{file}/removals", KEEP_OR_SPEAK, product_desk::picture_gone)
        .get("/products", Access::Public, product::list)
        .get("/products/{id}", Access::Public, product::show)
        .get("/products/{id}/pictures/{file}", Access::Public, product::picture)
        .post("/products/{id}/enquiries", Access::Public, product::asked)
}

fn enquiry_routes() -> Routes {
    Routes::new()
        .get("/enquiries", SPEAK, enquiries::list)
        .get("/enquiries/{id}/close", SPEAK, enquiries::close)
        .post("/enquiries/{id}/closings", SPEAK, enquiries::closed)
        .post("/enquiries/{id}/phone-views", SPEAK, enquiries::phone_view)
}

fn founder_routes() -> Routes {
    Routes::new()
        .get("/founders", FOUNDERS, founders::show)
        .get("/founders/new", KEEP_FOUNDERS, founder_forms::new)
        .post("/founders", KEEP_FOUNDERS, founder_forms::create)
        .get("/founders/{id}", FOUNDERS, founder::show)
        .get("/founders/{id}/change", KEEP_FOUNDERS, founder_forms::change)
        .post("/founders/{id}", KEEP_FOUNDERS, founder_forms::changed)
        .get("/founders/{id}/phone", KEEP_FOUNDERS, founder_forms::phone)
        .post("/founders/{id}/phones", KEEP_FOUNDERS, founder_forms::phone_told)
        .post("/founders/{id}/phone-views", KEEP_FOUNDERS, founder_forms::phone_view)
        .get("/founders/{id}/withdraw", KEEP_FOUNDERS, founder_forms::withdraw)
        .post("/founders/{id}/withdrawals", KEEP_FOUNDERS, founder_forms::withdrawn)
        .get("/founders/{id}/steps/new", KEEP_FOUNDERS, founder_steps::new)
        .post("/founders/{id}/steps", KEEP_FOUNDERS, founder_steps::create)
        .get("/founder-steps", FOUNDERS, founders::steps)
        .get("/founder-steps/{id}/strike", KEEP_FOUNDERS, founder_steps::strike)
        .post("/founder-steps/{id}/strikes", KEEP_FOUNDERS, founder_steps::struck)
        .get("/trainings/new", KEEP_FOUNDERS, founder_steps::new_training)
        .post("/trainings", KEEP_FOUNDERS, founder_steps::create_training)
}

fn api_routes() -> Routes {
    Routes::new()
        .get("/api/v1/merchants", READ, api::merchants)
        .describe(
            Operation::new("The merchants that the caller sees")
                .query::<api::MerchantsQuery>()
                .answers::<api::MerchantList>()
                .refuses([400, 422]),
        )
        .get("/api/v1/merchants/{id}", READ, api::merchant)
        .describe(Operation::new("One merchant").answers::<api::MerchantItem>().refuses([404]))
        .post("/api/v1/merchants", KEEP, api::register)
        .describe(
            Operation::new("Register a merchant at a place")
                .body::<api::MerchantBody>()
                .answers::<api::MerchantItem>()
                .status(201)
                .refuses([404, 409, 422]),
        )
        .get("/api/v1/products", Access::Public, api::products)
        .describe(
            Operation::new("The products that are shown to everybody")
                .query::<api::ProductsQuery>()
                .answers::<api::ProductList>()
                .refuses([400, 422]),
        )
}
