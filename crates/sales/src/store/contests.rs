//! SQL on `contest` and `contest_entrant`, and the measures of entrants.

use std::collections::HashMap;

use campaigns::CampaignId;
use db::{Query, Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::{Cx, Fen, Id};
use merchants::MerchantId;

use crate::{
    Contest, ContestId, ContestTerms, Filter, SaleState, Side, Weights,
    contest::Measure,
    policy::{Enter, Permit, RunContest},
};

fn read(row: &Row) -> Result<Contest> {
    let opened: Option<Timestamp> = row.get(10)?;
    let by: Option<uuid::Uuid> = row.get(11)?;
    Ok(Contest {
        id: row.get(0)?,
        campaign: row.get(1)?,
        sub_event: row.get(2)?,
        terms: ContestTerms {
            name: row.get(3)?,
            from_at: row.get(4)?,
            cut_off_at: row.get(5)?,
            returns_until: row.get(6)?,
            weights: Weights { net: row.get(7)?, live: row.get(8)?, order: row.get(9)? },
        },
        opened: opened.map(|at| (at, by.map(Id::from_uuid))),
        version: row.get(12)?,
    })
}

/// One contest, whoever asks.
pub(crate) async fn contest_by_id(tx: &mut Tx, id: ContestId) -> Result<Option<Contest>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, name, from_at, cut_off_at, returns_until, \
         weight_net, weight_live, weight_order, opened_at, opened_by, version FROM contest \
         WHERE id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// The contests of a campaign, in the order they were drafted.
pub(crate) async fn contests_of(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<Contest>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, name, from_at, cut_off_at, returns_until, \
         weight_net, weight_live, weight_order, opened_at, opened_by, version FROM contest \
         WHERE campaign_id = $1 ORDER BY created_at, id"
    );
    tx.all(select, args![campaign], read).await
}

