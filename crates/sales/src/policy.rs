//! Who may: running shows and contests, handing records in, judging them, entering a contest.
//! Mints the permits that the store asks for.

use std::marker::PhantomData;

use campaigns::{Campaign, CampaignId, runs};
use kernel::{Actor, Role};
use merchants::{MerchantId, speaks_for, stands_at_till};
use places::Denied;

use crate::{Reading, Sale, SaleError, Source};

/// Leave to call the store's writes of one sort. Only this file can make one.
pub(crate) struct Permit<T>(PhantomData<T>);

/// Marks leave to plan and turn shows.
pub(crate) enum RunShow {}
/// Marks leave to hand in records.
pub(crate) enum HandIn {}
/// Marks leave to judge records.
pub(crate) enum Judge {}
/// Marks leave to lay evidence beside a record.
pub(crate) enum Lay {}
/// Marks leave to draft and open contests.
pub(crate) enum RunContest {}
/// Marks leave to enter a contest for a merchant.
pub(crate) enum Enter {}

/// Roles that look at shows, records and contests, each in its scope.
pub const READERS: &[Role] = campaigns::READERS;
/// Roles that run shows and contests, and judge records.
pub const JUDGES: &[Role] = campaigns::ORGANISERS;
/// Roles that hand records in.
pub const TELLERS: &[Role] = &[Role::Administrator, Role::Organiser, Role::Merchant, Role::Cashier];

fn permit<T>(may: bool) -> Result<Permit<T>, Denied> {
    if may { Ok(Permit(PhantomData)) } else { Err(Denied::Forbidden) }
}

/// A campaign that the actor sees.
pub(crate) fn seen(reading: &Reading, campaign: CampaignId) -> Result<&Campaign, Denied> {
    reading.campaign(campaign).ok_or(Denied::Invisible)
}

/// Whether the actor runs the campaign's shows and contests, and judges its records.
pub(crate) fn judges(actor: &Actor, reading: &Reading, campaign: CampaignId) -> bool {
    reading.campaign(campaign).is_some_and(|one| runs(actor, &reading.atlas, one))
}

/// Leave to plan and turn shows of a campaign.
pub(crate) fn run_show(
    actor: &Actor,
    reading: &Reading,
    campaign: CampaignId,
) -> Result<Permit<RunShow>, Denied> {
    seen(reading, campaign)?;
    permit(judges(actor, reading, campaign))
}

/// Leave to draft and open contests of a campaign.
pub(crate) fn run_contest(
    actor: &Actor,
    reading: &Reading,
    campaign: CampaignId,
) -> Result<Permit<RunContest>, Denied> {
    seen(reading, campaign)?;
    permit(judges(actor, reading, campaign))
}

/// Whether the actor may hand in records of this source for this merchant. Nobody declares for a
/// merchant but its own people.
pub(crate) fn tells(
    actor: &Actor,
    reading: &Reading,
    (campaign, merchant): (CampaignId, MerchantId),
    source: Source,
) -> bool {
    match source {
        Source::Platform => judges(actor, reading, campaign) || speaks_for(actor, merchant),
        Source::Till => stands_at_till(actor, merchant),
        Source::Declaration => speaks_for(actor, merchant),
    }
}

/// Leave to hand in records of this source for this merchant.
pub(crate) fn hand_in(
    actor: &Actor,
    reading: &Reading,
    whose: (CampaignId, MerchantId),
    source: Source,
) -> Result<Permit<HandIn>, Denied> {
    seen(reading, whose.0)?;
    permit(tells(actor, reading, whose, source))
}

/// Leave to hand in a whole file: of one merchant by its own people, of any by who runs the
/// campaign.
pub(crate) fn hand_in_file(
    actor: &Actor,
    reading: &Reading,
    campaign: CampaignId,
    merchant: Option<MerchantId>,
) -> Result<Permit<HandIn>, Denied> {
    seen(reading, campaign)?;
    let own = merchant.is_some_and(|merchant| speaks_for(actor, merchant));
    permit(own || judges(actor, reading, campaign))
}

/// Leave to judge a record: who runs the campaign, but neither who handed it in nor one of the
/// merchant's own people.
pub(crate) fn judge(
    actor: &Actor,
    reading: &Reading,
    sale: &Sale,
) -> Result<Permit<Judge>, SaleError> {
    visible(reading, sale)?;
    let permit = permit(judges(actor, reading, sale.campaign))?;
    let is_own = sale.submitted_by.is_some() && sale.submitted_by == actor.account();
    if is_own || stands_at_till(actor, sale.merchant) {
        return Err(SaleError::OwnRecord);
    }
    Ok(permit)
}

/// Leave to set a questioned record right: who may hand such a one in.
pub(crate) fn correct(
    actor: &Actor,
    reading: &Reading,
    sale: &Sale,
) -> Result<Permit<HandIn>, Denied> {
    visible(reading, sale)?;
    permit(tells(actor, reading, (sale.campaign, sale.merchant), sale.source))
}

/// Leave to lay a file beside a record: the merchant's people, and who runs the campaign.
pub(crate) fn lay(actor: &Actor, reading: &Reading, sale: &Sale) -> Result<Permit<Lay>, Denied> {
    visible(reading, sale)?;
    let own = stands_at_till(actor, sale.merchant);
    permit(own || judges(actor, reading, sale.campaign))
}

fn visible(reading: &Reading, sale: &Sale) -> Result<(), Denied> {
    if reading.sees(sale) { Ok(()) } else { Err(Denied::Invisible) }
}

/// Leave to enter a contest for a merchant, or to leave it: an account of the merchant's own.
pub(crate) fn enter(actor: &Actor, merchant: MerchantId) -> Result<Permit<Enter>, Denied> {
    permit(speaks_for(actor, merchant))
}
