//! What clerks write for statuses, covers, fronts and ways of work coverage, beside the proper
//! words; and what they most likely meant when it is none of them.

use kernel::{Code, fold_name, nearest};
use places::{Front, Industry, UnitKind};

use crate::unit::{Cover, Status, Work, WorkWay};

/// A closed set of words that a cell may name.
pub(super) trait Words: Code {
    /// Other words that mean just the same.
    fn aliases(self) -> &'static [&'static str];
    /// Words that most likely mean it; a person decides.
    fn perhaps(self) -> &'static [&'static str] {
        &[]
    }
    /// The value that this text names.
    fn recognise(text: &str) -> Option<Self> {
        let typed = fold_name(text);
        let is = |word: &str| fold_name(word) == typed;
        Self::ALL.iter().copied().find(|one| {
            is(one.label()) || is(one.code()) || one.aliases().iter().any(|word| is(word))
        })
    }
    /// The proper word that was most likely meant.
    fn suggest(text: &str) -> Option<&'static str> {
        let typed = fold_name(text);
        let is = |word: &&str| fold_name(word) == typed;
        let meant = Self::ALL.iter().find(|one| one.perhaps().iter().any(&is));
        let labels: Vec<&str> = Self::ALL.iter().map(|one| one.label()).collect();
        meant.map(|one| one.label()).or_else(|| {
            let name = nearest(text, &labels)?;
            Self::from_label(name).map(Code::label)
        })
    }
    /// All proper words, for a message.
    fn listed() -> String {
        Self::ALL.iter().map(|one| one.label()).collect::<Vec<_>>().join("、")
    }
}

impl Words for Status {
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Operating => &[
                "正常",
                "正常经营",
                "存续",
                "在业",
                "开业",
                "经营",
                "营业",
                "营业中",
                "正常营业",
                "在营（开业）",
                "存续（在营、开业、在册）",
                "经营中",
            ],
            Self::Suspended => &["歇业", "停产", "停业整顿", "暂停营业", "停产停业"],
            Self::Dormant => &["空壳单位", "空壳企业", "休眠", "无实际经营"],
            Self::Cancelled => &["已注销"],
            Self::Revoked => &["已吊销", "吊销未注销", "吊销，未注销"],
            Self::MovedOut => &["已迁出", "外迁", "迁移"],
        }
    }
    fn perhaps(self) -> &'static [&'static str] {
        match self {
            Self::Suspended => &["关门", "关停", "倒闭"],
            Self::MovedOut => &["搬走", "搬迁"],
            Self::Dormant => &["失联", "查无下落"],
            _ => &[],
        }
    }
}

impl Words for Cover {
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::None => &["无", "否", "未建", "没有", "未覆盖", "未组建党组织", "未单独组建"],
            Self::Separate => &["单独", "独立组建", "单独建", "单独组建党组织", "单独组建党支部"],
            Self::Joint => &["联合", "联合建", "联合组建党组织", "联合党支部", "联合组建党支部"],
        }
    }
    fn perhaps(self) -> &'static [&'static str] {
        match self {
            Self::None => &["不组建", "待组建", "拟组建", "空白"],
            Self::Separate => &["单建", "独建", "自建"],
            Self::Joint => &["联建", "共建", "合建"],
        }
    }
}

impl Words for Front {
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Park => &["产业园", "产业园区", "工业园", "工业园区", "开发园区"],
            Self::Building => &["楼宇", "商务楼", "写字楼", "大厦"],
            Self::District => {
                &["商圈", "市场", "商圈（市场）", "商圈/市场", "商业综合体", "专业市场"]
            }
            Self::MakerSpace => &["众创", "孵化器", "创客空间"],
            Self::CharacteristicTown => &["小镇", "特色镇"],
        }
    }
    fn perhaps(self) -> &'static [&'static str] {
        match self {
            Self::District => &["商场", "购物中心", "商业街", "街区"],
            Self::Building => &["办公楼", "楼"],
            Self::MakerSpace => &["创业园", "创业中心"],
            _ => &[],
        }
    }
}

impl Words for WorkWay {
    fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Instructor => &["指导员", "选派党建指导员", "派党建指导员"],
            Self::Liaison => &["党建联络员", "联系员", "选派联络员"],
            Self::Union => &["工会组织", "建立工会"],
            Self::League => &["共青团", "团支部", "团委", "共青团组织"],
        }
    }
}

/// Words for "nothing of it", where nothing is a possible answer.
pub(super) fn means_none(text: &str) -> bool {
    matches!(text.trim(), "" | "无" | "没有" | "/" | "-" | "—" | "——" | "暂无" | "否")
}

/// The ways that a cell names, or the first word that names none.
pub(super) fn work(text: &str) -> Result<Work, String> {
    let mut ways = Work::NONE;
    for word in text.split(['、', ',', '，', ';', '；', '/', '+', '\n', ' ']) {
        if means_none(word) {
            continue;
        }
        ways = ways.with(WorkWay::recognise(word).ok_or_else(|| word.trim().to_owned())?);
    }
    Ok(ways)
}

/// The kind of unit that was most likely meant.
pub(super) fn suggest_kind(text: &str) -> Option<&'static str> {
    suggested::<UnitKind>(text)
}

/// The industry that was most likely meant.
pub(super) fn suggest_industry(text: &str) -> Option<&'static str> {
    suggested::<Industry>(text)
}

fn suggested<T: Code>(text: &str) -> Option<&'static str> {
    let labels: Vec<&'static str> = T::ALL.iter().map(|one| one.label()).collect();
    nearest(text, &labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clerks_words_are_known_and_unique() {
        fn unique<T: Words + PartialEq + std::fmt::Debug>() {
            for one in T::ALL {
                for word in [one.label()].iter().chain(one.aliases()) {
                    assert_eq!(T::recognise(word), Some(*one), "{word}");
                }
                for word in one.perhaps() {
                    assert_eq!(T::recognise(word), None, "{word}");
                    assert_eq!(T::suggest(word), Some(one.label()), "{word}");
                }
            }
        }
        unique::<Status>();
        unique::<Cover>();
        unique::<Front>();
        unique::<WorkWay>();
    }

    #[test]
    fn ways_come_in_any_order_and_with_any_mark() {
        let both = Work::NONE.with(WorkWay::Instructor).with(WorkWay::Union);
        assert_eq!(work("工会、党建指导员"), Ok(both));
        assert_eq!(work("党建指导员，工会组织"), Ok(both));
        assert_eq!(work("无"), Ok(Work::NONE));
        assert_eq!(work("工会、妇联"), Err("妇联".into()));
    }
}
