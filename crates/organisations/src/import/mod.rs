//! The ledger's way in from Excel: read, check, show what would change, write in one transaction,
//! take back by batch.
//!
//! A **batch** is one file. It is checked against the register as of the day for which its facts
//! hold; a person confirms; then it is read, checked and judged once more inside the writing
//! transaction, and written only if that comes to what the person saw.

mod api;
pub mod batch;
mod check;
mod classify;
pub mod columns;
pub(crate) mod desk;
mod draft;
mod effect;
pub mod jobs;
pub(crate) mod marked;
pub mod meter;
pub mod now;
pub mod problem;
mod read_cells;
mod resolve;
mod routes;
pub(crate) mod same;
mod sheet;
pub(crate) mod shown;
mod store;
pub mod undo;
pub mod verbs;
mod where_is;
mod words;
mod write;

pub use batch::{Batch, BatchId, BatchState, Report, ReportError};
pub use columns::Column;
pub use meter::{Meter, Meters};
pub use now::{Imported, NotImported, Order, import_now};
pub use routes::routes;