/// Keeps a new contest.
pub(crate) async fn insert_contest(
    tx: &mut Tx,
    _: &Permit<RunContest>,
    one: &Contest,
    now: Timestamp,
) -> Result<()> {
    let insert = sql!(
        "INSERT INTO contest (id, campaign_id, sub_event_id, name, from_at, cut_off_at, \
         returns_until, weight_net, weight_live, weight_order, version, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)"
    );
    let (terms, weights) = (&one.terms, one.terms.weights);
    let values = args![
        one.id,
        one.campaign,
        one.sub_event,
        &terms.name,
        terms.from_at,
        terms.cut_off_at,
        terms.returns_until,
        weights.net,
        weights.live,
        weights.order,
        now,
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// Keeps other terms of a contest that is not open yet; answers whether it was so.
pub(crate) async fn write_contest(
    tx: &mut Tx,
    _: &Permit<RunContest>,
    one: &Contest,
) -> Result<bool> {
    let update = sql!(
        "UPDATE contest SET sub_event_id = $3, name = $4, from_at = $5, cut_off_at = $6, \
         returns_until = $7, weight_net = $8, weight_live = $9, weight_order = $10, \
         version = version + 1 WHERE id = $1 AND version = $2 AND opened_at IS NULL"
    );
    let (terms, weights) = (&one.terms, one.terms.weights);
    let values = args![
        one.id,
        one.version,
        one.sub_event,
        &terms.name,
        terms.from_at,
        terms.cut_off_at,
        terms.returns_until,
        weights.net,
        weights.live,
        weights.order,
    ];
    Ok(tx.run(update, values).await? > 0)
}

/// Opens a contest as it was read; answers whether it stood so.
pub(crate) async fn open_contest(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<RunContest>,
    (id, version): (ContestId, i64),
) -> Result<bool> {
    let update = sql!(
        "UPDATE contest SET opened_at = $3, opened_by = $4, version = version + 1 \
         WHERE id = $1 AND version = $2 AND opened_at IS NULL"
    );
    let by = cx.actor.account().map(Id::uuid);
    Ok(tx.run(update, args![id, version, cx.now, by]).await? > 0)
}

/// Who takes part, in the order they entered.
pub(crate) async fn entrants(tx: &mut Tx, contest: ContestId) -> Result<Vec<MerchantId>> {
    let select = sql!(
        "SELECT merchant_id FROM contest_entrant WHERE contest_id = $1 AND withdrawn_at IS NULL \
         ORDER BY entered_at, merchant_id"
    );
    tx.all(select, args![contest], |row| row.get(0)).await
}

/// A merchant takes part from now on.
pub(crate) async fn enter(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<Enter>,
    (contest, merchant): (ContestId, MerchantId),
) -> Result<()> {
    let upsert = sql!(
        "INSERT INTO contest_entrant (contest_id, merchant_id, entered_at, entered_by) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (contest_id, merchant_id) DO UPDATE SET \
         entered_at = excluded.entered_at, entered_by = excluded.entered_by, withdrawn_at = NULL"
    );
    let by = cx.actor.account().map(Id::uuid);
    tx.run(upsert, args![contest, merchant, cx.now, by]).await?;
    Ok(())
}

/// A merchant takes part no longer; answers whether it did.
pub(crate) async fn leave(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<Enter>,
    (contest, merchant): (ContestId, MerchantId),
) -> Result<bool> {
    let update = sql!(
        "UPDATE contest_entrant SET withdrawn_at = $3 \
         WHERE contest_id = $1 AND merchant_id = $2 AND withdrawn_at IS NULL"
    );
    Ok(tx.run(update, args![contest, merchant, cx.now]).await? > 0)
}

/// What each entrant's records come to, in the order they entered.
pub(crate) async fn measures(tx: &mut Tx, contest: &Contest) -> Result<Vec<Measure>> {
    let filter = Filter { contest: Some(contest.id), ..Filter::default() };
    let query = Query::new(
        "SELECT sale.merchant_id, sale.side, sale.state, sale.show_id IS NOT NULL, \
         CAST(SUM(sale.amount_fen) AS BIGINT), COUNT(*)",
    )
    .nested(filter.conditions(None, Some(contest)))
    .part(" GROUP BY sale.merchant_id, sale.side, sale.state, sale.show_id IS NOT NULL");
    let mut all: Vec<Measure> =
        entrants(tx, contest.id).await?.into_iter().map(nothing_yet).collect();
    let group = |row: &Row| {
        let (merchant, side, state) = (row.get(0)?, row.code(1)?, row.code(2)?);
        Ok((merchant, side, state, row.get(3)?, Fen(row.get(4)?), row.get(5)?))
    };
    let groups: Vec<(MerchantId, Side, SaleState, bool, Fen, i64)> = tx.list(query, group).await?;
    for (merchant, side, state, live, amount, count) in groups {
        let Some(one) = all.iter_mut().find(|one| one.merchant == merchant) else { continue };
        let amount = if side == Side::Return { -amount.0 } else { amount.0 };
        if state == SaleState::Verified {
            one.net.0 += amount;
            one.live.0 += if live { amount } else { 0 };
        } else {
            one.waiting.0 += amount;
            one.open_count += count;
        }
    }
    let kept = orders(tx, contest).await?;
    for one in &mut all {
        one.orders = kept.get(&one.merchant).copied().unwrap_or(0);
    }
    Ok(all)
}

fn nothing_yet(merchant: MerchantId) -> Measure {
    let nothing = Fen::ZERO;
    Measure { merchant, net: nothing, live: nothing, orders: 0, waiting: nothing, open_count: 0 }
}

/// Verified orders that did not come back whole, by merchant.
async fn orders(tx: &mut Tx, contest: &Contest) -> Result<HashMap<MerchantId, i64>> {
    let filter = Filter { contest: Some(contest.id), kept: true, ..Filter::default() };
    let filter = filter.state(SaleState::Verified);
    let query = Query::new("SELECT sale.merchant_id, COUNT(*)")
        .nested(filter.conditions(None, Some(contest)))
        .part(" GROUP BY sale.merchant_id");
    let counts = tx.list(query, |row| Ok((row.get(0)?, row.get(1)?))).await?;
    Ok(counts.into_iter().collect())
}
