//! `/settlements/payments`: the approved settlements of one funder, their sum and count, the file
//! for the bank, and its answer for all of them at once.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use campaigns::FunderId;
use db::{Query, Tx, journal};
use kernel::{Code as _, Fen, Keys};
use web::{Answer, Ask, Figure, Form, Page, filters, gate::ShownOnce, html_with};

use super::{
    file,
    frame::{Choice, Names, Row},
};
use crate::{
    Settlement, SettlementId, SettlementState, SettlementStep,
    bank_file::{self, Charset},
    pages::frame::{moment, see},
    settlement_filter::SettlementFilter,
    settlement_payments::{MOST, PayError, bank_payments, pay_settlements},
    settlement_sight::SettlementSight,
    store::settlements_read,
};

/// An approved settlement on the page.
struct Line {
    row: Row,
    /// Id and version, as a form sends them.
    value: String,
    id: SettlementId,
    /// Where an account is told, when the merchant has none.
    no_payee: Option<String>,
    /// That it stood in a file before, and since when.
    in_file: Option<String>,
}

#[derive(Template)]
#[template(path = "settlements/payments.html")]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct View {
    page: Page,
    funders: Vec<Choice>,
    funder: Option<(FunderId, String)>,
    lines: Vec<Line>,
    count: Figure,
    due: Figure,
    /// Of these, how many have an amount and stand in the file.
    in_file: usize,
    without_payee: usize,
    /// Some stood in a file before, which the bank may have.
    was_in_file: bool,
    /// There are more than one file takes.
    is_cut: bool,
    /// Some of the funder's were chosen, not all.
    is_part: bool,
    is_gb: bool,
    reference: String,
    refused: Option<String>,
}

/// What the reader pays, of every funder that they decide for.
fn to_pay(sight: &SettlementSight, funder: Option<FunderId>) -> Query {
    let filter =
        SettlementFilter { funder, todo: Some(SettlementStep::Pay), ..SettlementFilter::default() };
    filter.condition(sight)
}

/// `GET /settlements/payments`
pub(crate) async fn show(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let chosen: Vec<SettlementId> = query.all("id").filter_map(|id| id.parse().ok()).collect();
    let funder = query.get("funder").parse().ok();
    render(&ask, StatusCode::OK, (funder, &chosen), &query, None).await
}

async fn render(
    ask: &Ask,
    status: StatusCode,
    (asked, chosen): (Option<FunderId>, &[SettlementId]),
    typed: &Form,
    refused: Option<String>,
) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = SettlementSight::of(&mut tx, &ask.cx).await?;
    let names = Names::load(&mut tx).await?;
    let mut funders: Vec<FunderId> = settlements_read::pairs(&mut tx, to_pay(&sight, None))
        .await?
        .into_iter()
        .map(|(one, _)| one)
        .collect();
    funders.dedup();
    let funder = asked.or_else(|| if funders.len() == 1 { funders.first().copied() } else { None });
    let mut found = match funder {
        Some(_) => {
            let most = MOST as i64 + 1;
            settlements_read::list(&mut tx, to_pay(&sight, funder), None, most).await?
        }
        None => Vec::new(),
    };
    let is_cut = found.len() > MOST;
    found.truncate(MOST);
    let all = found.len();
    if !chosen.is_empty() {
        found.retain(|one| chosen.contains(&one.id));
    }
    let lines = lines(&mut tx, &sight, &names, &found).await?;
    drop(tx);
    let filter = SettlementFilter { funder, ..SettlementFilter::default() };
    let href = filter.state(SettlementState::Approved).href();
    let due = Fen(found.iter().map(|one| one.due().0).sum());
    let mut frame = ask.page("付款", "/settlements");
    frame.here = filter.at("/settlements/payments");
    let choice = |id: &FunderId| Choice::new(id, names.funder(*id), funder == Some(*id));
    // What is only a part of the list has its own rows to open to, on this page.
    let opens = || if is_cut || found.len() < all { "#rows".to_owned() } else { href.clone() };
    let view = View {
        page: frame,
        funders: funders.iter().map(choice).collect(),
        funder: funder.map(|id| (id, names.funder(id))),
        count: Figure::count(found.len() as i64, opens()),
        due: Figure::text(due.to_string(), opens()),
        in_file: found.iter().filter(|one| one.due().0 > 0).count(),
        without_payee: lines.iter().filter(|one| one.no_payee.is_some()).count(),
        was_in_file: lines.iter().any(|one| one.in_file.is_some()),
        is_cut,
        is_part: found.len() < all,
        lines,
        is_gb: typed.get("charset") == Charset::Gb18030.code(),
        reference: typed.get("reference").to_owned(),
        refused,
    };
    html_with(ask, status, &view)
}

