//! The ground of the generated city: towns, fronts, floors and streets, the mall's shops, and the
//! stations that cover them.

use db::{Db, Tx};
use jiff::civil::Date;
use kernel::Cx;
use places::{
    Founding, Front, Industry, NewPlace, NewStation, PlaceId, PlaceKind, StationId, cover_place,
    create_place, found_city, open_station,
};

use super::{
    days::FIRST,
    dice::Dice,
    naming::{Naming, address},
    words::{areas, front_words, industries, shops},
};
use crate::Failure;

/// One town: its short form in names, its share of units, how many stations it has, and how many
/// generated fronts of each kind, in the order of [`Front`].
struct TownPlan {
    short: &'static str,
    weight: u32,
    stations: usize,
    fronts: [usize; 5],
}

const fn town(short: &'static str, weight: u32, stations: usize, fronts: [usize; 5]) -> TownPlan {
    TownPlan { short, weight, stations, fronts }
}

/// The towns in the order of [`Founding::kunshan`]. 36 stations in all.
const TOWNS: [TownPlan; 11] = [
    town("开发区", 24, 6, [3, 5, 3, 2, 1]),
    town("高新区", 22, 6, [4, 5, 2, 1, 1]),
    town("花桥", 14, 5, [2, 4, 3, 1, 1]),
    town("张浦", 8, 4, [3, 1, 2, 1, 1]),
    town("周市", 8, 3, [3, 1, 2, 1, 1]),
    town("陆家", 6, 3, [2, 1, 2, 1, 1]),
    town("巴城", 5, 2, [2, 1, 2, 1, 1]),
    town("千灯", 5, 3, [2, 1, 2, 1, 1]),
    town("淀山湖", 3, 2, [1, 1, 1, 1, 1]),
    town("周庄", 3, 1, [1, 1, 2, 1, 1]),
    town("锦溪", 2, 1, [1, 1, 1, 1, 1]),
];

/// The fronts that the article names. Where it does not say which town, one was chosen: 昆城广场
/// and the alliance of makers lie in 昆山高新区 here.
const NAMED: [(&str, usize, Front); 9] = [
    ("昆山开发区智谷创意产业园", 0, Front::Park),
    ("万达广场商圈", 0, Front::District),
    ("昆山高新区创业服务中心", 1, Front::MakerSpace),
    ("智能制造创新联盟", 1, Front::MakerSpace),
    ("昆城广场", 1, Front::District),
    (MALL, 1, Front::District),
    ("九方购物中心", 1, Front::District),
    ("欧尚超市", 1, Front::District),
    ("花桥国际创新港", 2, Front::Building),
];

/// The mall with more than 300 shops.
pub(super) const MALL: &str = "万象汇";
const MALL_FLOORS: [&str; 7] = ["地下一层", "一层", "二层", "三层", "四层", "五层", "六层"];
const SHOPS_ON_A_FLOOR: usize = 48;
/// Shops at the end of the mall's list that stay empty and are closed during 2021.
pub(super) const SHOPS_TO_CLOSE: usize = 8;

/// A front.
pub(super) struct Site {
    pub(super) place: PlaceId,
    pub(super) name: String,
    pub(super) front: Front,
    /// Which of the towns.
    pub(super) town: usize,
    /// How many units it draws, next to others of its town.
    pub(super) weight: u32,
    /// Floors and streets.
    pub(super) spots: Vec<PlaceId>,
    pub(super) address: String,
}

/// A shop of the mall.
pub(super) struct Shop {
    pub(super) place: PlaceId,
    pub(super) name: String,
    pub(super) industry: Industry,
}

/// Everything that stands.
pub(super) struct Ground {
    pub(super) towns: Vec<PlaceId>,
    pub(super) sites: Vec<Site>,
    pub(super) stations: Vec<StationId>,
    pub(super) shops: Vec<Shop>,
    /// The mall's turn among the sites.
    pub(super) mall: usize,
}

impl Ground {
    /// The towns by their turn, with their weights.
    pub(super) fn weights() -> [(usize, u32); 11] {
        std::array::from_fn(|turn| (turn, TOWNS[turn].weight))
    }
    /// What names and addresses call a town.
    pub(super) fn short(town: usize) -> &'static str {
        TOWNS[town].short
    }
}

/// Founds the city, as the administrator.
pub(super) async fn found(tx: &mut Tx, cx: &Cx) -> Result<Vec<PlaceId>, Failure> {
    let founded = found_city(tx, cx, &Founding::kunshan()).await.map_err(stopped)?;
    Ok(founded.towns)
}

/// Lays the ground out: fronts, stations and what they cover, floors and streets, shops.
pub(super) async fn lay_out(
    db: &Db,
    cx: &Cx,
    towns: Vec<PlaceId>,
    dice: &mut Dice,
    naming: &mut Naming,
) -> Result<Ground, Failure> {
    let mut tx = db.write().await?;
    let mut sites = plan(dice, naming);
    for site in &mut sites {
        site.place = front(&mut tx, cx, towns[site.town], site, dice).await?;
    }
    // Before the many small places are there: each cover looks through the whole tree.
    let stations = stations(&mut tx, cx, &towns, &sites, dice).await?;
    let is_mall = |site: &Site| site.name == MALL;
    let mall = sites.iter().position(is_mall).unwrap_or_default();
    for site in &mut sites {
        let names: &[&str] = if is_mall(site) { &MALL_FLOORS } else { areas(site.front) };
        for name in names {
            let place = below(&mut tx, cx, site.place, PlaceKind::Area, name).await?;
            site.spots.push(place);
        }
    }
    let shops = mall_shops(&mut tx, cx, &sites[mall], dice, naming).await?;
    tx.commit().await?;
    Ok(Ground { towns, sites, stations, shops, mall })
}

