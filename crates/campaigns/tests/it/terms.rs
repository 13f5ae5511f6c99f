//! Terms, sub-events and funders that do not fit are refused beside their field.

use campaigns::{
    CampaignError, NewFunder, NewItem, Terms, add_programme_item, add_sub_event, change_funder,
    create_funder, draft_campaign, open_account, remove_programme_item,
};
use kernel::Fen;
use testkit::TestDb;

use crate::town::{Town, day, keys, ten};

testkit::on_both!(
    terms_that_do_not_fit_say_where,
    an_address_is_of_one_campaign,
    a_sub_event_lies_within_its_campaign,
    an_account_is_sealed_and_every_look_is_told,
);

/// Makes terms unfit in one way.
type Spoil = Box<dyn Fn(&mut Terms) + Send>;

fn fields<T: std::fmt::Debug>(done: Result<T, CampaignError>) -> Vec<String> {
    match done {
        Err(CampaignError::Fields(errors)) => errors.iter().map(|one| one.0.into()).collect(),
        other => panic!("{other:?}"),
    }
}

async fn terms_that_do_not_fit_say_where(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let cx = db.cx();
    let pledge = |fen| vec![(town.funder, Fen(fen))];
    let nobody = cx.new_id();
    let cases: Vec<(&str, Spoil)> = vec![
        ("name", Box::new(|one| one.name = " ".into())),
        ("slug", Box::new(|one| one.slug = "购物节".into())),
        ("slug", Box::new(|one| one.slug = "a".into())),
        ("last_on", Box::new(|one| one.last_on = day(9, 30))),
        ("last_on", Box::new(|one| one.from_on = kernel::Date::constant(2020, 1, 1))),
        ("places", Box::new(|one| one.places.clear())),
        ("places", Box::new(|one| one.places.push(one.places[0]))),
        ("phone", Box::new(|one| one.phone = "问前台".into())),
        ("pledges", Box::new(move |one| one.pledges = vec![(nobody, Fen(100))])),
        ("about", Box::new(|one| one.about = "长".repeat(2_000))),
    ];
    for (field, spoil) in cases {
        let mut terms = town.terms();
        spoil(&mut terms);
        assert_eq!(fields(draft_campaign(&mut tx, &cx, terms).await), [field]);
    }
    for fen in [0, -1, i64::MAX] {
        let terms = Terms { pledges: pledge(fen), ..town.terms() };
        assert_eq!(fields(draft_campaign(&mut tx, &cx, terms).await), ["pledges"], "{fen}");
    }
    let twice = Terms { pledges: [pledge(1), pledge(2)].concat(), ..town.terms() };
    assert_eq!(fields(draft_campaign(&mut tx, &cx, twice).await), ["pledges"]);
    let unpaid = Terms { pledges: Vec::new(), ..town.terms() };
    let id = draft_campaign(&mut tx, &cx, unpaid).await.expect("a draft may be unpaid");
    let done = campaigns::approve_campaign(&mut tx, &cx, (id, 1)).await;
    assert!(matches!(done, Err(CampaignError::NoPledge)), "{done:?}");
}

async fn an_address_is_of_one_campaign(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    town.drafted(&db, &mut tx).await;
    assert_eq!(fields(draft_campaign(&mut tx, &db.cx(), town.terms()).await), ["slug"]);
}

async fn a_sub_event_lies_within_its_campaign(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let (id, _) = town.drafted(&db, &mut tx).await;
    let cx = Town::cx(&db, &town.organiser);
    let mut add = async |spoil: fn(&mut campaigns::NewSubEvent, &Town)| {
        let mut new = town.fair();
        new.name = "另一个".into();
        spoil(&mut new, &town);
        fields(add_sub_event(&mut tx, &cx, id, new).await)
    };
    assert_eq!(add(|new, _| new.from_at = ten(day(9, 30))).await, ["from_at"]);
    assert_eq!(add(|new, _| new.to_at = ten(day(11, 1))).await, ["to_at"]);
    assert_eq!(add(|new, _| new.to_at = new.from_at).await, ["to_at"]);
    assert_eq!(add(|new, town| new.place = town.around).await, ["place"]);
    assert_eq!(add(|new, _| new.name = "好货 展销".replace(' ', "")).await, ["name"]);
    let item = NewItem {
        sub_event: None,
        title: "开幕".into(),
        title_en: String::new(),
        place: Some(town.mall),
        from_at: ten(day(12, 1)),
        to_at: ten(day(12, 1)),
    };
    let done = add_programme_item(&mut tx, &cx, id, item.clone()).await;
    assert_eq!(fields(done), ["from_at", "to_at"]);
    let (from_at, to_at) = (ten(day(10, 1)), ten(day(10, 1)));
    let fits = NewItem { from_at, to_at, ..item };
    let added = add_programme_item(&mut tx, &cx, id, fits).await.expect("it fits");
    remove_programme_item(&mut tx, &cx, (id, added)).await.expect("it goes");
    let gone = remove_programme_item(&mut tx, &cx, (id, added)).await;
    assert!(matches!(gone, Err(CampaignError::Denied(_))), "it is gone");
    let new = NewFunder { name: "改了名的局".into(), account: "6222000011119999".into() };
    let changed = change_funder(&mut tx, &db.cx(), &keys(), (town.funder, 1), new).await;
    assert!(changed.is_ok(), "{changed:?}");
}

async fn an_account_is_sealed_and_every_look_is_told(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let town = Town::build(&db, &mut tx).await;
    let shown = campaigns::funder(&mut tx, town.funder).await.unwrap().expect("a funder");
    assert_eq!(shown.account_tail, "2345");
    let pay = Town::cx(&db, &town.payer);
    let open = open_account(&mut tx, &pay, &keys(), town.funder, "付 10 月的款").await.unwrap();
    assert_eq!(open, "6222000011112345");
    let admin = Town::cx(&db, &town.admin);
    assert!(open_account(&mut tx, &admin, &keys(), town.funder, "看看").await.is_err());
    let same = NewFunder { name: "市 商务局".replace(' ', ""), account: "12345678".into() };
    assert_eq!(fields(create_funder(&mut tx, &db.cx(), &keys(), same).await), ["name"]);
    let short = NewFunder { name: "某局".into(), account: "1234".into() };
    assert_eq!(fields(create_funder(&mut tx, &db.cx(), &keys(), short).await), ["account"]);
    tx.commit().await.unwrap();
    let mut tx = db.read().await.unwrap();
    let told = db::journal::of_subject(&mut tx, town.funder.uuid(), 9).await.unwrap();
    let looks = told.iter().filter(|one| one.verb == "funder.account_opened").count();
    assert_eq!(looks, 1);
    assert!(told.iter().all(|one| !one.detail.contains("6222")));
}
