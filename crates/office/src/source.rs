//! One face for the four kinds of file: sheets, and their rows as a stream.

use std::ops::ControlFlow;
use std::path::Path;

use crate::cell::Cell;
use crate::limits::Limits;
use crate::sniff::{Content, sniff};
use crate::unreadable::Unreadable;
use crate::{csv, ods, xls, xlsx};

/// The kind of file a table came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// .xlsx or .xlsm
    Xlsx,
    /// .xls
    Xls,
    /// .ods
    Ods,
    /// .csv or .txt
    Csv,
}

/// Cells of one row: zero-based sheet column and content, in column order, blank cells left out.
pub(crate) type Cells = Vec<(u32, Cell)>;

/// Takes one row (1-based number) and says whether to go on. It may take the cells away.
pub(crate) type Sink<'a> = dyn FnMut(u32, &mut Cells) -> Result<ControlFlow<()>, Unreadable> + 'a;

/// A merged region, 1-based rows, zero-based columns, both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merge {
    pub rows: (u32, u32),
    pub columns: (u32, u32),
}

/// An opened file.
pub(crate) enum Source {
    Xlsx(xlsx::Workbook),
    Xls(xls::Workbook),
    Ods(ods::Document),
    Csv(csv::Text),
}

impl Source {
    /// Opens a file by its content.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Unreadable> {
        Ok(match sniff(path, limits)? {
            Content::Xlsx(package) => Self::Xlsx(xlsx::Workbook::open(package)?),
            Content::Ods(package) => Self::Ods(ods::Document::open(package)?),
            Content::Xls => Self::Xls(xls::Workbook::open(path)?),
            Content::Text => Self::Csv(csv::Text::open(path)?),
        })
    }

    pub fn format(&self) -> Format {
        match self {
            Self::Xlsx(_) => Format::Xlsx,
            Self::Xls(_) => Format::Xls,
            Self::Ods(_) => Format::Ods,
            Self::Csv(_) => Format::Csv,
        }
    }

    /// Names of the sheets that a person sees, in their order. A text file has one without name.
    pub fn sheets(&self) -> Vec<String> {
        match self {
            Self::Xlsx(book) => book.visible(),
            Self::Xls(book) => book.visible(),
            Self::Ods(document) => document.visible(),
            Self::Csv(_) => vec![String::new()],
        }
    }

    /// Streams a sheet's rows from the top and gives back its merged regions, which are complete
    /// only when the sink never asked to stop.
    pub fn stream(&mut self, sheet: &str, sink: &mut Sink<'_>) -> Result<Vec<Merge>, Unreadable> {
        match self {
            Self::Xlsx(book) => book.stream(sheet, sink),
            Self::Xls(book) => book.stream(sheet, sink),
            Self::Ods(document) => document.stream(sheet, sink),
            Self::Csv(text) => text.stream(sink).map(|()| Vec::new()),
        }
    }

    /// The last row that the file claims or could have; `None` when it does not say.
    pub fn rows_hint(&mut self, sheet: &str) -> Result<Option<u64>, Unreadable> {
        match self {
            Self::Xlsx(book) => book.rows_hint(sheet),
            Self::Csv(text) => Ok(Some(text.lines())),
            Self::Xls(_) | Self::Ods(_) => Ok(None),
        }
    }

    /// The template version written into the file, if it was made from a template.
    pub fn template_version(&mut self) -> Result<Option<String>, Unreadable> {
        match self {
            Self::Xlsx(book) => book.defined_text(crate::template::VERSION_NAME),
            _ => Ok(None),
        }
    }
}
