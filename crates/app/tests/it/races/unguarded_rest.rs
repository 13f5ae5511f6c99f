//! Each race of keys, tokens, places and rules twice, as [`unguarded`](super::unguarded) does for
//! units: with its guard off, where the harm is shown, and with it on.

use db::{
    Query,
    idempotency::{self, Answer, Claim},
};
use organisations::{
    By, Filter, Put,
    coverage::coverage,
    definition, edit,
    filter::Frame,
    relocation::follow,
    sums::{self, Counts, Steps},
};
use places::{Moving, PlaceId, Reach};
use serde_json::{Value, json};
use testkit::{TestDb, on_both};

use super::{patch, post, publish, text, turns};
use crate::ground::{Ground, unit};

on_both!(
    one_key_runs_twice_without_a_claim,
    an_actor_that_is_remembered_outlives_its_token,
    a_unit_registered_on_an_old_tree_stands_in_two_towns,
    coverage_read_in_two_moments_mixes_two_rules,
    two_rules_take_one_version_without_the_lock,
    an_edit_counted_by_an_old_rule_breaks_the_sums
);

async fn tokens(ground: &Ground) -> i64 {
    let count = Query::new("SELECT COUNT(*) FROM api_token");
    ground.app.db.read().await.unwrap().list(count, |row| row.get(0)).await.unwrap()[0]
}

