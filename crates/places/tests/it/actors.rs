//! People with one grant each.

use kernel::{Actor, Grant, Role, Scope, actor::ScopeKind};
use places::PlaceId;
use testkit::TestDb;

/// Somebody with this role on this scope.
pub fn with(db: &TestDb, role: Role, scope: Scope) -> Actor {
    let id = db.cx().new_id();
    let grants = [Grant { role, scope }].into();
    Actor::Account { id, name: "王**".into(), grants, token: None }
}

/// A clerk of one town.
pub fn clerk_of(db: &TestDb, town: PlaceId) -> Actor {
    with(db, Role::Clerk, Scope::on(ScopeKind::Town, town.uuid()))
}
