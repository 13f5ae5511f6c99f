//! Whether what is written holds together: recounted from the claims, not from what is kept in
//! memory.

use db::{Result, Tx};

use crate::{BatchId, store};

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
    let above = store::claims::above_cap(tx, batch.no, batch.terms.person_cap).await?;
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
    Ok(Audit { claims: counted.claims, citizens: counted.citizens, faults })
}
