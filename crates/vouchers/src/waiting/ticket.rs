//! A ticket of the waiting room: which of its lot, or when it is let in, signed for one citizen
//! and one batch. Nothing of it is stored.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::Mac as _;
use jiff::Timestamp;
use kernel::{CitizenNo, KeyedHash, Keys};
use subtle::ConstantTimeEq as _;

/// How every ticket begins.
const PREFIX: &str = "wtk_";
/// The sort and a number.
const SAID: usize = 9;
/// Bytes of the signature: 128 bits, which nobody guesses.
const SIGNATURE: usize = 16;
/// Into how many lots those are cast who come before the opening.
pub(crate) const LOTS: usize = 256;

/// What a ticket says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ticket {
    /// Came before the opening: the how-manieth of their lot, from 0. Which lot is theirs the
    /// ticket does not say: nobody learns it before the opening.
    Lot(i64),
    /// Came after it: let in at this moment.
    Turn(Timestamp),
}

/// Signs tickets, reads them, and draws lots.
pub(crate) struct Tickets {
    sign: KeyedHash,
    lots: KeyedHash,
}

impl Tickets {
    pub(crate) fn new(keys: &Keys) -> Self {
        let lots = keys.hash("tongpin waiting lots");
        Self { sign: keys.hash("tongpin waiting ticket"), lots }
    }

    /// The lot of a citizen in this batch: always the same, so that coming twice draws nothing
    /// better.
    pub(crate) fn lot(&self, batch_no: i64, citizen: CitizenNo) -> u8 {
        let mut hash = self.lots.clone();
        hash.update(&batch_no.to_be_bytes());
        hash.update(&citizen.0.to_be_bytes());
        hash.finalize().into_bytes()[0]
    }

    fn signature(&self, batch_no: i64, citizen: CitizenNo, said: &[u8; SAID]) -> [u8; SIGNATURE] {
        let mut hash = self.sign.clone();
        hash.update(&batch_no.to_be_bytes());
        hash.update(&citizen.0.to_be_bytes());
        hash.update(said);
        let whole: [u8; 32] = hash.finalize().into_bytes().into();
        let mut short = [0; SIGNATURE];
        short.copy_from_slice(&whole[..SIGNATURE]);
        short
    }

    /// The ticket as its holder carries it.
    pub(crate) fn write(&self, batch_no: i64, citizen: CitizenNo, ticket: Ticket) -> String {
        let (sort, number) = match ticket {
            Ticket::Lot(index) => (0, index),
            Ticket::Turn(at) => (1, at.as_microsecond()),
        };
        let mut said = [sort; SAID];
        said[1..].copy_from_slice(&number.to_be_bytes());
        let signed = [&said[..], &self.signature(batch_no, citizen, &said)].concat();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(signed))
    }

    /// What the ticket says, when it was signed for this citizen and batch.
    pub(crate) fn read(&self, batch_no: i64, citizen: CitizenNo, text: &str) -> Option<Ticket> {
        let word = text.strip_prefix(PREFIX).filter(|word| word.len() <= 40)?;
        let bytes = URL_SAFE_NO_PAD.decode(word).ok()?;
        let (said, signed) = bytes.split_first_chunk::<SAID>()?;
        if !bool::from(signed.ct_eq(&self.signature(batch_no, citizen, said))) {
            return None;
        }
        let (sort, number) = said.split_first()?;
        let number = i64::from_be_bytes(number.try_into().ok()?);
        match sort {
            0 => Some(Ticket::Lot(number)),
            _ => Timestamp::from_microsecond(number).ok().map(Ticket::Turn),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tickets() -> Tickets {
        Tickets::new(&Keys::new([3; 32]))
    }

    proptest! {
        #[test]
        fn a_ticket_is_read_by_its_own_citizen_and_batch_alone(
            citizen in 1_u32..1_000_000,
            batch in 1_i64..1_000,
            number in 0_i64..2_000_000_000_000_000,
            sort: bool,
        ) {
            let at = Timestamp::from_microsecond(number).expect("a moment");
            let ticket = if sort { Ticket::Lot(number) } else { Ticket::Turn(at) };
            let (tickets, citizen) = (tickets(), CitizenNo(citizen));
            let text = tickets.write(batch, citizen, ticket);
            prop_assert_eq!(tickets.read(batch, citizen, &text), Some(ticket));
            prop_assert_eq!(tickets.read(batch + 1, citizen, &text), None);
            prop_assert_eq!(tickets.read(batch, CitizenNo(citizen.0 + 1), &text), None);
            let other = Tickets::new(&Keys::new([4; 32]));
            prop_assert_eq!(other.read(batch, citizen, &text), None);
        }

        #[test]
        fn any_text_is_answered(text in "(wtk_)?[A-Za-z0-9_-]{0,50}") {
            prop_assert_eq!(tickets().read(1, CitizenNo(1), &text), None);
        }
    }

    #[test]
    fn lots_are_spread_and_a_citizens_stays() {
        let tickets = tickets();
        let mut counts = [0_u32; LOTS];
        for citizen in 0..25_600 {
            let lot = tickets.lot(7, CitizenNo(citizen));
            assert_eq!(lot, tickets.lot(7, CitizenNo(citizen)));
            counts[usize::from(lot)] += 1;
        }
        assert!(counts.iter().all(|count| (40..200).contains(count)), "{counts:?}");
        let moved = (0..100)
            .filter(|one| tickets.lot(7, CitizenNo(*one)) != tickets.lot(8, CitizenNo(*one)));
        assert!(moved.count() > 80, "another batch is another draw");
    }
}
