//! A voucher is taken at a till. Answered after it is durable, or refused; never guessed.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use db::{Fault, desk::NotAsked};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Fen, actor::AccountId};
use merchants::MerchantId;
use sha2::{Digest as _, Sha256};
use web::{Refused, State};

use crate::{
    RedeemRefused, RedemptionId, VoucherNo,
    bill::Slip,
    policy, redeem_desk, store,
    till_code::{self, TillCodes},
    wallet,
};

/// What a till sends.
#[derive(Clone, Copy, Debug)]
pub struct RedeemAsk<'a> {
    /// At whose till.
    pub merchant: MerchantId,
    /// The twelve digits of the citizen's phone.
    pub code: &'a str,
    /// The till's own number of the bill; vouchers with the same number are on one bill.
    pub bill_no: &'a str,
    /// What the bill comes to.
    pub bill: Fen,
    /// How much of the voucher; all that may be taken when left out.
    pub wanted: Option<Fen>,
    /// The key that the till made for this request.
    pub key: Option<&'a str>,
}

/// What a till is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redeemed {
    /// The record.
    pub redemption: RedemptionId,
    /// Of which voucher.
    pub voucher: VoucherNo,
    /// What comes off the bill.
    pub amount: Fen,
    /// What is left on the voucher; `None` when this only repeats an answer.
    pub left: Option<Fen>,
    /// When it was written.
    pub at: Timestamp,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
#[error("not redeemed")]
pub enum RedeemError {
    /// For a reason that the till is told.
    No(#[from] RedeemRefused),
    /// The database failed before anything was written.
    Fault(#[from] Fault),
}

impl From<RedeemError> for Refused {
    fn from(error: RedeemError) -> Self {
        match error {
            RedeemError::No(refused) => refused.into(),
            RedeemError::Fault(fault) => fault.into(),
        }
    }
}

/// The longest number of a bill.
const BILL_NO_LIMIT: usize = 64;

/// Takes a voucher, now.
pub async fn redeem(
    state: &State,
    actor: &Actor,
    asked: RedeemAsk<'_>,
    now: Timestamp,
) -> Result<Redeemed, RedeemError> {
    let cashier = policy::till(actor, asked.merchant).map_err(RedeemRefused::from)?;
    let bill_no = asked.bill_no.trim();
    if !(1..=BILL_NO_LIMIT).contains(&bill_no.chars().count()) {
        return Err(RedeemRefused::BadBill.into());
    }
    if !(1..=100_000_000_000).contains(&asked.bill.0) {
        return Err(RedeemRefused::BadAmount.into());
    }
    let key = asked.key.map(|key| hashes(key, &asked));
    let wrong = state.part::<WrongCodes>();
    if wrong.too_many(cashier, now) {
        return Err(RedeemRefused::TooManyWrong.into());
    }
    let Some((voucher, step)) = find(state, asked.code, now).await? else {
        // Perhaps this was answered a minute ago, when the code was good.
        if let Some(answer) = answered(state, cashier, key.as_ref()).await? {
            return Ok(answer?);
        }
        wrong.note(cashier, now);
        return Err(RedeemRefused::UnknownCode.into());
    };
    let slip = Slip {
        voucher,
        merchant: asked.merchant,
        cashier,
        bill_no: bill_no.to_owned(),
        bill: asked.bill,
        wanted: asked.wanted,
        step,
        key,
        at: now,
    };
    match redeem_desk::ask(state, slip).await {
        Ok(told) => Ok(told?),
        Err(NotAsked::Full) => Err(RedeemRefused::Full.into()),
        Err(NotAsked::Left) => Err(RedeemRefused::Unsure.into()),
    }
}

/// The voucher that the twelve digits are of, and their half minute. Two that fit are none: the
/// next code tells them apart.
async fn find(
    state: &State,
    code: &str,
    now: Timestamp,
) -> Result<Option<(VoucherNo, i64)>, Fault> {
    let Some(code) = till_code::typed(code) else { return Ok(None) };
    let codes = TillCodes::new(&state.site().keys);
    for seen in codes.read(code, now) {
        let held = wallet::numbers_of(state, seen.citizen).await?;
        let mut fitting = held.into_iter().filter(|one| codes.fits(seen, *one));
        if let (Some(voucher), None) = (fitting.next(), fitting.next()) {
            return Ok(Some((voucher, seen.step)));
        }
    }
    Ok(None)
}

/// Of the key, and of everything else that was asked.
fn hashes(key: &str, asked: &RedeemAsk<'_>) -> (Vec<u8>, Vec<u8>) {
    let mut body = Sha256::new();
    body.update(asked.merchant.uuid().as_bytes());
    body.update(asked.bill.0.to_be_bytes());
    body.update(asked.wanted.map_or(-1, |wanted| wanted.0).to_be_bytes());
    for text in [asked.code, asked.bill_no] {
        body.update((text.len() as u64).to_be_bytes());
        body.update(text);
    }
    (Sha256::digest(key)[..16].to_vec(), body.finalize()[..16].to_vec())
}

async fn answered(
    state: &State,
    cashier: AccountId,
    key: Option<&(Vec<u8>, Vec<u8>)>,
) -> Result<Option<Result<Redeemed, RedeemRefused>>, Fault> {
    let Some((key, body)) = key else { return Ok(None) };
    let mut tx = state.db().read().await?;
    let found = store::redemptions::answered_to(&mut tx, cashier, key).await?;
    Ok(found.map(|one| one.again(body)))
}

impl store::redemptions::Answered {
    /// The same answer for the same body.
    pub(crate) fn again(&self, body: &[u8]) -> Result<Redeemed, RedeemRefused> {
        if self.body_hash != body {
            return Err(RedeemRefused::KeyReused);
        }
        Ok(Redeemed {
            redemption: self.id,
            voucher: self.voucher,
            amount: self.amount,
            left: None,
            at: self.at,
        })
    }
}

/// How many wrong codes an account may type within [`WRONG_FOR`]: a guess is right once in
/// hundreds of thousands.
const WRONG_MOST: u32 = 20;
const WRONG_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Wrong codes by account, in memory: a few of each, for minutes.
#[derive(Default)]
pub(crate) struct WrongCodes(Mutex<HashMap<AccountId, (Timestamp, u32)>>);

/// A time that lies ahead was told by a clock that was put back since, perhaps by a day.
fn is_recent(since: Timestamp, now: Timestamp) -> bool {
    now.duration_since(since).abs() < WRONG_FOR
}

impl WrongCodes {
    fn too_many(&self, cashier: AccountId, now: Timestamp) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = all.get(&cashier).filter(|(since, _)| is_recent(*since, now));
        of.is_some_and(|(_, count)| *count >= WRONG_MOST)
    }

    fn note(&self, cashier: AccountId, now: Timestamp) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (since, _)| is_recent(*since, now));
        all.entry(cashier).or_insert((now, 0)).1 += 1;
    }
}
