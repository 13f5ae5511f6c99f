//! Phone numbers as staff may see them beside a record: with their middle hidden.

use std::collections::HashMap;

use db::{Fault, Tx};
use kernel::{CitizenNo, Keys};

use crate::{sealed::Sealer, store};

/// The masked numbers (`138****1234`) of those of these citizens that still consent. The whole
/// number is looked up by [`reveal_phone`](crate::reveal_phone), with a reason.
///
/// # Errors
/// When the database fails, or what it holds was sealed with another secret.
pub async fn masked_phones(
    tx: &mut Tx,
    keys: &Keys,
    of: &[CitizenNo],
) -> Result<HashMap<CitizenNo, String>, Fault> {
    let sealer = Sealer::new(keys);
    let kept = store::citizen::sealed_phones(tx, of).await?;
    kept.into_iter().map(|(no, sealed)| Ok((no, sealer.open(&sealed)?.to_string()))).collect()
}
