//! The roles × routes matrix: what each role may call, one row for each route.
//!
//! `docs/access-matrix.tsv` holds it for review; a test compares the two and tries every cell.

use std::fmt::Write as _;

use kernel::{Actor, CitizenNo, Code as _, Grant, Role, Scope, actor::AccountId};
use web::{Access, routes::Route};

/// What somebody may expect of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The handler answers.
    Ok,
    /// Nobody is signed in: sent to the sign-in page, or 401 under `/api`.
    SignIn,
    /// Signed in, without a role that may: 403.
    Forbidden,
}

impl Class {
    /// As the file writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::SignIn => "sign-in",
            Self::Forbidden => "forbidden",
        }
    }
}

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody has signed in.
    Nobody,
    /// A citizen with a verified phone.
    Citizen,
    /// A holder of just this role, on the whole city.
    Holder(Role),
}

/// The columns of the file: nobody, a citizen, then a holder of each role on the whole city.
pub fn columns() -> Vec<(&'static str, Caller)> {
    let roles = Role::ALL.iter().map(|role| (role.code(), Caller::Holder(*role)));
    [("anonymous", Caller::Nobody), ("citizen", Caller::Citizen)].into_iter().chain(roles).collect()
}

/// What this caller may expect.
pub fn class(access: Access, caller: Caller) -> Class {
    match caller {
        _ if access.allows(&actor(caller)) => Class::Ok,
        Caller::Nobody => Class::SignIn,
        Caller::Citizen | Caller::Holder(_) => Class::Forbidden,
    }
}

fn actor(caller: Caller) -> Actor {
    let role = match caller {
        Caller::Nobody => return Actor::Anonymous,
        Caller::Citizen => return Actor::Citizen { no: CitizenNo(0) },
        Caller::Holder(role) => role,
    };
    Actor::Account {
        id: AccountId::from_uuid(uuid::Uuid::nil()),
        name: role.code().into(),
        grants: [Grant { role, scope: Scope::CITY }].into(),
        token: None,
    }
}

/// The whole file.
pub fn print(table: &[Route]) -> String {
    let columns = columns();
    let mut lines: Vec<String> = table
        .iter()
        .map(|route| {
            let mut line = format!("{} {}", route.method, route.path);
            for (_, caller) in &columns {
                let _ = write!(line, "\t{}", class(route.access, *caller).word());
            }
            line
        })
        .collect();
    // By path first, so that a route's neighbours are its own kind.
    lines.sort_by(|one, other| sort_key(one).cmp(&sort_key(other)));
    let heads: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    format!("route\t{}\n{}\n", heads.join("\t"), lines.join("\n"))
}

fn sort_key(line: &str) -> (&str, &str) {
    let route = line.split('\t').next().unwrap_or(line);
    let (method, path) = route.split_once(' ').unwrap_or(("", route));
    (path, method)
}
