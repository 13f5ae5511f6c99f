//! Pages and the API over the real router: who may, who sees, what a stranger finds.

use sales::{SaleId, Step};
use testkit::{TestDb, app::Browser};

use crate::fair::Fair;

testkit::on_both!(
    a_show_goes_from_its_plan_to_the_wall,
    a_sale_is_told_questioned_corrected_and_verified_in_browsers,
    a_file_goes_through_its_pages,
    a_contest_is_published_and_entered,
    scripts_hand_in_once,
    each_finds_their_own,
);

/// Posts a form, which must lead on; answers where to.
async fn act(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.body);
    answer.location().to_owned()
}

async fn plan(fair: &Fair, browser: &Browser) -> String {
    let shop = fair.shops[0].to_string();
    let fields = [
        ("title", "昆山好货三天直播"),
        ("host", "小周"),
        ("platform", "抖音"),
        ("slots", "2021-10-22 19:00-22:00\n2021-10-23 19:00-22:00\n2021-10-24 19:00-22:00"),
        ("merchants", &*shop),
        ("products", "大闸蟹礼盒\n袜底酥"),
    ];
    act(browser, &format!("/shows?campaign={}", fair.campaign), &fields).await
}

async fn a_show_goes_from_its_plan_to_the_wall(db: TestDb) {
    let fair = Fair::open(db).await;
    let (organiser, keeper) =
        (fair.app.browser("organiser").await, fair.app.browser("keeper0").await);
    let short = [("title", "没有场次")];
    let path = format!("/shows?campaign={}", fair.campaign);
    assert_eq!(organiser.post(&path, &short).await.status, 422);
    assert_eq!(keeper.post(&path, &short).await.status, 403);
    let show = plan(&fair, &organiser).await;
    act(&organiser, &format!("{show}/turns"), &[("to", "on_air"), ("version", "1")]).await;
    let outdated =
        organiser.post(&format!("{show}/turns"), &[("to", "ended"), ("version", "1")]).await;
    assert_eq!(outdated.status, 409);
    let id: sales::ShowId = show.strip_prefix("/shows/").unwrap().parse().unwrap();
    let mut new = fair.sale(0, "48201122334401", 12_345_600);
    new.show = Some(id);
    let sale = fair.tell(new).await.unwrap();
    fair.judge(sale, Step::Verify).await.unwrap();
    let page = organiser.get(&show).await;
    assert!(page.has("合计 123,456.00 元，已核实 123,456.00 元"), "{}", page.body);
    assert!(page.has(&format!("data-progress=\"{show}/events\"")));
    assert!(page.has(&format!("/sales?show={id}")));
    assert!(!page.has("/wall/"));
    act(&organiser, &format!("{show}/wall"), &[("to", "open"), ("version", "2")]).await;
    let page = organiser.get(&show).await;
    let code = page.between("href=\"/wall/", "\"").to_owned();
    assert_eq!(code.len(), 32);
    let visitor = fair.app.visitor();
    let wall = visitor.get(&format!("/wall/{code}")).await;
    assert_eq!(wall.status, 200);
    assert!(wall.has("123,456.00") && wall.has("class=\"wall\"") && !wall.has("csrf"));
    assert_eq!(visitor.get("/wall/00000000000000000000000000000000").await.status, 404);
    act(&organiser, &format!("{show}/turns"), &[("to", "ended"), ("version", "3")]).await;
    // Over: the stream says so once and ends.
    let events = visitor.get(&format!("/wall/{code}/events")).await;
    assert!(events.has("event: done") && events.has("123,456.00"), "{}", events.body);
    assert_eq!(visitor.get(&format!("{show}/events")).await.status, 303);
    act(&organiser, &format!("{show}/wall"), &[("to", "closed"), ("version", "4")]).await;
    assert_eq!(visitor.get(&format!("/wall/{code}")).await.status, 404);
    assert_eq!(keeper.get(&show).await.status, 200);
    assert_eq!(fair.app.browser("stranger").await.get(&show).await.status, 404);
}

