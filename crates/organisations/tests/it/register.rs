//! The register in memory answers exactly what the database answers, whatever is asked, for whom
//! and when; and it stays so while units come, change and go.

use std::{collections::HashMap, sync::Arc};

use db::{Db, Tx, journal};
use jiff::civil::Date;
use kernel::{
    Actor, Grant, Id, Role,
    actor::{Scope, ScopeKind},
};
use organisations::{
    By, Change, Cover, Facts, Filter, Identity, Or, Put, Sort, Source, Standing, Status, coverage,
    filter::Frame, ledger, list, organisation, policy, register::Registers, search, timeline::Edit,
    worker,
};
use places::{Atlas, Front, Industry, Reach, UnitKind};
use testkit::TestDb;

use crate::city::{day, facts, found, uscc};

testkit::on_both!(memory_and_database_agree, a_writer_is_told_nothing_from_memory);

/// A small generator, so that a failure repeats.
struct Draw(u64);
impl Draw {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 20
    }
    fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }
    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
    fn perhaps<T>(&mut self, in_so_many: usize, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(in_so_many) == 0).then(|| some(self))
    }
}

const UNITS: u32 = 60;
const TODAY: i64 = 600;
const WORDS: [&str; 12] = [
    "昆山",
    "科技",
    "昆",
    "kj",
    "yxgs",
    "科技有限",
    "广场商圈",
    "gcsq",
    "91320583",
    "A1",
    "x",
    "号楼 昆山",
];

fn identity(draw: &mut Draw, number: u32) -> Identity {
    let first = draw.one(&["昆山", "苏州", "Kunshan ", "昆山市"]);
    let second = draw.one(&["科技", "贸易", "电子A1", "餐饮"]);
    let kinds = [UnitKind::Enterprise, UnitKind::SoleTrader, UnitKind::SocialGroup];
    Identity {
        uscc: uscc(number),
        name: format!("{first}{second}{}有限公司", number % 7),
        kind: draw.one(&kinds),
        address: draw.one(&["", "前进路 3 号楼", "人民路"]).to_owned(),
        note: draw.one(&["", "记"]).to_owned(),
    }
}

