//! The list of units: filter, order, page. Its length is the figure that led to it.

use std::collections::HashMap;

use db::{Query, Result, Row, Tx, args};
use kernel::{code_enum, fold_name};
use places::Reach;
use web::Cursor;

use crate::{
    coverage,
    filter::{Filter, Frame, Shape},
    standing::Change,
    store::{self, STATE_WIDTH, UNIT_WIDTH, read_span, read_unit},
    unit::{Span, Unit},
};

code_enum! {
    /// The order of a list.
    pub enum Sort {
        Number = "no" "登记先后",
        NumberDown = "-no" "新登记在前",
        Name = "name" "名称",
        NameDown = "-name" "名称倒序",
        Members = "members" "正式党员少的在前",
        MembersDown = "-members" "正式党员多的在前",
        Headcount = "headcount" "职工少的在前",
        HeadcountDown = "-headcount" "职工多的在前",
    }
}

/// A unit with its state on the day that was asked for.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The unit.
    pub unit: Unit,
    /// Its state.
    pub span: Span,
    /// Name of the covering organisation.
    pub organisation: Option<String>,
    /// Name of the responsible worker.
    pub worker: Option<String>,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The units on it.
    pub items: Vec<Listed>,
    /// Where the next one begins, if there is one.
    pub next: Option<Cursor>,
}

const COLUMNS: &str = "u.no, u.id, u.uscc, u.name, u.kind, u.address, u.note, u.version, \
     s.from_on, s.to_on, s.town_id, s.front, s.place_id, s.station_id, s.body_id, s.industry, \
     s.status, s.headcount, s.member_count, s.cover, s.organisation_id, s.work_mask, s.worker_id, \
     s.status_reason, s.status_evidence, s.status_approved_by, \
     (SELECT name FROM organisation WHERE organisation.id = s.organisation_id), \
     (SELECT name FROM worker WHERE worker.id = s.worker_id), u.name_folded";

fn listed(row: &Row) -> Result<(Listed, String)> {
    let listed = Listed {
        unit: read_unit(row, 0)?,
        span: read_span(row, UNIT_WIDTH)?,
        organisation: row.get(UNIT_WIDTH + STATE_WIDTH)?,
        worker: row.get(UNIT_WIDTH + STATE_WIDTH + 1)?,
    };
    Ok((listed, row.get(UNIT_WIDTH + STATE_WIDTH + 2)?))
}

/// Those of a filter's units that have these register numbers, in no order.
pub async fn by_numbers(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    numbers: &[i64],
) -> Result<Vec<Listed>> {
    let query = filter.select(COLUMNS, frame, Shape::WithUnits).part(" AND ");
    let query = query.any_number("s.unit_no", numbers);
    Ok(tx.list(query, listed).await?.into_iter().map(|(listed, _)| listed).collect())
}

/// How many units a filter has.
pub async fn count(tx: &mut Tx, filter: &Filter, frame: &Frame<'_>) -> Result<i64> {
    if let Some(known) = coverage::counted_already(tx, filter, frame).await? {
        return Ok(known);
    }
    let query = filter.select("COUNT(*)", frame, Shape::States);
    Ok(tx.list(query, |row| row.get(0)).await?.first().copied().unwrap_or_default())
}

/// Past this many units, a list in the order of an index is read along that index; below, the
/// units are found first and sorted.
const LONG: i64 = 3_000;

/// The numbers of a page's units in their order, and of one more when there is a next page.
/// `total` chooses how to read them.
///
/// Numbers first, from as few columns as the order needs, and then [`page_of`] those units:
/// sorting forty thousand rows with their names and organisations to show fifty of them takes
/// many times as long.
pub async fn numbers(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    sort: Sort,
    after: Option<&Cursor>,
    limit: i64,
    total: i64,
) -> Result<Vec<i64>> {
    if total == 0 {
        return Ok(Vec::new());
    }
    let along = reads_along_index(tx, filter, frame, sort, total).await?;
    let mut query = match (along, sort) {
        (true, _) => filter.select("u.no", frame, Shape::UnitsFirst),
        (false, Sort::Name | Sort::NameDown) => filter.select("u.no", frame, Shape::WithUnits),
        (false, _) => filter.select("s.unit_no", frame, Shape::States),
    };
    if let Some((key, no)) = after.and_then(keys) {
        query = past(query, sort, along, &key, no);
    }
    let query = query.part(order(sort, along)).with(" LIMIT ?", args![limit + 1]);
    tx.list(query, |row| row.get(0)).await
}

/// One page, from where `after` says.
pub async fn page(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    sort: Sort,
    after: Option<&Cursor>,
    limit: i64,
    total: i64,
) -> Result<Page> {
    let numbers = numbers(tx, filter, frame, sort, after, limit, total).await?;
    page_of(tx, filter, frame, sort, &numbers, limit).await
}

