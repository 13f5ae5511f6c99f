//! All SQL of this room, by table, and nothing else. Writes ask for a permit.

mod batches;
mod contests;
mod sales;
mod shows;

pub(crate) use batches::*;
pub(crate) use contests::*;
pub(crate) use sales::*;
pub(crate) use shows::*;
pub use shows::{show_by_id, shows_of};
