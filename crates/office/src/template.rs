//! Empty forms to fill in: title, explanation, header, dropdowns, and a hidden version.

use jiff::civil::Date;
use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DataValidationRule, Format, FormatAlign,
    Formula, Note, Workbook, Worksheet, XlsxError,
};

use crate::export::{header_format, properties, title_format};
use crate::xlsx::column_letters;

/// The defined name under which a template carries its version.
pub const VERSION_NAME: &str = "_tongpin_template";

/// The hidden sheet with the version and the dropdowns' values.
const LISTS: &str = "_lists";
/// Zero-based row of the header: below the title and the explanation.
const HEADER_ROW: u32 = 2;
/// Rows that are prepared for input.
const PREPARED_ROWS: u32 = 20_000;

/// Why a workbook could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// No columns, or more cells than columns.
    #[error("表格没有列，或者一行的内容比列多")]
    NoColumns,
    /// A sheet ends at row 1,048,576.
    #[error("表格已写满 1,048,576 行，请缩小范围后分几次导出")]
    Full,
    /// The writer's refusal.
    #[error("没能生成表格文件：{0}")]
    Writer(#[from] XlsxError),
}

/// The values of a dropdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The values, in the order in which they are offered.
    pub values: Vec<String>,
    /// Whether other values are refused (`true`) or only warned about.
    pub strict: bool,
}

/// What a column of a template accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateKind {
    /// Any text; digits stay as typed.
    Text,
    /// A value from a list.
    Choice(Choice),
    /// A whole number within bounds.
    Integer {
        /// Smallest accepted number.
        min: i32,
        /// Largest accepted number.
        max: i32,
    },
    /// A day, typed in any usual way.
    Date,
}

/// A column of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateColumn {
    /// The header's text; a required column shows a star behind it.
    pub header: String,
    /// Width in characters of Latin text.
    pub width: f64,
    /// What it accepts.
    pub kind: TemplateKind,
    /// Whether every row needs it.
    pub required: bool,
    /// Help shown when the pointer rests on the header.
    pub note: Option<String>,
}

/// An empty form.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateSpec {
    /// The sheet's name.
    pub sheet: String,
    /// The title in the first row.
    pub title: String,
    /// How to fill it in, in the second row; may have several lines.
    pub explanation: String,
    /// A version that the reader finds again.
    pub version: String,
    /// The columns.
    pub columns: Vec<TemplateColumn>,
    /// The day that the file names as its creation.
    pub created: Date,
}

/// Writes an empty form: the header is in row 3.
///
/// # Errors
/// [`WriteError::NoColumns`], or what the writer refuses.
pub fn template(spec: &TemplateSpec) -> Result<Vec<u8>, WriteError> {
    let last = spec.columns.len().checked_sub(1).ok_or(WriteError::NoColumns)?;
    let last = u16::try_from(last).map_err(|_| WriteError::NoColumns)?;
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(spec.created)?);
    let sheet = workbook.add_worksheet();
    sheet.set_name(&spec.sheet)?;
    write_top(sheet, spec, last)?;
    for (column, spec) in (0..).zip(&spec.columns) {
        write_column(sheet, column, spec)?;
    }
    sheet.set_freeze_panes(HEADER_ROW + 1, 1)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(HEADER_ROW, HEADER_ROW)?;
    write_lists(workbook.add_worksheet(), spec)?;
    workbook.define_name(VERSION_NAME, &format!("={LISTS}!$A$1"))?;
    Ok(workbook.save_to_buffer()?)
}

fn write_top(sheet: &mut Worksheet, spec: &TemplateSpec, last: u16) -> Result<(), XlsxError> {
    let explained = Format::new()
        .set_text_wrap()
        .set_align(FormatAlign::VerticalCenter)
        .set_font_color(Color::RGB(0x0059_5959));
    let rows = [(0, &spec.title, title_format()), (1, &spec.explanation, explained)];
    for (row, text, format) in &rows {
        if last == 0 {
            sheet.write_string_with_format(*row, 0, *text, format)?;
        } else {
            sheet.merge_range(*row, 0, *row, last, text, format)?;
        }
    }
    sheet.set_row_height(0, 32)?;
    let lines = u32::try_from(spec.explanation.lines().count()).unwrap_or(1);
    sheet.set_row_height(1, 18 * lines.clamp(1, 10) + 6)?;
    sheet.set_row_height(HEADER_ROW, 30)?;
    Ok(())
}

fn write_column(
    sheet: &mut Worksheet,
    column: u16,
    spec: &TemplateColumn,
) -> Result<(), XlsxError> {
    let format = match spec.kind {
        TemplateKind::Integer { .. } => Format::new().set_num_format("0"),
        // Dates stay text as well: people type them in ways that a date format would spoil.
        TemplateKind::Text | TemplateKind::Choice(_) | TemplateKind::Date => {
            Format::new().set_num_format("@")
        }
    };
    sheet.set_column_width(column, spec.width)?;
    sheet.set_column_format(column, &format)?;
    let star = if spec.required { "*" } else { "" };
    let header = format!("{}{star}", spec.header);
    sheet.write_string_with_format(HEADER_ROW, column, header, &header_format())?;
    if let Some(note) = &spec.note {
        let note = Note::new(note).add_author_prefix(false).set_width(260).set_height(120);
        sheet.insert_note(HEADER_ROW, column, &note)?;
    }
    if let Some(rule) = validation(column, spec)? {
        let last = HEADER_ROW + PREPARED_ROWS;
        sheet.add_data_validation(HEADER_ROW + 1, column, last, column, &rule)?;
    }
    Ok(())
}

fn validation(column: u16, spec: &TemplateColumn) -> Result<Option<DataValidation>, XlsxError> {
    let title = "请检查这一格";
    Ok(Some(match &spec.kind {
        TemplateKind::Choice(choice) if !choice.values.is_empty() => {
            // Column A of the lists holds the version.
            let letters = column_letters(u32::from(column) + 1);
            let last = choice.values.len();
            let values = Formula::new(format!("={LISTS}!${letters}$1:${letters}${last}"));
            let style = if choice.strict {
                DataValidationErrorStyle::Stop
            } else {
                DataValidationErrorStyle::Warning
            };
            DataValidation::new()
                .allow_list_formula(values)
                .set_error_title(title)?
                .set_error_message("请从下拉列表里选择一项")?
                .set_error_style(style)
        }
        TemplateKind::Integer { min, max } => DataValidation::new()
            .allow_whole_number(DataValidationRule::Between(*min, *max))
            .set_error_title(title)?
            .set_error_message(format!("请填写 {min} 到 {max} 之间的整数"))?,
        _ => return Ok(None),
    }))
}

fn write_lists(sheet: &mut Worksheet, spec: &TemplateSpec) -> Result<(), XlsxError> {
    sheet.set_name(LISTS)?;
    sheet.write_string(0, 0, &spec.version)?;
    for (column, spec) in (1..).zip(&spec.columns) {
        if let TemplateKind::Choice(choice) = &spec.kind {
            for (row, value) in (0..).zip(&choice.values) {
                sheet.write_string(row, column, value)?;
            }
        }
    }
    sheet.set_very_hidden(true);
    Ok(())
}
