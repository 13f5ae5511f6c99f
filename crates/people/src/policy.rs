//! Who may: everything about accounts and grants belongs to administrators of the whole city.

use std::marker::PhantomData;

use kernel::{Actor, Role, actor::AccountId};

/// The actor may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not permitted")]
pub struct Denied;

/// Proof that [`Denied`] was not the answer; the store asks for it.
pub(crate) struct Permit<Deed>(PhantomData<Deed>);

/// Making, disabling, unlocking accounts, and giving and revoking their grants.
pub(crate) enum Manage {}

/// Changing what belongs to one's own account.
pub(crate) enum Own {}

/// Administrators of the whole city, and the command line.
pub(crate) fn manage(actor: &Actor) -> Result<Permit<Manage>, Denied> {
    if actor.has_citywide(&[Role::Administrator]) { Ok(Permit(PhantomData)) } else { Err(Denied) }
}

/// As [`manage`], but never one's own account: nobody raises or protects themselves.
pub(crate) fn manage_other(actor: &Actor, account: AccountId) -> Result<Permit<Manage>, Denied> {
    if actor.account() == Some(account) { Err(Denied) } else { manage(actor) }
}

/// One's own account; the command line owns every one.
pub(crate) fn own(actor: &Actor, account: AccountId) -> Result<Permit<Own>, Denied> {
    let is_own = actor.account() == Some(account) || matches!(actor, Actor::System { .. });
    if is_own { Ok(Permit(PhantomData)) } else { Err(Denied) }
}
