//! The noun.

use jiff::Timestamp;
use kernel::{CitizenNo, Phone};

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
    /// When the consent was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}
