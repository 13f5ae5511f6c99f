//! Two processes on one PostgreSQL at the festival: one stock, one wallet, one till's answer, and
//! when one of them is killed the other goes on with everything that was answered.

use std::sync::Mutex;

use serde_json::{Value, json};
use testkit::{
    Engine,
    load::{Go, Load, Told},
    wire::Client,
};

use super::{
    fair::{self, Fair, Table},
    house::House,
    two_nodes::on_both_nodes,
};

const CITIZENS: usize = 60;
const STOCK: usize = 40;

fn statuses(one: &Told, other: &Told) -> [Option<u16>; 2] {
    let mut both = [one.status(), other.status()];
    both.sort_unstable();
    both
}

fn word(told: &Told) -> Value {
    told.answer.as_ref().map_or(Value::Null, |answer| answer.json()["title"].clone())
}

#[test]
fn two_nodes_give_and_take_as_one() {
    let house = House::build(Engine::Postgres);
    let fair = Fair::open(&house, 400);
    let (batch, second) = (fair.batch(&house, STOCK as i64), fair.batch(&house, 400));
    let (one, other) = (house.serve_beside(), house.serve_beside());
    let (to_one, to_other) =
        (Client::new(one.addr(), Vec::new()), Client::new(other.addr(), Vec::new()));

    // Each citizen asks both nodes, with one key.
    let load = Load { clients: 4, asks: CITIZENS };
    let told = on_both_nodes([&to_one, &to_other], load, |turn| fair.claim(batch, turn));
    let mut holders = Vec::new();
    for (here, there) in told[0].iter().zip(&told[1]) {
        match statuses(here, there) {
            [Some(200), Some(201)] => {
                let numbers = [here, there].map(|told| {
                    told.answer.as_ref().map(|answer| answer.json()["claim_no"].clone())
                });
                assert_eq!(numbers[0], numbers[1], "one voucher, one answer");
                holders.push(here.turn);
            }
            [Some(409), Some(409)] => {
                assert_eq!([word(here), word(there)], ["sold-out", "sold-out"]);
            }
            other => panic!("citizen {}: {other:?}", here.turn),
        }
    }
    assert_eq!(holders.len(), STOCK);

    // Each code is shown at a till of each node.
    let (mut reader, holders) = (to_other.clone(), &holders);
    let codes: Vec<String> = holders
        .iter()
        .map(|citizen| fair::code(&reader.ask(&fair.wallet(*citizen)).expect("it runs").json()))
        .collect();
    let load = Load { clients: 4, asks: STOCK };
    let redeem = |turn: usize| fair.redeem(turn % 2, &codes[turn], &format!("b{turn}"), 700);
    let told = on_both_nodes([&to_one, &to_other], load, redeem);
    for (here, there) in told[0].iter().zip(&told[1]) {
        assert_eq!(statuses(here, there), [Some(200), Some(201)], "the same key, the same answer");
    }
    let again = |turn: usize| fair.redeem((turn + 1) % 2, &codes[turn], &format!("n{turn}"), 700);
    for told in on_both_nodes([&to_one, &to_other], load, again).iter().flatten() {
        assert_eq!((told.status(), word(told)), (Some(409), json!("code-used")));
    }

    one_is_killed(&fair, (one, to_one), to_other, second);
    house.block_on(async |db| {
        assert_eq!(fair::claims(db, 1).await.len(), STOCK);
        assert_eq!(fair::sums(db, Table::Redemptions).await.len(), STOCK);
        fair::adds_up(db).await;
    });
}

/// Its clients go to the other with what was not answered, and find it done or do it.
fn one_is_killed(
    fair: &Fair,
    (one, to_one): (testkit::server::Server, Client),
    mut to_other: Client,
    batch: vouchers::BatchId,
) {
    let dying = Mutex::new((one, 0));
    let load = Load { clients: 4, asks: 400 };
    let told = load.run_watched(
        &to_one,
        |turn| fair.claim(batch, turn),
        |_| {
            let (server, answers) = &mut *dying.lock().unwrap();
            *answers += 1;
            if *answers == 40 {
                server.kill();
                return Go::Stop;
            }
            Go::On
        },
    );
    assert!(told.iter().filter(|told| told.answer.is_some()).count() >= 37);
    for told in &told {
        let again = to_other.ask(&fair.claim(batch, told.turn)).expect("it runs");
        match &told.answer {
            Some(answer) => {
                assert_eq!((answer.status, again.status), (201, 200), "{}", again.text());
                assert_eq!(answer.json()["voucher"], again.json()["voucher"]);
            }
            None => assert!(matches!(again.status, 200 | 201), "{}", again.text()),
        }
    }
}
