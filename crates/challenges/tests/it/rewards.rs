//! Who completes a challenge gets one voucher, by the path of every claim.

use challenges::{
    RewardState, Verdict, VisitAsk, ask_reward, change_challenge, give_rewards, reward_together,
    visit_station,
};
use futures_util::future::join_all;
use serde_json::json;
use testkit::{TestDb, on_both};
use vouchers::{BatchState, VoucherId, VoucherNo, batch_by_id, give_up};

use crate::trail::{Shape, Trail, USUAL, minutes, site};

on_both!(two_stations_complete_it_and_give_one_voucher);
async fn two_stations_complete_it_and_give_one_voucher(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let mut tx = one.app.db.read().await.expect("a transaction");
    let batch = batch_by_id(&mut tx, one.batch).await.expect("a read").expect("a batch");
    assert_eq!(batch.state, BatchState::Open, "it was opened with the challenge");
    drop(tx);
    let (_, citizen) = one.walker("13812340001").await;
    let claims = format!("/api/v1/voucher-batches/{}/claims", one.batch);
    let bare = citizen.post(&claims, &json!({})).await;
    assert!(bare.status == 409 && bare.has("not-eligible"), "{}", bare.body);
    assert_eq!(one.visit(&citizen, 0).await.json()["reward"], "none");
    one.later(minutes(5));
    assert_eq!(one.visit(&citizen, 2).await.json()["reward"], "given");
    one.later(minutes(5));
    assert_eq!(one.visit(&citizen, 1).await.json()["reward"], "given", "more changes nothing");
    let told = one.progress(&citizen).await;
    assert_eq!((&told["accepted"], &told["reward"]), (&json!(3), &json!("given")));
    let own = citizen.get("/api/v1/vouchers").await.json();
    assert_eq!(own["items"][0]["id"], told["voucher"], "{own}");
    let bare = citizen.post(&claims, &json!({})).await;
    assert!(bare.status == 409 && bare.has("not-eligible"), "{}", bare.body);
    assert_eq!(one.given().await, 1);
    let offers = one.app.visitor().get("/c/vouchers").await;
    assert!(!offers.has("打卡满30减10"), "what is earned is not offered: {}", offers.body);
}

on_both!(the_last_visits_at_once_give_one_voucher);
async fn the_last_visits_at_once_give_one_voucher(db: TestDb) {
    let one = Trail::open(db, Shape { near: 0, ..USUAL }).await;
    let (cx, citizen) = one.walker("13812340001").await;
    let node = site(one.app.db.node().await);
    let no = cx.actor.citizen().expect("a citizen");
    let elsewhere = node.script(&citizens::mint(&node.state.site().keys, no, cx.now));
    let codes = [one.code(0), one.code(1), one.code(2)];
    let all = (0..12).map(|turn| {
        let script = if turn % 2 == 0 { &citizen } else { &elsewhere };
        one.send(script, &codes[turn % 3])
    });
    let answers = join_all(all).await;
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 201)));
    let asks = (0..6).map(|_| ask_reward(&one.app.state, &cx, one.challenge));
    for told in join_all(asks).await {
        assert_eq!(told.expect("an answer"), RewardState::Given);
    }
    assert_eq!(one.given().await, 1);
    assert_eq!(one.progress(&citizen).await["reward"], "given");
}

on_both!(sold_out_is_said_and_kept_until_one_comes_back);
async fn sold_out_is_said_and_kept_until_one_comes_back(db: TestDb) {
    let one = Trail::open(db, Shape { near: 0, vouchers: 1, need: 1, ..USUAL }).await;
    let (lucky, first) = one.walker("13812340001").await;
    let (late, second) = one.walker("13812340002").await;
    assert_eq!(one.visit(&first, 0).await.json()["reward"], "given");
    assert_eq!(one.visit(&second, 0).await.json()["reward"], "sold_out");
    assert_eq!(one.progress(&second).await["accepted"], 1, "the completion is kept");
    let run = one.app.db.cx();
    assert_eq!(give_rewards(&one.app.state, &run).await.expect("a round"), 0);
    let voucher = one.progress(&first).await["voucher"].as_str().map(str::to_owned);
    let id: VoucherId = voucher.expect("a voucher").parse().expect("its id");
    let number = VoucherNo::of(id).expect("its numbers");
    let mut tx = one.app.db.write().await.expect("a transaction");
    let no = lucky.actor.citizen().expect("a citizen");
    give_up(&mut tx, &lucky, no, number).await.expect("given up");
    tx.commit().await.expect("it commits");
    // Another node, whose desk has not looked at the stock before.
    let node = site(one.app.db.node().await);
    assert_eq!(give_rewards(&node.state, &run).await.expect("a round"), 1);
    assert_eq!(one.progress(&second).await["reward"], "given");
    let again = ask_reward(&node.state, &late, one.challenge).await.expect("an answer");
    assert_eq!(again, RewardState::Given);
    assert_eq!(give_rewards(&node.state, &run).await.expect("a round"), 0);
    assert_eq!(one.given().await, 2, "the first one's claim stays, as given up");
}

