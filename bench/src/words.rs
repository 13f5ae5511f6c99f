//! Names, addresses and codes of generated units: as varied as a real register's, so that search
//! has common words and rare ones.

use kernel::Uscc;
use rand::{RngExt as _, rngs::StdRng};

const BRAND: &str = "华鑫盛源恒达瑞丰嘉禾宏图永兴泰安康宁博雅德信诚智远景云海天成金玉银杏佳美优品味鲜\
    顺和亿联创新力科锐捷凯越明阳东方正隆昌茂荣富贵吉祥福满庆余同仁济世春晖晨曦朝露星辰宇航飞腾\
    龙凤麒麟鹏程万里百川汇聚众合纵横坤乾元亨利贞文武尚善若水润泽沐林森柏松竹梅兰菊荷莲芳华彩虹";
const TRADES: &[(&str, &str)] = &[
    ("贸易", "trade"),
    ("商贸", "trade"),
    ("餐饮管理", "catering"),
    ("精密机械", "manufacturing"),
    ("电子", "manufacturing"),
    ("光电科技", "manufacturing"),
    ("模具", "manufacturing"),
    ("塑胶", "manufacturing"),
    ("建筑工程", "construction"),
    ("物流", "transport"),
    ("软件", "software"),
    ("信息技术", "software"),
    ("网络科技", "software"),
    ("物业服务", "real_estate"),
    ("企业管理咨询", "business_services"),
    ("人力资源", "business_services"),
    ("新材料研究", "research"),
    ("环保", "environment"),
    ("家政服务", "resident_services"),
    ("教育培训", "education"),
    ("口腔门诊", "health"),
    ("文化传媒", "culture_sports"),
    ("体育用品", "culture_sports"),
    ("生态农业", "agriculture"),
];
const ROADS: &[&str] = &[
    "前进中路",
    "人民南路",
    "长江北路",
    "黑龙江路",
    "珠江路",
    "柏庐中路",
    "震川西路",
    "同丰路",
    "朝阳中路",
    "萧林路",
    "祖冲之路",
    "马鞍山路",
    "绿地大道",
    "花安路",
    "创业路",
    "章基路",
];
const LETTERS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Who a unit is.
pub struct Named {
    /// `昆山鑫盛源光电科技有限公司`
    pub name: String,
    /// The code of its industry.
    pub industry: &'static str,
    /// Street, number, room.
    pub address: String,
    /// Unique for each number.
    pub uscc: Uscc,
}

/// The unit of this number. `series` keeps two files' codes apart.
pub fn named(dice: &mut StdRng, series: u8, number: usize) -> Named {
    let letters: Vec<char> = BRAND.chars().collect();
    let mut pick = || letters[dice.random_range(0..letters.len())];
    let mut name = String::from("昆山");
    name.extend([pick(), pick()]);
    if number.is_multiple_of(2) {
        name.push(pick());
    }
    let (trade, industry) = TRADES[dice.random_range(0..TRADES.len())];
    name.push_str(trade);
    name.push_str(if number.is_multiple_of(9) { "经营部" } else { "有限公司" });
    let road = ROADS[dice.random_range(0..ROADS.len())];
    let (house, room) = (dice.random_range(1..1_999), dice.random_range(101..2_999));
    let address = format!("昆山市{road}{house}号{room}室");
    Named { name, industry, address, uscc: code(series, number) }
}

/// `91320583MA` and seven letters that count.
fn code(series: u8, mut number: usize) -> Uscc {
    let base = LETTERS.len();
    let mut tail = [b'0'; 6];
    for slot in tail.iter_mut().rev() {
        *slot = LETTERS[number % base];
        number /= base;
    }
    let series = char::from(LETTERS[usize::from(series)]);
    let tail = String::from_utf8_lossy(&tail);
    Uscc::with_check(&format!("91320583MA{series}{tail}"))
        .expect("17 letters of the alphabet have a check digit")
}
