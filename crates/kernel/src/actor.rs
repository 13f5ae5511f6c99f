//! Who acts, and what they were granted: a role on a scope.

use std::sync::Arc;

use uuid::Uuid;

use crate::{code_enum, id_kind};

id_kind!(AccountKind, AccountId, "acc");
id_kind!(TokenKind, TokenId, "tok");

code_enum! {
    /// What a grant lets its holder do. Where, is its [`Scope`].
    pub enum Role {
        /// Runs the system: accounts, rules (口径), jobs; edits every fact.
        Administrator = "administrator" "管理员",
        /// Keeps the ledger of a scope: imports, edits, places.
        Clerk = "clerk" "台账员",
        /// Full-time party-affairs worker: edits the units of a scope, imports nothing.
        Worker = "worker" "党务工作者",
        /// Reads a scope.
        Viewer = "viewer" "查看",
        /// Reads the journal, and everything that it speaks of; changes nothing.
        Auditor = "auditor" "审计员",
        /// Runs campaigns on a scope: drafts, opens, invites merchants, verifies sales.
        Organiser = "organiser" "活动主办",
        /// Approves what it funds, and pays the settlements of it.
        Funder = "funder" "出资方",
        /// Speaks for a merchant: joins campaigns, confirms settlements, keeps products.
        Merchant = "merchant" "商户负责人",
        /// Stands at a merchant's till: takes vouchers, and nothing else.
        Cashier = "cashier" "收银员",
    }
}

code_enum! {
    /// The kinds of thing that a role can be granted on.
    pub enum ScopeKind {
        City = "city" "全市",
        Town = "town" "区镇",
        Station = "station" "区域工作站",
        Place = "place" "阵地",
        Body = "industry_body" "行业党委",
        Alliance = "alliance" "联盟",
        Merchant = "merchant" "商户",
        ServicePoint = "service_point" "党群服务点",
        Funder = "funder" "出资单位",
    }
}

/// Where a grant holds: the whole city, or one thing and all that lies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// What kind of thing.
    pub kind: ScopeKind,
    /// Which one; `None` for the city alone.
    pub id: Option<Uuid>,
}

impl Scope {
    /// The whole city.
    pub const CITY: Self = Self { kind: ScopeKind::City, id: None };
    /// One thing of a kind.
    pub const fn on(kind: ScopeKind, id: Uuid) -> Self {
        Self { kind, id: Some(id) }
    }
}

/// One role on one scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub role: Role,
    /// Where.
    pub scope: Scope,
}

/// A citizen whose phone number was verified: a running number, which says nothing of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CitizenNo(pub u32);

impl CitizenNo {
    /// For a column or a set.
    pub const fn stored(self) -> i64 {
        self.0 as i64
    }
    /// As it was stored; `None` when the column holds what was never a number of ours.
    pub fn from_stored(no: i64) -> Option<Self> {
        u32::try_from(no).ok().map(Self)
    }
}

/// Who is acting in this request, command or job.
#[derive(Clone, Debug)]
pub enum Actor {
    /// Nobody has signed in.
    Anonymous,
    /// A person, or a script with that person's token.
    Account {
        /// Whose account.
        id: AccountId,
        /// The name as the journal and the page's corner show it.
        name: Arc<str>,
        /// Everything granted and not revoked.
        grants: Arc<[Grant]>,
        /// The token that a script used, when it was a script.
        token: Option<TokenId>,
    },
    /// A citizen without an account, known by a verified phone alone.
    Citizen {
        /// Which one.
        no: CitizenNo,
    },
    /// The operator at the machine's own command line, or a job that the system runs for itself.
    System {
        /// The command or job, as the journal shows it.
        name: &'static str,
    },
}

impl Actor {
    /// Whether any grant gives one of these roles, anywhere. The system always may.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        match self {
            Self::Anonymous | Self::Citizen { .. } => false,
            Self::System { .. } => true,
            Self::Account { grants, .. } => grants.iter().any(|grant| roles.contains(&grant.role)),
        }
    }

    /// The scopes on which one of these roles was granted; the city for the system itself.
    pub fn scopes(&self, roles: &[Role]) -> Vec<Scope> {
        match self {
            Self::Anonymous | Self::Citizen { .. } => Vec::new(),
            Self::System { .. } => vec![Scope::CITY],
            Self::Account { grants, .. } => {
                let held = grants.iter().filter(|grant| roles.contains(&grant.role));
                held.map(|grant| grant.scope).collect()
            }
        }
    }

    /// Whether one of these roles was granted on the whole city.
    pub fn has_citywide(&self, roles: &[Role]) -> bool {
        self.scopes(roles).contains(&Scope::CITY)
    }

    /// The account's id, for records that keep who did it.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account { id, .. } => Some(*id),
            Self::Anonymous | Self::Citizen { .. } | Self::System { .. } => None,
        }
    }

    /// The citizen, when it is one.
    pub fn citizen(&self) -> Option<CitizenNo> {
        match self {
            Self::Citizen { no } => Some(*no),
            _ => None,
        }
    }

    /// The name that the journal keeps.
    pub fn name(&self) -> &str {
        match self {
            Self::Anonymous => "未登录",
            // Not the number: a journal is read by many, and it would tie a person's entries.
            Self::Citizen { .. } => "市民",
            Self::Account { name, .. } => name,
            Self::System { name } => name,
        }
    }
}
