//! Products, their pictures, and what is asked about them.

use jiff::SignedDuration;
use kernel::{Actor, Fen, Keys, Role};
use merchants::{
    Denied, NewEnquiry, NewPicture, Origin, ProductError, ProductFacts, ProductId, Season,
    add_picture, change_product, close_enquiry, create_product, enquire, forget_enquiries,
    list_product, listed, listed_one, pictures_of, remove_picture, reveal_enquirer,
    suspend_merchant, withdraw_product,
};
use testkit::TestDb;

use crate::city::{self, City, at, atlas, clerk_of};

testkit::on_both!(
    a_product_is_public_while_it_is_listed_and_its_merchant_active,
    only_who_keeps_the_merchant_keeps_its_products,
    pictures_are_what_they_are_and_few,
    a_question_goes_to_the_merchant_alone_and_is_forgotten,
    one_number_does_not_ask_without_end,
);

/// Facts fit to be listed.
pub fn crab() -> ProductFacts {
    ProductFacts {
        name_zh: "阳澄湖大闸蟹".into(),
        name_en: "Yangcheng Lake hairy crab".into(),
        about_zh: "当季现捕。".into(),
        about_en: String::new(),
        origin: Origin::Local,
        region: "巴城镇".into(),
        maker: String::new(),
        season: Season { from: 9, to: 12 },
        price: Some(Fen(12_800)),
        price_for: "每公斤".into(),
    }
}

/// The smallest PNG with a text that says where it was taken.
pub fn png() -> Vec<u8> {
    let chunk = |kind: &[u8], body: &[u8]| {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&length[..], kind, body, &[0; 4]].concat()
    };
    let head = b"\x89PNG\r\n\x1a\n".to_vec();
    [head, chunk(b"IHDR", &[0; 13]), chunk(b"tEXt", b"at home"), chunk(b"IEND", b"")].concat()
}

fn question() -> NewEnquiry {
    NewEnquiry {
        name: "李女士".into(),
        phone: "13812341234".into(),
        message: "还有货吗".into(),
        consents: true,
    }
}

async fn a_product_is_public_while_it_is_listed_and_its_merchant_active(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let shop = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let atlas = atlas(&mut tx, &cx).await;
    let bare = ProductFacts { about_zh: String::new(), ..crab() };
    let id = create_product(&mut tx, &cx, &atlas, shop, &bare).await.unwrap();
    assert!(listed(&mut tx).await.unwrap().is_empty());
    let silent = list_product(&mut tx, &cx, &atlas, id).await;
    assert!(matches!(silent, Err(ProductError::NoAbout)), "{silent:?}");
    change_product(&mut tx, &cx, &atlas, id, &crab(), 1).await.unwrap();
    let stale = change_product(&mut tx, &cx, &atlas, id, &crab(), 1).await;
    assert!(matches!(stale, Err(ProductError::Conflict)), "{stale:?}");
    list_product(&mut tx, &cx, &atlas, id).await.unwrap();
    let (kept, merchant) = listed_one(&mut tx, id).await.unwrap().unwrap();
    assert_eq!((kept.facts, merchant.as_str()), (crab(), "拾光里"));
    let emptied = change_product(&mut tx, &cx, &atlas, id, &bare, kept.version).await;
    assert!(matches!(emptied, Err(ProductError::NoAbout)), "{emptied:?}");
    suspend_merchant(&mut tx, &cx, &atlas, shop, "核查").await.unwrap();
    assert!(listed_one(&mut tx, id).await.unwrap().is_none());
    let away = create_product(&mut tx, &cx, &atlas, shop, &crab()).await;
    assert!(matches!(away, Err(ProductError::MerchantAway)), "{away:?}");
    withdraw_product(&mut tx, &cx, &atlas, id).await.unwrap();
    let away = list_product(&mut tx, &cx, &atlas, id).await;
    assert!(matches!(away, Err(ProductError::MerchantAway)), "{away:?}");
}

async fn only_who_keeps_the_merchant_keeps_its_products(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let shop = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let other = city::merchant(&mut tx, &cx, "云栈", city.tower).await;
    let atlas = atlas(&mut tx, &cx).await;
    for (actor, may) in [
        (at(&cx, Role::Merchant, shop), Ok(())),
        (clerk_of(&cx, city.town), Ok(())),
        (at(&cx, Role::Cashier, shop), Err(Denied::Forbidden)),
        (at(&cx, Role::Merchant, other), Err(Denied::Invisible)),
        (clerk_of(&cx, city.other_town), Err(Denied::Invisible)),
        (Actor::Anonymous, Err(Denied::Invisible)),
    ] {
        let made = create_product(&mut tx, &db.cx_as(actor), &atlas, shop, &crab()).await;
        match (made, may) {
            (Ok(_), Ok(())) => {}
            (Err(ProductError::Denied(denied)), Err(expected)) => assert_eq!(denied, expected),
            other => panic!("{other:?}"),
        }
    }
}

