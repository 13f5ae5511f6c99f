//! Pages and the API over the real router.

use kernel::{Grant, Role, Scope, actor::ScopeKind};
use places::Atlas;
use testkit::{TestDb, app::TestApp};

use crate::city::{City, day};

testkit::on_both!(
    the_tree_opens_to_its_places,
    a_place_is_registered_renamed_and_closed,
    a_form_comes_back_with_what_was_typed,
    forms_of_move_merge_and_split_post_to_the_ledger,
    stations_are_opened_and_given_places,
    bodies_are_for_the_administrator,
    key_sites_say_their_gaps_first,
    strangers_see_nothing,
    scripts_read_the_same,
);

async fn site(db: TestDb) -> (TestApp, City) {
    let mut tx = db.write().await.expect("a transaction");
    let city = City::build(&mut tx, &db.cx()).await;
    tx.commit().await.expect("a city");
    let app = TestApp::with(places::routes(), db);
    let grant = |role, scope| [Grant { role, scope }];
    let town = Scope::on(ScopeKind::Town, city.town.uuid());
    app.account("admin", &grant(Role::Administrator, Scope::CITY)).await;
    app.account("clerk", &grant(Role::Clerk, town)).await;
    app.account("viewer", &grant(Role::Viewer, town)).await;
    app.account("nobody", &[]).await;
    (app, city)
}

