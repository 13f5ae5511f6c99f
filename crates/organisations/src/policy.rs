//! Who may see and who may write units.

use std::marker::PhantomData;

use kernel::{Actor, Role};
use places::{Atlas, Reach};

use crate::unit::Facts;

/// Everybody with a role reads in its scope.
pub const READERS: &[Role] =
    &[Role::Administrator, Role::Clerk, Role::Worker, Role::Viewer, Role::Auditor];
/// Those who write units in their scope.
pub const WRITERS: &[Role] = &[Role::Administrator, Role::Clerk, Role::Worker];
/// Those who import, and who approve that a unit leaves the denominator.
pub const KEEPERS: &[Role] = &[Role::Administrator, Role::Clerk];
/// Those who publish rules (口径) and keep the register of workers.
pub const RULERS: &[Role] = &[Role::Administrator];

/// The right to write units, given by this module alone; the ledger asks for it.
#[derive(Debug)]
pub struct Permit(PhantomData<()>);

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The actor cannot see it: 404.
    #[error("not visible")]
    Invisible,
    /// The actor sees it and may not do this: 403.
    #[error("not allowed")]
    Forbidden,
}

impl From<Denied> for web::Refused {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Invisible => Self::NotFound,
            Denied::Forbidden => Self::Forbidden,
        }
    }
}

/// Whether a state lies in what an actor reaches.
pub fn reaches(reach: &Reach, atlas: &Atlas, facts: &Facts) -> bool {
    reach.all
        || reach.towns.contains(&facts.town)
        || facts.station.is_some_and(|station| reach.stations.contains(&station))
        || facts.body.is_some_and(|body| reach.bodies.contains(&body))
        || facts
            .place
            .is_some_and(|place| reach.places.iter().any(|root| atlas.is_within(place, *root)))
}

/// Whether the actor sees a unit whose newest state is this.
pub fn may_see(actor: &Actor, atlas: &Atlas, facts: &Facts) -> Result<(), Denied> {
    let reach = Reach::of(actor, atlas, READERS);
    if reaches(&reach, atlas, facts) { Ok(()) } else { Err(Denied::Invisible) }
}

/// The right to write a unit from one state into another: both must lie in the actor's scope, so
/// that nobody pushes a unit out of sight or pulls one in from outside.
pub fn may_write(
    actor: &Actor,
    atlas: &Atlas,
    before: Option<&Facts>,
    after: &Facts,
) -> Result<Permit, Denied> {
    if let Some(before) = before {
        may_see(actor, atlas, before)?;
    }
    let reach = Reach::of(actor, atlas, WRITERS);
    if before.into_iter().chain([after]).any(|facts| !reaches(&reach, atlas, facts)) {
        return Err(Denied::Forbidden);
    }
    let leaves = before.is_none_or(Facts::operates) && !after.operates();
    if leaves && !actor.has_any(KEEPERS) {
        return Err(Denied::Forbidden);
    }
    Ok(Permit(PhantomData))
}

/// The right to write many units, whose rows were checked against [`Reach`] one by one.
pub fn may_import(actor: &Actor, atlas: &Atlas) -> Result<(Permit, Reach), Denied> {
    let reach = Reach::of(actor, atlas, KEEPERS);
    if reach.is_empty() { Err(Denied::Forbidden) } else { Ok((Permit(PhantomData), reach)) }
}
