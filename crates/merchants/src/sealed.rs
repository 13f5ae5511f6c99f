//! Texts at rest that say who somebody is: sealed with ChaCha20-Poly1305, each to its own record.

use chacha20poly1305::{
    ChaCha20Poly1305, Key, KeyInit as _, Nonce,
    aead::{Aead as _, Payload},
};
use db::Fault;
use hmac::Mac as _;
use kernel::{Cx, Id, KeyedHash, Keys, Phone};

use crate::merchant::Payee;

/// Seals, opens and finds.
pub(crate) struct Sealer {
    cipher: ChaCha20Poly1305,
    finder: KeyedHash,
}

/// Bytes of the nonce, which stands before the text.
const NONCE: usize = 12;

impl Sealer {
    pub(crate) fn new(keys: &Keys) -> Self {
        let key = Key::from(keys.derive("tongpin merchants seal"));
        let finder = keys.hash("tongpin merchants phone finder");
        Self { cipher: ChaCha20Poly1305::new(&key), finder }
    }

    /// By which a number is noticed again.
    pub(crate) fn hash(&self, phone: &Phone) -> Vec<u8> {
        let mut hash = self.finder.clone();
        hash.update(phone.expose().as_bytes());
        hash.finalize().into_bytes().to_vec()
    }

    pub(crate) fn seal_phone<K>(
        &self,
        cx: &Cx,
        of: Id<K>,
        phone: &Phone,
    ) -> Result<Vec<u8>, Fault> {
        self.seal(cx, of, phone.expose())
    }

    pub(crate) fn open_phone<K>(&self, of: Id<K>, sealed: &[u8]) -> Result<Phone, Fault> {
        let text = self.open(of, sealed)?;
        Phone::mobile_or_landline(&text).map_err(|_| wrong())
    }

    pub(crate) fn seal_payee<K>(
        &self,
        cx: &Cx,
        of: Id<K>,
        payee: &Payee,
    ) -> Result<Vec<u8>, Fault> {
        let text = serde_json::to_string(payee)
            .map_err(|why| Fault::Invariant(format!("a payee is no JSON: {why}")))?;
        self.seal(cx, of, &text)
    }

    pub(crate) fn open_payee<K>(&self, of: Id<K>, sealed: &[u8]) -> Result<Payee, Fault> {
        serde_json::from_str(&self.open(of, sealed)?).map_err(|_| wrong())
    }

    /// The record's id goes into the seal, so that nobody who writes to the database can lay one
    /// record's account under another's name.
    fn seal<K>(&self, cx: &Cx, of: Id<K>, text: &str) -> Result<Vec<u8>, Fault> {
        let (nonce, id) = (cx.random::<NONCE>(), of.uuid());
        let payload = Payload { msg: text.as_bytes(), aad: id.as_bytes() };
        let sealed = self.cipher.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| Fault::Invariant("a text was not sealed".into()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    fn open<K>(&self, of: Id<K>, sealed: &[u8]) -> Result<String, Fault> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(wrong)?;
        let id = of.uuid();
        let payload = Payload { msg: sealed, aad: id.as_bytes() };
        let text = self.cipher.decrypt(&Nonce::from(*nonce), payload).map_err(|_| wrong())?;
        String::from_utf8(text).map_err(|_| wrong())
    }
}

fn wrong() -> Fault {
    Fault::Invariant("a sealed text does not open: another secret, or another record's?".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MerchantId;

    #[test]
    fn a_seal_opens_for_its_own_record_and_secret_alone() {
        let cx = testkit::cx();
        let (one, other) = (cx.new_id::<crate::MerchantKind>(), cx.new_id());
        let seal = Sealer::new(&Keys::new([7; 32]));
        let phone = Phone::mobile("13812341234").unwrap();
        let sealed = seal.seal_phone(&cx, one, &phone).unwrap();
        assert_eq!(seal.open_phone(one, &sealed).unwrap(), phone);
        assert!(seal.open_phone::<crate::MerchantKind>(other, &sealed).is_err());
        assert!(Sealer::new(&Keys::new([8; 32])).open_phone(one, &sealed).is_err());
        assert!(seal.open_phone(one, &sealed[..5]).is_err());
        let again: MerchantId = one;
        assert_ne!(seal.seal_phone(&cx, again, &phone).unwrap(), sealed);
    }
}
