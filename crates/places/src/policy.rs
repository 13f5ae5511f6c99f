//! Who may: editing the tree, the stations, the bodies. Mints the permits that the store asks for.

use std::marker::PhantomData;

use db::{Fault, Tx};
use kernel::{Actor, Code as _, Cx, Role, Scope, actor::ScopeKind};

use crate::{Atlas, Denied, PlaceId, Reach};

/// Leave to call the store's writes of one sort. Only this file can make one.
pub(crate) struct Permit<T>(PhantomData<T>);

/// Marks leave to change the tree and the key sites.
pub(crate) enum EditTree {}
/// Marks leave to change stations and what they cover.
pub(crate) enum EditStations {}
/// Marks leave to change bodies and their rules.
pub(crate) enum EditBodies {}

/// Roles that see places, each in its scope.
pub const READERS: &[Role] = Role::ALL;
/// Roles that change places, each in its scope.
pub const EDITORS: &[Role] = &[Role::Administrator, Role::Clerk];

/// Why there is no permit.
pub(crate) enum NoPermit {
    Denied(Denied),
    Fault(Fault),
}
impl From<Fault> for NoPermit {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Whether the actor edits places in this town; `None` stands for the city and its list of towns.
pub fn edits_town(actor: &Actor, town: Option<PlaceId>) -> bool {
    if actor.has_citywide(EDITORS) {
        return true;
    }
    town.is_some_and(|town| {
        actor.scopes(&[Role::Clerk]).contains(&Scope::on(ScopeKind::Town, town.uuid()))
    })
}

/// Whether the actor edits industry bodies, which cross the towns.
pub fn edits_bodies(actor: &Actor) -> bool {
    actor.has_citywide(&[Role::Administrator])
}

/// Leave to change the tree in all of these towns.
pub(crate) async fn edit_tree(
    tx: &mut Tx,
    cx: &Cx,
    towns: &[Option<PlaceId>],
    subject: PlaceId,
) -> Result<Permit<EditTree>, NoPermit> {
    if towns.iter().all(|town| edits_town(&cx.actor, *town)) {
        return Ok(Permit(PhantomData));
    }
    Err(NoPermit::Denied(denied(tx, cx, subject).await?))
}

/// Leave to change the stations of a town.
pub(crate) async fn edit_stations(
    tx: &mut Tx,
    cx: &Cx,
    town: PlaceId,
) -> Result<Permit<EditStations>, NoPermit> {
    if edits_town(&cx.actor, Some(town)) {
        return Ok(Permit(PhantomData));
    }
    Err(NoPermit::Denied(denied(tx, cx, town).await?))
}

/// Leave to change bodies.
pub(crate) fn edit_bodies(cx: &Cx) -> Result<Permit<EditBodies>, NoPermit> {
    if edits_bodies(&cx.actor) {
        return Ok(Permit(PhantomData));
    }
    // Every reader sees the city's list of bodies.
    let sees = cx.actor.has_any(READERS);
    Err(NoPermit::Denied(if sees { Denied::Forbidden } else { Denied::Invisible }))
}

/// Leave that founding the city itself brings: nothing is there yet that could be asked about.
pub(crate) fn found(cx: &Cx) -> Result<Permit<EditTree>, NoPermit> {
    if cx.actor.has_citywide(&[Role::Administrator]) {
        return Ok(Permit(PhantomData));
    }
    Err(NoPermit::Denied(Denied::Forbidden))
}

/// 403 for what the actor sees, 404 for what they do not.
async fn denied(tx: &mut Tx, cx: &Cx, subject: PlaceId) -> Result<Denied, Fault> {
    let atlas = Atlas::load(tx, cx.today()).await?;
    let sees = Reach::of(&cx.actor, &atlas, READERS).sees_place(&atlas, subject);
    Ok(if sees { Denied::Forbidden } else { Denied::Invisible })
}

impl From<NoPermit> for crate::TreeError {
    fn from(none: NoPermit) -> Self {
        match none {
            NoPermit::Denied(denied) => denied.into(),
            NoPermit::Fault(fault) => fault.into(),
        }
    }
}
impl From<NoPermit> for crate::ChangeError {
    fn from(none: NoPermit) -> Self {
        match none {
            NoPermit::Denied(denied) => denied.into(),
            NoPermit::Fault(fault) => fault.into(),
        }
    }
}
