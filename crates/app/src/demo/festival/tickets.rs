//! The vouchers of the festival: batches, who came for them, what was spent, what came back.

use jiff::{SignedDuration, civil::Date};
use kernel::{Actor, Fen, Phone};
use merchants::MerchantId;
use vouchers::{
    Arrival, BatchDraft, BatchId, RedemptionId, RefundAsk, Shown, Terms, VoucherNo, accept_at,
    approve_batch, batch_by_id, change_terms, claim_together, close_batch, draft_batch,
    expire_slice, open_batch, redeem_together, refund, void_voucher,
};

use super::{
    CITIZEN_PHONE, Festival, Scene, Season, broke,
    kinds::{KINDS, Kind, end_of},
    moment,
    shops::Trade,
};
use crate::{
    Failure,
    demo::{SYSTEM, ground::stopped},
};

/// A batch as it goes on.
pub(super) struct Batch {
    pub(super) id: BatchId,
    season: Season,
    kind: &'static Kind,
    /// Vouchers that are not spent, with what is left of each; but for those of the citizen whom
    /// the demo's visitor plays.
    held: Vec<(VoucherNo, Fen)>,
}

impl Batch {
    /// Whether its vouchers are for who completes the challenge of this season.
    pub(super) fn is_earned(&self, season: Season) -> bool {
        self.season == season && self.kind.is_earned
    }
}

/// A bill that a voucher was on.
pub(super) struct Receipt {
    redemption: RedemptionId,
    season: Season,
    amount: Fen,
    shop: usize,
}

/// Of what is held, the hundredths that are spent until one of the evenings.
const SPENT: usize = 12;
/// Of the bills, one in so many comes back.
const COMES_BACK: usize = 40;
const REASONS: [&str; 3] = ["顾客退货", "菜品退单", "商品有瑕疵，退货"];

impl Festival {
    /// Citizens have their phones verified; the first is the one whom the demo's visitor plays.
    pub(super) async fn enrol(&mut self, scene: &mut Scene<'_, '_>) -> Result<(), Failure> {
        let first: u64 = CITIZEN_PHONE.parse().map_err(broke)?;
        let phones: Result<Vec<Phone>, _> =
            (first..).take(self.size.citizens).map(|no| Phone::mobile(&no.to_string())).collect();
        let cx = scene.cx(&SYSTEM);
        let phones = phones.map_err(broke)?;
        self.citizens = citizens::enrol(scene.tx, &cx, &self.keys, &phones).await?;
        Ok(())
    }

    /// The organiser drafts the batches of a season, the funders approve what they pay for.
    pub(super) async fn draft_batches(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let campaign = self.fair(season)?.id;
        for kind in KINDS.iter().filter(|kind| kind.season == season) {
            let cx = scene.cx(&self.cast.organiser);
            let payer = &self.cast.funders[kind.funder];
            let terms = kind.terms(self.size.citizens);
            let draft = BatchDraft { campaign, funder: payer.id, terms };
            let id = draft_batch(scene.tx, &cx, draft).await.map_err(broke)?;
            if let Some(trade) = kind.trade {
                let shops = self.takers(season, Some(trade));
                let shops: Vec<MerchantId> =
                    shops.iter().map(|turn| self.shops[*turn].id).collect();
                accept_at(scene.tx, &cx, id, 1, &shops).await.map_err(broke)?;
            }
            let version = version(scene, id).await?;
            let cx = scene.cx(&payer.actor);
            approve_batch(scene.tx, &cx, id, version).await.map_err(broke)?;
            self.batches.push(Batch { id, season, kind, held: Vec::new() });
        }
        Ok(())
    }

    /// The members that take a batch.
    fn takers(&self, season: Season, trade: Option<Trade>) -> Vec<usize> {
        let members = self.fairs.get(season as usize).map_or(&[][..], |fair| &fair.members);
        let takes = |turn: &usize| trade.is_none_or(|trade| self.shops[*turn].trade == trade);
        members.iter().copied().filter(takes).collect()
    }