/// The named fronts and the generated ones, town by town.
fn plan(dice: &mut Dice, naming: &mut Naming) -> Vec<Site> {
    let mut sites = Vec::new();
    for (turn, town) in TOWNS.iter().enumerate() {
        let site = |name: String, front, weight, dice: &mut Dice| Site {
            place: PlaceId::from_uuid(uuid::Uuid::nil()),
            name,
            front,
            town: turn,
            weight,
            spots: Vec::new(),
            address: address(dice, town.short),
        };
        for (name, _, front) in NAMED.iter().filter(|(_, of, _)| *of == turn) {
            naming.take(name);
            sites.push(site((*name).to_owned(), *front, 3, dice));
        }
        let kinds = <Front as kernel::Code>::ALL.iter();
        for (front, count) in kinds.zip(town.fronts) {
            for _ in 0..count {
                let name = naming.called(dice, "", front_words(*front));
                let weight = if *front == Front::Park { 2 } else { 1 };
                sites.push(site(name, *front, weight, dice));
            }
        }
    }
    sites
}

async fn front(
    tx: &mut Tx,
    cx: &Cx,
    town: PlaceId,
    site: &Site,
    dice: &mut Dice,
) -> Result<PlaceId, Failure> {
    let year = i16::try_from(dice.between(2004, 2017)).unwrap_or(2010);
    let new = NewPlace {
        parent: town,
        kind: PlaceKind::Front,
        front: Some(site.front),
        name: site.name.clone(),
        address: site.address.clone(),
        from: Date::new(year, 5, 18).unwrap_or(FIRST),
    };
    create_place(tx, cx, new).await.map_err(stopped)
}

async fn below(
    tx: &mut Tx,
    cx: &Cx,
    parent: PlaceId,
    kind: PlaceKind,
    name: &str,
) -> Result<PlaceId, Failure> {
    let new = NewPlace {
        parent,
        kind,
        front: None,
        name: name.to_owned(),
        address: String::new(),
        from: Date::constant(2018, 3, 1),
    };
    create_place(tx, cx, new).await.map_err(stopped)
}

/// 36 stations, numbered through the city. The first of a town covers the town, and so whatever
/// nobody nearer covers; the others share its fronts.
async fn stations(
    tx: &mut Tx,
    cx: &Cx,
    towns: &[PlaceId],
    sites: &[Site],
    dice: &mut Dice,
) -> Result<Vec<StationId>, Failure> {
    let mut all = Vec::new();
    for (turn, plan) in TOWNS.iter().enumerate() {
        let mut here = Vec::new();
        for _ in 0..plan.stations {
            let new = NewStation {
                town: towns[turn],
                name: format!("{}第{:02}工作站", plan.short, all.len() + 1),
                address: address(dice, plan.short),
                on: FIRST,
            };
            let station = open_station(tx, cx, new).await.map_err(stopped)?;
            all.push(station);
            here.push(station);
        }
        cover_place(tx, cx, here[0], towns[turn], FIRST).await.map_err(stopped)?;
        for (no, site) in sites.iter().filter(|site| site.town == turn).enumerate() {
            let station = here[no % here.len()];
            if station != here[0] {
                cover_place(tx, cx, station, site.place, FIRST).await.map_err(stopped)?;
            }
        }
    }
    Ok(all)
}

async fn mall_shops(
    tx: &mut Tx,
    cx: &Cx,
    mall: &Site,
    dice: &mut Dice,
    naming: &mut Naming,
) -> Result<Vec<Shop>, Failure> {
    let mut made = Vec::new();
    for floor in &mall.spots {
        for _ in 0..SHOPS_ON_A_FLOOR {
            let industry = dice.weighted(industries(Front::District));
            let name = naming.called(dice, "", shops(industry));
            let place = below(tx, cx, *floor, PlaceKind::Shop, &name).await?;
            made.push(Shop { place, name, industry });
        }
    }
    Ok(made)
}

/// A verb of the ground refused: the tables above contradict its rules, or the database failed.
pub(super) fn stopped(why: impl std::fmt::Display) -> Failure {
    Failure::cannot("演示城市没有建成", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_the_articles() {
        assert_eq!(TOWNS.iter().map(|town| town.stations).sum::<usize>(), 36);
        assert_eq!(TOWNS.len(), Founding::kunshan().towns.len());
        const { assert!(MALL_FLOORS.len() * SHOPS_ON_A_FLOOR - SHOPS_TO_CLOSE > 300) };
        let sites = plan(&mut Dice::new(1), &mut Naming::new());
        for town in 0..TOWNS.len() {
            for front in <Front as kernel::Code>::ALL {
                assert!(sites.iter().any(|site| site.town == town && site.front == *front));
            }
        }
    }
}
