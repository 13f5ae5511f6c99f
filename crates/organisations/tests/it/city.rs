//! A small city for tests: the towns, a few fronts with stations, and units put at random days.

use db::Tx;
use jiff::{ToSpan as _, civil::Date};
use kernel::{Actor, Cx, Uscc};
use organisations::{
    Cover, Facts, Identity, Put, Source, Status, Unit, Work, WorkWay, ledger, policy,
};
use places::{Atlas, Founding, Front, Industry, NewPlace, NewStation, PlaceKind, UnitKind};
use testkit::TestDb;

/// The first day of the test city's records.
pub const FIRST: Date = Date::constant(2020, 1, 1);

/// Founds the city with two fronts in each of three towns, each front with its own station.
pub async fn found(db: &TestDb) -> Atlas {
    let cx = db.cx();
    let mut tx = db.write().await.unwrap();
    let founded = places::found_city(&mut tx, &cx, &Founding::kunshan()).await.unwrap();
    for (turn, town) in founded.towns.iter().take(3).enumerate() {
        for (front, name) in [(Front::District, "广场商圈"), (Front::Building, "大厦")] {
            let new = NewPlace {
                parent: *town,
                kind: PlaceKind::Front,
                front: Some(front),
                name: format!("{name}{turn}"),
                address: String::new(),
                from: FIRST,
            };
            let place = places::create_place(&mut tx, &cx, new).await.unwrap();
            let name = format!("第 {turn} {}工作站", front as i32);
            let new = NewStation { town: *town, name, address: String::new(), on: FIRST };
            let station = places::open_station(&mut tx, &cx, new).await.unwrap();
            places::cover_place(&mut tx, &cx, station, place, FIRST).await.unwrap();
        }
    }
    let atlas = Atlas::load(&mut tx, cx.today()).await.unwrap();
    tx.commit().await.unwrap();
    atlas
}

/// A valid code that ends in this number.
pub fn uscc(number: u32) -> Uscc {
    Uscc::with_check(&format!("91320583MA{number:07}")).unwrap()
}

/// A unit's identity.
pub fn identity(number: u32) -> Identity {
    Identity {
        uscc: uscc(number),
        name: format!("昆山第{number}号有限公司"),
        kind: UnitKind::Enterprise,
        address: String::new(),
        note: String::new(),
    }
}

/// Facts drawn from a number: every set of coverage has some of each.
pub fn facts(atlas: &Atlas, draw: u64) -> Facts {
    let pick = |shift: u32, count: u64| (draw >> shift) % count;
    let town = atlas.towns()[pick(0, 4) as usize];
    let mut facts = Facts::blank(town, Industry::Trade);
    facts.place = atlas.children(town).get(pick(4, 3) as usize).copied();
    organisations::settle::settle(
        atlas,
        UnitKind::Enterprise,
        &mut facts,
        organisations::settle::Said::default(),
    );
    facts.headcount = 20;
    facts.member_count = pick(8, 6) as i64;
    facts.cover = [Cover::None, Cover::Separate, Cover::Joint][pick(12, 3) as usize];
    if pick(16, 3) == 0 {
        facts.work = Work::NONE.with(WorkWay::Instructor);
    }
    if pick(20, 5) == 0 {
        facts.status = Status::Cancelled;
    }
    facts
}

/// The day so many days after the first.
pub fn day(number: i64) -> Date {
    FIRST.saturating_add(number.days())
}

/// A unit's number, the unit when it is known, the day, and what holds from then on.
pub type Told = (u32, Option<Unit>, Date, Facts);

/// Puts facts of units, as one set.
pub async fn put(tx: &mut Tx, cx: &Cx, atlas: &Atlas, puts: Vec<Told>) {
    let permit = policy::may_write(&Actor::System { name: "test" }, atlas, None, &puts[0].3);
    let puts = puts.into_iter().map(|(number, unit, on, facts)| Put {
        identity: identity(number),
        unit,
        on,
        facts,
    });
    ledger::write(tx, cx, &permit.unwrap(), puts.collect(), &Source::default()).await.unwrap();
}
