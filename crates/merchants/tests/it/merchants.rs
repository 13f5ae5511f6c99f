//! Verbs on a merchant, and who may.

use kernel::{Actor, Keys, Phone, Role, Scope};
use merchants::{
    Denied, MerchantChange, MerchantError, MerchantState, NewMerchant, Payee, Wanted,
    change_merchant, close_merchant, merchant, merchants_of, open_payee, register_merchant,
    resume_merchant, reveal_phone, speaks_for, stands_at_till, suspend_merchant, tell_payee,
    tell_phone, visible, visible_merchant,
};
use testkit::TestDb;

use crate::city::{self, City, at, atlas, clerk_of, with};

testkit::on_both!(
    a_merchant_stands_at_a_site_under_one_name,
    a_change_is_the_newest_or_none,
    who_is_suspended_comes_back_and_who_left_does_not,
    only_its_own_people_speak_for_it,
    each_sees_the_merchants_of_their_scope,
    words_find_by_name_place_and_initials,
    what_is_sealed_opens_for_a_reason_alone,
);

async fn a_merchant_stands_at_a_site_under_one_name(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let atlas = atlas(&mut tx, &cx).await;
    let new = |name: &str, place| NewMerchant { name: name.into(), uscc: None, place };
    let id = register_merchant(&mut tx, &cx, &atlas, new("拾光里", city.shop)).await.unwrap();
    let kept = merchant(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((kept.town, kept.state, kept.version), (city.town, MerchantState::Active, 1));
    let again = register_merchant(&mut tx, &cx, &atlas, new("拾 光里", city.shop)).await;
    assert!(matches!(again, Err(MerchantError::NameTaken)), "{again:?}");
    register_merchant(&mut tx, &cx, &atlas, new("拾光里", city.floor)).await.unwrap();
    for (name, place) in [(" ", city.shop), (&*"长".repeat(61), city.shop), ("甲", city.town)] {
        let refused = register_merchant(&mut tx, &cx, &atlas, new(name, place)).await;
        assert!(
            matches!(
                refused,
                Err(MerchantError::NoName | MerchantError::BadName | MerchantError::NotASite)
            ),
            "{refused:?}"
        );
    }
    let foreign = db.cx_as(clerk_of(&cx, city.other_town));
    let refused = register_merchant(&mut tx, &foreign, &atlas, new("乙", city.shop)).await;
    assert!(matches!(refused, Err(MerchantError::Denied(Denied::Invisible))), "{refused:?}");
}

async fn a_change_is_the_newest_or_none(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let id = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let atlas = atlas(&mut tx, &cx).await;
    let change = |name: &str, version| MerchantChange {
        merchant: id,
        name: name.into(),
        uscc: None,
        place: city.tower,
        version,
    };
    // The other town is not this clerk's.
    let clerk = db.cx_as(clerk_of(&cx, city.town));
    let refused = change_merchant(&mut tx, &clerk, &atlas, change("新名", 1)).await;
    assert!(matches!(refused, Err(MerchantError::Denied(Denied::Invisible))), "{refused:?}");
    change_merchant(&mut tx, &cx, &atlas, change("新名", 1)).await.unwrap();
    let stale = change_merchant(&mut tx, &cx, &atlas, change("旧名", 1)).await;
    assert!(matches!(stale, Err(MerchantError::Conflict)), "{stale:?}");
    let kept = merchant(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((&*kept.name, kept.town, kept.version), ("新名", city.other_town, 2));
    city::merchant(&mut tx, &cx, "邻居", city.tower).await;
    let taken = change_merchant(&mut tx, &cx, &atlas, change("邻居", 2)).await;
    assert!(matches!(taken, Err(MerchantError::NameTaken)), "{taken:?}");
}

async fn who_is_suspended_comes_back_and_who_left_does_not(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let id = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let atlas = atlas(&mut tx, &cx).await;
    let bare = suspend_merchant(&mut tx, &cx, &atlas, id, " ").await;
    assert!(matches!(bare, Err(MerchantError::NoReason)), "{bare:?}");
    suspend_merchant(&mut tx, &cx, &atlas, id, "核查中").await.unwrap();
    let twice = suspend_merchant(&mut tx, &cx, &atlas, id, "核查中").await;
    assert!(matches!(twice, Err(MerchantError::WrongState)), "{twice:?}");
    resume_merchant(&mut tx, &cx, &atlas, id, "查清了").await.unwrap();
    close_merchant(&mut tx, &cx, &atlas, id, "撤店").await.unwrap();
    let back = resume_merchant(&mut tx, &cx, &atlas, id, "又来").await;
    assert!(matches!(back, Err(MerchantError::WrongState)), "{back:?}");
    // Its name is free again, and its record stays.
    let other = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    assert_ne!(id, other);
    assert!(merchant(&mut tx, id).await.unwrap().is_some());
}

async fn only_its_own_people_speak_for_it(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let id = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let other = city::merchant(&mut tx, &cx, "邻居", city.floor).await;
    let (boss, cashier) = (at(&cx, Role::Merchant, id), at(&cx, Role::Cashier, id));
    assert!(speaks_for(&boss, id) && stands_at_till(&boss, id) && !speaks_for(&boss, other));
    assert!(!speaks_for(&cashier, id) && stands_at_till(&cashier, id));
    assert!(!stands_at_till(&cashier, other));
    let admin = with(&cx, Role::Administrator, Scope::CITY);
    for nobody in [&admin, &cx.actor, &Actor::Anonymous] {
        assert!(!speaks_for(nobody, id) && !stands_at_till(nobody, id), "{nobody:?}");
    }
    assert_eq!((merchants_of(&boss), merchants_of(&cashier)), (vec![id], vec![id]));
    assert!(merchants_of(&admin).is_empty() && merchants_of(&cx.actor).is_empty());
    // A till does not tell where the money goes, and neither does a clerk.
    let atlas = atlas(&mut tx, &cx).await;
    let (keys, payee) =
        (Keys::new([7; 32]), Payee::read("户名", "农商行", "622200001111").unwrap());
    for actor in [cashier, clerk_of(&cx, city.town)] {
        let cx = db.cx_as(actor);
        let refused = tell_payee(&mut tx, &cx, &keys, &atlas, id, &payee).await;
        assert!(matches!(refused, Err(MerchantError::Denied(Denied::Forbidden))), "{refused:?}");
    }
    tell_payee(&mut tx, &db.cx_as(boss), &keys, &atlas, id, &payee).await.unwrap();
    let opened = open_payee(&mut tx, &cx, &keys, id, "结算单 1").await.unwrap();
    assert_eq!(opened, payee);
}

async fn each_sees_the_merchants_of_their_scope(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let here = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let there = city::merchant(&mut tx, &cx, "云栈", city.tower).await;
    let atlas = atlas(&mut tx, &cx).await;
    let mall = Scope::on(kernel::actor::ScopeKind::Place, city.mall.uuid());
    for (actor, sees_here, sees_there) in [
        (with(&cx, Role::Administrator, Scope::CITY), true, true),
        (clerk_of(&cx, city.town), true, false),
        (with(&cx, Role::Organiser, mall), true, false),
        (at(&cx, Role::Cashier, there), false, true),
        (Actor::Anonymous, false, false),
    ] {
        let seen: Vec<_> = visible(&mut tx, &actor, &atlas).await.unwrap();
        let seen: Vec<_> = seen.iter().map(|one| one.id).collect();
        assert_eq!((seen.contains(&here), seen.contains(&there)), (sees_here, sees_there));
        let one = visible_merchant(&mut tx, &actor, &atlas, here).await.unwrap();
        assert_eq!(one.is_some(), sees_here, "{actor:?}");
    }
}

async fn words_find_by_name_place_and_initials(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    city::merchant(&mut tx, &cx, "拾光里餐厅", city.shop).await;
    let tower = city::merchant(&mut tx, &cx, "云栈书店", city.tower).await;
    let atlas = atlas(&mut tx, &cx).await;
    let all = visible(&mut tx, &cx.actor, &atlas).await.unwrap();
    let found = |wanted: Wanted| wanted.among(&atlas, all.clone()).len();
    let words = |words: &str| Wanted { words: words.into(), ..Wanted::default() };
    for (text, count) in [("", 2), ("拾光", 1), ("yzsd", 1), ("万象", 1), ("没有的", 0), ("，", 0)]
    {
        assert_eq!(found(words(text)), count, "{text}");
    }
    assert_eq!(found(Wanted { town: Some(city.town), ..Wanted::default() }), 1);
    assert_eq!(found(Wanted { place: Some(city.mall), ..Wanted::default() }), 1);
    suspend_merchant(&mut tx, &cx, &atlas, tower, "核查").await.unwrap();
    let all = visible(&mut tx, &cx.actor, &atlas).await.unwrap();
    let away = Wanted { state: Some(MerchantState::Suspended), ..Wanted::default() };
    assert_eq!(away.among(&atlas, all)[0].id, tower);
}

async fn what_is_sealed_opens_for_a_reason_alone(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let id = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let (atlas, keys) = (atlas(&mut tx, &cx).await, Keys::new([7; 32]));
    let nothing = reveal_phone(&mut tx, &cx, &keys, &atlas, id, "回访").await;
    assert!(matches!(nothing, Err(MerchantError::NothingKept)), "{nothing:?}");
    let phone = Phone::mobile("13812341234").unwrap();
    tell_phone(&mut tx, &cx, &keys, &atlas, id, Some(&phone)).await.unwrap();
    let bare = reveal_phone(&mut tx, &cx, &keys, &atlas, id, "").await;
    assert!(matches!(bare, Err(MerchantError::NoReason)), "{bare:?}");
    let viewer = Scope::on(kernel::actor::ScopeKind::Town, city.town.uuid());
    let viewer = db.cx_as(with(&cx, Role::Viewer, viewer));
    let refused = reveal_phone(&mut tx, &viewer, &keys, &atlas, id, "看看").await;
    assert!(matches!(refused, Err(MerchantError::Denied(Denied::Forbidden))), "{refused:?}");
    let seen = reveal_phone(&mut tx, &cx, &keys, &atlas, id, "回访").await.unwrap();
    assert_eq!(seen, phone);
    tx.commit().await.unwrap();
    let mut tx = db.read().await.unwrap();
    let told = db::journal::of_subject(&mut tx, id.uuid(), 10).await.unwrap();
    assert!(told.iter().any(|one| one.verb == "merchant.phone_revealed"));
    assert!(told.iter().all(|one| !one.detail.contains("1381234")));
}
