//! Which station a place belongs to.

use db::Tx;
use kernel::{Cx, Date};
use places::{
    Atlas, ChangeError, Closing, Denied, Front, Merging, Moving, NewStation, PlaceId,
    StationChange, StationId, change_station, close_place, cover_place, merge_places, move_place,
    open_station, uncover_place,
};
use testkit::TestDb;

use crate::{
    actors::clerk_of,
    city::{City, day, front},
};

testkit::on_both!(
    the_nearest_cover_counts,
    a_place_has_one_station_at_a_time,
    a_station_stays_in_its_town,
    a_closed_station_covers_nothing,
    what_leaves_the_town_leaves_the_station,
    a_merged_town_brings_its_stations,
);

async fn open(tx: &mut Tx, cx: &Cx, town: PlaceId, name: &str) -> Result<StationId, ChangeError> {
    let (name, address, on) = (name.into(), String::new(), day(1, 1));
    open_station(tx, cx, NewStation { town, name, address, on }).await
}

async fn station_on(tx: &mut Tx, place: PlaceId, on: Date) -> Option<StationId> {
    Atlas::load(tx, on).await.expect("an atlas").station_of(place)
}

async fn the_nearest_cover_counts(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let one = open(&mut tx, &cx, city.town, "高新区第 1 工作站").await.unwrap();
    let two = open(&mut tx, &cx, city.town, "高新区第 2 工作站").await.unwrap();
    assert_eq!(station_on(&mut tx, city.shop, day(2, 1)).await, None);
    let restated = cover_place(&mut tx, &cx, one, city.town, day(2, 1)).await.unwrap();
    assert_eq!(restated.places.len(), 5);
    assert_eq!(station_on(&mut tx, city.shop, day(1, 31)).await, None);
    assert_eq!(station_on(&mut tx, city.shop, day(2, 1)).await, Some(one));
    // A second one for the whole town leaves what nothing nearer covers to neither.
    cover_place(&mut tx, &cx, two, city.town, day(3, 1)).await.unwrap();
    assert_eq!(station_on(&mut tx, city.shop, day(3, 1)).await, None);
    cover_place(&mut tx, &cx, two, city.floor, day(4, 1)).await.unwrap();
    let atlas = Atlas::load(&mut tx, day(4, 1)).await.unwrap();
    assert_eq!(atlas.station_of(city.floor), Some(two));
    assert_eq!(atlas.station_of(city.shop), Some(two));
    assert_eq!(atlas.station_of(city.upper), None);
    assert_eq!(atlas.covered_by(two), [city.town, city.floor]);
    assert_eq!(atlas.stations_of_town(city.town).count(), 2);
    uncover_place(&mut tx, &cx, two, city.town, day(5, 1)).await.unwrap();
    assert_eq!(station_on(&mut tx, city.upper, day(5, 1)).await, Some(one));
    let again = uncover_place(&mut tx, &cx, two, city.town, day(5, 1)).await;
    assert!(matches!(again, Err(ChangeError::NotCovered)), "{again:?}");
}

async fn a_place_has_one_station_at_a_time(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let one = open(&mut tx, &cx, city.town, "第 1 工作站").await.unwrap();
    let two = open(&mut tx, &cx, city.town, "第 2 工作站").await.unwrap();
    let same = open(&mut tx, &cx, city.town, "第1工作站").await;
    assert!(matches!(same, Err(ChangeError::NameTaken { .. })), "{same:?}");
    open(&mut tx, &cx, city.other_town, "第 1 工作站").await.unwrap();
    cover_place(&mut tx, &cx, one, city.mall, day(2, 1)).await.unwrap();
    let again = cover_place(&mut tx, &cx, one, city.mall, day(3, 1)).await;
    assert!(matches!(again, Err(ChangeError::AlreadyCovered)), "{again:?}");
    let earlier = cover_place(&mut tx, &cx, two, city.mall, day(1, 15)).await;
    assert!(matches!(earlier, Err(ChangeError::TooEarly(_))), "{earlier:?}");
    cover_place(&mut tx, &cx, two, city.mall, day(3, 1)).await.unwrap();
    assert_eq!(station_on(&mut tx, city.shop, day(2, 28)).await, Some(one));
    assert_eq!(station_on(&mut tx, city.shop, day(3, 1)).await, Some(two));
    // Set right on the same day: as if it had never been the other's.
    cover_place(&mut tx, &cx, one, city.mall, day(3, 1)).await.unwrap();
    let atlas = Atlas::load(&mut tx, day(3, 1)).await.unwrap();
    assert_eq!(atlas.station_of(city.mall), Some(one));
    assert_eq!(atlas.covered_by(two), &[]);
}

