//! Finds the sheet and the header row by the names that the caller wants.

use std::ops::ControlFlow;

use crate::cell::Cell;
use crate::header::{HeaderMatch, Wanted};
use crate::source::Source;
use crate::unreadable::Unreadable;

/// The header stands in one of the first rows.
const LAST_HEADER_ROW: u32 = 30;
/// Titles above the header that are kept.
const MOST_TITLES: usize = 50;

/// Where the table begins.
pub(crate) struct Found {
    pub sheet: String,
    /// 1-based; the lower row of a header of two rows.
    pub header_row: u32,
    pub header: HeaderMatch,
    /// The header's texts by zero-based column.
    pub texts: Vec<(u32, String)>,
    pub titles: Vec<String>,
}

type TextRow = (u32, Vec<(u32, String)>);

/// Looks through the visible sheets; the first row that matches most headers wins.
pub(crate) fn find(source: &mut Source, wanted: &Wanted<'_>) -> Result<Found, Unreadable> {
    let mut best: Option<Found> = None;
    for sheet in source.sheets() {
        let rows = first_rows(source, &sheet)?;
        let found = best_row(sheet, &rows, wanted);
        let better = |found: &Found| {
            best.as_ref().is_none_or(|best| found.header.hits() > best.header.hits())
        };
        if let Some(found) = found.filter(better) {
            best = Some(found);
        }
    }
    // One match in a wide table is a coincidence.
    let enough = wanted.headers.len().min(2);
    let Some(found) = best.filter(|found| found.header.hits() >= enough) else {
        let missing = wanted.headers.iter().filter(|h| h.required).map(|h| h.name.to_owned());
        return Err(Unreadable::NoHeader { missing: missing.collect() });
    };
    if !found.header.duplicates.is_empty() {
        return Err(Unreadable::DuplicateColumn(found.header.duplicates));
    }
    let missing = wanted.missing(&found.header);
    if missing.is_empty() { Ok(found) } else { Err(Unreadable::MissingColumns(missing)) }
}

fn first_rows(source: &mut Source, sheet: &str) -> Result<Vec<TextRow>, Unreadable> {
    let mut rows = Vec::new();
    source.stream(sheet, &mut |number, cells| {
        if number <= LAST_HEADER_ROW {
            let text = |cell: &Cell| cell.as_text().into_owned();
            rows.push((number, cells.iter().map(|(at, cell)| (*at, text(cell))).collect()));
        }
        let more = number < LAST_HEADER_ROW;
        Ok(if more { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    Ok(rows)
}

fn best_row(sheet: String, rows: &[TextRow], wanted: &Wanted<'_>) -> Option<Found> {
    let mut best: Option<Found> = None;
    for (at, (number, texts)) in rows.iter().enumerate() {
        // A header of two rows: names in the upper one (often merged downwards), parts of a
        // group in the lower one. Together they match more than either alone; a title above a
        // header or a record below it adds nothing.
        let below = rows.get(at + 1).map(|(below, lower)| (*below, stacked(texts, lower)));
        for (header_row, texts) in [Some((*number, texts.clone())), below].into_iter().flatten() {
            let header = wanted.match_row(&texts);
            let is_single = header_row == *number;
            let most = best.as_ref().map_or(0, |best| best.header.hits());
            if header.hits() > most && (is_single || header.duplicates.is_empty()) {
                if !is_single && wanted.match_row(&rows[at + 1].1).hits() >= header.hits() {
                    continue;
                }
                let (sheet, titles) = (sheet.clone(), titles(&rows[..at]));
                best = Some(Found { sheet, header_row, header, texts, titles });
            }
        }
    }
    best
}

fn titles(above: &[TextRow]) -> Vec<String> {
    let texts = above.iter().flat_map(|(_, texts)| texts.iter().map(|(_, text)| text));
    texts.map(|text| text.trim().to_owned()).take(MOST_TITLES).collect()
}

/// Two rows as one: the lower text where there is one.
fn stacked(upper: &[(u32, String)], lower: &[(u32, String)]) -> Vec<(u32, String)> {
    let covered = |column: u32| lower.iter().any(|(at, _)| *at == column);
    let kept = upper.iter().filter(|(column, _)| !covered(*column));
    let mut both: Vec<_> = kept.chain(lower).cloned().collect();
    both.sort_by_key(|(column, _)| *column);
    both
}
