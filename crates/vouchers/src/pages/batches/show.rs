//! `GET /voucher-batches/{id}`: a batch on one page, what comes next first.

use askama::Template;
use axum::extract::Path;
use campaigns::Campaign;
use db::Tx;
use web::{Answer, Ask, Figure, Page, RateBar, filters, html};

use crate::{
    Batch, BatchId, BatchState,
    batch_numbers::{self, Grain},
    batch_sight::BatchSight,
    batch_tally::tally,
    pages::{
        batches::{
            batch_of, counted as counted_words, funder_name, given,
            list::Counts,
            live_words, planned, pledge_left, state_word,
            steps::{Next, next},
            who,
            words::{changes, edition, words},
        },
        frame::moment,
    },
    store,
};

struct VersionLine {
    edition: String,
    at: String,
    who: String,
    changes: Vec<(&'static str, String)>,
    claims: Figure,
    holds: bool,
}

struct PaceLine {
    when: String,
    count: Figure,
    bar: RateBar,
}

#[derive(Template)]
#[template(path = "batches/show.html")]
#[allow(clippy::struct_excessive_bools, reason = "each shows or hides one part of the page")]
struct View {
    page: Page,
    id: BatchId,
    campaign: Campaign,
    name: String,
    state: &'static str,
    funder: String,
    funder_href: String,
    version: i64,
    edition: String,
    next: Next,
    warnings: Vec<String>,
    is_open: bool,
    live: String,
    given: i64,
    returned: String,
    quantity: String,
    counts: Counts,
    counted_at: Option<String>,
    terms: Vec<(&'static str, String)>,
    planned: String,
    versions: Vec<VersionLine>,
    accepted: Vec<(String, String)>,
    members_href: String,
    is_reserved: bool,
    oversees: bool,
    pace_by: &'static str,
    pace: Vec<PaceLine>,
    told: Vec<(String, &'static str, String)>,
}

/// Shows a batch.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = batch_of(&ask, &mut tx, &id).await?;
    let batch = &sight.batch;
    let counted = tally(&ask.state, &mut tx, batch, ask.cx.now).await?;
    let (pace_by, pace) = pace(&mut tx, &sight).await?;
    let next = next(&ask, &mut tx, &sight).await?;
    let view = View {
        page: ask.page("消费券", "/campaigns"),
        id: batch.id,
        name: batch.terms.name.clone(),
        state: state_word(batch),
        funder: funder_name(&sight.campaign, batch.funder),
        funder_href: format!("/campaigns/{}/vouchers?funder={}", batch.campaign, batch.funder),
        version: batch.version,
        edition: edition(batch.terms_version),
        next,
        warnings: warnings(&ask, &mut tx, &sight).await?,
        is_open: batch.state == BatchState::Open,
        live: live_words(batch),
        given: given(batch),
        returned: filters::grouped(batch.returned),
        quantity: filters::grouped(batch.terms.quantity),
        counts: Counts::of_batch(batch, &counted, sight.oversees),
        counted_at: counted.counted_at.map(counted_words),
        terms: words(&batch.terms),
        planned: planned(&mut tx, batch).await?.to_string(),
        versions: versions(&mut tx, &sight).await?,
        accepted: accepted(&mut tx, batch).await?,
        members_href: if sight.oversees {
            format!("/campaigns/{}/members?state=active", batch.campaign)
        } else {
            format!("/festival/{}/members", sight.campaign.slug)
        },
        is_reserved: store::is_reserved(&mut tx, batch.no).await?,
        oversees: sight.oversees,
        pace_by,
        pace,
        told: told(&mut tx, batch).await?,
        campaign: sight.campaign.clone(),
    };
    html(&ask, &view)
}

/// What somebody should know before they go on with a batch. Nothing is refused because of it.
async fn warnings(ask: &Ask, tx: &mut Tx, sight: &BatchSight) -> Answer<Vec<String>> {
    let (batch, mut said) = (&sight.batch, Vec::new());
    if !sight.oversees || batch.state == BatchState::Closed {
        return Ok(said);
    }
    match pledge_left(tx, &sight.campaign, batch.funder).await? {
        None => said.push("出资单位已经不在这个活动里，请先和它说清楚谁付钱".to_owned()),
        Some(left) if left.0 < 0 => {
            let over = kernel::Fen(left.0.saturating_neg());
            said.push(format!("这家单位的券加起来比它的出资多 {over} 元，请少发一些，或请它加"));
        }
        Some(_) => {}
    }
    let last = kernel::time::start_of(sight.campaign.last_on.tomorrow().unwrap_or_default());
    if batch.terms.claim_until > last {
        said.push(format!("活动 {} 就结束，领取时间比它晚", sight.campaign.last_on));
    }
    if batch.state != BatchState::Open && batch.terms.claim_until <= ask.cx.now {
        said.push("领取时间已经过去，开始发放也没人能领，请先改时间".to_owned());
    }
    Ok(said)
}

async fn versions(tx: &mut Tx, sight: &BatchSight) -> Answer<Vec<VersionLine>> {
    let batch = &sight.batch;
    let all = store::batches::versions(tx, batch.no).await?;
    let mut lines = Vec::new();
    for (place, one) in all.iter().enumerate() {
        let range = batch_numbers::of_version(tx, batch.no, batch.claimed, one.no).await?;
        let href = format!("/voucher-batches/{}/claims?terms={}", batch.id, one.no);
        let claims = Figure::count(range.count(), href);
        let before = place.checked_sub(1).and_then(|before| all.get(before));
        lines.push(VersionLine {
            edition: edition(one.no),
            at: moment(one.at),
            who: who(tx, one.by).await?,
            changes: before.map(|before| changes(&before.terms, &one.terms)).unwrap_or_default(),
            claims: if sight.oversees { claims } else { claims.closed() },
            holds: one.no == batch.terms_version,
        });
    }
    lines.reverse();
    Ok(lines)
}

/// Merchants that a batch is bound to: name and address. Nobody: all active members.
async fn accepted(tx: &mut Tx, batch: &Batch) -> Answer<Vec<(String, String)>> {
    let mut shops = Vec::new();
    for id in store::batches::accepted_at(tx, batch.no).await? {
        if let Some(shop) = merchants::merchant(tx, id).await? {
            shops.push((shop.name, format!("/merchants/{id}")));
        }
    }
    shops.sort();
    Ok(shops)
}

async fn pace(tx: &mut Tx, sight: &BatchSight) -> Answer<(&'static str, Vec<PaceLine>)> {
    let batch = &sight.batch;
    if !sight.oversees {
        return Ok(("", Vec::new()));
    }
    let (grain, all) = batch_numbers::pace(tx, batch.no, batch.claimed).await?;
    let most = all.iter().map(|one| one.numbers.count()).max().unwrap_or(1).max(1);
    let line = |one: &batch_numbers::Stretch| {
        let (first, last) = (one.numbers.first, one.numbers.last);
        let href = format!("/voucher-batches/{}/claims?first={first}&last={last}", batch.id);
        let when = moment(one.from);
        // Both far below what an f64 holds exactly; it draws a bar.
        #[allow(clippy::cast_precision_loss, reason = "a bar of some hundred pixels")]
        let share = one.numbers.count() as f64 / most as f64;
        PaceLine {
            when: if grain == Grain::Day { when[..10].to_owned() } else { when },
            count: Figure::count(one.numbers.count(), href),
            bar: RateBar { share: Some(share), ..RateBar::default() },
        }
    };
    let by = match grain {
        Grain::Minute => "每分钟",
        Grain::Hour => "每小时",
        Grain::Day => "每天",
    };
    Ok((by, all.iter().map(line).collect()))
}

/// What happened to a batch, oldest first. Changes of its terms stand in the table of versions.
async fn told(tx: &mut Tx, batch: &Batch) -> Answer<Vec<(String, &'static str, String)>> {
    let life = store::batches::life(tx, batch.no).await?;
    let mut told = vec![(moment(life.created.0), "起草了", who(tx, life.created.1).await?)];
    if let Some((at, by)) = life.approved.filter(|_| batch.state != BatchState::Draft) {
        told.push((moment(at), "出资单位批准了", who(tx, by).await?));
    }
    if let Some(at) = life.opened_at {
        told.push((moment(at), "开始发放", String::new()));
    }
    if let Some(at) = life.closed_at {
        told.push((moment(at), "结束发放", String::new()));
    }
    Ok(told)
}
