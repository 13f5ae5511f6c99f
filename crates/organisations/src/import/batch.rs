//! An import (批次): one file, what became of its rows, and where it stands in its life.
//!
//! `checking → ready → writing → written → undone`, or `unreadable`, or `abandoned`.

use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{actor::AccountId, code_enum, id_kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{columns::Column, problem::Problem};

id_kind!(BatchKind, BatchId, "imp");

/// How long a batch can be taken back after it was written.
pub const UNDO_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);

code_enum! {
    /// Where a batch stands.
    pub enum BatchState {
        Checking = "checking" "核对中",
        Ready = "ready" "等确认",
        Unreadable = "unreadable" "读不了",
        Writing = "writing" "写入中",
        Written = "written" "已写入",
        Undone = "undone" "已撤销",
        Abandoned = "abandoned" "已放弃",
    }
}

code_enum! {
    /// What became of a row that is not simply the same.
    pub enum Outcome {
        New = "new" "新增",
        Changed = "changed" "有变",
        Wrong = "wrong" "有错",
    }
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows of the sheet.
    pub rows: i64,
    /// Units that the register does not have.
    pub new: i64,
    /// Units that would change.
    pub changed: i64,
    /// Units that are just so.
    pub same: i64,
    /// Rows that cannot be written.
    pub wrong: i64,
}

impl Tally {
    /// How many rows would be written.
    pub fn to_write(&self) -> i64 {
        self.new + self.changed
    }
}

/// How the sheet was understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The sheet's name; empty for text files.
    pub sheet: String,
    /// Number of the header row, from 1.
    pub header_row: u32,
    /// The template's version, when the file was made from one.
    pub template: Option<String>,
    /// Which column goes by which header, and at which zero-based column of the sheet.
    pub columns: Vec<(Column, String, u32)>,
    /// Headers that are not used.
    pub unknown: Vec<String>,
    /// The title that named the date, when one did.
    pub title: Option<String>,
}

/// Coverage of what the importer reaches, before and after the batch was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// Operating units before and after.
    pub operating: (i64, i64),
    /// Of them covered.
    pub covered: (i64, i64),
    /// Due and not established.
    pub due: (i64, i64),
}

/// A batch as it stands.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Which.
    pub id: BatchId,
    /// `IM-2021-0147`
    pub label: String,
    /// The kept file.
    pub file: db::file::FileId,
    /// Its name on the person's machine.
    pub file_name: String,
    /// Where it stands.
    pub state: BatchState,
    /// The day for which its facts hold; unknown until somebody says.
    pub holds_on: Option<Date>,
    /// Where that day is from: `title`, `asked`, or nowhere yet.
    pub holds_from: String,
    /// How the sheet was understood; nothing before it was read.
    pub layout: Option<Layout>,
    /// What became of the rows.
    pub tally: Tally,
    /// Rows done in the phase that is under way.
    pub done_count: i64,
    /// Why it cannot be read, or why a confirmation was not carried out.
    pub failure: Option<(String, String)>,
    /// What it did to coverage, once written.
    pub impact: Option<Impact>,
    /// Goes up with every change.
    pub version: i64,
    /// When the file came.
    pub created_at: Timestamp,
    /// From whom; nobody for the machine's own command line.
    pub created_by: Option<AccountId>,
    /// When it was written.
    pub written_at: Option<Timestamp>,
    /// Who confirmed it.
    pub written_by: Option<AccountId>,
    /// When it was taken back.
    pub undone_at: Option<Timestamp>,
}

impl Batch {
    /// Until when it can be taken back, if it was written and was not.
    pub fn undo_until(&self) -> Option<Timestamp> {
        let written = self.written_at.filter(|_| self.state == BatchState::Written)?;
        written.checked_add(UNDO_WITHIN).ok()
    }
    /// Whether work is under way.
    pub fn is_busy(&self) -> bool {
        matches!(self.state, BatchState::Checking | BatchState::Writing)
    }
}

/// A cell that would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellChange {
    /// Which.
    #[serde(rename = "c")]
    pub column: Column,
    /// As the register has it.
    #[serde(rename = "b")]
    pub before: String,
    /// As the sheet has it.
    #[serde(rename = "a")]
    pub after: String,
}

/// What is kept of a row that is not the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowDetail {
    /// Cells before and after, of a changed one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cells: Vec<CellChange>,
    /// Where a new one stands.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What it brings about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub effect: String,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

/// A row that is not the same, as kept for the check page.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportRow {
    /// The sheet's own number.
    pub row: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// Name as written.
    pub name: String,
    /// Code as written.
    pub uscc: String,
    /// Cells, effect or problems.
    pub detail: RowDetail,
}

/// One error of a [`Report`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReportError {
    /// The sheet's own row number, from 1; `null` when the file as a whole is meant.
    pub row: Option<i64>,
    /// The column by its name in the template; `null` when the whole row is meant.
    pub column: Option<&'static str>,
    /// A stable word.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead, or else what to do.
    pub suggestion: Option<String>,
}

/// What an import came to: what scripts read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Rows of the sheet.
    pub rows: i64,
    /// Units that the register did not have.
    pub new: i64,
    /// Units that changed, or would.
    pub changed: i64,
    /// Units that were just so.
    pub same: i64,
    /// Rows that could not be written.
    pub wrong: i64,
    /// Rows that were written.
    pub imported: i64,
    /// The batch's label, when something was written or waits for confirmation.
    pub batch: Option<String>,
    /// Everything that is wrong.
    pub errors: Vec<ReportError>,
}

impl Report {
    pub(super) fn of(tally: &Tally) -> Self {
        Self {
            rows: tally.rows,
            new: tally.new,
            changed: tally.changed,
            same: tally.same,
            wrong: tally.wrong,
            ..Self::default()
        }
    }
    /// The report of a file that could not be taken at all.
    pub fn of_file(code: &str, message: String) -> Self {
        let error = ReportError {
            row: None,
            column: None,
            code: code.to_owned(),
            message,
            suggestion: None,
        };
        Self { errors: vec![error], ..Self::default() }
    }
}

impl ReportError {
    pub(super) fn of(row: i64, problem: &Problem) -> Self {
        use kernel::Code as _;
        Self {
            row: Some(row),
            column: problem.column.map(Column::label),
            code: problem.code.to_string(),
            message: problem.message.clone(),
            suggestion: problem.suggestion().map(str::to_owned),
        }
    }
}