/// The page of these numbers, which [`numbers`] gave for the same filter, order and limit.
pub async fn page_of(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    sort: Sort,
    numbers: &[i64],
    limit: i64,
) -> Result<Page> {
    let shown = usize::try_from(limit).unwrap_or_default().min(numbers.len());
    let found = whole(tx, filter, frame, &numbers[..shown]).await?;
    let more = numbers.len() > shown;
    let next = found.last().filter(|_| more).map(|(last, folded)| cursor(sort, last, folded));
    Ok(Page { items: found.into_iter().map(|(listed, _)| listed).collect(), next })
}

/// Whether a page fills soonest along the units' own order: in a long list, and, of units that
/// words found, where at least every eighth is one of them.
async fn reads_along_index(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    sort: Sort,
    total: i64,
) -> Result<bool> {
    let indexed = matches!(sort, Sort::Number | Sort::NumberDown | Sort::Name | Sort::NameDown);
    if total <= LONG || !indexed || filter.change.is_some() {
        return Ok(false);
    }
    Ok(frame.found.is_none() || total.saturating_mul(8) > store::last_number(tx).await?)
}

/// Cuts to what comes after the last of the page before.
fn past(query: Query, sort: Sort, along: bool, key: &str, no: i64) -> Query {
    let number = key.parse::<i64>().unwrap_or_default();
    match sort {
        Sort::Number if along => query.with(" AND u.no > ?", args![no]),
        Sort::NumberDown if along => query.with(" AND u.no < ?", args![no]),
        Sort::Number => query.with(" AND s.unit_no > ?", args![no]),
        Sort::NumberDown => query.with(" AND s.unit_no < ?", args![no]),
        Sort::Name => query.with(" AND (u.name_folded, u.no) > (?, ?)", args![key, no]),
        Sort::NameDown => query.with(" AND (u.name_folded, u.no) < (?, ?)", args![key, no]),
        Sort::Members => query.with(" AND (s.member_count, s.unit_no) > (?, ?)", args![number, no]),
        Sort::MembersDown => {
            query.with(" AND (s.member_count, s.unit_no) < (?, ?)", args![number, no])
        }
        Sort::Headcount => query.with(" AND (s.headcount, s.unit_no) > (?, ?)", args![number, no]),
        Sort::HeadcountDown => {
            query.with(" AND (s.headcount, s.unit_no) < (?, ?)", args![number, no])
        }
    }
}

const fn order(sort: Sort, along: bool) -> &'static str {
    match sort {
        Sort::Number if along => " ORDER BY u.no",
        Sort::NumberDown if along => " ORDER BY u.no DESC",
        Sort::Number => " ORDER BY s.unit_no",
        Sort::NumberDown => " ORDER BY s.unit_no DESC",
        Sort::Name => " ORDER BY u.name_folded, u.no",
        Sort::NameDown => " ORDER BY u.name_folded DESC, u.no DESC",
        Sort::Members => " ORDER BY s.member_count, s.unit_no",
        Sort::MembersDown => " ORDER BY s.member_count DESC, s.unit_no DESC",
        Sort::Headcount => " ORDER BY s.headcount, s.unit_no",
        Sort::HeadcountDown => " ORDER BY s.headcount DESC, s.unit_no DESC",
    }
}

/// These units in this order, as they stood on the filter's day. The filter and what its reader
/// may see chose them in this same transaction; neither is asked again.
async fn whole(
    tx: &mut Tx,
    filter: &Filter,
    frame: &Frame<'_>,
    numbers: &[i64],
) -> Result<Vec<(Listed, String)>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let at = match filter.change {
        Some(Change::Lost | Change::Left) => filter.from,
        _ => filter.at,
    };
    let plain = Filter { at, ..Filter::default() };
    let reach = Reach::everything();
    let frame = Frame { reach: &reach, found: None, ..*frame };
    let query = plain.select(COLUMNS, &frame, Shape::WithUnits).part(" AND ");
    let found = tx.list(query.any_number("s.unit_no", numbers), listed).await?;
    let mut found: HashMap<i64, (Listed, String)> =
        found.into_iter().map(|one| (one.0.unit.no, one)).collect();
    Ok(numbers.iter().filter_map(|no| found.remove(no)).collect())
}

pub(crate) fn keys(cursor: &Cursor) -> Option<(String, i64)> {
    match &cursor.0[..] {
        [key, no] => Some((key.clone(), no.parse().ok()?)),
        _ => None,
    }
}

/// What comes after this unit.
pub(crate) fn cursor_after(sort: Sort, last: &Listed) -> Cursor {
    cursor(sort, last, &fold_name(&last.unit.identity.name))
}

fn cursor(sort: Sort, last: &Listed, folded: &str) -> Cursor {
    let key = match sort {
        Sort::Number | Sort::NumberDown => String::new(),
        Sort::Name | Sort::NameDown => folded.to_owned(),
        Sort::Members | Sort::MembersDown => last.span.facts.member_count.to_string(),
        Sort::Headcount | Sort::HeadcountDown => last.span.facts.headcount.to_string(),
    };
    Cursor(vec![key, last.unit.no.to_string()])
}
