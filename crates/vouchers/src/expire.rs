//! Vouchers whose time is over expire by themselves, slice by slice; those that the batch's terms
//! say go back into its stock.

use db::{Entry, Result, Tx};
use jiff::{SignedDuration, Timestamp};
use kernel::Cx;
use serde_json::json;
use web::State;

use crate::store;

/// Claims that one transaction looks at: the writer is free for others in between.
const SLICE: i64 = 5_000;

/// A version of terms whose vouchers may have to expire.
#[derive(Clone, Debug)]
pub(crate) struct Due {
    pub(crate) batch: crate::BatchId,
    pub(crate) batch_no: i64,
    pub(crate) terms_version: i64,
    pub(crate) round: Round,
    pub(crate) done_to: i64,
    pub(crate) claimed: i64,
    pub(crate) restock: bool,
    pub(crate) use_until: Timestamp,
    pub(crate) refund_days: i64,
}

/// When a voucher expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Round {
    /// At the end of its use.
    Plain = 1,
    /// What a refund gave back: some days later.
    AfterRefund = 2,
}

impl Due {
    fn is_due(&self, now: Timestamp) -> bool {
        let days = if self.round == Round::AfterRefund { self.refund_days } else { 0 };
        let end = self.use_until.checked_add(SignedDuration::from_hours(24 * days));
        end.is_ok_and(|end| end <= now)
    }
}

/// Looks at one slice; answers how many expired, or `None` when nothing is due.
pub async fn expire_slice(tx: &mut Tx, cx: &Cx) -> Result<Option<i64>> {
    let due = store::expiry::due(tx, cx.now).await?;
    let Some(one) = due.into_iter().find(|one| one.is_due(cx.now)) else { return Ok(None) };
    let to = (one.done_to + SLICE).min(one.claimed);
    let redeemed = store::expiry::expire(tx, &one, to).await?;
    let unused = redeemed.iter().filter(|fen| **fen == 0).count() as i64;
    if one.restock && unused > 0 {
        store::claims::return_to_stock(tx, one.batch_no, unused).await?;
    }
    store::expiry::note(tx, &one, to, to >= one.claimed).await?;
    let count = redeemed.len() as i64;
    if count > 0 {
        let told = json!({
            "count": count, "from": one.done_to + 1, "to": to,
            "restocked": if one.restock { unused } else { 0 },
        });
        tx.journal(cx, Entry::on("voucher.expired", one.batch).detail(&told));
    }
    Ok(Some(count))
}

/// Expires all that is due; a chore of every node.
///
/// # Errors
/// When the database does not answer.
pub async fn expire_due(state: &State, cx: &Cx) -> Result<i64> {
    let mut expired = 0;
    loop {
        let mut tx = state.db().write().await?;
        let slice = expire_slice(&mut tx, cx).await?;
        tx.commit().await?;
        match slice {
            Some(count) => expired += count,
            None => return Ok(expired),
        }
    }
}
