//! An approved batch is given out from now, within its window.

use db::{Entry, Tx};
use kernel::Cx;

use crate::{BatchError, BatchId, BatchState, Denied, policy, store};

/// Opens an approved batch of a campaign that was approved and is not over.
pub async fn open_batch(tx: &mut Tx, cx: &Cx, id: BatchId, version: i64) -> Result<(), BatchError> {
    let batch = store::batch(tx, id).await?.ok_or(Denied::Invisible)?;
    let permit = policy::run(tx, cx, batch.campaign).await?;
    if batch.state != BatchState::Approved {
        return Err(BatchError::WrongState);
    }
    let campaign = campaigns::campaign_by_id(tx, batch.campaign).await?;
    if campaign.is_some_and(|campaign| !campaign.state.takes_members()) {
        return Err(BatchError::CampaignOver);
    }
    if !store::open(tx, &permit, cx, &batch, version).await? {
        return Err(BatchError::Conflict);
    }
    tx.journal(cx, Entry::on("batch.opened", id));
    Ok(())
}
