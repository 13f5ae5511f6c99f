//! Who may see the register of founders, and who keeps it. A merchant's people do neither.

use std::marker::PhantomData;

use kernel::{Actor, Role};
use places::{Atlas, Denied, PlaceId, Reach};

use super::Founder;

/// Leave to write the register. Only this file can make one.
pub(crate) struct FounderPermit(PhantomData<()>);

/// Roles that see the founders of their towns.
pub const FOUNDER_READERS: &[Role] =
    &[Role::Administrator, Role::Clerk, Role::Worker, Role::Viewer, Role::Auditor, Role::Organiser];
/// Roles that keep the register of their towns, and so see whole names.
pub const FOUNDER_KEEPERS: &[Role] = &[Role::Administrator, Role::Clerk, Role::Worker];

/// Whether the actor sees the founders of this town.
pub fn sees_founders(actor: &Actor, atlas: &Atlas, town: PlaceId) -> bool {
    Reach::of(actor, atlas, FOUNDER_READERS).holds_place(atlas, town)
}

/// Whether the actor keeps the founders of this town.
pub fn keeps_founders(actor: &Actor, atlas: &Atlas, town: PlaceId) -> bool {
    Reach::of(actor, atlas, FOUNDER_KEEPERS).holds_place(atlas, town)
}

/// Whether the actor needs the founders' whole names: to call them in, one knows them.
pub fn names_founders(actor: &Actor, atlas: &Atlas, founder: &Founder) -> bool {
    keeps_founders(actor, atlas, founder.town)
}

/// Leave to write a founder of this town.
pub(crate) fn keep(actor: &Actor, atlas: &Atlas, town: PlaceId) -> Result<FounderPermit, Denied> {
    match (keeps_founders(actor, atlas, town), sees_founders(actor, atlas, town)) {
        (true, _) => Ok(FounderPermit(PhantomData)),
        (false, true) => Err(Denied::Forbidden),
        (false, false) => Err(Denied::Invisible),
    }
}
