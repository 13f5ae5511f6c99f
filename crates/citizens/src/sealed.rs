//! Phone numbers at rest, and the messages that are on their way to them: sealed with
//! ChaCha20-Poly1305; a number is found by a keyed hash.

use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit as _, Nonce, aead::Aead as _};
use db::Fault;
use hmac::Mac as _;
use kernel::{Cx, KeyedHash, Keys, Phone};

/// Seals, opens and finds.
pub(crate) struct Sealer {
    cipher: ChaCha20Poly1305,
    finder: KeyedHash,
}

/// Bytes of the nonce, which stands before the text.
const NONCE: usize = 12;

impl Sealer {
    pub(crate) fn new(keys: &Keys) -> Self {
        let key = Key::from(keys.derive("tongpin phone seal"));
        Self { cipher: ChaCha20Poly1305::new(&key), finder: keys.hash("tongpin phone finder") }
    }

    /// By which a number is found again.
    pub(crate) fn hash(&self, phone: &Phone) -> Vec<u8> {
        let mut hash = self.finder.clone();
        hash.update(phone.expose().as_bytes());
        hash.finalize().into_bytes().to_vec()
    }

    /// The hash of [`hash`](Self::hash), for who holds phones of their own.
    pub(crate) fn finder(&self) -> KeyedHash {
        self.finder.clone()
    }

    pub(crate) fn seal(&self, cx: &Cx, phone: &Phone) -> Result<Vec<u8>, Fault> {
        self.seal_text(cx, phone.expose())
    }

    pub(crate) fn seal_text(&self, cx: &Cx, text: &str) -> Result<Vec<u8>, Fault> {
        let nonce = cx.random::<NONCE>();
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), text.as_bytes());
        let sealed = sealed.map_err(|_| Fault::Invariant("a text was not sealed".into()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Phone, Fault> {
        let wrong = |_| Fault::Invariant("a sealed phone is none".into());
        self.open_text(sealed)?.parse().map_err(wrong)
    }

    pub(crate) fn open_text(&self, sealed: &[u8]) -> Result<String, Fault> {
        let wrong = || Fault::Invariant("a sealed text does not open: another secret?".into());
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let text = self.cipher.decrypt(&Nonce::from(*nonce), sealed).map_err(|_| wrong())?;
        String::from_utf8(text).map_err(|_| wrong())
    }
}
