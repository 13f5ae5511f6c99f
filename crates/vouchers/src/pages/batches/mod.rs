//! Pages of batches for who runs, pays for and oversees a campaign.

pub(crate) mod acceptance;
pub(crate) mod claims;
pub(crate) mod form;
pub(crate) mod form_read;
pub(crate) mod list;
pub(crate) mod live;
pub(crate) mod show;
pub(crate) mod steps;
pub(crate) mod uses;
pub(crate) mod voucher;
pub(crate) mod words;

use campaigns::Campaign;
use db::Tx;
use jiff::Timestamp;
use kernel::{Fen, mask_name, time::city_zone};
use web::{Answer, Ask, Form, filters::grouped};

use crate::{
    Batch, BatchState,
    batch_sight::{BatchSight, BatchesSight},
    pages::frame::id_of,
    store,
};

/// The campaign of an address, with what the reader may do with its batches.
pub(crate) async fn campaign_of(ask: &Ask, tx: &mut Tx, id: &str) -> Answer<BatchesSight> {
    Ok(BatchesSight::of(tx, &ask.cx, id_of(id)?).await?)
}

/// The batch of an address, with what the reader may do with it.
pub(crate) async fn batch_of(ask: &Ask, tx: &mut Tx, id: &str) -> Answer<BatchSight> {
    Ok(BatchSight::of(tx, &ask.cx, id_of(id)?).await?)
}

/// The hidden version; a form without one is out of date.
pub(crate) fn version_field(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(-1)
}

/// Where a batch stands, in a word: that an open one is exhausted is read from its stock.
pub(crate) fn state_word(batch: &Batch) -> &'static str {
    if batch.state == BatchState::Open && batch.remaining() == 0 {
        return "已领完";
    }
    kernel::Code::label(batch.state)
}

/// What a batch may come to cost its funder: its budget while it can still be given out, then what
/// was given out at its face. Vouchers that nobody spends make it less.
pub(crate) async fn planned(tx: &mut Tx, batch: &Batch) -> Answer<Fen> {
    Ok(store_planned(tx, batch).await?)
}

/// The same, for callers that answer no page.
pub(crate) async fn store_planned(tx: &mut Tx, batch: &Batch) -> db::Result<Fen> {
    if batch.state != BatchState::Closed {
        return Ok(batch.terms.budget);
    }
    let mut sum = 0_i64;
    for one in store::batches::versions(tx, batch.no).await? {
        let numbers = crate::batch_numbers::of_version(tx, batch.no, batch.claimed, one.no);
        let cost = one.terms.face.checked_mul(numbers.await?.count());
        sum = sum.saturating_add(cost.map_or(i64::MAX, |cost| cost.0));
    }
    Ok(Fen(sum))
}

/// What is left of the pledge of a batch's funder beside all batches that it pays for; below zero
/// when they may come to more. `None` when the funder pays for this campaign no more.
pub(crate) async fn pledge_left(
    tx: &mut Tx,
    campaign: &Campaign,
    funder: campaigns::FunderId,
) -> Answer<Option<Fen>> {
    let Some(pledge) = campaign.pledge_of(funder) else { return Ok(None) };
    let mut left = pledge.amount.0;
    for batch in store::batches::of_campaign(tx, campaign.id).await? {
        if batch.funder == funder {
            left = left.saturating_sub(planned(tx, &batch).await?.0);
        }
    }
    Ok(Some(Fen(left)))
}

/// The name of a funder of the campaign.
pub(crate) fn funder_name(campaign: &Campaign, funder: campaigns::FunderId) -> String {
    campaign.pledge_of(funder).map(|pledge| pledge.name.clone()).unwrap_or_default()
}

/// Who did something, masked as names of staff are everywhere.
pub(crate) async fn who(tx: &mut Tx, account: Option<kernel::actor::AccountId>) -> Answer<String> {
    let Some(account) = account else { return Ok("系统".into()) };
    let found = people::find_account(tx, account).await?;
    Ok(mask_name(found.as_ref().map_or("", |one| &one.display_name)))
}

/// A moment to the second, as a rush is told.
pub(crate) fn second(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// When the vouchers of a large batch were counted.
pub(crate) fn counted(at: Timestamp) -> String {
    format!("大批次按 {} 数的", at.to_zoned(city_zone()).strftime("%H:%M"))
}

/// Per cent of a batch that was given out.
pub(crate) fn given(batch: &Batch) -> i64 {
    (batch.terms.quantity - batch.remaining()) * 100 / batch.terms.quantity.max(1)
}

/// The line under a batch's bar, the same as its events say.
pub(crate) fn live_words(batch: &Batch) -> String {
    format!("已发出 {} 张，还剩 {} 张", grouped(batch.claimed), grouped(batch.remaining()))
}
