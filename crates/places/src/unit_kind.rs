//! The kinds of unit. They live here, below units, because bodies' rules choose by them.

use kernel::{Code as _, code_enum, fold_name};

code_enum! {
    /// What a unit is in law.
    pub enum UnitKind {
        Enterprise = "enterprise" "企业",
        SoleTrader = "sole_trader" "个体工商户",
        SocialGroup = "social_group" "社会团体",
        PrivateSchool = "private_school" "民办学校",
        PrivateClinic = "private_clinic" "民办医疗机构",
        PrivateNonprofit = "private_nonprofit" "民办非企业单位",
        LawFirm = "law_firm" "律师事务所",
        Chamber = "chamber" "商会",
    }
}

impl UnitKind {
    /// What clerks write for it.
    pub const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Enterprise => &[
                "公司",
                "有限公司",
                "有限责任公司",
                "股份有限公司",
                "民营企业",
                "私营企业",
                "非公企业",
                "非公有制企业",
                "外资企业",
                "台资企业",
                "合伙企业",
                "个人独资企业",
                "有限合伙",
                "分公司",
            ],
            Self::SoleTrader => &["个体户", "个体", "个体工商", "个体经营", "个体经营户"],
            Self::SocialGroup => {
                &["社团", "社会组织", "协会", "学会", "行业协会", "联合会", "促进会"]
            }
            Self::PrivateSchool => {
                &["民办教育机构", "民办幼儿园", "民办培训机构", "民办教育", "学校", "培训机构"]
            }
            Self::PrivateClinic => {
                &["民办医院", "民营医院", "诊所", "门诊部", "民办医疗", "民营医疗机构"]
            }
            Self::PrivateNonprofit => {
                &["民非", "民办非企业", "社会服务机构", "基金会", "社工机构", "民非单位"]
            }
            Self::LawFirm => &["律所", "律师所", "律师行"],
            Self::Chamber => &["异地商会", "行业商会", "工商联", "总商会"],
        }
    }

    /// The kind that this text names: a code, a label or an alias.
    pub fn recognise(text: &str) -> Option<Self> {
        let typed = fold_name(text);
        Self::ALL.iter().copied().find(|one| {
            let own = [one.code(), one.label()];
            own.iter().chain(one.aliases()).any(|word| fold_name(word) == typed)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn clerks_words_are_known_and_unique() {
        assert_eq!(UnitKind::recognise("个体户"), Some(UnitKind::SoleTrader));
        assert_eq!(UnitKind::recognise(" 律 所"), Some(UnitKind::LawFirm));
        assert_eq!(UnitKind::recognise("state"), None);
        let mut seen = HashSet::new();
        for one in UnitKind::ALL {
            for word in [one.code(), one.label()].iter().chain(one.aliases()) {
                assert!(seen.insert(fold_name(word)), "{word}");
                assert_eq!(UnitKind::recognise(word), Some(*one));
            }
        }
    }
}
