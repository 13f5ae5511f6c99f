//! Gives a person's own workbook back with the wrong cells red, a note on each, and a last
//! column that says why.

mod container;
mod notes;
mod rewrite;
mod rows;
mod sheet;
mod styles;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use jiff::civil::Date;

use crate::limits::Limits;
use crate::source::{Format, Merge, Source};
use crate::template::WriteError;
use crate::unreadable::Unreadable;

/// The header of the column that is added; a workbook that has it gets it filled anew.
pub const REASON_HEADER: &str = "错误原因";
/// The author under whom notes are written, by which a second marking finds the first one's.
const AUTHOR: &str = "系统核对";
/// A light red, a shade of our own so that a second marking can tell it from the user's fills.
const RED: &str = "FFFFC7CD";
/// Spreadsheet programs grow slow with more notes; cells beyond are red and have their reason.
const MOST_NOTES: usize = 5_000;
/// The longest text that a cell holds, in characters.
const LONGEST_TEXT: usize = 32_000;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The sheet's own number of the row, from 1.
    pub row: u32,
    /// Zero-based sheet column; `None` when the whole row is meant.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// What to write instead, as a sentence.
    pub suggestion: Option<String>,
}

impl Mark {
    fn text(&self) -> String {
        match &self.suggestion {
            Some(suggestion) => format!("{}（{suggestion}）", self.message),
            None => self.message.clone(),
        }
    }
}

/// Where the marks belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// The sheet's name, as `Table::sheet` has it.
    pub sheet: &'a str,
    /// The number of the header row, as `Table::header_row` has it.
    pub header_row: u32,
    /// The day that a rewritten workbook (.xls, .ods, .csv) names as its creation.
    pub on: Date,
}

/// What marking did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marked {
    /// Rows that got a reason.
    pub rows: usize,
    /// Cells that are red now.
    pub cells: usize,
    /// Zero-based sheet column of the reasons.
    pub reason_column: u32,
}

/// Why a workbook could not be marked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MarkError {
    /// The original cannot be read any more.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The marked workbook cannot be made.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The marked workbook cannot be saved.
    #[error("没能保存标注好的表格：{0}")]
    Io(#[from] std::io::Error),
}

/// The marks of one row.
#[derive(Debug, Default)]
struct RowMarks {
    /// Text of each wrong cell's note, by zero-based column.
    cells: BTreeMap<u32, String>,
    /// All messages of the row.
    reason: String,
}

/// The marks of a sheet by row number.
type Marks = BTreeMap<u32, RowMarks>;

fn by_row(marks: &[Mark]) -> Marks {
    let mut rows = Marks::new();
    for mark in marks {
        let row = rows.entry(mark.row).or_default();
        let text = mark.text();
        append(&mut row.reason, &text, "；");
        if let Some(column) = mark.column {
            append(row.cells.entry(column).or_default(), &text, "\n");
        }
    }
    rows
}

fn append(whole: &mut String, text: &str, separator: &str) {
    if !whole.is_empty() {
        whole.push_str(separator);
    }
    whole.push_str(text);
    if let Some((end, _)) = whole.char_indices().nth(LONGEST_TEXT) {
        whole.truncate(end);
    }
}

/// Moves the marks of cells under a merged region to its top-left cell, the only one that shows.
/// The reasons stay beside their rows.
fn show_in_merges(marks: &mut Marks, merges: &[Merge]) {
    for merge in merges {
        let (top, left) = (merge.rows.0, merge.columns.0);
        if top > merge.rows.1 || left > merge.columns.1 {
            continue;
        }
        let mut texts = String::new();
        for (_, row) in marks.range_mut(top..=merge.rows.1) {
            let covered: Vec<u32> =
                row.cells.range(left..=merge.columns.1).map(|(column, _)| *column).collect();
            for text in covered.iter().filter_map(|column| row.cells.remove(column)) {
                if !texts.contains(&text) {
                    append(&mut texts, &text, "\n");
                }
            }
        }
        if !texts.is_empty() {
            marks.entry(top).or_default().cells.insert(left, texts);
        }
    }
}

/// Copies the original to `out` with the marks put in.
///
/// An .xlsx or .xlsm stays the same file: only the sheet, the styles and the notes are touched,
/// every other part is copied as it is. An .xls, .ods or .csv comes back as an .xlsx with the
/// same cells. Marking a workbook that was marked before replaces the earlier marks.
///
/// # Errors
/// [`MarkError`]; `out` may then hold an unfinished file.
pub fn mark(
    original: &Path,
    target: &Target<'_>,
    marks: &[Mark],
    out: &Path,
) -> Result<Marked, MarkError> {
    let mut rows = by_row(marks);
    let mut source = Source::open(original, &Limits::default())?;
    let (reasons, merges) = reason_column(&mut source, target)?;
    show_in_merges(&mut rows, &merges);
    match source {
        Source::Xlsx(book) => container::mark(book, target, &rows, &reasons, out)?,
        other => rewrite::mark(other, target, &rows, &reasons, out)?,
    }
    let cells = rows.values().map(|row| row.cells.len()).sum();
    let reasoned = rows.values().filter(|row| !row.reason.is_empty()).count();
    Ok(Marked { rows: reasoned, cells, reason_column: reasons.column })
}

/// Where the reasons go.
struct Reasons {
    column: u32,
    /// The workbook had the column already.
    again: bool,
}

/// The column of an earlier marking, else the first free one right of the table.
fn reason_column(
    source: &mut Source,
    target: &Target<'_>,
) -> Result<(Reasons, Vec<Merge>), Unreadable> {
    let mut earlier = None;
    let mut free = 0;
    let merges = source.stream(target.sheet, &mut |number, cells| {
        if number >= target.header_row {
            free = free.max(cells.iter().map(|(column, _)| column + 1).max().unwrap_or(0));
        }
        if number == target.header_row {
            let known = cells.iter().find(|(_, cell)| cell.folded() == REASON_HEADER);
            earlier = known.map(|(column, _)| *column);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let reasons = Reasons { column: earlier.unwrap_or(free), again: earlier.is_some() };
    Ok((reasons, merges))
}

impl Format {
    /// True when [`mark`] gives the very same kind of file back.
    pub fn is_marked_in_place(self) -> bool {
        self == Self::Xlsx
    }
}
