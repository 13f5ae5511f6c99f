//! Create, rename, move, merge, split, close: what they do, what they refuse.

use kernel::Date;
use places::{
    Atlas, Closing, Denied, Founding, Front, Merging, Moving, NameMiss, NewPlace, Part, PlaceId,
    PlaceKind, Renaming, Splitting, TreeError, close_place, create_place, found_city, merge_places,
    move_place, rename_place, split_place,
};
use testkit::TestDb;

use crate::{
    actors::clerk_of,
    city::{BEGAN, City, below, day, front},
};

testkit::on_both!(
    founding_twice_changes_nothing,
    a_moved_place_hangs_where_it_hung_before,
    nothing_hangs_under_itself,
    kinds_fit_and_siblings_differ,
    a_past_that_was_told_stands,
    an_older_sight_is_refused,
    a_merged_place_goes_on_as_the_other,
    floors_of_one_name_do_not_merge,
    a_split_gives_children_away,
    a_closed_place_had_nothing_under_it,
    towns_are_edited_by_their_own_clerk,
    names_and_paths_are_found,
    two_moves_at_once_make_no_circle,
);

async fn version(tx: &mut db::Tx, place: PlaceId) -> i64 {
    let atlas = Atlas::load(tx, day(10, 20)).await.expect("an atlas");
    atlas.place(place).expect("it stands").version
}

async fn moved(
    tx: &mut db::Tx,
    cx: &kernel::Cx,
    place: PlaceId,
    parent: PlaceId,
    on: Date,
) -> Result<places::Restated, TreeError> {
    let version = version(tx, place).await;
    move_place(tx, cx, Moving { place, parent, on, version }).await
}

async fn founding_twice_changes_nothing(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let first = found_city(&mut tx, &cx, &Founding::kunshan()).await.unwrap();
    let before = Atlas::load(&mut tx, cx.today()).await.unwrap();
    let second = found_city(&mut tx, &cx, &Founding::kunshan()).await.unwrap();
    let after = Atlas::load(&mut tx, cx.today()).await.unwrap();
    assert_eq!(first, second);
    assert_eq!((before.len(), before.bodies()), (12, after.bodies()));
    assert_eq!(after.len(), 12);
    assert_eq!(after.bodies().len(), 11);
    assert_eq!(after.towns(), &first.towns[..]);
    assert_eq!(after.name(after.towns()[10]), "锦溪镇");
}

