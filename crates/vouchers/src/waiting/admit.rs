//! Who may claim now: as often as one may ask, and when the line lets them in.

use jiff::Timestamp;
use kernel::CitizenNo;
use web::State;

use super::{Room, line::Stand, ticket::Ticket};
use crate::{
    BatchId, ClaimAsk, ClaimDesks, ClaimRefused, Claimed, claim::claim_at, claim_desk::BatchDesk,
};

/// Somebody in the line, and where they stand.
#[derive(Clone, Debug)]
pub struct Held {
    /// The ticket, as they carry it.
    pub(crate) ticket: String,
    pub(crate) stand: Stand,
    pub(crate) room: Room,
    /// When it was looked.
    pub(crate) now: Timestamp,
}

/// Claims for who asks over the wire: in their turn, where the batch has a line.
pub(crate) async fn claim_in_turn(
    state: &State,
    desks: &ClaimDesks,
    citizen: CitizenNo,
    ticket: Option<&str>,
    asked: ClaimAsk<'_>,
    now: Timestamp,
) -> Result<Claimed, ClaimRefused> {
    let desk = desks.of(state, asked.batch).await?.ok_or(ClaimRefused::NotFound)?;
    if desk.is_reserved() {
        return Err(ClaimRefused::NotEligible);
    }
    // A batch without a line is asked no more than this.
    if desk.has_line() {
        admit(state, desks, &desk, citizen, ticket, now).await?;
    }
    claim_at(state, &desk, (citizen, false), asked, now).await
}

/// Lets a citizen pass, or says where they stand. Who has a voucher, and who comes when there is
/// nothing to wait for, is answered by the desk itself.
async fn admit(
    state: &State,
    desks: &ClaimDesks,
    desk: &BatchDesk,
    citizen: CitizenNo,
    ticket: Option<&str>,
    now: Timestamp,
) -> Result<(), ClaimRefused> {
    let Some(room) = desk.room().filter(|room| room.is_on(now) && now >= room.opens) else {
        return Ok(());
    };
    if desk.holds(citizen) {
        return Ok(());
    }
    let held = stand_with(state, desks, desk, citizen, (ticket, room), now).await?;
    if held.stand == Stand::Admitted {
        return Ok(());
    }
    Err(ClaimRefused::Waiting(Box::new(held)))
}

/// Where a citizen stands with this ticket; one who has none, or not a good one, is given one.
async fn stand_with(
    state: &State,
    desks: &ClaimDesks,
    desk: &BatchDesk,
    citizen: CitizenNo,
    (shown, room): (Option<&str>, Room),
    now: Timestamp,
) -> Result<Held, ClaimRefused> {
    let (tickets, line) = (desks.lines.tickets(state), desks.lines.of(desk));
    let shown = shown.and_then(|text| tickets.read(desk.batch_no, citizen, text));
    let ticket = match shown {
        Some(ticket) => ticket,
        None => line.take(state, citizen, room, now).await?,
    };
    let lot = match ticket {
        Ticket::Lot(_) => tickets.lot(desk.batch_no, citizen),
        Ticket::Turn(_) => 0,
    };
    let stand = line.stand(state, &room, (ticket, lot), now).await?;
    Ok(Held { ticket: tickets.write(desk.batch_no, citizen, ticket), stand, room, now })
}

/// The desk of a batch that has a line, and its room.
async fn line_of(
    state: &State,
    batch: BatchId,
    now: Timestamp,
) -> Result<(std::sync::Arc<BatchDesk>, Room), ClaimRefused> {
    let desk = state.part::<ClaimDesks>().of(state, batch).await?;
    let desk = desk.ok_or(ClaimRefused::NotFound)?;
    if desk.is_reserved() {
        return Err(ClaimRefused::NotEligible);
    }
    let room = desk.room().ok_or(ClaimRefused::NoLine)?;
    match room {
        Room { is_open: false, .. } => Err(ClaimRefused::Closed),
        Room { until, .. } if now >= until => Err(ClaimRefused::TooLate),
        Room { left: ..=0, .. } => Err(ClaimRefused::SoldOut),
        _ => Ok((desk, room)),
    }
}

/// Comes into the line of a batch, or comes back to the place that one has.
pub(crate) async fn queue(
    state: &State,
    batch: BatchId,
    citizen: CitizenNo,
    now: Timestamp,
) -> Result<Held, ClaimRefused> {
    let (desk, room) = line_of(state, batch, now).await?;
    if now < room.doors() {
        return Err(ClaimRefused::LineClosed { from: room.doors() });
    }
    let desks = state.part::<ClaimDesks>();
    stand_with(state, &desks, &desk, citizen, (None, room), now).await
}

/// Where the holder of a ticket stands; `None` when the ticket is not theirs, or none.
pub(crate) async fn look(
    state: &State,
    batch: BatchId,
    citizen: CitizenNo,
    ticket: &str,
    now: Timestamp,
) -> Result<Option<Held>, ClaimRefused> {
    let (desk, room) = line_of(state, batch, now).await?;
    let desks = state.part::<ClaimDesks>();
    if desks.lines.tickets(state).read(desk.batch_no, citizen, ticket).is_none() {
        return Ok(None);
    }
    stand_with(state, &desks, &desk, citizen, (Some(ticket), room), now).await.map(Some)
}

impl Held {
    /// Seconds after which to look again: at the turn itself when it is near, else now and then,
    /// so that a city that waits does not ask all the time.
    pub(crate) fn look_again(&self) -> i64 {
        let now = self.now;
        match self.stand {
            Stand::Admitted => 0,
            Stand::Waiting { at, .. } => seconds_until(at, now).clamp(1, 15),
            // Not all at once: each some seconds after the draw, by their ticket.
            Stand::Drawing { opens, .. } => {
                let spread = self.ticket.bytes().map(i64::from).sum::<i64>() % 5;
                (seconds_until(opens, now) + spread).clamp(2, 20 + spread)
            }
        }
    }
}

/// Whole seconds, rounded up.
pub(crate) fn seconds_until(at: Timestamp, now: Timestamp) -> i64 {
    let wait = at.as_microsecond() - now.as_microsecond();
    (wait.max(0) + 999_999) / 1_000_000
}
