//! Who may, and the permits that the store asks for.

use std::marker::PhantomData;

use campaigns::{CampaignId, FunderId};
use db::{Fault, Tx};
use kernel::{Actor, CitizenNo, Cx, Role, actor::AccountId};
use merchants::MerchantId;

use crate::{
    Denied,
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
/// Giving up what is one's own.
pub(crate) enum GiveUp {}

/// Who takes a voucher back.
pub(crate) enum Taking {
    /// Staff.
    By(#[expect(dead_code, reason = "it is held to prove that it was given")] Permit<Run>),
    /// The citizen whose it is.
    Own(#[expect(dead_code, reason = "it is held to prove that it was given")] Permit<GiveUp>),
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
from_blocked!(crate::BatchError, crate::RefundError, crate::VoidError, web::Refused);

/// Roles that stand at a till.
pub const CASHIERS: &[Role] = &[Role::Merchant, Role::Cashier];

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