/// Puts a few units at random days; some of them known, some new, some with another name.
async fn write(db: &Db, cx: &kernel::Cx, atlas: &Atlas, draw: &mut Draw) {
    let mut tx = ledger::begin(db).await.unwrap();
    let names = ["云杉党支部", "联合党委"].map(str::to_owned);
    let made = organisation::find_or_make(&mut tx, cx, &names, day(0)).await.unwrap();
    let joint = *made.values().next().unwrap();
    let workers = worker::in_office(&mut tx, day(TODAY)).await.unwrap();
    let mut numbers: Vec<u32> = (0..9).map(|_| draw.below(UNITS as usize) as u32).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let codes: Vec<_> = numbers.iter().map(|number| uscc(*number)).collect();
    let known = ledger::find_by_uscc(&mut tx, &codes).await.unwrap();
    let mut puts = Vec::new();
    for number in numbers {
        let mut facts: Facts = facts(atlas, draw.next());
        facts.headcount = draw.below(90) as i64;
        facts.industry = draw.one(&[Industry::Trade, Industry::Manufacturing]);
        facts.organisation = (facts.cover == Cover::Joint).then_some(joint);
        facts.worker = draw.perhaps(3, |_| workers.first().map(|one| one.id)).flatten();
        if facts.status == Status::Cancelled {
            facts.status_reason = "已注销".into();
            facts.status_evidence = "登记信息".into();
        }
        let unit = known.get(&uscc(number)).map(|(unit, _)| unit.clone());
        let renamed = unit.is_none() || draw.below(3) == 0;
        let identity = match &unit {
            Some(unit) if !renamed => unit.identity.clone(),
            _ => identity(draw, number),
        };
        puts.push(Put { identity, unit, on: day(draw.below(500) as i64), facts });
    }
    let permit = policy::may_import(&Actor::System { name: "test" }, atlas).unwrap().0;
    ledger::write(&mut tx, cx, &permit, puts, &Source::default()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Takes a unit out of the register, as undoing an import does.
async fn withdraw(db: &Db, cx: &kernel::Cx, atlas: &Atlas, number: u32) {
    let mut tx = ledger::begin(db).await.unwrap();
    let mut known = ledger::find_by_uscc(&mut tx, &[uscc(number)]).await.unwrap();
    let Some((unit, spans)) = known.remove(&uscc(number)) else { return };
    let permit = policy::may_import(&Actor::System { name: "test" }, atlas).unwrap().0;
    let edit = Edit { removed: spans, added: Vec::new() };
    let source = Source::default();
    ledger::take_back(&mut tx, cx, &permit, Vec::new(), vec![(unit, edit)], &source).await.unwrap();
    tx.commit().await.unwrap();
}

fn filter(draw: &mut Draw, atlas: &Atlas) -> Filter {
    let town = atlas.towns()[draw.below(4)];
    let place = atlas.children(atlas.towns()[0])[0];
    let station = atlas.stations()[draw.below(atlas.stations().len())].id;
    let change = draw.perhaps(3, |draw| draw.one(<Change as kernel::Code>::ALL));
    Filter {
        at: draw.perhaps(2, |draw| day(draw.below(TODAY as usize + 1) as i64)),
        from: change.map(|_| day(draw.below(TODAY as usize) as i64)),
        change,
        status: draw.perhaps(2, |draw| draw.one(<Standing as kernel::Code>::ALL)),
        town: draw.perhaps(4, |_| town),
        front: draw.perhaps(5, |draw| {
            draw.one(&[Or::None, Or::Is(Front::District), Or::Is(Front::Building)])
        }),
        place: draw.perhaps(8, |_| place),
        station: draw.perhaps(6, |draw| draw.one(&[Or::None, Or::Is(station)])),
        body: draw.perhaps(8, |draw| {
            let body = atlas.bodies().first().map_or(Or::None, |body| Or::Is(body.id));
            draw.one(&[Or::None, body])
        }),
        industry: draw.perhaps(6, |draw| draw.one(&[Industry::Trade, Industry::Finance])),
        kind: draw.perhaps(6, |_| UnitKind::SoleTrader),
        worker: draw.perhaps(8, |_| Or::None),
        members_min: draw.perhaps(8, |_| 2),
        headcount_min: draw.perhaps(8, |_| 40),
        q: draw.perhaps(3, |draw| draw.one(&WORDS).to_owned()),
        ..Filter::default()
    }
}

fn reaches(atlas: &Atlas) -> Vec<Reach> {
    let town = atlas.towns()[1];
    let place = atlas.children(atlas.towns()[0])[0];
    let of = |kind, id| {
        let scope = Scope { kind, id: Some(id) };
        let grants = Arc::from([Grant { role: Role::Viewer, scope }]);
        let id = Id::from_uuid(uuid_of(7));
        let actor = Actor::Account { id, name: Arc::from("陈"), grants, token: None };
        Reach::of(&actor, atlas, policy::READERS)
    };
    let mut reaches = vec![
        Reach::everything(),
        Reach::default(),
        of(ScopeKind::Town, town.uuid()),
        of(ScopeKind::Place, place.uuid()),
        of(ScopeKind::Station, atlas.stations()[0].id.uuid()),
    ];
    reaches.extend(atlas.bodies().first().map(|body| of(ScopeKind::Body, body.id.uuid())));
    reaches
}

fn uuid_of(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

/// Walks three pages both ways of reading, and counts changes and sets.
async fn compare(tx: &mut Tx, registers: &Registers, atlas: &Atlas, draw: &mut Draw) {
    let version = journal::version(tx).await.unwrap();
    let reach = draw.one(&reaches(atlas).iter().collect::<Vec<_>>()).clone();
    let filter = filter(draw, atlas);
    let sort = draw.one(<Sort as kernel::Code>::ALL);
    let found = match &filter.q {
        Some(words) => Some(search::find(tx, words, atlas).await.unwrap().unwrap_or_default()),
        None => None,
    };
    let today: Date = day(TODAY);
    let frame = Frame { atlas, reach: &reach, member_floor: 3, today, found: found.as_ref() };
    let asked = format!("{:?} {sort} {reach:?}", filter.pairs());
    let count = list::count(tx, &filter, &frame).await.unwrap();
    let mut after = None;
    for page in 0..3 {
        let slow =
            list::numbers(tx, &filter, &frame, sort, after.as_ref(), 7, count).await.unwrap();
        let quick = registers
            .ask(version, |register| register.numbers(&filter, &frame, sort, after.as_ref(), 7));
        assert_eq!(quick, Some((count, slow.clone())), "page {page} of {asked}");
        let shown = list::page_of(tx, &filter, &frame, sort, &slow, 7).await.unwrap();
        let now = filter.change.is_none() && filter.at.is_none_or(|at| at >= today);
        if now {
            let numbers: Vec<i64> = shown.items.iter().map(|one| one.unit.no).collect();
            let whole = registers.ask(version, |register| register.whole(&numbers)).unwrap();
            assert_eq!(format!("{whole:?}"), format!("{:?}", shown.items), "{asked}");
        }
        after = shown.next;
        if after.is_none() {
            break;
        }
    }
    let by = draw.one(<By as kernel::Code>::ALL);
    let states = filter.but(|filter| filter.change = None);
    let sets = registers.ask(version, |register| register.counted(&states, &frame, by)).unwrap();
    let slow = coverage::counted(tx, &states, &frame, by).await.unwrap();
    let filled = |sets: HashMap<String, _>| sets.into_iter().collect::<HashMap<String, _>>();
    assert_eq!(filled(sets), filled(slow), "{by} of {asked}");
    compare_sums(tx, registers, &frame, by, &filter).await;
    let Some((change, from)) = filter.change.zip(filter.from) else { return };
    let plain = filter.but(|filter| (filter.change, filter.from) = (None, None));
    let slow = coverage::changes(tx, &plain, &frame, by, change, from).await.unwrap();
    let quick = registers
        .ask(version, |register| register.changes(&plain, &frame, by, change, from))
        .unwrap();
    assert_eq!(quick, slow, "{change} by {by} of {asked}");
    let all = registers.ask(version, |register| register.all_changes(&plain, &frame, by, from));
    assert_eq!(all.is_some(), plain.q.is_none() && plain.kind.is_none());
    if let Some(one) = all.into_iter().flatten().find(|(one, _)| *one == change) {
        assert_eq!(one.1, slow, "{change} of all by {by} of {asked}");
    }
}

/// The lines in memory beside the running sums of the database, on the filter's day.
async fn compare_sums(
    tx: &mut Tx,
    registers: &Registers,
    frame: &Frame<'_>,
    by: By,
    filter: &Filter,
) {
    let version = journal::version(tx).await.unwrap();
    let one_key = Filter { at: filter.at, town: filter.town, ..Filter::default() };
    let several = Filter { front: filter.front, station: filter.station, ..one_key.clone() };
    for asked in [one_key, several] {
        let summed = registers.ask(version, |register| register.summed(&asked, frame, by));
        let Some(summed) = summed else {
            // What needs more than one key at once, or a reader of single stations or places.
            assert!(!frame.reach.all || asked.front.is_some() || asked.station.is_some());
            continue;
        };
        let slow = coverage::coverage(tx, &asked, frame, by).await.unwrap();
        let quick = coverage::arrange(summed, frame.atlas, by);
        assert_eq!(quick, slow, "sums by {by} of {:?} seen by {:?}", asked.pairs(), frame.reach);
    }
}

async fn memory_and_database_agree(db: TestDb) {
    let atlas = found(&db).await;
    let cx = db.cx();
    let mut draw = Draw(11);
    let registers = Arc::new(Registers::default());
    let mut tx = db.write().await.unwrap();
    let new = worker::NewWorker {
        name: "顾明".into(),
        level: worker::Level::Town,
        station: None,
        body: None,
        from_on: day(0),
    };
    worker::appoint(&mut tx, &cx, &new).await.unwrap();
    tx.commit().await.unwrap();
    for round in 0..24 {
        write(&db, &cx, &atlas, &mut draw).await;
        if round % 5 == 4 {
            withdraw(&db, &cx, &atlas, draw.below(UNITS as usize) as u32).await;
        }
        let mut tx = db.read().await.unwrap();
        let version = journal::version(&mut tx).await.unwrap();
        assert!(registers.bring(&mut tx, &db, version).await.unwrap(), "round {round}");
        for _ in 0..12 {
            compare(&mut tx, &registers, &atlas, &mut draw).await;
        }
    }
}

async fn a_writer_is_told_nothing_from_memory(db: TestDb) {
    let atlas = found(&db).await;
    let cx = db.cx();
    let registers = Arc::new(Registers::default());
    write(&db, &cx, &atlas, &mut Draw(3)).await;
    let mut tx = db.write().await.unwrap();
    let version = journal::version(&mut tx).await.unwrap();
    assert!(!registers.bring(&mut tx, &db, version).await.unwrap());
    drop(tx);
    let mut tx = db.read().await.unwrap();
    assert!(registers.bring(&mut tx, &db, version).await.unwrap());
    assert_eq!(db.version().await.unwrap(), version);
    // An older moment than the copy's is the database's to answer.
    write(&db, &cx, &atlas, &mut Draw(4)).await;
    let mut newer = db.read().await.unwrap();
    let then = journal::version(&mut newer).await.unwrap();
    assert!(then > version);
    assert_eq!(db.version().await.unwrap(), then);
    assert!(registers.bring(&mut newer, &db, then).await.unwrap());
    assert!(!registers.bring(&mut tx, &db, version).await.unwrap());
    assert_eq!(registers.ask(version, |_| Some(())), None);
}
