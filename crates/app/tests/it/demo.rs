//! The demo city: the article's figures, counted from its records; the same city for the same
//! seed, on either engine.

use std::collections::{BTreeSet, HashMap};

use app::demo::{self, Found, Login, Plan};
use db::{Engine, journal};
use jiff::civil::date;
use kernel::{Code as _, Date, Role, Timestamp, actor::AccountId};
use organisations::{By, Coverage, Filter, Listed, Or, Sight, Sort, export, worker};
use places::{Atlas, Front, PlaceId, PlaceKind, UnitKind};
use testkit::{TestDb, app::TestApp, on_both};

use crate::site::site;

/// Enough for every rate to come within a unit or two of its aim.
const UNITS: usize = 600;
const TODAY: Date = date(2021, 10, 20);
const BASELINE: Date = date(2020, 12, 31);

async fn build(db: &TestDb, units: usize, seed: u64) -> Vec<Login> {
    let rules = people::Rules::cheap();
    let (cx, keys) = (db.cx(), TestApp::site(Vec::new()).keys);
    let built = demo::build(db, Plan { units, seed }, &rules, (&cx, &keys), |_, _| {}).await;
    built.expect("an empty database takes a demo city")
}

async fn coverage(app: &TestApp, at: Date, by: By) -> Coverage {
    let mut tx = app.db.read().await.expect("it reads");
    let sight = Sight::open(&mut tx, &app.state, &app.db.cx(), Some(at)).await.expect("a sight");
    let filter = Filter { at: Some(at), ..Filter::default() };
    (*sight.coverage(&mut tx, &filter, by).await.expect("a table")).clone()
}

async fn listed(app: &TestApp, filter: &Filter) -> Vec<Listed> {
    let mut tx = app.db.read().await.expect("it reads");
    let sight = Sight::open(&mut tx, &app.state, &app.db.cx(), None).await.expect("a sight");
    sight.list(&mut tx, filter, Sort::Number, None, 10_000).await.expect("a list").0.items
}

async fn atlas(db: &TestDb, on: Date) -> Atlas {
    let mut tx = db.read().await.expect("it reads");
    Atlas::load(&mut tx, on).await.expect("an atlas")
}

fn percent(part: i64, whole: i64) -> f64 {
    100.0 * part as f64 / whole as f64
}

/// Of the operating units of each front, those covered by an organisation.
fn by_front(table: &Coverage) -> HashMap<String, f64> {
    let rate = |row: &organisations::CoverageRow| {
        (row.key.clone(), percent(row.counts.covered(), row.counts.operating))
    };
    table.rows.iter().map(rate).collect()
}

async fn the_articles_figures_follow_from_the_records(db: TestDb) {
    let logins = build(&db, UNITS, 1).await;
    assert_eq!(logins.len(), 15);
    let app = site(db.clone());
    let held = journal::verify(&db).await.expect("the journal reads");
    assert!(held.is_ok_and(|entries| entries > UNITS as i64));
    ground(&atlas(&db, TODAY).await);
    staff(&db).await;
    let fronts = coverage(&app, TODAY, By::Front).await;
    assert_eq!(fronts.rows.len(), Front::ALL.len(), "every unit stands on one of five fronts");
    assert!(fronts.rows.iter().all(|row| row.counts.operating > 0));
    rates(&app, &fronts).await;
    units(&app).await;
    dates(&db).await;
}
on_both!(the_articles_figures_follow_from_the_records);

/// R1, R3, R16, R17.
fn ground(atlas: &Atlas) {
    assert_eq!(atlas.towns().len(), 11);
    assert_eq!(atlas.stations().len(), 36);
    let all: Vec<PlaceId> = atlas.towns().iter().flat_map(|town| atlas.subtree(*town)).collect();
    let fronts = all.iter().filter_map(|id| atlas.place(*id)).filter_map(|place| place.front);
    assert_eq!(fronts.collect::<BTreeSet<_>>().len(), 5);
    for id in &all {
        assert!(atlas.station_of(*id).is_some(), "{} belongs to no station", atlas.path(*id));
    }
    for station in atlas.stations() {
        assert!(!atlas.covered_by(station.id).is_empty(), "{} covers nothing", station.name);
    }
    for town in atlas.towns() {
        let sites = atlas.key_sites().iter().filter(|site| site.town == *town);
        assert!(sites.count() >= 3, "{} has few key sites", atlas.name(*town));
    }
    let town = atlas.town_by_name("昆山高新区").expect("a town");
    let mall = atlas.by_name("万象汇", town).expect("the mall");
    let shops = atlas.subtree(mall).into_iter().filter_map(|id| atlas.place(id));
    assert!(shops.filter(|place| place.kind == PlaceKind::Shop).count() > 300);
}

