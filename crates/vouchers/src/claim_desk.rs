//! The desk of each open batch: takes all who ask at once, decides by the book, writes them as
//! one set, and answers after the commit.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use db::{
    Entry, Fault, Outcome, Tx, Whole,
    desk::{Desk, NotAsked, Waiting},
    journal::{self, Head},
};
use jiff::Timestamp;
use kernel::{Actor, CitizenNo, Cx, hex};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use web::State;

use crate::{
    BatchId,
    book::{Asking, Book, Noted, Stock, Verdict},
    claim_limits::ClaimLimits,
    manned::man,
    store::{self, claims::NewClaim},
    waiting::{Lines, Room},
};

/// How many may wait at one desk: at a hundred thousand a second, half a second's worth.
const SEATS: usize = 50_000;
/// The largest set. Larger ones cost no less for each claim, and everybody in them waits longer.
const MOST: usize = 1_024;
/// How often the set is decided anew when others wrote to the batch in between.
const TRIES: usize = 20;
/// How often it is sent as a whole first.
const TRIES_AS_A_WHOLE: usize = 3;
/// Claims are read in such pieces when a desk opens.
const PIECE: usize = 20_000;
/// A quiet moment: then claims are filed under their citizens.
const QUIET: Duration = Duration::from_millis(500);
/// So many claims may wait to be filed; then it is done in the middle of the rush.
const UNFILED: i64 = 1_000_000;
/// So many are sorted and filed at a time; the more, the more of them share a page of the index.
const FILED_AT_ONCE: i64 = 200_000;
/// Written in sets of so many, so that nobody waits long for the writer.
const FILED_IN_SETS: usize = 2_000;

/// What the writer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// What the book says; a voucher is durable.
    Verdict(Verdict, i64),
    /// Nothing was written, as far as we know; it was logged once.
    Failed,
}

/// The desk of one batch.
pub(crate) struct BatchDesk {
    pub(crate) batch_no: i64,
    id: BatchId,
    desk: Desk<Asking, Told>,
    book: Mutex<Book>,
    /// The journal's end, as it was after this desk's last set; most often nobody wrote since.
    head: Mutex<Option<Head>>,
    /// Whether its vouchers are earned elsewhere, as the book says it: to be asked without its
    /// lock. It changes before the batch is opened alone, so a book that is open knows it.
    reserved: AtomicBool,
    /// Whether those who come wait in line first.
    lined: AtomicBool,
    /// The journal's number when the book was last held against the stock: under the same number
    /// nothing else was written.
    seen: AtomicI64,
}

/// The desks of this process.
#[derive(Default)]
pub struct ClaimDesks {
    known: RwLock<HashMap<BatchId, Arc<BatchDesk>>>,
    /// One at a time opens a desk.
    opening: tokio::sync::Mutex<()>,
    /// How often one may ask.
    pub(crate) limits: ClaimLimits,
    /// Who waits before them.
    pub(crate) lines: Lines,
}

impl ClaimDesks {
    /// The desk of a batch; opened when nobody came before. `None` when there is no such batch.
    pub(crate) async fn of(
        &self,
        state: &State,
        id: BatchId,
    ) -> Result<Option<Arc<BatchDesk>>, Fault> {
        if let Some(known) = self.known(id) {
            return Ok(Some(known));
        }
        let _one = self.opening.lock().await;
        if let Some(known) = self.known(id) {
            return Ok(Some(known));
        }
        let mut tx = state.db().read().await?;
        let Some(batch) = store::batch(&mut tx, id).await? else { return Ok(None) };
        let Some(stock) = store::claims::stock(&mut tx, batch.no).await? else { return Ok(None) };
        let mut book = Book::new(batch.terms, stock);
        read_on(&mut tx, batch.no, &mut book).await?;
        let reserved = store::is_reserved(&mut tx, batch.no).await?;
        book.is_reserved = reserved;
        let seen = journal::version(&mut tx).await?;
        drop(tx);
        let lined = book.terms.admit_per_second > 0;
        let desk = Arc::new(BatchDesk {
            batch_no: batch.no,
            id,
            desk: Desk::new(SEATS),
            book: Mutex::new(book),
            head: Mutex::new(None),
            reserved: AtomicBool::new(reserved),
            lined: AtomicBool::new(lined),
            seen: AtomicI64::new(seen),
        });
        let (state_of, manned) = (state.clone(), Arc::clone(&desk));
        tokio::spawn(man(move || write_on(state_of.clone(), Arc::clone(&manned))));
        let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
        all.insert(id, Arc::clone(&desk));
        Ok(Some(desk))
    }

