//! The twelve digits that a citizen shows at a till, another twelve every half minute.
//!
//! They hold the citizen's number and a check of the voucher, and are scrambled as a whole under a
//! key of the site's secret and the half minute: nothing is stored, who sees one learns nothing of
//! the next, and a till without a line cannot tell a good one from a bad one, so it must refuse.

use std::fmt;

use hmac::Mac as _;
use jiff::Timestamp;
use kernel::{CitizenNo, KeyedHash, Keys};

use crate::VoucherNo;

/// Seconds for which a code is shown.
pub const STEP_SECONDS: i64 = 30;
/// Half of the digits.
const HALF: u64 = 1_000_000;
/// Rounds of the Feistel network; NIST's FF1 has ten for its narrowest domains.
const ROUNDS: u8 = 10;
/// Checks that there can be; the rest of the digits is the citizen's number.
const CHECKS: u64 = 10_000;

/// Twelve digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct TillCode(u64);

/// Twelve digits as somebody typed or scanned them.
pub(crate) fn typed(text: &str) -> Option<TillCode> {
    let folded = kernel::fold(text);
    let digits: String = folded.chars().filter(|one| !one.is_whitespace() && *one != '-').collect();
    let right = digits.len() == 12 && digits.bytes().all(|one| one.is_ascii_digit());
    right.then(|| digits.parse().ok().map(TillCode))?
}

impl TillCode {
    /// Without blanks, for an address.
    pub(crate) fn bare(self) -> String {
        format!("{:012}", self.0)
    }
}

/// In three groups, to be read aloud.
impl fmt::Display for TillCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (high, low) = (self.0 / 100_000_000, self.0 % 100_000_000);
        write!(f, "{high:04} {:04} {:04}", low / 10_000, low % 10_000)
    }
}

/// What a code could say: whose, of which half minute, and the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) citizen: CitizenNo,
    pub(crate) step: i64,
    check: u64,
}

/// Makes codes and reads them.
pub(crate) struct TillCodes {
    scramble: KeyedHash,
    check: KeyedHash,
}

/// The half minute that an instant lies in.
pub(crate) fn step_of(at: Timestamp) -> i64 {
    at.as_second().div_euclid(STEP_SECONDS)
}

impl TillCodes {
    pub(crate) fn new(keys: &Keys) -> Self {
        let scramble = keys.hash("tongpin till code scramble");
        Self { scramble, check: keys.hash("tongpin till code check") }
    }

    /// The code of this half minute. `None` beyond a hundred million citizens.
    pub(crate) fn show(
        &self,
        citizen: CitizenNo,
        voucher: VoucherNo,
        at: Timestamp,
    ) -> Option<TillCode> {
        let step = step_of(at);
        let plain = u64::from(citizen.0) * CHECKS + self.check(voucher, step);
        if plain >= HALF * HALF {
            return None;
        }
        let (mut a, mut b) = (plain / HALF, plain % HALF);
        for round in 0..ROUNDS {
            (a, b) = (b, (a + self.mix(step, round, b)) % HALF);
        }
        Some(TillCode(a * HALF + b))
    }

    /// What the code says if it was shown in this half minute, or in the one before.
    pub(crate) fn read(&self, code: TillCode, at: Timestamp) -> [Seen; 2] {
        let now = step_of(at);
        [now, now - 1].map(|step| self.read_of(code, step))
    }

    fn read_of(&self, code: TillCode, step: i64) -> Seen {
        let (mut a, mut b) = (code.0 / HALF, code.0 % HALF);
        for round in (0..ROUNDS).rev() {
            (a, b) = ((b + HALF - self.mix(step, round, a)) % HALF, a);
        }
        let plain = a * HALF + b;
        let citizen = CitizenNo(u32::try_from(plain / CHECKS).unwrap_or(u32::MAX));
        Seen { citizen, step, check: plain % CHECKS }
    }

    /// Whether what was read is of this voucher.
    pub(crate) fn fits(&self, seen: Seen, voucher: VoucherNo) -> bool {
        seen.check == self.check(voucher, seen.step)
    }

    fn check(&self, voucher: VoucherNo, step: i64) -> u64 {
        let mut hash = self.check.clone();
        hash.update(&step.to_be_bytes());
        hash.update(&voucher.batch.to_be_bytes());
        hash.update(&voucher.claim.to_be_bytes());
        first_word(hash) % CHECKS
    }

    fn mix(&self, step: i64, round: u8, half: u64) -> u64 {
        let mut hash = self.scramble.clone();
        hash.update(&step.to_be_bytes());
        hash.update(&[round]);
        hash.update(&half.to_be_bytes());
        first_word(hash) % HALF
    }
}

fn first_word(hash: KeyedHash) -> u64 {
    let whole: [u8; 32] = hash.finalize().into_bytes().into();
    let mut word = [0; 8];
    word.copy_from_slice(&whole[..8]);
    u64::from_be_bytes(word)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    const AT: Timestamp = Timestamp::constant(1_622_512_800, 0);

    fn codes() -> TillCodes {
        TillCodes::new(&Keys::new([7; 32]))
    }

    proptest! {
        #[test]
        fn a_code_is_read_in_its_half_minute_and_the_next_alone(
            citizen in 0_u32..100_000_000,
            batch in 1_i64..1_000,
            claim in 1_i64..10_000_000,
            later in 0_i64..120,
        ) {
            let voucher = VoucherNo { batch, claim };
            let code = codes().show(CitizenNo(citizen), voucher, AT).expect("small enough");
            let again = typed(&code.to_string()).expect("twelve digits");
            prop_assert!(again == code && typed(&code.bare()) == Some(code));
            let at = AT + SignedDuration::from_secs(later);
            let right = |seen: &Seen| {
                seen.citizen == CitizenNo(citizen) && codes().fits(*seen, voucher)
            };
            let known = codes().read(code, at).iter().any(right);
            prop_assert_eq!(known, later < 60, "{} seconds later", later);
        }

        #[test]
        fn any_text_is_answered(text in ".{0,20}") {
            if let Some(code) = typed(&text) {
                prop_assert_eq!(code.bare().len(), 12);
            }
        }
    }

    #[test]
    fn another_voucher_and_another_secret_have_other_codes() {
        let (one, other) = (VoucherNo { batch: 1, claim: 1 }, VoucherNo { batch: 1, claim: 2 });
        let code = codes().show(CitizenNo(5), one, AT);
        assert!(code != codes().show(CitizenNo(5), other, AT));
        assert!(code != TillCodes::new(&Keys::new([8; 32])).show(CitizenNo(5), one, AT));
        assert!(codes().show(CitizenNo(100_000_000), one, AT).is_none());
    }
}
