//! Layout, components, forms, csrf, errors, live updates. Knows no domain.
//!
//! A domain hands [`Routes`] to `app`: one table of method, path, who may, and handler, from which
//! come the router, the roles × routes matrix and the OpenAPI document.

pub mod ask;
pub mod assets;
pub mod client;
pub mod figure;
pub mod filters;
pub mod form;
pub mod gate;
pub mod hot;
pub mod lang;
pub mod live;
pub mod openapi;
pub mod page;
pub mod paging;
pub mod query;
pub mod refused;
pub mod routes;
pub mod sentence;
pub mod server;
pub mod site_routes;
pub mod state;
pub mod upload;

pub use ask::Ask;
pub use client::Proxies;
pub use figure::{Figure, RateBar};
pub use form::{FieldErrors, Form};
pub use hot::Hot;
pub use lang::Lang;
pub use page::{Page, Screen, html, html_with};
pub use paging::Cursor;
pub use query::Query;
pub use refused::Refused;
pub use routes::{Access, Operation, Routes};
pub use state::{Doorman, NavItem, Site, State, Visitor};

/// What a handler answers.
pub type Answer<T = axum::response::Response> = Result<T, Refused>;
