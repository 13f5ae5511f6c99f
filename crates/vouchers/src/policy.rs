//! Who may, and the permits that the store asks for.

use std::marker::PhantomData;

use campaigns::{CampaignId, FunderId};
use kernel::{Actor, Cx, Role, Scope, actor::ScopeKind};

use crate::Denied;

/// Leave to call the store's writes of one sort. Only this file can make one.
pub(crate) struct Permit<Deed>(PhantomData<Deed>);

/// Drafting, opening, changing and closing batches.
pub(crate) enum Run {}
/// Approving what a funder pays.
pub(crate) enum Fund {}

/// Roles that run batches.
pub(crate) const RUNNERS: &[Role] = &[Role::Administrator, Role::Organiser];
/// Roles that approve and pay.
pub(crate) const FUNDERS: &[Role] = &[Role::Administrator, Role::Funder];

/// Leave to run batches of a campaign.
pub(crate) fn run(cx: &Cx, _: CampaignId) -> Result<Permit<Run>, Denied> {
    if cx.actor.has_any(RUNNERS) { Ok(Permit(PhantomData)) } else { Err(Denied::Invisible) }
}

/// Leave to approve what this funder pays.
pub(crate) fn fund(actor: &Actor, funder: FunderId) -> Result<Permit<Fund>, Denied> {
    let scopes = actor.scopes(FUNDERS);
    let own = Scope::on(ScopeKind::Funder, funder.uuid());
    if scopes.contains(&Scope::CITY) || scopes.contains(&own) {
        return Ok(Permit(PhantomData));
    }
    Err(if actor.has_any(RUNNERS) { Denied::Forbidden } else { Denied::Invisible })
}