async fn a_sale_is_told_questioned_corrected_and_verified_in_browsers(db: TestDb) {
    let fair = Fair::open(db).await;
    let (keeper, judge) = (fair.app.browser("keeper0").await, fair.app.browser("judge").await);
    let form = format!("/sales/new?campaign={}", fair.campaign);
    assert_eq!(keeper.get(&form).await.status, 200);
    assert_eq!(judge.get(&form).await.status, 403, "nobody declares for a merchant");
    let shop = fair.shops[0].to_string();
    let fields = [
        ("merchant", &*shop),
        ("source", "till"),
        ("item", "奥灶面"),
        ("amount", "25.50"),
        ("sold_at", "2021-10-22T12:00"),
        ("order", "0007"),
    ];
    let path = format!("/sales?campaign={}", fair.campaign);
    let sale = act(&keeper, &path, &fields).await;
    let twice = keeper.post(&path, &fields).await;
    assert!(twice.status == 422 && twice.has("已经记过"), "{}", twice.body);
    let steps = format!("{sale}/steps");
    assert_eq!(keeper.post(&steps, &[("step", "verify"), ("version", "1")]).await.status, 403);
    let ask = [("step", "question"), ("version", "1"), ("why", "小票呢")];
    act(&judge, &steps, &ask).await;
    let file = ("小票.jpg", &b"receipt"[..]);
    let laid = keeper.upload(&format!("{sale}/evidence"), file, &[]).await;
    assert_eq!(laid.status, 303, "{}", laid.body);
    let right =
        [("amount", "20"), ("sold_at", "2021-10-22T12:00"), ("version", "2"), ("why", "优惠")];
    act(&keeper, &format!("{sale}/corrections"), &right).await;
    act(&judge, &steps, &[("step", "verify"), ("version", "3")]).await;
    let back = [("amount", "5"), ("sold_at", "2021-10-23T12:00"), ("source", "till")];
    act(&keeper, &format!("{sale}/returns"), &back).await;
    let page = judge.get(&sale).await;
    assert!(page.has("小票呢") && page.has("−5.00") && page.has("已核实"), "{}", page.body);
    let href = page.between(&format!("href=\"{sale}/evidence/"), "\"").to_owned();
    let kept = judge.get(&format!("{sale}/evidence/{href}")).await;
    assert_eq!((kept.status, &*kept.body), (200, "receipt"));
    assert!(kept.header("content-disposition").starts_with("attachment"));
    let rival = fair.app.browser("keeper1").await;
    assert_eq!(rival.get(&format!("{sale}/evidence/{href}")).await.status, 404);
    let list = judge.get(&format!("/sales?campaign={}", fair.campaign)).await;
    assert!(list.has("15.00") && list.has("销售额里已核实"), "{}", list.body);
    act(&judge, "/sale-verifications", &[("campaign", &fair.campaign.to_string())]).await;
    assert!(judge.get(&sale).await.has("已核实"));
}

