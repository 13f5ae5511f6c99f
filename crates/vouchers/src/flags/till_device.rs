//! Which device stands at a till, when a citizen signed in on it before: that a cashier takes
//! their own vouchers is found by it. Of any other device nothing is kept.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use axum::http::HeaderMap;
use citizens::DeviceHint;
use db::Fault;
use kernel::actor::AccountId;
use web::Ask;

use crate::store;

/// What is remembered; above it all is forgotten, and written again.
const MOST: usize = 20_000;

/// What this process has kept already.
#[derive(Default)]
struct Noted(Mutex<HashSet<(AccountId, DeviceHint)>>);

/// Keeps the device of who just took a voucher; most often there is nothing to keep. The voucher is
/// taken: what goes wrong here is logged, and the till goes on.
pub(crate) async fn note_device(ask: &Ask, headers: &HeaderMap) {
    if let Err(why) = note(ask, headers).await {
        tracing::error!(%why, "a till's device was not noted");
    }
}

async fn note(ask: &Ask, headers: &HeaderMap) -> Result<(), Fault> {
    let (Some(account), Some(hint)) = (ask.cx.actor.account(), citizens::device_hint(ask, headers))
    else {
        return Ok(());
    };
    let noted = ask.state.part::<Noted>();
    {
        let mut known = noted.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        if !known.insert((account, hint)) {
            return Ok(());
        }
    }
    let mut tx = ask.db().write().await?;
    store::flags::note_device(&mut tx, account, hint, ask.cx.now).await?;
    tx.commit().await
}
