//! A contest is drafted, changed while it is a draft, and opened: then its terms are frozen.

use campaigns::{CampaignId, SubEventId};
use db::{Entry, Tx};
use kernel::{Code as _, Cx};
use serde_json::{Value, json};
use web::FieldErrors;

use crate::{
    Contest, ContestId, ContestTerms, Reading, SaleError, plan_show::check_event, policy,
    show::fits, store,
};

/// Drafts a contest.
pub async fn draft_contest(
    tx: &mut Tx,
    cx: &Cx,
    (campaign, sub_event): (CampaignId, Option<SubEventId>),
    terms: ContestTerms,
) -> Result<ContestId, SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let permit = policy::run_contest(&cx.actor, &reading, campaign)?;
    check(tx, campaign, sub_event, &terms).await?;
    let contest = Contest { id: cx.new_id(), campaign, sub_event, terms, opened: None, version: 1 };
    store::insert_contest(tx, &permit, &contest, cx.now).await?;
    tx.journal(cx, Entry::on("contest.drafted", contest.id).detail(&told(&contest.terms)));
    Ok(contest.id)
}

/// Gives a draft other terms. Once it is open they are frozen, whoever asks.
pub async fn change_contest(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (ContestId, i64),
    (sub_event, terms): (Option<SubEventId>, ContestTerms),
) -> Result<(), SaleError> {
    let (mut contest, permit) = to_run(tx, cx, id, version).await?;
    check(tx, contest.campaign, sub_event, &terms).await?;
    let before = told(&contest.terms);
    (contest.sub_event, contest.terms) = (sub_event, terms);
    if !store::write_contest(tx, &permit, &contest).await? {
        return Err(SaleError::Frozen);
    }
    let told = json!({ "before": before, "after": told(&contest.terms) });
    tx.journal(cx, Entry::on("contest.changed", id).detail(&told));
    Ok(())
}

/// Publishes a contest and freezes its terms.
pub async fn open_contest(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (ContestId, i64),
) -> Result<(), SaleError> {
    let (contest, permit) = to_run(tx, cx, id, version).await?;
    if contest.terms.cut_off_at <= cx.now {
        return Err(SaleError::field("cut_off_at", "截止时间已经过了，请先改时间"));
    }
    if !store::open_contest(tx, cx, &permit, (id, version)).await? {
        return Err(SaleError::Frozen);
    }
    tx.journal(cx, Entry::on("contest.opened", id).detail(&told(&contest.terms)));
    Ok(())
}

/// A contest that the actor sees: once open, whoever sees its campaign; a draft, who runs it.
pub async fn visible_contest(
    tx: &mut Tx,
    cx: &Cx,
    reading: &Reading,
    id: ContestId,
) -> Result<Contest, SaleError> {
    let contest = store::contest_by_id(tx, id).await?.ok_or(places::Denied::Invisible)?;
    policy::seen(reading, contest.campaign)?;
    let overseen = reading.oversees(contest.campaign);
    if contest.is_open() || overseen || policy::judges(&cx.actor, reading, contest.campaign) {
        return Ok(contest);
    }
    Err(places::Denied::Invisible.into())
}

async fn to_run(
    tx: &mut Tx,
    cx: &Cx,
    id: ContestId,
    version: i64,
) -> Result<(Contest, policy::Permit<policy::RunContest>), SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let contest = visible_contest(tx, cx, &reading, id).await?;
    let permit = policy::run_contest(&cx.actor, &reading, contest.campaign)?;
    if contest.is_open() {
        return Err(SaleError::Frozen);
    }
    if contest.version == version { Ok((contest, permit)) } else { Err(SaleError::Conflict) }
}

async fn check(
    tx: &mut Tx,
    campaign: CampaignId,
    sub_event: Option<SubEventId>,
    terms: &ContestTerms,
) -> Result<(), SaleError> {
    let mut errors = FieldErrors::new();
    if !fits(&terms.name) {
        errors.add("name", "名称要填，不超过 120 个字");
    }
    if terms.from_at >= terms.cut_off_at {
        errors.add("cut_off_at", "截止时间要在开始以后");
    }
    if terms.returns_until < terms.cut_off_at {
        errors.add("returns_until", "退货期要到截止时间以后");
    }
    if !terms.weights.fit() {
        errors.add("weight_net", "每项分数从 0 到 1000，至少有一项大于 0");
    }
    check_event(tx, campaign, sub_event, &mut errors).await?;
    if let Some(id) = sub_event {
        let events = campaigns::sub_events(tx, campaign).await?;
        let kind = events.iter().find(|one| one.id == id).map(|one| one.kind);
        if kind.is_some_and(|kind| kind.code() != "farm_contest") {
            errors.add("sub_event", "大赛要放在助农销售大赛这种子活动里，或不放");
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(SaleError::Fields(errors)) }
}

fn told(terms: &ContestTerms) -> Value {
    json!({
        "name": terms.name,
        "from_at": terms.from_at,
        "cut_off_at": terms.cut_off_at,
        "returns_until": terms.returns_until,
        "weights": [terms.weights.net, terms.weights.live, terms.weights.order],
    })
}
