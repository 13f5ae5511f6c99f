//! Pages of settlements: the list, one, drawing them, paying them.

mod file;
mod frame;

pub(crate) mod draw;
pub(crate) mod list;
pub(crate) mod one;
pub(crate) mod payments;

pub(crate) use frame::Names;
