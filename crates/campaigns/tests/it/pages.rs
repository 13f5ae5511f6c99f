//! Pages and the API over the real router: who may, what is shown, the merchant's own answer.

use campaigns::{CampaignId, CampaignState, campaign_by_id};
use kernel::{Grant, Role, Scope, actor::ScopeKind};
use testkit::{
    TestDb,
    app::{Browser, TestApp},
};

use crate::town::Town;

testkit::on_both!(
    a_campaign_goes_from_draft_to_closed_in_browsers,
    a_form_comes_back_with_what_was_typed,
    visitors_read_the_public_page,
    each_reads_their_own,
    a_poster_has_the_code_of_the_public_page,
    scripts_read_campaigns,
);

async fn site(db: TestDb) -> (TestApp, Town) {
    let mut tx = db.write().await.expect("a transaction");
    let town = Town::build(&db, &mut tx).await;
    tx.commit().await.expect("a town");
    let app = TestApp::with(campaigns::routes(), db);
    let on = |kind, id| Scope::on(kind, id);
    for (name, role, scope) in [
        ("admin", Role::Administrator, Scope::CITY),
        ("organiser", Role::Organiser, on(ScopeKind::Town, town.around.uuid())),
        ("mall", Role::Organiser, on(ScopeKind::Place, town.mall.uuid())),
        ("payer", Role::Funder, on(ScopeKind::Funder, town.funder.uuid())),
        ("keeper", Role::Merchant, on(ScopeKind::Merchant, town.shop.uuid())),
        ("rival", Role::Merchant, on(ScopeKind::Merchant, town.other_shop.uuid())),
    ] {
        app.account(name, &[Grant { role, scope }]).await;
    }
    (app, town)
}

async fn seed(app: &TestApp, town: &Town, state: CampaignState) -> CampaignId {
    let mut tx = app.db.write().await.unwrap();
    let id = match state {
        CampaignState::Draft => town.drafted(&app.db, &mut tx).await.0,
        CampaignState::Approved => town.approved(&app.db, &mut tx).await,
        _ => town.running(&app.db, &mut tx).await,
    };
    tx.commit().await.unwrap();
    id
}

/// Posts to the campaign's page, which must lead on.
async fn act(browser: &Browser, path: &str, fields: &[(&str, &str)]) {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.body);
}

async fn a_campaign_goes_from_draft_to_closed_in_browsers(db: TestDb) {
    let (app, town) = site(db).await;
    let (organiser, payer) = (app.browser("organiser").await, app.browser("payer").await);
    let keeper = app.browser("keeper").await;
    let form = organiser.get("/campaigns/new").await;
    assert!(form.has("万象汇") && form.has("市商务局出资"), "{}", form.body);
    let pledge = format!("pledge_{}", town.funder);
    let (mall, other) = (town.mall.to_string(), town.other_mall.to_string());
    let fields = [
        ("name", "五五购物节"),
        ("slug", "55-2021"),
        ("from_on", "2021-10-01"),
        ("last_on", "2021-10-31"),
        ("places", mall.as_str()),
        ("places", other.as_str()),
        ("sponsors", "主办 市商务局 | Bureau of Commerce"),
        (&pledge, "100,000"),
    ];
    let made = organiser.post("/campaigns", &fields).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let href = made.location().to_owned();
    let page = organiser.get(&href).await;
    assert!(page.has("100,000.00") && page.has("等 市商务局 同意"), "{}", page.body);
    assert!(!page.has("同意出资</button>"));
    let fair = [
        ("kind", "food_fair"),
        ("name", "美食节"),
        ("place", mall.as_str()),
        ("from_at", "2021-10-02T10:00"),
        ("to_at", "2021-10-07T21:30"),
    ];
    act(&organiser, &format!("{href}/sub-events"), &fair).await;
    assert!(payer.get("/campaigns").await.has("看过条件，同意出资"));
    act(&payer, &format!("{href}/approvals"), &[("version", "1")]).await;
    let shop = town.shop.to_string();
    assert!(organiser.get(&format!("{href}/invite?q=拾光")).await.has("拾光里"));
    act(&organiser, &format!("{href}/invitations"), &[("merchant", &shop)]).await;
    assert!(keeper.get("/invitations").await.has("接受，我们参加"));
    let own = format!("{href}/members/{shop}/acceptances");
    act(&keeper, &own, &[("version", "1")]).await;
    act(&organiser, &format!("{href}/activations"), &[("merchant", &shop)]).await;
    act(&organiser, &format!("{href}/starts"), &[("version", "2")]).await;
    let again = organiser.post(&format!("{href}/starts"), &[("version", "2")]).await;
    assert_eq!(again.status, 409);
    let bare = organiser.post(&format!("{href}/ends"), &[("version", "3")]).await;
    assert!(bare.status == 422 && bare.has("原因没有填"), "{}", bare.body);
    act(&organiser, &format!("{href}/ends"), &[("version", "3"), ("reason", "台风")]).await;
    act(&organiser, &format!("{href}/closures"), &[("version", "4")]).await;
    let page = organiser.get(&href).await;
    assert!(page.has("已结束") && page.has("结束了活动") && page.has("台风"), "{}", page.body);
}