    pub(super) async fn open_batches(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let cx = scene.cx(&self.cast.organiser);
        // What is earned is opened with its challenge.
        let open = |one: &&Batch| one.season == season && !one.kind.is_earned;
        for batch in self.batches.iter().filter(open) {
            let version = version(scene, batch.id).await?;
            open_batch(scene.tx, &cx, batch.id, version).await.map_err(broke)?;
        }
        Ok(())
    }

    /// Nobody claims any more; what was given out stays good until its end.
    pub(super) async fn close_batches(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let cx = scene.cx(&self.cast.organiser);
        for batch in self.batches.iter().filter(|one| one.season == season) {
            let version = version(scene, batch.id).await?;
            close_batch(scene.tx, &cx, batch.id, version).await.map_err(broke)?;
        }
        Ok(())
    }

    /// So many hundredths of the citizens come within a quarter of an hour, the first of them
    /// among them, each in turn and some of them twice; some come too late.
    pub(super) async fn claim(
        &mut self,
        scene: &mut Scene<'_, '_>,
        batch: usize,
        part: usize,
    ) -> Result<(), Failure> {
        let (first, rest) = self.citizens.split_first().ok_or_else(|| stopped("没有市民"))?;
        let mut rest = rest.to_vec();
        let mut coming = vec![*first];
        while coming.len() < self.citizens.len() * part / 100
            && let Some(one) = self.dice.draw(&mut rest)
        {
            coming.push(one);
            if self.dice.chance(0.02) {
                coming.push(one);
            }
        }
        let opens = scene.at.instant();
        let step = SignedDuration::from_millis(900_000) / i32::try_from(coming.len()).unwrap_or(1);
        let arrivals: Vec<Arrival> = (0..)
            .zip(&coming)
            .map(|(turn, citizen)| Arrival { citizen: *citizen, at: opens + step * turn })
            .collect();
        // Whose claims a person keeps for the visitor is no one's to spend.
        let (id, own) = (self.batches[batch].id, *first);
        for set in arrivals.chunks(1_000) {
            let mut cx = scene.cx(&Actor::System { name: "领券台" });
            cx.now = set.last().map_or(cx.now, |last| last.at);
            let given = claim_together(scene.tx, &cx, id, set).await.map_err(broke)?;
            let kept = given.into_iter().zip(set).filter(|(_, one)| one.citizen != own);
            let face = Fen(self.batches[batch].kind.face);
            let kept = kept.filter_map(|(voucher, _)| Some((voucher?, face)));
            self.batches[batch].held.extend(kept);
        }
        Ok(())
    }

    /// A batch may be used a week longer by who claims from now on.
    pub(super) async fn lengthen(
        &mut self,
        scene: &mut Scene<'_, '_>,
        batch: usize,
    ) -> Result<(), Failure> {
        let cx = scene.cx(&self.cast.organiser);
        let id = self.batches[batch].id;
        let found = batch_by_id(scene.tx, id).await?.ok_or_else(|| stopped("批次不见了"))?;
        let terms = Terms { use_until: end_of(Date::constant(2021, 7, 7)), ..found.terms };
        change_terms(scene.tx, &cx, id, found.version, terms).await.map_err(broke)
    }

    /// What was spent since the last evening, at the tills of members.
    pub(super) async fn spend(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let mut bills = Vec::new();
        for turn in 0..self.batches.len() {
            let (kind, of) = (self.batches[turn].kind, self.batches[turn].season);
            let shops = self.takers(season, kind.trade);
            if of != season || shops.is_empty() {
                continue;
            }
            let many = self.batches[turn].held.len() * SPENT / 100;
            for _ in 0..many {
                let held = &mut self.batches[turn].held;
                let Some((voucher, left)) = self.dice.draw(held) else { break };
                let shop = *self.dice.pick(&shops);
                // Whole ten fen: nobody's till knows less.
                let total = Fen(kind.threshold + 10 * self.dice.between(0, kind.threshold / 5));
                let part = kind.rule.partial && self.dice.chance(0.5);
                let wanted = part.then_some(left.min(Fen(kind.face * 2 / 5)));
                bills.push(Bill { batch: turn, voucher, shop, total, wanted });
            }
        }
        self.ring_up(scene, season, bills).await
    }

