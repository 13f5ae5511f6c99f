//! The vouchers of a citizen: those that are filed under their number, and those that are not yet.

use db::{Fault, Tx};
use kernel::CitizenNo;
use web::State;

use crate::{
    ClaimDesks, VoucherNo,
    store::{self, wallet::Held},
};

/// Which vouchers a citizen has, of whatever state.
pub(crate) async fn numbers_of(state: &State, citizen: CitizenNo) -> Result<Vec<VoucherNo>, Fault> {
    let mut tx = state.db().read().await?;
    let unfiled = store::wallet::batches_with_unfiled(&mut tx).await?;
    drop(tx);
    let mut all = Vec::new();
    // First those in memory: what is filed in between is then found among the filed.
    for (batch, newest) in unfiled {
        if let Some(desk) = state.part::<ClaimDesks>().of(state, batch).await? {
            // Claimed on another node a moment ago.
            desk.know_up_to(state, newest).await?;
            let of_desk = desk.unfiled(citizen).into_iter();
            all.extend(of_desk.map(|claim| VoucherNo { batch: desk.batch_no, claim }));
        }
    }
    let mut tx = state.db().read().await?;
    all.extend(store::wallet::filed_of(&mut tx, citizen).await?);
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// The vouchers of a citizen as their page shows them, the newest first.
pub(crate) async fn of_citizen(state: &State, citizen: CitizenNo) -> Result<Vec<Held>, Fault> {
    let numbers = numbers_of(state, citizen).await?;
    let mut tx = state.db().read().await?;
    store::wallet::held(&mut tx, &numbers).await
}

/// One voucher, if it is this citizen's.
pub(crate) async fn own(
    tx: &mut Tx,
    citizen: CitizenNo,
    voucher: VoucherNo,
) -> Result<Option<Held>, Fault> {
    let found = store::wallet::held(tx, &[voucher]).await?;
    Ok(found.into_iter().find(|one| one.citizen == citizen))
}
