//! Coverage: the running sums, the counted states and a plain count in memory all agree, on every
//! day, whatever order facts came in.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use organisations::{
    By, Change, Counts, Facts, Filter, Standing, Unit, coverage, filter::Frame, ledger, list, sums,
};
use places::{Atlas, Reach};
use testkit::TestDb;

use crate::city::{day, facts, found, put, uscc};

/// A small generator, so that a failure repeats.
struct Draw(u64);
impl Draw {
    fn next(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 20
    }
}

/// What a plain reader of the puts would know: unit, day, facts.
type Told = HashMap<u32, BTreeMap<Date, Facts>>;

async fn tell(db: &TestDb, atlas: &Atlas, rounds: u64) -> Told {
    let cx = db.cx();
    let mut draw = Draw(7);
    let mut told = Told::new();
    for _ in 0..rounds {
        let mut tx = db.write().await.unwrap();
        let mut puts = Vec::new();
        let mut numbers: Vec<u32> = (0..8).map(|_| (draw.next() % 40) as u32).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let codes: Vec<_> = numbers.iter().map(|number| uscc(*number)).collect();
        let known = ledger::find_by_uscc(&mut tx, &codes).await.unwrap();
        for number in numbers {
            let on = day((draw.next() % 500) as i64);
            let new = facts(atlas, draw.next());
            let unit: Option<Unit> = known.get(&uscc(number)).map(|(unit, _)| unit.clone());
            let days = told.entry(number).or_default();
            let already = days.range(..=on).next_back().map(|(_, facts)| facts) == Some(&new);
            if !already {
                days.insert(on, new.clone());
            }
            puts.push((number, unit, on, new));
        }
        put(&mut tx, &cx, atlas, puts).await;
        tx.commit().await.unwrap();
    }
    told
}

fn state(days: &BTreeMap<Date, Facts>, on: Date) -> Option<&Facts> {
    days.range(..=on).next_back().map(|(_, facts)| facts)
}

fn plain_count(told: &Told, on: Date, by: impl Fn(&Facts) -> String) -> HashMap<String, Counts> {
    let mut counted: HashMap<String, Counts> = HashMap::new();
    for facts in told.values().filter_map(|days| state(days, on)).filter(|facts| facts.operates()) {
        let one = i64::from;
        let eligible = facts.member_count >= 3;
        let separate = facts.cover == organisations::Cover::Separate;
        let joint = facts.cover == organisations::Cover::Joint;
        let counts = Counts {
            operating: 1,
            separate: one(separate),
            joint: one(joint),
            work: one(!facts.work.is_empty()),
            work_covered: one(separate || joint || !facts.work.is_empty()),
            eligible: one(eligible),
            covered_eligible: one(eligible && (separate || joint)),
        };
        counted.entry(by(facts)).or_default().add(&counts, 1);
    }
    counted
}

fn frame<'a>(atlas: &'a Atlas, reach: &'a Reach, today: Date) -> Frame<'a> {
    Frame { atlas, reach, member_floor: 3, today, found: None }
}

fn key_of(by: By, facts: &Facts) -> String {
    let none = || "none".to_owned();
    match by {
        By::Front => facts.front.map_or_else(none, |front| front.to_string()),
        By::Town => facts.town.to_string(),
        By::Industry => facts.industry.to_string(),
        By::Station => facts.station.map_or_else(none, |station| station.to_string()),
    }
}

testkit::on_both!(sums_lists_and_a_plain_count_agree, changes_open_to_their_units);
testkit::on_both!(the_golden_case);

async fn sums_lists_and_a_plain_count_agree(db: TestDb) {
    let atlas = found(&db).await;
    let told = tell(&db, &atlas, 40).await;
    let today = db.cx().today();
    let reach = Reach::everything();
    let mut town_reach = Reach::default();
    town_reach.towns.push(atlas.towns()[1]);
    let mut tx = db.read().await.unwrap();
    for number in [0, 1, 31, 32, 60, 153, 300, 366, 499, 640] {
        let at = day(number);
        for by in [By::Front, By::Town, By::Industry, By::Station] {
            let expected = plain_count(&told, at, |facts| key_of(by, facts));
            let filter = Filter { at: Some(at), ..Filter::default() };
            let whole = frame(&atlas, &reach, today);
            let summed = coverage::coverage(&mut tx, &filter, &whole, by).await.unwrap();
            for row in &summed.rows {
                let wanted = expected.get(&row.key).copied().unwrap_or_default();
                assert_eq!(row.counts, wanted, "{by} {} on {at}", row.key);
                // Each number opens to a list of that length.
                let set = by.cut(&filter, &row.key);
                for (standing, count) in [
                    (Standing::Operating, wanted.operating),
                    (Standing::Separate, wanted.separate),
                    (Standing::Joint, wanted.joint),
                    (Standing::Covered, wanted.covered()),
                    (Standing::Work, wanted.work),
                    (Standing::WorkCovered, wanted.work_covered),
                    (Standing::Eligible, wanted.eligible),
                    (Standing::CoveredEligible, wanted.covered_eligible),
                    (Standing::Due, wanted.due()),
                ] {
                    let set = set.but(|filter| filter.status = Some(standing));
                    let listed = list::count(&mut tx, &set, &whole).await.unwrap();
                    assert_eq!(listed, count, "{standing} of {by} {} on {at}", row.key);
                }
            }
            // Counted from the states themselves, by asking for a condition the sums lack.
            let counted = filter.but(|filter| filter.headcount_min = Some(0));
            let counted = coverage::coverage(&mut tx, &counted, &whole, by).await.unwrap();
            assert_eq!(counted, summed);
            let narrow = frame(&atlas, &town_reach, today);
            let narrow = coverage::coverage(&mut tx, &filter, &narrow, by).await.unwrap();
            let own = |told: &Told| {
                let own = |facts: &Facts| (facts.town == atlas.towns()[1]).to_string();
                plain_count(told, at, own).get("true").copied().unwrap_or_default()
            };
            assert_eq!(narrow.total, own(&told), "a town's clerk on {at}");
        }
    }
    // The sums as kept are the sums as counted anew.
    let before = all_sums(&mut tx, &atlas, today).await;
    drop(tx);
    let mut tx = db.write().await.unwrap();
    sums::recount(&mut tx, 3).await.unwrap();
    assert_eq!(all_sums(&mut tx, &atlas, today).await, before);
    tx.rollback().await.unwrap();
}

