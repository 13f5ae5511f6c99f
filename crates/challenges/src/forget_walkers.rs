//! When a challenge is long over, who took part is forgotten, and what they claimed. How many did,
//! where, on which day and with what verdict stays, and is nobody's.

use db::{Entry, Result, Tx};
use jiff::ToSpan as _;
use kernel::{
    Cx,
    time::{civil_date, start_of},
};
use serde_json::json;

use crate::{Challenge, store};

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
        blur(tx, cx, &one).await?;
        let detail = json!({ "walkers": walkers });
        tx.journal(cx, Entry::on("challenge.forgotten", one.id).detail(&detail));
        forgotten += walkers;
    }
    Ok(forgotten)
}

/// Makes days of all times of a challenge.
async fn blur(tx: &mut Tx, cx: &Cx, one: &Challenge) -> Result<()> {
    // From the day before: a clock that was put back may have written a little earlier.
    let mut on = civil_date(one.rules.from_at).saturating_sub(1.day());
    while on <= cx.today() {
        let next = on.saturating_add(1.day());
        store::blur(tx, one.id, (start_of(on), start_of(next))).await?;
        if next == on {
            break;
        }
        on = next;
    }
    Ok(())
}
