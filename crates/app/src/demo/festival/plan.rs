//! What each campaign is: terms, sub-events, programme. The organisers' names are those of offices
//! and say that they are generated: nobody real stands on the poster.

use campaigns::{NewItem, NewSubEvent, Sponsor, SponsorPart, SubEventId, SubEventKind, Terms};
use jiff::civil::Date;
use kernel::Fen;
use places::Front;

use super::{
    Season,
    cast::Purse,
    moment,
    shops::{Spot, fronts},
};
use crate::{
    Failure,
    demo::ground::{Ground, MALL},
};

/// The words of a campaign in both languages.
struct Words {
    slug: &'static str,
    name: (&'static str, &'static str),
    about: (&'static str, &'static str),
}

const fn words(season: Season) -> Words {
    match season {
        Season::Winter => Words {
            slug: "hongyungou-2021",
            name: ("万象汇“红云购”直播专场（演示）", "Hongyungou live-sales days (demo)"),
            about: (
                "演示数据：商户、主播、订单和金额都是生成的。商场里的商户一起办三天直播，\
                 卖年货，也卖自家的招牌。",
                "Demo: merchants, hosts, orders and amounts are generated. Shops of one mall sell \
                 New Year goods and their own specialities in live shows on three evenings.",
            ),
        },
        Season::Summer => Words {
            slug: "55-2021",
            name: ("2021 五五购物节（演示）", "2021 Double Five shopping festival (demo)"),
            about: (
                "演示数据：商户、券和金额都是生成的。几个商圈的商户一起办一个月：打卡挑战、\
                 商品展销、美食节、助农销售大赛。券十点开始领，在参加的商户都能用。",
                "Demo: merchants, vouchers and amounts are generated. Shops of several districts \
                 run one month together: a check-in challenge, a goods fair, a food fair and a \
                 farm-produce sales contest. Vouchers are given out at ten and taken by every \
                 member shop.",
            ),
        },
        Season::Autumn => Words {
            slug: "autumn-2021",
            name: ("2021 金秋消费季（演示）", "2021 golden autumn shopping (demo)"),
            about: (
                "演示数据：商户、券和金额都是生成的。秋收的时候，本地和对口地区的好东西一起卖，\
                 满80减20的券现在就能领。",
                "Demo: merchants, vouchers and amounts are generated. At harvest time the good \
                 things of here and of partner regions are sold together; vouchers for 20 off 80 \
                 can be claimed now.",
            ),
        },
    }
}

/// First and last day.
const fn days(season: Season) -> (Date, Date) {
    match season {
        Season::Winter => (Date::constant(2021, 2, 5), Date::constant(2021, 2, 7)),
        Season::Summer => (Date::constant(2021, 6, 1), Date::constant(2021, 6, 30)),
        Season::Autumn => (Date::constant(2021, 10, 15), Date::constant(2021, 11, 14)),
    }
}

/// What each funder pledges, in yuan; nothing where it takes no part.
const fn pledged(season: Season) -> [i64; 3] {
    match season {
        Season::Winter => [0, 0, 30_000],
        Season::Summer => [300_000, 120_000, 120_000],
        Season::Autumn => [500_000, 100_000, 60_000],
    }
}

/// The terms of a campaign.
pub(super) fn terms(season: Season, ground: &Ground, funders: &[Purse]) -> Result<Terms, Failure> {
    let Words { slug, name, about } = words(season);
    let (from_on, last_on) = days(season);
    let places = match season {
        Season::Winter => vec![ground.sites[ground.mall].place],
        _ => fronts(ground)?,
    };
    let pledges = funders.iter().zip(pledged(season)).filter(|(_, yuan)| *yuan > 0);
    let sponsor = |part, (name, name_en): (&str, &str)| Sponsor {
        part,
        name: name.into(),
        name_en: name_en.into(),
    };
    Ok(Terms {
        slug: slug.into(),
        name: name.0.into(),
        name_en: name.1.into(),
        about: about.0.into(),
        about_en: about.1.into(),
        phone: String::new(),
        from_on,
        last_on,
        places,
        sponsors: vec![
            sponsor(SponsorPart::Host, ("商务主管部门（演示）", "Commerce office (demo)")),
            sponsor(SponsorPart::Organiser, ("商圈联盟（演示）", "District alliance (demo)")),
            sponsor(SponsorPart::Supporter, ("参加的商户（演示）", "Member shops (demo)")),
        ],
        pledges: pledges.map(|(one, yuan)| (one.id, Fen(yuan * 100))).collect(),
    })
}

/// A sub-event of the tables below: kind, names, words, where, and days of the month from and to.
struct Event {
    kind: SubEventKind,
    name: (&'static str, &'static str),
    about: (&'static str, &'static str),
    spot: Spot,
    days: (Date, Date),
}

const GOODS: (&str, &str) =
    ("本地制造和老字号做法的好东西，当场看、当场买。", "Goods made here, to look at and to buy.");
const FOOD: (&str, &str) = (
    "奥灶面、袜底酥、各家的拿手菜，一条街吃过去。",
    "Noodles, pastry and what each kitchen does best, along one street.",
);
const FARM: (&str, &str) = (
    "本地和对口地区的农产品，按核实过的净销售额排名次。",
    "Produce of here and of partner regions; standings by verified net sales.",
);
const CHALLENGE: (&str, &str) = (
    "走满五处打卡点，领一张券。打卡码每半分钟换一次，不记录位置。",
    "Visit five stations for a voucher. Codes change every half minute; no position is kept.",
);

