//! A place moves, is merged, is split: its units follow from that day on, and no past figure
//! changes.

use jiff::civil::{Date, date};
use organisations::{By, Cover, Filter, Sight, Standing};
use places::{Atlas, PlaceId};
use testkit::TestDb;

use crate::town_hall::{self, TownHall};

testkit::on_both!(
    a_moved_front_takes_its_units_along,
    a_merged_place_hands_its_units_over,
    a_split_takes_what_hung_there,
    another_station_is_followed_from_its_day,
    what_a_person_said_stays_said
);

/// The day of the change; two thirds of the units have states before and after.
const ON: Date = Date::constant(2020, 12, 1);

async fn atlas(hall: &TownHall) -> Atlas {
    let mut tx = hall.app.db.read().await.unwrap();
    Atlas::load(&mut tx, hall.app.db.cx().today()).await.unwrap()
}

/// Coverage by every key on some days, as text.
async fn figures(hall: &TownHall, days: &[Date]) -> Vec<String> {
    let mut tx = hall.app.db.read().await.unwrap();
    let cx = hall.app.db.cx();
    let mut all = Vec::new();
    for day in days {
        let state = &hall.app.state;
        let sight = Sight::open(&mut tx, state, &cx, Some(*day)).await.unwrap();
        let filter = Filter { at: Some(*day), ..Filter::default() };
        for by in [By::Front, By::Town, By::Station] {
            let mut table = (*sight.coverage(&mut tx, &filter, by).await.unwrap()).clone();
            // A key that the tree has only since shows an empty row.
            table.rows.retain(|row| row.counts != organisations::Counts::default());
            all.push(format!("{day} {by} {table:?}"));
        }
    }
    all
}

/// The units of a town and status on a day, by their list's own words.
async fn listed(hall: &TownHall, filter: &Filter) -> Vec<String> {
    let mut tx = hall.app.db.read().await.unwrap();
    let cx = hall.app.db.cx();
    let sight = Sight::open(&mut tx, &hall.app.state, &cx, filter.at).await.unwrap();
    let sort = organisations::Sort::Number;
    let (page, total) = sight.list(&mut tx, filter, sort, None, 200).await.unwrap();
    assert_eq!(page.items.len() as i64, total);
    page.items.iter().map(|one| format!("{} {:?}", one.unit.id, one.span.facts)).collect()
}

const PAST: [Date; 3] = [date(2020, 3, 1), date(2020, 9, 30), date(2020, 11, 30)];

fn front(hall: &TownHall, town: usize, turn: usize) -> PlaceId {
    hall.atlas.children(hall.atlas.towns()[town])[turn]
}

/// Every unit's states follow from its place, from a day on.
async fn check_follows(hall: &TownHall, since: Date) {
    let mut tx = hall.app.db.read().await.unwrap();
    let today = hall.app.db.cx().today();
    for number in 0..town_hall::UNITS {
        let unit = town_hall::by_number(&mut tx, number).await;
        let (_, spans) = organisations::ledger::find(&mut tx, unit.id).await.unwrap().unwrap();
        for span in spans.iter().filter(|span| span.to_on > since) {
            let day = span.from_on.max(since).min(today);
            let tree = Atlas::load(&mut tx, day).await.unwrap();
            let Some(place) = span.facts.place else { continue };
            assert_eq!(Some(span.facts.town), tree.town_of(place), "unit {number} on {day}");
            assert_eq!(span.facts.front, tree.front_of(place), "unit {number} on {day}");
            assert_eq!(span.facts.station, tree.station_of(place), "unit {number} on {day}");
        }
    }
}

