//! 应建未建: the units that should have an organisation and have none, longest waiting first. A gap
//! says who is missing and since when; it ranks nobody.

use db::{Result, Tx};
use jiff::civil::Date;

use crate::{
    filter::{Filter, Frame, Shape},
    list::{self, Listed},
    standing::Standing,
    store,
    unit::Span,
};

/// A unit that waits.
#[derive(Clone, Debug)]
pub struct Gap {
    /// The unit and its state.
    pub listed: Listed,
    /// Since this day it has been due without a break.
    pub since: Date,
}

/// The units of a filter that have been due for longest, at its date.
pub async fn longest_due(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    most: usize,
) -> Result<Vec<Gap>> {
    let at = filter.at.unwrap_or(frame.today);
    let due = filter.but(|filter| filter.status = Some(Standing::Due));
    let query = due.select("s.unit_no", frame, Shape::States);
    let numbers: Vec<i64> = tx.list(query, |row| row.get(0)).await?;
    let spans = store::spans_of(tx, &numbers).await?;
    let mut waiting: Vec<(Date, i64)> = numbers
        .into_iter()
        .filter_map(|no| Some((due_since(spans.get(&no)?, at, frame.member_floor)?, no)))
        .collect();
    waiting.sort_unstable();
    waiting.truncate(most);
    let numbers: Vec<i64> = waiting.iter().map(|(_, no)| *no).collect();
    let listed = list::by_numbers(tx, &due, frame, &numbers).await?;
    let found = |(since, no): (Date, i64)| {
        let listed = listed.iter().find(|one| one.unit.no == no)?.clone();
        Some(Gap { listed, since })
    };
    Ok(waiting.into_iter().filter_map(found).collect())
}

/// The first day of the unbroken run of due states that holds on `at`.
fn due_since(spans: &[Span], at: Date, member_floor: i64) -> Option<Date> {
    let due = |span: &&Span| {
        let facts = &span.facts;
        facts.operates() && !facts.is_covered() && facts.member_count >= member_floor
    };
    let known = spans.iter().rev().filter(|span| span.from_on <= at);
    known.take_while(due).last().map(|span| span.from_on)
}
