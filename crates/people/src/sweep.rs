//! Forgets what is old enough: sessions that nobody can look up any more.

use db::{Result, Tx};
use jiff::SignedDuration;
use kernel::Cx;
use web::State;

use crate::{rules::settings, store, tries::Tries};

/// As long as the journal must be kept at least (等保 2.0: six months), which speaks of them.
const SESSIONS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 184);

/// Forgets sessions that began more than half a year ago; answers how many. For the worker.
pub async fn forget_old(tx: &mut Tx, cx: &Cx) -> Result<u64> {
    store::session::forget(tx, cx.now - SESSIONS_KEPT).await
}

/// Forgets the addresses of those who failed to sign in, once they are no longer needed; answers
/// how many. For the worker, on each node.
pub fn forget_addresses(state: &State, cx: &Cx) -> usize {
    state.part::<Tries>().sweep(cx.now, settings(state).rules.address.window)
}
