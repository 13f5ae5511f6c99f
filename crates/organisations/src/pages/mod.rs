//! Pages of the register: each view struct stands beside its template.

mod chips;
pub(crate) mod new_view;
mod sheet;
mod story;
pub(crate) mod unit;
pub(crate) mod units;
pub(crate) mod words;

use crate::{filter::Filter, list::Sort};

/// The address of the list in this order.
pub(crate) fn address(filter: &Filter, sort: Option<Sort>) -> String {
    chips::address("/units", filter, sort, &[])
}
