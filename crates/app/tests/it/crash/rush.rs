//! Citizens claim, tills take and refund, and the server is killed at any moment: every answer that
//! was given was kept, none was given twice, and everything adds up.
//!
//! As in the module above, `TONGPIN_CRASH_ROUNDS=100` kills it a hundred times.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Sender, channel},
    },
    thread,
};

use serde_json::{Value, json};
use testkit::{
    Engine,
    server::Server,
    wire::{Ask, Client},
};
use vouchers::BatchId;

use super::{
    Draw, WHOLE_EVERY,
    fair::{self, Fair, Table},
    house::House,
    setting,
};

/// Clients that claim alone, and clients that stand at a till too.
const CLAIMERS: usize = 3;
const TILLS: usize = 3;
/// Answers in a round, at most.
const ANSWERS: u64 = 120;

/// What was asked and not answered: it may have been done.
#[derive(Clone, Debug)]
enum Open {
    Claim(usize),
    Redemption { citizen: usize, ask: Ask },
    Refund(Ask),
}

/// What was answered, over all rounds.
#[derive(Default)]
struct Answered {
    /// By citizen: the number of their voucher.
    claims: BTreeMap<usize, i64>,
    /// Ids and amounts.
    redemptions: Vec<(String, i64)>,
    refunds: Vec<(String, i64)>,
    open: Vec<Open>,
}

struct Rush {
    fair: Fair,
    batch: BatchId,
    next: AtomicUsize,
    answered: Mutex<Answered>,
}

/// One client at its work.
struct Work<'a> {
    rush: &'a Rush,
    client: Client,
    told: Sender<()>,
}

fn fen(answer: &Value) -> i64 {
    answer["amount_fen"].as_i64().expect("an amount")
}

fn id(answer: &Value, field: &str) -> String {
    answer[field].as_str().unwrap_or_else(|| panic!("no {field} in {answer}")).to_owned()
}

impl Rush {
    fn begin(house: &House, rounds: u64) -> Self {
        let citizens = u32::try_from(500 + rounds * ANSWERS).expect("a small number");
        let fair = Fair::open(house, citizens);
        let batch = fair.batch(house, i64::from(citizens));
        Self { fair, batch, next: AtomicUsize::new(0), answered: Mutex::default() }
    }

    fn note(&self, what: impl FnOnce(&mut Answered)) {
        what(&mut self.answered.lock().unwrap());
    }

    fn claimed(&self, citizen: usize, answer: &Value) {
        let number = answer["claim_no"].as_i64().expect("a number");
        self.note(|all| {
            let before = all.claims.insert(citizen, number);
            assert!(before.is_none_or(|one| one == number), "{citizen}: {before:?}, {number}");
        });
    }

    fn redeemed(&self, answer: &Value) {
        self.note(|all| all.redemptions.push((id(answer, "redemption"), fen(answer))));
    }

    fn refunded(&self, answer: &Value) {
        self.note(|all| all.refunds.push((id(answer, "refund"), fen(answer))));
    }
}

