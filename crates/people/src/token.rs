//! An API token: a script that acts with the grants of its account, until it expires.

use jiff::{Timestamp, civil::Date};
use kernel::actor::TokenId;

use crate::secret::Secret;

/// How every token begins, so that a leaked one is found by those who look for them.
pub(crate) const PREFIX: &str = "tgp_";
/// Most days that a token lives.
pub(crate) const LONGEST_DAYS: i64 = 366;
/// Most tokens of an account that are in force at a time.
pub(crate) const MOST: i64 = 50;

/// A token as its person sees it.
#[derive(Clone, Debug)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// What its person calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when it is refused.
    pub expires_at: Timestamp,
    /// The last day on which it was used.
    pub last_used_on: Option<Date>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// Whether it opens anything now.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

/// A token that was just made; its text is shown this once.
pub struct IssuedToken {
    /// Which.
    pub id: TokenId,
    /// What a script sends after `Authorization: Bearer `.
    pub text: String,
    /// From when it is refused.
    pub expires_at: Timestamp,
}

/// The secret in what a script sent.
pub(crate) fn secret_in(text: &str) -> Option<Secret> {
    text.strip_prefix(PREFIX).and_then(Secret::parse)
}