on_both!(who_has_enough_once_it_takes_fewer_gets_theirs);
async fn who_has_enough_once_it_takes_fewer_gets_theirs(db: TestDb) {
    let one = Trail::open(db, Shape { need: 3, ..USUAL }).await;
    let (_, citizen) = one.walker("13812340001").await;
    let (_, idle) = one.walker("13812340002").await;
    let rules = one.rules(Shape { need: 1, ..USUAL });
    assert_eq!(one.visit(&citizen, 0).await.json()["reward"], "none");
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let read = (one.challenge, one.version(&mut tx).await);
    let rules = challenges::Rules { reward: Some(one.batch), ..rules };
    change_challenge(&mut tx, &run, read, rules).await.expect("changed");
    tx.commit().await.expect("it commits");
    assert_eq!(one.progress(&citizen).await["reward"], "waiting");
    let given = give_rewards(&one.app.state, &one.app.db.cx()).await.expect("a round");
    assert_eq!(given, 1);
    assert_eq!(one.progress(&citizen).await["reward"], "given");
    assert_eq!(one.progress(&idle).await["reward"], "none");
    assert_eq!(one.given().await, 1);
}

on_both!(a_reward_that_is_no_longer_given_out_is_said_to_be_over);
async fn a_reward_that_is_no_longer_given_out_is_said_to_be_over(db: TestDb) {
    let one = Trail::open(db, Shape { need: 1, ..USUAL }).await;
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let batch = batch_by_id(&mut tx, one.batch).await.expect("a read").expect("a batch");
    vouchers::close_batch(&mut tx, &run, one.batch, batch.version).await.expect("closed");
    tx.commit().await.expect("it commits");
    let (_, citizen) = one.walker("13812340001").await;
    assert_eq!(one.visit(&citizen, 0).await.json()["reward"], "over");
}

on_both!(a_generated_walk_is_rewarded_as_one_set);
async fn a_generated_walk_is_rewarded_as_one_set(db: TestDb) {
    let one = Trail::open(db, Shape { near: 0, vouchers: 2, ..USUAL }).await;
    let keys = &one.app.state.site().keys;
    let mut walkers = Vec::new();
    for phone in ["13812340001", "13812340002", "13812340003"] {
        walkers.push(one.walker(phone).await);
    }
    let mut tx = one.app.db.write().await.expect("a transaction");
    for (cx, _) in &walkers {
        for station in [0, 1] {
            let code = one.code(station);
            let asked = VisitAsk { challenge: one.challenge, code: &code, device: None };
            let (done, _) = visit_station(&mut tx, cx, keys, asked).await.expect("a visit");
            assert_eq!(done.visit.verdict, Verdict::Accepted);
        }
    }
    let run = one.app.db.cx();
    assert_eq!(reward_together(&mut tx, &run, one.challenge).await.expect("a set"), 2);
    assert_eq!(reward_together(&mut tx, &run, one.challenge).await.expect("a set"), 0);
    tx.commit().await.expect("it commits");
    let mut states = Vec::new();
    for (_, citizen) in &walkers {
        states.push(one.progress(citizen).await["reward"].as_str().map(str::to_owned));
    }
    states.sort_unstable();
    assert_eq!(states.iter().flatten().collect::<Vec<_>>(), ["given", "given", "sold_out"]);
    assert_eq!(give_rewards(&one.app.state, &run).await.expect("a round"), 0);
    assert_eq!(one.given().await, 2);
}
