//! `GET /campaigns/{id}/vouchers`: the batches of a campaign with what became of their vouchers.

use askama::Template;
use axum::extract::Path;
use campaigns::{Campaign, FunderId};
use db::Tx;
use kernel::Fen;
use web::{Answer, Ask, Figure, Form, Page, filters, html};

use crate::{
    Batch, BatchState,
    batch_sight::BatchesSight,
    batch_tally::{Tally, tally},
    pages::{
        batches::{campaign_of, counted, funder_name, planned, state_word},
        claiming::yuan,
        frame::moment,
    },
    store,
};

/// The figures of one batch, or of all that are listed.
pub(crate) struct Counts {
    pub(crate) issued: Figure,
    pub(crate) remaining: Figure,
    pub(crate) held: Figure,
    pub(crate) spent: Figure,
    pub(crate) expired: Figure,
    pub(crate) voided: Figure,
    pub(crate) redeemed: Figure,
    pub(crate) refunded: Figure,
}

impl Counts {
    /// Of one batch: each opens the list that it counts, where the reader may see it.
    pub(crate) fn of_batch(batch: &Batch, tally: &Tally, opens: bool) -> Self {
        let href = format!("/voucher-batches/{}", batch.id);
        let count = |number, to: &str| Figure::count(number, format!("{href}{to}"));
        let money = |fen: Fen, to: &str| Figure::text(fen.to_string(), format!("{href}{to}"));
        let all = Self {
            issued: count(tally.issued, "/claims"),
            remaining: count(batch.remaining(), "#stock"),
            held: count(tally.held, "/claims?state=held"),
            spent: count(tally.spent, "/claims?state=spent"),
            expired: count(tally.expired, "/claims?state=expired"),
            voided: count(tally.voided, "/claims?state=voided"),
            redeemed: money(tally.redeemed, "/redemptions"),
            refunded: money(tally.refunded, "/redemptions?refunded=1"),
        };
        if opens { all } else { all.closed() }
    }

    /// Of several batches: each opens the list of the batches, which says it for each.
    pub(crate) fn of_all(remaining: i64, tally: &Tally, href: &str) -> Self {
        let count = |number| Figure::count(number, href);
        let money = |fen: Fen| Figure::text(fen.to_string(), href);
        Self {
            issued: count(tally.issued),
            remaining: count(remaining),
            held: count(tally.held),
            spent: count(tally.spent),
            expired: count(tally.expired),
            voided: count(tally.voided),
            redeemed: money(tally.redeemed),
            refunded: money(tally.refunded),
        }
    }

    fn closed(self) -> Self {
        Self {
            issued: self.issued.closed(),
            remaining: self.remaining,
            held: self.held.closed(),
            spent: self.spent.closed(),
            expired: self.expired.closed(),
            voided: self.voided.closed(),
            redeemed: self.redeemed.closed(),
            refunded: self.refunded.closed(),
        }
    }
}

struct Line {
    href: String,
    name: String,
    what: String,
    funder: String,
    state: &'static str,
    is_open: bool,
    from: String,
    until: String,
    planned: String,
    counts: Counts,
}

#[derive(Template)]
#[template(path = "batches/list.html")]
struct View {
    page: Page,
    campaign: Campaign,
    /// Label, address, whether it is shown.
    tabs: Vec<(String, String, bool)>,
    lines: Vec<Line>,
    total: Counts,
    planned: String,
    counted_at: Option<String>,
    may_draft: bool,
}

/// The batches of a campaign that the reader sees.
pub(crate) async fn seen(tx: &mut Tx, sight: &BatchesSight) -> Answer<Vec<Batch>> {
    let mut all = store::batches::of_campaign(tx, sight.campaign.id).await?;
    all.retain(|one| sight.sees(one));
    Ok(all)
}

/// Shows the list; `?funder=` of one funder, `?state=` in one state.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let mut tx = ask.db().read().await?;
    let sight = campaign_of(&ask, &mut tx, &id).await?;
    let funder: Option<FunderId> = query.get("funder").parse().ok();
    let state: Option<BatchState> = query.get("state").parse().ok();
    let fits = |one: &Batch| {
        funder.is_none_or(|funder| one.funder == funder)
            && state.is_none_or(|state| one.state == state)
    };
    let mut lines = Vec::new();
    let (mut sum, mut left, mut cost) = (Tally::default(), 0, 0_i64);
    for batch in seen(&mut tx, &sight).await?.into_iter().filter(fits) {
        let counted = tally(&ask.state, &mut tx, &batch, ask.cx.now).await?;
        let planned = planned(&mut tx, &batch).await?;
        (sum, left) = (sum.and(counted), left + batch.remaining());
        cost = cost.saturating_add(planned.0);
        lines.push(line(&sight, &batch, &counted, planned));
    }
    let here = format!("/campaigns/{}/vouchers", sight.campaign.id);
    let view = View {
        page: ask.page("消费券", "/campaigns"),
        tabs: tabs(&sight.campaign, &here, funder),
        total: Counts::of_all(left, &sum, &ask.here()),
        planned: Fen(cost).to_string(),
        counted_at: sum.counted_at.map(counted),
        may_draft: sight.runs && sight.campaign.state.is_open(),
        lines,
        campaign: sight.campaign,
    };
    html(&ask, &view)
}

fn tabs(campaign: &Campaign, here: &str, funder: Option<FunderId>) -> Vec<(String, String, bool)> {
    let mut tabs = vec![("全部出资单位".to_owned(), here.to_owned(), funder.is_none())];
    for pledge in &campaign.pledges {
        let href = format!("{here}?funder={}", pledge.funder);
        tabs.push((pledge.name.clone(), href, funder == Some(pledge.funder)));
    }
    tabs
}

fn line(sight: &BatchesSight, batch: &Batch, counted: &Tally, planned: Fen) -> Line {
    let terms = &batch.terms;
    Line {
        href: format!("/voucher-batches/{}", batch.id),
        name: terms.name.clone(),
        what: format!("一单满 {} 元，减 {} 元", yuan(terms.threshold), yuan(terms.face)),
        funder: funder_name(&sight.campaign, batch.funder),
        state: state_word(batch),
        is_open: batch.state == BatchState::Open,
        from: moment(terms.claim_from),
        until: moment(terms.claim_until),
        planned: planned.to_string(),
        counts: Counts::of_batch(batch, counted, sight.oversees(batch)),
    }
}
