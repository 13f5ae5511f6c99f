//! A batch that nobody claims from directly: its vouchers are earned by something done elsewhere,
//! and the room that knows of it claims them for who did it.

use campaigns::CampaignId;
use db::{Entry, Fault, Tx};
use kernel::Cx;

use crate::{Batch, BatchError, BatchId, BatchState, Denied, policy, store};

/// Reserves a batch before it is opened. Once it is open anybody may have claimed from it, so it
/// is too late then; and what is reserved stays so.
pub async fn reserve_batch(
    tx: &mut Tx,
    cx: &Cx,
    id: BatchId,
    version: i64,
) -> Result<(), BatchError> {
    let batch = store::batch(tx, id).await?.ok_or(Denied::Invisible)?;
    let permit = policy::run(tx, cx, batch.campaign).await?;
    if !matches!(batch.state, BatchState::Draft | BatchState::Approved) {
        return Err(BatchError::WrongState);
    }
    if !store::reserve(tx, &permit, cx, &batch, version).await? {
        return Err(BatchError::Conflict);
    }
    tx.journal(cx, Entry::on("batch.reserved", id));
    Ok(())
}

/// One batch, whoever asks: for other rooms' verbs, which ask their own policy.
///
/// # Errors
/// When the database does not answer.
pub async fn batch_by_id(tx: &mut Tx, id: BatchId) -> Result<Option<Batch>, Fault> {
    store::batch(tx, id).await
}

/// Every batch of a campaign by its number, whoever asks: for other rooms, which ask their own
/// policy.
///
/// # Errors
/// When the database does not answer.
pub async fn batches_of(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<Batch>, Fault> {
    let mut all = Vec::new();
    for id in store::all_ids(tx, Some(campaign)).await? {
        all.extend(store::batch(tx, id).await?);
    }
    Ok(all)
}
