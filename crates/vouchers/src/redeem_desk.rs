//! The desk at which all tills are served: takes all who ask at once, decides, writes them as one
//! set in one transaction, and answers after the commit.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry::Vacant},
    sync::{Arc, Mutex, PoisonError},
};

use db::{
    Entry, Fault, Tx,
    desk::{Desk, NotAsked, Waiting},
};
use kernel::{Actor, Cx, Fen, actor::AccountId, hex, mask_name};
use merchants::MerchantId;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use web::State;

use crate::{
    LastUse, RedeemRefused, Redeemed, Terms, VoucherNo, VoucherState,
    bill::{self, Facts, OnBill, Slip, Standing},
    manned::man,
    store::{
        self,
        redemptions::{BillKey, NewRedemption, day_of},
    },
};

/// How many may wait.
const SEATS: usize = 20_000;
/// The largest set.
const MOST: usize = 256;
/// How often a set is decided anew when another node wrote in between.
const TRIES: usize = 20;

pub(crate) type Told = Result<Redeemed, RedeemRefused>;

/// The one desk of this process.
pub(crate) struct RedeemDesk {
    desk: Desk<Slip, Told>,
    /// A version of terms never changes once it is written.
    terms: Mutex<HashMap<(i64, i64), Arc<Terms>>>,
}

impl Default for RedeemDesk {
    fn default() -> Self {
        Self { desk: Desk::new(SEATS), terms: Mutex::default() }
    }
}

/// Asks, and waits until the answer is durable.
pub(crate) async fn ask(state: &State, slip: Slip) -> Result<Told, NotAsked> {
    let desk = state.part::<RedeemDesk>();
    if desk.desk.needs_writer() {
        let (state_of, manned) = (state.clone(), Arc::clone(&desk));
        tokio::spawn(man(move || write_on(state_of.clone(), Arc::clone(&manned))));
    }
    desk.desk.ask(slip).await
}

async fn write_on(state: State, desk: Arc<RedeemDesk>) {
    loop {
        let waiting = desk.desk.take(MOST).await;
        let (slips, replies): (Vec<_>, Vec<_>) =
            waiting.into_iter().map(Waiting::into_parts).unzip();
        let told = write_set(&state, &desk, &slips).await.unwrap_or_else(|why| {
            tracing::error!(%why, "a set of redemptions was not written");
            vec![Err(RedeemRefused::Unsure); slips.len()]
        });
        for (reply, told) in replies.into_iter().zip(told) {
            reply.send(told);
        }
    }
}

async fn write_set(state: &State, desk: &RedeemDesk, slips: &[Slip]) -> Result<Vec<Told>, Fault> {
    let cx = state.cx(Actor::System { name: "收银台" });
    for _ in 0..TRIES {
        let mut tx = state.db().write().await?;
        let mut known = Known::read(&mut tx, desk, slips).await?;
        let (mut told, new) = known.decide(&cx, slips);
        if !written(&mut tx, &new, &known).await? {
            // Another node was first: everything is read again.
            tx.rollback().await?;
            continue;
        }
        for (slip, told) in slips.iter().zip(&mut told) {
            if *told == Err(RedeemRefused::Used { when: None }) {
                *told = Err(RedeemRefused::Used { when: last_use(&mut tx, slip).await? });
            }
        }
        if new.is_empty() {
            tx.rollback().await?;
        } else {
            tx.journal(&cx, entry(&new));
            tx.commit().await?;
        }
        return Ok(told);
    }
    Err(Fault::Invariant("vouchers moved on every time".into()))
}

/// Decides on a set and writes it in the caller's transaction; `None` when another node was first
/// and all of it must be taken back.
pub(crate) async fn write_within(
    tx: &mut Tx,
    cx: &Cx,
    slips: &[Slip],
) -> Result<Option<Vec<Told>>, Fault> {
    let mut known = Known::read(tx, &RedeemDesk::default(), slips).await?;
    let (told, new) = known.decide(cx, slips);
    if !written(tx, &new, &known).await? {
        return Ok(None);
    }
    if !new.is_empty() {
        tx.journal(cx, entry(&new));
    }
    Ok(Some(told))
}

