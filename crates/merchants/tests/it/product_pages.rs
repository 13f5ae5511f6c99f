//! The catalogue: its public pages, the pages of who keeps it, and what is asked.

use testkit::TestDb;

use crate::{hall, products::png};

testkit::on_both!(
    anybody_reads_the_catalogue_until_it_is_withdrawn,
    a_product_is_drafted_pictured_and_listed,
    a_visitor_asks_and_the_merchant_answers,
);

async fn anybody_reads_the_catalogue_until_it_is_withdrawn(db: TestDb) {
    let hall = hall::open(db).await;
    let visitor = hall.app.visitor();
    let list = visitor.get("/products").await;
    assert!(list.status == 200 && list.has("阳澄湖大闸蟹") && list.has("128.00"), "{}", list.body);
    assert!(visitor.get("/products?q=dzx").await.has("阳澄湖大闸蟹"));
    assert!(visitor.get("/products?season=now").await.has("阳澄湖大闸蟹"));
    assert!(visitor.get("/products?origin=partner").await.has("没有这样的产品"));
    let path = format!("/products/{}", hall.crab);
    let page = visitor.get(&path).await;
    for words in ["property=\"og:title\"", "og:description", "当季现捕", "0512-5555 0100", "正当季"]
    {
        assert!(page.has(words), "{words}: {}", page.body);
    }
    assert!(!page.has("checked"), "consent begins unticked");
    visitor.set_cookie("lang", "en");
    assert!(visitor.get(&path).await.has("Yangcheng Lake hairy crab"));
    let boss = hall.app.browser("boss").await;
    boss.get(&format!("{path}/edit")).await;
    let gone = boss.post(&format!("{path}/withdrawals"), &[]).await;
    assert_eq!(gone.location(), format!("{path}/edit"), "{}", gone.body);
    assert_eq!(visitor.get(&path).await.status, 404);
    assert!(visitor.get("/products").await.status == 200);
    let ask = [("message", "还有吗"), ("phone", "13812341234"), ("consent", "1")];
    assert_eq!(visitor.post(&format!("{path}/enquiries"), &ask).await.status, 404);
}

async fn a_product_is_drafted_pictured_and_listed(db: TestDb) {
    let hall = hall::open(db).await;
    let boss = hall.app.browser("boss").await;
    let shop = format!("/merchants/{}", hall.shop);
    assert!(boss.get(&format!("{shop}/products/new")).await.has("存成草稿"));
    let mut fields = vec![
        ("name_zh", "青海枸杞"),
        ("origin", "partner"),
        ("region", ""),
        ("season_from", "7"),
        ("season_to", "9"),
        ("price", "三块"),
    ];
    let again = boss.post(&format!("{shop}/products"), &fields).await;
    assert!(
        again.status == 422 && again.has("不是金额") && again.has("青海枸杞"),
        "{}",
        again.body
    );
    fields[5].1 = "35.5";
    let again = boss.post(&format!("{shop}/products"), &fields).await;
    assert!(again.status == 422 && again.has("对口地区没有填"), "{}", again.body);
    fields[2].1 = "青海玉树";
    let made = boss.post(&format!("{shop}/products"), &fields).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let edit = made.location().to_owned();
    let path = edit.trim_end_matches("/edit").to_owned();
    let silent = boss.post(&format!("{path}/listings"), &[]).await;
    assert!(silent.status == 422 && silent.has("中文介绍还没有写"), "{}", silent.body);
    let words = [("shows_zh", "一碗枸杞")];
    let wrong = boss.upload(&format!("{path}/pictures"), ("a.png", b"<svg>"), &words).await;
    assert_eq!(wrong.status, 422, "{}", wrong.body);
    let sent = boss.upload(&format!("{path}/pictures"), ("a.png", &png()), &words).await;
    assert_eq!(sent.location(), edit, "{}", sent.body);
    let page = boss.get(&edit).await;
    let picture = format!("{path}/pictures/{}", page.between(&format!("{path}/pictures/"), "\""));
    let own = boss.get(&picture).await;
    assert_eq!((own.status, own.header("content-type")), (200, "image/png"));
    assert_eq!(own.header("x-content-type-options"), "nosniff");
    let visitor = hall.app.visitor();
    assert_eq!(visitor.get(&picture).await.status, 404, "a draft's picture is nobody's");
    assert_eq!(hall.app.browser("rival").await.get(&picture).await.status, 404);
    assert_eq!(hall.app.browser("rival").await.get(&edit).await.status, 404);
    assert_eq!(hall.app.browser("till").await.get(&edit).await.status, 403);
    fields.extend([("about_zh", "柴达木的枸杞。"), ("version", "1")]);
    assert_eq!(boss.post(&path, &fields).await.location(), edit);
    assert_eq!(boss.post(&path, &fields).await.status, 409);
    assert_eq!(boss.post(&format!("{path}/listings"), &[]).await.location(), edit);
    let public = visitor.get(&path).await;
    assert!(public.has("一碗枸杞") && public.has("青海玉树"), "{}", public.body);
    assert_eq!(visitor.get(&picture).await.status, 200);
    assert!(boss.get(&shop).await.has("青海枸杞"));
    let removal = format!("{picture}/removals");
    assert_eq!(boss.post(&removal, &[]).await.location(), edit);
    assert_eq!(visitor.get(&picture).await.status, 404);
}

