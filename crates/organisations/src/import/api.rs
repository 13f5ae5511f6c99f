//! Imports over REST: one request reads, checks and writes, and answers what the command line
//! prints; and where a batch stands.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State as FromState},
};
use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::Serialize;
use web::{Answer, Ask, Refused, State, upload::Upload};

use super::{
    batch::{BatchId, BatchState, Report},
    meter::Meter,
    now::{NotImported, Order, import_now},
    verbs,
};

/// The fields of the multipart form.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "names and types of the form's fields, for the document")]
pub(super) struct ImportForm {
    /// The ledger: .xlsx, .xls, .ods or .csv.
    #[schemars(with = "String", extend("format" = "binary"))]
    file: String,
    /// The day for which its facts hold; the title's when left out, else today.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    on: Option<Date>,
    /// Write; otherwise it is only checked, and nothing is kept.
    confirm: Option<bool>,
    /// Write the good rows though others are wrong.
    skip_wrong: Option<bool>,
}

/// `POST /api/v1/imports`
pub(super) async fn import(
    ask: Ask,
    FromState(_): FromState<State>,
    file: Upload,
) -> Answer<Json<Report>> {
    let flag = |name| matches!(file.form.get(name), "true" | "1" | "on");
    let on = match file.form.optional("on") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            Refused::unprocessable("bad-date", "on 要写成 2021-10-15 这样。没有写入，请改了再发。")
        })?),
    };
    let bytes = file.bytes;
    let kept = tokio::task::spawn_blocking(move || {
        let kept = tempfile::NamedTempFile::with_prefix("tongpin-import-")?;
        std::fs::write(kept.path(), &bytes)?;
        std::io::Result::Ok(kept)
    });
    let kept = kept.await.map_err(|why| Refused::fault(&why))?;
    let kept = kept.map_err(|why| Refused::fault(&why))?;
    let order = Order {
        path: kept.path().to_owned(),
        name: file.name,
        on,
        dry_run: !flag("confirm"),
        skip_wrong: flag("skip_wrong"),
    };
    let imported = import_now(ask.db(), &ask.cx, &order, &Arc::new(Meter::default())).await?;
    Ok(Json(imported.report))
}

impl From<NotImported> for Refused {
    fn from(why: NotImported) -> Self {
        match why {
            NotImported::File(problem) => Self::unprocessable(problem.code, problem.message),
            NotImported::Denied(denied) => denied.into(),
            NotImported::Stopped => {
                Self::unprocessable("stopped", "已经停下，什么也没有写入。需要时再导一次。")
            }
            NotImported::Fault(fault) => fault.into(),
        }
    }
}

/// Where a batch stands.
#[derive(Serialize, JsonSchema)]
pub(super) struct BatchAnswer {
    id: BatchId,
    label: String,
    state: BatchState,
    file: String,
    /// The day for which its facts hold, once it is known.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    on: Option<Date>,
    rows: i64,
    new: i64,
    changed: i64,
    same: i64,
    wrong: i64,
    /// Why it cannot be read, or was not written.
    failure: Option<String>,
    #[schemars(with = "String", extend("format" = "date-time"))]
    created_at: Timestamp,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    written_at: Option<Timestamp>,
}

/// `GET /api/v1/imports/{id}`
pub(super) async fn batch(ask: Ask, Path(id): Path<String>) -> Answer<Json<BatchAnswer>> {
    let id = id.parse().map_err(|_| Refused::NotFound)?;
    let mut tx = ask.db().read().await?;
    let batch = verbs::open(&mut tx, &ask.cx, id).await?;
    let tally = batch.tally;
    Ok(Json(BatchAnswer {
        id: batch.id,
        label: batch.label,
        state: batch.state,
        file: batch.file_name,
        on: batch.holds_on,
        rows: tally.rows,
        new: tally.new,
        changed: tally.changed,
        same: tally.same,
        wrong: tally.wrong,
        failure: batch.failure.map(|(_, message)| message),
        created_at: batch.created_at,
        written_at: batch.written_at,
    }))
}
