//! All rows of one outcome of an import, page by page; those that are the same too.

use askama::Template;
use axum::extract::{Path, Query};
use serde::Deserialize;
use web::{Answer, Ask, Page, filters, html};

use super::{
    import::batch_id,
    import_part::{Part, part},
    words::number,
};
use crate::{
    import::{
        BatchState,
        batch::{BatchId, Outcome},
        same::{OneAtATime, SameRow, same_rows},
        verbs,
    },
    ledger,
    unit::UnitId,
};

/// Rows on a page.
const LIMIT: i64 = 200;

#[derive(Template)]
#[template(path = "import_rows.html")]
struct RowsPage {
    page: Page,
    id: BatchId,
    label: String,
    part: Part,
    may_mend: bool,
    next: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Which {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    after: i64,
}

/// `GET /imports/{id}/rows?outcome=wrong`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>, Query(which): Query<Which>) -> Answer {
    let id = batch_id(&id)?;
    if which.outcome == "same" {
        return same(&ask, id, which.after).await;
    }
    let outcome = which.outcome.parse().unwrap_or(Outcome::Wrong);
    let mut tx = ask.db().read().await?;
    let batch = verbs::open(&mut tx, &ask.cx, id).await?;
    let mut rows = verbs::rows(&mut tx, id, outcome, which.after, LIMIT + 1).await?;
    let more = rows.len() as i64 > LIMIT;
    rows.truncate(usize::try_from(LIMIT).unwrap_or_default());
    let last = rows.last().map_or(0, |row| row.row);
    let mut part = part(&ask, id, outcome, &batch.tally, &rows);
    part.more = None;
    let view = RowsPage {
        page: ask.page(&batch.label, "/imports"),
        id,
        label: batch.label,
        part,
        may_mend: batch.state == BatchState::Ready,
        next: more.then(|| format!("/imports/{id}/rows?outcome={outcome}&after={last}")),
    };
    html(&ask, &view)
}

#[derive(Template)]
#[template(path = "import_same.html")]
struct SamePage {
    page: Page,
    id: BatchId,
    label: String,
    total: String,
    /// Each with its unit, when the ledger still has it.
    rows: Vec<(SameRow, Option<UnitId>)>,
    /// The file that was kept can no longer be read.
    lost: bool,
    next: Option<String>,
}

async fn same(ask: &Ask, id: BatchId, after: i64) -> Answer {
    let mut tx = ask.db().read().await?;
    let batch = verbs::open(&mut tx, &ask.cx, id).await?;
    drop(tx);
    let most = usize::try_from(LIMIT).unwrap_or_default();
    let gate = ask.state.part::<OneAtATime>();
    // Nothing was judged yet, or nothing is the same: then there is nothing to read for.
    let found = if batch.tally.same == 0 {
        Some(Vec::new())
    } else {
        same_rows(ask.db(), &batch, &gate, (after, most + 1)).await?
    };
    let unreadable = found.is_none();
    let mut rows = found.unwrap_or_default();
    let more = rows.len() > most;
    rows.truncate(most);
    let last = rows.last().map_or(0, |row| row.row);
    let codes: Vec<kernel::Uscc> = rows.iter().filter_map(|row| row.uscc.parse().ok()).collect();
    let mut tx = ask.db().read().await?;
    let known = ledger::find_by_uscc(&mut tx, &codes).await?;
    let unit = |row: &SameRow| Some(known.get(&row.uscc.parse().ok()?)?.0.id);
    let view = SamePage {
        page: ask.page(&batch.label, "/imports"),
        id,
        label: batch.label.clone(),
        total: number(batch.tally.same),
        rows: rows
            .into_iter()
            .map(|row| {
                let unit = unit(&row);
                (row, unit)
            })
            .collect(),
        lost: unreadable,
        next: more.then(|| format!("/imports/{id}/rows?outcome=same&after={last}")),
    };
    html(ask, &view)
}
