//! Saved views: one's own, counted, and gone when taken away.

use testkit::TestDb;

use crate::town_hall;

testkit::on_both!(a_view_is_a_tab_with_its_count, a_view_is_its_owners_alone);

async fn a_view_is_a_tab_with_its_count(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    let form = clerk.get("/views/new?front=building&status=due&sort=-members&open=x&done=3").await;
    assert_eq!(form.status, 200);
    let query = form.between("name=\"query\" value=\"", "\"").replace("&#38;", "&");
    assert_eq!(query, "front=building&status=due&sort=-members");
    let saved = clerk.post("/views", &[("name", "楼宇应建未建"), ("query", &query)]).await;
    assert_eq!((saved.status, saved.location()), (303, &*format!("/units?{query}")));
    let list = clerk.get(saved.location()).await;
    let total = town_hall::total(&list.body);
    assert!(
        list.has(&format!("aria-current=\"page\">楼宇应建未建<b>{total}</b>")),
        "{}",
        list.body
    );
    // The same name again, no name, a name too long for a tab, a query that does not parse.
    for (name, query, status) in [
        ("楼宇应建未建", "", 422),
        ("", "", 422),
        ("一二三四五六七八九十一二三四五六七", "", 422),
        ("坏的", "status=what", 400),
    ] {
        let refused = clerk.post("/views", &[("name", name), ("query", query)]).await;
        assert_eq!(refused.status, status, "{name}");
    }
    let action = list.between("action=\"/views/", "\"").to_owned();
    let removed = clerk.post(&format!("/views/{action}"), &[]).await;
    assert_eq!(removed.status, 303);
    assert!(!clerk.get("/units").await.has("楼宇应建未建"));
}

async fn a_view_is_its_owners_alone(db: TestDb) {
    let hall = town_hall::open(db).await;
    let (clerk, town) = (hall.browser("clerk").await, hall.browser("town").await);
    clerk.post("/views", &[("name", "我的"), ("query", "status=due")]).await;
    let list = clerk.get("/units?status=due").await;
    // The usual tab of the same query stays the current one.
    assert!(!list.has("aria-current=\"page\">我的"));
    assert!(!town.get("/units").await.has("我的<b>"));
    let mut tx = hall.app.db.read().await.unwrap();
    let account = people::find_account_by_name(&mut tx, "clerk").await.unwrap().unwrap().id;
    let view = organisations::views::of(&mut tx, account).await.unwrap().remove(0);
    drop(tx);
    let path = format!("/views/{}/removal", view.id);
    assert_eq!(town.post(&path, &[]).await.status, 404);
    assert!(clerk.get("/units").await.has("我的<b>"));
    assert_eq!(clerk.post(&path, &[]).await.status, 303);
}
