//! `GET /voucher-batches/{id}/redemptions`: where vouchers of a batch were spent, by the numbers of
//! the vouchers. A page looks at some numbers only, whatever is asked for, and says which.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use campaigns::Campaign;
use db::Tx;
use jiff::Timestamp;
use kernel::{Date, Fen, time::start_of};
use merchants::MerchantId;
use web::{Answer, Ask, Cursor, Form, Page, Refused, filters, html};

use crate::{
    Batch, BatchId,
    batch_numbers::Numbers,
    batch_tally::COUNTED_AT_ONCE,
    pages::batches::{batch_of, second},
    store::{
        self,
        batches::uses::{Sums, Use, Wanted},
    },
};

/// Lines of a page.
const LINES: i64 = 50;
/// Numbers of vouchers that a page looks at, at most.
const LOOKED_AT: i64 = 50_000;

struct Line {
    href: String,
    no: String,
    voucher_href: String,
    merchant: String,
    merchant_href: String,
    at: String,
    bill_no: String,
    bill: Fen,
    amount: Fen,
    refunded: Fen,
}

#[derive(Template)]
#[template(path = "batches/redemptions.html")]
struct View {
    page: Page,
    id: BatchId,
    campaign: Campaign,
    name: String,
    shops: Vec<(String, String, bool)>,
    day: String,
    only_refunded: bool,
    /// Absent when adding them up would take too long.
    sums: Option<Sums>,
    lines: Vec<Line>,
    looked_at: Numbers,
    next: Option<String>,
    first_page: Option<String>,
}

/// What the address asks for.
struct Asked {
    merchant: Option<MerchantId>,
    day: Option<Date>,
    only_refunded: bool,
}

impl Asked {
    fn read(form: &Form) -> Answer<Self> {
        let bad = Refused::BadQuery;
        let merchant = form.optional("merchant");
        let day = form.optional("day");
        Ok(Self {
            merchant: merchant.map(|one| one.parse().map_err(|_| bad("merchant"))).transpose()?,
            day: day.map(|one| one.parse().map_err(|_| bad("day"))).transpose()?,
            only_refunded: form.ticked("refunded"),
        })
    }
    fn query(&self) -> String {
        let mut all = Vec::new();
        all.extend(self.merchant.map(|one| format!("merchant={one}")));
        all.extend(self.day.map(|one| format!("day={one}")));
        all.extend(self.only_refunded.then(|| "refunded=1".to_owned()));
        all.join("&")
    }
    fn wanted(&self) -> Wanted {
        let end = |on: Date| on.tomorrow().map_or(Timestamp::MAX, start_of);
        Wanted {
            merchant: self.merchant,
            from: self.day.map(start_of),
            to: self.day.map(end),
            only_refunded: self.only_refunded,
        }
    }
}

/// Where a page begins: after this voucher and code.
fn after(cursor: Option<&str>) -> Answer<(i64, i64)> {
    let Some(cursor) = cursor else { return Ok((0, i64::MAX)) };
    let keys = Cursor::decode(cursor).map(|Cursor(keys)| keys);
    let numbers = keys.and_then(|keys| match &*keys {
        [claim, step] => Some((claim.parse().ok()?, step.parse().ok()?)),
        _ => None,
    });
    numbers
        .ok_or_else(|| Refused::unprocessable("bad-cursor", "cursor 不是上一页给的。请从头再取。"))
}

/// Redemptions of a page, the numbers that were looked at, and where the next one begins.
async fn find(
    tx: &mut Tx,
    batch: &Batch,
    asked: &Asked,
    from: (i64, i64),
) -> Answer<(Vec<Use>, Numbers, Option<(i64, i64)>)> {
    let first = if from.1 == i64::MAX { from.0 + 1 } else { from.0 };
    let last = batch.claimed.min(first.saturating_add(LOOKED_AT - 1));
    let wanted = asked.wanted();
    let all = store::batches::uses::by_number(tx, batch.no, from, last, wanted, LINES).await?;
    let full = all.last().filter(|_| all.len() as i64 == LINES);
    let end = full.map_or((last, i64::MAX), |one| (one.voucher.claim, one.step));
    let more = full.is_some() || last < batch.claimed;
    Ok((all, Numbers { first, last: end.0 }, more.then_some(end)))
}

/// What all that are wanted come to, where adding it up is quick.
async fn sums(tx: &mut Tx, batch: &Batch, asked: &Asked) -> Answer<Option<Sums>> {
    if batch.claimed > COUNTED_AT_ONCE {
        return Ok(None);
    }
    Ok(Some(store::batches::uses::sums(tx, batch.no, asked.wanted()).await?))
}

/// Shows the redemptions of a batch.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let query = Form::parse(ask.query.as_bytes());
    let asked = Asked::read(&query)?;
    let from = after(query.optional("cursor"))?;
    let mut tx = ask.db().read().await?;
    let sight = batch_of(&ask, &mut tx, &id).await?.for_overseers()?;
    let batch = &sight.batch;
    let (uses, looked_at, next) = find(&mut tx, batch, &asked, from).await?;
    let sums = sums(&mut tx, batch, &asked).await?;
    let names = merchants::names(&mut tx).await?;
    let members = campaigns::members(&mut tx, batch.campaign).await?;
    drop(tx);
    let here = format!("/voucher-batches/{}/redemptions?{}", batch.id, asked.query());
    let page_at = |(claim, step): (i64, i64)| {
        let cursor = Cursor(vec![claim.to_string(), step.to_string()]).encode();
        format!("{here}&cursor={cursor}")
    };
    let mut shops: Vec<_> = members
        .iter()
        .map(|one| {
            let name = names.get(&one.merchant).cloned().unwrap_or_default();
            (name, one.merchant.to_string(), asked.merchant == Some(one.merchant))
        })
        .collect();
    shops.sort();
    let view = View {
        page: ask.page("用券记录", "/campaigns"),
        id: batch.id,
        name: batch.terms.name.clone(),
        shops,
        day: asked.day.map(|day| day.to_string()).unwrap_or_default(),
        only_refunded: asked.only_refunded,
        sums,
        lines: uses.iter().map(|one| line(one, &names)).collect(),
        looked_at,
        next: next.map(page_at),
        first_page: (from.0 > 0).then(|| here.clone()),
        campaign: sight.campaign,
    };
    html(&ask, &view)
}

fn line(one: &Use, names: &HashMap<MerchantId, String>) -> Line {
    Line {
        href: format!("/redemptions/{}", one.id),
        no: filters::grouped(one.voucher.claim),
        voucher_href: format!("/vouchers/{}", one.voucher.id()),
        merchant: names.get(&one.merchant).cloned().unwrap_or_default(),
        merchant_href: format!("/merchants/{}", one.merchant),
        at: second(one.at),
        bill_no: one.bill_no.clone(),
        bill: one.bill,
        amount: one.amount,
        refunded: one.refunded,
    }
}
