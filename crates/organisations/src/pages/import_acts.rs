//! What the pages of an import send: the file, its day, confirmation, stop, undoing, suggestions;
//! and what they fetch beside themselves: progress, and the marked workbook.

use axum::{
    Json,
    extract::Path,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Redirect},
};
use serde_json::json;
use web::{Answer, Ask, Form, Refused, live, upload::Upload};

use super::{
    file::workbook,
    import::{bar_words, batch_id, far, shown},
};
use crate::import::{
    BatchState,
    batch::{BatchId, Outcome},
    marked,
    meter::Meters,
    undo::{NotUndone, undo},
    verbs::{self, Adopt},
};

fn to_page(id: BatchId) -> axum::response::Response {
    Redirect::to(&format!("/imports/{id}")).into_response()
}

/// `POST /imports`
pub(crate) async fn upload(ask: Ask, headers: HeaderMap, file: Upload) -> Answer {
    let on = match file.form.optional("on") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| bad_date())?),
    };
    let mut tx = ask.db().write().await?;
    let id = verbs::upload(&mut tx, &ask.cx, &file.name, &file.bytes, on).await?;
    tx.commit().await?;
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    // The page's script loads the address itself, once.
    if accepts.is_some_and(|accepts| accepts.contains("application/json")) {
        return Ok(Json(json!({ "url": format!("/imports/{id}") })).into_response());
    }
    Ok(to_page(id))
}

fn bad_date() -> Refused {
    Refused::unprocessable("bad-date", "日期要写成 2021-10-15 这样。没有改动，请再选一次。")
}

/// `POST /imports/{id}/date`
pub(crate) async fn date(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id = batch_id(&id)?;
    let on = form.get("on").parse().map_err(|_| bad_date())?;
    let mut tx = ask.db().write().await?;
    verbs::name_date(&mut tx, &ask.cx, id, on).await?;
    tx.commit().await?;
    Ok(to_page(id))
}

/// `POST /imports/{id}/confirmation`
pub(crate) async fn confirm(ask: Ask, Path(id): Path<String>) -> Answer {
    let id = batch_id(&id)?;
    let mut tx = ask.db().write().await?;
    verbs::confirm(&mut tx, &ask.cx, id).await?;
    tx.commit().await?;
    Ok(to_page(id))
}

/// `POST /imports/{id}/stop`
pub(crate) async fn stop(ask: Ask, Path(id): Path<String>) -> Answer {
    let id = batch_id(&id)?;
    // First without writing: the work may hold the only writer until it hears of this.
    let mut tx = ask.db().read().await?;
    let meters = ask.state.part::<Meters>();
    verbs::tell_to_stop(&mut tx, &ask.cx, &meters, id).await?;
    drop(tx);
    let mut tx = ask.db().write().await?;
    verbs::stop(&mut tx, &ask.cx, id).await?;
    tx.commit().await?;
    Ok(to_page(id))
}

/// `POST /imports/{id}/abandonment`
pub(crate) async fn abandon(ask: Ask, Path(id): Path<String>) -> Answer {
    let id = batch_id(&id)?;
    let mut tx = ask.db().write().await?;
    verbs::abandon(&mut tx, &ask.cx, id).await?;
    tx.commit().await?;
    Ok(to_page(id))
}

/// `POST /imports/{id}/undoing`
pub(crate) async fn take_back(ask: Ask, Path(id): Path<String>) -> Answer {
    let id = batch_id(&id)?;
    let mut tx = crate::ledger::begin(ask.db()).await?;
    match undo(&mut tx, &ask.cx, id).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(to_page(id))
        }
        Err(NotUndone::Left(left)) => Err(left.into()),
        Err(NotUndone::Denied(denied)) => Err(denied.into()),
        Err(refused @ NotUndone::Changed(..)) => {
            tx.rollback().await?;
            shown(&ask, id, StatusCode::CONFLICT, Some(&refused)).await
        }
    }
}

/// `POST /imports/{id}/adoptions`: `row` and `column` of one cell, or `column` and `code` of all
/// cells with the same problem.
pub(crate) async fn adopt(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id = batch_id(&id)?;
    let unknown = || Refused::unprocessable("bad-cell", "没有这一格。没有改动，请刷新再试。");
    let column = form.get("column").parse().map_err(|_| unknown())?;
    let which = match form.optional("row") {
        Some(row) => Adopt::Cell(row.parse().map_err(|_| unknown())?, column),
        None => Adopt::Kind(column, form.get("code").to_owned()),
    };
    let mut tx = ask.db().write().await?;
    verbs::adopt(&mut tx, &ask.cx, id, &which).await?;
    tx.commit().await?;
    Ok(to_page(id))
}

/// `GET /imports/{id}/events`
pub(crate) async fn events(ask: Ask, Path(id): Path<String>) -> Answer {
    let id = batch_id(&id)?;
    let mut tx = ask.db().read().await?;
    verbs::open(&mut tx, &ask.cx, id).await?;
    drop(tx);
    Ok(live::follow(move || look(ask.clone(), id)))
}

async fn look(ask: Ask, id: BatchId) -> Answer<live::Progress> {
    let mut tx = ask.db().read().await?;
    let batch = verbs::open(&mut tx, &ask.cx, id).await?;
    drop(tx);
    let (done, total) = far(&ask, &batch);
    Ok(live::Progress {
        done,
        total: (total > 0).then_some(total),
        phase: if batch.state == BatchState::Writing { "写入" } else { "核对" }.into(),
        text: bar_words(&ask, batch.state, done, total),
        url: (!batch.is_busy()).then(|| format!("/imports/{id}")),
    })
}

/// `GET /imports/{id}/errors.xlsx`
pub(crate) async fn errors(ask: Ask, Path(id): Path<String>) -> Answer {
    let id = batch_id(&id)?;
    let mut tx = ask.db().read().await?;
    let batch = verbs::open(&mut tx, &ask.cx, id).await?;
    let rows = verbs::rows(&mut tx, id, Outcome::Wrong, 0, i64::MAX).await?;
    let bytes = db::file::bytes(&mut tx, batch.file).await?;
    drop(tx);
    let Some(layout) = batch.layout.clone() else { return Err(Refused::NotFound) };
    let today = ask.cx.today();
    let made = tokio::task::spawn_blocking(move || marked::mark(&bytes, &layout, &rows, today));
    let made = made.await.map_err(|why| Refused::fault(&why))?;
    let made = made.map_err(|why| Refused::fault(&why))?;
    let name = batch.file_name.rsplit_once('.').map_or(&*batch.file_name, |(name, _)| name);
    Ok(workbook(made, &format!("{name}_标注"), "errors"))
}
