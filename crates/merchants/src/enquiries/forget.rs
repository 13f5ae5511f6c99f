//! Person and words of old enquiries go by themselves.

use db::{Entry, Fault, Tx};
use jiff::SignedDuration;
use kernel::Cx;
use serde_json::json;

use super::{KEPT_DAYS, store};

/// An enquiry that nobody closed is forgotten too, after this many days.
const OPEN_DAYS: i64 = 365;

/// Forgets who asked and what, of enquiries closed [`KEPT_DAYS`] ago and of those a year old; that
/// there was a question stays. Answers how many it were. A chore: twice is the same as once.
pub async fn forget_enquiries(tx: &mut Tx, cx: &Cx) -> Result<u64, Fault> {
    let before = |days: i64| cx.now - SignedDuration::from_hours(24 * days);
    let forgotten = store::forget(tx, cx, before(KEPT_DAYS), before(OPEN_DAYS)).await?;
    if forgotten > 0 {
        let detail = json!({ "enquiries": forgotten });
        tx.journal(cx, Entry::of("enquiry.forgotten").detail(&detail));
    }
    Ok(forgotten)
}
