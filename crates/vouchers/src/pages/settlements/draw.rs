//! `/settlements/draw`: what would be drawn for a campaign up to a day, before it is; every number
//! opens to its lines.

use askama::Template;
use axum::http::StatusCode;
use campaigns::{CampaignId, FunderId};
use db::Tx;
use jiff::Timestamp;
use kernel::{Date, Fen, LooseDate, time::start_of};
use merchants::MerchantId;
use web::{Answer, Ask, FieldErrors, Figure, Form, Page, Refused, filters, html_with};

use super::frame::{Choice, LINES, Names, Shown, Turn, page_of};
use crate::{
    SettlementState, draw_settlements,
    pages::frame::{moment, see},
    settlement_filter::SettlementFilter,
    settlement_sight::SettlementSight,
    store::settlements_read::{self, Sort, Unsettled},
};

/// What would be one settlement, or waits.
struct Row {
    funder: String,
    merchant: String,
    redemptions: Figure,
    redeemed: Figure,
    refunds: Figure,
    refunded: Figure,
    due: Figure,
    waits: bool,
}

/// The lines of one row.
struct Part {
    funder: String,
    merchant: String,
    lines: Vec<Shown>,
    turn: Turn,
}

/// A campaign and a day, looked at.
struct Preview {
    campaign: CampaignId,
    name: String,
    until: Timestamp,
    until_words: String,
    rows: Vec<Row>,
    drawn: usize,
    due: String,
    part: Option<Part>,
}

#[derive(Template)]
#[template(path = "settlements/draw.html")]
struct View {
    page: Page,
    campaigns: Vec<Choice>,
    on: String,
    errors: FieldErrors,
    preview: Option<Preview>,
    nothing: bool,
}

/// `GET /settlements/draw`
pub(crate) async fn show(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let mut tx = ask.db().read().await?;
    let sight = SettlementSight::of(&mut tx, &ask.cx).await?;
    let chosen = query.optional("campaign").map(str::parse::<CampaignId>).transpose();
    let chosen = chosen.map_err(|_| Refused::NotFound)?;
    if chosen.is_some_and(|id| sight.name(id).is_empty()) {
        return Err(Refused::NotFound);
    }
    if chosen.is_some_and(|id| !sight.runs(id)) {
        return Err(Refused::Forbidden);
    }
    let mut errors = FieldErrors::new();
    let on = day(&query, ask.cx.today(), &mut errors);
    let preview = match (chosen, on) {
        (Some(campaign), Some(on)) => {
            let until = end_of(on).min(ask.cx.now);
            let name = sight.name(campaign).to_owned();
            Some(look(&mut tx, &query, (campaign, name), (on, until)).await?)
        }
        _ => None,
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let seen = sight.campaigns().iter().filter(|one| sight.runs(one.id));
    let view = View {
        page: ask.page("开结算", "/settlements"),
        campaigns: seen.map(|one| Choice::new(one.id, &one.name, chosen == Some(one.id))).collect(),
        on: on.map_or_else(|| query.get("on").to_owned(), |on| on.to_string()),
        errors,
        preview,
        nothing: query.ticked("nothing"),
    };
    html_with(&ask, status, &view)
}

/// The day that the address names, or today.
fn day(query: &Form, today: Date, errors: &mut FieldErrors) -> Option<Date> {
    let Some(typed) = query.optional("on") else { return Some(today) };
    let on = typed.parse::<LooseDate>().ok().and_then(LooseDate::day);
    if on.is_none() {
        errors.add("on", "日期要写成 2021-10-20 这样");
    }
    on
}

fn end_of(on: Date) -> Timestamp {
    on.tomorrow().map_or(Timestamp::MAX, start_of)
}

async fn look(
    tx: &mut Tx,
    query: &Form,
    (campaign, name): (CampaignId, String),
    (on, until): (Date, Timestamp),
) -> Answer<Preview> {
    let open = settlements_read::unsettled(tx, campaign, until).await?;
    let names = Names::load(tx).await?;
    let here = format!("/settlements/draw?campaign={campaign}&on={on}");
    let part = part(tx, query, &names, &here, (campaign, until, &open)).await?;
    let drawn = || open.iter().filter(|one| one.due().0 >= 0);
    Ok(Preview {
        campaign,
        name,
        until,
        until_words: moment(until),
        drawn: drawn().count(),
        due: Fen(drawn().map(|one| one.due().0).sum()).to_string(),
        rows: open.iter().map(|one| row(&names, &here, one)).collect(),
        part,
    })
}

fn row(names: &Names, here: &str, one: &Unsettled) -> Row {
    let opens = |sort: Sort| {
        let (funder, merchant, kind) = (one.funder, one.merchant, sort.code());
        format!("{here}&funder={funder}&merchant={merchant}&kind={kind}#lines")
    };
    let text = |amount: Fen, sort| Figure::text(amount.to_string(), opens(sort));
    Row {
        funder: names.funder(one.funder),
        merchant: names.merchant(one.merchant),
        redemptions: Figure::count(one.redemptions, opens(Sort::Redemptions)),
        redeemed: text(one.redeemed, Sort::Redemptions),
        refunds: Figure::count(one.refunds, opens(Sort::Refunds)),
        refunded: text(one.refunded, Sort::Refunds),
        due: text(one.due(), Sort::All),
        waits: one.due().0 < 0,
    }
}

/// The lines of the row that the address names.
async fn part(
    tx: &mut Tx,
    query: &Form,
    names: &Names,
    here: &str,
    (campaign, until, open): (CampaignId, Timestamp, &[Unsettled]),
) -> Answer<Option<Part>> {
    let ids = (query.get("funder").parse(), query.get("merchant").parse());
    let (Ok(funder), Ok(merchant)): (Result<FunderId, _>, Result<MerchantId, _>) = ids else {
        return Ok(None);
    };
    let found = open.iter().find(|one| one.funder == funder && one.merchant == merchant);
    let Some(found) = found else { return Ok(None) };
    let (sort, page) = (Sort::read(query.get("kind")), page_of(query.get("page")));
    let (of, window) = ((campaign, funder, merchant), ((page - 1) * LINES, LINES));
    let lines = settlements_read::unsettled_lines(tx, of, until, sort, window).await?;
    let total = match sort {
        Sort::All => found.redemptions + found.refunds,
        Sort::Redemptions => found.redemptions,
        Sort::Refunds => found.refunds,
    };
    let at = format!("{here}&funder={funder}&merchant={merchant}&kind={}", sort.code());
    Ok(Some(Part {
        funder: names.funder(funder),
        merchant: names.merchant(merchant),
        turn: Turn::new(page, lines.len(), total, &at),
        lines: lines.iter().map(Shown::of).collect(),
    }))
}

/// `POST /settlements/draws`: draws what was looked at, up to the same instant.
pub(crate) async fn draw(ask: Ask, form: Form) -> Answer {
    let campaign: CampaignId = form.get("campaign").parse().map_err(|_| Refused::NotFound)?;
    let until: Timestamp = form.get("until").parse().map_err(|_| Refused::NotFound)?;
    let mut tx = ask.db().write().await?;
    let drawn = draw_settlements(&mut tx, &ask.cx, campaign, until).await?;
    tx.commit().await?;
    if drawn.is_empty() {
        return Ok(see(format_args!("/settlements/draw?campaign={campaign}&nothing=1")));
    }
    let filter = SettlementFilter { campaign: Some(campaign), ..SettlementFilter::default() };
    Ok(see(filter.state(SettlementState::Drawn).href()))
}
