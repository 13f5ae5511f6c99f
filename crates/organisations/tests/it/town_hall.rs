//! A running site over the small city: units at random days with later changes, people who keep
//! and people who only read.

use db::Tx;
use jiff::civil::Date;
use kernel::{Grant, Role, Scope, actor::ScopeKind};
use organisations::{Cover, Facts, Unit, UnitId, ledger};
use places::Atlas;
use testkit::{
    TestDb,
    app::{Browser, TestApp},
};

use crate::city;

/// How many units the city has.
pub const UNITS: u32 = 140;

/// A site, its tree, and everything that is in it.
pub struct TownHall {
    pub app: TestApp,
    pub atlas: Atlas,
}

/// A number that looks random and is the same in every run.
pub fn draw(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// Opens the site: every unit is put once, every third is changed at a later day.
pub async fn open(db: TestDb) -> TownHall {
    let atlas = city::found(&db).await;
    let cx = db.cx();
    let mut tx = db.write().await.unwrap();
    let first = (0..UNITS).map(|number| {
        let draw = draw(u64::from(number));
        (number, None, city::day((draw >> 40) as i64 % 400), city::facts(&atlas, draw))
    });
    city::put(&mut tx, &cx, &atlas, first.collect()).await;
    let mut later = Vec::new();
    for number in (0..UNITS).step_by(3) {
        let unit = by_number(&mut tx, number).await;
        let draw = draw(u64::from(number) + 10_000);
        let on = city::day(400 + (draw >> 40) as i64 % 250);
        later.push((number, Some(unit), on, city::facts(&atlas, draw)));
    }
    city::put(&mut tx, &cx, &atlas, later).await;
    tx.commit().await.unwrap();
    let app = TestApp::with(organisations::routes().merge(places::routes()), db);
    organisations::install(&app.state);
    let grant = |role, scope| Grant { role, scope };
    let town = Scope::on(ScopeKind::Town, atlas.towns()[0].uuid());
    app.account("admin", &[grant(Role::Administrator, Scope::CITY)]).await;
    app.account("clerk", &[grant(Role::Clerk, Scope::CITY)]).await;
    app.account("town", &[grant(Role::Clerk, town)]).await;
    app.account("viewer", &[grant(Role::Viewer, Scope::CITY)]).await;
    let both = [grant(Role::Viewer, Scope::CITY), grant(Role::Worker, town)];
    app.account("worker", &both).await;
    TownHall { app, atlas }
}

/// The unit of this number, as the register has it.
pub async fn by_number(tx: &mut Tx, number: u32) -> Unit {
    let code = city::uscc(number);
    let mut found = ledger::find_by_uscc(tx, &[code]).await.unwrap();
    found.remove(&code).unwrap().0
}

impl TownHall {
    /// A browser of this account.
    pub async fn browser(&self, name: &str) -> Browser {
        self.app.browser(name).await
    }

    /// The unit of this number, with the facts of today.
    pub async fn unit(&self, number: u32) -> (Unit, organisations::Facts) {
        let mut tx = self.app.db.read().await.unwrap();
        let unit = by_number(&mut tx, number).await;
        let (unit, spans) = ledger::find(&mut tx, unit.id).await.unwrap().unwrap();
        (unit, spans.last().unwrap().facts.clone())
    }

    /// A unit of today that fits, by its facts.
    pub async fn unit_where(&self, fits: impl Fn(&Facts) -> bool) -> Unit {
        for number in 0..UNITS {
            let (unit, facts) = self.unit(number).await;
            if fits(&facts) {
                return unit;
            }
        }
        panic!("no unit of the test city fits");
    }

    /// What held of a unit on a day.
    pub async fn facts_on(&self, id: UnitId, on: Date) -> organisations::Facts {
        let mut tx = self.app.db.read().await.unwrap();
        let (_, spans) = ledger::find(&mut tx, id).await.unwrap().unwrap();
        organisations::timeline::on(&spans, on).unwrap().facts.clone()
    }
}

/// The length of the list on a page of the ledger, as it says itself.
pub fn total(body: &str) -> i64 {
    let Some((_, foot)) = body.split_once("class=\"sheet-foot\"") else { return 0 };
    let text = foot.split_once("class=\"fig\"").expect("the foot says the total").1;
    let text = text.split_once('>').unwrap().1.split_once('<').unwrap().0;
    text.replace(',', "").parse().unwrap()
}

/// The test city's covered units have no organisation's name, which a form would ask for.
pub fn uncovered(facts: &Facts) -> bool {
    facts.operates() && facts.cover == Cover::None
}
