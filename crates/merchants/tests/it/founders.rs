//! Founders: consent, their steps, what is struck and what is forgotten.

use kernel::{Fen, Keys, Phone, Role};
use merchants::{
    Denied, FounderChange, FounderError, FounderId, FounderKind, Registration, StepFacts, StepKind,
    Training, change_founder, note_step, note_training, register_founder, reveal_founder,
    strike_step, tell_founder_phone, withdraw_founder,
};
use places::PlaceId;
use testkit::TestDb;

use crate::city::{self, City, at, atlas, clerk_of, day};

testkit::on_both!(
    nobody_is_registered_without_consent,
    steps_fit_their_kind_and_are_struck_not_erased,
    a_training_is_noted_for_all_or_for_none,
    who_withdraws_is_forgotten,
);

/// Somebody who agreed.
pub fn zhang(town: PlaceId) -> Registration {
    Registration {
        kind: FounderKind::Ecommerce,
        name: "张三丰".into(),
        town,
        on: day(3, 1),
        consents: true,
    }
}

fn step(kind: StepKind) -> StepFacts {
    StepFacts {
        kind,
        on: day(5, 1),
        title: "直播入门".into(),
        by_whom: "市商务局".into(),
        amount: None,
        merchant: None,
        place: None,
    }
}

async fn nobody_is_registered_without_consent(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let atlas = atlas(&mut tx, &cx).await;
    for (wrong, field) in [
        (Registration { consents: false, ..zhang(city.town) }, "consent"),
        (Registration { name: "　".into(), ..zhang(city.town) }, "name"),
        (Registration { on: day(10, 21), ..zhang(city.town) }, "on"),
        (Registration { town: city.mall, ..zhang(city.town) }, "town"),
    ] {
        let refused = register_founder(&mut tx, &cx, &atlas, wrong).await.unwrap_err();
        assert_eq!(refused.field(), Some(field), "{refused:?}");
    }
    let shop = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    for stranger in [clerk_of(&cx, city.other_town), at(&cx, Role::Merchant, shop)] {
        let cx = db.cx_as(stranger);
        let refused = register_founder(&mut tx, &cx, &atlas, zhang(city.town)).await;
        assert!(matches!(refused, Err(FounderError::Denied(Denied::Invisible))), "{refused:?}");
    }
    let clerk = db.cx_as(clerk_of(&cx, city.town));
    let id = register_founder(&mut tx, &clerk, &atlas, zhang(city.town)).await.unwrap();
    let change = |town, version| FounderChange {
        founder: id,
        kind: FounderKind::StoreManager,
        name: "张三丰".into(),
        town,
        version,
    };
    let pushed = change_founder(&mut tx, &clerk, &atlas, change(city.other_town, 1)).await;
    assert!(matches!(pushed, Err(FounderError::Denied(Denied::Invisible))), "{pushed:?}");
    change_founder(&mut tx, &clerk, &atlas, change(city.town, 1)).await.unwrap();
    let stale = change_founder(&mut tx, &clerk, &atlas, change(city.town, 1)).await;
    assert!(matches!(stale, Err(FounderError::Conflict)), "{stale:?}");
}

async fn founder(tx: &mut db::Tx, cx: &kernel::Cx, town: PlaceId) -> FounderId {
    let atlas = atlas(tx, cx).await;
    register_founder(tx, cx, &atlas, zhang(town)).await.unwrap()
}

async fn steps_fit_their_kind_and_are_struck_not_erased(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let id = founder(&mut tx, &cx, city.town).await;
    let shop = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let atlas = atlas(&mut tx, &cx).await;
    for (wrong, field) in [
        (StepFacts { title: " ".into(), ..step(StepKind::Milestone) }, "title"),
        (StepFacts { by_whom: String::new(), ..step(StepKind::Support) }, "by_whom"),
        (StepFacts { amount: Some(Fen(1)), ..step(StepKind::Shop) }, "amount"),
        (StepFacts { merchant: Some(shop), ..step(StepKind::Training) }, "merchant"),
        (StepFacts { merchant: Some(cx.new_id()), ..step(StepKind::Shop) }, "merchant"),
        (StepFacts { on: day(2, 28), ..step(StepKind::Shop) }, "on"),
    ] {
        let refused = note_step(&mut tx, &cx, &atlas, id, &wrong).await.unwrap_err();
        assert_eq!(refused.field(), Some(field), "{refused:?}");
    }
    let given = StepFacts { amount: Some(Fen(500_000)), ..step(StepKind::Support) };
    let noted = note_step(&mut tx, &cx, &atlas, id, &given).await.unwrap();
    let opened = StepFacts { merchant: Some(shop), ..step(StepKind::Shop) };
    note_step(&mut tx, &cx, &atlas, id, &opened).await.unwrap();
    let bare = strike_step(&mut tx, &cx, &atlas, noted, " ").await;
    assert!(matches!(bare, Err(FounderError::NoReason)), "{bare:?}");
    assert_eq!(strike_step(&mut tx, &cx, &atlas, noted, "记错人了").await.unwrap(), id);
    let twice = strike_step(&mut tx, &cx, &atlas, noted, "又一次").await;
    assert!(matches!(twice, Err(FounderError::Over)), "{twice:?}");
}

async fn a_training_is_noted_for_all_or_for_none(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let own = founder(&mut tx, &cx, city.town).await;
    let foreign = founder(&mut tx, &cx, city.other_town).await;
    let atlas = atlas(&mut tx, &cx).await;
    let training = |founders: Vec<FounderId>| Training {
        on: day(6, 1),
        title: "直播入门".into(),
        by_whom: "市商务局".into(),
        founders,
    };
    let nobody = note_training(&mut tx, &cx, &atlas, &training(Vec::new())).await;
    assert!(matches!(nobody, Err(FounderError::NobodyChosen)), "{nobody:?}");
    let clerk = db.cx_as(clerk_of(&cx, city.town));
    let refused = note_training(&mut tx, &clerk, &atlas, &training(vec![own, foreign])).await;
    assert!(matches!(refused, Err(FounderError::Denied(Denied::Invisible))), "{refused:?}");
    let both = training(vec![own, foreign, own]);
    assert_eq!(note_training(&mut tx, &cx, &atlas, &both).await.unwrap(), 2);
}

async fn who_withdraws_is_forgotten(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let id = founder(&mut tx, &cx, city.town).await;
    let (atlas, keys) = (atlas(&mut tx, &cx).await, Keys::new([7; 32]));
    let phone = Phone::mobile("13812341234").unwrap();
    tell_founder_phone(&mut tx, &cx, &keys, &atlas, id, Some(&phone)).await.unwrap();
    let seen = reveal_founder(&mut tx, &cx, &keys, &atlas, id, "通知培训").await.unwrap();
    assert_eq!(seen, phone);
    withdraw_founder(&mut tx, &cx, &atlas, id).await.unwrap();
    let gone = reveal_founder(&mut tx, &cx, &keys, &atlas, id, "通知培训").await;
    assert!(matches!(gone, Err(FounderError::Over)), "{gone:?}");
    let late = note_step(&mut tx, &cx, &atlas, id, &step(StepKind::Shop)).await;
    assert!(matches!(late, Err(FounderError::Over)), "{late:?}");
    tx.commit().await.unwrap();
    let mut tx = db.read().await.unwrap();
    let told = db::journal::of_subject(&mut tx, id.uuid(), 10).await.unwrap();
    assert!(told.len() >= 4 && told.iter().all(|one| !one.detail.contains("张三丰")));
}
