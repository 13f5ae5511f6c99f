//! Whether what is written holds together: recounted from the claims, not from what is kept in
//! memory.

use campaigns::CampaignId;
use db::{Db, Result, Tx};

use crate::{BatchId, audit_settlements::audit_settlements, store};

/// What an audit of a batch saw.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// Claims that are written.
    pub claims: i64,
    /// Citizens who have one.
    pub citizens: i64,
    /// What does not hold, in words.
    pub faults: Vec<String>,
}

/// Recounts one batch.
pub async fn audit_batch(tx: &mut Tx, id: BatchId) -> Result<Audit> {
    let Some(batch) = store::batch(tx, id).await? else { return Ok(Audit::default()) };
    let counted = store::claims::counted(tx, batch.no).await?;
    let above = store::claims::above_cap(tx, batch.no).await?;
    let mut faults = Vec::new();
    let mut hold = |holds: bool, fault: String| {
        if !holds {
            faults.push(fault);
        }
    };
    let of = format!("批次 {}", batch.no);
    hold(
        counted.claims == batch.claimed && counted.last == batch.claimed,
        format!(
            "{of}：记着发了 {}，实有 {} 张，最后一号 {}",
            batch.claimed, counted.claims, counted.last
        ),
    );
    hold(
        batch.claimed - batch.returned <= batch.terms.quantity,
        format!("{of}：发出 {}，多于 {} 张", batch.claimed, batch.terms.quantity),
    );
    hold(above == 0, format!("{of}：{above} 人领的超过每人上限"));
    hold(counted.over_spent == 0, format!("{of}：{} 张用掉的多于面额", counted.over_spent));
    let states = store::checks::states(tx, batch.no).await?;
    let in_all = states.held + states.spent + states.expired + states.voided;
    hold(
        in_all == counted.claims,
        format!("{of}：未用、已用、过期、作废共 {in_all} 张，实有 {} 张", counted.claims),
    );
    hold(
        batch.returned <= states.expired + states.voided,
        format!(
            "{of}：记着退回 {} 张，过期和作废只有 {} 张",
            batch.returned,
            states.expired + states.voided
        ),
    );
    let wrong = store::checks::wrong_states(tx, batch.no).await?;
    hold(wrong == 0, format!("{of}：{wrong} 张券的状态同用额、作废记录对不上"));
    let wrong = store::checks::wrong_sums(tx, batch.no).await?;
    hold(wrong == 0, format!("{of}：{wrong} 张券的用额同核销、退款记录对不上"));
    let stray = store::checks::stray_redemptions(tx, batch.no).await?;
    hold(stray == 0, format!("{of}：{stray} 笔核销没有券，或退的多于用的"));
    let stray = store::checks::stray_lines(tx, batch.no).await?;
    hold(stray == 0, format!("{of}：{stray} 条结算明细不属于它的商户或出资方"));
    Ok(Audit { claims: counted.claims, citizens: counted.citizens, faults })
}

/// What the audit of many batches found.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Report {
    /// Batches that were recounted.
    pub batches: i64,
    /// Claims in them.
    pub claims: i64,
    /// Settlements that were recounted.
    pub settlements: i64,
    /// What does not hold, in words; empty when all is whole.
    pub faults: Vec<String>,
}

/// Recounts every batch and every settlement; of one campaign when it is named.
///
/// # Errors
/// When the database does not answer.
pub async fn audit_all(db: &Db, campaign: Option<CampaignId>) -> Result<Report> {
    let mut tx = db.read().await?;
    let ids = store::all_ids(&mut tx, campaign).await?;
    drop(tx);
    let mut report = Report::default();
    for id in ids {
        // Each batch in a reading of its own: none holds up the writers' clean-up for long.
        let mut tx = db.read().await?;
        let one = audit_batch(&mut tx, id).await?;
        report.batches += 1;
        report.claims += one.claims;
        report.faults.extend(one.faults);
    }
    let found = audit_settlements(db, campaign).await?;
    report.settlements = found.settlements;
    report.faults.extend(found.faults);
    Ok(report)
}
