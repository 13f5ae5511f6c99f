//! Who may: seeing a merchant, keeping its record, speaking for it, standing at its till. Mints the
//! permits that the store asks for.

use std::marker::PhantomData;

use kernel::{Actor, Role, Scope, actor::ScopeKind};
use places::{Atlas, Denied, PlaceId, Reach};

use crate::{Merchant, MerchantId};

/// Leave to call the store's writes of one sort. Only this file can make one.
pub(crate) struct Permit<T>(PhantomData<T>);

/// Marks leave to write a merchant.
pub(crate) enum EditMerchant {}

/// Roles that see the merchants of their scope; a merchant's own people see their own alone.
pub const READERS: &[Role] = &[
    Role::Administrator,
    Role::Clerk,
    Role::Worker,
    Role::Viewer,
    Role::Auditor,
    Role::Organiser,
    Role::Funder,
    Role::Merchant,
    Role::Cashier,
];
/// Roles that keep the register of merchants, each in its scope.
pub const KEEPERS: &[Role] = &[Role::Administrator, Role::Clerk, Role::Organiser];
/// Roles that see by where a merchant stands.
const BY_PLACE: &[Role] = &[
    Role::Administrator,
    Role::Clerk,
    Role::Worker,
    Role::Viewer,
    Role::Auditor,
    Role::Organiser,
    Role::Funder,
];

/// Whether the actor is a person of this merchant who may bind it: join campaigns, confirm
/// settlements, keep products. Nobody else is, not the system and not an administrator: a merchant
/// takes part in nothing that it did not accept itself.
pub fn speaks_for(actor: &Actor, merchant: MerchantId) -> bool {
    holds(actor, &[Role::Merchant], merchant)
}

/// Whether the actor may take vouchers for this merchant.
pub fn stands_at_till(actor: &Actor, merchant: MerchantId) -> bool {
    holds(actor, &[Role::Merchant, Role::Cashier], merchant)
}

fn holds(actor: &Actor, roles: &[Role], merchant: MerchantId) -> bool {
    actor.account().is_some()
        && actor.scopes(roles).contains(&Scope::on(ScopeKind::Merchant, merchant.uuid()))
}

/// The merchants that the actor belongs to, as one who speaks for them or stands at their till,
/// each once. It tells nothing of whether they are active.
pub fn merchants_of(actor: &Actor) -> Vec<MerchantId> {
    let scopes = actor.scopes(&[Role::Merchant, Role::Cashier]);
    let own = scopes.into_iter().filter(|scope| scope.kind == ScopeKind::Merchant);
    let mut own: Vec<_> = own.filter_map(|scope| scope.id.map(MerchantId::from_uuid)).collect();
    own.sort_unstable();
    own.dedup();
    own
}

/// What an actor sees of the merchants.
pub(crate) struct Sight {
    reach: Reach,
    own: Vec<MerchantId>,
}

impl Sight {
    pub(crate) fn of(actor: &Actor, atlas: &Atlas) -> Self {
        Self { reach: Reach::of(actor, atlas, BY_PLACE), own: merchants_of(actor) }
    }

    pub(crate) fn sees(&self, atlas: &Atlas, merchant: &Merchant) -> bool {
        self.own.contains(&merchant.id) || reaches(&self.reach, atlas, merchant)
    }
}

/// Whether a merchant lies in a reach. Of a place that is gone, its town speaks.
fn reaches(reach: &Reach, atlas: &Atlas, merchant: &Merchant) -> bool {
    let stands = atlas.place(merchant.place).is_some();
    reach.holds_place(atlas, if stands { merchant.place } else { merchant.town })
}

/// Whether the actor sees this merchant: it lies in their scope, or they belong to it.
pub fn sees(actor: &Actor, atlas: &Atlas, merchant: &Merchant) -> bool {
    Sight::of(actor, atlas).sees(atlas, merchant)
}

/// Whether the actor keeps the register at this place.
pub fn keeps_at(actor: &Actor, atlas: &Atlas, place: PlaceId) -> bool {
    Reach::of(actor, atlas, KEEPERS).holds_place(atlas, place)
}

/// Whether the actor keeps this merchant's record.
pub fn keeps(actor: &Actor, atlas: &Atlas, merchant: &Merchant) -> bool {
    reaches(&Reach::of(actor, atlas, KEEPERS), atlas, merchant)
}

/// Whether the actor may tell where the merchant's money goes: who speaks for it, and who
/// administers the whole city. A clerk may not: they could send it to themselves.
pub fn tells_payee(actor: &Actor, merchant: MerchantId) -> bool {
    speaks_for(actor, merchant) || actor.has_citywide(&[Role::Administrator])
}

/// Leave to register a merchant at a place.
pub(crate) fn register(
    actor: &Actor,
    atlas: &Atlas,
    place: PlaceId,
) -> Result<Permit<EditMerchant>, Denied> {
    if keeps_at(actor, atlas, place) {
        return Ok(Permit(PhantomData));
    }
    let sees = Reach::of(actor, atlas, BY_PLACE).sees_place(atlas, place);
    Err(if sees { Denied::Forbidden } else { Denied::Invisible })
}

/// Leave to change a merchant's record.
pub(crate) fn change(
    actor: &Actor,
    atlas: &Atlas,
    merchant: &Merchant,
) -> Result<Permit<EditMerchant>, Denied> {
    permit(keeps(actor, atlas, merchant), actor, atlas, merchant)
}

/// Leave to say how the merchant is reached: who keeps it, and who speaks for it.
pub(crate) fn tell_phone(
    actor: &Actor,
    atlas: &Atlas,
    merchant: &Merchant,
) -> Result<Permit<EditMerchant>, Denied> {
    let may = keeps(actor, atlas, merchant) || speaks_for(actor, merchant.id);
    permit(may, actor, atlas, merchant)
}

/// Leave to say where the merchant's money goes.
pub(crate) fn tell_payee(
    actor: &Actor,
    atlas: &Atlas,
    merchant: &Merchant,
) -> Result<Permit<EditMerchant>, Denied> {
    permit(tells_payee(actor, merchant.id), actor, atlas, merchant)
}

fn permit(
    may: bool,
    actor: &Actor,
    atlas: &Atlas,
    merchant: &Merchant,
) -> Result<Permit<EditMerchant>, Denied> {
    match (may, sees(actor, atlas, merchant)) {
        (true, _) => Ok(Permit(PhantomData)),
        (false, true) => Err(Denied::Forbidden),
        (false, false) => Err(Denied::Invisible),
    }
}
