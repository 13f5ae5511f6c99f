//! What the merchants show to everybody: local products and those of partner regions, in both
//! languages; and what citizens asked about them.

use kernel::{Actor, Fen, Phone};
use merchants::{
    NewEnquiry, Origin, ProductFacts, ProductId, Season as Months, close_enquiry, create_product,
    enquire, list_product,
};

use super::{Festival, Scene, broke, shops::Trade};
use crate::{Failure, demo::ground::stopped};

/// A product that is shown.
pub(super) struct Good {
    pub(super) id: ProductId,
    pub(super) title: &'static str,
    pub(super) price: Fen,
    /// Whose, by the shop's turn.
    pub(super) shop: usize,
}

/// A product before it is anybody's.
struct Made {
    name: (&'static str, &'static str),
    about: (&'static str, &'static str),
    origin: Origin,
    region: &'static str,
    /// First and last month in which there is any.
    months: (i8, i8),
    fen: i64,
    price_for: &'static str,
    trade: Trade,
}

const fn made(
    name: (&'static str, &'static str),
    about: (&'static str, &'static str),
    (origin, region): (Origin, &'static str),
    months: (i8, i8),
    (fen, price_for): (i64, &'static str),
    trade: Trade,
) -> Made {
    Made { name, about, origin, region, months, fen, price_for, trade }
}

const HERE: Origin = Origin::Local;
const THERE: (Origin, &str) = (Origin::Partner, "对口地区（演示）");

/// Kinds of produce that the region is known for; makers and prices are generated.
const GOODS: [Made; 12] = [
    made(
        ("奥灶面（半成品）", "Aozao noodles, half-cooked"),
        ("红汤细面，回家煮三分钟。演示数据。", "Thin noodles in red broth; three minutes. Demo."),
        (HERE, "昆山"),
        (1, 12),
        (2_980, "每盒两份"),
        Trade::Food,
    ),
    made(
        ("巴城葡萄", "Bacheng grapes"),
        ("清早采、当天送，皮薄汁多。演示数据。", "Picked at dawn, there the same day. Demo."),
        (HERE, "巴城"),
        (6, 9),
        (6_800, "每箱 2.5 公斤"),
        Trade::Farm,
    ),
    made(
        ("巴城大闸蟹", "Bacheng hairy crabs"),
        ("四对装，公母各半，绑绳不算重。演示数据。", "Four pairs, weighed without string. Demo."),
        (HERE, "巴城"),
        (9, 12),
        (26_800, "每盒八只"),
        Trade::Farm,
    ),
    made(
        ("锦溪袜底酥", "Jinxi sock-sole pastry"),
        ("一层层的酥皮，咸甜两味。演示数据。", "Flaky layers, sweet and salty. Demo."),
        (HERE, "锦溪"),
        (1, 12),
        (3_680, "每盒 500 克"),
        Trade::Food,
    ),
    made(
        ("千灯肉粽", "Qiandeng meat dumplings in leaves"),
        ("手包，真空装，蒸透就能吃。演示数据。", "Wrapped by hand; steam and eat. Demo."),
        (HERE, "千灯"),
        (4, 7),
        (4_500, "每袋十只"),
        Trade::Farm,
    ),
    made(
        ("淀山湖大米", "Dianshan Lake rice"),
        ("湖边的田，当年新米。演示数据。", "From fields by the lake, this year's. Demo."),
        (HERE, "淀山湖"),
        (10, 3),
        (5_900, "每袋 5 公斤"),
        Trade::Farm,
    ),
    made(
        ("周庄水乡腌菜", "Zhouzhuang pickled greens"),
        ("春天腌、坛子装，下粥下面都好。演示数据。", "Pickled in spring, in a jar. Demo."),
        (HERE, "周庄"),
        (1, 12),
        (1_880, "每坛 400 克"),
        Trade::Farm,
    ),
    made(
        ("高山苹果", "Highland apples"),
        ("昼夜温差大，脆甜。对口地区农户种的。演示数据。", "Crisp and sweet. Demo."),
        THERE,
        (9, 12),
        (5_600, "每箱 5 公斤"),
        Trade::Farm,
    ),
    made(
        ("野生山核桃", "Mountain walnuts"),
        ("原味，手剥。对口地区合作社收的。演示数据。", "Plain, to crack by hand. Demo."),
        THERE,
        (10, 4),
        (7_800, "每袋 500 克"),
        Trade::Farm,
    ),
    made(
        ("黑木耳", "Black fungus"),
        ("秋耳，泡一泡就开。对口地区的。演示数据。", "Autumn harvest; soak and cook. Demo."),
        THERE,
        (1, 12),
        (4_200, "每袋 250 克"),
        Trade::Farm,
    ),
    made(
        ("山花蜂蜜", "Mountain honey"),
        ("一年只取一次的蜜。对口地区蜂农的。演示数据。", "Taken once a year. Demo."),
        THERE,
        (5, 10),
        (8_800, "每瓶 1 公斤"),
        Trade::Farm,
    ),
    made(
        ("手工竹编篮", "Woven bamboo basket"),
        ("对口地区手艺人编的，装水果正好。演示数据。", "Woven by hand. Demo."),
        THERE,
        (1, 12),
        (9_900, "每只"),
        Trade::Goods,
    ),
];

/// What citizens ask, and what one of them was answered.
const QUESTIONS: [(&str, &str); 3] = [
    ("陈女士", "半成品能放几天？想带两盒去外地。"),
    ("", "大闸蟹能指定哪天到吗？"),
    ("顾先生", "公司想订二十箱，能开票吗？"),
];
const ANSWER: &str = "冷藏能放五天，路上请放冰袋；已经电话说过了。";

impl Festival {
    /// Each merchant shows its own, in turn.
    pub(super) async fn show_goods(&mut self, scene: &mut Scene<'_, '_>) -> Result<(), Failure> {
        let atlas = scene.atlas().await?;
        for (turn, made) in GOODS.iter().enumerate() {
            let shops = self.shops.iter().enumerate();
            let fitting: Vec<usize> =
                shops.filter(|(_, one)| one.trade == made.trade).map(|(turn, _)| turn).collect();
            let shop = match fitting.get(turn % fitting.len().max(1)) {
                // The first merchant's account is printed: it has something to show.
                _ if turn == 0 => 0,
                Some(shop) => *shop,
                None => return Err(stopped("没有卖这种产品的商户")),
            };
            let owner = &self.shops[shop];
            let cx = scene.cx(&owner.owner);
            let facts = facts(made, &owner.name);
            let id = create_product(scene.tx, &cx, &atlas, owner.id, &facts).await;
            let id = id.map_err(broke)?;
            list_product(scene.tx, &cx, &atlas, id).await.map_err(broke)?;
            self.goods.push(Good { id, title: made.name.0, price: Fen(made.fen), shop });
        }
        Ok(())
    }

    /// Citizens without an account ask; the first is answered.
    pub(super) async fn ask_merchants(&mut self, scene: &mut Scene<'_, '_>) -> Result<(), Failure> {
        let somebody = scene.cx(&Actor::Anonymous);
        for (turn, (name, message)) in QUESTIONS.iter().enumerate() {
            // About the first merchant's, the crabs, and the apples.
            let Some(good) = self.goods.get([0, 2, 7][turn]) else { continue };
            let phone = Phone::mobile(&format!("1920001000{turn}")).map_err(broke)?;
            let new = NewEnquiry {
                name: (*name).to_owned(),
                phone: phone.expose().to_owned(),
                message: (*message).to_owned(),
                consents: true,
            };
            let asked = enquire(scene.tx, &somebody, &self.keys, good.id, &new).await;
            let asked = asked.map_err(broke)?;
            if turn == 0 {
                let cx = scene.cx(self.owner(good.shop));
                close_enquiry(scene.tx, &cx, asked, ANSWER).await.map_err(broke)?;
            }
        }
        Ok(())
    }
}

fn facts(made: &Made, maker: &str) -> ProductFacts {
    ProductFacts {
        name_zh: made.name.0.into(),
        name_en: made.name.1.into(),
        about_zh: made.about.0.into(),
        about_en: made.about.1.into(),
        origin: made.origin,
        region: made.region.into(),
        maker: maker.into(),
        season: Months { from: made.months.0, to: made.months.1 },
        price: Some(Fen(made.fen)),
        price_for: made.price_for.into(),
    }
}
