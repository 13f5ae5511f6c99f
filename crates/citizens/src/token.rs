//! The citizen's token: 12 characters of who and since when, 22 of signature.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac as _;
use jiff::{SignedDuration, Timestamp};
use kernel::{CitizenNo, KeyedHash, Keys};
use subtle::ConstantTimeEq as _;

/// How every citizen's token begins.
pub(crate) const PREFIX: &str = "ctz_";
/// Days that a token lives.
pub const TOKEN_DAYS: i64 = 30;
/// Bytes of the signature: 128 bits, which nobody guesses.
const SIGNATURE: usize = 16;
/// A version, the number, and the second of issue.
const CLAIMS: usize = 9;
const VERSION: u8 = 1;

/// Signs and reads tokens; made once for a site.
#[derive(Clone)]
pub(crate) struct Signer(KeyedHash);

/// What a token says, once its signature was found right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) no: CitizenNo,
    pub(crate) issued_at: Timestamp,
}

impl Signer {
    pub(crate) fn new(keys: &Keys) -> Self {
        Self(keys.hash("tongpin citizen token"))
    }

    fn signature(&self, claims: &[u8; CLAIMS]) -> [u8; SIGNATURE] {
        let mut hash = self.0.clone();
        hash.update(claims);
        let whole: [u8; 32] = hash.finalize().into_bytes().into();
        let mut short = [0; SIGNATURE];
        short.copy_from_slice(&whole[..SIGNATURE]);
        short
    }

    pub(crate) fn mint(&self, no: CitizenNo, now: Timestamp) -> String {
        let mut claims = [0; CLAIMS];
        claims[0] = VERSION;
        claims[1..5].copy_from_slice(&no.0.to_be_bytes());
        // Seconds since 1970 fit 32 bits until 2106.
        let seconds = u32::try_from(now.as_second()).unwrap_or(0);
        claims[5..].copy_from_slice(&seconds.to_be_bytes());
        let mut text = String::with_capacity(PREFIX.len() + 34);
        text.push_str(PREFIX);
        URL_SAFE_NO_PAD.encode_string(claims, &mut text);
        URL_SAFE_NO_PAD.encode_string(self.signature(&claims), &mut text);
        text
    }

    /// What the token says, when we signed it.
    pub(crate) fn read(&self, text: &str) -> Option<Said> {
        let word = text.strip_prefix(PREFIX)?;
        let (said, signed) = word.split_at_checked(12)?;
        let mut claims = [0; CLAIMS];
        let mut signature = [0; SIGNATURE + 2];
        let long = URL_SAFE_NO_PAD.decode_slice(said, &mut claims).ok()?;
        let signed = URL_SAFE_NO_PAD.decode_slice(signed, &mut signature).ok()?;
        let right = long == CLAIMS && signed == SIGNATURE && claims[0] == VERSION;
        if !right || !bool::from(signature[..SIGNATURE].ct_eq(&self.signature(&claims))) {
            return None;
        }
        let number = |at: usize| {
            u32::from_be_bytes([claims[at], claims[at + 1], claims[at + 2], claims[at + 3]])
        };
        let issued_at = Timestamp::from_second(i64::from(number(5))).ok()?;
        Some(Said { no: CitizenNo(number(1)), issued_at })
    }
}

impl Said {
    /// Whether a token of this age still opens anything. One from the future was signed by a clock
    /// that was put back since; an hour of that is let pass.
    pub(crate) fn is_fresh(self, now: Timestamp) -> bool {
        let age = now.duration_since(self.issued_at);
        age < SignedDuration::from_hours(24 * TOKEN_DAYS) && age > -SignedDuration::from_hours(1)
    }
}

/// A token for a citizen whose phone was just verified, in force for [`TOKEN_DAYS`] days.
pub fn mint(keys: &Keys, no: CitizenNo, now: Timestamp) -> String {
    Signer::new(keys).mint(no, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_634_688_000, 0);

    #[test]
    fn a_token_comes_back_and_no_other_letter_passes() {
        let signer = Signer::new(&Keys::new([3; 32]));
        let token = signer.mint(CitizenNo(1_234_567), NOW);
        assert_eq!(token.len(), 38);
        let said = signer.read(&token).expect("it is ours");
        assert_eq!(said, Said { no: CitizenNo(1_234_567), issued_at: NOW });
        for place in PREFIX.len()..token.len() {
            let mut other = token.clone().into_bytes();
            other[place] = if other[place] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("letters");
            assert!(signer.read(&other).is_none_or(|read| read == said), "{place}: {other}");
        }
        for wrong in ["", "ctz_", "tgp_1", &token[..30], &format!("{token}A")] {
            assert_eq!(signer.read(wrong), None, "{wrong}");
        }
        assert_eq!(Signer::new(&Keys::new([4; 32])).read(&token), None, "of another site");
    }

    #[test]
    fn a_token_grows_old() {
        let said = Said { no: CitizenNo(1), issued_at: NOW };
        let days = |days: i64| NOW + SignedDuration::from_hours(24 * days);
        assert!(said.is_fresh(NOW) && said.is_fresh(days(29)));
        assert!(!said.is_fresh(days(30)) && !said.is_fresh(days(-1)));
    }
}
