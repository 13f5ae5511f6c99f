//! An industry body (行业党委, 党建专委会): takes units across towns, by rules.

use kernel::{code_enum, id_kind};

use crate::{Front, Industry, UnitKind};

id_kind!(BodyIdKind, BodyId, "bdy");

code_enum! {
    /// The two kinds of body.
    pub enum BodyKind {
        IndustryCommittee = "industry_committee" "行业党委",
        SpecialCommittee = "special_committee" "党建专委会",
    }
}

/// Which units a body takes by default. An empty condition fits every unit; at least one is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct BodyRule {
    /// Units of this kind.
    pub unit_kind: Option<UnitKind>,
    /// Units of this industry.
    pub industry: Option<Industry>,
    /// Units in a front of this kind.
    pub front: Option<Front>,
}

impl BodyRule {
    /// Whether it takes such a unit.
    pub fn fits(self, kind: UnitKind, industry: Industry, front: Option<Front>) -> bool {
        self.unit_kind.is_none_or(|wanted| wanted == kind)
            && self.industry.is_none_or(|wanted| wanted == industry)
            && self.front.is_none_or(|wanted| Some(wanted) == front)
    }

    /// Whether it would take every unit, which no rule may.
    pub const fn is_empty(self) -> bool {
        self.unit_kind.is_none() && self.industry.is_none() && self.front.is_none()
    }
}

/// A body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Which.
    pub id: BodyId,
    /// Industry committee or special committee.
    pub kind: BodyKind,
    /// Its name, unique in the city.
    pub name: String,
    /// The unit that leads it, or empty.
    pub lead_unit: String,
    /// Its turn: in lists, and when two bodies' rules fit the same unit.
    pub sort_no: i64,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
    /// Its rules, in their turn.
    pub rules: Vec<BodyRule>,
}
