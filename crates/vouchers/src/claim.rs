//! A citizen claims a voucher. One answer, given after it is durable.

use db::desk::NotAsked;
use jiff::Timestamp;
use kernel::CitizenNo;
use sha2::{Digest as _, Sha256};
use web::State;

use crate::{
    BatchId, ClaimRefused, VoucherNo,
    book::{Asking, Verdict},
    claim_desk::{BatchDesk, ClaimDesks, Told},
    store::{self, claims::Held},
};

/// What a citizen sends.
#[derive(Clone, Copy, Debug)]
pub struct ClaimAsk<'a> {
    /// Of which batch.
    pub batch: BatchId,
    /// The key that the client made for this request.
    pub key: Option<&'a str>,
    /// The body as it came: another one with the same key is another request.
    pub body: &'a [u8],
}

/// What a citizen gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// A new voucher, or the one that this very request got before.
    Yours {
        /// Which.
        voucher: VoucherNo,
        /// How many were left then; `None` for a repeated request.
        left: Option<i64>,
    },
    /// They have as many as one may have; this is the newest.
    AlreadyYours {
        /// Which.
        voucher: VoucherNo,
    },
}

/// Claims a voucher for a citizen, now.
pub async fn claim(
    state: &State,
    citizen: CitizenNo,
    asked: ClaimAsk<'_>,
    now: Timestamp,
) -> Result<Claimed, ClaimRefused> {
    let desk = state.part::<ClaimDesks>().of(state, asked.batch).await?;
    let desk = desk.ok_or(ClaimRefused::NotFound)?;
    if desk.is_reserved() {
        return Err(ClaimRefused::NotEligible);
    }
    claim_at(state, &desk, (citizen, false), asked, now).await
}

/// Claims a voucher of a reserved batch for a citizen who earned it, now: the caller made sure
/// that they did. On the same terms, by the same desk, as durable.
pub async fn claim_reserved(
    state: &State,
    citizen: CitizenNo,
    asked: ClaimAsk<'_>,
    now: Timestamp,
) -> Result<Claimed, ClaimRefused> {
    let desk = state.part::<ClaimDesks>().of(state, asked.batch).await?;
    let desk = desk.filter(|desk| desk.is_reserved()).ok_or(ClaimRefused::NotFound)?;
    claim_at(state, &desk, (citizen, true), asked, now).await
}

/// Claims at the desk of a batch, for who may; whether they earned a reserved voucher stands beside
/// them.
pub(crate) async fn claim_at(
    state: &State,
    desk: &BatchDesk,
    (citizen, is_earned): (CitizenNo, bool),
    asked: ClaimAsk<'_>,
    now: Timestamp,
) -> Result<Claimed, ClaimRefused> {
    let key = asked.key.map(|key| KeyHash::of(key, asked.body));
    let key_hash = key.as_ref().map(KeyHash::bytes);
    let mut asking = Asking { citizen, key_hash, at: now, seen: 0, is_earned };
    loop {
        let (verdict, left) = match desk.ask(asking).await {
            Ok(Told::Verdict(verdict, left)) => (verdict, left),
            Ok(Told::Failed) | Err(NotAsked::Left) => return Err(ClaimRefused::Left),
            Err(NotAsked::Full) => return Err(ClaimRefused::Full),
        };
        match verdict {
            Verdict::Yours { claim, .. } => {
                let voucher = VoucherNo { batch: desk.batch_no, claim };
                return Ok(Claimed::Yours { voucher, left: Some(left) });
            }
            Verdict::Look => {
                let held = held(state, desk, citizen).await?;
                if let Some(answer) = repeated(desk, key.as_ref(), &held)? {
                    return Ok(answer);
                }
                let seen = held.len() as i64;
                if seen <= asking.seen {
                    // The desk knows of one more than can be read: the next look finds it.
                    tokio::task::yield_now().await;
                }
                asking.seen = seen;
            }
            Verdict::CapReached { of_day: true } => return Err(ClaimRefused::DayCap),
            Verdict::CapReached { of_day: false } => {
                let held = held(state, desk, citizen).await?;
                let newest = held.last().ok_or(ClaimRefused::Left)?;
                let voucher = VoucherNo { batch: desk.batch_no, claim: newest.claim };
                return Ok(Claimed::AlreadyYours { voucher });
            }
            Verdict::SoldOut => return Err(ClaimRefused::SoldOut),
            Verdict::TooEarly => {
                return Err(ClaimRefused::TooEarly { from: desk.claim_from() });
            }
            Verdict::TooLate => return Err(ClaimRefused::TooLate),
            Verdict::Closed => return Err(ClaimRefused::Closed),
            Verdict::NotEligible => return Err(ClaimRefused::NotEligible),
        }
    }
}

/// All claims of a citizen at this desk, oldest first.
async fn held(
    state: &State,
    desk: &BatchDesk,
    citizen: CitizenNo,
) -> Result<Vec<Held>, ClaimRefused> {
    // First those in memory: what is filed in between is then found among the filed.
    let unfiled = desk.unfiled(citizen);
    let mut tx = state.db().read().await?;
    let mut held = store::claims::filed_of(&mut tx, citizen, desk.batch_no).await?;
    for claim in unfiled {
        if held.iter().all(|one| one.claim != claim) {
            held.extend(store::claims::one(&mut tx, desk.batch_no, claim).await?);
        }
    }
    held.sort_unstable_by_key(|one| one.claim);
    Ok(held)
}

/// The answer to the same request before, when there was one.
fn repeated(
    desk: &BatchDesk,
    key: Option<&KeyHash>,
    held: &[Held],
) -> Result<Option<Claimed>, ClaimRefused> {
    let Some(key) = key else { return Ok(None) };
    for one in held {
        match one.key_hash.as_deref().map(|kept| key.fits(kept)) {
            Some(Fit::Same) => {
                let voucher = VoucherNo { batch: desk.batch_no, claim: one.claim };
                return Ok(Some(Claimed::Yours { voucher, left: None }));
            }
            Some(Fit::OtherBody) => return Err(ClaimRefused::KeyReused),
            Some(Fit::OtherKey) | None => {}
        }
    }
    Ok(None)
}

/// 12 bytes of the key's hash, 4 of the body's: enough to know a citizen's own few again.
struct KeyHash([u8; 16]);

#[derive(PartialEq, Eq)]
enum Fit {
    Same,
    OtherBody,
    OtherKey,
}

impl KeyHash {
    fn of(key: &str, body: &[u8]) -> Self {
        let mut both = [0; 16];
        both[..12].copy_from_slice(&Sha256::digest(key)[..12]);
        both[12..].copy_from_slice(&Sha256::digest(body)[..4]);
        Self(both)
    }
    fn bytes(&self) -> [u8; 16] {
        self.0
    }
    fn fits(&self, kept: &[u8]) -> Fit {
        match kept {
            _ if kept == self.0 => Fit::Same,
            _ if kept.len() == 16 && kept[..12] == self.0[..12] => Fit::OtherBody,
            _ => Fit::OtherKey,
        }
    }
}
