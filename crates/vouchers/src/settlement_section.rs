//! What a campaign's desk page says of its settlements: how many stand where, what of it is the
//! reader's to do, and where they are drawn.

use campaigns::{Campaign, DeskSection, Section, SectionLine};
use db::Tx;
use futures_util::future::BoxFuture;
use kernel::{Code as _, Fen};
use web::{Answer, Ask, Figure};

use crate::{
    SettlementState, SettlementStep, settlement_filter::SettlementFilter, settlement_routes,
    settlement_sight::SettlementSight, settlement_sums::sums, store::settlements_read,
};

/// Settlements on a campaign's desk page.
pub(crate) struct SettlementsSection;

impl Section for SettlementsSection {
    fn desk<'a>(
        &'a self,
        ask: &'a Ask,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Answer<Option<DeskSection>>> {
        Box::pin(desk(ask, tx, campaign))
    }
}

async fn desk(ask: &Ask, tx: &mut Tx, campaign: &Campaign) -> Answer<Option<DeskSection>> {
    if !ask.cx.actor.has_any(settlement_routes::READERS) {
        return Ok(None);
    }
    let sight = SettlementSight::of(tx, &ask.cx).await?;
    let of = SettlementFilter { campaign: Some(campaign.id), ..SettlementFilter::default() };
    let sums = sums(&ask.state, tx, of.condition(&sight)).await?;
    let runs = sight.runs(campaign.id) && !campaign.state.is_open();
    if sums.is_empty() && !sight.runs(campaign.id) {
        return Ok(None);
    }
    let line =
        |label: &str, figure| SectionLine { label: label.into(), figure, note: String::new() };
    let mut lines = Vec::new();
    for state in SettlementState::ALL.iter().copied() {
        let found = sums.iter().filter(|one| one.state == state);
        let count: i64 = found.map(|one| one.count).sum();
        if count > 0 {
            lines.push(line(state.label(), Figure::count(count, of.state(state).href())));
        }
    }
    if !sums.is_empty() {
        let due = Fen(sums.iter().map(|one| one.due.0).sum());
        lines.push(line("应付（元）", Figure::text(due.to_string(), of.href())));
    }
    let mut tasks = Vec::new();
    for step in [SettlementStep::Confirm, SettlementStep::Approve, SettlementStep::Pay] {
        tasks.extend(task(tx, &sight, of, step).await?);
    }
    tasks.extend(task(tx, &sight, of, SettlementStep::Answer).await?);
    let mut leads = vec![("所有结算", of.href())];
    if sight.runs(campaign.id) {
        leads.push(("开结算", format!("/settlements/draw?campaign={}", campaign.id)));
    }
    let empty = if runs { "还没有开过结算，可以开了" } else { "还没有开过结算" };
    Ok(Some(DeskSection { heading: "结算", lines, links: leads, tasks, empty }))
}

/// What waits for the reader, if anything does.
async fn task(
    tx: &mut Tx,
    sight: &SettlementSight,
    of: SettlementFilter,
    step: SettlementStep,
) -> Answer<Option<(String, String)>> {
    let filter = SettlementFilter { todo: Some(step), ..of };
    let count = settlements_read::count(tx, filter.condition(sight)).await?;
    let what = match step {
        SettlementStep::Confirm => "确认",
        SettlementStep::Approve => "批准",
        SettlementStep::Pay => "付款",
        _ => "答复异议",
    };
    Ok((count > 0).then(|| (format!("{count} 份结算等你{what}"), filter.href())))
}
