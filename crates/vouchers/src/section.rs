//! What this room shows on a campaign's pages, what of its pledges it plans to spend, and what
//! keeps it from closing.

use std::sync::Arc;

use askama::Template;
use campaigns::{
    Campaign, DeskSection, FunderId, PublicSection, Section, SectionLine, SectionsPart,
};
use db::{Result, Tx};
use futures_util::future::BoxFuture;
use kernel::Fen;
use web::{Answer, Ask, Refused, State, filters};

use crate::{
    Batch, BatchState,
    batch_numbers::of_version,
    batch_sight::BatchesSight,
    batch_tally::{Tally, tally},
    pages::{
        batches::{
            list::{Counts, seen},
            store_planned,
        },
        claiming::Offer,
    },
    settlement_section::SettlementsSection,
    store,
};

/// Batches on a campaign's pages.
struct VouchersSection;

/// Shows this room on the campaigns' pages. Called once, when the site is set up.
pub fn install(state: &State) {
    state.part::<SectionsPart>().add(Arc::new(VouchersSection));
    state.part::<SectionsPart>().add(Arc::new(SettlementsSection));
}

/// Offers with a live count. A browser keeps six connections to a site, and the page needs some.
const LIVE: usize = 3;

#[derive(Template)]
#[template(path = "batches/public.html")]
struct PublicView {
    offers: Vec<(Offer, bool)>,
}

impl Section for VouchersSection {
    fn desk<'a>(
        &'a self,
        ask: &'a Ask,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Answer<Option<DeskSection>>> {
        Box::pin(desk(ask, tx, campaign))
    }

    fn public<'a>(
        &'a self,
        ask: &'a Ask,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Answer<Option<PublicSection>>> {
        Box::pin(public(ask, tx, campaign))
    }

    fn planned<'a>(
        &'a self,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Result<Vec<(FunderId, Fen, String)>>> {
        Box::pin(async move {
            let mut planned = Vec::new();
            for batch in store::batches::of_campaign(tx, campaign.id).await? {
                let href = format!("/campaigns/{}/vouchers?funder={}", campaign.id, batch.funder);
                planned.push((batch.funder, store_planned(tx, &batch).await?, href));
            }
            Ok(planned)
        })
    }

    fn unsettled<'a>(
        &'a self,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(unsettled(tx, campaign))
    }
}

async fn desk(ask: &Ask, tx: &mut Tx, campaign: &Campaign) -> Answer<Option<DeskSection>> {
    let sight = BatchesSight::of(tx, &ask.cx, campaign.id).await?;
    let all = seen(tx, &sight).await?;
    let href = format!("/campaigns/{}/vouchers", campaign.id);
    let (mut sum, mut left) = (Tally::default(), 0);
    let mut tasks = Vec::new();
    for batch in &all {
        sum = sum.and(tally(&ask.state, tx, batch, ask.cx.now).await?);
        left += batch.remaining();
        tasks.extend(task(ask, tx, &sight, batch).await?);
    }
    let counts = Counts::of_all(left, &sum, &href);
    let line =
        |label: &str, figure| SectionLine { label: label.into(), figure, note: String::new() };
    let mut lines = if all.is_empty() {
        Vec::new()
    } else {
        vec![
            line("已发出（张）", counts.issued),
            line("还剩（张）", counts.remaining),
            line("未使用（张）", counts.held),
            line("已使用（张）", counts.spent),
            line("已过期（张）", counts.expired),
            line("已作废（张）", counts.voided),
            line("用掉（元）", counts.redeemed),
            line("退回（元）", counts.refunded),
        ]
    };
    if !all.is_empty() {
        lines.extend(crate::flags::desk_line(tx, &ask.cx, campaign).await?);
    }
    let mut leads = vec![("所有批次", href.clone())];
    if sight.runs && campaign.state.is_open() {
        leads.push(("起草一批券", format!("{href}/new")));
    }
    let (heading, empty) = ("消费券", "还没有券");
    Ok(Some(DeskSection { heading, lines, links: leads, tasks, empty }))
}

/// What of a batch is the reader's to do now.
async fn task(
    ask: &Ask,
    tx: &mut Tx,
    sight: &BatchesSight,
    batch: &Batch,
) -> Answer<Option<(String, String)>> {
    let name = &batch.terms.name;
    let drafter = store::drafter(tx, batch.id).await?;
    let own = drafter.is_some() && drafter == ask.cx.actor.account();
    let words = match batch.state {
        BatchState::Draft if campaigns::funds(&ask.cx.actor, batch.funder) && !own => {
            format!("“{name}”等你批准")
        }
        BatchState::Approved if sight.runs && sight.campaign.state.takes_members() => {
            format!("“{name}”已批准，可以开始发放")
        }
        BatchState::Open if sight.runs && ask.cx.now >= batch.terms.claim_until => {
            format!("“{name}”领取时间已过，可以结束发放")
        }
        _ => return Ok(None),
    };
    Ok(Some((words, format!("/voucher-batches/{}", batch.id))))
}

async fn public(ask: &Ask, tx: &mut Tx, campaign: &Campaign) -> Answer<Option<PublicSection>> {
    let open = store::open_ones(tx).await?;
    let own = open.iter().filter(|batch| batch.campaign == campaign.id);
    let offers = own.enumerate().map(|(place, batch)| (Offer::of(ask, batch), place < LIVE));
    let view = PublicView { offers: offers.collect() };
    if view.offers.is_empty() {
        return Ok(None);
    }
    let body = view.render_with_values(&Lang(ask.reader.lang));
    let body = body.map_err(|why| Refused::fault(&why))?;
    Ok(Some(PublicSection { heading: "消费券", anchor: "vouchers", body }))
}

async fn unsettled(tx: &mut Tx, campaign: &Campaign) -> Result<Option<String>> {
    let all = store::batches::of_campaign(tx, campaign.id).await?;
    let open = all.iter().filter(|one| one.state == BatchState::Open).count();
    if open > 0 {
        return Ok(Some(format!("{open} 批券还没有结束发放")));
    }
    for batch in &all {
        let held = still_held(tx, batch).await?;
        if held > 0 {
            let name = &batch.terms.name;
            return Ok(Some(format!("“{name}”还有 {held} 张没有用，也没有过期")));
        }
    }
    let owed = store::batches::unsettled(tx, campaign.id).await?;
    if owed > 0 {
        return Ok(Some(format!("{owed} 家商户用的券还没有开出结算")));
    }
    let unpaid = store::batches::unpaid(tx, campaign.id).await?;
    Ok((unpaid > 0).then(|| format!("{unpaid} 份结算还没有付款")))
}

/// Vouchers that somebody may still spend. Where every version has expired there are none, and
/// nothing is counted.
async fn still_held(tx: &mut Tx, batch: &Batch) -> Result<i64> {
    let expired = store::batches::expired_versions(tx, batch.no).await?;
    for one in store::batches::versions(tx, batch.no).await? {
        if expired.contains(&one.no) {
            continue;
        }
        if of_version(tx, batch.no, batch.claimed, one.no).await?.count() > 0 {
            return Ok(store::checks::states(tx, batch.no).await?.held);
        }
    }
    Ok(0)
}

/// The reader's language, for the template's filters.
struct Lang(web::Lang);

impl askama::Values for Lang {
    fn get_value<'a>(&'a self, key: &str) -> Option<&'a dyn std::any::Any> {
        (key == "lang").then_some(&self.0 as &dyn std::any::Any)
    }
}
