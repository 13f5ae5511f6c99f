//! All rows of one outcome of an import, page by page.

use askama::Template;
use axum::extract::{Path, Query};
use serde::Deserialize;
use web::{Answer, Ask, Page, filters, html};

use super::{
    import::batch_id,
    import_part::{Part, part},
};
use crate::import::{
    BatchState,
    batch::{BatchId, Outcome},
    verbs,
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
