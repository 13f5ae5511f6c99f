//! Drafting, opening, changing and closing: what is refused, and what would harm who began.

use challenges::{
    Challenge, ChallengeError, ChallengeState, Rules, StationFacts, add_station, challenge_by_id,
    change_challenge, change_station, close_challenge, close_station, draft_challenge,
    open_challenge, stations_of,
};
use kernel::Actor;
use testkit::{TestDb, on_both};

use crate::trail::{Shape, Trail, USUAL, minutes};

#[track_caller]
fn fields(told: Result<impl std::fmt::Debug, ChallengeError>, wanted: &[&str]) {
    let Err(ChallengeError::Fields(errors)) = told else { panic!("{told:?}") };
    let named: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
    assert_eq!(named, wanted);
}

async fn read(one: &Trail, tx: &mut db::Tx) -> Challenge {
    challenge_by_id(tx, one.challenge).await.expect("a read").expect("a challenge")
}

on_both!(a_draft_is_opened_when_everything_is_there);
async fn a_draft_is_opened_when_everything_is_there(db: TestDb) {
    let one = Trail::drafted(db, Shape { need: 4, ..USUAL }).await;
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let mut version = one.version(&mut tx).await;
    let refused = open_challenge(&mut tx, &run, (one.challenge, version)).await;
    assert!(matches!(refused, Err(ChallengeError::TooFewStations { stations: 3, need: 4 })));
    let twice = draft_challenge(&mut tx, &run, (one.campaign, one.event), one.rules(USUAL)).await;
    fields(twice, &["sub_event"]);
    let bare = one.rules(USUAL);
    change_challenge(&mut tx, &run, (one.challenge, version), bare).await.expect("a draft");
    version += 1;
    let refused = open_challenge(&mut tx, &run, (one.challenge, version)).await;
    assert!(matches!(refused, Err(ChallengeError::NoReward)), "{refused:?}");
    let wrong = Rules { need: 0, day_limit: 100, to_at: bare.from_at, ..bare };
    let told = change_challenge(&mut tx, &run, (one.challenge, version), wrong).await;
    fields(told, &["day_limit", "need", "to_at"]);
    let wide =
        Rules { from_at: bare.from_at - minutes(90), to_at: bare.to_at + minutes(6_000), ..bare };
    let told = change_challenge(&mut tx, &run, (one.challenge, version), wide).await;
    fields(told, &["from_at", "to_at"]);
    let late = Rules { reward: Some(one.batch), to_at: bare.to_at + minutes(60), ..bare };
    let told = change_challenge(&mut tx, &run, (one.challenge, version), late).await;
    fields(told, &["reward"]);
    let fit = Rules { reward: Some(one.batch), ..bare };
    let stale = change_challenge(&mut tx, &run, (one.challenge, version - 1), fit).await;
    assert!(matches!(stale, Err(ChallengeError::Conflict)), "{stale:?}");
    change_challenge(&mut tx, &run, (one.challenge, version), fit).await.expect("a draft");
    version += 1;
    open_challenge(&mut tx, &run, (one.challenge, version)).await.expect("open");
    let again = open_challenge(&mut tx, &run, (one.challenge, version + 1)).await;
    assert!(matches!(again, Err(ChallengeError::WrongState(ChallengeState::Open))), "{again:?}");
    tx.commit().await.expect("it commits");
}

on_both!(a_batch_that_is_given_out_already_is_no_reward);
async fn a_batch_that_is_given_out_already_is_no_reward(db: TestDb) {
    let one = Trail::drafted(db, USUAL).await;
    let run = one.cx("organiser").await;
    let open = one.approved_batch(10).await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    vouchers::open_batch(&mut tx, &run, open, 2).await.expect("open");
    let version = one.version(&mut tx).await;
    let rules = Rules { reward: Some(open), ..one.rules(USUAL) };
    fields(change_challenge(&mut tx, &run, (one.challenge, version), rules).await, &["reward"]);
    let reserved = vouchers::reserve_batch(&mut tx, &run, open, 3).await;
    assert!(matches!(reserved, Err(vouchers::BatchError::WrongState)), "{reserved:?}");
    // It is opened meanwhile: the challenge is not.
    let batch = vouchers::batch_by_id(&mut tx, one.batch).await.expect("a read").expect("one");
    vouchers::open_batch(&mut tx, &run, one.batch, batch.version).await.expect("open");
    fields(open_challenge(&mut tx, &run, (one.challenge, version)).await, &["reward"]);
}