async fn pictures_are_what_they_are_and_few(db: TestDb) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let shop = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let atlas = atlas(&mut tx, &cx).await;
    let id = create_product(&mut tx, &cx, &atlas, shop, &crab()).await.unwrap();
    let large = [png(), vec![0; 3 << 20]].concat();
    for (bytes, words) in
        [(&b"GIF89a"[..], "蟹"), (&large, "蟹"), (&png()[..20], "蟹"), (&png(), " ")]
    {
        let new = NewPicture { name: "a.png", bytes, shows_zh: words, shows_en: "" };
        let refused = add_picture(&mut tx, &cx, &atlas, id, new).await;
        let expected = matches!(
            refused,
            Err(ProductError::NotAPicture | ProductError::LargePicture | ProductError::NoWords)
        );
        assert!(expected, "{refused:?}");
    }
    let bytes = png();
    let new = NewPicture { name: "a.jpg", bytes: &bytes, shows_zh: "一筐蟹", shows_en: "" };
    let mut files = Vec::new();
    for _ in 0..6 {
        files.push(add_picture(&mut tx, &cx, &atlas, id, new.clone()).await.unwrap());
    }
    let many = add_picture(&mut tx, &cx, &atlas, id, new.clone()).await;
    assert!(matches!(many, Err(ProductError::ManyPictures)), "{many:?}");
    let kept = db::file::bytes(&mut tx, files[0]).await.unwrap();
    assert!(kept.len() < bytes.len() && !kept.windows(4).any(|part| part == b"home"));
    remove_picture(&mut tx, &cx, &atlas, id, files[2]).await.unwrap();
    assert!(db::file::find(&mut tx, files[2]).await.unwrap().is_none());
    add_picture(&mut tx, &cx, &atlas, id, new).await.unwrap();
    let turns: Vec<_> = pictures_of(&mut tx, id).await.unwrap();
    assert_eq!(turns.iter().map(|one| one.turn_no).collect::<Vec<_>>(), [1, 2, 4, 5, 6, 7]);
}

/// A listed product of a shop.
async fn on_show(db: &TestDb) -> (merchants::MerchantId, ProductId) {
    let (cx, mut tx) = (db.cx(), db.write().await.unwrap());
    let city = City::build(&mut tx, &cx).await;
    let shop = city::merchant(&mut tx, &cx, "拾光里", city.shop).await;
    let atlas = atlas(&mut tx, &cx).await;
    let id = create_product(&mut tx, &cx, &atlas, shop, &crab()).await.unwrap();
    list_product(&mut tx, &cx, &atlas, id).await.unwrap();
    tx.commit().await.unwrap();
    (shop, id)
}

async fn a_question_goes_to_the_merchant_alone_and_is_forgotten(db: TestDb) {
    let (shop, product) = on_show(&db).await;
    let keys = Keys::new([7; 32]);
    let visitor = db.cx_as(Actor::Anonymous);
    let mut tx = db.write().await.unwrap();
    for (wrong, field) in [
        (NewEnquiry { message: " ".into(), ..question() }, "message"),
        (NewEnquiry { phone: "12".into(), ..question() }, "phone"),
        (NewEnquiry { consents: false, ..question() }, "consent"),
    ] {
        let refused = enquire(&mut tx, &visitor, &keys, product, &wrong).await.unwrap_err();
        assert_eq!(refused.field(), Some(field), "{refused:?}");
    }
    let id = enquire(&mut tx, &visitor, &keys, product, &question()).await.unwrap();
    let admin = db.cx();
    for stranger in [&admin, &db.cx_as(at(&admin, Role::Cashier, shop))] {
        let refused = reveal_enquirer(&mut tx, stranger, &keys, id).await;
        assert!(matches!(refused, Err(ProductError::Denied(Denied::Invisible))), "{refused:?}");
    }
    let boss = db.cx_as(at(&admin, Role::Merchant, shop));
    let phone = reveal_enquirer(&mut tx, &boss, &keys, id).await.unwrap();
    assert_eq!(phone.expose(), "13812341234");
    close_enquiry(&mut tx, &boss, id, "有，明天到").await.unwrap();
    let twice = close_enquiry(&mut tx, &boss, id, "又一次").await;
    assert!(matches!(twice, Err(ProductError::Over)), "{twice:?}");
    let over = reveal_enquirer(&mut tx, &boss, &keys, id).await;
    assert!(matches!(over, Err(ProductError::Over)), "{over:?}");
    assert_eq!(forget_enquiries(&mut tx, &admin).await.unwrap(), 0);
    db.clock.advance(SignedDuration::from_hours(24 * 91));
    let later = db.cx();
    assert_eq!(forget_enquiries(&mut tx, &later).await.unwrap(), 1);
    assert_eq!(forget_enquiries(&mut tx, &later).await.unwrap(), 0);
}

async fn one_number_does_not_ask_without_end(db: TestDb) {
    let (_, product) = on_show(&db).await;
    let keys = Keys::new([7; 32]);
    let mut tx = db.write().await.unwrap();
    let ask = db.cx_as(Actor::Anonymous);
    for _ in 0..5 {
        enquire(&mut tx, &ask, &keys, product, &question()).await.unwrap();
    }
    let sixth = enquire(&mut tx, &ask, &keys, product, &question()).await;
    assert!(matches!(sixth, Err(ProductError::TooMany)), "{sixth:?}");
    let other = NewEnquiry { phone: "13912341234".into(), ..question() };
    enquire(&mut tx, &ask, &keys, product, &other).await.unwrap();
    db.clock.advance(SignedDuration::from_hours(25));
    let ask = db.cx_as(Actor::Anonymous);
    enquire(&mut tx, &ask, &keys, product, &question()).await.unwrap();
}