    fn known(&self, id: BatchId) -> Option<Arc<BatchDesk>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
}

impl BatchDesk {
    /// Asks, and waits until the answer is durable.
    pub(crate) async fn ask(&self, asking: Asking) -> Result<Told, NotAsked> {
        self.desk.ask(asking).await
    }

    /// A citizen's claims that are not filed yet.
    pub(crate) fn unfiled(&self, citizen: CitizenNo) -> Vec<i64> {
        self.book().unfiled(citizen)
    }

    /// Whether its vouchers are earned elsewhere, and not claimed by whoever asks.
    pub(crate) fn is_reserved(&self) -> bool {
        self.reserved.load(Ordering::Relaxed)
    }

    /// Whether a line stands before it.
    pub(crate) fn has_line(&self) -> bool {
        self.lined.load(Ordering::Relaxed)
    }

    /// What the line goes by, where there is one.
    pub(crate) fn room(&self) -> Option<Room> {
        let book = self.book();
        let rate = book.terms.admit_per_second;
        (rate > 0).then(|| Room {
            opens: book.terms.claim_from,
            until: book.terms.claim_until,
            rate,
            is_open: book.stock.is_open,
            left: book.left(),
        })
    }

    /// Whether this citizen has a voucher of it.
    pub(crate) fn holds(&self, citizen: CitizenNo) -> bool {
        self.book().holds(citizen)
    }

    /// Learns the claims up to this number, if another node wrote some of them.
    pub(crate) async fn know_up_to(&self, state: &State, claim: i64) -> Result<(), Fault> {
        if self.book().head() >= claim {
            return Ok(());
        }
        note_newer(&mut state.db().read().await?, self).await
    }

    /// When the claims begin.
    pub(crate) fn claim_from(&self) -> Timestamp {
        self.book().terms.claim_from
    }

