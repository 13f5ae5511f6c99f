//! Who may: running a challenge, showing a station's code, reading visits, walking. Mints the
//! permits that the store asks for.

use std::marker::PhantomData;

use campaigns::Sight;
use kernel::{Actor, CitizenNo, Role};
use merchants::stands_at_till;
use places::{Denied, Reach};

use crate::Station;

/// Leave to call the store's writes of one sort. Only this file can make one.
pub(crate) struct Permit<T>(PhantomData<T>);

/// Marks leave to draft, open, change and close a challenge, and to judge its visits.
pub(crate) enum Run {}
/// Marks leave of a citizen to visit.
pub(crate) enum Walk {}

/// Roles that look at challenges, each in its scope.
pub const READERS: &[Role] = campaigns::READERS;
/// Roles that run challenges and judge visits.
pub const RUNNERS: &[Role] = campaigns::ORGANISERS;
/// Roles that show a station's code.
pub(crate) const SHOWERS: &[Role] =
    &[Role::Administrator, Role::Organiser, Role::Merchant, Role::Cashier];
/// Roles that look at a whole challenge, and not at one merchant's stations alone.
const OVERSEERS: &[Role] =
    &[Role::Administrator, Role::Organiser, Role::Clerk, Role::Viewer, Role::Auditor];

/// Leave to run the challenges of a campaign that the actor sees.
pub(crate) fn run(sight: &Sight) -> Result<Permit<Run>, Denied> {
    if sight.runs { Ok(Permit(PhantomData)) } else { Err(Denied::Forbidden) }
}

/// Leave of a citizen to visit a station, for themselves alone.
pub(crate) fn walk(actor: &Actor) -> Result<(CitizenNo, Permit<Walk>), Denied> {
    let citizen = actor.citizen().ok_or(Denied::Forbidden)?;
    Ok((citizen, Permit(PhantomData)))
}

/// Whether the actor looks at every station's visits, and at who took part. That they see the
/// campaign is not enough: a clerk of another town may keep a shop that was invited.
pub(crate) fn oversees(actor: &Actor, sight: &Sight) -> bool {
    let reach = Reach::of(actor, &sight.atlas, OVERSEERS);
    let holds = |place: &_| reach.holds_place(&sight.atlas, *place);
    sight.runs || sight.funds || reach.all || sight.campaign.places.iter().any(holds)
}

/// Whether the actor looks at this station's visits: its merchant's people do, at their own.
pub(crate) fn reads_station(actor: &Actor, sight: &Sight, station: &Station) -> bool {
    oversees(actor, sight) || is_own(actor, station)
}

/// Whether the actor may show this station's code: its merchant's people, and who runs the
/// campaign.
pub(crate) fn shows_code(actor: &Actor, sight: &Sight, station: &Station) -> bool {
    sight.runs || is_own(actor, station)
}

/// Whether the actor is of the station's merchant.
pub(crate) fn is_own(actor: &Actor, station: &Station) -> bool {
    station.facts.merchant.is_some_and(|merchant| stands_at_till(actor, merchant))
}
