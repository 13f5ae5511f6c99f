//! A platform's export on pages: uploaded, its columns confirmed, looked at, written, taken back.

use askama::Template;
use axum::extract::Path;
use kernel::Code as _;
use web::{Answer, Ask, FieldErrors, Figure, Form, Page, filters, html, html_with, upload::Upload};

use crate::{
    Batch, BatchId, BatchState, Column, Filter, Mapping, NewBatch, Outcome, Preview, Reading,
    SaleError, abandon_batch, map_batch,
    pages::{
        form_page::Choice,
        frame::{
            Names, campaign_of, event_choices, id_of, member_choices, reading, see, show_choices,
            version_field,
        },
    },
    policy, preview_batch, read_batch, remembered, sheet,
    show::moment,
    store, undo_batch, upload_batch, visible_batch, write_batch,
};

/// Rows shown of each sort; the rest is counted.
const SHOWN: usize = 200;

struct ListLine {
    href: String,
    platform: String,
    at: String,
    state: &'static str,
    records: Figure,
}

#[derive(Template)]
#[template(path = "batches.html")]
struct ListView {
    page: Page,
    campaign: (String, String),
    lines: Vec<ListLine>,
    merchants: Vec<Choice>,
    may_mix: bool,
    shows: Vec<Choice>,
    events: Vec<Choice>,
    may_upload: bool,
    errors: Vec<String>,
    limit: u64,
}

/// `GET /sale-batches?campaign=`: the files of a campaign, and the form for another one.
pub(crate) async fn list(ask: Ask) -> Answer {
    let view = list_view(&ask, &Form::parse(ask.query.as_bytes()), &FieldErrors::new()).await?;
    html(&ask, &view)
}

async fn list_view(ask: &Ask, form: &Form, errors: &FieldErrors) -> Answer<ListView> {
    let mut tx = ask.db().read().await?;
    let reading = reading(ask, &mut tx).await?;
    let campaign = campaign_of(&reading, form)?.clone();
    let mut lines = Vec::new();
    for batch in store::batches_of(&mut tx, campaign.id).await? {
        if visible_batch(&mut tx, &ask.cx, &reading, batch.id).await.is_err() {
            continue;
        }
        lines.push(list_line(&mut tx, &reading, &batch).await?);
    }
    let may_mix = policy::judges(&ask.cx.actor, &reading, campaign.id);
    let only = (!may_mix).then(|| reading.own());
    let merchants = member_choices(&mut tx, campaign.id, only).await?;
    Ok(ListView {
        page: ask.page("平台表格", "/campaigns"),
        may_upload: !merchants.is_empty(),
        lines,
        merchants,
        may_mix,
        shows: show_choices(&mut tx, campaign.id).await?,
        events: event_choices(&mut tx, campaign.id).await?,
        campaign: (campaign.name, campaign.id.to_string()),
        errors: errors.iter().map(|(_, why)| why.to_owned()).collect(),
        limit: sheet::ROW_LIMIT,
    })
}

async fn list_line(tx: &mut db::Tx, reading: &Reading, batch: &Batch) -> Answer<ListLine> {
    let filter = Filter { batch: Some(batch.id), ..Filter::default() };
    let totals = crate::Totals::of(tx, Some(reading), &filter, None).await?;
    Ok(ListLine {
        href: format!("/sale-batches/{}", batch.id),
        platform: batch.platform.clone(),
        at: moment(batch.uploaded_at),
        state: batch.state.label(),
        records: Figure::count(totals.count(), filter.href()),
    })
}

/// What came with a file.
pub(crate) fn new_batch(form: &Form) -> Result<NewBatch, SaleError> {
    let mut errors = FieldErrors::new();
    let campaign = form.parsed("campaign", "请从列表里选", &mut errors);
    let new = NewBatch {
        campaign: campaign.unwrap_or_else(|| kernel::Id::from_uuid(uuid::Uuid::nil())),
        sub_event: form.parsed("sub_event", "请从列表里选", &mut errors),
        show: form.parsed("show", "请从列表里选", &mut errors),
        merchant: form.parsed("merchant", "请从列表里选", &mut errors),
        platform: form.get("platform").to_owned(),
    };
    if errors.is_empty() { Ok(new) } else { Err(SaleError::Fields(errors)) }
}