/// Whether all of it is written; anything else must be taken back.
async fn written(tx: &mut Tx, new: &[NewRedemption], known: &Known) -> Result<bool, Fault> {
    if new.is_empty() {
        return Ok(true);
    }
    let mut sums: HashMap<VoucherNo, Fen> = HashMap::new();
    for one in new {
        sums.entry(one.slip.voucher).or_default().0 += one.amount.0;
    }
    let mut spent: Vec<_> = sums
        .into_iter()
        .filter_map(|(voucher, sum)| Some((voucher, sum, known.facts.get(&voucher)?.terms.face)))
        .collect();
    spent.sort_unstable_by_key(|(voucher, ..)| *voucher);
    Ok(store::redemptions::spend(tx, &spent).await? == spent.len() as u64
        && store::redemptions::insert(tx, new).await? == new.len() as u64)
}

/// One entry for the whole set: the journal's chain holds each redemption by the digest.
fn entry(new: &[NewRedemption]) -> Entry {
    let mut hash = Sha256::new();
    for one in new {
        hash.update(one.id.uuid().as_bytes());
        hash.update(one.slip.voucher.id().uuid().as_bytes());
        hash.update(one.slip.merchant.uuid().as_bytes());
        hash.update(one.slip.cashier.uuid().as_bytes());
        hash.update(one.amount.0.to_be_bytes());
    }
    let digest = hex(&hash.finalize());
    let fen: i64 = new.iter().map(|one| one.amount.0).sum();
    let told = json!({ "count": new.len(), "fen": fen, "sha256": digest });
    Entry::of("voucher.redeemed").detail(&told)
}

/// Where a voucher was spent last, masked for whoever is not of that merchant.
async fn last_use(tx: &mut Tx, slip: &Slip) -> Result<Option<LastUse>, Fault> {
    let uses = store::redemptions::of_voucher(tx, slip.voucher).await?;
    let Some(last) = uses.into_iter().next() else { return Ok(None) };
    let name = merchants::merchant(tx, last.merchant).await?.map(|one| one.name);
    let name = name.unwrap_or_default();
    let own = last.merchant == slip.merchant;
    let cashier = people::find_account(tx, last.cashier).await?;
    Ok(Some(LastUse {
        at: last.at,
        merchant: if own { name } else { mask_name(&name) },
        cashier: mask_name(cashier.as_ref().map_or("", |one| &one.display_name)),
    }))
}

/// What a set needs to know.
struct Known {
    facts: HashMap<VoucherNo, Facts>,
    standing: HashMap<(MerchantId, i64), Standing>,
    /// On each bill: the last turn, and what is on it.
    bills: HashMap<BillKey, (i64, Vec<OnBill>)>,
    keys: HashMap<(AccountId, Vec<u8>), (Vec<u8>, Told)>,
    codes: HashSet<(VoucherNo, i64)>,
}

impl Known {
    async fn read(tx: &mut Tx, desk: &RedeemDesk, slips: &[Slip]) -> Result<Self, Fault> {
        let all: Vec<&Slip> = slips.iter().collect();
        // Codes before vouchers before keys: whatever another node writes in between is then told
        // as what it is, a voucher that was used or an answer that was given.
        let codes = store::redemptions::used_codes(tx, &all).await?.into_iter().collect();
        let distinct: HashSet<VoucherNo> = slips.iter().map(|one| one.voucher).collect();
        let mut facts = HashMap::new();
        for (voucher, kept) in store::redemptions::vouchers(tx, distinct).await? {
            let terms = desk.terms(tx, voucher.batch, kept.terms_version).await?;
            let one = Facts {
                campaign: kept.campaign,
                terms,
                state: kept.state,
                redeemed: kept.redeemed,
                refunded: kept.refunded,
            };
            facts.insert(voucher, one);
        }
        let mut bills: HashMap<BillKey, (i64, Vec<OnBill>)> = HashMap::new();
        for (key, turn, on_bill) in store::redemptions::on_bills(tx, &all).await? {
            let bill = bills.entry(key).or_default();
            bill.0 = bill.0.max(turn);
            // What was refunded whole is not on the bill any more.
            bill.1.extend((on_bill.amount.0 > 0).then_some(on_bill));
        }
        let mut keys = HashMap::new();
        for one in store::redemptions::answered(tx, &all).await? {
            let told = one.again(&one.body_hash);
            keys.insert((one.cashier, one.key_hash), (one.body_hash, told));
        }
        let standing = standing(tx, slips, &facts).await?;
        Ok(Self { facts, standing, bills, keys, codes })
    }

