//! `GET /voucher-batches/{id}/claims`: who claimed, by number. A page looks at some numbers only,
//! whatever is asked for, and says which.

use askama::Template;
use axum::extract::Path;
use campaigns::Campaign;
use db::Tx;
use kernel::{Code as _, Date, Fen};
use web::{Answer, Ask, Cursor, Figure, Form, Page, Refused, filters, html};

use crate::{
    Batch, BatchId, VoucherState,
    batch_numbers::{Numbers, of_day, of_version},
    pages::batches::{batch_of, second, words::edition},
    store::{self, batches::claims::Claim},
};

/// Lines of a page.
const LINES: i64 = 50;
/// Numbers that a page looks at, at most: some milliseconds.
const LOOKED_AT: i64 = 50_000;

/// Which claims. All that are given hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) state: Option<VoucherState>,
    pub(crate) terms: Option<i64>,
    pub(crate) day: Option<Date>,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
}

impl Wanted {
    /// Takes a query apart; a word that is none of ours is refused rather than left out.
    pub(crate) fn read(form: &Form) -> Answer<Self> {
        fn field<T: std::str::FromStr>(form: &Form, name: &'static str) -> Answer<Option<T>> {
            let typed = form.optional(name);
            typed.map(|one| one.parse().map_err(|_| Refused::BadQuery(name))).transpose()
        }
        Ok(Self {
            state: field(form, "state")?,
            terms: field(form, "terms")?,
            day: field(form, "day")?,
            first: field(form, "first")?,
            last: field(form, "last")?,
        })
    }

    /// As the address says it.
    pub(crate) fn query(&self) -> String {
        let mut all = Vec::new();
        all.extend(self.state.map(|one| format!("state={one}")));
        all.extend(self.terms.map(|one| format!("terms={one}")));
        all.extend(self.day.map(|one| format!("day={one}")));
        all.extend(self.first.map(|one| format!("first={one}")));
        all.extend(self.last.map(|one| format!("last={one}")));
        all.join("&")
    }

    /// The numbers that it may be about.
    pub(crate) async fn numbers(&self, tx: &mut Tx, batch: &Batch) -> Answer<Numbers> {
        let (first, last) = (self.first.unwrap_or(1), self.last.unwrap_or(i64::MAX));
        let mut range = Numbers { first: first.max(1), last: last.min(batch.claimed) };
        if let Some(version) = self.terms {
            range = range.and(of_version(tx, batch.no, batch.claimed, version).await?);
        }
        if let Some(on) = self.day {
            range = range.and(of_day(tx, batch.no, batch.claimed, on).await?);
        }
        Ok(range)
    }
}

/// A page of claims.
pub(crate) struct Found {
    pub(crate) claims: Vec<Claim>,
    /// The numbers that were looked at for it.
    pub(crate) looked_at: Numbers,
    /// The number after which the next page begins, if there is one.
    pub(crate) next: Option<i64>,
}

/// The claims that are wanted, after this number.
pub(crate) async fn find(
    tx: &mut Tx,
    batch: &Batch,
    (wanted, range): (&Wanted, Numbers),
    after: i64,
    most: i64,
) -> Answer<Found> {
    let first = range.first.max(after.saturating_add(1));
    let last = range.last.min(first.saturating_add(LOOKED_AT - 1));
    let claims = store::batches::claims::within(tx, batch.no, (first, last), wanted.state, most);
    let claims = claims.await?;
    let is_full = claims.len() as i64 >= most;
    let end = claims.last().filter(|_| is_full).map_or(last, |one| one.voucher.claim);
    Ok(Found {
        claims,
        looked_at: Numbers { first, last: end },
        next: (end < range.last).then_some(end),
    })
}

/// The number that a cursor names; 0 without one.
pub(crate) fn after(cursor: Option<&str>) -> Answer<i64> {
    let Some(cursor) = cursor else { return Ok(0) };
    let number = Cursor::decode(cursor).and_then(|Cursor(keys)| keys.first()?.parse().ok());
    number
        .ok_or_else(|| Refused::unprocessable("bad-cursor", "cursor 不是上一页给的。请从头再取。"))
}

