//! Forgets what is old enough. What it promises stands on the citizen's own page.

use db::{Entry, Fault};
use jiff::SignedDuration;
use kernel::Cx;
use serde_json::json;
use web::State;

use crate::{
    code::LONGEST, device::remembered_since, networks::Networks, question, store,
    token::TOKEN_DAYS, withdraw::erase,
};

/// Days without signing in after which a phone number is erased: two years.
pub const PHONE_DAYS: i64 = 730;

/// Forgets codes a quarter of an hour after their end, asks after a day, answered questions,
/// devices after 30 days, sign-outs when their tokens would have ended, and the phones of those who
/// have not come back for two years. Answers how many rows. For the worker, on each node.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_old(state: &State, cx: &Cx) -> Result<u64, Fault> {
    state.part::<Networks>().sweep(cx.now);
    let quarter = SignedDuration::from_mins(15);
    let ages = (cx.now - quarter, cx.now - LONGEST, cx.now - question::LIVES - quarter);
    let tokens = cx.now - SignedDuration::from_hours(24 * TOKEN_DAYS);
    let mut tx = state.db().write().await?;
    let mut gone = store::code::forget(&mut tx, ages).await?;
    gone += store::device::forget(&mut tx, remembered_since(cx)).await?;
    gone += store::citizen::forget_revocations(&mut tx, tokens).await?;
    let since = cx.now - SignedDuration::from_hours(24 * PHONE_DAYS);
    let mut erased = 0;
    for no in store::citizen::long_gone(&mut tx, since).await? {
        erased += u64::from(erase(&mut tx, cx, no).await?);
    }
    if erased > 0 {
        let told = json!({ "citizens": erased });
        tx.journal(cx, Entry::of("citizen.forgotten").detail(&told));
    }
    tx.commit().await?;
    Ok(gone + erased)
}