    fn head(&self) -> MutexGuard<'_, Option<Head>> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the claims that the book does not have yet.
pub(crate) async fn read_on(tx: &mut Tx, batch_no: i64, book: &mut Book) -> Result<(), Fault> {
    loop {
        let piece = store::claims::after(tx, batch_no, book.head(), PIECE as i64).await?;
        let last = piece.len() < PIECE;
        book.note(piece);
        if last {
            return Ok(());
        }
    }
}

/// Writes sets for as long as the process lives; files in quiet moments.
async fn write_on(state: State, desk: Arc<BatchDesk>) {
    loop {
        let filing = match tokio::time::timeout(QUIET, desk.desk.take(MOST)).await {
            Ok(waiting) => {
                write(&state, &desk, waiting).await;
                desk.book().unfiled_count() >= UNFILED
            }
            Err(_) => {
                if let Err(why) = see_anew(&state, &desk).await {
                    tracing::error!(%why, batch = %desk.id, "a desk did not look up its batch");
                }
                desk.book().unfiled_count() > 0
            }
        };
        if filing && let Err(why) = file_some(&state, &desk, Filing::AtTheDesk).await {
            tracing::error!(%why, batch = %desk.id, "claims were not filed");
        }
    }
}

/// Writes one set and answers everybody in it.
async fn write(state: &State, desk: &BatchDesk, waiting: Vec<Waiting<Asking, Told>>) {
    let (asking, replies): (Vec<_>, Vec<_>) = waiting.into_iter().map(Waiting::into_parts).unzip();
    match write_set(state, desk, &asking).await {
        Ok((verdicts, left)) => {
            for (reply, verdict) in replies.into_iter().zip(verdicts) {
                reply.send(Told::Verdict(verdict, left));
            }
        }
        Err(why) => {
            tracing::error!(%why, batch = %desk.id, "a set of claims was not written");
            for reply in replies {
                reply.send(Told::Failed);
            }
        }
    }
}

async fn write_set(
    state: &State,
    desk: &BatchDesk,
    asking: &[Asking],
) -> Result<(Vec<Verdict>, i64), Fault> {
    let cx = state.cx(Actor::System { name: "领券台" });
    let mut looked = false;
    for turn in 0..TRIES {
        let (verdicts, stock) = {
            let book = desk.book();
            (book.decide(asking), book.stock)
        };
        let claims = new_claims(asking, &verdicts);
        if claims.is_empty() {
            // What is written holds the book against the stock; who gets nothing is refused by
            // the stock of now, too. In a rush no moment is quiet enough to look it up.
            let seen = desk.seen.load(Ordering::Relaxed);
            if !looked && state.db().version().await? != seen {
                looked = true;
                catch_up(&mut state.db().read().await?, desk).await?;
                continue;
            }
            let left = desk.book().left();
            return Ok((verdicts, left));
        }
        let kept = if turn < TRIES_AS_A_WHOLE {
            write_whole(state, &cx, desk, &stock, &claims).await?
        } else {
            write_in_turn(state, &cx, desk, &stock, &claims).await?
        };
        if kept {
            let mut book = desk.book();
            book.note(claims.iter().map(noted));
            return Ok((verdicts, book.left()));
        }
    }
    Err(Fault::Invariant("the stock moved on every time".into()))
}

/// Sends the set as one: nothing is looked at first, everything is guarded. Answers whether it was
/// kept; if not, somebody else wrote meanwhile, and what they wrote is in the book now.
async fn write_whole(
    state: &State,
    cx: &Cx,
    desk: &BatchDesk,
    stock: &Stock,
    claims: &[NewClaim],
) -> Result<bool, Fault> {
    let known = desk.head().take();
    let head = match known {
        Some(head) => head,
        None => journal::head(&mut state.db().read().await?).await?,
    };
    let mut whole = Whole::new();
    store::claims::advance_whole(&mut whole, desk.batch_no, stock, claims.len() as i64);
    store::claims::insert_whole(&mut whole, desk.batch_no, stock.terms_version, claims);
    let after = whole.journal(cx, entry(desk.id, claims), &head);
    if whole.write(state.db()).await? == Outcome::Kept {
        desk.seen.store(after.seq, Ordering::Relaxed);
        *desk.head() = Some(after);
        return Ok(true);
    }
    catch_up(&mut state.db().read().await?, desk).await?;
    Ok(false)
}

/// Writes the set in a transaction that takes the stock first and then looks: who writes so is
/// never overtaken, however many others write.
async fn write_in_turn(
    state: &State,
    cx: &Cx,
    desk: &BatchDesk,
    stock: &Stock,
    claims: &[NewClaim],
) -> Result<bool, Fault> {
    let mut tx = state.db().write().await?;
    let by = claims.len() as i64;
    if store::claims::advance(&mut tx, desk.batch_no, stock, by).await? {
        store::claims::insert(&mut tx, desk.batch_no, stock.terms_version, claims).await?;
        tx.journal(cx, entry(desk.id, claims));
        tx.commit().await?;
        return Ok(true);
    }
    tx.rollback().await?;
    catch_up(&mut state.db().read().await?, desk).await?;
    Ok(false)
}

pub(crate) fn new_claims(asking: &[Asking], verdicts: &[Verdict]) -> Vec<NewClaim> {
    let given = asking.iter().zip(verdicts).filter_map(|(one, verdict)| match verdict {
        Verdict::Yours { claim, .. } => Some(NewClaim {
            claim: *claim,
            citizen: one.citizen,
            at: one.at,
            key_hash: one.key_hash,
        }),
        _ => None,
    });
    given.collect()
}

fn noted(claim: &NewClaim) -> Noted {
    Noted { claim: claim.claim, citizen: claim.citizen, at: claim.at }
}

/// One entry for the whole set: which claims, and what they are, so that the journal's chain
/// holds each of them.
pub(crate) fn entry(id: BatchId, claims: &[NewClaim]) -> Entry {
    let mut hash = Sha256::new();
    for one in claims {
        hash.update(one.claim.to_be_bytes());
        hash.update(one.citizen.stored().to_be_bytes());
        hash.update(one.at.as_microsecond().to_be_bytes());
    }
    let digest = hex(&hash.finalize());
    let from = claims.first().map_or(0, |one| one.claim);
    let told = json!({ "from": from, "count": claims.len(), "sha256": digest });
    Entry::on("voucher.claimed", id).detail(&told)
}

/// Learns what was written by others, as this transaction sees it.
async fn catch_up(tx: &mut Tx, desk: &BatchDesk) -> Result<(), Fault> {
    let gone = || Fault::Invariant("a batch without stock or terms".into());
    let stock = store::claims::stock(tx, desk.batch_no).await?.ok_or_else(gone)?;
    let terms = store::claims::terms(tx, desk.batch_no, stock.terms_version).await?;
    let terms = terms.ok_or_else(gone)?;
    // After the stock: what is open was reserved before.
    let reserved = store::is_reserved(tx, desk.batch_no).await?;
    desk.reserved.store(reserved, Ordering::Relaxed);
    desk.lined.store(terms.admit_per_second > 0, Ordering::Relaxed);
    let seen = journal::version(tx).await?;
    if desk.book().lacks_days(&terms) {
        let mut anew = Book::new(terms, stock);
        anew.is_reserved = reserved;
        read_on(tx, desk.batch_no, &mut anew).await?;
        *desk.book() = anew;
    } else {
        note_newer(tx, desk).await?;
        let mut book = desk.book();
        book.is_reserved = reserved;
        book.restock(stock, terms);
    }
    desk.seen.store(seen, Ordering::Relaxed);
    Ok(())
}

/// Notes the claims that the book does not have yet.
async fn note_newer(tx: &mut Tx, desk: &BatchDesk) -> Result<(), Fault> {
    loop {
        let head = desk.book().head();
        let piece = store::claims::after(tx, desk.batch_no, head, PIECE as i64).await?;
        let last = piece.len() < PIECE;
        desk.book().note(piece);
        if last {
            return Ok(());
        }
    }
}

/// In a quiet moment: what did others do?
async fn see_anew(state: &State, desk: &BatchDesk) -> Result<(), Fault> {
    let mut tx = state.db().read().await?;
    catch_up(&mut tx, desk).await
}

/// Who files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Filing {
    /// Whoever writes: those who come meanwhile wait for nobody else.
    AtTheDesk,
    /// Somebody beside them, who must not write claims: only one may.
    Beside,
}