/// A cursor that names a number.
pub(crate) fn cursor(number: i64) -> String {
    Cursor(vec![number.to_string()]).encode()
}

struct Line {
    no: String,
    href: String,
    phone: String,
    at: String,
    terms: String,
    state: &'static str,
    is_held: bool,
    redeemed: Fen,
    refunded: Fen,
}

#[derive(Template)]
#[template(path = "batches/claims.html")]
struct View {
    page: Page,
    id: BatchId,
    campaign: Campaign,
    name: String,
    /// Label, address, whether it is shown.
    tabs: Vec<(&'static str, String, bool)>,
    wanted: Wanted,
    /// How many there are; absent when counting them would take too long.
    total: Option<Figure>,
    lines: Vec<Line>,
    looked_at: Numbers,
    looked_partly: bool,
    next: Option<String>,
    first_page: Option<String>,
}

/// Shows the claims of a batch.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let wanted = Wanted::read(&query)?;
    let after = after(query.optional("cursor"))?;
    let mut tx = ask.db().read().await?;
    let sight = batch_of(&ask, &mut tx, &id).await?.for_overseers()?;
    let batch = &sight.batch;
    let range = wanted.numbers(&mut tx, batch).await?;
    let found = find(&mut tx, batch, (&wanted, range), after, LINES).await?;
    let total = total(&mut tx, batch, &wanted, range).await?;
    let of: Vec<_> = found.claims.iter().map(|one| one.citizen).collect();
    let phones = citizens::masked_phones(&mut tx, &ask.state.site().keys, &of).await?;
    drop(tx);
    let here = format!("/voucher-batches/{}/claims?{}", batch.id, wanted.query());
    let line = |one: &Claim| Line {
        no: filters::grouped(one.voucher.claim),
        href: format!("/vouchers/{}", one.voucher.id()),
        phone: phones.get(&one.citizen).cloned().unwrap_or_else(|| "已撤回同意".into()),
        at: second(one.at),
        terms: edition(one.terms_version),
        state: one.state.label(),
        is_held: one.state == VoucherState::Held,
        redeemed: one.redeemed,
        refunded: one.refunded,
    };
    let next = found.next.map(|number| format!("{here}&cursor={}", cursor(number)));
    let view = View {
        page: ask.page("领取名单", "/campaigns"),
        id: batch.id,
        name: batch.terms.name.clone(),
        tabs: tabs(batch.id, &wanted),
        total: total.map(|total| Figure::count(total, &here)),
        lines: found.claims.iter().map(line).collect(),
        looked_at: found.looked_at,
        looked_partly: wanted.state.is_some() && found.looked_at.count() < range.count(),
        next,
        first_page: (after > 0).then(|| here.clone()),
        wanted,
        campaign: sight.campaign,
    };
    html(&ask, &view)
}

/// How many claims are wanted. Of all states it is the range itself; of one it is counted, where
/// that is quick.
async fn total(tx: &mut Tx, batch: &Batch, wanted: &Wanted, range: Numbers) -> Answer<Option<i64>> {
    let Some(state) = wanted.state else { return Ok(Some(range.count())) };
    if state == VoucherState::Voided && range.count() == batch.claimed {
        return Ok(Some(store::batches::voided(tx, batch.no).await?));
    }
    if range.count() > crate::batch_tally::COUNTED_AT_ONCE {
        return Ok(None);
    }
    let numbers = (range.first, range.last);
    Ok(Some(store::batches::claims::count(tx, batch.no, numbers, state).await?))
}

fn tabs(id: BatchId, wanted: &Wanted) -> Vec<(&'static str, String, bool)> {
    let tab = |label, state| {
        let to = Wanted { state, ..wanted.clone() }.query();
        (label, format!("/voucher-batches/{id}/claims?{to}"), wanted.state == state)
    };
    let states = VoucherState::ALL.iter().map(|state| tab(state.label(), Some(*state)));
    std::iter::once(tab("全部", None)).chain(states).collect()
}
