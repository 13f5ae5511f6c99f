//! Many claims, or many redemptions, as one set in the caller's transaction: what the desks do for
//! those who ask at the same moment, for who brings them along, such as a generated city. The same
//! book, the same rules, the same guards; no desk is needed and none is left behind.

use db::{Fault, Tx};
use jiff::Timestamp;
use kernel::{Actor, CitizenNo, Cx, Fen};
use merchants::MerchantId;

use crate::{
    BatchId, ClaimRefused, RedeemRefused, Redeemed, Settlement, SettlementId, VoucherNo,
    bill::Slip,
    book::{Asking, Book, Verdict},
    claim_desk, policy, redeem_desk, store, till_code,
};

/// Somebody who comes to claim.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// Who. Whether they may claim from this batch at all is the caller's to know.
    pub citizen: CitizenNo,
    /// When.
    pub at: Timestamp,
}

/// Claims a voucher for each who comes, in their order and on one day; `None` for who gets none.
///
/// # Errors
/// When there is no such batch, or somebody else wrote to it in the meantime.
pub async fn claim_together(
    tx: &mut Tx,
    cx: &Cx,
    id: BatchId,
    arrivals: &[Arrival],
) -> Result<Vec<Option<VoucherNo>>, ClaimRefused> {
    let batch = store::batch(tx, id).await?.ok_or(ClaimRefused::NotFound)?;
    let stock = store::claims::stock(tx, batch.no).await?.ok_or(ClaimRefused::NotFound)?;
    let filed_to = stock.filed;
    let mut book = Book::new(batch.terms, stock);
    claim_desk::read_on(tx, batch.no, &mut book).await?;
    let asking: Vec<Asking> = arrivals
        .iter()
        // Nobody of them repeats a request: whoever has theirs is told that the cap is reached.
        .map(|one| Asking {
            citizen: one.citizen,
            key_hash: None,
            at: one.at,
            seen: i64::MAX,
            is_earned: true,
        })
        .collect();
    let verdicts = book.decide(&asking);
    let claims = claim_desk::new_claims(&asking, &verdicts);
    let before = book.head();
    if !claims.is_empty() {
        let by = claims.len() as i64;
        if !store::claims::advance(tx, batch.no, &book.stock, by).await? {
            return Err(ClaimRefused::Left);
        }
        store::claims::insert(tx, batch.no, book.stock.terms_version, &claims).await?;
        tx.journal(cx, claim_desk::entry(id, &claims));
        let mut of: Vec<_> = claims.iter().map(|one| (one.citizen, one.claim)).collect();
        of.sort_unstable();
        store::claims::file(tx, batch.no, &of).await?;
        if filed_to == before {
            store::claims::filed_up_to(tx, batch.no, before + by).await?;
        }
    }
    let voucher = |verdict: &Verdict| match verdict {
        Verdict::Yours { claim, .. } => Some(VoucherNo { batch: batch.no, claim: *claim }),
        _ => None,
    };
    Ok(verdicts.iter().map(voucher).collect())
}

/// A voucher that is shown at a till. That its code was right is the caller's to know.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// Who stands at the till.
    pub cashier: &'a Actor,
    /// Of which merchant.
    pub merchant: MerchantId,
    /// Which voucher.
    pub voucher: VoucherNo,
    /// The till's number of the bill.
    pub bill_no: &'a str,
    /// What the bill comes to.
    pub bill: Fen,
    /// How much of the voucher; all that may be taken when left out.
    pub wanted: Option<Fen>,
    /// When.
    pub at: Timestamp,
}

/// Takes each voucher that is shown, in their order, or says why not.
///
/// # Errors
/// When the database fails, or somebody else wrote to a voucher in the meantime.
pub async fn redeem_together(
    tx: &mut Tx,
    cx: &Cx,
    shown: &[Shown<'_>],
) -> Result<Vec<Result<Redeemed, RedeemRefused>>, Fault> {
    let slip = |one: &Shown<'_>| {
        Ok::<_, RedeemRefused>(Slip {
            voucher: one.voucher,
            merchant: one.merchant,
            cashier: policy::till(one.cashier, one.merchant)?,
            bill_no: one.bill_no.to_owned(),
            bill: one.bill,
            wanted: one.wanted,
            step: till_code::step_of(one.at),
            key: None,
            at: one.at,
        })
    };
    let slips: Vec<Result<Slip, RedeemRefused>> = shown.iter().map(slip).collect();
    let fit: Vec<Slip> = slips.iter().filter_map(|one| one.as_ref().ok().cloned()).collect();
    let told = redeem_desk::write_within(tx, cx, &fit).await?;
    let told = told.ok_or_else(|| Fault::Invariant("a voucher moved on meanwhile".into()))?;
    let mut told = told.into_iter();
    let answer = |slip: Result<Slip, RedeemRefused>| match slip {
        Ok(_) => told.next().unwrap_or(Err(RedeemRefused::Unsure)),
        Err(why) => Err(why),
    };
    Ok(slips.into_iter().map(answer).collect())
}

/// A settlement, whoever asks: for who knows already that they may.
///
/// # Errors
/// When the database does not answer.
pub async fn settlement_by_id(tx: &mut Tx, id: SettlementId) -> Result<Option<Settlement>, Fault> {
    store::settlements::one(tx, id).await
}