/// Keeps a file with a guess at its columns: the guess is made before anybody waits for the
/// database.
pub(crate) async fn take_in(ask: &Ask, file: &Upload) -> Result<BatchId, SaleError> {
    let new = new_batch(&file.form)?;
    let before = {
        let mut tx = ask.db().read().await?;
        // Who may not hand in a file is told so before it is opened.
        let reading = Reading::of(&mut tx, &ask.cx).await?;
        policy::hand_in_file(&ask.cx.actor, &reading, new.campaign, new.merchant)?;
        remembered(&mut tx, &new.platform).await?
    };
    let (guess, _) = sheet::guess(file.bytes.clone(), before).await?;
    let mut tx = ask.db().write().await?;
    let id = upload_batch(&mut tx, &ask.cx, new, (&file.name, &file.bytes), guess).await?;
    tx.commit().await?;
    Ok(id)
}

/// `POST /sale-batches`
pub(crate) async fn upload(ask: Ask, file: Upload) -> Answer {
    match take_in(&ask, &file).await {
        Ok(id) => Ok(see(format_args!("/sale-batches/{id}"))),
        Err(SaleError::Fields(errors)) => {
            let view = list_view(&ask, &file.form, &errors).await?;
            html_with(&ask, axum::http::StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
        Err(other) => Err(other.into()),
    }
}

struct Row {
    number: u32,
    words: Vec<String>,
}

struct MapLine {
    code: &'static str,
    label: &'static str,
    is_needed: bool,
    chosen: String,
    why: Option<String>,
}

#[derive(Template)]
#[template(path = "batch.html")]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct View {
    page: Page,
    id: BatchId,
    version: i64,
    platform: String,
    campaign: (String, String),
    merchant: Option<String>,
    state: &'static str,
    is_mapped: bool,
    headers: Vec<String>,
    map: Vec<MapLine>,
    preview: Option<Shown>,
    failure: Option<String>,
    can_write: bool,
    can_undo: bool,
    may_act: bool,
    records: Figure,
}

/// A preview on a page.
struct Shown {
    to_write: usize,
    new: usize,
    back: usize,
    known: usize,
    no_sale: usize,
    wrong: usize,
    gross: String,
    returned: String,
    wrong_rows: Vec<Row>,
    known_rows: Vec<Row>,
}

fn shown(preview: &Preview) -> Shown {
    let rows = |words: &dyn Fn(&Outcome) -> Option<Vec<String>>| {
        let told = preview.rows.iter().filter_map(|row| Some((row.number, words(&row.outcome)?)));
        told.take(SHOWN).map(|(number, words)| Row { number, words }).collect()
    };
    Shown {
        to_write: preview.to_write(),
        new: preview.count(|one| matches!(one, Outcome::New { .. })),
        back: preview.count(|one| matches!(one, Outcome::CameBack(_))),
        known: preview.count(|one| matches!(one, Outcome::Known(_) | Outcome::Written)),
        no_sale: preview.count(|one| matches!(one, Outcome::NoSale(_))),
        wrong: preview.count(|one| matches!(one, Outcome::Wrong(_))),
        gross: preview.gross().to_string(),
        returned: preview.back().to_string(),
        wrong_rows: rows(&|one| match one {
            Outcome::Wrong(why) => Some(why.clone()),
            _ => None,
        }),
        known_rows: rows(&|one| match one {
            Outcome::Known(why) => Some(vec![why.clone()]),
            _ => None,
        }),
    }
}

/// `GET /sale-batches/{id}`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: BatchId = id_of(&id)?;
    let view = view(&ask, id, None).await?;
    html(&ask, &view)
}

async fn view(ask: &Ask, id: BatchId, typed: Option<(&Form, &FieldErrors)>) -> Answer<View> {
    let mut tx = ask.db().read().await?;
    let reading = reading(ask, &mut tx).await?;
    let batch = visible_batch(&mut tx, &ask.cx, &reading, id).await?;
    let whose = (batch.campaign, batch.merchant);
    let may_act = policy::hand_in_file(&ask.cx.actor, &reading, whose.0, whose.1).is_ok();
    let headers = if batch.state == BatchState::Uploaded {
        let bytes = db::file::bytes(&mut tx, batch.file).await?;
        sheet::guess(bytes, Some(batch.mapping.clone())).await?.1
    } else {
        Vec::new()
    };
    let (mut preview, mut failure) = (None, None);
    if batch.mapping.missing().is_empty() && batch.state == BatchState::Uploaded {
        match look(ask, &mut tx, &reading, &batch).await {
            Ok(seen) => preview = Some(shown(&seen)),
            Err(SaleError::Fault(fault)) => return Err(fault.into()),
            Err(other) => failure = Some(other.message()),
        }
    }
    let names = Names::load(&mut tx).await?;
    let campaign = reading.campaign(batch.campaign).map(|one| one.name.clone());
    let line = list_line(&mut tx, &reading, &batch).await?;
    Ok(View {
        page: ask.page("平台表格", "/campaigns"),
        id,
        version: batch.version,
        platform: batch.platform.clone(),
        campaign: (campaign.unwrap_or_default(), batch.campaign.to_string()),
        merchant: batch.merchant.map(|one| names.of(one)),
        state: batch.state.label(),
        is_mapped: batch.is_mapped,
        headers,
        map: Column::ALL.iter().map(|one| map_line(&batch, *one, typed)).collect(),
        can_write: may_act
            && batch.is_mapped
            && preview.as_ref().is_some_and(|one: &Shown| one.to_write > 0),
        preview,
        failure,
        can_undo: may_act && batch.state == BatchState::Written,
        may_act: may_act && batch.state == BatchState::Uploaded,
        records: line.records,
    })
}

