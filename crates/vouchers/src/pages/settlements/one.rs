//! `GET /settlements/{id}`: one settlement with every line, and the next step for whoever may
//! take it.

use askama::Template;
use axum::{extract::Path, http::StatusCode};
use db::{Tx, journal};
use kernel::{Code as _, Fen, mask_name};
use serde_json::Value;
use web::{Answer, Ask, Figure, Form, Page, Refused, filters, html_with};

use super::{
    frame::{LINES, Names, Shown, Turn, page_of},
    list::write,
};
use crate::{
    SettleError, Settlement, SettlementId, SettlementState, SettlementStep, VERBS,
    pages::frame::{id_of, moment, see},
    policy,
    settlement::{turn_settlement, visible},
    settlement_book::Named,
    settlement_sight::SettlementSight,
    store::settlements_read::{self, Sort},
};

/// Something that the reader may do now.
struct Act {
    step: SettlementStep,
    label: &'static str,
    /// What its words are, where it asks for some.
    asks: Option<&'static str>,
}

struct Told {
    at: String,
    who: String,
    what: &'static str,
    words: String,
    by_system: bool,
}

#[derive(Template)]
#[template(path = "settlements/one.html")]
struct View {
    page: Page,
    one: Settlement,
    campaign: (String, String),
    funder: String,
    merchant: (String, String),
    state: &'static str,
    is_paid: bool,
    until: String,
    drawn: String,
    due: Figure,
    redeemed: Figure,
    redemptions: Figure,
    refunded: Figure,
    refunds: Figure,
    main: Option<Act>,
    others: Vec<Act>,
    /// Which form came back, what was typed in it, and why.
    refused: Option<(SettlementStep, String, String)>,
    sort: Sort,
    lines: Vec<Shown>,
    turn: Turn,
    told: Vec<Told>,
}

impl View {
    fn typed(&self, act: &Act) -> &str {
        match &self.refused {
            Some((step, typed, _)) if *step == act.step => typed,
            _ => "",
        }
    }
    fn is_wrong(&self, act: &Act) -> bool {
        self.refused.as_ref().is_some_and(|(step, ..)| *step == act.step)
    }
}

/// `GET /settlements/{id}`
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    render(&ask, id_of(&id)?, StatusCode::OK, None).await
}

async fn render(
    ask: &Ask,
    id: SettlementId,
    status: StatusCode,
    refused: Option<(SettlementStep, String, String)>,
) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let (sort, page) = (Sort::read(query.get("kind")), page_of(query.get("page")));
    let mut tx = ask.db().read().await?;
    let sight = SettlementSight::of(&mut tx, &ask.cx).await?;
    let one = visible(&mut tx, &sight, id).await?;
    let window = ((page - 1) * LINES, LINES);
    let lines = settlements_read::lines(&mut tx, id, sort, window).await?;
    let names = Names::load(&mut tx).await?;
    let (main, others) = acts(ask, &mut tx, &one).await?;
    let told = told(&mut tx, id).await?;
    let campaign = campaigns::campaign_by_id(&mut tx, one.campaign).await?;
    drop(tx);
    let here = format!("/settlements/{id}");
    let at = |sort: Sort| format!("{here}?kind={}", sort.code());
    let opens = |sort: Sort| format!("{}#lines", at(sort));
    let total = match sort {
        Sort::All => one.lines(),
        Sort::Redemptions => one.redemptions,
        Sort::Refunds => one.refunds,
    };
    let mut frame = ask.page("结算", "/settlements");
    // After a form came back, the switches lead to the page, not to where the form was sent.
    frame.here.clone_from(&here);
    let text = |amount: Fen, sort| Figure::text(amount.to_string(), opens(sort));
    let view = View {
        page: frame,
        campaign: (
            campaign.map(|one| one.name).unwrap_or_default(),
            format!("/campaigns/{}", one.campaign),
        ),
        funder: names.funder(one.funder),
        merchant: (names.merchant(one.merchant), format!("/merchants/{}", one.merchant)),
        state: one.state.label(),
        is_paid: one.state == SettlementState::Paid,
        until: moment(one.until),
        drawn: moment(one.drawn_at),
        due: text(one.due(), Sort::All),
        redeemed: text(one.redeemed, Sort::Redemptions),
        redemptions: Figure::count(one.redemptions, opens(Sort::Redemptions)),
        refunded: text(one.refunded, Sort::Refunds),
        refunds: Figure::count(one.refunds, opens(Sort::Refunds)),
        main,
        others,
        refused,
        sort,
        turn: Turn::new(page, lines.len(), total, &at(sort)),
        lines: lines.iter().map(Shown::of).collect(),
        told,
        one,
    };
    html_with(ask, status, &view)
}

