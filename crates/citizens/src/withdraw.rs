//! A citizen takes the consent back: every token ends, and the phone number is gone.

use db::{Entry, Fault, Tx};
use kernel::{CitizenNo, Cx};

use crate::{revoked::end_tokens, store};

/// Takes the consent back. Answers whether there was one. The running number stays, so that what
/// it took and spent still adds up; whose it was, nobody can tell any more.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw(tx: &mut Tx, cx: &Cx, no: CitizenNo) -> Result<bool, Fault> {
    if !erase(tx, cx, no).await? {
        return Ok(false);
    }
    tx.journal(cx, Entry::of("citizen.withdrew"));
    Ok(true)
}

/// What both do who end a consent: the citizen, and time.
pub(crate) async fn erase(tx: &mut Tx, cx: &Cx, no: CitizenNo) -> Result<bool, Fault> {
    let Some(kept) = store::citizen::find(tx, no).await? else { return Ok(false) };
    store::code::drop_of_phone(tx, &kept.phone_hash).await?;
    end_tokens(tx, cx, no).await?;
    // Random, as the column wants each to be another; it is the hash of no number.
    store::citizen::erase(tx, no, &cx.random::<32>(), cx.now).await
}