impl Work<'_> {
    /// Asks; what got no answer is noted, and ends the work.
    fn ask(&mut self, ask: &Ask, open: impl FnOnce() -> Open) -> Option<Value> {
        let Some(answer) = self.client.ask(ask) else {
            self.rush.note(|all| all.open.push(open()));
            return None;
        };
        assert!(matches!(answer.status, 200 | 201), "{ask:?}: {}", answer.text());
        Some(answer.json())
    }

    /// The next citizen claims, and most of them once more; who it was.
    fn claim(&mut self) -> Option<usize> {
        let rush = self.rush;
        let citizen = rush.next.fetch_add(1, Ordering::Relaxed);
        assert!(citizen < rush.fair.citizens(), "enough citizens for all rounds");
        let ask = rush.fair.claim(rush.batch, citizen);
        for _ in 0..=citizen % 2 {
            let answer = self.ask(&ask, || Open::Claim(citizen))?;
            assert_eq!(answer["outcome"], "yours", "{answer}");
            rush.claimed(citizen, &answer);
            let _ = self.told.send(());
        }
        Some(citizen)
    }

    fn claim_on(mut self) {
        while self.claim().is_some() {}
    }

    /// One after another claims, spends a part, and gets a part of that back.
    fn serve_on(mut self) {
        while let Some(citizen) = self.claim() {
            if self.serve(citizen).is_none() {
                return;
            }
        }
    }

    fn serve(&mut self, citizen: usize) -> Option<()> {
        let (rush, shop) = (self.rush, citizen % 2);
        let wallet = self.client.ask(&rush.fair.wallet(citizen))?;
        assert_eq!(wallet.status, 200, "{}", wallet.text());
        let code = fair::code(&wallet.json());
        let ask = rush.fair.redeem(shop, &code, &format!("b{citizen}"), 700);
        let taken = self.ask(&ask, || Open::Redemption { citizen, ask: ask.clone() })?;
        rush.redeemed(&taken);
        let _ = self.told.send(());
        let key = format!("f{citizen}");
        let ask = rush.fair.refund(shop, &taken["redemption"], &key, 300);
        let back = self.ask(&ask, || Open::Refund(ask.clone()))?;
        rush.refunded(&back);
        let _ = self.told.send(());
        Some(())
    }
}

/// Loads the server from several clients and kills it after so many answers.
fn load_and_kill(mut running: Server, rush: &Rush, answers: u64) {
    let (told, hear) = channel();
    thread::scope(|scope| {
        for turn in 0..CLAIMERS + TILLS {
            let client = Client::new(running.addr(), Vec::new());
            let work = Work { rush, client, told: told.clone() };
            scope.spawn(move || if turn < CLAIMERS { work.claim_on() } else { work.serve_on() });
        }
        drop(told);
        for _ in 0..answers {
            hear.recv().expect("the clients go on until the server is gone");
        }
        running.kill();
    });
}

/// Asks again what was not answered, with the same keys: it is done by then, and once.
fn settle(client: &mut Client, rush: &Rush) {
    let open = std::mem::take(&mut rush.answered.lock().unwrap().open);
    for one in open {
        let ask = match &one {
            Open::Claim(citizen) => rush.fair.claim(rush.batch, *citizen),
            Open::Redemption { ask, .. } | Open::Refund(ask) => ask.clone(),
        };
        let answer = client.ask(&ask).expect("it runs");
        let done = matches!(answer.status, 200 | 201);
        match one {
            Open::Claim(citizen) if done => rush.claimed(citizen, &answer.json()),
            Open::Refund(_) if done => rush.refunded(&answer.json()),
            Open::Redemption { .. } if answer.status == 200 => rush.redeemed(&answer.json()),
            // It was not written, and its code has grown old since.
            Open::Redemption { citizen, .. } => {
                assert_eq!(answer.json()["title"], "unknown-code", "{}", answer.text());
                let wallet = client.ask(&rush.fair.wallet(citizen)).expect("it runs").json();
                assert_eq!(wallet["items"][0]["left_fen"], 2_000, "{wallet}");
            }
            lost => panic!("{lost:?}: {}", answer.text()),
        }
    }
}

/// What is written is what was answered: nothing is lost, and nothing is there besides.
async fn check(db: &db::Db, answered: &Answered) {
    let written = fair::claims(db, 1).await;
    let numbers: HashSet<i64> = answered.claims.values().copied().collect();
    assert_eq!(numbers.len(), answered.claims.len(), "no voucher was given to two");
    let citizens: HashSet<i64> = written.iter().map(|(_, citizen)| *citizen).collect();
    assert_eq!(citizens.len(), written.len(), "nobody got two");
    assert!(written.iter().zip(1..).all(|((number, _), at)| *number == at), "no gaps");
    assert_eq!(written.len(), answered.claims.len());
    for (table, mut answered) in [
        (Table::Redemptions, answered.redemptions.clone()),
        (Table::Refunds, answered.refunds.clone()),
    ] {
        let mut written = fair::sums(db, table).await;
        written.sort_unstable();
        answered.sort_unstable();
        assert_eq!(written, answered);
    }
    fair::adds_up(db).await;
}

