//! `GET /sales`: the records that a filter names, their sums above them; and verifying them all.

use askama::Template;
use kernel::Code as _;
use web::{Answer, Ask, Form, Page, filters, html};

use crate::{
    Filter, Sale, SaleState, Source,
    pages::{
        form_page::Choice,
        frame::{Names, Sums, reading, see, sums},
    },
    policy,
    show::moment,
    store, verify_all,
};

/// Records on a page.
const LIMIT: i64 = 100;

pub(crate) struct Line {
    pub href: String,
    pub item: String,
    pub merchant: String,
    pub side: &'static str,
    pub is_return: bool,
    pub source: &'static str,
    pub amount: String,
    pub at: String,
    pub state: &'static str,
    pub is_verified: bool,
}

pub(crate) fn line(names: &Names, one: &Sale) -> Line {
    let is_return = one.side == crate::Side::Return;
    let sign = if is_return { "−" } else { "" };
    Line {
        href: format!("/sales/{}", one.id),
        item: one.item.clone(),
        merchant: names.of(one.merchant),
        side: one.side.label(),
        is_return,
        source: one.source.label(),
        amount: format!("{sign}{}", one.amount),
        at: moment(one.sold_at),
        state: one.state.label(),
        is_verified: one.state == SaleState::Verified,
    }
}

#[derive(Template)]
#[template(path = "sales.html")]
struct View {
    page: Page,
    sums: Sums,
    lines: Vec<Line>,
    campaign: Option<(String, String)>,
    campaigns: Vec<Choice>,
    chosen: String,
    sources: Vec<Choice>,
    source: String,
    states: Vec<Choice>,
    state: String,
    may_verify: bool,
    may_tell: bool,
    /// The filter, for the form that verifies all.
    pairs: Vec<(&'static str, String)>,
    first: i64,
    last: i64,
    before: Option<String>,
    after: Option<String>,
}

/// The list.
pub(crate) async fn show(ask: Ask) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let filter = Filter::read(&query);
    let page = query.get("page").parse::<i64>().unwrap_or(1).clamp(1, 1_000_000);
    let mut tx = ask.db().read().await?;
    let reading = reading(&ask, &mut tx).await?;
    let sums = sums(&mut tx, &reading, &filter).await?;
    let contest = match filter.contest {
        Some(id) => store::contest_by_id(&mut tx, id).await?,
        None => None,
    };
    let window = ((page - 1) * LIMIT, LIMIT);
    let found = store::list_sales(&mut tx, &reading, &filter, contest.as_ref(), window).await?;
    let names = Names::load(&mut tx).await?;
    let chosen = filter.campaign.and_then(|id| reading.campaign(id));
    let actor = &ask.cx.actor;
    let turn = |page: i64| {
        let join = if filter.pairs().is_empty() { '?' } else { '&' };
        format!("{}{join}page={page}", filter.href())
    };
    let (first, last) = (window.0 + 1, window.0 + found.len() as i64);
    let may_verify = chosen.is_some_and(|one| policy::judges(actor, &reading, one.id));
    let view = View {
        page: ask.page("销售记录", "/campaigns"),
        lines: found.iter().map(|one| line(&names, one)).collect(),
        campaign: chosen.map(|one| (one.name.clone(), one.id.to_string())),
        campaigns: reading.campaigns().iter().map(|one| Choice::new(one.id, &one.name)).collect(),
        chosen: filter.campaign.map(|one| one.to_string()).unwrap_or_default(),
        sources: Source::ALL.iter().map(|one| Choice::new(one, one.label())).collect(),
        source: filter.source.map(|one| one.to_string()).unwrap_or_default(),
        states: SaleState::ALL.iter().map(|one| Choice::new(one, one.label())).collect(),
        state: match filter.states[..] {
            [one] => one.to_string(),
            _ => String::new(),
        },
        may_verify,
        may_tell: actor.has_any(policy::TELLERS),
        pairs: filter.pairs(),
        first: first.min(sums.count),
        last,
        before: (page > 1).then(|| turn(page - 1)),
        after: (last < sums.count).then(|| turn(page + 1)),
        sums,
    };
    html(&ask, &view)
}

/// `POST /sale-verifications`: verifies what the filter names, as far as it may be.
pub(crate) async fn verify(ask: Ask, form: Form) -> Answer {
    let filter = Filter::read(&form);
    let mut tx = ask.db().write().await?;
    verify_all(&mut tx, &ask.cx, &filter).await?;
    tx.commit().await?;
    Ok(see(filter.href()))
}
