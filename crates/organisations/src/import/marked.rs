//! A kept file given back with its wrong cells marked. Blocking.

use jiff::civil::Date;
use office::{MarkError, Target};

use super::{
    batch::{ImportRow, Layout},
    now::marks,
};

/// The marked workbook.
pub(crate) fn mark(
    bytes: &[u8],
    layout: &Layout,
    rows: &[ImportRow],
    today: Date,
) -> Result<Vec<u8>, MarkError> {
    let folder = tempfile::TempDir::with_prefix("tongpin-mark-")?;
    let (original, out) = (folder.path().join("original"), folder.path().join("marked.xlsx"));
    std::fs::write(&original, bytes)?;
    let rows = rows.iter().map(|row| (row.row, &row.detail.problems[..]));
    let target = Target { sheet: &layout.sheet, header_row: layout.header_row, on: today };
    office::mark(&original, &target, &marks(layout, rows), &out)?;
    Ok(std::fs::read(out)?)
}
