//! Tokens that open nothing although they have not expired. The few of them are kept in memory by
//! every node, and looked up anew every few seconds.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use db::{Entry, Result, Tx};
use jiff::{SignedDuration, Timestamp};
use kernel::{CitizenNo, Cx};
use web::State;

use crate::{
    store::citizen as store,
    token::{Said, TOKEN_DAYS},
};

/// What this node knows of revoked tokens.
#[derive(Debug, Default)]
pub struct Revoked(RwLock<HashMap<CitizenNo, Timestamp>>);

impl Revoked {
    /// Whether a token that says this was revoked, as far as this node knows.
    pub(crate) fn has(&self, said: Said) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        // A token says its second alone: one of the same second is newer.
        known.get(&said.no).is_some_and(|from| said.issued_at.as_second() < from.as_second())
    }
}

/// Learns what other nodes revoked; run every few seconds.
///
/// # Errors
/// When the database does not answer; what was known stays known.
pub async fn refresh_revoked(state: &State, cx: &Cx) -> Result<()> {
    let since = cx.now - SignedDuration::from_hours(24 * TOKEN_DAYS);
    let mut tx = state.db().read().await?;
    let all = store::revocations(&mut tx, since).await?;
    *state.part::<Revoked>().0.write().unwrap_or_else(PoisonError::into_inner) = all;
    Ok(())
}

/// Learns at once what was committed here.
pub(crate) async fn learn(state: &State, cx: &Cx) {
    // The chore learns it a few seconds later anyway.
    if let Err(why) = refresh_revoked(state, cx).await {
        tracing::warn!(%why, "a revocation was not learnt at once");
    }
}

/// Ends every token of this citizen, here and on other devices. Answers whether there is such a
/// citizen.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out_everywhere(tx: &mut Tx, cx: &Cx, no: CitizenNo) -> Result<bool> {
    let known = end_tokens(tx, cx, no).await?;
    tx.journal(cx, Entry::of("citizen.signed_out"));
    Ok(known)
}

/// From the next second on: a token says its second alone, and none of this one may stay.
pub(crate) async fn end_tokens(tx: &mut Tx, cx: &Cx, no: CitizenNo) -> Result<bool> {
    store::end_tokens(tx, no, cx.now + SignedDuration::from_secs(1)).await
}
