//! The site's own secret, and the keys that are derived from it, one for each purpose.

use std::{fmt, sync::Arc};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::hex;

/// HMAC with SHA-256 (RFC 2104), its key already taken in.
pub type KeyedHash = Hmac<Sha256>;

/// 32 random bytes of which everything that the site signs or encrypts has its key.
#[derive(Clone)]
pub struct Keys(Arc<[u8; 32]>);

impl Keys {
    /// From the bytes that the machine keeps.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(Arc::new(secret))
    }

    /// The key for one purpose: HMAC of its label (RFC 5869's expand step, one block). Who learns
    /// one key learns no other.
    pub fn derive(&self, label: &str) -> [u8; 32] {
        let mut hash = Self::hash_with(&self.0);
        hash.update(label.as_bytes());
        hash.update(&[1]);
        hash.finalize().into_bytes().into()
    }

    /// A keyed hash for one purpose, to be cloned for each use.
    pub fn hash(&self, label: &str) -> KeyedHash {
        Self::hash_with(&self.derive(label))
    }

    fn hash_with(key: &[u8; 32]) -> KeyedHash {
        // HMAC takes a key of any length; this one fits a block.
        KeyedHash::new_from_slice(key).unwrap_or_else(|never| unreachable!("{never}"))
    }

    /// A short word by which two nodes see that they hold the same secret; it tells nothing of it.
    pub fn fingerprint(&self) -> String {
        let check = self.derive("tongpin fingerprint");
        hex(&check[..6])
    }
}

/// Never written out.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_and_secrets_have_different_keys() {
        let (one, other) = (Keys::new([1; 32]), Keys::new([2; 32]));
        assert_ne!(one.derive("a"), one.derive("b"));
        assert_ne!(one.derive("a"), other.derive("a"));
        assert_eq!(one.derive("a"), Keys::new([1; 32]).derive("a"));
        assert_ne!(one.fingerprint(), other.fingerprint());
    }
}
