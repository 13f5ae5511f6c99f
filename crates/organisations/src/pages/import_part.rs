//! One part of a check: the rows that are wrong, changed or new.

use std::collections::BTreeMap;

use kernel::Code as _;
use web::Ask;

use super::words::{fill, number};
use crate::import::{
    Column,
    batch::{BatchId, ImportRow, Outcome, Tally},
};

/// A part of the check page, and the whole of the page of its rows.
pub(crate) struct Part {
    pub anchor: &'static str,
    pub title: &'static str,
    pub hint: &'static str,
    pub total: String,
    pub more: Option<String>,
    pub alike: Vec<Alike>,
    pub wrong: Vec<WrongRow>,
    pub changed: Vec<ChangedRow>,
    pub new: Vec<NewRow>,
}

/// A suggestion that fits many cells.
pub(crate) struct Alike {
    pub column: Column,
    pub code: String,
    pub words: String,
}

/// One thing that is wrong with a row.
pub(crate) struct WrongRow {
    pub row: String,
    pub name: String,
    pub column: &'static str,
    pub value: String,
    pub why: String,
    pub advice: String,
    /// Row and column, when a suggestion can be taken over.
    pub adopt: Option<(i64, Column)>,
}

/// One cell that changes.
pub(crate) struct ChangedRow {
    pub row: String,
    pub name: String,
    pub column: &'static str,
    pub before: String,
    pub after: String,
    pub effect: String,
}

/// One unit that is registered.
pub(crate) struct NewRow {
    pub row: String,
    pub name: String,
    pub uscc: String,
    pub place: String,
    pub effect: String,
}

/// The counts of a tally in words.
pub(crate) struct Counted {
    pub new: String,
    pub changed: String,
    pub same: String,
    pub wrong: String,
    pub to_write: String,
}

impl Counted {
    pub(crate) fn of(tally: &Tally) -> Self {
        Self {
            new: number(tally.new),
            changed: number(tally.changed),
            same: number(tally.same),
            wrong: number(tally.wrong),
            to_write: number(tally.to_write()),
        }
    }
}

/// How many of them a tally has.
pub(crate) fn total(outcome: Outcome, tally: &Tally) -> i64 {
    match outcome {
        Outcome::Wrong => tally.wrong,
        Outcome::Changed => tally.changed,
        Outcome::New => tally.new,
    }
}

/// A part with these rows; `more` leads to all of them when these are not.
pub(crate) fn part(
    ask: &Ask,
    id: BatchId,
    outcome: Outcome,
    tally: &Tally,
    rows: &[ImportRow],
) -> Part {
    let (anchor, hint) = match outcome {
        Outcome::Wrong => ("wrong", "不写入，等你改"),
        Outcome::Changed => ("changed", "只列变了的格"),
        Outcome::New => ("new", "台账里没有这些代码"),
    };
    let total = total(outcome, tally);
    let all = total > rows.len() as i64;
    let mut part = Part {
        anchor,
        title: outcome.label(),
        hint,
        total: number(total),
        more: all.then(|| format!("/imports/{id}/rows?outcome={outcome}")),
        alike: Vec::new(),
        wrong: Vec::new(),
        changed: Vec::new(),
        new: Vec::new(),
    };
    for row in rows {
        let at = fill(ask.t("第 {} 行"), &[&row.row.to_string()]);
        match outcome {
            Outcome::Wrong => part.wrong.extend(wrong(ask, row, &at)),
            Outcome::Changed => part.changed.extend(changed(ask, row, &at)),
            Outcome::New => part.new.push(NewRow {
                row: at,
                name: row.name.clone(),
                uscc: row.uscc.clone(),
                place: row.detail.place.clone(),
                effect: row.detail.effect.clone(),
            }),
        }
    }
    part
}

fn wrong(ask: &Ask, row: &ImportRow, at: &str) -> Vec<WrongRow> {
    let one = |problem: &crate::import::problem::Problem| WrongRow {
        row: at.to_owned(),
        name: row.name.clone(),
        column: problem.column.map_or("整行", Column::label),
        value: if problem.value.is_empty() { ask.t("空").into() } else { problem.value.clone() },
        why: problem.message.clone(),
        advice: problem.sentence().unwrap_or_default(),
        adopt: problem.column.filter(|_| problem.fix.is_some()).map(|column| (row.row, column)),
    };
    row.detail.problems.iter().map(one).collect()
}

fn changed(ask: &Ask, row: &ImportRow, at: &str) -> Vec<ChangedRow> {
    let shown =
        |text: &str| if text.is_empty() { ask.t("空").to_owned() } else { text.to_owned() };
    let one = |(place, cell): (usize, &crate::import::batch::CellChange)| ChangedRow {
        row: if place == 0 { at.to_owned() } else { String::new() },
        name: if place == 0 { row.name.clone() } else { String::new() },
        column: cell.column.label(),
        before: shown(&cell.before),
        after: shown(&cell.after),
        // The effect is the row's, and stands beside its first cell.
        effect: if place == 0 { row.detail.effect.clone() } else { String::new() },
    };
    let cells: Vec<_> = row.detail.cells.iter().enumerate().map(one).collect();
    if cells.is_empty() {
        // Only the day is new: the same facts, known from an earlier day on.
        return vec![ChangedRow {
            row: at.to_owned(),
            name: row.name.clone(),
            column: "日期",
            before: shown(""),
            after: shown(""),
            effect: row.detail.effect.clone(),
        }];
    }
    cells
}

/// Suggestions that stand in several cells: one press mends them all.
pub(crate) fn alike(ask: &Ask, rows: &[ImportRow]) -> Vec<Alike> {
    let mut counts: BTreeMap<(Column, String), i64> = BTreeMap::new();
    for problem in rows.iter().flat_map(|row| &row.detail.problems) {
        if let (Some(column), Some(_)) = (problem.column, &problem.fix) {
            *counts.entry((column, problem.code.to_string())).or_default() += 1;
        }
    }
    let several = counts.into_iter().filter(|(_, count)| *count > 1);
    several
        .map(|((column, code), count)| {
            let label = ask.t(column.label()).to_owned();
            let sentence = ask.t("“{}”的 {} 处建议全部采用");
            Alike { column, code, words: fill(sentence, &[&label, &number(count)]) }
        })
        .collect()
}
