//! Words that several pages share: moments, grants with the names of their scopes.

use jiff::Timestamp;
use kernel::{Actor, Code as _, Role, Scope, time::city_zone};
use web::{Ask, Refused};

use crate::{
    grant::{HeldGrant, scope_text},
    rules::settings,
};

/// `2021-10-20 08:00`, as the city's clocks show it.
pub(super) fn moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A moment that may not have come yet.
pub(super) fn maybe_moment(at: Option<Timestamp>) -> String {
    at.map(moment).unwrap_or_default()
}

/// A grant as a page shows it.
pub(super) struct ShownGrant {
    pub(super) id: String,
    pub(super) role: &'static str,
    pub(super) kind: &'static str,
    /// The scope's name; nothing for the city, whose kind says it all.
    pub(super) scope: String,
    pub(super) since: String,
    pub(super) by: Option<String>,
}

/// Grants with the names of their scopes.
pub(super) async fn shown_grants(
    ask: &Ask,
    held: Vec<HeldGrant>,
) -> Result<Vec<ShownGrant>, Refused> {
    let scopes: Vec<Scope> = held.iter().map(|held| held.grant.scope).collect();
    let directory = settings(&ask.state).directory;
    let names = directory.names(ask.db(), &scopes).await?;
    let name = |scope: Scope| {
        let known = names.iter().find(|(one, _)| *one == scope);
        let id = || scope.id.map(|id| id.simple().to_string()).unwrap_or_default();
        known.map_or_else(id, |(_, name)| name.clone())
    };
    let shown = held.into_iter().map(|held| ShownGrant {
        id: held.id.to_string(),
        role: held.grant.role.label(),
        kind: held.grant.scope.kind.label(),
        scope: name(held.grant.scope),
        since: moment(held.granted_at),
        by: held.granted_by,
    });
    Ok(shown.collect())
}

/// A value of a select, its words, and whether it is chosen.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) words: String,
    pub(super) chosen: bool,
}

/// Every role.
pub(super) fn role_choices(chosen: &str) -> Vec<Choice> {
    let choice = |role: &Role| Choice {
        value: role.code().to_owned(),
        words: role.label().to_owned(),
        chosen: role.code() == chosen,
    };
    Role::ALL.iter().map(choice).collect()
}

/// The city, and every scope that the house offers.
pub(super) async fn scope_choices(ask: &Ask, chosen: &str) -> Result<Vec<Choice>, Refused> {
    let scopes = offered_scopes(ask).await?;
    let choice = |(scope, name): (Scope, String)| {
        let (value, kind) = (scope_text(scope), ask.t(scope.kind.label()));
        let words = if name.is_empty() { kind.to_owned() } else { format!("{kind} · {name}") };
        Choice { chosen: value == chosen, value, words }
    };
    Ok(scopes.into_iter().map(choice).collect())
}

/// The offered scope that a form's field names.
pub(super) async fn scope_in(ask: &Ask, text: &str) -> Result<Option<Scope>, Refused> {
    let scopes = offered_scopes(ask).await?;
    Ok(scopes.into_iter().map(|(scope, _)| scope).find(|scope| scope_text(*scope) == text))
}

async fn offered_scopes(ask: &Ask) -> Result<Vec<(Scope, String)>, Refused> {
    let directory = settings(&ask.state).directory;
    let mut scopes = vec![(Scope::CITY, String::new())];
    let offered = directory.scopes(ask.db()).await?;
    scopes.extend(offered.into_iter().filter(|(scope, _)| *scope != Scope::CITY));
    Ok(scopes)
}

/// Whether the actor administers the whole city.
pub(super) fn is_administrator(actor: &Actor) -> bool {
    actor.has_citywide(&[Role::Administrator])
}
