//! A citizen as the site knows them.

use db::{Fault, Tx};
use jiff::Timestamp;
use kernel::{CitizenNo, Keys, Phone};

use crate::{sealed::Sealer, store};

/// The version of the consent that the sign-in page asks for now.
pub const CONSENT_VERSION: i64 = 1;

/// A citizen as the site knows them.
#[derive(Clone, Debug)]
pub struct Citizen {
    /// The running number.
    pub no: CitizenNo,
    /// The phone number, masked wherever it is shown.
    pub phone: Phone,
    /// Which consent was given.
    pub consent_version: i64,
    /// When the phone was verified last.
    pub verified_at: Timestamp,
    /// Tokens from before it open nothing.
    pub tokens_from: Timestamp,
}

/// The citizen with this number; `None` when there is none, or the consent was withdrawn. The phone
/// is for the citizen's own eyes and for messages; staff look it up by
/// [`reveal_phone`](crate::reveal_phone).
pub(crate) async fn find(
    tx: &mut Tx,
    keys: &Keys,
    no: CitizenNo,
) -> Result<Option<Citizen>, Fault> {
    let Some(kept) = store::citizen::find(tx, no).await? else { return Ok(None) };
    Ok(Some(Citizen {
        no,
        phone: Sealer::new(keys).open(&kept.phone_sealed)?,
        consent_version: kept.consent_version,
        verified_at: kept.verified_at,
        tokens_from: kept.tokens_from,
    }))
}
