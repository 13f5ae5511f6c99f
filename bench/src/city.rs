//! The generated city: Kunshan's towns, 36 stations, twenty fronts in each town.

use std::error::Error;

use db::Tx;
use jiff::civil::Date;
use kernel::{Code as _, Cx};
use places::{
    Founding, Front, NewPlace, NewStation, PlaceId, PlaceKind, cover_place, create_place,
    found_city, open_station,
};

const STATIONS: usize = 36;
const FRONTS: usize = 20;
const SINCE: Date = Date::constant(2010, 1, 1);

/// Founds it, through the verbs that a clerk's clicks run.
pub async fn build(tx: &mut Tx, cx: &Cx) -> Result<(), Box<dyn Error>> {
    let founded = found_city(tx, cx, &Founding::kunshan()).await?;
    for (turn, town) in founded.towns.iter().enumerate() {
        let mut stations = Vec::new();
        for no in (turn..STATIONS).step_by(founded.towns.len()) {
            let name = format!("第{}区域工作站", no + 1);
            let new = NewStation { town: *town, name, address: String::new(), on: SINCE };
            stations.push(open_station(tx, cx, new).await?);
        }
        for no in 0..FRONTS {
            let place = front(tx, cx, *town, no).await?;
            cover_place(tx, cx, stations[no % stations.len()], place, SINCE).await?;
        }
    }
    Ok(())
}

async fn front(tx: &mut Tx, cx: &Cx, town: PlaceId, no: usize) -> Result<PlaceId, Box<dyn Error>> {
    let front = Front::ALL[no % Front::ALL.len()];
    let new = NewPlace {
        parent: town,
        kind: PlaceKind::Front,
        front: Some(front),
        name: front_name(no),
        address: String::new(),
        from: SINCE,
    };
    Ok(create_place(tx, cx, new).await?)
}

/// What the front of this turn in its town is called.
pub fn front_name(no: usize) -> String {
    const FIRST: [&str; 8] = ["玉山", "娄江", "青阳", "白塘", "马鞍", "森林", "阳澄", "亭林"];
    const LAST: [&str; 5] = ["产业园", "大厦", "广场", "创客空间", "小镇"];
    format!("{}{}", FIRST[no / LAST.len() % FIRST.len()], LAST[no % LAST.len()])
}

/// How many fronts a town has.
pub const fn fronts() -> usize {
    FRONTS
}
