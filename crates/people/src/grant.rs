//! A grant as it is kept: who gave which role on which scope, and until when.

use jiff::Timestamp;
use kernel::{
    Code, Grant, Role, Scope,
    actor::{AccountId, ScopeKind},
    id_kind,
};
use uuid::Uuid;

id_kind!(GrantKind, GrantId, "grt");

/// A grant of an account.
#[derive(Clone, Debug)]
pub struct HeldGrant {
    /// Which.
    pub id: GrantId,
    /// What, and where.
    pub grant: Grant,
    /// Since when.
    pub granted_at: Timestamp,
    /// Who gave it; nobody when it was the command line.
    pub granted_by: Option<String>,
}

/// Somebody who holds a role on a scope.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Which account.
    pub account: AccountId,
    /// What pages call its person.
    pub name: String,
    /// What they may there.
    pub role: Role,
    /// Since when.
    pub granted_at: Timestamp,
}

/// The scope's id as it is stored: the city's is nil.
pub(crate) fn stored_id(scope: Scope) -> Uuid {
    scope.id.unwrap_or(Uuid::nil())
}

/// The scope as it was stored.
pub(crate) fn scope_of(kind: ScopeKind, id: Uuid) -> Scope {
    Scope { kind, id: (!id.is_nil()).then_some(id) }
}

/// A scope in a form's field: `city`, or `town:` and an id.
pub(crate) fn scope_text(scope: Scope) -> String {
    match scope.id {
        None => scope.kind.code().to_owned(),
        Some(id) => format!("{}:{}", scope.kind.code(), id.simple()),
    }
}

/// A grant for the journal.
pub(crate) fn grant_json(grant: Grant) -> serde_json::Value {
    serde_json::json!({ "role": grant.role.code(), "scope": scope_text(grant.scope) })
}

/// Whether the scope names what its kind needs: nothing for the city, one thing for the others.
pub(crate) fn is_whole(scope: Scope) -> bool {
    (scope.kind == ScopeKind::City) == scope.id.is_none_or(|id| id.is_nil())
}