fn killed_in_the_rush(house: &House) {
    let rounds = setting("TONGPIN_CRASH_ROUNDS", 6);
    let mut draw = Draw(setting("TONGPIN_CRASH_SEED", 7));
    let rush = Arc::new(Rush::begin(house, rounds));
    let mut running = house.serve();
    let mut lost = 0;
    for round in 0..rounds {
        load_and_kill(running, &rush, 1 + draw.next(ANSWERS - CLAIMERS as u64 - TILLS as u64));
        running = house.serve();
        lost += rush.answered.lock().unwrap().open.len();
        settle(&mut Client::new(running.addr(), Vec::new()), &rush);
        if round % WHOLE_EVERY == WHOLE_EVERY - 1 || round + 1 == rounds {
            let answered = rush.answered.lock().unwrap();
            house.block_on(async |db| check(db, &answered).await);
        }
    }
    let answered = rush.answered.lock().unwrap();
    let (claims, taken) = (answered.claims.len(), answered.redemptions.len());
    let back = answered.refunds.len();
    println!("{rounds} rounds: {claims} claims, {taken} redemptions, {back} refunds, none lost");
    println!("{lost} asks were cut off, each of them asked again");
    assert!(claims as u64 >= rounds && taken > 0 && back > 0 && lost > 0);
}

/// The power goes after the answer, or before it: the same request again finds what was done.
fn sent_again_after_a_cut(house: &House) {
    let fair = Fair::open(house, 3);
    let batch = fair.batch(house, 10);
    let mut running = house.serve_beside();
    let mut client = Client::new(running.addr(), Vec::new());
    // Half a body, and no more: nothing is taken.
    let half = client.ask_half(&fair.claim(batch, 0)).expect("it answers");
    assert_eq!((half.status, &half.json()["title"]), (422, &json!("body-cut-off")));
    let first = client.ask(&fair.claim(batch, 0)).expect("it runs").json();
    let wallet = client.ask(&fair.wallet(0)).expect("it runs").json();
    let redeem = fair.redeem(0, &fair::code(&wallet), "b1", 700);
    let half = client.ask_half(&redeem).expect("it answers");
    assert_eq!((half.status, &half.json()["title"]), (422, &json!("body-cut-off")));
    let taken = client.ask(&redeem).expect("it runs").json();
    let refund = fair.refund(0, &taken["redemption"], "f1", 300);
    let back = client.ask(&refund).expect("it runs").json();
    running.kill();
    let running = house.serve();
    let mut client = Client::new(running.addr(), Vec::new());
    for _ in 0..2 {
        let again = client.ask(&fair.claim(batch, 0)).expect("it runs");
        assert_eq!((again.status, &again.json()["voucher"]), (200, &first["voucher"]));
        let again = client.ask(&redeem).expect("it runs");
        assert_eq!((again.status, &again.json()["redemption"]), (200, &taken["redemption"]));
        let again = client.ask(&refund).expect("it runs");
        assert_eq!((again.status, &again.json()["refund"]), (200, &back["refund"]));
    }
    house.block_on(async |db| {
        assert_eq!(fair::claims(db, 1).await.len(), 1);
        assert_eq!(fair::sums(db, Table::Redemptions).await.len(), 1);
        assert_eq!(fair::sums(db, Table::Refunds).await.len(), 1);
        fair::adds_up(db).await;
    });
}

#[test]
fn killed_in_the_rush_on_sqlite() {
    killed_in_the_rush(&House::build(Engine::Sqlite));
}

#[test]
fn killed_in_the_rush_on_postgres() {
    killed_in_the_rush(&House::build(Engine::Postgres));
}

#[test]
fn sent_again_after_a_cut_on_sqlite() {
    sent_again_after_a_cut(&House::build(Engine::Sqlite));
}

#[test]
fn sent_again_after_a_cut_on_postgres() {
    sent_again_after_a_cut(&House::build(Engine::Postgres));
}