async fn all_sums(tx: &mut db::Tx, atlas: &Atlas, today: Date) -> Vec<coverage::Coverage> {
    let reach = Reach::everything();
    let mut all = Vec::new();
    for number in 0..510 {
        let filter = Filter { at: Some(day(number)), ..Filter::default() };
        let frame = frame(atlas, &reach, today);
        all.push(coverage::coverage(tx, &filter, &frame, By::Station).await.unwrap());
    }
    all
}

async fn changes_open_to_their_units(db: TestDb) {
    let atlas = found(&db).await;
    let told = tell(&db, &atlas, 40).await;
    let today = db.cx().today();
    let reach = Reach::everything();
    let frame = frame(&atlas, &reach, today);
    let mut tx = db.read().await.unwrap();
    for (begin, end) in [(0, 499), (100, 101), (30, 200), (200, 640)] {
        let (from, at) = (day(begin), day(end));
        for by in [By::Front, By::Town, By::Station] {
            for change in [Change::Established, Change::Lost, Change::Entered, Change::Left] {
                let filter = Filter { at: Some(at), ..Filter::default() };
                let found = coverage::changes(&mut tx, &filter, &frame, by, change, from).await;
                let found = found.unwrap();
                assert_eq!(found.total, plain_changes(&told, change, from, at, |_| true));
                for row in coverage::coverage(&mut tx, &filter, &frame, by).await.unwrap().rows {
                    let same = |facts: &Facts| key_of(by, facts) == row.key;
                    let wanted = plain_changes(&told, change, from, at, same);
                    let counted = found.by_key.get(&row.key).copied().unwrap_or_default();
                    assert_eq!(counted, wanted, "{change} of {by} {}", row.key);
                    let list = by.cut(&filter, &row.key).but(|filter| {
                        filter.change = Some(change);
                        filter.from = Some(from);
                    });
                    assert_eq!(list::count(&mut tx, &list, &frame).await.unwrap(), wanted);
                }
            }
        }
    }
}

/// Units in the set at one end and not at the other, each end cut to the same key.
fn plain_changes(
    told: &Told,
    change: Change,
    from: Date,
    at: Date,
    key: impl Fn(&Facts) -> bool,
) -> i64 {
    let inside = |facts: Option<&Facts>| {
        facts.is_some_and(|facts| {
            let set = matches!(change, Change::Entered | Change::Left) || facts.is_covered();
            facts.operates() && set && key(facts)
        })
    };
    let (here, there) = match change {
        Change::Established | Change::Entered => (at, from),
        Change::Lost | Change::Left => (from, at),
    };
    told.values().filter(|days| inside(state(days, here)) && !inside(state(days, there))).count()
        as i64
}

/// Golden case of the field: of 2,866 surveyed units 66 are eligible and 28 of them covered,
/// 42.4 %; 28 more make 84.8 %.
async fn the_golden_case(db: TestDb) {
    let atlas = found(&db).await;
    let cx = db.cx();
    let town = atlas.towns()[0];
    let mut puts = Vec::new();
    for number in 0..2866_u32 {
        let mut facts = Facts::blank(town, places::Industry::Trade);
        facts.headcount = 10;
        facts.member_count = if number < 66 { 3 } else { 2 };
        if number < 28 {
            facts.cover = organisations::Cover::Separate;
        }
        puts.push((number, None, day(0), facts));
    }
    let mut tx = db.write().await.unwrap();
    put(&mut tx, &cx, &atlas, puts).await;
    let reach = Reach::everything();
    let frame = frame(&atlas, &reach, cx.today());
    let percent = |counts: &Counts| {
        kernel::Rate::new(counts.covered_eligible, counts.eligible)
            .percent()
            .map(|one| one.to_string())
    };
    let filter = Filter::default();
    let first = coverage::coverage(&mut tx, &filter, &frame, By::Town).await.unwrap().total;
    assert_eq!((first.operating, first.eligible, first.covered_eligible), (2866, 66, 28));
    assert_eq!(percent(&first).as_deref(), Some("42.4"));
    let codes: Vec<_> = (28..56).map(uscc).collect();
    let known = ledger::find_by_uscc(&mut tx, &codes).await.unwrap();
    let mut puts = Vec::new();
    for number in 28..56_u32 {
        let (unit, spans) = &known[&uscc(number)];
        let mut facts = spans[0].facts.clone();
        facts.cover = organisations::Cover::Joint;
        puts.push((number, Some(unit.clone()), day(9), facts));
    }
    put(&mut tx, &cx, &atlas, puts).await;
    let then = coverage::coverage(&mut tx, &filter, &frame, By::Town).await.unwrap().total;
    assert_eq!(percent(&then).as_deref(), Some("84.8"));
    let past = Filter { at: Some(day(8)), ..Filter::default() };
    let past = coverage::coverage(&mut tx, &past, &frame, By::Town).await.unwrap().total;
    assert_eq!(percent(&past).as_deref(), Some("42.4"));
    tx.commit().await.unwrap();
}
