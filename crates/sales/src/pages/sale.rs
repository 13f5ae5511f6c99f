//! `GET /sales/{id}`: one record with its returns, steps and evidence; and what is done with it.

use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use db::file::{self, FileId};
use kernel::{Code as _, mask_name};
use web::{Answer, Ask, FieldErrors, Form, Page, Refused, filters, html, upload::Upload};

use crate::{
    Sale, SaleError, SaleId, Side, Source, Step, correct_sale, hand_in_return, judge_sale,
    lay_evidence,
    lay_evidence::hex,
    pages::{
        frame::{Names, id_of, moment_field, money_field, reading, see, version_field},
        sales::{Line, line},
    },
    policy,
    show::moment,
    store, visible_sale,
};

struct StepLine {
    state: &'static str,
    who: String,
    at: String,
    why: String,
    amount: String,
    sold_at: String,
}

struct FileLine {
    href: String,
    sha256: String,
    who: String,
    at: String,
}

#[derive(Template)]
#[template(path = "sale.html")]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct View {
    page: Page,
    id: SaleId,
    version: i64,
    line: Line,
    campaign: (String, String),
    show: Option<(String, String)>,
    batch: Option<String>,
    origin: Option<String>,
    platform: String,
    has_order: bool,
    back: Vec<Line>,
    steps: Vec<StepLine>,
    files: Vec<FileLine>,
    can_verify: bool,
    can_question: bool,
    can_reject: bool,
    can_correct: bool,
    can_return: Option<Source>,
    can_lay: bool,
    amount: String,
    sold_at: String,
    now: String,
}

/// The page.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let id: SaleId = id_of(&id)?;
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx).await?;
    let sale = visible_sale(&mut tx, &reading, id).await?;
    let names = Names::load(&mut tx).await?;
    let back = store::returns_of(&mut tx, id).await?;
    let steps = store::steps_of(&mut tx, id).await?;
    let files = store::evidence_of(&mut tx, id).await?;
    let on_air = match sale.show {
        Some(id) => crate::show_by_id(&mut tx, id).await?,
        None => None,
    };
    let actor = &ask.cx.actor;
    let judges = policy::judge(actor, &reading, &sale).is_ok();
    let can = |step| sale.state.after(step).is_some();
    let campaign = reading.campaign(sale.campaign).map(|one| one.name.clone());
    let view = View {
        page: ask.page("销售记录", "/campaigns"),
        id,
        version: sale.version,
        line: line(&names, &sale),
        campaign: (campaign.unwrap_or_default(), sale.campaign.to_string()),
        show: on_air.map(|one| (one.title, format!("/shows/{}", one.id))),
        batch: sale.batch.map(|one| format!("/sale-batches/{one}")),
        origin: sale.returns_of.map(|(one, _)| format!("/sales/{one}")),
        platform: sale.platform.clone(),
        has_order: sale.order.is_some(),
        back: back.iter().map(|one| line(&names, one)).collect(),
        steps: steps.into_iter().map(step_line).collect(),
        files: files.iter().map(|one| file_line(id, one)).collect(),
        can_verify: judges && can(Step::Verify),
        can_question: judges && can(Step::Question),
        can_reject: judges && can(Step::Reject),
        can_correct: can(Step::Correct) && policy::correct(actor, &reading, &sale).is_ok(),
        can_return: returning(&sale, |source| {
            policy::tells(actor, &reading, (sale.campaign, sale.merchant), source)
        }),
        can_lay: policy::lay(actor, &reading, &sale).is_ok(),
        amount: sale.amount.to_string(),
        sold_at: moment(sale.sold_at).replace(' ', "T"),
        now: moment(ask.cx.now).replace(' ', "T"),
    };
    html(&ask, &view)
}

/// By which source the actor may tell that something of the sale came back.
fn returning(sale: &Sale, tells: impl Fn(Source) -> bool) -> Option<Source> {
    if sale.side == Side::Return || !sale.state.counts() {
        return None;
    }
    [Source::Declaration, Source::Till, Source::Platform].into_iter().find(|one| tells(*one))
}

fn step_line(one: store::StepTaken) -> StepLine {
    StepLine {
        state: one.state.label(),
        who: mask_name(&one.by),
        at: moment(one.at),
        why: one.why,
        amount: one.amount.to_string(),
        sold_at: moment(one.sold_at),
    }
}

fn file_line(sale: SaleId, one: &store::Evidence) -> FileLine {
    FileLine {
        href: format!("/sales/{sale}/evidence/{}", one.file),
        sha256: hex(&one.sha256),
        who: mask_name(&one.noted_by),
        at: moment(one.noted_at),
    }
}

/// `POST /sales/{id}/steps`
pub(crate) async fn step(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: SaleId = id_of(&id)?;
    let step = Step::from_code(form.get("step"));
    let step = step.ok_or_else(|| Refused::from(SaleError::Conflict))?;
    let mut tx = ask.db().write().await?;
    let told = (id, version_field(&form));
    judge_sale(&mut tx, &ask.cx, told, step, form.get("why")).await?;
    tx.commit().await?;
    Ok(see(format_args!("/sales/{id}")))
}

/// `POST /sales/{id}/corrections`
pub(crate) async fn correct(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: SaleId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let amount = money_field(&form, &mut errors);
    let sold_at = moment_field(&form, "sold_at", &mut errors);
    errors.check()?;
    let mut tx = ask.db().write().await?;
    let told = (id, version_field(&form));
    correct_sale(&mut tx, &ask.cx, told, (amount, sold_at), form.get("why")).await?;
    tx.commit().await?;
    Ok(see(format_args!("/sales/{id}")))
}

/// `POST /sales/{id}/returns`
pub(crate) async fn came_back(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: SaleId = id_of(&id)?;
    let mut errors = FieldErrors::new();
    let amount = money_field(&form, &mut errors);
    let at = moment_field(&form, "sold_at", &mut errors);
    let source = Source::from_code(form.get("source")).unwrap_or(Source::Declaration);
    errors.check()?;
    let mut tx = ask.db().write().await?;
    hand_in_return(&mut tx, &ask.cx, (id, source), (amount, at)).await?;
    tx.commit().await?;
    Ok(see(format_args!("/sales/{id}")))
}

/// `POST /sales/{id}/evidence`
pub(crate) async fn lay(ask: Ask, Path(id): Path<String>, file: Upload) -> Answer {
    let id: SaleId = id_of(&id)?;
    let mut tx = ask.db().write().await?;
    lay_evidence(&mut tx, &ask.cx, id, (&file.name, &file.bytes)).await?;
    tx.commit().await?;
    Ok(see(format_args!("/sales/{id}")))
}

/// `GET /sales/{id}/evidence/{file}`: always to be saved, never shown as a page of ours.
pub(crate) async fn evidence(ask: Ask, Path((id, file)): Path<(String, String)>) -> Answer {
    let (id, file): (SaleId, FileId) = (id_of(&id)?, id_of(&file)?);
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx).await?;
    visible_sale(&mut tx, &reading, id).await?;
    let beside = store::evidence_of(&mut tx, id).await?;
    if !beside.iter().any(|one| one.file == file) {
        return Err(Refused::NotFound);
    }
    let bytes = file::bytes(&mut tx, file).await?;
    Ok(attachment(bytes))
}

fn attachment(bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let any = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, any);
    let save = HeaderValue::from_static("attachment; filename=\"evidence\"");
    headers.insert(header::CONTENT_DISPOSITION, save);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
