//! What a row brings about, in the words of coverage: into the denominator or out of it, an
//! organisation more or less, a gap more or less.

use crate::unit::{Cover, Facts};

/// Where a unit stands, as far as coverage asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stands {
    operates: bool,
    covered: bool,
    eligible: bool,
}

impl Stands {
    fn of(facts: &Facts, member_floor: i64) -> Self {
        let operates = facts.operates();
        Self {
            operates,
            covered: operates && facts.is_covered(),
            eligible: operates && facts.member_count >= member_floor,
        }
    }
    fn due(self) -> bool {
        self.eligible && !self.covered
    }
}

/// What a new unit brings about.
pub(super) fn of_new(facts: &Facts, member_floor: i64) -> String {
    let stands = Stands::of(facts, member_floor);
    if !stands.operates {
        return "不在营，不进分母".into();
    }
    match (facts.cover, stands.eligible) {
        (Cover::Separate, _) => "分母 +1，已单独组建".into(),
        (Cover::Joint, _) => "分母 +1，已联合组建".into(),
        (Cover::None, true) => "分母 +1，应建未建，缺口 +1".into(),
        (Cover::None, false) => {
            format!("分母 +1，正式党员 {}，不应建", facts.member_count)
        }
    }
}

/// What a change brings about.
pub(super) fn of_change(before: &Facts, after: &Facts, member_floor: i64) -> String {
    let (was, is) = (Stands::of(before, member_floor), Stands::of(after, member_floor));
    let mut parts: Vec<&str> = Vec::new();
    match (was.operates, is.operates) {
        (true, false) => {
            parts.push("移出分母");
            if was.covered {
                parts.push("原已覆盖，失去 +1");
            }
        }
        (false, true) => {
            parts.push("进入分母");
            if is.covered {
                parts.push("新增覆盖 +1");
            }
        }
        (true, true) => within(&mut parts, (before, was), (after, is)),
        (false, false) => {}
    }
    match (was.due(), is.due()) {
        (false, true) => parts.push("缺口 +1"),
        (true, false) => parts.push("缺口 −1"),
        _ => {}
    }
    if parts.is_empty() {
        parts.push("不影响覆盖率");
    }
    parts.join("，")
}

fn within(parts: &mut Vec<&str>, (before, was): (&Facts, Stands), (after, is): (&Facts, Stands)) {
    match (was.covered, is.covered) {
        (false, true) => parts.push("新建 +1"),
        (true, false) => parts.push("失去 +1"),
        (true, true) if before.cover != after.cover => parts.push(match after.cover {
            Cover::Separate => "改为单独组建",
            _ => "改为联合组建",
        }),
        _ => {}
    }
    match (was.eligible, is.eligible) {
        (false, true) => parts.push("转为应建"),
        (true, false) => parts.push("不再应建"),
        _ => {}
    }
    match (before.work.is_empty(), after.work.is_empty()) {
        (true, false) => parts.push("工作覆盖 +1"),
        (false, true) => parts.push("工作覆盖 −1"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use places::Industry;
    use uuid::Uuid;

    use super::*;
    use crate::unit::Status;

    fn facts(members: i64, cover: Cover) -> Facts {
        Facts {
            member_count: members,
            cover,
            ..Facts::blank(Id::from_uuid(Uuid::nil()), Industry::Trade)
        }
    }

    #[test]
    fn changes_speak_of_coverage() {
        let say = |before: &Facts, after: &Facts| of_change(before, after, 3);
        let (two, three) = (facts(2, Cover::None), facts(3, Cover::None));
        assert_eq!(say(&two, &three), "转为应建，缺口 +1");
        assert_eq!(say(&three, &two), "不再应建，缺口 −1");
        assert_eq!(say(&three, &facts(3, Cover::Joint)), "新建 +1，缺口 −1");
        assert_eq!(say(&two, &facts(1, Cover::None)), "不影响覆盖率");
        let covered = facts(3, Cover::Joint);
        let gone = Facts { status: Status::Cancelled, ..covered.clone() };
        assert_eq!(say(&covered, &gone), "移出分母，原已覆盖，失去 +1");
        assert_eq!(of_new(&facts(1, Cover::None), 3), "分母 +1，正式党员 1，不应建");
        assert_eq!(of_new(&covered, 3), "分母 +1，已联合组建");
        assert_eq!(of_new(&gone, 3), "不在营，不进分母");
    }
}
