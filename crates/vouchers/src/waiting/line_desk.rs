//! Where tickets are given out: all who come at once are counted into the line as one set, in one
//! short transaction, and each gets a place of their own.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use db::{
    Fault,
    desk::{Desk, NotAsked, Waiting},
};
use jiff::{SignedDuration, Timestamp};
use kernel::CitizenNo;
use web::State;

use super::{
    Room,
    line::{Lots, Stand},
    ticket::{Ticket, Tickets},
};
use crate::{ClaimRefused, claim_desk::BatchDesk, manned::man, store};

/// How many may wait for a ticket.
const SEATS: usize = 50_000;
/// The largest set.
const MOST: usize = 1_024;
/// Citizens whose tickets are remembered, so that coming twice is the same as coming once. Above
/// it nobody loses a place, but some could take two.
const REMEMBERED: usize = 2_000_000;
/// For so long the counts of the lots may be of before: they change only until the opening.
const FRESH_FOR: SignedDuration = SignedDuration::from_secs(1);
/// When nobody comes for so long, it is looked whether the line is over.
const QUIET: Duration = Duration::from_mins(1);

/// Somebody who comes.
#[derive(Clone, Copy)]
struct Coming {
    citizen: CitizenNo,
    at: Timestamp,
    room: Room,
}

/// The line of one batch, on this node.
pub(crate) struct LineDesk {
    batch_no: i64,
    desk: Desk<Coming, Option<Ticket>>,
    given: Mutex<HashMap<CitizenNo, Ticket>>,
    lots: tokio::sync::Mutex<Option<(Timestamp, Arc<Lots>)>>,
    until: Mutex<Timestamp>,
}

/// The lines of this process, and what signs their tickets.
#[derive(Default)]
pub(crate) struct Lines {
    known: RwLock<HashMap<i64, Arc<LineDesk>>>,
    tickets: OnceLock<Tickets>,
}

impl Lines {
    pub(crate) fn tickets(&self, state: &State) -> &Tickets {
        self.tickets.get_or_init(|| Tickets::new(&state.site().keys))
    }

    /// The line before a claim desk.
    pub(super) fn of(&self, batch: &BatchDesk) -> Arc<LineDesk> {
        let no = batch.batch_no;
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&no).cloned();
        known.unwrap_or_else(|| {
            let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(no).or_insert_with(|| Arc::new(LineDesk::new(no))))
        })
    }
}

impl LineDesk {
    fn new(batch_no: i64) -> Self {
        Self {
            batch_no,
            desk: Desk::new(SEATS),
            given: Mutex::default(),
            lots: tokio::sync::Mutex::new(None),
            until: Mutex::new(Timestamp::MIN),
        }
    }

    /// The ticket of a citizen: the one that they have, or a new one.
    pub(super) async fn take(
        self: &Arc<Self>,
        state: &State,
        citizen: CitizenNo,
        room: Room,
        at: Timestamp,
    ) -> Result<Ticket, ClaimRefused> {
        if let Some(ticket) = self.given().get(&citizen) {
            return Ok(*ticket);
        }
        if self.desk.needs_writer() {
            let (state, manned) = (state.clone(), Arc::clone(self));
            tokio::spawn(man(move || write_on(state.clone(), Arc::clone(&manned))));
        }
        match self.desk.ask(Coming { citizen, at, room }).await {
            Ok(Some(ticket)) => Ok(ticket),
            Ok(None) | Err(NotAsked::Left) => Err(ClaimRefused::Left),
            Err(NotAsked::Full) => Err(ClaimRefused::Full),
        }
    }

    /// Where the holder of a ticket stands now.
    pub(super) async fn stand(
        &self,
        state: &State,
        room: &Room,
        (ticket, lot): (Ticket, u8),
        now: Timestamp,
    ) -> Result<Stand, Fault> {
        match ticket {
            Ticket::Turn(at) => Ok(room.stand(at, now)),
            Ticket::Lot(_) if now < room.opens => {
                let lots = self.lots(state, room, now).await?;
                Ok(Stand::Drawing { opens: room.opens, waiting: lots.count() })
            }
            Ticket::Lot(index) => {
                let lots = self.lots(state, room, now).await?;
                Ok(room.stand(room.moment_of(lots.place(lot, index)), now))
            }
        }
    }