async fn the_tree_opens_to_its_places(db: TestDb) {
    let (app, city) = site(db).await;
    let admin = app.browser("admin").await;
    let page = admin.get("/places").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for name in ["昆山市", "锦溪镇", "万象汇", "一层", "商圈市场"] {
        assert!(page.has(name), "{name}");
    }
    assert!(!page.has("拾光里"), "shops stand on their place's page");
    // Every list, item and fold that opens also ends.
    for tag in ["ul", "li", "details"] {
        let opened = page.body.matches(&format!("<{tag} ")).count();
        let opened = opened + page.body.matches(&format!("<{tag}>")).count();
        assert_eq!(opened, page.body.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    let clerk = app.browser("clerk").await.get("/places").await;
    assert!(clerk.has("昆山高新区") && clerk.has("万象汇") && !clerk.has("花桥国际创新港"));
    let floor = admin.get(&format!("/places/{}", city.floor)).await;
    assert!(floor.has("拾光里") && floor.has("登记地点") && floor.has("/move"), "{}", floor.body);
    let past = admin.get("/places?on=2020-12-31").await;
    assert!(past.has("2020-12-31") && !past.has("万象汇"));
    let before = admin.get(&format!("/places/{}?on=2020-12-31", city.floor)).await;
    assert_eq!(before.status, 404);
    assert_eq!(admin.get("/places?on=2021-10-21").await.status, 422);
    admin.set_cookie("lang", "en");
    assert!(admin.get("/places").await.has("Places"));
}

async fn a_place_is_registered_renamed_and_closed(db: TestDb) {
    let (app, city) = site(db).await;
    let clerk = app.browser("clerk").await;
    let form = clerk.get(&format!("/places/new?parent={}", city.mall)).await;
    assert!(form.has("登记这个地点") && form.has("楼层街区") && !form.has("商务楼宇"));
    let parent = city.mall.to_string();
    let fields =
        [("parent", parent.as_str()), ("kind", "area"), ("name", "三层"), ("on", "2021.6.1")];
    let made = clerk.post("/places", &fields).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let place = made.location().to_owned();
    let renamed = [("name", "三楼"), ("on", "2021-07-01"), ("version", "1")];
    let answer = clerk.post(&format!("{place}/names"), &renamed).await;
    assert_eq!(answer.location(), place);
    let page = clerk.get(&place).await;
    assert!(page.has("三层 → 三楼") && page.has("改名称地址"), "{}", page.body);
    let stale = clerk.post(&format!("{place}/names"), &renamed).await;
    assert_eq!(stale.status, 409);
    let closing = [("reason", "改造"), ("on", "2021-08-01"), ("version", "2")];
    let answer = clerk.post(&format!("{place}/closures"), &closing).await;
    assert_eq!(answer.location(), format!("/places/{}", city.mall), "{}", answer.body);
    let gone = clerk.get(&place).await;
    assert_eq!(gone.location(), format!("{place}?on=2021-07-31"));
    assert!(clerk.get(gone.location()).await.has("三楼"));
}

async fn a_form_comes_back_with_what_was_typed(db: TestDb) {
    let (app, city) = site(db).await;
    let clerk = app.browser("clerk").await;
    let parent = city.mall.to_string();
    let fields = [
        ("parent", parent.as_str()),
        ("kind", "area"),
        ("name", "一层"),
        ("on", "明天"),
        ("address", "柏庐路"),
    ];
    let again = clerk.post("/places", &fields).await;
    assert_eq!(again.status, 422);
    assert!(again.has("日期要写成") && again.has("柏庐路") && again.has("value=\"一层\""));
    let fields = [fields[0], fields[1], fields[2], ("on", "2021-06-01"), fields[4]];
    let again = clerk.post("/places", &fields).await;
    assert!(again.has("同一级已经有“一层”") && again.has("柏庐路"), "{}", again.body);
    let tower = city.tower.to_string();
    let fields =
        [("parent", tower.as_str()), ("kind", "area"), ("name", "三层"), ("on", "2021-06-01")];
    assert_eq!(clerk.post("/places", &fields).await.status, 404);
    let viewer = app.browser("viewer").await;
    assert_eq!(viewer.post("/places", &fields).await.status, 403);
    let form = viewer.get(&format!("/places/{}/rename", city.mall)).await;
    assert_eq!(form.status, 403);
    let town = clerk.get(&format!("/places/{}/rename", city.town)).await;
    assert_eq!(town.status, 403);
}

async fn forms_of_move_merge_and_split_post_to_the_ledger(db: TestDb) {
    let (app, city) = site(db).await;
    let admin = app.browser("admin").await;
    for (form, action) in [("move", "moves"), ("merge", "merges"), ("split", "splits")] {
        let page = admin.get(&format!("/places/{}/{form}", city.mall)).await;
        let action = format!("action=\"/places/{}/{action}\"", city.mall);
        assert!(page.status == 200 && page.has(&action), "{form}: {}", page.body);
    }
    let page = admin.get(&format!("/places/{}/move", city.floor)).await;
    assert!(page.has("花桥国际创新港") && page.has("万象汇/二层"));
    assert_eq!(admin.get(&format!("/places/{}/move", city.town)).await.status, 200);
    let typed = web::Form::of([
        ("part_1", "北区"),
        (&format!("child_{}", city.upper), "1"),
        ("on", "2021-08-01"),
        ("reason", "独立运营"),
        ("version", "1"),
    ]);
    let split = places::read_split(city.mall, &typed).expect("a split");
    assert_eq!(
        (split.parts[0].name.as_str(), &split.parts[0].children[..]),
        ("北区", &[city.upper][..])
    );
    assert!(places::read_move(city.mall, &typed).is_err());
    assert!(places::read_merge(city.mall, &typed).is_err());
}

async fn stations_are_opened_and_given_places(db: TestDb) {
    let (app, city) = site(db).await;
    let clerk = app.browser("clerk").await;
    let town = city.town.to_string();
    let fields = [("town", town.as_str()), ("name", "高新区第 1 工作站"), ("on", "2021-01-01")];
    let made = clerk.post("/stations", &fields).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let station = made.location().to_owned();
    assert!(clerk.get(&format!("{station}/cover")).await.has("万象汇/一层"));
    let mall = city.mall.to_string();
    let covers = [("place", mall.as_str()), ("on", "2021-02-01")];
    let answer = clerk.post(&format!("{station}/covers"), &covers).await;
    assert_eq!(answer.location(), station, "{}", answer.body);
    assert!(clerk.get(&station).await.has("万象汇"));
    assert!(clerk.get("/stations").await.has("高新区第 1 工作站"));
    assert!(clerk.get(&format!("/places/{}", city.shop)).await.has("高新区第 1 工作站"));
    let ending = format!("{station}/covers/{mall}/endings");
    assert_eq!(clerk.post(&ending, &[("on", "2021-03-01")]).await.location(), station);
    let mut tx = app.db.read().await.unwrap();
    let atlas = Atlas::load(&mut tx, day(2, 28)).await.unwrap();
    assert!(atlas.station_of(city.shop).is_some());
    let fields = [("name", "第 1 工作站"), ("closed_on", "2021-09-01"), ("version", "1")];
    assert!(clerk.get(&format!("{station}/change")).await.has("关闭日期"));
    assert_eq!(clerk.post(&station, &fields).await.location(), "/stations");
    assert_eq!(clerk.get(&station).await.status, 404);
    assert!(clerk.get(&format!("{station}?on=2021-08-31")).await.has("第 1 工作站"));
}

async fn bodies_are_for_the_administrator(db: TestDb) {
    let (app, _) = site(db).await;
    let (admin, clerk) = (app.browser("admin").await, app.browser("clerk").await);
    assert!(clerk.get("/bodies").await.has("商圈市场党建专委会"));
    assert_eq!(clerk.get("/bodies/new").await.status, 403);
    let fields = [
        ("kind", "special_committee"),
        ("name", "园区党建专委会"),
        ("rule_2_front", "park"),
        ("rule_2_industry", "software"),
    ];
    assert_eq!(clerk.post("/bodies", &fields).await.status, 403);
    assert!(admin.get("/bodies/new").await.has("设立行业党委"));
    let made = admin.post("/bodies", &fields).await;
    let page = clerk.get(made.location()).await;
    assert!(page.has("园区") && page.has("信息传输"), "{}", page.body);
    let form = admin.get(&format!("{}/change", made.location())).await;
    assert!(form.has("园区党建专委会"));
    let changed = [("kind", "special_committee"), ("name", "园区专委会"), ("version", "1")];
    assert_eq!(admin.post(made.location(), &changed).await.location(), made.location());
    assert_eq!(admin.post(made.location(), &changed).await.status, 409);
}

async fn key_sites_say_their_gaps_first(db: TestDb) {
    let (app, city) = site(db).await;
    let clerk = app.browser("clerk").await;
    let page = clerk.get("/key-sites").await;
    assert!(page.has("一个重点都还没有的区镇") && page.has("还没有重点的"));
    let (town, mall) = (city.town.to_string(), city.mall.to_string());
    let form = clerk.get(&format!("/key-sites/new?town={town}&industry=trade")).await;
    assert!(form.has("value=\"trade\" selected"), "{}", form.body);
    let fields = [
        ("town", town.as_str()),
        ("industry", "trade"),
        ("place", mall.as_str()),
        ("on", "2021-03-01"),
        ("reason", "业态最全"),
    ];
    let made = clerk.post("/key-sites", &fields).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let page = clerk.get("/key-sites").await;
    assert!(page.has("业态最全") && !page.has("一个重点都还没有的区镇"));
    let taken = clerk.post("/key-sites", &fields).await;
    assert!(taken.status == 422 && taken.has("已经有重点“万象汇”"), "{}", taken.body);
    let ending = page.between("action=\"/key-sites/", "\"");
    let answer = clerk.post(&format!("/key-sites/{ending}"), &[("reason", "改造")]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert!(clerk.get("/key-sites").await.has("一个重点都还没有的区镇"));
}

async fn strangers_see_nothing(db: TestDb) {
    let (app, city) = site(db).await;
    for page in ["/places", "/stations", "/bodies", "/key-sites"] {
        let answer = app.visitor().get(page).await;
        assert!(answer.status == 303 && answer.location().starts_with("/login"), "{page}");
        assert_eq!(app.browser("nobody").await.get(page).await.status, 403, "{page}");
    }
    let clerk = app.browser("clerk").await;
    let foreign = clerk.get(&format!("/places/{}", city.tower)).await;
    let unknown = clerk.get("/places/plc_00000000000000000000000000").await;
    assert_eq!((foreign.status, unknown.status), (404, 404));
    assert_eq!(clerk.get("/places/plc_1").await.status, 404);
}

async fn scripts_read_the_same(db: TestDb) {
    let (app, city) = site(db).await;
    let script = app.script_of("clerk").await;
    let first = script.get("/api/v1/places?limit=3").await.json();
    assert_eq!((first["total"].as_i64(), first["items"].as_array().unwrap().len()), (Some(6), 3));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = script.get(&format!("/api/v1/places?cursor={cursor}")).await.json();
    assert_eq!(rest["items"].as_array().unwrap().len(), 3);
    assert!(rest["next_cursor"].is_null());
    let below = script.get(&format!("/api/v1/places?parent={}&on=2021-02-01", city.floor)).await;
    assert_eq!(below.json()["items"][0]["path"], "万象汇/一层/拾光里");
    let one = script.get(&format!("/api/v1/places/{}", city.mall)).await.json();
    assert_eq!((one["front"].as_str(), one["kind"].as_str()), (Some("district"), Some("front")));
    assert_eq!(script.get(&format!("/api/v1/places/{}", city.tower)).await.status, 404);
    assert_eq!(script.get("/api/v1/places?on=2021-10-21").await.status, 422);
    assert_eq!(script.get("/api/v1/places?on=soon").await.status, 400);
    assert_eq!(script.get("/api/v1/places?cursor=x").await.status, 422);
    let bodies = script.get("/api/v1/industry-bodies").await.json();
    assert_eq!(bodies["items"].as_array().unwrap().len(), 11);
    assert!(script.get("/api/v1/stations").await.json()["items"].as_array().unwrap().is_empty());
    let gaps = script.get("/api/v1/key-sites").await.json();
    assert_eq!(gaps["gaps"][0]["industries"].as_array().unwrap().len(), 20);
    let document = script.get("/api/openapi.json").await.json();
    for path in ["/api/v1/places", "/api/v1/places/{id}", "/api/v1/key-sites"] {
        assert!(document["paths"][path]["get"].is_object(), "{path}");
    }
}
