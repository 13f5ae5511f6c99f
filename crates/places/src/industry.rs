//! The twenty sections of GB/T 4754-2017, and the words that clerks write for them.

use std::{collections::HashMap, sync::LazyLock};

use kernel::{Code as _, code_enum, fold_name};

code_enum! {
    /// An industry: a section of GB/T 4754-2017, A to T in order.
    pub enum Industry {
        Agriculture = "agriculture" "农、林、牧、渔业",
        Mining = "mining" "采矿业",
        Manufacturing = "manufacturing" "制造业",
        Energy = "energy" "电力、热力、燃气及水生产和供应业",
        Construction = "construction" "建筑业",
        Trade = "trade" "批发和零售业",
        Transport = "transport" "交通运输、仓储和邮政业",
        Catering = "catering" "住宿和餐饮业",
        Software = "software" "信息传输、软件和信息技术服务业",
        Finance = "finance" "金融业",
        RealEstate = "real_estate" "房地产业",
        BusinessServices = "business_services" "租赁和商务服务业",
        Research = "research" "科学研究和技术服务业",
        Environment = "environment" "水利、环境和公共设施管理业",
        ResidentServices = "resident_services" "居民服务、修理和其他服务业",
        Education = "education" "教育",
        Health = "health" "卫生和社会工作",
        CultureSports = "culture_sports" "文化、体育和娱乐业",
        PublicAdministration = "public_administration" "公共管理、社会保障和社会组织",
        International = "international" "国际组织",
    }
}

/// The aliases of each section, in the order of [`Industry`].
const ALIASES: [&[&str]; 20] = [
    &["农林牧渔", "农业", "林业", "畜牧", "渔业", "种植", "养殖"],
    &["采矿", "矿业", "采选"],
    &[
        "制造",
        "工业",
        "加工",
        "生产",
        "电子信息",
        "光电",
        "机械",
        "装备",
        "电子制造",
        "汽车零部件",
        "食品加工",
        "纺织",
        "印刷",
        "化工",
        "医药制造",
    ],
    &["能源供应", "电力", "热力", "燃气", "供水", "供电", "水电气"],
    &["建筑", "装修", "装饰", "建筑工程", "施工", "安装工程"],
    &[
        "批发零售",
        "零售",
        "批发",
        "商贸",
        "贸易",
        "超市",
        "便利店",
        "百货",
        "商业",
        "服装",
        "珠宝",
        "电商",
        "电子商务",
        "药店",
        "汽车销售",
        "进出口",
    ],
    &["交通物流", "交通运输", "运输", "物流", "仓储", "快递", "邮政", "货运", "客运", "货代"],
    &[
        "住宿餐饮",
        "餐饮",
        "住宿",
        "酒店",
        "饭店",
        "宾馆",
        "民宿",
        "小吃",
        "茶饮",
        "咖啡",
        "餐饮管理",
    ],
    &[
        "软件信息",
        "软件",
        "信息技术",
        "互联网",
        "信息服务",
        "信息传输",
        "网络科技",
        "信息科技",
        "游戏开发",
        "数据服务",
    ],
    &["金融", "银行", "保险", "证券", "投资", "典当", "小额贷款"],
    &["房地产", "物业", "物业管理", "物业服务", "房产", "房产中介"],
    &[
        "商务服务",
        "租赁",
        "法律",
        "法律服务",
        "律师",
        "会计",
        "人力资源",
        "咨询",
        "广告",
        "会展",
        "旅行社",
        "供应链管理",
        "企业管理",
        "安保",
        "代理记账",
    ],
    &[
        "科研技术",
        "科研",
        "科学研究",
        "技术服务",
        "检测",
        "设计",
        "研发",
        "工程设计",
        "孵化",
        "科技推广",
        "生物技术",
    ],
    &["水利环境", "环保", "环境", "园林", "绿化", "环卫", "公共设施"],
    &[
        "居民服务",
        "修理",
        "家政",
        "美容",
        "美发",
        "美容美发",
        "维修",
        "洗衣",
        "养生",
        "摄影",
        "婚庆",
        "宠物",
        "汽车维修",
        "其他服务",
        "其他服务业",
    ],
    &["教育培训", "教育", "培训", "学校", "幼儿园", "托育", "早教"],
    &["卫生社工", "卫生", "医疗", "诊所", "医院", "门诊", "口腔", "养老", "社会工作", "健康"],
    &[
        "文体娱乐",
        "文化",
        "体育",
        "娱乐",
        "健身",
        "影院",
        "电影",
        "传媒",
        "文旅",
        "艺术",
        "KTV",
        "出版",
    ],
    &["公共管理", "社会保障", "社会组织", "协会", "社会团体", "基金会", "商会", "党政"],
    &["国际机构", "国际组织"],
];

