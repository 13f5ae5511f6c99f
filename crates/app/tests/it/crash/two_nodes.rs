//! Two processes on one PostgreSQL: what one takes the other refuses, and when one is killed the
//! other goes on with everything that was answered.

use std::{sync::Mutex, thread};

use places::PlaceId;
use serde_json::json;
use testkit::{
    Engine,
    load::{Go, Load, Told},
    wire::{Ask, Client},
};

use super::{House, ledger, settled};
use crate::ground::{code, holds, ledger_text, unit};

const UNITS: usize = 40;

fn register(place: PlaceId, number: usize) -> Ask {
    let number = u32::try_from(number).expect("a small number");
    Ask::json("POST", "/api/v1/units", &unit(number, place))
}

/// Asks both nodes at once, each from its own clients.
pub(super) fn on_both_nodes(
    nodes: [&Client; 2],
    load: Load,
    ask: impl Fn(usize) -> Ask + Sync,
) -> [Vec<Told>; 2] {
    let ask = &ask;
    thread::scope(|scope| {
        let told = nodes.map(|node| scope.spawn(move || load.run(node, ask)));
        told.map(|told| told.join().expect("neither panics"))
    })
}

#[test]
fn what_one_takes_the_other_refuses_and_goes_on_alone() {
    let house = House::build(Engine::Postgres);
    let (one, other, mall) = (house.serve(), house.serve(), house.mall);
    let (mut to_one, mut to_other) = (house.client(&one), house.client(&other));

    // Each code is sent to both.
    let load = Load { clients: 4, asks: UNITS };
    let told = on_both_nodes([&to_one, &to_other], load, |turn| register(mall, turn));
    for (first, second) in told[0].iter().zip(&told[1]) {
        let mut both = [first.status(), second.status()];
        both.sort_unstable();
        assert_eq!(
            both,
            [Some(201), Some(422)],
            "code {}",
            code(u32::try_from(first.turn).unwrap())
        );
    }

    // Uploaded to one, confirmed at both, written by either.
    let text = ledger_text(1_000_000..1_000_020, 3);
    let answer = to_one.ask(&ledger("/imports", &text)).expect("it runs");
    let address = answer.location().to_owned();
    settled(&mut to_other, &address, &["ready"]).expect("it runs");
    let confirm = |_| Ask::json("POST", format!("{address}/confirmation"), &json!({}));
    let told = on_both_nodes([&to_one, &to_other], Load { clients: 1, asks: 1 }, confirm);
    let mut both = [told[0][0].status(), told[1][0].status()];
    both.sort_unstable();
    assert_eq!(both, [Some(303), Some(409)]);
    settled(&mut to_other, &address, &["written"]).expect("it runs");

    // One is killed at its work; the other has what was answered.
    let dying = Mutex::new((one, 0));
    let load = Load { clients: 4, asks: 10_000 };
    let ask = |turn| register(mall, UNITS + turn);
    let told = load.run_watched(&to_one, ask, |_| {
        let (server, answers) = &mut *dying.lock().unwrap();
        *answers += 1;
        if *answers == UNITS {
            server.kill();
            return Go::Stop;
        }
        Go::On
    });
    let answered: Vec<_> = told.iter().filter_map(|told| told.answer.as_ref()).collect();
    assert!(answered.len() >= UNITS - 3, "{}", answered.len());
    for answer in &answered {
        assert_eq!(answer.status, 201, "{}", answer.text());
        let asked = Ask::get(format!("/api/v1/units/{}", answer.json()["id"].as_str().unwrap()));
        assert_eq!(to_other.ask(&asked).expect("it runs").status, 200);
    }
    let new = to_other.ask(&register(mall, 900_000)).expect("it runs");
    assert_eq!(new.status, 201, "{}", new.text());
    let units = house.block_on(async |db| holds(db, super::house::TODAY).await);
    // What was not answered may have been kept: at most one ask of each client.
    let sure = UNITS + 20 + answered.len() + 1;
    assert!((sure..=sure + 4).contains(&units), "{units} units, {sure} answered");
}