    /// Decides on all, in their order, as if each were written before the next is heard.
    fn decide(&mut self, cx: &Cx, slips: &[Slip]) -> (Vec<Told>, Vec<NewRedemption>) {
        let mut new = Vec::new();
        let told = slips.iter().map(|slip| {
            if let Some((key, body)) = &slip.key
                && let Some((before, told)) = self.keys.get(&(slip.cashier, key.clone()))
            {
                let same = before == body;
                return if same { told.clone() } else { Err(RedeemRefused::KeyReused) };
            }
            let one = self.take(cx, slip)?;
            let left = self.facts.get(&slip.voucher).map(Facts::left);
            let told = Redeemed {
                redemption: one.id,
                voucher: slip.voucher,
                amount: one.amount,
                left,
                at: slip.at,
            };
            if let Some((key, body)) = &slip.key {
                // Whoever asks again in this very set is told so.
                let again = Ok(Redeemed { left: None, ..told.clone() });
                self.keys.insert((slip.cashier, key.clone()), (body.clone(), again));
            }
            new.push(one);
            Ok(told)
        });
        let told = told.collect();
        (told, new)
    }

    fn take(&mut self, cx: &Cx, slip: &Slip) -> Result<NewRedemption, RedeemRefused> {
        let facts = self.facts.get_mut(&slip.voucher).ok_or(RedeemRefused::UnknownCode)?;
        let standing = self.standing.get(&(slip.merchant, slip.voucher.batch));
        let standing = *standing.ok_or(RedeemRefused::NotMember)?;
        let key = (slip.merchant, day_of(slip), slip.bill_no.clone());
        let (turn, on_bill) = self.bills.entry(key).or_default();
        let amount = bill::takes_off(slip, facts, standing, on_bill)?;
        if !self.codes.insert((slip.voucher, slip.step)) {
            return Err(RedeemRefused::CodeUsed);
        }
        facts.redeemed.0 += amount.0;
        if facts.left().0 <= 0 {
            facts.state = VoucherState::Spent;
        }
        *turn += 1;
        on_bill.push(OnBill {
            batch_no: slip.voucher.batch,
            stacking: facts.terms.stacking,
            threshold: facts.terms.threshold,
            amount,
            bill: slip.bill,
        });
        Ok(NewRedemption { id: cx.new_id(), slip: slip.clone(), turn: *turn, amount })
    }
}

impl RedeemDesk {
    async fn terms(&self, tx: &mut Tx, batch_no: i64, version: i64) -> Result<Arc<Terms>, Fault> {
        let known = |desk: &Self| {
            let all = desk.terms.lock().unwrap_or_else(PoisonError::into_inner);
            all.get(&(batch_no, version)).cloned()
        };
        if let Some(terms) = known(self) {
            return Ok(terms);
        }
        let found = store::claims::terms(tx, batch_no, version).await?;
        let gone = || Fault::Invariant("a claim without its terms".into());
        let terms = Arc::new(found.ok_or_else(gone)?);
        let mut all = self.terms.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert((batch_no, version), Arc::clone(&terms));
        Ok(terms)
    }
}

/// What each merchant is to each batch: asked once for each campaign, batch and merchant.
async fn standing(
    tx: &mut Tx,
    slips: &[Slip],
    facts: &HashMap<VoucherNo, Facts>,
) -> Result<HashMap<(MerchantId, i64), Standing>, Fault> {
    let (mut members, mut accepting, mut open) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut all = HashMap::new();
    for slip in slips {
        let Some(fact) = facts.get(&slip.voucher) else { continue };
        let (campaign, batch, merchant) = (fact.campaign, slip.voucher.batch, slip.merchant);
        if let Vacant(unknown) = members.entry(campaign) {
            unknown.insert(campaigns::active_members(tx, campaign, slip.at).await?);
        }
        if let Vacant(unknown) = accepting.entry(batch) {
            unknown.insert(store::redemptions::acceptance(tx, batch).await?);
        }
        if let Vacant(unknown) = open.entry(merchant) {
            let found = merchants::merchant(tx, merchant).await?;
            unknown.insert(found.is_some_and(|one| one.is_active()));
        }
        let listed = &accepting[&batch];
        let one = Standing {
            is_open: open[&merchant],
            is_member: members[&campaign].contains(&merchant),
            is_accepted: listed.is_empty() || listed.contains(&merchant),
        };
        all.insert((merchant, batch), one);
    }
    Ok(all)
}
