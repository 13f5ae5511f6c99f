//! The words that generated names are made of. Coined pairs of characters, so that no real firm or
//! person is meant.

use places::{Front, Industry, UnitKind};

/// First characters of a coined word.
pub(super) const COIN_FIRST: &[char] = &[
    '沐', '拾', '云', '禾', '启', '澄', '砚', '知', '予', '南', '青', '木', '安', '初', '星', '屿',
    '景', '朗', '柏', '瑞', '锦', '恒', '聚', '鹿', '溪', '墨', '森', '和', '嘉', '凡', '璟', '泽',
    '望', '悦', '映', '简', '素', '承', '博', '允', '敬', '远', '宸', '越', '朴', '润', '栖', '洛',
    '湛', '言', '若', '昱', '衍', '熙', '晴', '融', '谷', '陌', '语', '纪',
];
/// Second characters.
pub(super) const COIN_SECOND: &[char] = &[
    '澜', '光', '栈', '屿', '衡', '川', '舟', '野', '风', '林', '页', '田', '禾', '河', '然', '也',
    '辰', '帆', '岸', '里', '朵', '航', '原', '亭', '迹', '舍', '桐', '味', '映', '堂', '芯', '科',
    '纳', '源', '象', '维', '泰', '力', '特', '创', '睿', '信', '达', '宏', '通', '讯', '盛', '跃',
    '峰', '诺', '微', '格', '联', '易', '宁', '欣', '诚', '汇', '悠', '荟',
];
/// Family names of generated persons.
pub(super) const FAMILIES: &[char] = &[
    '王', '李', '张', '刘', '陈', '杨', '黄', '赵', '周', '吴', '徐', '孙', '朱', '马', '胡', '林',
    '郭', '何', '高', '罗', '郑', '梁', '谢', '宋', '唐', '许', '邓', '冯', '韩', '曹', '顾', '陆',
    '沈', '潘', '蒋', '薛', '戴', '夏', '钱', '金',
];

/// What an enterprise of this industry puts after its coined word.
pub(super) fn trades(industry: Industry) -> &'static [&'static str] {
    match industry {
        Industry::Agriculture => &["农业科技", "生态农业", "水产养殖", "果蔬种植"],
        Industry::Manufacturing => &[
            "电子科技",
            "精密机械",
            "光电科技",
            "自动化设备",
            "模具科技",
            "新材料",
            "汽车零部件",
            "精密五金",
            "塑胶制品",
            "食品",
            "纺织",
            "智能装备",
        ],
        Industry::Energy => &["新能源", "电力工程"],
        Industry::Construction => &["建筑装饰工程", "建设工程", "机电安装工程", "市政工程"],
        Industry::Trade => &["贸易", "商贸", "电子商务", "百货", "国际贸易", "供应链"],
        Industry::Transport => &["物流", "国际货运代理", "仓储服务", "运输"],
        Industry::Catering => &["餐饮管理", "酒店管理", "餐饮服务"],
        Industry::Software => &["信息科技", "软件技术", "网络科技", "数字科技", "智能科技"],
        Industry::Finance => &["投资管理", "融资租赁", "保险代理"],
        Industry::RealEstate => &["物业管理", "房地产经纪", "物业服务"],
        Industry::BusinessServices => &[
            "企业管理",
            "人力资源",
            "商务咨询",
            "广告传媒",
            "会展服务",
            "财务咨询",
            "知识产权代理",
        ],
        Industry::Research => &["检测技术", "生物科技", "工程设计", "技术服务", "医药研发"],
        Industry::Environment => &["环保科技", "园林绿化", "环境工程"],
        Industry::ResidentServices => &["家政服务", "美容", "汽车服务", "生活服务"],
        Industry::Education => &["教育科技", "教育咨询"],
        Industry::Health => &["健康管理", "医疗科技"],
        Industry::CultureSports => &["文化传播", "体育文化", "文化旅游", "影视传媒"],
        _ => &["服务"],
    }
}

/// What a shop of this industry puts after its coined word.
pub(super) fn shops(industry: Industry) -> &'static [&'static str] {
    match industry {
        Industry::Trade => &[
            "服装店",
            "鞋包店",
            "便利店",
            "数码店",
            "珠宝店",
            "母婴用品店",
            "水果店",
            "茶叶店",
            "家居用品店",
            "文具店",
            "眼镜店",
            "化妆品店",
            "花店",
            "生鲜店",
        ],
        Industry::Catering => {
            &["面馆", "小吃店", "奶茶店", "咖啡店", "火锅店", "烘焙店", "餐厅", "菜馆", "民宿"]
        }
        Industry::ResidentServices => {
            &["美容店", "理发店", "洗衣店", "摄影店", "宠物店", "修理店", "美甲店"]
        }
        Industry::CultureSports => &["书店", "健身馆", "画室", "琴行", "手作馆"],
        Industry::Education => &["托管服务部"],
        Industry::Health => &["养生馆"],
        Industry::Agriculture => &["农产品店", "家庭农场"],
        Industry::Manufacturing => &["加工坊", "糕点坊"],
        Industry::Transport => &["快递服务部", "游船服务部"],
        _ => &["经营部", "服务部"],
    }
}