    /// Writes the evening's bills, which came one after the other since noon.
    async fn ring_up(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
        bills: Vec<Bill>,
    ) -> Result<(), Failure> {
        let opens = moment(scene.at.on, 12, 0);
        let step = SignedDuration::from_hours(9) / i32::try_from(bills.len().max(1)).unwrap_or(1);
        let numbers: Vec<String> =
            (0..bills.len()).map(|turn| format!("{:07}", self.serial + turn)).collect();
        self.serial += bills.len();
        let shown = (0..).zip(&bills).zip(&numbers).map(|((turn, bill), bill_no)| {
            let shop = &self.shops[bill.shop];
            Shown {
                cashier: &shop.owner,
                merchant: shop.id,
                voucher: bill.voucher,
                bill_no,
                bill: bill.total,
                wanted: bill.wanted,
                at: opens + step * turn,
            }
        });
        let shown: Vec<Shown<'_>> = shown.collect();
        let cx = scene.cx(&Actor::System { name: "收银台" });
        let told = redeem_together(scene.tx, &cx, &shown).await?;
        for (bill, told) in bills.into_iter().zip(told) {
            let told = told.map_err(broke)?;
            if let Some(left) = told.left.filter(|left| *left > Fen::ZERO) {
                self.batches[bill.batch].held.push((bill.voucher, left));
            }
            let (redemption, amount) = (told.redemption, told.amount);
            self.receipts.push(Receipt { redemption, season, amount, shop: bill.shop });
        }
        Ok(())
    }

    /// Some goods came back, whole or in part.
    pub(super) async fn give_back(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let (mut lately, rest): (Vec<Receipt>, Vec<Receipt>) =
            std::mem::take(&mut self.receipts).into_iter().partition(|one| one.season == season);
        for turn in 0..lately.len().div_ceil(COMES_BACK) {
            let Some(one) = self.dice.draw(&mut lately) else { break };
            let cx = scene.cx(self.owner(one.shop));
            let ask = RefundAsk {
                redemption: one.redemption,
                amount: self.dice.chance(0.3).then_some(Fen(one.amount.0 / 2)),
                reason: REASONS[turn % REASONS.len()].into(),
                key: None,
            };
            refund(scene.tx, &cx, ask).await.map_err(broke)?;
        }
        // A bill is looked at once: what did not come back by now stays sold.
        self.receipts = rest;
        Ok(())
    }

    /// Staff take one back that was claimed by mistake.
    pub(super) async fn take_back(
        &mut self,
        scene: &mut Scene<'_, '_>,
        batch: usize,
    ) -> Result<(), Failure> {
        let Some((voucher, _)) = self.batches[batch].held.pop() else { return Ok(()) };
        let cx = scene.cx(&self.cast.organiser);
        let why = "市民来电：误领，请求作废";
        void_voucher(scene.tx, &cx, voucher, why).await.map_err(broke)
    }

    /// What is over expires, and who walked a challenge is forgotten, as the chores would do it.
    pub(super) async fn expire(&mut self, scene: &mut Scene<'_, '_>) -> Result<(), Failure> {
        let cx = scene.cx(&SYSTEM);
        while expire_slice(scene.tx, &cx).await?.is_some() {}
        challenges::forget_walkers(scene.tx, &cx).await?;
        Ok(())
    }
}

/// A bill with a voucher on it, before it is written.
struct Bill {
    batch: usize,
    voucher: VoucherNo,
    shop: usize,
    total: Fen,
    wanted: Option<Fen>,
}

/// The batch's version, as somebody would read it on its page.
async fn version(scene: &mut Scene<'_, '_>, id: BatchId) -> Result<i64, Failure> {
    let found = batch_by_id(scene.tx, id).await?;
    found.map(|one| one.version).ok_or_else(|| stopped("批次不见了"))
}
