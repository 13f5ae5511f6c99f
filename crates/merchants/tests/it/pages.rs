//! The pages of merchants and founders, and the API, over the real router.

use serde_json::json;
use testkit::TestDb;

use crate::hall;

testkit::on_both!(
    somebody_elses_merchant_is_not_there,
    a_merchant_is_registered_changed_and_suspended,
    phones_and_accounts_are_masked_and_opened_with_a_reason,
    scripts_register_and_read,
    a_founders_way_is_written_and_counted,
);

async fn somebody_elses_merchant_is_not_there(db: TestDb) {
    let hall = hall::open(db).await;
    let (own, other) = (format!("/merchants/{}", hall.shop), format!("/merchants/{}", hall.other));
    for (name, sees_own, sees_other) in [
        ("admin", 200, 200),
        ("clerk", 200, 404),
        ("stranger", 404, 200),
        ("viewer", 200, 404),
        ("boss", 200, 404),
        ("till", 200, 404),
        ("rival", 404, 200),
    ] {
        let browser = hall.app.browser(name).await;
        assert_eq!(browser.get(&own).await.status, sees_own, "{name}");
        assert_eq!(browser.get(&other).await.status, sees_other, "{name}");
        let list = browser.get("/merchants").await;
        assert_eq!((list.has("拾光里"), list.has("云栈")), (sees_own == 200, sees_other == 200));
    }
    let rival = hall.app.browser("rival").await;
    for (path, fields) in [
        ("phones", &[("phone", "13812341234")][..]),
        ("phone-views", &[("reason", "看看")]),
        ("payees", &[("holder", "甲"), ("bank", "乙"), ("account", "12345678")]),
        ("products", &[("name_zh", "甲"), ("origin", "local")]),
    ] {
        let answer = rival.post(&format!("{own}/{path}"), fields).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
    let viewer = hall.app.browser("viewer").await;
    assert_eq!(viewer.get(&format!("{own}/change")).await.status, 403);
    let till = hall.app.browser("till").await;
    assert_eq!(till.post(&format!("{own}/phones"), &[("phone", "")]).await.status, 403);
    let visitor = hall.app.visitor().get(&own).await;
    assert!(visitor.location().starts_with("/login"));
}

async fn a_merchant_is_registered_changed_and_suspended(db: TestDb) {
    let hall = hall::open(db).await;
    let clerk = hall.app.browser("clerk").await;
    let form = clerk.get(&format!("/merchants/new?place={}", hall.city.floor)).await;
    assert!(form.has("value=\"万象汇/一层\""), "{}", form.body);
    let town = hall.city.town.to_string();
    let fields = [("name", "新店"), ("town", &town), ("place", "万象会"), ("uscc", "123")];
    let again = clerk.post("/merchants", &fields).await;
    assert_eq!(again.status, 422);
    assert!(again.has("是不是“万象汇”") && again.has("应为 18 位"), "{}", again.body);
    let fields = [("name", "新店"), ("town", &town), ("place", "万象汇/一层"), ("uscc", "")];
    let made = clerk.post("/merchants", &fields).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let path = made.location().to_owned();
    let taken = clerk.post("/merchants", &fields).await;
    assert!(taken.status == 422 && taken.has("同名的商户"), "{}", taken.body);
    let change = [("name", "新店铺"), ("town", &town), ("place", "万象汇"), ("version", "1")];
    assert_eq!(clerk.post(&path, &change).await.location(), path);
    assert_eq!(clerk.post(&path, &change).await.status, 409);
    let bare = clerk.post(&format!("{path}/turns?to=suspended"), &[("reason", "")]).await;
    assert!(bare.status == 422 && bare.has("原因没有填"), "{}", bare.body);
    assert!(clerk.get(&format!("{path}/turn?to=suspended")).await.has("暂停这家商户"));
    let turned = clerk.post(&format!("{path}/turns?to=suspended"), &[("reason", "核查")]).await;
    assert_eq!(turned.location(), path);
    let page = clerk.get(&path).await;
    assert!(page.has("新店 → 新店铺") && page.has("暂停商户") && page.has("核查"), "{}", page.body);
    assert_eq!(clerk.get(&format!("{path}/turn?to=nowhere")).await.status, 404);
    let found = clerk.get("/merchants?state=suspended").await;
    assert!(found.has("新店铺") && !found.has(">拾光里<"), "{}", found.body);
    assert!(clerk.get("/merchants?q=xdp").await.has("新店铺"));
    assert!(clerk.get("/merchants?q=xyz").await.has("没有符合这些条件的商户"));
    clerk.set_cookie("lang", "en");
    assert_eq!(clerk.get("/merchants").await.status, 200);
}

async fn phones_and_accounts_are_masked_and_opened_with_a_reason(db: TestDb) {
    let hall = hall::open(db).await;
    let boss = hall.app.browser("boss").await;
    let path = format!("/merchants/{}", hall.shop);
    let wrong = boss.post(&format!("{path}/phones"), &[("phone", "12")]).await;
    assert_eq!(wrong.status, 422);
    let told = boss.post(&format!("{path}/phones"), &[("phone", "138 1234 1234")]).await;
    assert_eq!(told.location(), path, "{}", told.body);
    let fields =
        [("holder", "拾光里餐饮"), ("bank", "农商行城中支行"), ("account", "6222 0000 1234 5678")];
    assert_eq!(boss.post(&format!("{path}/payees"), &fields).await.location(), path);
    let wrong = [fields[0], fields[1], ("account", "abc")];
    assert_eq!(boss.post(&format!("{path}/payees"), &wrong).await.status, 422);
    let page = boss.get(&path).await;
    assert!(page.has("138****1234") && page.has("6222********5678"), "{}", page.body);
    assert!(!page.has("13812341234") && !page.has("622200001234"));
    let viewer = hall.app.browser("viewer").await.get(&path).await;
    assert!(!viewer.has("138****") && !viewer.has("5678") && !viewer.has("农商行"));
    let views = format!("{path}/phone-views");
    assert_eq!(boss.post(&views, &[("reason", "")]).await.status, 422);
    assert!(boss.post(&views, &[("reason", "回访")]).await.has("13812341234"));
    let people = boss.get(&path).await;
    assert!(people.has("商户负责人") && people.has("收银员"), "{}", people.body);
    let clerk = hall.app.browser("clerk").await;
    assert_eq!(clerk.post(&format!("{path}/payees"), &fields).await.status, 403);
}

async fn scripts_register_and_read(db: TestDb) {
    let hall = hall::open(db).await;
    let script = hall.app.script_of("clerk").await;
    let body = json!({ "name": "新店", "place": hall.city.floor });
    let made = script.post("/api/v1/merchants", &body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.json()["path"], "万象汇/一层");
    assert_eq!(script.post("/api/v1/merchants", &body).await.status, 409);
    assert_eq!(script.post("/api/v1/merchants", &json!({ "name": 1 })).await.status, 422);
    let foreign = json!({ "name": "新店", "place": hall.city.tower });
    assert_eq!(script.post("/api/v1/merchants", &foreign).await.status, 404);
    let first = script.get("/api/v1/merchants?limit=1").await.json();
    assert_eq!(first["total"], 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = script.get(&format!("/api/v1/merchants?cursor={cursor}")).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert!(rest["next_cursor"].is_null());
    assert_eq!(script.get("/api/v1/merchants?cursor=x").await.status, 422);
    assert_eq!(script.get("/api/v1/merchants?limit=0").await.status, 400);
    assert_eq!(script.get("/api/v1/merchants?q=sgl").await.json()["total"], 1);
    let other = format!("/api/v1/merchants/{}", hall.other);
    assert_eq!(script.get(&other).await.status, 404);
    let products = script.get("/api/v1/products?origin=local").await.json();
    assert_eq!(products["items"][0]["price_fen"], 12_800);
    let document = script.get("/api/openapi.json").await.json();
    assert!(document["paths"]["/api/v1/merchants"]["post"].is_object());
}

async fn a_founders_way_is_written_and_counted(db: TestDb) {
    let hall = hall::open(db).await;
    let clerk = hall.app.browser("clerk").await;
    let town = hall.city.town.to_string();
    let fields =
        [("kind", "ecommerce_founder"), ("name", "张三丰"), ("town", &town), ("on", "2021-03-01")];
    let silent = clerk.post("/founders", &fields).await;
    assert!(silent.status == 422 && silent.has("本人没有同意") && silent.has("张三丰"));
    assert!(!silent.has("value=\"1\" checked"));
    let consented = [fields[0], fields[1], fields[2], fields[3], ("consent", "1")];
    let made = clerk.post("/founders", &consented).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let path = made.location().to_owned();
    let id = path.rsplit('/').next().unwrap();
    assert!(clerk.get(&format!("{path}/steps/new?kind=support")).await.has("哪个单位给的"));
    let support =
        [("title", "房租补贴"), ("on", "2021-05-01"), ("by_whom", "商务局"), ("amount", "3,000")];
    assert_eq!(clerk.post(&format!("{path}/steps?kind=support"), &support).await.location(), path);
    let wrong = [support[0], support[1], support[2], ("amount", "三千")];
    assert_eq!(clerk.post(&format!("{path}/steps?kind=support"), &wrong).await.status, 422);
    let shop = hall.shop.to_string();
    let opened = [("title", "开了拾光里"), ("on", "2021-06-01"), ("merchant", &*shop)];
    assert_eq!(clerk.post(&format!("{path}/steps?kind=shop"), &opened).await.location(), path);
    let training =
        [("title", "直播入门"), ("on", "2021-04-01"), ("by_whom", "商务局"), ("founder", id)];
    assert_eq!(clerk.post("/trainings", &training[..3]).await.status, 422);
    let noted = clerk.post("/trainings", &training).await;
    assert_eq!(noted.location(), "/founder-steps?step=training", "{}", noted.body);
    let page = clerk.get("/founders").await;
    assert!(page.has("3,000.00</a> 元") && page.has("张三丰"), "{}", page.body);
    assert!(clerk.get("/founders?with=training").await.has("张三丰"));
    assert!(clerk.get("/founders?with=milestone").await.has("没有符合这些条件的从业者"));
    let viewer = hall.app.browser("viewer").await;
    let masked = viewer.get("/founders").await;
    assert!(masked.has("张**") && !masked.has("张三丰"), "{}", masked.body);
    assert!(!viewer.get(&path).await.has("张三丰"));
    assert_eq!(viewer.get(&format!("{path}/change")).await.status, 403);
    let stranger = hall.app.browser("stranger").await;
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(stranger.post(&format!("{path}/withdrawals"), &[]).await.status, 404);
    assert_eq!(hall.app.browser("boss").await.get("/founders").await.status, 403);
    let own = clerk.get(&path).await;
    let step = own.between("/founder-steps/", "/strike").to_owned();
    let struck = clerk.post(&format!("/founder-steps/{step}/strikes"), &[("reason", "记错")]).await;
    assert_eq!(struck.location(), path, "{}", struck.body);
    assert!(clerk.get(&path).await.has("<s>"));
    assert!(clerk.get(&format!("{path}/withdraw")).await.has("删除姓名和电话"));
    assert_eq!(clerk.post(&format!("{path}/withdrawals"), &[]).await.location(), "/founders");
    assert_eq!(clerk.get(&path).await.status, 404);
    assert!(clerk.get("/founders").await.has("还没有登记从业者"));
}
