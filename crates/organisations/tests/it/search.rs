//! Searching: any two characters, pinyin initials, a code's beginning, a place; exact in each.

use organisations::{Facts, Filter, Sort, filter::Frame, list, organisation, search};
use places::{Atlas, Industry, Reach};
use testkit::TestDb;

use crate::city::{day, found, put, uscc};

testkit::on_both!(
    words_find_what_has_them,
    a_long_list_is_read_in_order,
    a_covering_one_has_a_name
);

async fn numbers(tx: &mut db::Tx, atlas: &Atlas, words: &str) -> Vec<String> {
    let reach = Reach::everything();
    let found = search::find(tx, words, atlas).await.unwrap().unwrap_or_default();
    let today = day(600);
    let frame = Frame { atlas, reach: &reach, member_floor: 3, today, found: Some(&found) };
    let filter = Filter::default();
    let total = list::count(tx, &filter, &frame).await.unwrap();
    let page = list::page(tx, &filter, &frame, Sort::Number, None, 200, total).await.unwrap();
    assert_eq!(page.items.len() as i64, total.min(200), "{words}");
    page.items.into_iter().map(|one| one.unit.identity.name).collect()
}

/// Names are 昆山第N号有限公司; unit 7 stands in 广场商圈0, the others in no place.
async fn city_of(db: &TestDb, count: u32) -> Atlas {
    let atlas = found(db).await;
    let cx = db.cx();
    let town = atlas.towns()[0];
    let front = *atlas.children(town).first().expect("the town has a front");
    let facts = |number: u32| {
        let mut facts = Facts::blank(town, Industry::Trade);
        facts.place = (number == 7).then_some(front);
        facts
    };
    let mut tx = db.write().await.unwrap();
    let puts = (0..count).map(|number| (number, None, day(0), facts(number)));
    put(&mut tx, &cx, &atlas, puts.collect()).await;
    tx.commit().await.unwrap();
    atlas
}

async fn words_find_what_has_them(db: TestDb) {
    let atlas = city_of(&db, 30).await;
    let mut tx = db.read().await.unwrap();
    let name = |number: u32| format!("昆山第{number}号有限公司");
    assert_eq!(numbers(&mut tx, &atlas, "昆山").await.len(), 30);
    assert_eq!(numbers(&mut tx, &atlas, "17号").await, [name(17)]);
    assert_eq!(numbers(&mut tx, &atlas, "第17号有限").await, [name(17)]);
    // 1号 is in 第1号, 第11号 and 第21号; 第1号 in one alone.
    assert_eq!(numbers(&mut tx, &atlas, "1号").await, [name(1), name(11), name(21)]);
    assert_eq!(numbers(&mut tx, &atlas, "第1号").await, [name(1)]);
    assert_eq!(numbers(&mut tx, &atlas, "yxgs").await.len(), 30, "initials of 有限公司");
    assert_eq!(numbers(&mut tx, &atlas, "d9h").await, [name(9)], "letters among initials");
    let code = uscc(23);
    assert_eq!(numbers(&mut tx, &atlas, code.as_str()).await, [name(23)]);
    assert_eq!(numbers(&mut tx, &atlas, &code.as_str()[..8]).await.len(), 30, "a beginning");
    assert_eq!(numbers(&mut tx, &atlas, "广场商圈").await, [name(7)], "by its place");
    assert_eq!(numbers(&mut tx, &atlas, "gcsq").await, [name(7)], "by its place's initials");
    assert_eq!(numbers(&mut tx, &atlas, "无此单位").await.len(), 0);
    assert_eq!(numbers(&mut tx, &atlas, "x").await.len(), 0, "one letter finds nothing");
}

async fn a_long_list_is_read_in_order(db: TestDb) {
    let atlas = city_of(&db, 3_200).await;
    let mut tx = db.read().await.unwrap();
    let names = numbers(&mut tx, &atlas, "有限").await;
    let expected: Vec<String> =
        (0..200).map(|number| format!("昆山第{number}号有限公司")).collect();
    assert_eq!(names, expected);
}

async fn a_covering_one_has_a_name(db: TestDb) {
    let cx = db.cx();
    let mut tx = db.write().await.unwrap();
    let names = ["云杉　党支部".to_owned(), "云杉 党支部".to_owned()];
    let made = organisation::find_or_make(&mut tx, &cx, &names, day(3)).await.unwrap();
    assert_eq!(made.len(), 1, "a full-width space does not make another organisation");
    let id = *made.values().next().unwrap();
    assert!(organisation::name(&mut tx, id).await.unwrap().is_some());
    let again = organisation::find_or_make(&mut tx, &cx, &names, day(9)).await.unwrap();
    assert_eq!(again, made);
    tx.commit().await.unwrap();
}
