//! May this voucher be used on this bill, and how much does it take off: pure.

use std::sync::Arc;

use campaigns::CampaignId;
use jiff::Timestamp;
use kernel::{Fen, actor::AccountId};
use merchants::MerchantId;

use crate::{RedeemRefused, Stacking, Terms, VoucherNo, VoucherState};

/// What somebody at a till asks for.
#[derive(Clone, Debug)]
pub(crate) struct Slip {
    pub(crate) voucher: VoucherNo,
    pub(crate) merchant: MerchantId,
    pub(crate) cashier: AccountId,
    pub(crate) bill_no: String,
    pub(crate) bill: Fen,
    /// How much of it; all that may be taken when left out.
    pub(crate) wanted: Option<Fen>,
    /// The half minute of the code.
    pub(crate) step: i64,
    /// Of the request's key and of its body.
    pub(crate) key: Option<(Vec<u8>, Vec<u8>)>,
    pub(crate) at: Timestamp,
}

/// A voucher as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) campaign: CampaignId,
    pub(crate) terms: Arc<Terms>,
    pub(crate) state: VoucherState,
    pub(crate) redeemed: Fen,
    pub(crate) refunded: Fen,
}

impl Facts {
    /// What is left of its face.
    pub(crate) fn left(&self) -> Fen {
        Fen(self.terms.face.0 - self.redeemed.0 + self.refunded.0)
    }
}

/// What holds of the till's merchant for the voucher's batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) is_open: bool,
    pub(crate) is_member: bool,
    pub(crate) is_accepted: bool,
}

/// A voucher that is on the bill already.
#[derive(Clone, Debug)]
pub(crate) struct OnBill {
    pub(crate) batch_no: i64,
    pub(crate) stacking: Stacking,
    pub(crate) threshold: Fen,
    /// Less what was refunded.
    pub(crate) amount: Fen,
    pub(crate) bill: Fen,
}

/// How much the voucher takes off the bill.
pub(crate) fn takes_off(
    slip: &Slip,
    facts: &Facts,
    standing: Standing,
    on_bill: &[OnBill],
) -> Result<Fen, RedeemRefused> {
    stands(slip, facts, standing)?;
    let terms = &facts.terms;
    if slip.bill < terms.threshold {
        return Err(RedeemRefused::BelowThreshold { threshold: terms.threshold });
    }
    stacks(slip, facts, on_bill)?;
    let (left, taken) = (facts.left(), on_bill.iter().map(|one| one.amount.0).sum::<i64>());
    let room = Fen(slip.bill.0 - taken);
    let amount = match slip.wanted {
        Some(wanted) if wanted.0 < 1 => return Err(RedeemRefused::BadAmount),
        Some(wanted) if !terms.partial && wanted != terms.face => {
            return Err(RedeemRefused::WholeOnly { face: terms.face });
        }
        Some(wanted) if wanted > left => return Err(RedeemRefused::NotSoMuch { left }),
        Some(wanted) => wanted,
        None if terms.partial => left.min(room),
        None => left,
    };
    if amount > room || amount.0 < 1 {
        return Err(RedeemRefused::AboveBill { room: Fen(room.0.max(0)) });
    }
    Ok(amount)
}

/// Whether the voucher may be spent at all, here and now.
fn stands(slip: &Slip, facts: &Facts, standing: Standing) -> Result<(), RedeemRefused> {
    if !standing.is_open {
        return Err(RedeemRefused::MerchantClosed);
    }
    if !standing.is_member {
        return Err(RedeemRefused::NotMember);
    }
    if !standing.is_accepted {
        return Err(RedeemRefused::NotAccepted);
    }
    match facts.state {
        VoucherState::Spent => return Err(RedeemRefused::Used { when: None }),
        VoucherState::Expired => return Err(RedeemRefused::Expired),
        VoucherState::Voided => return Err(RedeemRefused::Voided),
        VoucherState::Held => {}
    }
    if slip.at < facts.terms.use_from {
        return Err(RedeemRefused::TooEarly { from: facts.terms.use_from });
    }
    if slip.at >= facts.terms.use_end(facts.refunded.0 > 0) {
        return Err(RedeemRefused::Expired);
    }
    Ok(())
}