    /// How many came before the opening, as of a moment ago. Read once for all who ask.
    async fn lots(&self, state: &State, room: &Room, now: Timestamp) -> Result<Arc<Lots>, Fault> {
        let mut known = self.lots.lock().await;
        // What was counted before the opening lacks those who came at the last moment.
        let is_whole = |at: Timestamp| at >= room.opens || now < room.opens;
        if let Some((at, lots)) = &*known
            && now.duration_since(*at).abs() < FRESH_FOR
            && is_whole(*at)
        {
            return Ok(Arc::clone(lots));
        }
        let mut tx = state.db().read().await?;
        let lots = Arc::new(store::waiting::lots(&mut tx, self.batch_no).await?);
        *known = Some((now, Arc::clone(&lots)));
        Ok(lots)
    }

    fn given(&self) -> MutexGuard<'_, HashMap<CitizenNo, Ticket>> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn until(&self) -> MutexGuard<'_, Timestamp> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes sets for as long as the process lives; forgets who came once the line is over.
async fn write_on(state: State, line: Arc<LineDesk>) {
    loop {
        match tokio::time::timeout(QUIET, line.desk.take(MOST)).await {
            Ok(waiting) => write(&state, &line, waiting).await,
            Err(_) if *line.until() <= state.clock().now() => {
                *line.given() = HashMap::new();
            }
            Err(_) => {}
        }
    }
}

async fn write(state: &State, line: &LineDesk, waiting: Vec<Waiting<Coming, Option<Ticket>>>) {
    let (coming, replies): (Vec<_>, Vec<_>) = waiting.into_iter().map(Waiting::into_parts).unzip();
    let tickets = match place_all(state, line, &coming).await {
        Ok(tickets) => tickets,
        Err(why) => {
            tracing::error!(%why, batch = line.batch_no, "a set of tickets was not given");
            HashMap::new()
        }
    };
    for (one, reply) in coming.iter().zip(replies) {
        reply.send(tickets.get(&one.citizen).copied());
    }
}

/// Gives each citizen of a set a ticket; who has one keeps it.
async fn place_all(
    state: &State,
    line: &LineDesk,
    coming: &[Coming],
) -> Result<HashMap<CitizenNo, Ticket>, Fault> {
    let mut tickets = HashMap::new();
    let (mut early, mut late) = (BTreeMap::<u8, Vec<CitizenNo>>::new(), Vec::new());
    {
        let given = line.given();
        let mut seen = std::collections::HashSet::new();
        for one in coming.iter().filter(|one| seen.insert(one.citizen)) {
            if let Some(ticket) = given.get(&one.citizen) {
                tickets.insert(one.citizen, *ticket);
            } else if one.at < one.room.opens {
                let desks = state.part::<crate::ClaimDesks>();
                let lot = desks.lines.tickets(state).lot(line.batch_no, one.citizen);
                early.entry(lot).or_default().push(one.citizen);
            } else {
                late.push(one);
            }
        }
    }
    let mut tx = state.db().write().await?;
    if !early.is_empty() {
        let counts = early.iter().map(|(lot, all)| (*lot, all.len() as i64)).collect();
        for (lot, count) in store::waiting::come_early(&mut tx, line.batch_no, counts).await? {
            let all = early.get(&lot).map_or(&[][..], Vec::as_slice);
            let from = count - all.len() as i64;
            tickets.extend(all.iter().copied().zip((from..).map(Ticket::Lot)));
        }
    }
    if let Some(last) = late.last() {
        let first = next_turns(&mut tx, line.batch_no, last, late.len() as i64).await?;
        for (one, turn) in late.iter().zip(0_i64..) {
            let at = Timestamp::from_microsecond(first + turn * last.room.step());
            let at = at.map_err(|why| Fault::Invariant(format!("a turn beyond time: {why}")))?;
            tickets.insert(one.citizen, Ticket::Turn(at));
        }
    }
    tx.commit().await?;
    if !early.is_empty() {
        // Who asks next is told of them, too.
        *line.lots.lock().await = None;
    }
    remember(line, coming, &tickets);
    Ok(tickets)
}

/// Takes so many moments at the end of the line; answers the first, in microseconds since 1970.
async fn next_turns(
    tx: &mut db::Tx,
    batch_no: i64,
    last: &Coming,
    count: i64,
) -> Result<i64, Fault> {
    let (room, now) = (&last.room, last.at.as_microsecond());
    let early = store::waiting::lots(tx, batch_no).await?.count();
    let base = room.moment_of(early).as_microsecond().max(now);
    let span = count * room.step();
    Ok(store::waiting::come_late(tx, batch_no, (now, base), span).await? - span)
}

fn remember(line: &LineDesk, coming: &[Coming], tickets: &HashMap<CitizenNo, Ticket>) {
    let mut given = line.given();
    if given.len() < REMEMBERED {
        given.extend(tickets);
    }
    if let Some(one) = coming.last() {
        *line.until() = one.room.until;
    }
}
