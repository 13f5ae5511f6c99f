//! The first screen: how far, what moved, what is missing. Reads all, writes nothing.
//!
//! Every number here is a [`web::Figure`] made from the same [`organisations::Filter`] that its
//! list is: open it and count.

mod coverage_page;
mod routes;
mod table;
mod today;
mod trend;

pub use routes::routes;
