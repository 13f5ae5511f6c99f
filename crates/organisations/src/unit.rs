//! A unit (两新组织): what identifies it, and what holds of it from a date on.

use jiff::civil::Date;
use kernel::{Uscc, code_enum, id_kind};
use places::{BodyId, Front, Industry, PlaceId, StationId, UnitKind};
use serde::{Deserialize, Serialize};

use kernel::actor::AccountId;

id_kind!(UnitIdKind, UnitId, "unt");
id_kind!(OrganisationKind, OrganisationId, "org");
id_kind!(WorkerKind, WorkerId, "wrk");

code_enum! {
    /// Whether a unit is in business. Only operating units are in the denominator; leaving it
    /// takes a reason, evidence and an approver.
    pub enum Status {
        Operating = "operating" "在营",
        Suspended = "suspended" "停业",
        Dormant = "dormant" "空壳",
        Cancelled = "cancelled" "注销",
        Revoked = "revoked" "吊销",
        MovedOut = "moved_out" "迁出",
    }
}

code_enum! {
    /// How an organisation covers the unit.
    pub enum Cover {
        None = "none" "未组建",
        Separate = "separate" "单独组建",
        Joint = "joint" "联合组建",
    }
}

code_enum! {
    /// A way in which a unit is work-covered.
    pub enum WorkWay {
        Instructor = "instructor" "党建指导员",
        Liaison = "liaison" "联络员",
        Union = "union" "工会",
        League = "league" "团组织",
    }
}

/// The ways in which a unit is work-covered, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Work(pub i64);

impl Work {
    /// No way.
    pub const NONE: Self = Self(0);
    /// With one more way.
    #[must_use]
    pub const fn with(self, way: WorkWay) -> Self {
        Self(self.0 | (1 << way as i64))
    }
    /// Whether this way is among them.
    pub const fn has(self, way: WorkWay) -> bool {
        self.0 & (1 << way as i64) != 0
    }
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The ways, in the order people expect.
    pub fn ways(self) -> impl Iterator<Item = WorkWay> {
        <WorkWay as kernel::Code>::ALL.iter().copied().filter(move |way| self.has(*way))
    }
    /// `党建指导员、工会`, or nothing.
    pub fn label(self) -> String {
        self.ways().map(kernel::Code::label).collect::<Vec<_>>().join("、")
    }
}

/// What identifies a unit and does not decide coverage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Unified social credit code; unique.
    pub uscc: Uscc,
    /// Registered name.
    pub name: String,
    /// Kind of unit.
    pub kind: UnitKind,
    /// Address as written.
    pub address: String,
    /// Anything else worth keeping.
    pub note: String,
}

/// What holds of a unit from a date on, until something else does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The town (区镇) it belongs to.
    pub town: PlaceId,
    /// The kind of front (阵地) it stands on, if any.
    pub front: Option<Front>,
    /// The place where it is, if known.
    pub place: Option<PlaceId>,
    /// The area workstation that covers it.
    pub station: Option<StationId>,
    /// The industry or special committee that takes it.
    pub body: Option<BodyId>,
    /// Section of GB/T 4754.
    pub industry: Industry,
    /// Whether it is in business.
    pub status: Status,
    /// Employees, in persons.
    pub headcount: i64,
    /// Full party members, in persons. A count, never a roster.
    pub member_count: i64,
    /// How an organisation covers it.
    pub cover: Cover,
    /// Which organisation.
    pub organisation: Option<OrganisationId>,
    /// The ways in which it is work-covered.
    pub work: Work,
    /// The responsible party-affairs worker.
    pub worker: Option<WorkerId>,
    /// Why it left the denominator; empty while it operates.
    pub status_reason: String,
    /// What shows it: a file's name, a register's entry.
    pub status_evidence: String,
    /// Who approved that it left.
    pub status_approved_by: Option<AccountId>,
}

impl Facts {
    /// An operating unit of which nothing more is known.
    pub const fn blank(town: PlaceId, industry: Industry) -> Self {
        Self {
            town,
            front: None,
            place: None,
            station: None,
            body: None,
            industry,
            status: Status::Operating,
            headcount: 0,
            member_count: 0,
            cover: Cover::None,
            organisation: None,
            work: Work::NONE,
            worker: None,
            status_reason: String::new(),
            status_evidence: String::new(),
            status_approved_by: None,
        }
    }
    /// In the denominator.
    pub fn operates(&self) -> bool {
        self.status == Status::Operating
    }
    /// Covered by an organisation, separate or joint.
    pub fn is_covered(&self) -> bool {
        self.cover != Cover::None
    }
}

/// A unit as the register knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Register number: small, stable, internal.
    pub no: i64,
    /// Public id.
    pub id: UnitId,
    /// What identifies it.
    pub identity: Identity,
    /// Goes up with every change; a writer with an older one is told so.
    pub version: i64,
}

/// What held in `[from_on, to_on)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// First day.
    pub from_on: Date,
    /// First day on which it no longer holds; [`kernel::time::OPEN`] while it does.
    pub to_on: Date,
    /// What.
    pub facts: Facts,
}