/// The sub-events of a campaign: in summer and autumn the four kinds.
fn events(season: Season) -> Vec<Event> {
    match season {
        Season::Winter => {
            let name = ("年货直播间", "New Year goods, live");
            let mall = Spot::Named(MALL);
            vec![event(SubEventKind::GoodsFair, name, GOODS, mall, days(Season::Winter))]
        }
        Season::Summer => summer(),
        Season::Autumn => autumn(),
    }
}

const fn event(
    kind: SubEventKind,
    name: (&'static str, &'static str),
    about: (&'static str, &'static str),
    spot: Spot,
    days: (Date, Date),
) -> Event {
    Event { kind, name, about, spot, days }
}

fn summer() -> Vec<Event> {
    let days = |from, to| (Date::constant(2021, 6, from), Date::constant(2021, 6, to));
    vec![
        event(
            SubEventKind::CheckInChallenge,
            ("商圈打卡挑战", "District check-in challenge"),
            CHALLENGE,
            Spot::Named("昆城广场"),
            days(5, 20),
        ),
        event(
            SubEventKind::GoodsFair,
            ("好物节", "Goods fair"),
            GOODS,
            Spot::Named(MALL),
            days(11, 13),
        ),
        event(
            SubEventKind::FoodFair,
            ("美食节", "Food fair"),
            FOOD,
            Spot::Named("万达广场商圈"),
            days(18, 20),
        ),
        event(
            SubEventKind::FarmContest,
            ("新零售助农销售大赛", "Farm-produce sales contest"),
            FARM,
            Spot::Named("欧尚超市"),
            days(12, 27),
        ),
    ]
}

fn autumn() -> Vec<Event> {
    let october = |day| Date::constant(2021, 10, day);
    let until = |day| (october(15), day);
    vec![
        event(
            SubEventKind::CheckInChallenge,
            ("秋日打卡挑战", "Autumn check-in challenge"),
            CHALLENGE,
            Spot::Named("昆城广场"),
            until(Date::constant(2021, 11, 7)),
        ),
        event(
            SubEventKind::GoodsFair,
            ("金秋展销", "Autumn goods fair"),
            GOODS,
            Spot::Named(MALL),
            (october(22), october(24)),
        ),
        event(
            SubEventKind::FoodFair,
            ("水乡美食节", "Water-town food fair"),
            FOOD,
            Spot::First(9, Front::CharacteristicTown),
            (october(29), october(31)),
        ),
        event(
            SubEventKind::FarmContest,
            ("秋收助农大赛", "Harvest sales contest"),
            FARM,
            Spot::Named("欧尚超市"),
            until(october(31)),
        ),
    ]
}

/// The sub-events of a campaign.
pub(super) fn sub_events(season: Season, ground: &Ground) -> Result<Vec<NewSubEvent>, Failure> {
    let new = |one: Event| {
        Ok(NewSubEvent {
            kind: one.kind,
            name: one.name.0.into(),
            name_en: one.name.1.into(),
            about: one.about.0.into(),
            about_en: one.about.1.into(),
            place: ground.sites[one.spot.site(ground)?].place,
            from_at: moment(one.days.0, 10, 0),
            to_at: moment(one.days.1, 22, 0),
        })
    };
    events(season).into_iter().map(new).collect()
}

/// A line of the programme: the kind of its sub-event, what, and when.
type Item = (Option<SubEventKind>, (&'static str, &'static str), Date, i64);

fn items(season: Season) -> Vec<Item> {
    use SubEventKind::{CheckInChallenge, FarmContest, FoodFair, GoodsFair};
    let (first, last) = days(season);
    let june = |day| Date::constant(2021, 6, day);
    let october = |day| Date::constant(2021, 10, day);
    match season {
        Season::Winter => vec![
            (Some(GoodsFair), ("第一晚直播", "First evening"), first, 19),
            (Some(GoodsFair), ("最后一晚直播", "Last evening"), last, 19),
        ],
        Season::Summer => vec![
            (None, ("开幕，十点开始领券", "Opening; vouchers from ten"), first, 10),
            (Some(CheckInChallenge), ("打卡挑战开始", "The challenge begins"), june(5), 10),
            (Some(GoodsFair), ("三天直播开始", "Three days of live shows"), june(11), 19),
            (Some(FarmContest), ("助农大赛开赛", "The contest begins"), june(12), 10),
            (Some(FoodFair), ("美食节开街", "The food street opens"), june(18), 10),
            (None, ("闭幕", "Closing"), last, 20),
        ],
        Season::Autumn => vec![
            (None, ("开幕", "Opening"), first, 10),
            (None, ("第二批券十点开始领", "More vouchers from ten"), october(20), 10),
            (Some(FarmContest), ("助农直播", "Farm produce, live"), october(20), 19),
            (Some(GoodsFair), ("金秋展销", "Autumn goods fair"), october(22), 10),
            (None, ("闭幕", "Closing"), last, 20),
        ],
    }
}

/// The programme of a campaign.
pub(super) fn programme(season: Season, events: &[(SubEventKind, SubEventId)]) -> Vec<NewItem> {
    let new = |(kind, (title, title_en), on, hour): Item| NewItem {
        sub_event: events.iter().find(|(one, _)| Some(*one) == kind).map(|(_, id)| *id),
        title: title.into(),
        title_en: title_en.into(),
        place: None,
        from_at: moment(on, hour, 0),
        to_at: moment(on, hour, 0),
    };
    items(season).into_iter().map(new).collect()
}
