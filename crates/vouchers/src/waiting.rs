//! The waiting room of a rush: who is let in when, and the truth about it.
//!
//! Who comes before the opening draws a lot, so that coming first gains nothing; who comes after
//! it is let in in the order in which they came. Nobody who waits has a row: a signed ticket says
//! which lot, or which moment, and is good for its citizen and batch alone
//! ([decision 0013](../../../docs/decisions/0013-waiting-room.md)).

mod admit;
mod api;
mod line;
mod line_desk;
mod ticket;

use jiff::{SignedDuration, Timestamp};

pub use admit::Held;
pub(crate) use admit::{claim_in_turn, look, queue, seconds_until};
pub(crate) use api::{TicketAnswer, clock, not_yet, place, take_ticket, ticket_of};
pub(crate) use line::{Lots, Stand};
pub(crate) use line_desk::Lines;

/// How long before the claims begin one may come and wait.
pub(crate) const DOORS: SignedDuration = SignedDuration::from_mins(30);

/// What of a batch's terms and stock its line goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// When the first are let in.
    pub(crate) opens: Timestamp,
    /// When the claims are over.
    pub(crate) until: Timestamp,
    /// How many are let in each second; above zero.
    pub(crate) rate: i64,
    /// Whether the batch is open at all.
    pub(crate) is_open: bool,
    /// How many vouchers are left.
    pub(crate) left: i64,
}

impl Room {
    /// Whether there is anything to wait for, at any time from when one may come.
    pub(crate) fn is_on(&self, now: Timestamp) -> bool {
        self.is_open && self.left > 0 && now < self.until
    }

    /// When one may come.
    pub(crate) fn doors(&self) -> Timestamp {
        self.opens.checked_sub(DOORS).unwrap_or(Timestamp::MIN)
    }

    /// Microseconds between two who are let in.
    pub(crate) fn step(&self) -> i64 {
        (1_000_000 / self.rate.max(1)).max(1)
    }
}
