//! The list of imports, and the page where a file is dropped.

use askama::Template;
use db::Tx;
use kernel::{Code as _, actor::AccountId, mask_name};
use web::{Answer, Ask, Page, filters, html};

use super::{
    import_part::Counted,
    words::{fill, moment},
};
use crate::import::{
    BatchState, Column,
    batch::{Batch, BatchId},
    verbs,
};

/// Batches on the page.
const LIMIT: i64 = 100;

#[derive(Template)]
#[template(path = "imports.html")]
struct ImportsPage {
    page: Page,
    rows: Vec<Row>,
}

struct Row {
    id: BatchId,
    label: String,
    file: String,
    state: &'static str,
    tone: &'static str,
    tally: Counted,
    who: String,
    at: String,
}

/// `GET /imports`
pub(crate) async fn list(ask: Ask) -> Answer {
    let mut tx = ask.db().read().await?;
    let mut rows = Vec::new();
    for batch in verbs::list(&mut tx, &ask.cx, LIMIT).await? {
        rows.push(row(&mut tx, &ask, batch).await?);
    }
    html(&ask, &ImportsPage { page: ask.page("导入", "/imports"), rows })
}

async fn row(tx: &mut Tx, ask: &Ask, batch: Batch) -> db::Result<Row> {
    let who = name_of(tx, batch.created_by).await?;
    let tone = match batch.state {
        BatchState::Ready => " due",
        BatchState::Written => " ok",
        BatchState::Unreadable => " warn",
        _ => "",
    };
    Ok(Row {
        id: batch.id,
        label: batch.label,
        file: batch.file_name,
        state: batch.state.label(),
        tone,
        tally: Counted::of(&batch.tally),
        who,
        at: moment(batch.created_at, ask.cx.today()),
    })
}

/// A person's name as pages show it; the command line for nobody.
pub(crate) async fn name_of(tx: &mut Tx, account: Option<AccountId>) -> db::Result<String> {
    let Some(account) = account else { return Ok("命令行".into()) };
    let actor = people::actor_of(tx, account).await?;
    Ok(actor.map_or_else(|| "—".into(), |actor| mask_name(actor.name())))
}

#[derive(Template)]
#[template(path = "import_new.html")]
struct NewPage {
    page: Page,
    limit: String,
    required: String,
    cleared: String,
}

/// `GET /imports/new`
pub(crate) async fn new(ask: Ask) -> Answer {
    let megabytes = (ask.state.site().upload_limit >> 20).to_string();
    let sentence = ask.t(".xlsx .xls .ods .csv，不超过 {} MB。先核对给你看，不会直接写入。");
    let named = |wanted: fn(Column) -> bool| {
        let columns = Column::ALL.iter().copied().filter(|column| wanted(*column));
        columns.map(|column| ask.t(column.label())).collect::<Vec<_>>().join("、")
    };
    let view = NewPage {
        page: ask.page("导入单位台账", "/imports"),
        limit: fill(sentence, &[&megabytes]),
        required: named(Column::is_required),
        cleared: named(Column::is_cleared_by_blank),
    };
    html(&ask, &view)
}