async fn a_moved_front_takes_its_units_along(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    let (place, to) = (front(&hall, 0, 0), hall.atlas.towns()[1]);
    let here = |status, at| Filter { place: Some(place), status, at, ..Filter::default() };
    let before = figures(&hall, &PAST).await;
    let lists = [
        listed(&hall, &here(None, Some(PAST[1]))).await,
        listed(&hall, &here(Some(Standing::Covered), Some(PAST[2]))).await,
    ];
    assert!(!lists[0].is_empty() && !listed(&hall, &here(None, None)).await.is_empty());
    let version = hall.atlas.place(place).unwrap().version.to_string();
    let parent = to.to_string();
    let path = format!("/places/{place}/moves");
    let wrong = clerk.post(&path, &[("parent", ""), ("on", ""), ("version", &version)]).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    let on = ON.to_string();
    let fields = [("parent", &*parent), ("on", &*on), ("version", &*version)];
    let done = clerk.post(&path, &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(figures(&hall, &PAST).await, before);
    assert_eq!(listed(&hall, &here(None, Some(PAST[1]))).await, lists[0]);
    assert_eq!(listed(&hall, &here(Some(Standing::Covered), Some(PAST[2]))).await, lists[1]);
    check_follows(&hall, ON).await;
    let moved = listed(&hall, &here(None, Some(ON))).await;
    let in_town = Filter { town: Some(to), ..here(None, Some(ON)) };
    assert_eq!(listed(&hall, &in_town).await, moved);
    // The town's clerk may not move a place out of somebody else's town.
    let town = hall.browser("town").await;
    let refused = town.post(&path, &fields).await;
    assert!(matches!(refused.status, 403 | 404), "{}", refused.status);
}

async fn a_merged_place_hands_its_units_over(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    let (from, into) = (front(&hall, 0, 0), front(&hall, 1, 0));
    let before = figures(&hall, &PAST).await;
    let version = hall.atlas.place(from).unwrap().version.to_string();
    let (to, on) = (into.to_string(), ON.to_string());
    let fields = [("into", &*to), ("on", &*on), ("reason", "两处合为一处"), ("version", &*version)];
    let done = clerk.post(&format!("/places/{from}/merges"), &fields).await;
    assert_eq!((done.status, done.location()), (303, &*format!("/places/{into}")), "{}", done.body);
    assert_eq!(figures(&hall, &PAST).await, before);
    check_follows(&hall, ON).await;
    let gone = Filter { place: Some(from), ..Filter::default() };
    assert!(listed(&hall, &gone).await.is_empty());
    let mut tx = hall.app.db.read().await.unwrap();
    for number in 0..town_hall::UNITS {
        let unit = town_hall::by_number(&mut tx, number).await;
        let (_, spans) = organisations::ledger::find(&mut tx, unit.id).await.unwrap().unwrap();
        assert_ne!(spans.last().unwrap().facts.place, Some(from));
    }
}

async fn a_split_takes_what_hung_there(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    let place = front(&hall, 0, 1);
    let before = figures(&hall, &PAST).await;
    let version = hall.atlas.place(place).unwrap().version.to_string();
    let on = ON.to_string();
    let fields =
        [("part_1", "大厦乙座"), ("on", &*on), ("reason", "分开管理"), ("version", &*version)];
    let done = clerk.post(&format!("/places/{place}/splits"), &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(figures(&hall, &PAST).await, before);
    check_follows(&hall, ON).await;
    let tree = atlas(&hall).await;
    assert!(tree.by_name("大厦乙座", hall.atlas.towns()[0]).is_ok());
}

async fn another_station_is_followed_from_its_day(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    let (place, town) = (front(&hall, 0, 0), hall.atlas.towns()[0]);
    let other = hall.atlas.station_of(front(&hall, 0, 1)).unwrap();
    let before = figures(&hall, &PAST).await;
    let (text, on) = (place.to_string(), ON.to_string());
    let fields = [("place", &*text), ("on", &*on)];
    let done = clerk.post(&format!("/stations/{other}/covers"), &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(figures(&hall, &PAST).await, before);
    check_follows(&hall, ON).await;
    assert_eq!(atlas(&hall).await.station_of(place), Some(other));
    let _ = town;
}

async fn what_a_person_said_stays_said(db: TestDb) {
    let hall = town_hall::open(db).await;
    let place = front(&hall, 0, 0);
    let body = hall.atlas.bodies().last().unwrap().id;
    let unit =
        hall.unit_where(|facts| facts.place == Some(place) && facts.cover == Cover::None).await;
    let admin = hall.browser("admin").await;
    let script = hall.app.script_of("admin").await;
    let change = serde_json::json!({ "version": unit.version, "set": { "body": body } });
    let said = script.patch(&format!("/api/v1/units/{}", unit.id), &change).await;
    assert_eq!(said.status, 200, "{}", said.body);
    let today = hall.app.db.cx().today();
    assert_eq!(hall.facts_on(unit.id, today).await.body, Some(body));
    let version = hall.atlas.place(place).unwrap().version.to_string();
    let parent = hall.atlas.towns()[2].to_string();
    let on = today.to_string();
    let fields = [("parent", &*parent), ("on", &*on), ("version", &*version)];
    let done = admin.post(&format!("/places/{place}/moves"), &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let facts = hall.facts_on(unit.id, today).await;
    assert_eq!((facts.town, facts.body), (hall.atlas.towns()[2], Some(body)));
    assert_eq!(facts.station, None, "a station covers in its own town only");
}
