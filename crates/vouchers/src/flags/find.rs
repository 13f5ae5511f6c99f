//! The chore that looks: in steps, from where it came to the last time.

use std::sync::{Mutex, PoisonError};

use citizens::DeviceHint;
use db::{Entry, Fault, Tx};
use jiff::SignedDuration;
use kernel::Cx;
use serde_json::json;
use web::State;

use super::{FlagId, NewFlag, find_crowds, find_tills};
use crate::store;

/// Steps of one round: the next goes on where this one ended.
const STEPS: usize = 20;
/// Records that a flag points to; more of the same say nothing more.
pub(super) const ITEMS: i64 = 100;

/// How far the walk round the devices came. Begun anew by each process: the same flag is kept once.
#[derive(Default)]
struct Walk(Mutex<Option<DeviceHint>>);

/// Looks at the redemptions since the last time, and at the next devices; keeps what a person
/// should look at. A chore of every node: what two of them find is kept once.
///
/// # Errors
/// When the database does not answer.
pub async fn find_flags(state: &State, cx: &Cx) -> Result<i64, Fault> {
    let mut found = 0;
    for _ in 0..STEPS {
        let mut tx = state.db().write().await?;
        let step = find_tills::step(&mut tx, cx, &state.site().keys).await?;
        tx.commit().await?;
        let Some(new) = step else { break };
        found += new;
    }
    let walk = state.part::<Walk>();
    for _ in 0..STEPS {
        let from = *walk.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tx = state.db().write().await?;
        let (new, to) = find_crowds::step(&mut tx, cx, from).await?;
        tx.commit().await?;
        found += new;
        *walk.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
        if to.is_none() {
            break;
        }
    }
    let mut tx = state.db().write().await?;
    let since = cx.now - SignedDuration::from_hours(24 * citizens::DEVICE_DAYS);
    store::flags::forget_devices(&mut tx, since).await?;
    tx.commit().await?;
    Ok(found)
}

/// Keeps these, each once; answers how many are new.
pub(super) async fn keep(tx: &mut Tx, cx: &Cx, flags: Vec<NewFlag>) -> Result<i64, Fault> {
    let mut new = 0;
    for flag in flags {
        let id: FlagId = cx.new_id();
        if !store::flags::insert(tx, cx, id, &flag).await? {
            continue;
        }
        new += 1;
        let told = json!({ "kind": flag.kind, "said": flag.said, "records": flag.items.len() });
        tx.journal(cx, Entry::on("flag.found", id).detail(&told));
    }
    Ok(new)
}