/// The kinds of unit on a front of each kind, by weight.
pub(super) const fn kinds(front: Front) -> &'static [(UnitKind, u32)] {
    use UnitKind::{
        Chamber, Enterprise, LawFirm, PrivateClinic, PrivateNonprofit, PrivateSchool, SocialGroup,
        SoleTrader,
    };
    match front {
        Front::Park => {
            &[(Enterprise, 970), (PrivateNonprofit, 15), (Chamber, 5), (SocialGroup, 10)]
        }
        Front::Building => &[
            (Enterprise, 860),
            (LawFirm, 40),
            (Chamber, 15),
            (SocialGroup, 30),
            (PrivateSchool, 25),
            (PrivateClinic, 20),
            (PrivateNonprofit, 10),
        ],
        Front::District => {
            &[(SoleTrader, 600), (Enterprise, 345), (PrivateSchool, 20), (PrivateClinic, 35)]
        }
        Front::MakerSpace => &[(Enterprise, 970), (PrivateNonprofit, 30)],
        Front::CharacteristicTown => {
            &[(SoleTrader, 440), (Enterprise, 490), (SocialGroup, 30), (PrivateNonprofit, 40)]
        }
    }
}

/// The industries on a front of each kind, by weight.
pub(super) const fn industries(front: Front) -> &'static [(Industry, u32)] {
    use Industry::{
        Agriculture, BusinessServices, Catering, Construction, CultureSports, Education, Energy,
        Environment, Finance, Health, Manufacturing, RealEstate, Research, ResidentServices,
        Software, Trade, Transport,
    };
    match front {
        Front::Park => &[
            (Manufacturing, 60),
            (Software, 9),
            (Research, 9),
            (Trade, 7),
            (Transport, 6),
            (BusinessServices, 4),
            (Environment, 2),
            (Energy, 1),
            (Construction, 2),
        ],
        Front::Building => &[
            (BusinessServices, 25),
            (Software, 20),
            (Trade, 13),
            (Finance, 11),
            (Research, 9),
            (RealEstate, 8),
            (Construction, 8),
            (Transport, 3),
            (CultureSports, 3),
        ],
        Front::District => &[
            (Trade, 46),
            (Catering, 32),
            (ResidentServices, 12),
            (CultureSports, 5),
            (Education, 2),
            (RealEstate, 2),
            (Health, 1),
        ],
        Front::MakerSpace => {
            &[(Software, 48), (Research, 30), (BusinessServices, 12), (CultureSports, 10)]
        }
        Front::CharacteristicTown => &[
            (Catering, 27),
            (Trade, 22),
            (CultureSports, 20),
            (ResidentServices, 8),
            (Agriculture, 9),
            (Manufacturing, 10),
            (Transport, 4),
        ],
    }
}

/// The industry that a unit's kind settles, if it does.
pub(super) const fn industry_of(kind: UnitKind) -> Option<Industry> {
    match kind {
        UnitKind::Enterprise | UnitKind::SoleTrader => None,
        UnitKind::PrivateSchool => Some(Industry::Education),
        UnitKind::PrivateClinic | UnitKind::PrivateNonprofit => Some(Industry::Health),
        UnitKind::LawFirm => Some(Industry::BusinessServices),
        UnitKind::SocialGroup | UnitKind::Chamber => Some(Industry::PublicAdministration),
    }
}

/// What a front of each kind is called after its coined word.
pub(super) const fn front_words(front: Front) -> &'static [&'static str] {
    match front {
        Front::Park => &["科技园", "智能制造产业园", "产业园", "光电产业园", "电子产业园"],
        Front::Building => &["大厦", "商务中心", "国际大厦", "商务大厦"],
        Front::District => &["商业街", "生活广场", "商贸城", "美食街区", "市场"],
        Front::MakerSpace => &["众创空间", "创客工场", "孵化器"],
        Front::CharacteristicTown => &["文旅小镇", "水乡小镇", "创意小镇"],
    }
}

/// What lies directly in a front of each kind.
pub(super) const fn areas(front: Front) -> &'static [&'static str] {
    match front {
        Front::Park => &["A区", "B区", "C区"],
        Front::Building => &["裙楼", "低区", "中区", "高区"],
        Front::District => &["东区", "西区"],
        Front::MakerSpace => &["一层", "二层"],
        Front::CharacteristicTown => &["老街", "新街"],
    }
}