fn map_line(batch: &Batch, column: Column, typed: Option<(&Form, &FieldErrors)>) -> MapLine {
    let chosen = match typed {
        Some((form, _)) => form.get(column.code()).to_owned(),
        None => batch.mapping.header(column).unwrap_or_default().to_owned(),
    };
    let why = typed.and_then(|(_, errors)| errors.get(column.code())).map(str::to_owned);
    MapLine {
        code: column.code(),
        label: column.label(),
        is_needed: column.is_needed() || column == Column::Merchant && batch.merchant.is_none(),
        chosen,
        why,
    }
}

/// What each row would become.
pub(crate) async fn look(
    ask: &Ask,
    tx: &mut db::Tx,
    reading: &Reading,
    batch: &Batch,
) -> Result<Preview, SaleError> {
    let rows = read_batch(tx, batch).await?;
    preview_batch(tx, &ask.cx, &ask.state.site().keys, reading, (batch, rows)).await
}

/// `POST /sale-batches/{id}/mapping`
pub(crate) async fn remap(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: BatchId = id_of(&id)?;
    let mut mapping = Mapping::default();
    for column in Column::ALL {
        mapping.set(*column, form.get(column.code()));
    }
    let mut tx = ask.db().write().await?;
    match map_batch(&mut tx, &ask.cx, (id, version_field(&form)), mapping).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(see(format_args!("/sale-batches/{id}")))
        }
        Err(SaleError::Fields(errors)) => {
            tx.rollback().await?;
            let view = view(&ask, id, Some((&form, &errors))).await?;
            html_with(&ask, axum::http::StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
        Err(other) => Err(other.into()),
    }
}

/// Writes a file as it was looked at: read first, then written with nobody waiting for the
/// reading.
pub(crate) async fn write(
    ask: &Ask,
    id: BatchId,
    version: Option<i64>,
) -> Result<crate::Written, SaleError> {
    let (batch, rows) = {
        let mut tx = ask.db().read().await?;
        let reading = Reading::of(&mut tx, &ask.cx).await?;
        let batch = visible_batch(&mut tx, &ask.cx, &reading, id).await?;
        if batch.state != BatchState::Uploaded {
            return Err(SaleError::BatchState);
        }
        let rows = read_batch(&mut tx, &batch).await?;
        (batch, rows)
    };
    let mut tx = ask.db().write().await?;
    let told = (id, version.unwrap_or(batch.version));
    let keys = &ask.state.site().keys;
    let written = write_batch(&mut tx, &ask.cx, keys, told, rows).await?;
    tx.commit().await?;
    Ok(written)
}

/// `POST /sale-batches/{id}/confirmation`
pub(crate) async fn confirm(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: BatchId = id_of(&id)?;
    write(&ask, id, Some(version_field(&form))).await?;
    Ok(see(format_args!("/sale-batches/{id}")))
}

/// `POST /sale-batches/{id}/undoing`
pub(crate) async fn undo(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: BatchId = id_of(&id)?;
    let mut tx = ask.db().write().await?;
    undo_batch(&mut tx, &ask.cx, id).await?;
    tx.commit().await?;
    Ok(see(format_args!("/sale-batches/{id}")))
}

/// `POST /sale-batches/{id}/abandonment`
pub(crate) async fn abandon(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: BatchId = id_of(&id)?;
    let mut tx = ask.db().write().await?;
    abandon_batch(&mut tx, &ask.cx, id).await?;
    tx.commit().await?;
    Ok(see(format_args!("/sale-batches/{id}")))
}
