//! The funder agrees to pay for a batch, as it stands.

use db::{Entry, Tx};
use kernel::Cx;

use crate::{BatchError, BatchId, BatchState, Denied, policy, store};

/// Approves a draft. Who drafted it cannot.
pub async fn approve_batch(
    tx: &mut Tx,
    cx: &Cx,
    id: BatchId,
    version: i64,
) -> Result<(), BatchError> {
    let batch = store::batch(tx, id).await?.ok_or(Denied::Invisible)?;
    let permit = policy::fund(tx, cx, batch.campaign, batch.funder).await?;
    if batch.state != BatchState::Draft {
        return Err(BatchError::WrongState);
    }
    let drafter = store::drafter(tx, id).await?;
    if drafter.is_some() && drafter == cx.actor.account() {
        return Err(BatchError::OwnDraft);
    }
    if !store::approve(tx, &permit, cx, id, version).await? {
        return Err(BatchError::Conflict);
    }
    tx.journal(cx, Entry::on("batch.approved", id));
    Ok(())
}
