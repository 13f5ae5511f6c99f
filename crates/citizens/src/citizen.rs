//! A citizen as the site knows them.

use std::collections::HashMap;

use db::{Fault, Tx};
use jiff::Timestamp;
use kernel::{CitizenNo, KeyedHash, Keys, Phone};

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

/// The hash by which a phone is found among the citizens', for rooms that hold phones of others and
/// must notice that two are the same without either being opened.
pub fn phone_finder(keys: &Keys) -> KeyedHash {
    Sealer::new(keys).finder()
}

/// Whose phones these are, by the hash of [`phone_finder`]; nothing else is made known.
///
/// # Errors
/// When the database does not answer.
pub async fn citizens_by_phone(
    tx: &mut Tx,
    hashes: &[Vec<u8>],
) -> Result<HashMap<Vec<u8>, CitizenNo>, Fault> {
    store::citizen::numbers(tx, hashes).await
}