impl Industry {
    /// A short word for narrow columns.
    pub const fn short(self) -> &'static str {
        self.aliases()[0]
    }

    /// What clerks write for it, the short word first. Divisions of the standard stand under their
    /// section: property management (物业) is division 70, legal service (法律) is 72.
    pub const fn aliases(self) -> &'static [&'static str] {
        ALIASES[self as usize]
    }

    /// The industry that this text names: a code, the standard's own words, an alias, or a longer
    /// text in which the longest alias belongs to one industry only (服装零售店 → trade).
    pub fn recognise(text: &str) -> Option<Self> {
        let typed = fold_name(text);
        let bare =
            typed.strip_suffix("行业").or_else(|| typed.strip_suffix('业')).unwrap_or(&typed);
        if let Some(known) = WORDS.get(typed.as_str()).or_else(|| WORDS.get(bare)) {
            return Some(*known);
        }
        let held = WORDS.iter().filter(|(word, _)| word.chars().nth(1).is_some());
        let held = held.filter(|(word, _)| typed.contains(word.as_str()));
        let mut best: Option<(usize, Self)> = None;
        let mut unclear = false;
        for (word, industry) in held {
            let length = word.chars().count();
            match best {
                Some((longest, _)) if length < longest => {}
                Some((longest, one)) if length == longest => unclear |= one != *industry,
                _ => (best, unclear) = (Some((length, *industry)), false),
            }
        }
        best.filter(|_| !unclear).map(|(_, industry)| industry)
    }
}

/// Every folded word and the industry that it names.
static WORDS: LazyLock<HashMap<String, Industry>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for one in Industry::ALL {
        let own = [one.code(), one.label()];
        for word in own.iter().chain(one.aliases()) {
            let word = fold_name(word);
            if let Some(bare) = word.strip_suffix('业') {
                words.insert(bare.to_owned(), *one);
            }
            words.insert(word, *one);
        }
    }
    words
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clerks_words_are_known() {
        let cases = [
            ("软件业", Industry::Software),
            ("餐饮", Industry::Catering),
            ("餐饮业", Industry::Catering),
            (" 零 售 ", Industry::Trade),
            ("零售业", Industry::Trade),
            ("物业", Industry::RealEstate),
            ("法律服务", Industry::BusinessServices),
            ("catering", Industry::Catering),
            ("信息传输、软件和信息技术服务业", Industry::Software),
            ("服装零售店", Industry::Trade),
            ("制造行业", Industry::Manufacturing),
            ("教育", Industry::Education),
            ("ＫＴＶ", Industry::CultureSports),
        ];
        for (text, industry) in cases {
            assert_eq!(Industry::recognise(text), Some(industry), "{text}");
        }
        for text in ["", "业", "外星", "餐饮零售"] {
            assert_eq!(Industry::recognise(text), None, "{text}");
        }
    }

    #[test]
    fn every_word_names_one_industry() {
        let mut seen: HashMap<String, Industry> = HashMap::new();
        for one in Industry::ALL {
            for word in [one.code(), one.label()].iter().chain(one.aliases()) {
                let before = seen.insert(fold_name(word), *one);
                assert!(before.is_none_or(|before| before == *one), "{word}");
                assert_eq!(Industry::recognise(word), Some(*one), "{word}");
            }
        }
    }
}