/// Guard: [`idempotency::claim`], kept before the request runs.
async fn one_key_runs_twice_without_a_claim(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let body = json!({ "name": "跑数", "days": 1 });
    let (key, now) = ("key-1", db.cx().now);
    let before = tokens(&ground).await;
    // Off: both look for an answer that was given, and find none; then both run.
    for _ in 0..2 {
        let mut tx = db.read().await.unwrap();
        assert_eq!(idempotency::find(&mut tx, "chen", key).await.unwrap(), None);
    }
    for _ in 0..2 {
        assert_eq!(post(&ground, "/api/v1/tokens", body.clone()).await.status, 201);
        let mut tx = db.write().await.unwrap();
        let given = Answer {
            body_sha256: vec![1],
            status: 201,
            location: None,
            content_type: None,
            answer: Vec::new(),
        };
        idempotency::keep(&mut tx, "chen", key, &given, now).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(tokens(&ground).await, before + 2, "one key, two tokens");

    let (first, claimed) = claimed(db.clone()).await;
    assert_eq!(claimed, Claim::Fresh);
    let second = tokio::spawn({
        let db = db.clone();
        async move { self::claimed(db).await.1 }
    });
    db.until_one_waits().await;
    first.commit().await.unwrap();
    assert_eq!(second.await.expect("it does not panic"), Claim::Running);
}

/// A transaction, not kept yet, that claimed the key or learned that it cannot.
async fn claimed(db: TestDb) -> (db::Tx, Claim) {
    let mut tx = db.write().await.unwrap();
    let claim = idempotency::claim(&mut tx, "chen", "key-2", &[1], db.cx().now).await.unwrap();
    (tx, claim)
}

/// Guard: who asks is read anew at every request.
async fn an_actor_that_is_remembered_outlives_its_token(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let known = ground.register(0).await;
    let made = ground.script.post("/api/v1/tokens", &json!({ "name": "跑数", "days": 1 })).await;
    let leaked = ground.app.script(text(&made.json(), "token"));
    let (remembered, _) = turns::administrator(&ground).await;
    let token = format!("/api/v1/tokens/{}", text(&made.json(), "id"));
    assert_eq!(ground.script.delete(&token).await.status, 204);
    // Off: the actor of an earlier request is used once more.
    let id = text(&known, "id").parse().expect("an id");
    let draft = edit::Draft { note: Some("脚本改的".into()), ..edit::Draft::default() };
    let tree = turns::tree(&db).await;
    let mut tx = db.write().await.unwrap();
    edit::change(&mut tx, &remembered, &tree, id, 1, &draft).await.expect("nothing refuses it");
    tx.commit().await.unwrap();
    let now = ground.read(text(&known, "id")).await;
    assert_eq!(now["note"], "脚本改的", "written with a token that was revoked before");

    let path = format!("/api/v1/units/{}", text(&known, "id"));
    let body = json!({ "version": 2, "set": { "note": "又改" } });
    assert_eq!(leaked.patch(&path, &body).await.status, 401);
    assert_eq!(ground.read(text(&known, "id")).await["note"], "脚本改的");
    ground.holds().await;
}

async fn town_of_mall(ground: &Ground) -> PlaceId {
    let tree = turns::tree(&ground.app.db).await;
    tree.town_of(ground.mall).expect("the mall stands in a town")
}

async fn moving(ground: &Ground, to: usize) -> Moving {
    let mall = ground.script.get(&format!("/api/v1/places/{}", ground.mall)).await.json();
    Moving {
        place: ground.mall,
        parent: ground.towns[to],
        on: ground.app.db.cx().today(),
        version: mall["version"].as_i64().expect("a version"),
    }
}

fn town(unit: &Value) -> PlaceId {
    text(&unit["town"], "id").parse().expect("an id")
}

/// Guard: [`ledger::begin`](organisations::ledger::begin) before the tree is read.
async fn a_unit_registered_on_an_old_tree_stands_in_two_towns(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    let (cx, _) = turns::administrator(&ground).await;
    let step = async |tx: &mut db::Tx, moving: Moving| {
        let restated = places::move_place(tx, &cx, moving).await.expect("it moves");
        follow(tx, &cx, &restated).await.expect("its units follow");
    };
    // Off: the tree is read, the place moves, and then the unit is laid on the tree as it was.
    let old = turns::tree(&db).await;
    let to = moving(&ground, 0).await;
    let mut tx = db.write().await.unwrap();
    step(&mut tx, to).await;
    tx.commit().await.unwrap();
    let draft: edit::Draft = serde_json::from_value(unit(0, ground.mall)).expect("a draft");
    let mut tx = db.write().await.unwrap();
    let id = edit::register(&mut tx, &cx, &old, &draft).await.expect("nothing refuses it");
    tx.commit().await.unwrap();
    let stands = town(&ground.read(&id.to_string()).await);
    assert_ne!(stands, town_of_mall(&ground).await, "in the mall, and not in its town");

    let to = moving(&ground, 1).await;
    let second = post(&ground, "/api/v1/units", unit(1, ground.mall));
    let told = turns::in_turn(&db, async |tx: &mut db::Tx| step(tx, to).await, second).await;
    assert_eq!(told.status, 201, "{}", told.body);
    assert_eq!(town(&told.json()), ground.towns[1]);
    assert_eq!(town_of_mall(&ground).await, ground.towns[1]);
    ground.holds().await;
}

/// All units' counts now, as the running sums have them.
async fn counts(tx: &mut db::Tx, db: &TestDb, member_floor: i64) -> Counts {
    let today = db.cx().today();
    let atlas = places::Atlas::load(tx, today).await.unwrap();
    let reach = Reach::everything();
    let frame = Frame { atlas: &atlas, reach: &reach, member_floor, today, found: None };
    coverage(tx, &Filter::default(), &frame, By::Town).await.unwrap().total
}

/// Guard: a page reads all in one transaction of one moment.
async fn coverage_read_in_two_moments_mixes_two_rules(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    for number in 0..12 {
        ground.register(number).await;
    }
    // Members are 0 to 5, two units of each; the first rule's floor is 3.
    let rule = definition::current(&mut db.read().await.unwrap()).await.unwrap();
    assert_eq!((rule.version, rule.member_floor), (1, 3));
    assert_eq!(publish(&ground, 1).await.status, 303);
    // Off: the rule was read in one moment, and the sums are read in another.
    let mixed = counts(&mut db.read().await.unwrap(), &db, rule.member_floor).await;
    assert_eq!(mixed.eligible, 10, "named by the first rule, counted by the second");

    let mut page = db.read().await.unwrap();
    let rule = definition::current(&mut page).await.unwrap();
    assert_eq!(publish(&ground, 5).await.status, 303);
    let counted = counts(&mut page, &db, rule.member_floor).await;
    assert_eq!((rule.version, counted.eligible), (2, 10), "the rule and its own count");
    drop(page);
    ground.holds().await;
}

async fn insert_rule(db: &TestDb, version: i64) -> db::Result<()> {
    let mut tx = db.write().await?;
    let insert = Query::new(
        "INSERT INTO definition (version, name, member_floor, note, published_at, published_by) \
         SELECT ",
    );
    let insert = insert.with("?", [db::Value::Int(version)]).part(
        ", name, member_floor, note, published_at, published_by FROM definition WHERE version = 1",
    );
    tx.run_query(insert).await?;
    tx.commit().await
}

/// Guard: [`ledger::begin`](organisations::ledger::begin) before the newest version is read.
async fn two_rules_take_one_version_without_the_lock(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    // Off: both read the newest version, then both write the next.
    let mut next = Vec::new();
    for _ in 0..2 {
        let newest = definition::current(&mut db.read().await.unwrap()).await.unwrap();
        next.push(newest.version + 1);
    }
    insert_rule(&db, next[0]).await.expect("the first is published");
    let fault = insert_rule(&db, next[1]).await.expect_err("the second cannot");
    assert!(fault.is_unique_violation(), "an incident, not an answer: {fault}");

    let (cx, _) = turns::administrator(&ground).await;
    let first = async |tx: &mut db::Tx| {
        let version = definition::publish(tx, &cx, "4 名以上应建", 4, "试").await;
        assert_eq!(version.expect("the first is published"), 3);
    };
    let told = turns::in_turn(&db, first, publish(&ground, 5)).await;
    assert_eq!((told.status, told.location()), (303, "/definitions/4"));
    ground.holds().await;
}

/// Guard: [`ledger::begin`](organisations::ledger::begin) before the rule is read.
async fn an_edit_counted_by_an_old_rule_breaks_the_sums(db: TestDb) {
    let ground = Ground::lay(db.clone()).await;
    // Two members.
    let known = ground.register(2).await;
    let id = text(&known, "id").parse().expect("an id");
    let newest = async || definition::current(&mut db.read().await.unwrap()).await.unwrap();
    let old = newest().await;
    assert_eq!(publish(&ground, 6).await.status, 303);
    let now = newest().await;
    let (found, spans) = turns::as_read(&db, id).await;
    let mut facts = spans[0].facts.clone();
    facts.member_count = 5;
    let (identity, on) = (found.identity.clone(), spans[0].from_on);
    let (cx, permit) = turns::administrator(&ground).await;
    let mut tx = db.write().await.unwrap();
    let put = vec![Put { unit: Some(found), identity, on, facts }];
    let source = organisations::Source::default();
    let done = organisations::ledger::write(&mut tx, &cx, &permit, put, &source).await.unwrap();
    // Off: the steps that it wrote by the rule of now become those by the rule read before.
    let mut right = Steps::new(now.member_floor);
    right.take(&done[0].edit.clone().undone());
    right.write(&mut tx).await.unwrap();
    let mut stale = Steps::new(old.member_floor);
    stale.take(&done[0].edit);
    stale.write(&mut tx).await.unwrap();
    let kept = counts(&mut tx, &db, now.member_floor).await;
    sums::recount(&mut tx, now.member_floor).await.unwrap();
    let anew = counts(&mut tx, &db, now.member_floor).await;
    assert_eq!((kept.eligible, anew.eligible), (1, 0), "a figure that its own list denies");
    tx.rollback().await.unwrap();

    let first = async |tx: &mut db::Tx| {
        definition::publish(tx, &cx, "2 名以上应建", 2, "试").await.expect("it is published");
    };
    let second = patch(&ground, &known, &json!({ "member_count": 1, "on": "2021-03-01" }));
    let told = turns::in_turn(&db, first, second).await;
    assert_eq!(told.status, 200, "{}", told.body);
    ground.holds().await;
}
