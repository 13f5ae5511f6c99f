//! Figures from above this room, and what that domain is told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use db::Tx;
use futures_util::future::BoxFuture;
use kernel::{Cx, Date, Grant, Role, Scope};
use places::{Atlas, CountsPart, PlaceCounts, PlaceFigures, PlaceId, Reach, Restated};
use testkit::{TestDb, app::TestApp};

use crate::city::{City, day};

testkit::on_both!(figures_stand_beside_places_and_units_keep_a_place_open);

/// Counts 1,300 units at one place, and remembers what it was told.
struct Fixed {
    place: PlaceId,
    told: Mutex<Vec<Restated>>,
}

impl PlaceCounts for Fixed {
    fn counts<'a>(
        &'a self,
        _: &'a mut Tx,
        atlas: &'a Atlas,
        _: &'a Reach,
        on: Date,
    ) -> BoxFuture<'a, db::Result<HashMap<PlaceId, PlaceFigures>>> {
        assert_eq!(atlas.on(), on);
        let figures = PlaceFigures {
            operating: 1300,
            operating_href: format!("/units?place={}", self.place),
            due: 7,
            due_href: format!("/units?place={}&status=due", self.place),
        };
        Box::pin(async move { Ok(HashMap::from([(self.place, figures)])) })
    }

    fn restate<'a>(
        &'a self,
        _: &'a mut Tx,
        _: &'a Cx,
        restated: &'a Restated,
    ) -> BoxFuture<'a, db::Result<()>> {
        self.told.lock().expect("nobody panicked").push(restated.clone());
        Box::pin(async { Ok(()) })
    }
}

async fn figures_stand_beside_places_and_units_keep_a_place_open(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let city = City::build(&mut tx, &db.cx()).await;
    tx.commit().await.unwrap();
    let app = TestApp::with(places::routes(), db);
    app.account("admin", &[Grant { role: Role::Administrator, scope: Scope::CITY }]).await;
    let fixed = Arc::new(Fixed { place: city.upper, told: Mutex::default() });
    app.state.part::<CountsPart>().provide(fixed.clone());
    let admin = app.browser("admin").await;
    let tree = admin.get("/places").await;
    let link = format!("<a class=\"fig\" href=\"/units?place={}\">1,300</a>", city.upper);
    assert!(tree.has(&link), "{}", tree.body);
    assert!(admin.get(&format!("/places/{}", city.mall)).await.has("1,300"));
    let closing = [("reason", "改造"), ("on", "2021-08-01"), ("version", "1")];
    let refused = admin.post(&format!("/places/{}/closures", city.upper), &closing).await;
    assert!(refused.status == 422 && refused.has("1300 家在营单位"), "{}", refused.body);
    let town = city.town.to_string();
    let fields = [("town", town.as_str()), ("name", "第 1 工作站"), ("on", "2021-01-01")];
    let station = admin.post("/stations", &fields).await.location().to_owned();
    let place = city.upper.to_string();
    let covers = [("place", place.as_str()), ("on", "2021-02-01")];
    assert_eq!(admin.post(&format!("{station}/covers"), &covers).await.status, 303);
    let fields = [("name", "第 1 工作站"), ("closed_on", "2021-09-01"), ("version", "1")];
    assert_eq!(admin.post(&station, &fields).await.status, 303);
    let told: Vec<(Date, Vec<PlaceId>)> = fixed
        .told
        .lock()
        .unwrap()
        .iter()
        .map(|restated| (restated.on, restated.places.clone()))
        .collect();
    assert_eq!(told, [(day(2, 1), vec![city.upper]), (day(9, 1), vec![city.upper])]);
}
