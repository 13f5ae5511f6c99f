//! The change of coverage between two dates, row by row: the counts at both ends and the units
//! that came and went.

use db::{Result, Tx};
use jiff::civil::Date;

use crate::{coverage::By, filter::Filter, sight::Sight, standing::Change, sums::Counts};

/// One row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeRow {
    /// Counts at the beginning.
    pub before: Counts,
    /// Counts at the end.
    pub after: Counts,
    /// Units newly covered.
    pub established: i64,
    /// Units no longer covered.
    pub lost: i64,
    /// Units that came into the denominator.
    pub entered: i64,
    /// Units that left the denominator.
    pub left: i64,
}

/// All rows, in order, and the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeTable {
    /// Key and row.
    pub rows: Vec<(String, ChangeRow)>,
    /// The whole: a unit that moved from one key to another changed both rows and not this.
    pub total: ChangeRow,
}

/// The change between `from` and the filter's date.
pub async fn change(
    tx: &mut Tx,
    sight: &Sight,
    filter: &Filter,
    by: By,
    from: Date,
) -> Result<ChangeTable> {
    let then = filter.but(|filter| filter.at = Some(from));
    let before = sight.coverage(tx, &then, by).await?;
    let after = sight.coverage(tx, filter, by).await?;
    let established = sight.changes(tx, filter, by, Change::Established, from).await?;
    let lost = sight.changes(tx, filter, by, Change::Lost, from).await?;
    let entered = sight.changes(tx, filter, by, Change::Entered, from).await?;
    let left = sight.changes(tx, filter, by, Change::Left, from).await?;
    let total = ChangeRow {
        before: before.total,
        after: after.total,
        established: established.total,
        lost: lost.total,
        entered: entered.total,
        left: left.total,
    };
    // Keys of today's tree first, then those that only the past had.
    let mut keys: Vec<&String> = after.rows.iter().map(|row| &row.key).collect();
    let past = before.rows.iter().map(|row| &row.key);
    let gone: Vec<&String> = past.filter(|key| !keys.contains(key)).collect();
    keys.extend(gone);
    let counts = |table: &crate::Coverage, key: &String| {
        table.rows.iter().find(|row| row.key == *key).map(|row| row.counts).unwrap_or_default()
    };
    let number = |changes: &crate::coverage::Changes, key: &String| {
        changes.by_key.get(key).copied().unwrap_or_default()
    };
    let row = |key: &String| ChangeRow {
        before: counts(&before, key),
        after: counts(&after, key),
        established: number(&established, key),
        lost: number(&lost, key),
        entered: number(&entered, key),
        left: number(&left, key),
    };
    let rows = keys.into_iter().map(|key| (key.clone(), row(key))).collect();
    Ok(ChangeTable { rows, total })
}
