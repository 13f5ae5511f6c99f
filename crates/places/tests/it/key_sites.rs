//! One key site for each town and industry.

use places::{
    Atlas, ChangeError, Denied, Front, Industry, Merging, Naming, PlaceId, end_key_site,
    merge_places, name_key_site,
};
use testkit::TestDb;

use crate::{
    actors::clerk_of,
    city::{City, day, front},
};

testkit::on_both!(a_town_has_one_key_site_for_an_industry, a_merged_key_site_goes_on);

fn naming(city: &City, place: PlaceId, industry: Industry) -> Naming {
    let (from, reason) = (day(3, 1), "业态最全".into());
    Naming { town: city.town, industry, place, from, reason }
}

async fn a_town_has_one_key_site_for_an_industry(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let new = naming(&city, city.mall, Industry::Trade);
    let site = name_key_site(&mut tx, &cx, new.clone()).await.unwrap();
    let second = Naming { place: city.floor, from: day(4, 1), ..new.clone() };
    let taken = name_key_site(&mut tx, &cx, second.clone()).await;
    assert!(
        matches!(&taken, Err(ChangeError::KeySiteTaken { name }) if name == "万象汇"),
        "{taken:?}"
    );
    name_key_site(&mut tx, &cx, naming(&city, city.mall, Industry::Catering)).await.unwrap();
    for (place, wrong) in [(city.tower, "another town's"), (city.town, "a town")] {
        let refused = name_key_site(&mut tx, &cx, naming(&city, place, Industry::Software)).await;
        let expected = matches!(refused, Err(ChangeError::OtherTown | ChangeError::NotASite));
        assert!(expected, "{wrong}: {refused:?}");
    }
    let clerk = db.cx_as(clerk_of(&db, city.other_town));
    let foreign = end_key_site(&mut tx, &clerk, site, day(5, 1), "换").await;
    assert!(matches!(foreign, Err(ChangeError::Denied(Denied::Invisible))), "{foreign:?}");
    end_key_site(&mut tx, &cx, site, day(5, 1), "改造停业").await.unwrap();
    let over = end_key_site(&mut tx, &cx, site, day(6, 1), "又来").await;
    assert!(matches!(over, Err(ChangeError::Closed)), "{over:?}");
    let overlapping = name_key_site(&mut tx, &cx, second.clone()).await;
    assert!(matches!(overlapping, Err(ChangeError::TooEarly(_))), "{overlapping:?}");
    name_key_site(&mut tx, &cx, Naming { from: day(5, 1), ..second }).await.unwrap();
    let before = Atlas::load(&mut tx, day(4, 30)).await.unwrap();
    let after = Atlas::load(&mut tx, day(5, 1)).await.unwrap();
    let at = |atlas: &Atlas| atlas.key_site(city.town, Industry::Trade).map(|site| site.place);
    assert_eq!((at(&before), at(&after)), (Some(city.mall), Some(city.floor)));
    assert_eq!(after.key_sites().len(), 2);
}

async fn a_merged_key_site_goes_on(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let other = front(&mut tx, &cx, city.town, "九方购物中心", Front::District).await.unwrap();
    name_key_site(&mut tx, &cx, naming(&city, city.mall, Industry::Trade)).await.unwrap();
    let atlas = Atlas::load(&mut tx, cx.today()).await.unwrap();
    let version = atlas.place(city.mall).unwrap().version;
    let (from, into, on) = (city.mall, other, day(6, 1));
    let merging = Merging { from, into, on, reason: "统一运营".into(), version };
    merge_places(&mut tx, &cx, merging).await.unwrap();
    for (on, place) in [(day(5, 31), city.mall), (day(6, 1), other)] {
        let atlas = Atlas::load(&mut tx, on).await.unwrap();
        let site = atlas.key_site(city.town, Industry::Trade).unwrap();
        assert_eq!(site.place, place);
    }
}
