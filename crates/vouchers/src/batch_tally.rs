//! What has become of the vouchers of a batch, counted from the claims. Of a small batch it is
//! counted for each reader; of a large one it is counted once for all who read within some time,
//! and the page says when.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use db::Tx;
use jiff::{SignedDuration, Timestamp};
use kernel::Fen;
use web::{Answer, State};

use crate::{Batch, store};

/// Claims that are counted anew for each reader: some ten milliseconds.
pub(crate) const COUNTED_AT_ONCE: i64 = 100_000;
/// Claims of a large batch for which a count serves a second longer: one of ten million is counted
/// every eight minutes at most.
const CLAIMS_PER_SECOND: i64 = 20_000;

/// Vouchers by what has become of them, each in one; and the money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// All that were given out.
    pub(crate) issued: i64,
    pub(crate) held: i64,
    pub(crate) spent: i64,
    pub(crate) expired: i64,
    pub(crate) voided: i64,
    pub(crate) redeemed: Fen,
    pub(crate) refunded: Fen,
    /// When it was counted, if that was not just now.
    pub(crate) counted_at: Option<Timestamp>,
}

impl Tally {
    /// Of two batches together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            issued: self.issued + other.issued,
            held: self.held + other.held,
            spent: self.spent + other.spent,
            expired: self.expired + other.expired,
            voided: self.voided + other.voided,
            redeemed: Fen(self.redeemed.0 + other.redeemed.0),
            refunded: Fen(self.refunded.0 + other.refunded.0),
            counted_at: self.counted_at.into_iter().chain(other.counted_at).min(),
        }
    }
}

/// Counts of large batches, by the batch's number.
#[derive(Default)]
struct Kept(Mutex<HashMap<i64, (Timestamp, Tally)>>);

/// Counts the vouchers of a batch, as this transaction sees it.
pub(crate) async fn tally(
    state: &State,
    tx: &mut Tx,
    batch: &Batch,
    now: Timestamp,
) -> Answer<Tally> {
    if batch.claimed <= COUNTED_AT_ONCE {
        return count(tx, batch).await;
    }
    let part = state.part::<Kept>();
    let good_for = SignedDuration::from_secs(batch.claimed / CLAIMS_PER_SECOND);
    let kept = part.0.lock().unwrap_or_else(PoisonError::into_inner).get(&batch.no).copied();
    if let Some((at, tally)) = kept.filter(|(at, _)| *at <= now && now < *at + good_for) {
        return Ok(Tally { counted_at: Some(at), ..tally });
    }
    let tally = count(tx, batch).await?;
    part.0.lock().unwrap_or_else(PoisonError::into_inner).insert(batch.no, (now, tally));
    Ok(tally)
}

async fn count(tx: &mut Tx, batch: &Batch) -> Answer<Tally> {
    let states = store::checks::states(tx, batch.no).await?;
    Ok(Tally {
        issued: states.held + states.spent + states.expired + states.voided,
        held: states.held,
        spent: states.spent,
        expired: states.expired,
        voided: states.voided,
        redeemed: Fen(states.redeemed),
        refunded: Fen(states.refunded),
        counted_at: None,
    })
}
