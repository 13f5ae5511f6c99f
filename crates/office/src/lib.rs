//! Spreadsheets in and out: tables in, documents out. Knows no domain.
//!
//! In: [`read_table`] finds the sheet and the header row by the names a caller wants, in .xlsx,
//! .xls, .ods and .csv, and gives back rows that keep the sheet's own numbers.
//! Out: [`template`] makes an empty form, [`Export`] streams a table, [`mark`] gives a person's own
//! workbook back with the wrong cells red and their reasons beside them.
//!
//! Everything is synchronous; callers run it where blocking is allowed.

mod cell;
mod csv;
mod export;
mod find;
mod gather;
mod header;
mod limits;
mod mark;
mod ods;
mod package;
mod read;
mod sniff;
mod source;
mod template;
mod unreadable;
mod written_date;
mod xls;
mod xlsx;
mod xml;

pub use cell::Cell;
pub use export::{Export, ExportColumn, ExportSpec, Out, OutKind};
pub use gather::{ColumnMatch, Row, Table};
pub use header::{Header, fold_header, half_width};
pub use limits::Limits;
pub use mark::{Mark, MarkError, Marked, REASON_HEADER, Target, mark};
pub use read::read_table;
pub use source::Format;
pub use template::{
    Choice, TemplateColumn, TemplateKind, TemplateSpec, VERSION_NAME, WriteError, template,
};
pub use unreadable::{Explained, Unreadable};
pub use written_date::WrittenDate;