async fn a_visitor_asks_and_the_merchant_answers(db: TestDb) {
    let hall = hall::open(db).await;
    let visitor = hall.app.visitor();
    let path = format!("/products/{}", hall.crab);
    visitor.get(&path).await;
    let asked = [("message", "还有货吗"), ("phone", "13812341234"), ("name", "李女士")];
    let silent = visitor.post(&format!("{path}/enquiries"), &asked).await;
    assert!(silent.status == 422 && silent.has("没有勾选同意"), "{}", silent.body);
    assert!(silent.has("李女士") && silent.has("还有货吗"));
    let consented = [asked[0], asked[1], asked[2], ("consent", "1")];
    let sent = visitor.post(&format!("{path}/enquiries"), &consented).await;
    assert_eq!(sent.location(), format!("{path}?asked=1#ask"), "{}", sent.body);
    assert!(visitor.get(&format!("{path}?asked=1")).await.has("问好了"));
    let bare = hall.app.visitor().post_bare(&format!("{path}/enquiries"), &consented).await;
    assert_eq!(bare.status, 403, "another site's page cannot ask");
    let boss = hall.app.browser("boss").await;
    let list = boss.get("/enquiries").await;
    assert!(list.has("还有货吗") && list.has("李女士") && !list.has("13812341234"));
    let id = list.between("/enquiries/", "/phone-views").to_owned();
    for name in ["rival", "admin", "till"] {
        let other = hall.app.browser(name).await;
        other.get("/me").await;
        let answer = other.post(&format!("/enquiries/{id}/phone-views"), &[]).await;
        assert!(matches!(answer.status, 403 | 404), "{name}");
        assert!(!other.get("/enquiries").await.has("还有货吗"), "{name}");
    }
    let rival = hall.app.browser("rival").await;
    assert_eq!(rival.get(&format!("/enquiries/{id}/close")).await.status, 404);
    assert_eq!(rival.get(&format!("/enquiries?merchant={}", hall.shop)).await.status, 404);
    assert!(boss.post(&format!("/enquiries/{id}/phone-views"), &[]).await.has("13812341234"));
    assert!(boss.get(&format!("/enquiries/{id}/close")).await.has("怎么答复的"));
    let closings = format!("/enquiries/{id}/closings");
    assert_eq!(boss.post(&closings, &[("answer", "")]).await.status, 422);
    assert_eq!(boss.post(&closings, &[("answer", "明天到货")]).await.location(), "/enquiries");
    assert!(boss.get("/enquiries").await.has("明天到货"));
    assert_eq!(boss.post(&closings, &[("answer", "再来")]).await.status, 409);
}
