//! The real binary, killed at any moment: what it answered is there, and nothing is half there.
//!
//! `TONGPIN_CRASH_ROUNDS=100` kills it a hundred times, `TONGPIN_CRASH_SEED` at other moments.

mod fair;
mod house;
mod rush;
mod two_nodes;
mod two_tills;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use places::PlaceId;
use serde_json::json;
use testkit::{
    server::Server,
    wire::{Ask, Client},
};

use self::house::House;
use crate::ground::{code, holds, ledger_text, unit};

/// Units in each ledger that is imported under load.
const LEDGER: u32 = 20;
/// Numbers of units of ledgers begin here; those of single units below.
const LEDGERS_FROM: u32 = 1_000_000;
/// Clients that write single units.
const WRITERS: u32 = 3;
/// Rounds from one look at the whole register to the next.
const WHOLE_EVERY: u64 = 10;
/// A batch settles long before this many questions.
const PATIENCE: u32 = 200_000;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// A small generator, so that a failure repeats as far as threads do.
struct Draw(u64);

impl Draw {
    fn next(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// A unit whose registration was answered, and the last note whose saving was.
#[derive(Clone, Debug)]
struct Kept {
    id: String,
    number: u32,
    version: i64,
}

/// An import whose upload was answered, and whether its confirmation was.
#[derive(Clone, Debug)]
struct Sent {
    address: String,
    first: u32,
    confirmed: bool,
}

/// What was answered so far, over all rounds.
#[derive(Default)]
struct Answered {
    units: Mutex<Vec<Kept>>,
    batches: Mutex<Vec<Sent>>,
    next_unit: AtomicU32,
    next_ledger: AtomicU32,
}

/// Registers units and changes each once, until the server is gone.
fn write_units(client: &mut Client, place: PlaceId, into: &Answered, told: &Sender<()>) {
    loop {
        let number = into.next_unit.fetch_add(1, Ordering::Relaxed);
        let asked = Ask::json("POST", "/api/v1/units", &unit(number, place));
        let Some(answer) = client.ask(&asked) else { return };
        assert_eq!(answer.status, 201, "{}", answer.text());
        let id = answer.json()["id"].as_str().expect("an id").to_owned();
        into.units.lock().unwrap().push(Kept { id: id.clone(), number, version: 1 });
        let _ = told.send(());
        let set = json!({ "version": 1, "set": { "note": "改过", "on": "2021-09-01" } });
        let asked = Ask::json("PATCH", format!("/api/v1/units/{id}"), &set);
        let Some(answer) = client.ask(&asked) else { return };
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mut units = into.units.lock().unwrap();
        units.iter_mut().filter(|one| one.number == number).for_each(|one| one.version = 2);
        let _ = told.send(());
    }
}

/// Imports ledgers, each from upload to confirmation, until the server is gone.
fn write_ledgers(client: &mut Client, into: &Answered, told: &Sender<()>) {
    loop {
        let first = LEDGERS_FROM + into.next_ledger.fetch_add(LEDGER, Ordering::Relaxed);
        let text = ledger_text(first..first + LEDGER, first % 5);
        let Some(answer) = client.ask(&ledger("/imports", &text)) else { return };
        assert_eq!(answer.status, 303, "{}", answer.text());
        let address = answer.location().to_owned();
        let sent = Sent { address: address.clone(), first, confirmed: false };
        into.batches.lock().unwrap().push(sent);
        let _ = told.send(());
        if settled(client, &address, &["ready"]).is_none() {
            return;
        }
        let confirm = format!("{address}/confirmation");
        let Some(answer) = client.ask(&Ask::json("POST", confirm, &json!({}))) else { return };
        assert_eq!(answer.status, 303, "{}", answer.text());
        if let Some(last) = into.batches.lock().unwrap().last_mut() {
            last.confirmed = true;
        }
        let _ = told.send(());
    }
}

fn ledger(path: &str, text: &str) -> Ask {
    Ask::upload(path, "ledger.csv", text.as_bytes())
}

/// Asks until a batch stands in one of these states; nothing when the server is gone.
fn settled(client: &mut Client, address: &str, states: &[&str]) -> Option<String> {
    let mut last = String::new();
    let asked = Ask::get(format!("/api/v1{address}"));
    for _ in 0..PATIENCE {
        let answer = client.ask(&asked)?;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["state"].as_str().expect("a state").clone_into(&mut last);
        if states.contains(&&*last) {
            return Some(last);
        }
    }
    panic!("{address} stays {last}, and is not {states:?}");
}

/// Loads the server from several clients and kills it after so many answered writes.
fn load_and_kill(mut running: Server, house: &House, into: &Arc<Answered>, answers: u64) {
    let (told, hear): (Sender<()>, Receiver<()>) = channel();
    let client = house.client(&running);
    let clients: Vec<_> = (0..=WRITERS)
        .map(|turn| {
            let (into, told, mut client) = (Arc::clone(into), told.clone(), client.clone());
            let place = house.mall;
            thread::spawn(move || match turn {
                0 => write_ledgers(&mut client, &into, &told),
                _ => write_units(&mut client, place, &into, &told),
            })
        })
        .collect();
    drop(told);
    for _ in 0..answers {
        hear.recv().expect("the clients go on until the server is gone");
    }
    running.kill();
    for client in clients {
        client.join().expect("no client was answered otherwise than it should be");
    }
}

/// Where a check begins: what was answered before it was checked before.
#[derive(Clone, Copy, Default)]
struct Checked {
    units: usize,
    batches: usize,
}

/// Everything that was answered since is there; what was confirmed gets written. Answers where
/// the next check begins.
fn check_answers(client: &mut Client, into: &Answered, since: Checked) -> Checked {
    let units = into.units.lock().unwrap();
    for kept in &units[since.units..] {
        let asked = Ask::get(format!("/api/v1/units/{}", kept.id));
        let answer = client.ask(&asked).expect("it runs");
        assert_eq!(answer.status, 200, "{kept:?}: {}", answer.text());
        let now = answer.json();
        assert_eq!(now["uscc"], code(kept.number).as_str());
        let version = now["version"].as_i64().expect("a version");
        assert!((kept.version..=2).contains(&version), "{kept:?} is {now}");
        assert_eq!(now["note"], if version == 2 { "改过" } else { "" });
    }
    let mut batches = into.batches.lock().unwrap();
    for sent in &mut batches[since.batches..] {
        // A confirmation may have been kept though its answer was lost.
        let states: &[&str] = if sent.confirmed { &["written"] } else { &["ready", "written"] };
        let state = settled(client, &sent.address, states).expect("it runs");
        sent.confirmed = state == "written";
    }
    Checked { units: units.len(), batches: batches.len() }
}

/// A ledger is there whole or not at all.
async fn check_ledgers(db: &db::Db, into: &Answered) {
    let batches = into.batches.lock().unwrap().clone();
    let mut tx = db.read().await.unwrap();
    for sent in batches {
        let codes: Vec<_> = (sent.first..sent.first + LEDGER).map(code).collect();
        let found = organisations::ledger::find_by_uscc(&mut tx, &codes).await.unwrap();
        let wanted = if sent.confirmed { LEDGER as usize } else { 0 };
        assert_eq!(found.len(), wanted, "{sent:?}");
    }
}

fn killed_at_any_moment(house: &House) {
    let rounds = setting("TONGPIN_CRASH_ROUNDS", 10);
    let mut draw = Draw(setting("TONGPIN_CRASH_SEED", 1));
    let into = Arc::new(Answered::default());
    let mut running = house.serve();
    let mut checked = Checked::default();
    for round in 0..rounds {
        load_and_kill(running, house, &into, 4 + draw.next(40));
        running = house.serve();
        let mut client = house.client(&running);
        // Everything anew once in a while, as the register grows, and so does the looking at it.
        let all = round % WHOLE_EVERY == WHOLE_EVERY - 1 || round + 1 == rounds;
        let since = if all { Checked::default() } else { checked };
        checked = check_answers(&mut client, &into, since);
        if all {
            house.block_on(async |db| {
                check_ledgers(db, &into).await;
                holds(db, house::TODAY).await;
            });
        }
    }
    let (units, batches) = (into.units.lock().unwrap().len(), into.batches.lock().unwrap().len());
    println!("{rounds} rounds: {units} units and {batches} imports answered, none lost");
    assert!(units as u64 > rounds && batches > 0, "{units} units, {batches} imports");
}

fn an_upload_cut_off_keeps_nothing(house: &House) {
    let running = house.serve();
    let mut client = house.client(&running);
    let text = ledger_text(0..500, 3);
    let answer = client.ask_half(&ledger("/imports", &text)).expect("it answers");
    assert_eq!(answer.status, 422, "{}", answer.text());
    let answer = client.ask_half(&ledger("/api/v1/imports", &text)).expect("it answers");
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(answer.json()["title"], "upload-cut-off");
    house.block_on(async |db| {
        let mut tx = db.read().await.unwrap();
        for count in ["SELECT COUNT(*) FROM stored_file", "SELECT COUNT(*) FROM import_batch"] {
            let kept: Vec<i64> = tx.list(db::Query::new(count), |row| row.get(0)).await.unwrap();
            assert_eq!(kept, [0], "{count}");
        }
    });
}

fn told_to_stop_an_import_goes_on_after_the_start(house: &House) {
    // Enough to be at it still when the second of grace is over; a fast machine may be done.
    const ROWS: u32 = 15_000;
    let mut running = house.serve();
    let mut client = house.client(&running);
    let text = ledger_text(0..ROWS, 3);
    let answer = client.ask(&ledger("/imports", &text)).expect("it runs");
    let address = answer.location().to_owned();
    settled(&mut client, &address, &["ready"]);
    let confirm = Ask::json("POST", format!("{address}/confirmation"), &json!({}));
    client.ask(&confirm).expect("it runs");
    running.wait_for(&["job begun"], Some("import.write"));
    running.terminate();
    let end = running.wait_for(&["job given back", "job done"], Some("import.write"));
    running.wait_for(&["stopped"], None);
    assert_eq!(running.ended(), Some(0));
    let written = if end == "job done" { ROWS } else { 0 };
    println!("{end}");
    assert_eq!(house.block_on(units), written);
    let running = house.serve();
    settled(&mut house.client(&running), &address, &["written"]);
    assert_eq!(house.block_on(units), ROWS);
}

async fn units(db: &db::Db) -> u32 {
    db::journal::require_whole(db).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let count = db::Query::new("SELECT COUNT(*) FROM unit");
    let count: Vec<i64> = tx.list(count, |row| row.get(0)).await.unwrap();
    u32::try_from(count[0]).expect("a count")
}

macro_rules! on_both_houses {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                super::$name(&super::House::build(testkit::Engine::Sqlite));
            }
            #[test]
            fn postgres() {
                super::$name(&super::House::build(testkit::Engine::Postgres));
            }
        }
    )+};
}

on_both_houses!(
    killed_at_any_moment,
    an_upload_cut_off_keeps_nothing,
    told_to_stop_an_import_goes_on_after_the_start
);