async fn a_moved_place_hangs_where_it_hung_before(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let restated = moved(&mut tx, &cx, city.mall, city.other_town, day(6, 1)).await.unwrap();
    assert_eq!(restated.places, [city.mall, city.floor, city.shop, city.upper]);
    let before = Atlas::load(&mut tx, day(5, 31)).await.unwrap();
    let after = Atlas::load(&mut tx, day(6, 1)).await.unwrap();
    assert_eq!(before.town_of(city.shop), Some(city.town));
    assert_eq!(after.town_of(city.shop), Some(city.other_town));
    assert_eq!(after.front_of(city.shop), Some(Front::District));
    assert_eq!(after.children(city.town), &[]);
    let kept = db::journal::version(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.read().await.unwrap();
    assert!(db::journal::version(&mut tx).await.unwrap() > kept);
    let told = db::journal::of_subject(&mut tx, city.mall.uuid(), 9).await.unwrap();
    assert_eq!(told[0].verb, "place.moved");
    assert!(told[0].detail.contains("花桥经济开发区"));
}

async fn nothing_hangs_under_itself(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let zone = below(&mut tx, &cx, city.floor, PlaceKind::Area, "东区").await.unwrap();
    let under_own = moved(&mut tx, &cx, city.floor, zone, day(6, 1)).await;
    assert!(matches!(under_own, Err(TreeError::InsideItself)), "{under_own:?}");
    let under_self = moved(&mut tx, &cx, city.floor, city.floor, day(6, 1)).await;
    assert!(matches!(under_self, Err(TreeError::InsideItself)), "{under_self:?}");
    // Legal on the date itself, yet a circle once the other move takes effect.
    moved(&mut tx, &cx, city.floor, city.upper, day(9, 1)).await.unwrap();
    let later = moved(&mut tx, &cx, city.upper, zone, day(6, 1)).await;
    assert!(matches!(later, Err(TreeError::InsideItself)), "{later:?}");
}

async fn kinds_fit_and_siblings_differ(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let shop_in_town = below(&mut tx, &cx, city.town, PlaceKind::Shop, "甲").await;
    assert!(matches!(shop_in_town, Err(TreeError::KindsDoNotFit { .. })), "{shop_in_town:?}");
    let no_front_kind = below(&mut tx, &cx, city.town, PlaceKind::Front, "乙").await;
    assert!(matches!(no_front_kind, Err(TreeError::FrontKind)), "{no_front_kind:?}");
    let second_city = below(&mut tx, &cx, city.town, PlaceKind::City, "丙").await;
    assert!(matches!(second_city, Err(TreeError::Fixed)), "{second_city:?}");
    let same = front(&mut tx, &cx, city.town, " 万 象汇", Front::Park).await;
    assert!(matches!(&same, Err(TreeError::NameTaken { name }) if name == "万象汇"), "{same:?}");
    for bad in ["", " \u{200b}", "甲/乙", "甲／乙"] {
        let refused = below(&mut tx, &cx, city.mall, PlaceKind::Area, bad).await;
        assert!(matches!(refused, Err(TreeError::NoName | TreeError::BadName)), "{bad}");
    }
    let long = below(&mut tx, &cx, city.mall, PlaceKind::Area, &"楼".repeat(61)).await;
    assert!(matches!(long, Err(TreeError::BadName)), "{long:?}");
    let new = NewPlace {
        parent: city.mall,
        kind: PlaceKind::Area,
        front: None,
        name: "三层".into(),
        address: String::new(),
        from: day(10, 21),
    };
    let tomorrow = create_place(&mut tx, &cx, new).await;
    assert!(matches!(tomorrow, Err(TreeError::InTheFuture)), "{tomorrow:?}");
    // The refusals left nothing: the same name elsewhere, or under the mall, is free.
    below(&mut tx, &cx, city.upper, PlaceKind::Area, "一层").await.unwrap();
    let town = moved(&mut tx, &cx, city.town, city.other_town, day(6, 1)).await;
    assert!(matches!(town, Err(TreeError::Fixed)), "{town:?}");
}

async fn a_past_that_was_told_stands(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    moved(&mut tx, &cx, city.mall, city.other_town, day(6, 1)).await.unwrap();
    let earlier = moved(&mut tx, &cx, city.mall, city.founded.towns[0], day(5, 1)).await;
    assert!(matches!(earlier, Err(TreeError::TooEarly(on)) if on == day(6, 1)), "{earlier:?}");
    // The same day may be set right.
    moved(&mut tx, &cx, city.mall, city.founded.towns[0], day(6, 1)).await.unwrap();
    let atlas = Atlas::load(&mut tx, day(6, 1)).await.unwrap();
    assert_eq!(atlas.town_of(city.mall), Some(city.founded.towns[0]));
    let before_it_was = moved(&mut tx, &cx, city.tower, city.town, day(1, 1)).await;
    assert!(before_it_was.is_ok(), "{before_it_was:?}");
    let too_old = moved(&mut tx, &cx, city.tower, city.town, Date::constant(2020, 1, 1)).await;
    assert!(matches!(too_old, Err(TreeError::TooEarly(_))), "{too_old:?}");
}

async fn an_older_sight_is_refused(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let renaming = |name: &str, version| Renaming {
        place: city.mall,
        name: name.into(),
        address: "前进西路 1 号".into(),
        on: day(3, 1),
        version,
    };
    let seen = version(&mut tx, city.mall).await;
    rename_place(&mut tx, &cx, renaming("昆山万象汇", seen)).await.unwrap();
    let second = rename_place(&mut tx, &cx, renaming("万象汇商圈", seen)).await;
    assert!(matches!(second, Err(TreeError::Conflict)), "{second:?}");
    let atlas = Atlas::load(&mut tx, day(3, 1)).await.unwrap();
    assert_eq!(atlas.name(city.mall), "昆山万象汇");
    let atlas = Atlas::load(&mut tx, day(2, 28)).await.unwrap();
    assert_eq!(atlas.name(city.mall), "万象汇");
    let root = city.founded.city;
    let seen = version(&mut tx, root).await;
    let renaming = |version| Renaming {
        place: root,
        name: "昆山".into(),
        address: String::new(),
        on: day(3, 1),
        version,
    };
    let old = rename_place(&mut tx, &cx, renaming(seen - 1)).await;
    assert!(matches!(old, Err(TreeError::Conflict)), "{old:?}");
    let seen = version(&mut tx, root).await;
    rename_place(&mut tx, &cx, renaming(seen)).await.unwrap();
}

async fn a_merged_place_goes_on_as_the_other(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let other = front(&mut tx, &cx, city.town, "九方购物中心", Front::District).await.unwrap();
    let version = version(&mut tx, city.mall).await;
    let merging = |on, reason: &str| Merging {
        from: city.mall,
        into: other,
        on,
        reason: reason.into(),
        version,
    };
    let no_reason = merge_places(&mut tx, &cx, merging(day(7, 1), " ")).await;
    assert!(matches!(no_reason, Err(TreeError::NoReason)), "{no_reason:?}");
    let into_own = Merging { into: city.mall, ..merging(day(7, 1), "合并") };
    let into_own = merge_places(&mut tx, &cx, into_own).await;
    assert!(matches!(into_own, Err(TreeError::SamePlace)), "{into_own:?}");
    let into_floor = Merging { into: city.floor, ..merging(day(7, 1), "合并") };
    let into_floor = merge_places(&mut tx, &cx, into_floor).await;
    assert!(matches!(into_floor, Err(TreeError::DifferentKinds)), "{into_floor:?}");
    let restated = merge_places(&mut tx, &cx, merging(day(7, 1), "统一运营")).await.unwrap();
    assert_eq!(restated.ended, [(city.mall, other)]);
    assert_eq!(restated.places, [city.floor, city.shop, city.upper]);
    let after = Atlas::load(&mut tx, day(7, 1)).await.unwrap();
    assert!(after.place(city.mall).is_none());
    assert_eq!(after.children(other), [city.floor, city.upper]);
    let before = Atlas::load(&mut tx, day(6, 30)).await.unwrap();
    assert_eq!(before.children(city.mall), [city.floor, city.upper]);
    let again = merge_places(&mut tx, &cx, merging(day(8, 1), "又来")).await;
    assert!(matches!(again, Err(TreeError::Denied(Denied::Invisible))), "{again:?}");
}

async fn floors_of_one_name_do_not_merge(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let other = front(&mut tx, &cx, city.town, "九方购物中心", Front::District).await.unwrap();
    below(&mut tx, &cx, other, PlaceKind::Area, "一层").await.unwrap();
    let version = version(&mut tx, city.mall).await;
    let merging =
        Merging { from: city.mall, into: other, on: day(7, 1), reason: "合并".into(), version };
    let refused = merge_places(&mut tx, &cx, merging).await;
    let taken = matches!(&refused, Err(TreeError::NameTaken { name }) if name == "一层");
    assert!(taken, "{refused:?}");
}

async fn a_split_gives_children_away(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let version = version(&mut tx, city.mall).await;
    let part = |name: &str, children: Vec<PlaceId>| Part {
        name: name.into(),
        address: String::new(),
        children,
    };
    let splitting = |parts| Splitting {
        place: city.mall,
        parts,
        on: day(8, 1),
        reason: "北区独立运营".into(),
        version,
    };
    let none = split_place(&mut tx, &cx, splitting(vec![])).await;
    assert!(matches!(none, Err(TreeError::Parts)), "{none:?}");
    let stranger = vec![part("万象汇北区", vec![city.tower])];
    let stranger = split_place(&mut tx, &cx, splitting(stranger)).await;
    assert!(matches!(stranger, Err(TreeError::NotAChild)), "{stranger:?}");
    tx.rollback().await.unwrap();
    let mut tx = db.write().await.unwrap();
    let city = City::build(&mut tx, &cx).await;
    let parts = vec![part("万象汇北区", vec![city.upper]), part("万象汇南区", vec![])];
    let split = Splitting { place: city.mall, ..splitting(parts) };
    let restated = split_place(&mut tx, &cx, split).await.unwrap();
    let [north, south] = restated.made[..] else { panic!("two parts: {restated:?}") };
    assert_eq!(restated.places, [city.upper]);
    let after = Atlas::load(&mut tx, day(8, 1)).await.unwrap();
    assert_eq!(after.children(city.town), [city.mall, north, south]);
    assert_eq!(after.children(city.mall), [city.floor]);
    assert_eq!(after.children(north), [city.upper]);
    assert_eq!(after.front_of(north), Some(Front::District));
    let before = Atlas::load(&mut tx, day(7, 31)).await.unwrap();
    assert_eq!(before.children(city.town), [city.mall]);
    assert_eq!(before.children(city.mall), [city.floor, city.upper]);
}

async fn a_closed_place_had_nothing_under_it(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let floor_version = version(&mut tx, city.floor).await;
    let closing =
        |place, version| Closing { place, on: day(9, 1), reason: "改造".into(), version };
    let full = close_place(&mut tx, &cx, closing(city.floor, floor_version)).await;
    assert!(matches!(full, Err(TreeError::HasChildren)), "{full:?}");
    let shop_version = version(&mut tx, city.shop).await;
    close_place(&mut tx, &cx, closing(city.shop, shop_version)).await.unwrap();
    close_place(&mut tx, &cx, closing(city.floor, floor_version)).await.unwrap();
    let atlas = Atlas::load(&mut tx, day(9, 1)).await.unwrap();
    assert_eq!(atlas.children(city.mall), [city.upper]);
    // Its name is free from that day on, and not before.
    let new = |from| NewPlace {
        parent: city.mall,
        kind: PlaceKind::Area,
        front: None,
        name: "一层".into(),
        address: String::new(),
        from,
    };
    let taken = create_place(&mut tx, &cx, new(day(8, 1))).await;
    assert!(matches!(taken, Err(TreeError::NameTaken { .. })), "{taken:?}");
    create_place(&mut tx, &cx, new(day(9, 1))).await.unwrap();
    // Nothing can hang under it from then on, nor before in a way that would outlive it.
    for from in [BEGAN, day(9, 2)] {
        let new = NewPlace { parent: city.floor, name: "西区".into(), ..new(from) };
        let orphan = create_place(&mut tx, &cx, new).await;
        assert!(matches!(orphan, Err(TreeError::NoParent(_) | TreeError::Closed)), "{orphan:?}");
    }
}

async fn towns_are_edited_by_their_own_clerk(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let clerk = db.cx_as(clerk_of(&db, city.town));
    below(&mut tx, &clerk, city.mall, PlaceKind::Area, "三层").await.unwrap();
    let elsewhere = below(&mut tx, &clerk, city.tower, PlaceKind::Area, "三层").await;
    assert!(matches!(elsewhere, Err(TreeError::Denied(Denied::Invisible))), "{elsewhere:?}");
    let away = moved(&mut tx, &clerk, city.mall, city.other_town, day(6, 1)).await;
    assert!(matches!(away, Err(TreeError::Denied(Denied::Forbidden))), "{away:?}");
    let town = below(&mut tx, &clerk, city.founded.city, PlaceKind::Town, "新镇").await;
    assert!(matches!(town, Err(TreeError::Denied(Denied::Forbidden))), "{town:?}");
    let nowhere = below(&mut tx, &clerk, cx.new_id(), PlaceKind::Area, "三层").await;
    assert!(matches!(nowhere, Err(TreeError::Denied(Denied::Invisible))), "{nowhere:?}");
}

async fn names_and_paths_are_found(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let other = front(&mut tx, &cx, city.town, "九方购物中心", Front::District).await.unwrap();
    let other_floor = below(&mut tx, &cx, other, PlaceKind::Area, "一层").await.unwrap();
    let atlas = Atlas::load(&mut tx, day(10, 20)).await.unwrap();
    for (text, town) in [
        ("昆山高新区", city.town),
        ("高新区", city.town),
        (" 花桥 经济开发区", city.other_town),
        ("花桥", city.other_town),
        ("开发区", city.founded.towns[0]),
        ("张浦", city.founded.towns[3]),
    ] {
        assert_eq!(atlas.town_by_name(text), Ok(town), "{text}");
    }
    let miss = atlas.town_by_name("周庒镇");
    assert_eq!(miss, Err(NameMiss::Unknown { suggestion: Some("周庄镇".into()) }));
    assert!(matches!(atlas.town_by_name("昆山"), Err(NameMiss::Unknown { .. })));
    assert_eq!(atlas.by_name("万象汇", city.town), Ok(city.mall));
    assert_eq!(atlas.by_name("二层", city.town), Ok(city.upper));
    let paths = vec!["万象汇/一层".to_owned(), "九方购物中心/一层".to_owned()];
    assert_eq!(atlas.by_name("一层", city.town), Err(NameMiss::Ambiguous { paths }));
    assert_eq!(atlas.by_name("九方购物中心／一层", city.town), Ok(other_floor));
    let miss = atlas.by_name("万象会", city.town);
    assert_eq!(miss, Err(NameMiss::Unknown { suggestion: Some("万象汇".into()) }));
    for place in atlas.subtree(city.town).into_iter().skip(1) {
        assert_eq!(atlas.by_name(&atlas.path(place), city.town), Ok(place));
    }
}

async fn two_moves_at_once_make_no_circle(db: TestDb) {
    let cx = db.cx();
    let mut tx = db.write().await.unwrap();
    let city = City::build(&mut tx, &cx).await;
    tx.commit().await.unwrap();
    // Each is right by itself; together they would hang two floors under each other.
    let one_move = |place, parent| {
        let (db, cx) = (db.clone(), cx.clone());
        async move {
            let mut tx = db.write().await.unwrap();
            let moving = Moving { place, parent, on: day(6, 1), version: 1 };
            let answer = move_place(&mut tx, &cx, moving).await;
            if answer.is_ok() {
                tx.commit().await.unwrap();
            }
            answer
        }
    };
    let first = tokio::spawn(one_move(city.floor, city.upper));
    let second = tokio::spawn(one_move(city.upper, city.floor));
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let lost = first.and(second);
    assert!(matches!(lost, Err(TreeError::InsideItself)), "{lost:?}");
}