async fn a_form_comes_back_with_what_was_typed(db: TestDb) {
    let (app, town) = site(db).await;
    let organiser = app.browser("organiser").await;
    let pledge = format!("pledge_{}", town.funder);
    let mall = town.mall.to_string();
    let fields = [
        ("name", "五五购物节"),
        ("slug", "购物节"),
        ("from_on", "2021-10-31"),
        ("last_on", "2021-10-01"),
        ("places", mall.as_str()),
        (&pledge, "一万"),
    ];
    let again = organiser.post("/campaigns", &fields).await;
    assert_eq!(again.status, 422);
    assert!(again.has("value=\"一万\"") && again.has("value=\"购物节\""), "{}", again.body);
    let fields = [fields[0], fields[1], fields[2], fields[3], fields[4], (&pledge, "1")];
    let again = organiser.post("/campaigns", &fields).await;
    assert!(again.status == 422 && again.has("最后一天在第一天以前"), "{}", again.body);
    let foreign = town.other_mall.to_string();
    let own = app.browser("mall").await;
    let fields = [
        ("name", "一"),
        ("slug", "one"),
        ("from_on", "2021-10-01"),
        ("last_on", "2021-10-02"),
        ("places", foreign.as_str()),
    ];
    assert_eq!(own.post("/campaigns", &fields).await.status, 403);
    let id = seed(&app, &town, CampaignState::Draft).await;
    let event = [
        ("kind", "food_fair"),
        ("name", "夜市"),
        ("place", mall.as_str()),
        ("from_at", "2021-12-01T10:00"),
        ("to_at", "明天"),
    ];
    let again = organiser.post(&format!("/campaigns/{id}/sub-events"), &event).await;
    assert!(again.status == 422 && again.has("夜市") && again.has("时间要写成"), "{}", again.body);
}

async fn visitors_read_the_public_page(db: TestDb) {
    let (app, town) = site(db).await;
    let visitor = app.visitor();
    assert_eq!(visitor.get("/festival/55-2021").await.status, 404);
    let id = seed(&app, &town, CampaignState::Draft).await;
    assert_eq!(visitor.get("/festival/55-2021").await.status, 404, "a draft is nobody's to read");
    let payer = app.browser("payer").await;
    act(&payer, &format!("/campaigns/{id}/approvals"), &[("version", "1")]).await;
    let page = visitor.get("/festival/55-2021").await;
    assert!(page.status == 200 && page.has("五五购物节") && page.has("好货展销"), "{}", page.body);
    assert!(page.has("0512-5555 0100") && page.has("2021-10-02 10:00"));
    visitor.set_cookie("lang", "en");
    let english = visitor.get("/festival/55-2021").await;
    assert!(english.has("Double Five Shopping Festival") && english.has("Goods fair"));
    visitor.set_cookie("lang", "zh");
    let organiser = app.browser("organiser").await;
    let cancel = [("version", "2"), ("reason", "台风")];
    act(&organiser, &format!("/campaigns/{id}/cancellations"), &cancel).await;
    let page = visitor.get("/festival/55-2021").await;
    assert!(page.has("活动已取消") && page.has("台风"), "{}", page.body);
}

