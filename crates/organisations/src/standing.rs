//! Where a unit stands in the question of coverage: the sets that figures count and lists show.

use kernel::code_enum;

code_enum! {
    /// A set of units at a date, under a rule. Every set but the statuses is cut to operating
    /// units. Source: the field's rates in mission.md, “Rates”.
    pub enum Standing {
        /// O
        Operating = "operating" "在营",
        /// S ∩ O
        Separate = "separate" "单独组建",
        /// J ∩ O
        Joint = "joint" "联合组建",
        /// (S ∪ J) ∩ O
        Covered = "covered" "已组建",
        /// O without S ∪ J
        Uncovered = "uncovered" "未组建",
        /// W ∩ O
        Work = "work" "有工作覆盖",
        /// (S ∪ J ∪ W) ∩ O
        WorkCovered = "work_covered" "组织或工作覆盖",
        /// E ∩ O
        Eligible = "eligible" "应建",
        /// (S ∪ J) ∩ E ∩ O
        CoveredEligible = "covered_eligible" "应建已建",
        /// E ∩ O without S ∪ J
        Due = "due" "应建未建",
        Suspended = "suspended" "停业",
        Dormant = "dormant" "空壳",
        Cancelled = "cancelled" "注销",
        Revoked = "revoked" "吊销",
        MovedOut = "moved_out" "迁出",
        /// Everything that is out of the denominator.
        NotOperating = "not_operating" "不在营",
    }
}

impl Standing {
    /// The condition on a state aliased `s`; `?` is the rule's member floor where there is one.
    pub(crate) fn condition(self) -> (&'static str, bool) {
        match self {
            Self::Operating => ("s.status = 'operating'", false),
            Self::Separate => ("s.status = 'operating' AND s.cover = 'separate'", false),
            Self::Joint => ("s.status = 'operating' AND s.cover = 'joint'", false),
            Self::Covered => ("s.status = 'operating' AND s.cover <> 'none'", false),
            Self::Uncovered => ("s.status = 'operating' AND s.cover = 'none'", false),
            Self::Work => ("s.status = 'operating' AND s.work_mask <> 0", false),
            Self::WorkCovered => {
                ("s.status = 'operating' AND (s.cover <> 'none' OR s.work_mask <> 0)", false)
            }
            Self::Eligible => ("s.status = 'operating' AND s.member_count >= ?", true),
            Self::CoveredEligible => {
                ("s.status = 'operating' AND s.cover <> 'none' AND s.member_count >= ?", true)
            }
            Self::Due => {
                ("s.status = 'operating' AND s.cover = 'none' AND s.member_count >= ?", true)
            }
            Self::Suspended => ("s.status = 'suspended'", false),
            Self::Dormant => ("s.status = 'dormant'", false),
            Self::Cancelled => ("s.status = 'cancelled'", false),
            Self::Revoked => ("s.status = 'revoked'", false),
            Self::MovedOut => ("s.status = 'moved_out'", false),
            Self::NotOperating => ("s.status <> 'operating'", false),
        }
    }
}

code_enum! {
    /// How a set of units changed between two dates.
    pub enum Change {
        /// Covered at the end, and not at the beginning.
        Established = "established" "新建",
        /// Covered at the beginning, and not at the end.
        Lost = "lost" "失去",
        /// Operating at the end, and not at the beginning.
        Entered = "entered" "进入分母",
        /// Operating at the beginning, and not at the end.
        Left = "left" "离开分母",
    }
}
