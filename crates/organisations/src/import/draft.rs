//! What a row says of a unit, before it is known what the register has.

use kernel::Uscc;
use places::{Front, Industry, PlaceId, UnitKind};

use super::problem::Problem;
use crate::unit::{Cover, Status, UnitId, Work, WorkerId};

/// What a cell asks of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish<T> {
    /// The column is not there, or the cell is empty where nothing cannot be meant.
    Keep,
    /// It should be this.
    Be(T),
}

impl<T> Wish<T> {
    /// The wish, or what was before.
    pub fn or(self, before: T) -> T {
        match self {
            Self::Keep => before,
            Self::Be(one) => one,
        }
    }
    /// What is wished for, if anything is.
    pub fn asked(&self) -> Option<&T> {
        match self {
            Self::Keep => None,
            Self::Be(one) => Some(one),
        }
    }
}

/// A contradiction that is let pass when the register already has it just so: then nobody wrote
/// it now, and an export comes back unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Town, front and place do not go together.
    Where(Problem),
    /// The worker is no longer in office.
    Worker(Problem),
    /// Covered, and no organisation named.
    Organisation(Problem),
}

/// A row whose cells could all be read.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// The sheet's own number of the row.
    pub row: u32,
    pub uscc: Uscc,
    pub name: String,
    pub kind: Wish<UnitKind>,
    pub industry: Wish<Industry>,
    pub town: Wish<PlaceId>,
    pub front: Wish<Option<Front>>,
    pub place: Wish<Option<PlaceId>>,
    pub address: Wish<String>,
    pub status: Wish<Status>,
    pub headcount: Wish<i64>,
    pub members: Wish<i64>,
    pub cover: Wish<Cover>,
    /// By name; empty for none.
    pub organisation: Wish<String>,
    pub work: Wish<Work>,
    pub worker: Wish<Option<WorkerId>>,
    pub note: Wish<String>,
    pub doubts: Vec<Doubt>,
}

/// A row that cannot be written as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The sheet's own number of the row.
    pub row: u32,
    /// The name as written.
    pub name: String,
    /// The code as written.
    pub uscc: String,
    /// Why, at least one.
    pub problems: Vec<Problem>,
    /// The unit, when the code led to one.
    pub unit: Option<UnitId>,
}
