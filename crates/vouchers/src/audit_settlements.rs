//! Whether settlements hold together: each is as much as its lines, as it was when a person put
//! their name to it.

use campaigns::CampaignId;
use db::{Db, Result, Tx, journal};
use serde_json::Value;

use crate::{Settlement, SettlementState, store};

/// Settlements recounted in one reading: none holds up the writers' clean-up for long.
const SET: i64 = 200;
/// Entries of a settlement's journal that are looked at. A settlement has a handful.
const ENTRIES: i64 = 50;

/// What the audit of settlements found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) settlements: i64,
    pub(crate) faults: Vec<String>,
}

/// Recounts every settlement; of one campaign when it is named.
pub(crate) async fn audit_settlements(db: &Db, campaign: Option<CampaignId>) -> Result<Found> {
    let mut found = Found::default();
    let mut after = None;
    loop {
        let mut tx = db.read().await?;
        let set = store::checks::settlements(&mut tx, campaign, after, SET).await?;
        for one in &set {
            found.settlements += 1;
            found.faults.extend(faults(&mut tx, one).await?);
        }
        let Some(last) = set.last().filter(|_| set.len() as i64 == SET) else { break };
        after = Some(last.id);
    }
    let mut tx = db.read().await?;
    let twice = store::checks::lines_twice(&mut tx).await?;
    if twice > 0 {
        found.faults.push(format!("{twice} 笔核销或退款列在不止一份结算里"));
    }
    Ok(found)
}

async fn faults(tx: &mut Tx, one: &Settlement) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let of = format!("结算 {}", one.id);
    let (due, is_live) = (one.due(), one.state != SettlementState::Withdrawn);
    if is_live && one.lines() == 0 {
        faults.push(format!("{of}：没有明细"));
    }
    if due.0 < 0 {
        faults.push(format!("{of}：应付 {due} 元，退的比用的多"));
    }
    if !is_live && one.lines() > 0 {
        faults.push(format!("{of}：已撤回，还占着 {} 条明细", one.lines()));
    }
    if one.state == SettlementState::Paid && one.reference.is_empty() {
        faults.push(format!("{of}：已付款，没有银行流水号"));
    }
    if is_live {
        let said = signed_for(tx, one).await?;
        if said != Some(due.0) {
            let said = said.map_or_else(|| "没有".into(), |said| kernel::Fen(said).to_string());
            faults.push(format!("{of}：明细合计 {due} 元，日志里办理时是 {said} 元"));
        }
    }
    Ok(faults)
}

/// What the newest entry of the journal says was due, in fen. The chain keeps it from changing.
async fn signed_for(tx: &mut Tx, one: &Settlement) -> Result<Option<i64>> {
    let entries = journal::of_subject(tx, one.id.uuid(), ENTRIES).await?;
    let said = |entry: &journal::Kept| {
        let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
        detail["fen"].as_i64()
    };
    Ok(entries.iter().find_map(said))
}