/// Entries of a settlement's journal that are looked at. A settlement has a handful.
const ENTRIES: i64 = 20;

async fn lines(
    tx: &mut Tx,
    sight: &SettlementSight,
    names: &Names,
    found: &[Settlement],
) -> Answer<Vec<Line>> {
    let mut lines = Vec::with_capacity(found.len());
    for one in found {
        let merchant = merchants::merchant(tx, one.merchant).await?;
        let has_payee = merchant.is_some_and(|merchant| merchant.has_payee);
        let is_missing = !has_payee && one.due().0 > 0;
        let told = journal::of_subject(tx, one.id.uuid(), ENTRIES).await?;
        let filed = told.iter().find(|entry| entry.verb == "settlement.exported");
        lines.push(Line {
            row: Row::of(names, sight.name(one.campaign), one),
            value: format!("{}.{}", one.id, one.version),
            id: one.id,
            no_payee: is_missing.then(|| format!("/merchants/{}", one.merchant)),
            in_file: filed.map(|entry| format!("{} 列入过付款文件", moment(entry.at))),
        });
    }
    Ok(lines)
}

/// The settlements that a form names, by id and version.
fn named(form: &Form) -> Vec<(SettlementId, i64)> {
    let read = |text: &str| {
        let (id, version) = text.split_once('.')?;
        Some((id.parse().ok()?, version.parse().ok()?))
    };
    form.all("one").filter_map(read).collect()
}

/// The page again, with what was chosen and typed, and why nothing was done.
async fn again(ask: &Ask, form: &Form, why: PayError) -> Answer {
    let (status, message) = why.message()?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let chosen: Vec<_> = named(form).into_iter().map(|(id, _)| id).collect();
    let funder = form.get("funder").parse().ok();
    render(ask, status, (funder, &chosen), form, Some(message)).await
}

/// `POST /settlements/bank-files`: the file, whose accounts were opened for it and journalled.
pub(crate) async fn bank(ask: Ask, form: Form) -> Answer {
    let charset = Charset::from_code(form.get("charset")).unwrap_or(Charset::Utf8);
    let keys: &Keys = &ask.state.site().keys;
    let mut tx = ask.db().write().await?;
    let payments = match bank_payments(&mut tx, &ask.cx, keys, &named(&form)).await {
        Ok(payments) => payments,
        Err(why) => {
            tx.rollback().await?;
            return again(&ask, &form, why).await;
        }
    };
    tx.commit().await?;
    let bytes = bank_file::write(&payments, charset);
    let name = format!("批量付款_{}", file::day(ask.cx.today()));
    let mut response: Response = file::csv(bytes, charset.code(), &name);
    // It holds accounts: no copy of it is kept for a repeated key.
    response.extensions_mut().insert(ShownOnce);
    Ok(response)
}

/// `POST /settlements/payments`: all of them are paid, under the bank's reference.
pub(crate) async fn pay(ask: Ask, form: Form) -> Answer {
    let mut tx = ask.db().write().await?;
    let reference = form.get("reference");
    if let Err(why) = pay_settlements(&mut tx, &ask.cx, &named(&form), reference).await {
        tx.rollback().await?;
        return again(&ask, &form, why).await;
    }
    tx.commit().await?;
    let funder: Option<FunderId> = form.get("funder").parse().ok();
    let filter = SettlementFilter { funder, ..SettlementFilter::default() };
    Ok(see(filter.state(SettlementState::Paid).href()))
}