/// Whether it goes with what is on the bill: by its own rule, and by that of each of the others.
fn stacks(slip: &Slip, facts: &Facts, on_bill: &[OnBill]) -> Result<(), RedeemRefused> {
    if on_bill.iter().any(|one| one.bill != slip.bill) {
        return Err(RedeemRefused::BillDiffers);
    }
    let alone = |stacking: Stacking| stacking == Stacking::Alone;
    let others = on_bill.iter().any(|one| alone(one.stacking));
    if others || (alone(facts.terms.stacking) && !on_bill.is_empty()) {
        return Err(RedeemRefused::Alone);
    }
    let alike = on_bill.iter().filter(|one| one.batch_no == slip.voucher.batch);
    let mut threshold = facts.terms.threshold.0;
    for one in alike {
        // An earlier version of the same batch may have said so.
        if [facts.terms.stacking, one.stacking].contains(&Stacking::WithOthers) {
            return Err(RedeemRefused::OneOfEach);
        }
        threshold += one.threshold.0;
    }
    // Two vouchers “20 off 100” want a bill of 200.
    if slip.bill.0 < threshold {
        return Err(RedeemRefused::BelowThreshold { threshold: Fen(threshold) });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use kernel::Id;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const AT: Timestamp = Timestamp::constant(1_622_512_800, 0);
    const STANDS: Standing = Standing { is_open: true, is_member: true, is_accepted: true };

    fn facts(partial: bool, stacking: Stacking) -> Facts {
        let terms = Terms {
            name: "满100减20".into(),
            face: Fen(2_000),
            threshold: Fen(10_000),
            quantity: 10,
            budget: Fen(20_000),
            person_cap: 1,
            day_cap: 1,
            claim_from: AT,
            claim_until: AT + SignedDuration::from_hours(1),
            use_from: AT,
            use_until: AT + SignedDuration::from_hours(24),
            partial,
            stacking,
            restock: false,
            refund_days: 7,
            admit_per_second: 0,
        };
        Facts {
            campaign: Id::from_uuid(Uuid::from_u128(1)),
            terms: Arc::new(terms),
            state: VoucherState::Held,
            redeemed: Fen(0),
            refunded: Fen(0),
        }
    }

    fn slip(bill: i64, wanted: Option<i64>) -> Slip {
        Slip {
            voucher: VoucherNo { batch: 1, claim: 1 },
            merchant: Id::from_uuid(Uuid::from_u128(2)),
            cashier: Id::from_uuid(Uuid::from_u128(3)),
            bill_no: "1".into(),
            bill: Fen(bill),
            wanted: wanted.map(Fen),
            step: 1,
            key: None,
            at: AT,
        }
    }

    fn on_bill(batch_no: i64, stacking: Stacking, bill: i64) -> OnBill {
        let threshold = Fen(10_000);
        OnBill { batch_no, stacking, threshold, amount: Fen(2_000), bill: Fen(bill) }
    }

    #[test]
    fn each_rule_says_its_own_word() {
        use RedeemRefused as No;
        let held = facts(false, Stacking::Alone);
        let ask = |slip: &Slip, facts: &Facts| takes_off(slip, facts, STANDS, &[]);
        assert_eq!(ask(&slip(10_000, None), &held), Ok(Fen(2_000)));
        let threshold = Fen(10_000);
        assert_eq!(ask(&slip(9_999, None), &held), Err(No::BelowThreshold { threshold }));
        let face = Fen(2_000);
        assert_eq!(ask(&slip(10_000, Some(500)), &held), Err(No::WholeOnly { face }));
        let closed = Standing { is_open: false, ..STANDS };
        let guest = Standing { is_member: false, ..STANDS };
        let other = Standing { is_accepted: false, ..STANDS };
        let at = |standing| takes_off(&slip(10_000, None), &held, standing, &[]);
        assert_eq!(at(closed), Err(No::MerchantClosed));
        assert_eq!(at(guest), Err(No::NotMember));
        assert_eq!(at(other), Err(No::NotAccepted));
        let in_state = |state| ask(&slip(10_000, None), &Facts { state, ..held.clone() });
        assert_eq!(in_state(VoucherState::Spent), Err(No::Used { when: None }));
        assert_eq!(in_state(VoucherState::Expired), Err(No::Expired));
        assert_eq!(in_state(VoucherState::Voided), Err(No::Voided));
    }

    #[test]
    fn what_a_refund_gave_back_has_some_days_more() {
        let held = facts(true, Stacking::Alone);
        let late =
            |hours| Slip { at: AT + SignedDuration::from_hours(hours), ..slip(10_000, None) };
        let back = Facts { redeemed: Fen(2_000), refunded: Fen(2_000), ..held.clone() };
        assert_eq!(takes_off(&late(24), &held, STANDS, &[]), Err(RedeemRefused::Expired));
        assert_eq!(takes_off(&late(24), &back, STANDS, &[]), Ok(Fen(2_000)));
        let over = late(24 * 8);
        assert_eq!(takes_off(&over, &back, STANDS, &[]), Err(RedeemRefused::Expired));
        let for_ever = Terms { use_until: Timestamp::MAX, ..(*held.terms).clone() };
        assert_eq!(for_ever.use_end(true), Timestamp::MAX, "there is nothing after it");
    }

    #[test]
    fn vouchers_on_one_bill_follow_both_their_rules() {
        use RedeemRefused as No;
        let with = |own: Stacking, bill: i64, others: &[OnBill]| {
            takes_off(&slip(bill, None), &facts(false, own), STANDS, others)
        };
        let (alone, each, free) = (Stacking::Alone, Stacking::WithOthers, Stacking::Free);
        assert_eq!(with(alone, 20_000, &[on_bill(2, free, 20_000)]), Err(No::Alone));
        assert_eq!(with(free, 20_000, &[on_bill(2, alone, 20_000)]), Err(No::Alone));
        assert_eq!(with(each, 20_000, &[on_bill(1, each, 20_000)]), Err(No::OneOfEach));
        let earlier = with(free, 20_000, &[on_bill(1, each, 20_000)]);
        assert_eq!(earlier, Err(No::OneOfEach), "by the rule of the one on the bill");
        assert_eq!(with(each, 20_000, &[on_bill(2, each, 20_000)]), Ok(Fen(2_000)));
        assert_eq!(with(free, 20_000, &[on_bill(1, free, 20_000)]), Ok(Fen(2_000)));
        let threshold = Fen(20_000);
        let short = with(free, 15_000, &[on_bill(1, free, 15_000)]);
        assert_eq!(short, Err(No::BelowThreshold { threshold }));
        assert_eq!(with(free, 30_000, &[on_bill(2, free, 20_000)]), Err(No::BillDiffers));
    }

    proptest! {
        #[test]
        fn never_more_than_is_left_nor_than_the_bill(
            bill in 10_000_i64..50_000,
            redeemed in 0_i64..2_000,
            wanted in prop::option::of(-5_i64..3_000),
        ) {
            let facts = Facts { redeemed: Fen(redeemed), ..facts(true, Stacking::Alone) };
            if let Ok(amount) = takes_off(&slip(bill, wanted), &facts, STANDS, &[]) {
                prop_assert!(amount.0 >= 1 && amount <= facts.left() && amount.0 <= bill);
                prop_assert!(wanted.is_none_or(|wanted| wanted == amount.0));
            }
        }
    }
}