on_both!(open_rules_only_become_easier);
async fn open_rules_only_become_easier(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let now = read(&one, &mut tx).await;
    let worse = Rules {
        in_order: true,
        need: 3,
        day_limit: 1,
        reward: None,
        from_at: now.rules.from_at + minutes(1),
        to_at: now.rules.to_at - minutes(1),
    };
    let told = change_challenge(&mut tx, &run, (one.challenge, now.version), worse).await;
    fields(told, &["day_limit", "from_at", "in_order", "need", "reward", "to_at"]);
    let easier = Rules { need: 1, ..now.rules };
    change_challenge(&mut tx, &run, (one.challenge, now.version), easier).await.expect("easier");
    let station = stations_of(&mut tx, one.challenge).await.expect("stations").remove(0);
    let shut = StationFacts {
        merchant: None,
        open_from: 600,
        open_to: 1200,
        near_minutes: 9,
        ..station.facts.clone()
    };
    let version = now.version + 1;
    let told = change_station(&mut tx, &run, (station.id, version), shut).await;
    fields(told, &["merchant", "near_minutes", "open_to"]);
    let nearer = StationFacts { near_minutes: 1, name: "拾光里门口".into(), ..station.facts };
    change_station(&mut tx, &run, (station.id, version), nearer).await.expect("nearer");
    let old = close_station(&mut tx, &run, (station.id, version), "装修").await;
    assert!(matches!(old, Err(ChallengeError::Conflict)), "{old:?}");
    close_station(&mut tx, &run, (station.id, version + 1), "装修").await.expect("closed");
    let gone = close_station(&mut tx, &run, (station.id, version + 2), "装修").await;
    assert!(matches!(gone, Err(ChallengeError::StationOver)), "{gone:?}");
    let bare = close_challenge(&mut tx, &run, (one.challenge, version + 2), "").await;
    assert!(matches!(bare, Err(ChallengeError::Reason)), "{bare:?}");
    let closed = close_challenge(&mut tx, &run, (one.challenge, version + 2), "台风").await;
    closed.expect("closed");
    let later = change_challenge(&mut tx, &run, (one.challenge, version + 3), easier).await;
    assert!(matches!(later, Err(ChallengeError::WrongState(ChallengeState::Closed))));
    tx.commit().await.expect("it commits");
}

on_both!(a_station_is_of_a_member_or_of_a_place_of_the_campaign);
async fn a_station_is_of_a_member_or_of_a_place_of_the_campaign(db: TestDb) {
    let one = Trail::drafted(db, USUAL).await;
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let to = (one.challenge, one.version(&mut tx).await);
    let guest = StationFacts { merchant: Some(one.guest), ..one.facts("路过店", 3) };
    fields(add_station(&mut tx, &run, to, guest).await, &["merchant"]);
    let nowhere = StationFacts { place: run.new_id(), ..one.facts("", 500) };
    fields(add_station(&mut tx, &run, to, nowhere).await, &["name", "near_minutes", "place"]);
    fields(add_station(&mut tx, &run, to, one.facts("南货铺", 3)).await, &["name"]);
    for (actor, visible) in [("viewer", true), ("other", true), ("guest", false)] {
        let cx = one.cx(actor).await;
        let told = add_station(&mut tx, &cx, to, one.facts("北门", 3)).await;
        let denied = if visible { places::Denied::Forbidden } else { places::Denied::Invisible };
        let as_told = matches!(told, Err(ChallengeError::Denied(one)) if one == denied);
        assert!(as_told, "{actor}: {told:?}");
    }
    let system = run.acting_as(Actor::System { name: "test" });
    add_station(&mut tx, &system, to, one.facts("北门", 3)).await.expect("a station");
}