async fn a_file_goes_through_its_pages(db: TestDb) {
    let fair = Fair::open(db).await;
    let keeper = fair.app.browser("keeper0").await;
    let (campaign, shop) = (fair.campaign.to_string(), fair.shops[0].to_string());
    let text = "商品,订单号,成交,收了多少\n蟹,482011223344001,2021-10-22 20:00,88.00\n\
                面,482011223344002,2021-10-22 20:00,很多\n";
    let fields = [("campaign", &*campaign), ("platform", "小店"), ("merchant", &*shop)];
    let answer = keeper.upload("/sale-batches", ("a.csv", text.as_bytes()), &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let batch = answer.location().to_owned();
    let page = keeper.get(&batch).await;
    assert!(page.has("收了多少") && page.has("先确认列的对应"), "{}", page.body);
    let unread = keeper.post(&format!("{batch}/confirmation"), &[("version", "1")]).await;
    assert_eq!(unread.status, 422, "nobody said how to understand it");
    let half = [("order", "订单号"), ("version", "1")];
    assert_eq!(keeper.post(&format!("{batch}/mapping"), &half).await.status, 422);
    let whole =
        [("order", "订单号"), ("sold_at", "成交"), ("amount", "收了多少"), ("version", "1")];
    act(&keeper, &format!("{batch}/mapping"), &whole).await;
    let page = keeper.get(&batch).await;
    assert!(page.has("金额看不懂") && page.has("88.00"), "{}", page.body);
    act(&keeper, &format!("{batch}/confirmation"), &[("version", "2")]).await;
    // The next file of this platform is understood by itself.
    let next = "商品,订单号,成交,收了多少\n蟹,482011223344009,2021-10-22 20:00,12.00\n";
    let answer = keeper.upload("/sale-batches", ("b.csv", next.as_bytes()), &fields).await;
    let page = keeper.get(answer.location()).await;
    assert!(page.has("12.00") && page.has("已经有人确认"), "{}", page.body);
    assert_eq!(fair.app.browser("keeper1").await.get(&batch).await.status, 404);
    act(&keeper, &format!("{batch}/undoing"), &[]).await;
    let abandon = format!("{}/abandonment", answer.location());
    act(&keeper, &abandon, &[]).await;
    assert_eq!(keeper.post(&abandon, &[]).await.status, 409);
    assert_eq!(keeper.get(&format!("/sale-batches?campaign={campaign}")).await.status, 200);
}

async fn a_contest_is_published_and_entered(db: TestDb) {
    let fair = Fair::open(db).await;
    let (organiser, keeper) =
        (fair.app.browser("organiser").await, fair.app.browser("keeper0").await);
    let path = format!("/contests?campaign={}", fair.campaign);
    let fields = [
        ("name", "助农销售大赛"),
        ("from_at", "2021-10-21T00:00"),
        ("cut_off_at", "2021-10-26T00:00"),
        ("returns_until", "2021-10-29T00:00"),
        ("weight_net", "1"),
        ("weight_live", "0"),
        ("weight_order", "2"),
    ];
    let contest = act(&organiser, &path, &fields).await;
    assert_eq!(keeper.get(&contest).await.status, 404, "a draft is nobody else's");
    act(&organiser, &format!("{contest}/opening"), &[("version", "1")]).await;
    let mut late = fields.to_vec();
    late.push(("version", "2"));
    assert_eq!(organiser.post(&contest, &late).await.status, 409, "the terms are frozen");
    assert_eq!(organiser.get(&format!("{contest}/change")).await.status, 409);
    let shop = fair.shops[0].to_string();
    let yes = [("merchant", &*shop), ("to", "in")];
    assert_eq!(organiser.post(&format!("{contest}/entries"), &yes).await.status, 403);
    act(&keeper, &format!("{contest}/entries"), &yes).await;
    let page = keeper.get(&contest).await;
    assert!(page.has("暂定名次") && page.has("阳澄湖蟹庄"), "{}", page.body);
    let api = format!("/api/v1{contest}/standings");
    let answer = fair.app.script_of("keeper1").await.get(&api).await;
    assert_eq!(answer.json()["standing"], "provisional", "{}", answer.body);
    assert_eq!(fair.app.script_of("stranger").await.get(&api).await.status, 404);
    let public = fair.app.visitor().get("/festival/55-2021").await;
    assert!(public.has("助农销售大赛") && public.has("暂定名次"), "{}", public.body);
    let desk = organiser.get(&format!("/campaigns/{}", fair.campaign)).await;
    assert!(desk.has("直播和销售"), "{}", desk.body);
}

async fn scripts_hand_in_once(db: TestDb) {
    let fair = Fair::open(db).await;
    let keeper = fair.app.script_of("keeper0").await;
    let body = serde_json::json!({
        "campaign": fair.campaign, "merchant": fair.shops[0], "source": "till",
        "order": "0009", "item": "面", "amount_fen": 2_550, "sold_at": "2021-10-22T12:00:00+08:00",
    });
    let request = || {
        axum::http::Request::post("/api/v1/sales")
            .header("content-type", "application/json")
            .header("idempotency-key", "one")
    };
    let first = keeper.send(request(), body.to_string().into()).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let again = keeper.send(request(), body.to_string().into()).await;
    assert_eq!((again.status, &again.body), (201, &first.body), "the same answer");
    assert_eq!(keeper.post("/api/v1/sales", &body).await.status, 409, "another request");
    let other = fair.app.script_of("keeper1").await.post("/api/v1/sales", &body).await;
    assert_eq!(other.status, 403);
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let verify = serde_json::json!({ "step": "verify", "version": 1 });
    let steps = format!("/api/v1/sales/{id}/steps");
    assert_eq!(keeper.post(&steps, &verify).await.status, 403);
    assert_eq!(fair.app.script_of("judge").await.post(&steps, &verify).await.status, 204);
    let organiser = fair.app.script_of("organiser").await;
    let campaign = fair.campaign.to_string();
    let text = "订单号,商户,支付时间,实付金额\n482011223344001,周庄糕团,2021-10-22 20:00,88\n,,,\n\
                482011223344002,没有,2021-10-22 20:00,88\n";
    let fields = [("campaign", &*campaign), ("platform", "抖音"), ("confirm", "1")];
    let file = ("a.csv", text.as_bytes());
    let answer = organiser.upload("/api/v1/sales/import", file, &fields).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let told = answer.json();
    assert_eq!((&told["new"], &told["state"]), (&1.into(), &"written".into()));
    assert_eq!(told["wrong"][0]["row"], 4);
    let shows = organiser.get("/api/v1/shows").await;
    assert_eq!(shows.json()["items"].as_array().unwrap().len(), 0);
}

async fn each_finds_their_own(db: TestDb) {
    let fair = Fair::open(db).await;
    let sale: SaleId = fair.tell(fair.sale(0, "48201122334401", 500)).await.unwrap();
    let page = format!("/sales/{sale}");
    for (name, status) in
        [("keeper0", 200), ("judge", 200), ("organiser", 200), ("keeper1", 404), ("stranger", 404)]
    {
        let answer = fair.app.browser(name).await.get(&page).await;
        assert_eq!(answer.status, status, "{name}");
    }
    assert_eq!(fair.app.visitor().get(&page).await.status, 303);
    for path in ["/sales/sal_x", "/shows/shw_x", "/contests/cts_x", "/sale-batches/sbt_x"] {
        assert_eq!(fair.app.browser("judge").await.get(path).await.status, 404, "{path}");
    }
    let list = fair.app.browser("keeper1").await.get("/sales").await;
    assert!(!list.has("大闸蟹礼盒"));
    for path in ["/sales", "/shows", "/contests"] {
        let english = fair.app.browser("judge").await;
        english.set_cookie("lang", "en");
        assert_eq!(english.get(path).await.status, 200, "{path}");
    }
}