async fn each_reads_their_own(db: TestDb) {
    let (app, town) = site(db).await;
    let id = seed(&app, &town, CampaignState::Running).await;
    let href = format!("/campaigns/{id}");
    for (name, status) in [
        ("admin", 200),
        ("organiser", 200),
        ("mall", 200),
        ("payer", 200),
        ("keeper", 200),
        ("rival", 404),
    ] {
        assert_eq!(app.browser(name).await.get(&href).await.status, status, "{name}");
    }
    // Who competes with the others does not read who else was asked and said no.
    let keeper = app.browser("keeper").await;
    assert_eq!(keeper.get(&format!("{href}/members")).await.status, 403);
    assert_eq!(keeper.post(&format!("{href}/starts"), &[("version", "3")]).await.status, 403);
    let mall = app.browser("mall").await;
    assert_eq!(mall.post(&format!("{href}/ends"), &[("version", "3")]).await.status, 403);
    let who = app.visitor().get(&href).await;
    assert!(who.status == 303 && who.location().starts_with("/login"));
    let members = app.browser("payer").await.get(&format!("{href}/members?state=active")).await;
    assert!(members.has("拾光里") && members.has("参加中"), "{}", members.body);
    let shops = app.visitor();
    assert!(shops.get("/festival/55-2021/members").await.has("拾光里"));
    assert!(shops.get("/festival/55-2021/members?q=sgl").await.has("拾光里"));
    assert!(shops.get("/festival/55-2021/members?q=没有这家").await.has("没有找到"));
}

async fn a_poster_has_the_code_of_the_public_page(db: TestDb) {
    let (app, town) = site(db).await;
    let id = seed(&app, &town, CampaignState::Draft).await;
    let (organiser, payer) = (app.browser("organiser").await, app.browser("payer").await);
    let early = organiser.get(&format!("/campaigns/{id}/poster")).await;
    assert_eq!(early.status, 422, "{}", early.body);
    act(&payer, &format!("/campaigns/{id}/approvals"), &[("version", "1")]).await;
    let request = axum::http::Request::get(format!("/campaigns/{id}/poster"));
    let request = request.header("host", "ks.example");
    let poster = organiser.send(request, axum::body::Body::empty()).await;
    assert!(poster.has("https://ks.example/festival/55-2021"), "{}", poster.body);
    assert!(poster.has("class=\"code-qr\"") && poster.has("0512-5555 0100"));
}

async fn scripts_read_campaigns(db: TestDb) {
    let (app, town) = site(db).await;
    let id = seed(&app, &town, CampaignState::Running).await;
    let script = app.script_of("payer").await;
    let all = script.get("/api/v1/campaigns?state=running").await.json();
    assert_eq!(all["items"][0]["budget_fen"], 10_000_000);
    assert!(script.get("/api/v1/campaigns?state=draft").await.json()["items"][0].is_null());
    assert_eq!(script.get("/api/v1/campaigns?state=soon").await.status, 400);
    let one = script.get(&format!("/api/v1/campaigns/{id}")).await.json();
    assert_eq!((one["state"].as_str(), one["version"].as_i64()), (Some("running"), Some(3)));
    let members = script.get(&format!("/api/v1/campaigns/{id}/members")).await.json();
    assert_eq!(members["items"][0]["state"], "active");
    let events = script.get(&format!("/api/v1/campaigns/{id}/sub-events")).await.json();
    assert_eq!(events["items"][0]["kind"], "goods_fair");
    let rival = app.script_of("rival").await;
    assert_eq!(rival.get(&format!("/api/v1/campaigns/{id}")).await.status, 404);
    let mut tx = app.db.read().await.unwrap();
    assert!(campaign_by_id(&mut tx, id).await.unwrap().is_some());
    let document = script.get("/api/openapi.json").await.json();
    for path in ["/api/v1/campaigns", "/api/v1/campaigns/{id}/sub-events"] {
        assert!(document["paths"][path]["get"].is_object(), "{path}");
    }
}
