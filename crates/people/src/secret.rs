//! Random secrets: handed out once, kept as a hash alone.

use std::fmt::Write as _;

use kernel::Cx;
use sha2::{Digest, Sha256};

/// What a secret is for; part of its hash, so that one kind never passes as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A session's cookie.
    Session,
    /// What a page's forms carry to prove that they are of this visitor.
    Csrf,
    /// An API token.
    Token,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"tongpin session\0",
            Self::Csrf => b"tongpin csrf\0",
            Self::Token => b"tongpin token\0",
        }
    }
}

/// 32 random bytes, as 64 hexadecimal digits. With that much randomness a plain SHA-256 keeps
/// them: there is nothing to guess that a slow hash would protect.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

const DIGITS: usize = 64;

impl Secret {
    /// A fresh one.
    pub(crate) fn new(cx: &Cx) -> Self {
        Self(hex(&cx.random::<32>()))
    }
    /// What somebody sent, when it has the form of a secret.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == DIGITS && text.bytes().all(is_digit)).then(|| Self(text.to_owned()))
    }
    /// As it is handed out.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
    /// As it is stored or derived.
    pub(crate) fn hash(&self, purpose: Purpose) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(purpose.label());
        hash.update(&self.0);
        hash.finalize().to_vec()
    }
    /// The secret of this visitor's forms: known to who holds this one, and nothing can be
    /// learnt from it about this one.
    pub(crate) fn csrf(&self) -> String {
        hex(&self.hash(Purpose::Csrf))
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_form_is_read() {
        let secret = Secret("0123456789abcdef".repeat(4));
        assert!(Secret::parse(secret.text()) == Some(secret.clone()));
        for wrong in ["", "0123", &secret.text().to_uppercase(), &format!("{}0", secret.text())] {
            assert!(Secret::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn one_purpose_never_passes_as_another() {
        let secret = Secret("ab".repeat(32));
        assert_ne!(secret.hash(Purpose::Session), secret.hash(Purpose::Token));
        assert_ne!(secret.csrf(), hex(&secret.hash(Purpose::Session)));
    }
}
