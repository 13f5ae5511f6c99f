//! A founder takes consent back: name and phone are gone, and nothing counts for them any more.

use db::{Entry, Tx};
use kernel::Cx;
use places::Atlas;

use super::{FounderError, register::kept, store};
use crate::FounderId;

/// Forgets who a founder was. As easy as registering: no reason is asked.
pub async fn withdraw_founder(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: FounderId,
) -> Result<(), FounderError> {
    let (founder, permit) = kept(tx, cx, atlas, id).await?;
    if !store::forget_founder(tx, cx, &permit, id).await? {
        return Err(FounderError::Over);
    }
    tx.journal(cx, Entry::on("founder.withdrawn", id).scope(Some(founder.town)));
    Ok(())
}
