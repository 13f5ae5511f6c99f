//! When a challenge is long over, who took part is forgotten. How many did, where, and with what
//! verdict stays, and is nobody's.

use db::{Entry, Result, Tx};
use kernel::Cx;
use serde_json::json;

use crate::store;

/// Forgets who took part in challenges that ended [`KEPT_DAYS`](crate::KEPT_DAYS) ago; answers how
/// many people. For the worker, on each node.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_walkers(tx: &mut Tx, cx: &Cx) -> Result<u64> {
    let mut forgotten = 0;
    for one in store::that_remember(tx).await? {
        if cx.now < one.forgets_at() {
            continue;
        }
        let walkers = store::forget(tx, one.id, cx.now).await?;
        let detail = json!({ "walkers": walkers });
        tx.journal(cx, Entry::on("challenge.forgotten", one.id).detail(&detail));
        forgotten += walkers;
    }
    Ok(forgotten)
}
