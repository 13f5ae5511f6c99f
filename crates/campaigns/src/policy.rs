//! Who may: running a campaign, agreeing to pay, answering for a merchant. Mints the permits that
//! the store asks for.

use std::marker::PhantomData;

use kernel::{Actor, Role, Scope, actor::ScopeKind};
use merchants::MerchantId;
use places::{Atlas, Denied, PlaceId, Reach};

use crate::{Campaign, FunderId};

/// Leave to call the store's writes of one sort. Only this file can make one.
pub(crate) struct Permit<T>(PhantomData<T>);

/// Marks leave to change campaigns.
pub(crate) enum Run {}
/// Marks leave to agree to a campaign or send it back.
pub(crate) enum Fund {}
/// Marks leave to answer for a merchant.
pub(crate) enum Answer {}
/// Marks leave to keep funders.
pub(crate) enum KeepFunders {}

/// Roles that see campaigns: those of the places by where they lie, funders their own, merchants
/// those that they were asked to.
pub const READERS: &[Role] = <Role as kernel::Code>::ALL;
/// Roles that run campaigns, each in its scope.
pub const ORGANISERS: &[Role] = &[Role::Administrator, Role::Organiser];
/// Roles that look at what lies in their scope.
pub(crate) const LOCALS: &[Role] =
    &[Role::Administrator, Role::Organiser, Role::Clerk, Role::Viewer, Role::Auditor];

/// Whether the actor runs campaigns in all of these places.
pub(crate) fn runs_in(actor: &Actor, atlas: &Atlas, places: &[PlaceId]) -> bool {
    if actor.has_citywide(ORGANISERS) {
        return true;
    }
    let reach = Reach::of(actor, atlas, &[Role::Organiser]);
    !places.is_empty() && places.iter().all(|place| reach.holds_place(atlas, *place))
}

/// Whether the actor runs this campaign: an administrator, or an organiser whose scope covers all
/// of its places.
pub fn runs(actor: &Actor, atlas: &Atlas, campaign: &Campaign) -> bool {
    runs_in(actor, atlas, &campaign.places)
}

/// Whether the actor decides for this funder. An administrator does not: it is not their money.
pub fn funds(actor: &Actor, funder: FunderId) -> bool {
    let scopes = actor.scopes(&[Role::Funder]);
    scopes.contains(&Scope::CITY) || scopes.contains(&Scope::on(ScopeKind::Funder, funder.uuid()))
}

/// Whether the place lies in what the campaign spans.
pub fn spans(atlas: &Atlas, campaign: &Campaign, place: PlaceId) -> bool {
    campaign.places.iter().any(|root| atlas.is_within(place, *root))
}

/// Whether the actor sees the campaign at all; `is_asked` says whether a merchant of theirs is, or
/// was, invited.
pub(crate) fn sees(actor: &Actor, atlas: &Atlas, campaign: &Campaign, is_asked: bool) -> bool {
    if is_asked || campaign.pledges.iter().any(|pledge| funds(actor, pledge.funder)) {
        return true;
    }
    let reach = Reach::of(actor, atlas, LOCALS);
    reach.all || campaign.places.iter().any(|place| reach.holds_place(atlas, *place))
}

/// Leave to run a campaign that the actor sees.
pub(crate) fn run(
    actor: &Actor,
    atlas: &Atlas,
    campaign: &Campaign,
) -> Result<Permit<Run>, Denied> {
    if runs(actor, atlas, campaign) { Ok(Permit(PhantomData)) } else { Err(Denied::Forbidden) }
}

/// Leave to draft a campaign in these places.
pub(crate) fn draft(
    actor: &Actor,
    atlas: &Atlas,
    places: &[PlaceId],
) -> Result<Permit<Run>, Denied> {
    let may =
        if places.is_empty() { actor.has_any(ORGANISERS) } else { runs_in(actor, atlas, places) };
    if may { Ok(Permit(PhantomData)) } else { Err(Denied::Forbidden) }
}

/// Leave to decide on a campaign for at least one of its funders, with which these are.
pub(crate) fn fund(
    actor: &Actor,
    campaign: &Campaign,
) -> Result<(Permit<Fund>, Vec<FunderId>), Denied> {
    let all = campaign.pledges.iter().map(|pledge| pledge.funder);
    let own: Vec<FunderId> = all.filter(|funder| funds(actor, *funder)).collect();
    if own.is_empty() { Err(Denied::Forbidden) } else { Ok((Permit(PhantomData), own)) }
}

/// Leave to answer for a merchant: an account of its own, and nobody above it.
pub(crate) fn answer(actor: &Actor, merchant: MerchantId) -> Result<Permit<Answer>, Denied> {
    if merchants::speaks_for(actor, merchant) {
        return Ok(Permit(PhantomData));
    }
    Err(Denied::Forbidden)
}

/// Leave to keep the list of funders.
pub(crate) fn keep_funders(actor: &Actor) -> Result<Permit<KeepFunders>, Denied> {
    if actor.has_citywide(&[Role::Administrator]) {
        return Ok(Permit(PhantomData));
    }
    Err(Denied::Forbidden)
}