/// R3, R4.
async fn staff(db: &TestDb) {
    let mut tx = db.read().await.expect("it reads");
    let workers = worker::in_office(&mut tx, TODAY).await.expect("workers");
    let (station, body): (Vec<_>, Vec<_>) = workers.iter().partition(|one| one.station.is_some());
    assert!(station.len() > 70 && body.iter().all(|one| one.body.is_some()));
    assert_eq!(body.len(), 15);
    let stations: BTreeSet<_> = station.iter().filter_map(|one| one.station).collect();
    let bodies: BTreeSet<_> = body.iter().filter_map(|one| one.body).collect();
    assert_eq!((stations.len(), bodies.len()), (36, 11));
    let levels: BTreeSet<_> = station.iter().map(|one| one.level).collect();
    assert_eq!(levels.len(), 2, "city and towns employ them");
}

/// The rates of the mockup, within what so few units allow.
async fn rates(app: &TestApp, fronts: &Coverage) {
    let near = |found: f64, wanted: f64, by: f64| {
        assert!((found - wanted).abs() <= by, "{found:.1}, wanted {wanted} ± {by}");
    };
    let total = fronts.total;
    near(percent(total.covered(), total.operating), 41.9, 1.0);
    near(percent(total.separate, total.operating), 17.3, 1.5);
    near(percent(total.work_covered, total.operating), 89.5, 2.0);
    near(percent(total.covered_eligible, total.eligible), 90.0, 3.0);
    near(percent(total.due(), total.operating), 2.0, 1.0);
    let now = by_front(fronts);
    for (front, wanted) in [
        (Front::Park, 54.4),
        (Front::Building, 39.6),
        (Front::District, 34.7),
        (Front::MakerSpace, 34.5),
        (Front::CharacteristicTown, 36.1),
    ] {
        near(now[front.code()], wanted, 4.0);
    }
    let before = coverage(app, BASELINE, By::Front).await;
    near(percent(before.total.covered(), before.total.operating), 36.6, 1.0);
    let then = by_front(&before);
    for front in [Front::Building, Front::District] {
        let rise = now[front.code()] - then[front.code()];
        near(rise, 7.1, 2.0);
        // The second half of the year brought more than the first.
        let spring = by_front(&coverage(app, date(2021, 5, 27), By::Front).await);
        assert!(spring[front.code()] - then[front.code()] < rise / 2.0 + 1.0);
    }
}

/// What holds of every unit.
async fn units(app: &TestApp) {
    let units = listed(app, &Filter::default()).await;
    let out = units.iter().filter(|one| !one.span.facts.operates()).count();
    assert!(out > 0, "some have left the denominator");
    let mut joint: HashMap<_, usize> = HashMap::new();
    for one in &units {
        let (facts, name) = (&one.span.facts, &one.unit.identity.name);
        assert!(facts.member_count <= facts.headcount, "{name}");
        assert_eq!(facts.is_covered(), facts.organisation.is_some(), "{name}");
        assert!(facts.station.is_some(), "{name}");
        assert!(facts.operates() || !facts.status_reason.is_empty(), "{name}");
        assert!(facts.operates() || !facts.status_evidence.is_empty(), "{name}");
        assert_eq!(facts.operates(), facts.status_approved_by.is_none(), "{name}");
        if facts.cover == organisations::Cover::Joint {
            *joint.entry(facts.organisation).or_default() += 1;
        }
    }
    assert!(joint.values().all(|units| (2..=5).contains(units)), "{joint:?}");
    for lead in ["富士康", "沪士", "清越光电"] {
        let found = units.iter().find(|one| one.unit.identity.name == lead).expect(lead);
        assert_eq!(found.span.facts.cover, organisations::Cover::Separate, "{lead}");
    }
    let shops = units.iter().filter(|one| one.unit.identity.kind == UnitKind::SoleTrader);
    assert!(shops.count() > UNITS / 10);
    let park = Filter { front: Some(Or::Is(Front::Park)), ..Filter::default() };
    assert!(listed(app, &park).await.len() > UNITS / 4);
}