async fn a_station_stays_in_its_town(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let one = open(&mut tx, &cx, city.town, "第 1 工作站").await.unwrap();
    let abroad = cover_place(&mut tx, &cx, one, city.tower, day(2, 1)).await;
    assert!(matches!(abroad, Err(ChangeError::OtherTown)), "{abroad:?}");
    let in_a_mall = open(&mut tx, &cx, city.mall, "商场站").await;
    assert!(matches!(in_a_mall, Err(ChangeError::NotATown)), "{in_a_mall:?}");
    let clerk = db.cx_as(clerk_of(&db, city.other_town));
    let foreign = cover_place(&mut tx, &clerk, one, city.mall, day(2, 1)).await;
    assert!(matches!(foreign, Err(ChangeError::Denied(Denied::Invisible))), "{foreign:?}");
    let own = db.cx_as(clerk_of(&db, city.town));
    cover_place(&mut tx, &own, one, city.mall, day(2, 1)).await.unwrap();
    let tomorrow = cover_place(&mut tx, &own, one, city.floor, day(10, 21)).await;
    assert!(matches!(tomorrow, Err(ChangeError::InTheFuture)), "{tomorrow:?}");
}

async fn a_closed_station_covers_nothing(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let station = open(&mut tx, &cx, city.town, "第 1 工作站").await.unwrap();
    cover_place(&mut tx, &cx, station, city.mall, day(2, 1)).await.unwrap();
    let change = |name: &str, closed_on, version| StationChange {
        station,
        name: name.into(),
        address: "柏庐路".into(),
        closed_on,
        version,
    };
    change_station(&mut tx, &cx, change("东部工作站", None, 1)).await.unwrap();
    let stale = change_station(&mut tx, &cx, change("西部工作站", None, 1)).await;
    assert!(matches!(stale, Err(ChangeError::Conflict)), "{stale:?}");
    let early = change_station(&mut tx, &cx, change("东部工作站", Some(day(1, 20)), 2)).await;
    assert!(matches!(early, Err(ChangeError::TooEarly(_))), "{early:?}");
    change_station(&mut tx, &cx, change("东部工作站", Some(day(9, 1)), 2)).await.unwrap();
    assert_eq!(station_on(&mut tx, city.shop, day(8, 31)).await, Some(station));
    assert_eq!(station_on(&mut tx, city.shop, day(9, 1)).await, None);
    let over = change_station(&mut tx, &cx, change("东部工作站", None, 3)).await;
    assert!(matches!(over, Err(ChangeError::Closed)), "{over:?}");
    let over = cover_place(&mut tx, &cx, station, city.mall, day(9, 2)).await;
    assert!(matches!(over, Err(ChangeError::Closed)), "{over:?}");
}

async fn what_leaves_the_town_leaves_the_station(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let station = open(&mut tx, &cx, city.town, "第 1 工作站").await.unwrap();
    cover_place(&mut tx, &cx, station, city.floor, day(2, 1)).await.unwrap();
    cover_place(&mut tx, &cx, station, city.shop, day(2, 1)).await.unwrap();
    let atlas = Atlas::load(&mut tx, cx.today()).await.unwrap();
    let version = atlas.place(city.shop).unwrap().version;
    let closing = Closing { place: city.shop, on: day(5, 1), reason: "撤店".into(), version };
    close_place(&mut tx, &cx, closing).await.unwrap();
    let version = atlas.place(city.mall).unwrap().version;
    let moving = Moving { place: city.mall, parent: city.other_town, on: day(6, 1), version };
    move_place(&mut tx, &cx, moving).await.unwrap();
    let before = Atlas::load(&mut tx, day(4, 30)).await.unwrap();
    assert_eq!(before.covered_by(station), [city.floor, city.shop]);
    let after = Atlas::load(&mut tx, day(6, 1)).await.unwrap();
    assert_eq!(after.covered_by(station), &[]);
    assert_eq!(after.station_of(city.floor), None);
}

async fn a_merged_town_brings_its_stations(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let park = front(&mut tx, &cx, city.other_town, "创新园", Front::Park).await.unwrap();
    let station = open(&mut tx, &cx, city.other_town, "花桥工作站").await.unwrap();
    cover_place(&mut tx, &cx, station, park, day(2, 1)).await.unwrap();
    let atlas = Atlas::load(&mut tx, cx.today()).await.unwrap();
    let version = atlas.place(city.other_town).unwrap().version;
    let merging = Merging {
        from: city.other_town,
        into: city.town,
        on: day(6, 1),
        reason: "区划调整".into(),
        version,
    };
    let restated = merge_places(&mut tx, &cx, merging).await.unwrap();
    assert_eq!(restated.places, [city.tower, park]);
    let after = Atlas::load(&mut tx, day(6, 1)).await.unwrap();
    assert_eq!(after.towns().len(), 10);
    assert_eq!(after.station(station).unwrap().town, city.town);
    assert_eq!(after.station_of(park), Some(station));
    let before = Atlas::load(&mut tx, day(5, 31)).await.unwrap();
    assert_eq!(before.town_of(park), Some(city.other_town));
    assert_eq!(before.station_of(park), Some(station));
}
