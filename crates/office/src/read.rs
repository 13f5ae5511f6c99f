//! Opens a file, finds the table in it, reads it.

use std::ops::ControlFlow;
use std::path::Path;

use crate::find::find;
use crate::gather::{Table, gather};
use crate::header::{Header, Wanted};
use crate::limits::Limits;
use crate::source::Source;
use crate::unreadable::Unreadable;

/// Reads the table whose header matches most of the wanted names, from a file whose kind is
/// decided by its content.
///
/// `progress` hears the number of rows so far, about every thousand, and may stop the reading
/// (`Unreadable::Cancelled`). Errors leave nothing behind.
///
/// # Errors
/// Every [`Unreadable`] except those that its documentation gives to one kind of file.
pub fn read_table(
    path: &Path,
    wanted: &[Header<'_>],
    limits: &Limits,
    progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<Table, Unreadable> {
    if progress(0).is_break() {
        return Err(Unreadable::Cancelled);
    }
    let mut source = Source::open(path, limits)?;
    let found = find(&mut source, &Wanted::new(wanted))?;
    gather(&mut source, found, limits, progress)
}
