//! Bank accounts at rest: sealed with ChaCha20-Poly1305 under a key of the site's secret.

use chacha20poly1305::{ChaCha20Poly1305, Key, KeyInit as _, Nonce, aead::Aead as _};
use db::Fault;
use kernel::{Cx, Keys};

/// Bytes of the nonce, which stands before the text.
const NONCE: usize = 12;

fn cipher(keys: &Keys) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(&Key::from(keys.derive("tongpin funder account seal")))
}

/// Seals a text.
pub(crate) fn seal(cx: &Cx, keys: &Keys, text: &str) -> Result<Vec<u8>, Fault> {
    let nonce = cx.random::<NONCE>();
    let sealed = cipher(keys).encrypt(&Nonce::from(nonce), text.as_bytes());
    let sealed = sealed.map_err(|_| Fault::Invariant("an account was not sealed".into()))?;
    Ok([&nonce[..], &sealed].concat())
}

/// Opens it again.
pub(crate) fn open(keys: &Keys, sealed: &[u8]) -> Result<String, Fault> {
    let wrong = || Fault::Invariant("a sealed account does not open: another secret?".into());
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
    let text = cipher(keys).decrypt(&Nonce::from(*nonce), sealed).map_err(|_| wrong())?;
    String::from_utf8(text).map_err(|_| wrong())
}
