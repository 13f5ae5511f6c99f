//! What actors see of the tree.

use kernel::{Actor, Role, Scope, actor::ScopeKind};
use places::{Atlas, AtlasCache, NewStation, READERS, Reach, cover_place, open_station};
use testkit::TestDb;

use crate::{
    actors::{clerk_of, with},
    city::{City, below, day},
};

testkit::on_both!(a_scope_shows_what_is_in_it_and_the_way_to_it, a_kept_tree_is_current,);

async fn a_scope_shows_what_is_in_it_and_the_way_to_it(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let (name, address, on) = ("第 1 工作站".into(), String::new(), day(1, 1));
    let new = NewStation { town: city.town, name, address, on };
    let station = open_station(&mut tx, &cx, new).await.unwrap();
    cover_place(&mut tx, &cx, station, city.floor, day(2, 1)).await.unwrap();
    let atlas = Atlas::load(&mut tx, cx.today()).await.unwrap();
    let all = [
        city.founded.city,
        city.town,
        city.mall,
        city.floor,
        city.shop,
        city.upper,
        city.other_town,
        city.tower,
    ];
    let seen = |actor: &Actor| {
        let reach = Reach::of(actor, &atlas, READERS);
        all.map(|place| u8::from(reach.sees_place(&atlas, place)))
    };
    let held = |actor: &Actor| {
        let reach = Reach::of(actor, &atlas, READERS);
        all.map(|place| u8::from(reach.holds_place(&atlas, place)))
    };
    let on = |kind, id| with(&db, Role::Viewer, Scope::on(kind, id));
    let citywide = with(&db, Role::Viewer, Scope::CITY);
    assert_eq!(seen(&citywide), [1; 8]);
    let clerk = clerk_of(&db, city.town);
    assert_eq!(seen(&clerk), [1, 1, 1, 1, 1, 1, 0, 0]);
    assert_eq!(held(&clerk), [0, 1, 1, 1, 1, 1, 0, 0]);
    let of_place = on(ScopeKind::Place, city.floor.uuid());
    assert_eq!(seen(&of_place), [1, 1, 1, 1, 1, 0, 0, 0]);
    assert_eq!(held(&of_place), [0, 0, 0, 1, 1, 0, 0, 0]);
    let of_station = on(ScopeKind::Station, station.uuid());
    assert_eq!(seen(&of_station), [1, 1, 1, 1, 1, 0, 0, 0]);
    assert_eq!(held(&of_station), [0, 0, 0, 1, 1, 0, 0, 0]);
    let of_body = on(ScopeKind::Body, atlas.bodies()[0].id.uuid());
    assert_eq!((seen(&of_body), held(&of_body)), ([1; 8], [0; 8]));
    assert_eq!(seen(&Actor::Anonymous), [0; 8]);
    assert!(Reach::of(&Actor::Anonymous, &atlas, READERS).is_empty());
    assert!(Reach::of(&clerk, &atlas, &[Role::Auditor]).is_empty());
    let reach = Reach::of(&of_station, &atlas, READERS);
    assert_eq!((reach.all, reach.stations), (false, vec![station]));
}

async fn a_kept_tree_is_current(db: TestDb) {
    let cx = db.cx();
    let cache = AtlasCache::default();
    let mut tx = db.read().await.unwrap();
    assert!(cache.at(&mut tx, cx.today()).await.unwrap().is_empty());
    drop(tx);
    let mut tx = db.write().await.unwrap();
    let city = City::build(&mut tx, &cx).await;
    tx.commit().await.unwrap();
    let mut tx = db.read().await.unwrap();
    let first = cache.at(&mut tx, cx.today()).await.unwrap();
    let second = cache.at(&mut tx, cx.today()).await.unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &second));
    let past = cache.at(&mut tx, day(1, 1).yesterday().unwrap()).await.unwrap();
    assert_eq!((past.len(), first.len()), (12, 17));
    drop(tx);
    let mut tx = db.write().await.unwrap();
    below(&mut tx, &cx, city.mall, places::PlaceKind::Area, "三层").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.read().await.unwrap();
    assert_eq!(cache.at(&mut tx, cx.today()).await.unwrap().len(), 18);
}