/// The journal runs through the two years, and people of the city wrote it.
async fn dates(db: &TestDb) {
    let mut tx = db.read().await.expect("it reads");
    let entries = journal::page(&mut tx, None, None, None, 100_000).await.expect("entries");
    let at: Vec<Timestamp> = entries.iter().rev().map(|one| one.at).collect();
    assert!(at.is_sorted(), "the journal tells time backwards");
    let months = at.iter().map(|at| kernel::time::civil_date(*at).first_of_month());
    assert_eq!(months.collect::<BTreeSet<_>>().len(), 25);
    let by: BTreeSet<AccountId> =
        entries.iter().filter_map(|one| one.actor.map(AccountId::from_uuid)).collect();
    assert!(by.len() >= 3, "administrator, clerk and a town's clerk");
}

async fn whoever_is_printed_can_sign_in(db: TestDb) {
    let logins = build(&db, demo::FEWEST, 3).await;
    let app = site(db.clone());
    for login in &logins {
        let visitor = app.visitor();
        let answer = visitor.sign_in(&login.name, &login.password).await;
        assert_eq!(answer.status, 303, "{}", login.name);
        assert!(answer.location().starts_with('/') && !answer.location().contains("login"));
    }
    let role = |role: Role| logins.iter().any(|login| login.role.starts_with(role.label()));
    let missing: Vec<Role> = Role::ALL.iter().copied().filter(|one| !role(*one)).collect();
    assert!(missing.is_empty(), "every role can be tried, and {missing:?} not");
    // The passwords are no part of the seed.
    let other = TestDb::open(Engine::Sqlite).await;
    let mut bytes = [0; 8];
    kernel::Rng::fill(&*other.rng, &mut bytes);
    let others = build(&other, demo::FEWEST, 3).await;
    assert!(logins.iter().zip(&others).all(|(one, other)| one.password != other.password));
    other.drop_database().await;
}
on_both!(whoever_is_printed_can_sign_in);

async fn a_database_says_what_it_holds(db: TestDb) {
    assert_eq!(demo::look(&db).await.expect("it reads"), Found::Nothing);
    build(&db, demo::FEWEST, 2).await;
    assert_eq!(demo::look(&db).await.expect("it reads"), Found::Demo);
    let real = TestDb::open(db.engine()).await;
    let mut tx = real.write().await.expect("it writes");
    places::found_city(&mut tx, &real.cx(), &places::Founding::kunshan()).await.expect("a city");
    tx.commit().await.expect("it keeps");
    assert_eq!(demo::look(&real).await.expect("it reads"), Found::Real);
    real.drop_database().await;
}
on_both!(a_database_says_what_it_holds);

/// Everything that a reader can ask for: the journal's end, which every entry went into, and the
/// exported ledger at three dates.
async fn digest(db: &TestDb) -> (Vec<u8>, Vec<Vec<u8>>) {
    let app = site(db.clone());
    let mut tx = db.read().await.expect("it reads");
    let last = journal::page(&mut tx, None, None, None, 1).await.expect("an entry");
    let mut books = Vec::new();
    for at in [date(2019, 11, 1), BASELINE, TODAY] {
        let sight = Sight::open(&mut tx, &app.state, &db.cx(), Some(at)).await.expect("a sight");
        let filter = Filter { at: Some(at), ..Filter::default() };
        let book = export::units(&mut tx, &db.cx(), &sight, &filter, Sort::Number).await;
        books.push(book.expect("a workbook"));
    }
    (last[0].hash.clone(), books)
}

async fn built(engine: Engine, seed: u64) -> (Vec<u8>, Vec<Vec<u8>>) {
    let db = TestDb::open(engine).await;
    build(&db, demo::FEWEST, seed).await;
    let digest = digest(&db).await;
    db.drop_database().await;
    digest
}

#[tokio::test]
async fn the_same_seed_gives_the_same_city_on_either_engine() {
    let first = built(Engine::Sqlite, 7).await;
    assert!(first == built(Engine::Sqlite, 7).await, "a second run differs");
    assert!(first == built(Engine::Postgres, 7).await, "the other engine differs");
    assert!(first != built(Engine::Sqlite, 8).await, "another seed gives the same city");
}