/// Files the oldest claims that are not filed, in the order of their citizens.
async fn file_some(state: &State, desk: &BatchDesk, who: Filing) -> Result<(), Fault> {
    let filed = desk.book().stock.filed;
    let mut tx = state.db().read().await?;
    let mut claims = store::claims::after(&mut tx, desk.batch_no, filed, FILED_AT_ONCE).await?;
    drop(tx);
    let Some(last) = claims.last().map(|one| one.claim) else { return Ok(()) };
    claims.sort_unstable_by_key(|one| (one.citizen, one.claim));
    let of: Vec<_> = claims.iter().map(|one| (one.citizen, one.claim)).collect();
    for set in of.chunks(FILED_IN_SETS) {
        let mut tx = state.db().write().await?;
        store::claims::file(&mut tx, desk.batch_no, set).await?;
        tx.commit().await?;
        // Whoever came meanwhile goes first.
        if who == Filing::AtTheDesk && desk.desk.waiting() > 0 {
            let waiting = desk.desk.take(MOST).await;
            write(state, desk, waiting).await;
        }
    }
    let mut tx = state.db().write().await?;
    store::claims::filed_up_to(&mut tx, desk.batch_no, last).await?;
    tx.commit().await?;
    desk.book().file_up_to(last);
    Ok(())
}

/// Opens the desks of all open batches, so that a start in the middle of a rush reads the claims
/// before the first citizen asks; files what a quiet moment left.
///
/// # Errors
/// When the database does not answer.
pub async fn warm(state: &State, cx: &Cx) -> Result<(), Fault> {
    let _ = cx;
    let mut tx = state.db().read().await?;
    let open = store::claims::open_batches(&mut tx).await?;
    drop(tx);
    for id in open {
        let desk = state.part::<ClaimDesks>().of(state, id).await?;
        // Between two rushes nothing is left for the next one to carry along.
        if let Some(desk) = desk.filter(|desk| desk.desk.waiting() == 0) {
            file_some(state, &desk, Filing::Beside).await?;
        }
    }
    Ok(())
}
