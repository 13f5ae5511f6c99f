//! A founder comes into the register, or is written anew.

use db::{Entry, Tx};
use kernel::{Cx, fold_name};
use places::{Atlas, Denied, PlaceId, PlaceKind};
use serde_json::json;

use super::{Founder, FounderError, FounderKind, Registration, policy, store};
use crate::{FounderId, NAME_LIMIT};

fn fit_name(name: &str) -> Result<String, FounderError> {
    let name = name.trim();
    let long = name.chars().count() > NAME_LIMIT || name.contains('\0');
    if long || fold_name(name).is_empty() { Err(FounderError::NoName) } else { Ok(name.into()) }
}

fn check_town(atlas: &Atlas, town: PlaceId) -> Result<(), FounderError> {
    let is_town = atlas.place(town).is_some_and(|one| one.kind == PlaceKind::Town);
    if is_town { Ok(()) } else { Err(FounderError::NotATown) }
}

/// Registers somebody who agreed to it. The atlas is today's.
pub async fn register_founder(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    new: Registration,
) -> Result<FounderId, FounderError> {
    check_town(atlas, new.town)?;
    let permit = policy::keep(&cx.actor, atlas, new.town)?;
    let name = fit_name(&new.name)?;
    if !new.consents {
        return Err(FounderError::NoConsent);
    }
    if new.on > cx.today() {
        return Err(FounderError::InTheFuture);
    }
    let founder = Founder {
        id: cx.new_id(),
        kind: new.kind,
        name,
        town: new.town,
        registered_on: new.on,
        has_phone: false,
        withdrawn_at: None,
        version: 1,
    };
    store::insert_founder(tx, cx, &permit, &founder).await?;
    // No name: the journal is never forgotten, and consent may be taken back.
    let detail = json!({ "kind": founder.kind });
    let entry = Entry::on("founder.registered", founder.id).scope(Some(new.town));
    tx.journal(cx, entry.detail(&detail));
    Ok(founder.id)
}

/// A founder as it is to be.
#[derive(Clone, Debug)]
pub struct FounderChange {
    /// Which.
    pub founder: FounderId,
    /// What they found.
    pub kind: FounderKind,
    /// Their name.
    pub name: String,
    /// The town that looks after them.
    pub town: PlaceId,
    /// The version that was changed.
    pub version: i64,
}

/// Writes a founder anew; both towns must be the actor's to keep.
pub async fn change_founder(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    change: FounderChange,
) -> Result<(), FounderError> {
    let found = store::find_founder(tx, change.founder).await?;
    let before = found.ok_or(FounderError::Denied(Denied::Invisible))?;
    let permit = policy::keep(&cx.actor, atlas, before.town)?;
    if !before.is_registered() {
        return Err(FounderError::Over);
    }
    let name = fit_name(&change.name)?;
    check_town(atlas, change.town)?;
    policy::keep(&cx.actor, atlas, change.town)?;
    let (kind, town, version) = (change.kind, change.town, change.version);
    let after = Founder { kind, name, town, version, ..before.clone() };
    if !store::update_founder(tx, &permit, &after).await? {
        return Err(FounderError::Conflict);
    }
    let told = |one: &Founder| json!({ "kind": one.kind, "town": atlas.name(one.town) });
    let detail = json!({ "before": told(&before), "after": told(&after) });
    let entry = Entry::on("founder.changed", after.id).scope(Some(after.town)).detail(&detail);
    tx.journal(cx, entry);
    Ok(())
}

/// A founder in the register whom the actor keeps.
pub(super) async fn kept(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: FounderId,
) -> Result<(Founder, policy::FounderPermit), FounderError> {
    let found = store::find_founder(tx, id).await?;
    let founder = found.ok_or(FounderError::Denied(Denied::Invisible))?;
    let permit = policy::keep(&cx.actor, atlas, founder.town)?;
    if founder.is_registered() { Ok((founder, permit)) } else { Err(FounderError::Over) }
}
