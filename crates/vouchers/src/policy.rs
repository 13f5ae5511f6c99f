//! Who may, and the permits that the store asks for.

use std::marker::PhantomData;

use campaigns::{CampaignId, FunderId};
use db::{Fault, Tx};
use kernel::{Actor, CitizenNo, Cx, Role, actor::AccountId};
use merchants::MerchantId;

use crate::{
    Denied, Settlement, SettlementStep,
    batch_sight::oversees,
    settlement_sight::SettlementSight,
    store::{self, redemptions::Redemption},
};

/// Leave to call the store's writes of one sort. Only this file can make one.
pub(crate) struct Permit<Deed>(PhantomData<Deed>);

/// Drafting, opening, changing and closing batches.
pub(crate) enum Run {}
/// Approving what a funder pays, and paying it.
pub(crate) enum Fund {}
/// Refunding what was redeemed.
pub(crate) enum GiveBack {}
/// Taking a step with a settlement.
pub(crate) enum Turn {}
/// Giving up what is one's own.
pub(crate) enum GiveUp {}

/// Who takes a voucher back. The permit is held to prove that it was given.
pub(crate) enum Taking {
    /// Staff.
    By(Permit<Run>),
    /// The citizen whose it is.
    Own(Permit<GiveUp>),
}

/// Why there is no leave, or the database failed on the way to it.
#[derive(Debug)]
pub(crate) enum Blocked {
    Denied(Denied),
    Fault(Fault),
}

impl From<Denied> for Blocked {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Fault> for Blocked {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Every refusal of this room has a word for both.
macro_rules! from_blocked {
    ($($error:ty),+) => {$(
        impl From<Blocked> for $error {
            fn from(blocked: Blocked) -> Self {
                match blocked {
                    Blocked::Denied(denied) => denied.into(),
                    Blocked::Fault(fault) => fault.into(),
                }
            }
        }
    )+};
}
from_blocked!(
    crate::SettleError,
    crate::BatchError,
    crate::RefundError,
    crate::VoidError,
    web::Refused
);

/// Roles that stand at a till.
pub const CASHIERS: &[Role] = &[Role::Merchant, Role::Cashier];

/// Roles that see batches, redemptions and settlements, each those of its scope.
pub const READERS: &[Role] = <Role as kernel::Code>::ALL;
/// Roles that refund.
pub const REFUNDERS: &[Role] =
    &[Role::Administrator, Role::Organiser, Role::Merchant, Role::Cashier];

/// Whether the actor sees a redemption: at the merchant's till, or with its campaign, or because
/// they pay for it.
pub(crate) async fn see_redemption(tx: &mut Tx, cx: &Cx, of: &Redemption) -> Result<(), Blocked> {
    if till(&cx.actor, of.merchant).is_ok() {
        return Ok(());
    }
    let batch = store::batch_by_no(tx, of.voucher.batch).await?.ok_or(Denied::Invisible)?;
    let sight = campaigns::Sight::of(tx, cx, batch.campaign).await?.ok_or(Denied::Invisible)?;
    // Another merchant sees the campaign, and not what its neighbours take.
    let pays = campaigns::funds(&cx.actor, batch.funder);
    if pays || oversees(&cx.actor, &sight) { Ok(()) } else { Err(Denied::Invisible.into()) }
}

/// Leave to run batches of a campaign.
pub(crate) async fn run(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
) -> Result<Permit<Run>, Blocked> {
    if matches!(cx.actor, Actor::System { .. }) {
        return Ok(Permit(PhantomData));
    }
    let sight = campaigns::Sight::of(tx, cx, campaign).await?.ok_or(Denied::Invisible)?;
    if sight.runs { Ok(Permit(PhantomData)) } else { Err(Denied::Forbidden.into()) }
}

/// Leave to refund what was redeemed: at the merchant's till, or by who runs the campaign.
pub(crate) async fn refund(
    tx: &mut Tx,
    cx: &Cx,
    of: &Redemption,
) -> Result<Permit<GiveBack>, Blocked> {
    if till(&cx.actor, of.merchant).is_ok() {
        return Ok(Permit(PhantomData));
    }
    let batch = store::batch_by_no(tx, of.voucher.batch).await?.ok_or(Denied::Invisible)?;
    run(tx, cx, batch.campaign).await?;
    Ok(Permit(PhantomData))
}

/// Leave of a citizen to give up what is theirs.
pub(crate) fn own(cx: &Cx, citizen: CitizenNo) -> Result<Permit<GiveUp>, Denied> {
    let own = cx.actor.citizen() == Some(citizen);
    if own { Ok(Permit(PhantomData)) } else { Err(Denied::Invisible) }
}

/// Who stands at this merchant's till: a person, never the system.
pub(crate) fn till(actor: &Actor, merchant: MerchantId) -> Result<AccountId, Denied> {
    match actor.account() {
        Some(cashier) if merchants::stands_at_till(actor, merchant) => Ok(cashier),
        _ => Err(Denied::Invisible),
    }
}

/// Leave to approve what this funder pays. An administrator has none: it is not their money.
pub(crate) async fn fund(
    tx: &mut Tx,
    cx: &Cx,
    campaign: CampaignId,
    funder: FunderId,
) -> Result<Permit<Fund>, Blocked> {
    if matches!(cx.actor, Actor::System { .. }) || campaigns::funds(&cx.actor, funder) {
        return Ok(Permit(PhantomData));
    }
    let sight = campaigns::Sight::of(tx, cx, campaign).await?;
    Err(if sight.is_some() { Denied::Forbidden } else { Denied::Invisible }.into())
}

/// Whether the actor sees a settlement: it is theirs to be paid or to pay, or they run or oversee
/// its campaign.
pub(crate) fn see_settlement(sight: &SettlementSight, one: &Settlement) -> Result<(), Denied> {
    if sight.sees(one) { Ok(()) } else { Err(Denied::Invisible) }
}

/// Leave to take a step with a settlement that the actor sees: each step has its own people, so
/// that nobody is paid by one signature.
pub(crate) async fn turn(
    tx: &mut Tx,
    cx: &Cx,
    one: &Settlement,
    step: SettlementStep,
) -> Result<Permit<Turn>, Blocked> {
    let speaks = merchants::speaks_for(&cx.actor, one.merchant);
    let funds = campaigns::funds(&cx.actor, one.funder);
    let may = match step {
        SettlementStep::Confirm => speaks,
        SettlementStep::Dispute => speaks || funds,
        SettlementStep::Approve | SettlementStep::Pay => funds && !speaks,
        SettlementStep::Answer | SettlementStep::Withdraw => {
            run(tx, cx, one.campaign).await?;
            true
        }
    };
    if may { Ok(Permit(PhantomData)) } else { Err(Denied::Forbidden.into()) }
}