/// The one next step of the reader, and what else may be done.
async fn acts(ask: &Ask, tx: &mut Tx, one: &Settlement) -> Answer<(Option<Act>, Vec<Act>)> {
    use SettlementStep as Step;
    let (mut main, mut others) = (None, Vec::new());
    for step in Step::ALL.iter().copied().filter(|step| one.state.after(*step).is_some()) {
        match policy::turn(tx, &ask.cx, one, step).await {
            Ok(_) => {}
            Err(policy::Blocked::Denied(_)) => continue,
            Err(policy::Blocked::Fault(fault)) => return Err(fault.into()),
        }
        let asks = one.asks_words(step).then_some(match step {
            Step::Pay => "银行流水号",
            Step::Answer => "答复",
            _ => "原因",
        });
        let act = Act { step, label: step.label(), asks };
        let is_next = !matches!(step, Step::Dispute | Step::Withdraw);
        if is_next && main.is_none() {
            main = Some(act);
        } else {
            others.push(act);
        }
    }
    Ok((main, others))
}

/// Entries of the journal on the page.
const SHOWN: i64 = 30;

async fn told(tx: &mut Tx, id: SettlementId) -> Answer<Vec<Told>> {
    let entries = journal::of_subject(tx, id.uuid(), SHOWN).await?;
    let told = |entry: &journal::Kept| {
        let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        let what = VERBS.iter().find(|(verb, _)| *verb == entry.verb);
        Told {
            at: moment(entry.at),
            who: if entry.by_system { "系统".into() } else { mask_name(&entry.actor_name) },
            what: what.map_or("改动", |(_, words)| words),
            words: detail["words"].as_str().unwrap_or_default().to_owned(),
            by_system: entry.by_system,
        }
    };
    Ok(entries.iter().map(told).collect())
}

/// `POST /settlements/{id}/steps`
pub(crate) async fn step(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let id: SettlementId = id_of(&id)?;
    let step = SettlementStep::from_code(form.get("step")).ok_or(Refused::NotFound)?;
    // A form without its version is out of date.
    let version = form.get("version").parse().unwrap_or(-1);
    let words = form.get("words");
    let mut tx = ask.db().write().await?;
    match turn_settlement(&mut tx, &ask.cx, (id, version), step, words).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(see(format_args!("/settlements/{id}")))
        }
        Err(why @ (SettleError::Denied(_) | SettleError::Fault(_))) => Err(why.into()),
        Err(why) => {
            tx.rollback().await?;
            let why = Refused::from(why);
            let refused = Some((step, words.to_owned(), why.message()));
            render(&ask, id, why.status(), refused).await
        }
    }
}

/// `GET /settlements/{id}/sheet.xlsx`
pub(crate) async fn book(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = SettlementSight::of(&mut tx, &ask.cx).await?;
    let one = visible(&mut tx, &sight, id_of(&id)?).await?;
    let names = Names::load(&mut tx).await?;
    let campaign = campaigns::campaign_by_id(&mut tx, one.campaign).await?;
    let (merchant, funder) = (names.merchant(one.merchant), names.funder(one.funder));
    let title = format!("结算_{merchant}");
    let campaign = campaign.map(|one| one.name).unwrap_or_default();
    write(&ask, &mut tx, vec![Named { one, campaign, funder, merchant }], &title).await
}
