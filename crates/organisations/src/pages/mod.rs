//! Pages of the register: each view struct stands beside its template.

pub(crate) mod bulk;
mod chips;
pub(crate) mod definitions;
mod file;
pub(crate) mod import;
pub(crate) mod import_acts;
mod import_part;
pub(crate) mod import_rows;
pub(crate) mod imports;
pub(crate) mod ledger_files;
pub(crate) mod new_view;
mod sheet;
mod story;
mod three_way;
pub(crate) mod unit;
mod unit_fields;
pub(crate) mod unit_form;
mod unit_torn;
pub(crate) mod units;
pub(crate) mod words;
pub(crate) mod worker_form;
pub(crate) mod workers;

pub(crate) use unit_fields::read_count;

use crate::{filter::Filter, list::Sort};

/// The address of the list in this order.
pub(crate) fn address(filter: &Filter, sort: Option<Sort>) -> String {
    chips::address("/units", filter, sort, &[])
}
