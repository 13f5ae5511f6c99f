//! The pages of the register: who sees what, forms that come back, two copies side by side, many
//! units at once.

use jiff::civil::date;
use organisations::{Facts, Filter, Standing};
use testkit::{TestDb, app::Browser};

use crate::{
    city,
    form::{Fields, form_of, get, pairs, set},
    town_hall::{self, uncovered},
};

testkit::on_both!(
    what_is_out_of_scope_is_not_there,
    a_unit_is_registered_and_the_form_comes_back,
    the_past_is_set_right_on_its_own_day,
    bulk_is_all_or_nothing,
    bulk_asks_before_it_changes,
    the_list_turns_its_pages,
    the_past_is_read_only,
    every_page_reads_in_english_and_large_type,
    a_rule_is_published_by_rulers,
    workers_come_and_go,
    a_place_is_searched_by_its_name
);

async fn what_is_out_of_scope_is_not_there(db: TestDb) {
    let hall = town_hall::open(db).await;
    let [own, other] = [0, 1].map(|turn| hall.atlas.towns()[turn]);
    let inside = hall.unit_where(|facts| facts.town == own).await;
    let outside = hall.unit_where(|facts| facts.town == other).await;
    let town = hall.browser("town").await;
    assert_eq!(town.get(&format!("/units/{}", inside.id)).await.status, 200);
    for path in ["", "?part=drawer", "/edit"] {
        let answer = town.get(&format!("/units/{}{path}", outside.id)).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.has(&outside.identity.name));
    }
    let open = town.get(&format!("/units?open={}", outside.id)).await;
    assert!(open.status == 200 && !open.has(&outside.identity.name));
    assert_eq!(town.post(&format!("/units/{}", outside.id), &[]).await.status, 404);
    // Seen and not writable.
    let worker = hall.browser("worker").await;
    assert_eq!(worker.get(&format!("/units/{}", outside.id)).await.status, 200);
    assert_eq!(worker.get(&format!("/units/{}/edit", outside.id)).await.status, 403);
    let viewer = hall.browser("viewer").await;
    assert_eq!(viewer.get("/units/new").await.status, 403);
    let list = viewer.get("/units").await;
    assert!(!list.has("data-column") && !list.has("id=\"bulk\"") && !list.has("/imports/new"));
    let visitor = hall.app.visitor();
    assert!(visitor.get("/units").await.location().starts_with("/login"));
}

async fn a_unit_is_registered_and_the_form_comes_back(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    assert_eq!(clerk.get("/units/new").await.status, 200);
    let town = hall.atlas.towns()[0];
    let code = city::uscc(9_000);
    let town_text = town.to_string();
    let mut fields = vec![
        ("uscc", "91320583MA0009000"),
        ("name", "昆山新登记有限公司"),
        ("kind", "enterprise"),
        ("industry", "trade"),
        ("town", town_text.as_str()),
        ("place_name", "大厦零"),
        ("headcount", "十二"),
        ("on", "2021-10-01"),
        ("status", "operating"),
        ("cover", "none"),
    ];
    let refused = clerk.post("/units", &fields).await;
    assert_eq!(refused.status, 422);
    for words in ["昆山新登记有限公司", "大厦零", "十二", "应为 18 位", "没有这个地点"]
    {
        assert!(refused.has(words), "{words}: {}", refused.body);
    }
    fields[0].1 = code.as_str();
    fields[5].1 = "大厦0";
    fields[6].1 = "12";
    let done = clerk.post("/units", &fields).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let page = clerk.get(done.location()).await;
    assert!(page.has("大厦0") && page.has("登记好了"), "{}", page.body);
    // The place gave its front and its station.
    assert!(page.has("商务楼宇") && page.has("第 0 1工作站"), "{}", page.body);
    let again = clerk.post("/units", &fields).await;
    assert!(again.status == 422 && again.has("已经登记过"));
}

async fn the_past_is_set_right_on_its_own_day(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    // Every third unit has an earlier and a later state.
    let mut tx = hall.app.db.read().await.unwrap();
    let mut found = None;
    for number in (0..town_hall::UNITS).step_by(3) {
        let unit = town_hall::by_number(&mut tx, number).await;
        let (unit, spans) = organisations::ledger::find(&mut tx, unit.id).await.unwrap().unwrap();
        if spans.len() == 2 && uncovered(&spans[0].facts) {
            found = Some((number, unit, spans));
            break;
        }
    }
    drop(tx);
    let (number, unit, spans) = found.unwrap();
    let now = spans[1].facts.clone();
    let first = spans[0].from_on;
    let page = clerk.get(&format!("/units/{}/edit?on={first}", unit.id)).await;
    let mut fields = form_of(&page.body);
    assert_eq!(get(&fields, "headcount"), spans[0].facts.headcount.to_string());
    set(&mut fields, "headcount", "333");
    let saved = clerk.post(&format!("/units/{}", unit.id), &pairs(&fields)).await;
    assert_eq!(saved.status, 303, "{}", saved.body);
    assert_eq!(hall.facts_on(unit.id, first).await.headcount, 333);
    assert_eq!(hall.unit(number).await.1, now);
}

async fn bulk_is_all_or_nothing(db: TestDb) {
    let hall = town_hall::open(db).await;
    let [own, other] = [0, 1].map(|turn| hall.atlas.towns()[turn]);
    let inside = hall.unit_where(|facts| facts.town == own && uncovered(facts)).await;
    let outside = hall.unit_where(|facts| facts.town == other && uncovered(facts)).await;
    let worker = hall.browser("worker").await;
    let ids = [inside.id.to_string(), outside.id.to_string()];
    let fields = |confirmed: &'static str| {
        vec![
            ("id", ids[0].as_str()),
            ("id", ids[1].as_str()),
            ("verb", "work"),
            ("value", "union"),
            ("confirmed", confirmed),
            ("back", "/units?front=building"),
        ]
    };
    let refused = worker.post("/units/bulk", &fields("1")).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.has("都没有改") && refused.has(&outside.identity.name));
    let today = hall.app.db.cx().today();
    let before = hall.facts_on(inside.id, today).await.work;
    assert!(!before.has(organisations::WorkWay::Union));
    let clerk = hall.browser("clerk").await;
    let done = clerk.post("/units/bulk", &fields("1")).await;
    assert_eq!((done.status, done.location()), (303, "/units?front=building&done=2"));
    for unit in [inside.id, outside.id] {
        let work = hall.facts_on(unit, today).await.work;
        assert!(work.has(organisations::WorkWay::Union));
    }
    assert!(clerk.get(done.location()).await.has("已改 2 家"));
}

async fn bulk_asks_before_it_changes(db: TestDb) {
    let hall = town_hall::open(db).await;
    let unit = hall.unit_where(uncovered).await;
    let id = unit.id.to_string();
    let clerk = hall.browser("clerk").await;
    let nothing = clerk.post("/units/bulk", &[("verb", "status")]).await;
    assert!(nothing.status == 422 && nothing.has("还没有选单位"));
    for verb in ["worker", "work", "station", "status"] {
        let page = clerk.post("/units/bulk", &[("verb", verb), ("id", &id)]).await;
        assert_eq!(page.status, 200, "{verb}: {}", page.body);
        assert!(page.has(&unit.identity.name) && page.has(&format!("name=\"v_{id}\"")));
    }
    // Leaving the denominator asks for a reason here too.
    let page = clerk.post("/units/bulk", &[("verb", "status"), ("id", &id)]).await;
    let mut fields = form_of(&page.body);
    set(&mut fields, "value", "dormant");
    let refused = clerk.post("/units/bulk", &pairs(&fields)).await;
    assert!(refused.status == 422 && refused.has("移出分母要写理由"), "{}", refused.body);
    set(&mut fields, "status_reason", "连续两年没有经营");
    set(&mut fields, "status_evidence", "现场核查记录");
    // Somebody changes it between the page and the button.
    let edits = serde_json::json!({ "edits": [
        { "id": id, "version": unit.version, "column": "note", "value": "先改" }] });
    clerk.post_json("/units/cells", &edits).await;
    let stale = clerk.post("/units/bulk", &pairs(&fields)).await;
    assert!(stale.status == 422 && stale.has("别人改了它"), "{}", stale.body);
    let fields = form_of(&stale.body);
    let done = clerk.post("/units/bulk", &pairs(&fields)).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let facts = hall.facts_on(unit.id, hall.app.db.cx().today()).await;
    assert_eq!(facts.status_reason, "连续两年没有经营");
    let file = clerk.post("/units/bulk", &[("verb", "export"), ("id", &id)]).await;
    assert_eq!(file.status, 200);
    assert!(file.header("content-disposition").contains("filename*=UTF-8''"));
    assert_eq!(&file.bytes[..2], b"PK");
}

async fn the_list_turns_its_pages(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    for sort in ["no", "-name", "-members", "headcount"] {
        let mut href = format!("/units?sort={sort}");
        let mut seen = Vec::new();
        let mut pages = 0;
        loop {
            let page = clerk.get(&href).await;
            let rows = page.body.split("<tr").filter_map(|row| {
                let id = row.split_once("data-id=\"")?.1.split_once('"')?.0;
                Some(id.to_owned())
            });
            seen.extend(rows);
            pages += 1;
            assert_eq!(page.has("回到开头"), pages > 1, "{sort}");
            let next = page.between("rel=\"next\" href=\"", "\"").replace("&#38;", "&");
            if next.is_empty() {
                break;
            }
            href = next;
        }
        let units = town_hall::UNITS as usize;
        assert_eq!((seen.len(), pages), (units, units.div_ceil(50)), "{sort}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), units, "{sort}: each unit once");
    }
}

async fn the_past_is_read_only(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    let past = clerk.get("/units?at=2020-12-31").await;
    assert!(past.has("截至 2020-12-31") && past.has("只能看"));
    assert!(!past.has("data-column") && !past.has("id=\"bulk\""));
    let from = "/units?change=established&from=2020-06-30&at=2021-06-30";
    let change = clerk.get(from).await;
    let heading = change.between("<h1>", "</h1>").to_owned();
    assert!(heading.starts_with("2020-06-30 到 2021-06-30 新建 <a class=\"fig\""), "{heading}");
    assert_eq!(clerk.get("/units?change=established").await.status, 400);
}

async fn every_page_reads_in_english_and_large_type(db: TestDb) {
    let hall = town_hall::open(db).await;
    let unit = hall.unit_where(Facts::operates).await;
    let admin = hall.browser("admin").await;
    let (own, edit) = (format!("/units/{}", unit.id), format!("/units/{}/edit", unit.id));
    let pages = ["/units", &own, &edit, "/units/new", "/workers", "/workers/new", "/definitions"];
    for page in pages {
        assert_eq!(admin.get(page).await.status, 200, "{page}");
    }
    admin.set_cookie("elder", "1");
    admin.set_cookie("lang", "en");
    for page in pages {
        let answer = admin.get(page).await;
        assert!(answer.has("<html lang=\"en\" class=\"elder\">"), "{page}");
        // Names and notes stay as they are; the page's own words do not.
        for word in ["区镇", "正式党员", "加条件", "单位台账", "口径"] {
            assert!(!answer.has(&format!(">{word}<")), "{page}: {word}");
        }
    }
}

async fn a_rule_is_published_by_rulers(db: TestDb) {
    let hall = town_hall::open(db).await;
    let fields = [("name", "五名以上应建"), ("member_floor", "5"), ("note", "试行办法第三条")];
    let clerk = hall.browser("clerk").await;
    assert_eq!(clerk.post("/definitions", &fields).await.status, 403);
    let admin = hall.browser("admin").await;
    let refused = admin.post("/definitions", &[("name", ""), ("member_floor", "0")]).await;
    assert_eq!(refused.status, 422);
    let old = town_hall::total(&admin.get("/units?status=eligible").await.body);
    let done = admin.post("/definitions", &fields).await;
    assert_eq!(done.location(), "/definitions/2");
    let page = admin.get("/definitions/2").await;
    for words in ["五名以上应建", "试行办法第三条", "admin", "42.4%", "84.8%"] {
        assert!(page.has(words), "{words}: {}", page.body);
    }
    assert!(admin.get("/definitions/1").await.has("旧版"));
    assert_eq!(admin.get("/definitions/3").await.status, 404);
    let new = town_hall::total(&admin.get("/units?status=eligible").await.body);
    let same = town_hall::total(&admin.get("/units?status=eligible&definition=1").await.body);
    assert!(new < old && same == old, "{new} {old} {same}");
}

async fn workers_come_and_go(db: TestDb) {
    let hall = town_hall::open(db).await;
    let admin = hall.browser("admin").await;
    let station = hall.atlas.stations()[0].id.to_string();
    let mut fields = vec![("name", "王小明"), ("level", "town"), ("from_on", "2020-05-01")];
    assert_eq!(admin.post("/workers", &fields).await.status, 422);
    fields.push(("station", &station));
    assert_eq!(admin.post("/workers", &fields).await.status, 303);
    let unit = hall.unit_where(uncovered).await;
    let mut tx = hall.app.db.read().await.unwrap();
    let worker = organisations::worker::in_office(&mut tx, date(2021, 1, 1)).await.unwrap();
    drop(tx);
    let worker = worker[0].clone();
    let (id, who) = (unit.id.to_string(), worker.id.to_string());
    let given = [("verb", "worker"), ("id", &*id), ("value", &*who), ("confirmed", "1")];
    assert_eq!(admin.post("/units/bulk", &given).await.status, 303);
    let page = admin.get("/workers").await;
    assert!(page.has("王小明"), "{}", page.body);
    assert!(!hall.browser("viewer").await.get("/workers").await.has("王小明"));
    let mut tx = hall.app.db.read().await.unwrap();
    let cx = hall.app.db.cx();
    let sight = organisations::Sight::open(&mut tx, &hall.app.state, &cx, None).await.unwrap();
    let filter = Filter {
        worker: Some(organisations::Or::Is(worker.id)),
        status: Some(Standing::Operating),
        ..Filter::default()
    };
    assert_eq!(sight.count(&mut tx, &filter).await.unwrap(), 1);
    drop(tx);
    let path = format!("/workers/{who}/dismissal");
    let stale = admin.post(&path, &[("version", "9"), ("on", "2021-10-20")]).await;
    assert_eq!(stale.status, 409);
    let early = admin.post(&path, &[("version", "1"), ("on", "2020-01-01")]).await;
    assert_eq!(early.status, 422);
    // It is asked first, on a page of its own that says what they leave behind.
    let asked = admin.get(&path).await;
    assert!(asked.has("王小明") && asked.has(">1</a> 家在营单位"), "{}", asked.body);
    let left = admin.post(&path, &[("version", "1"), ("on", "2021-10-20")]).await;
    assert_eq!(left.location(), "/workers?done=left");
    let table = |page: &str| page.split_once("已离任").unwrap().0.to_owned();
    assert!(!table(&admin.get("/workers").await.body).contains("王小明"));
    come_back(&admin, &who).await;
    // A station's page opens to its workers, on the same day.
    let href = format!("/workers?station={station}&#38;at=2021-10-20");
    let stations = admin.get("/stations").await;
    assert!(stations.has(&format!("<a class=\"fig\" href=\"{href}\">1</a>")), "{}", stations.body);
    let list = admin.get(&href.replace("&#38;", "&")).await;
    assert_eq!(list.body.matches("<tr><th scope=\"row\">").count(), 1);
    let past = admin.get(&format!("/workers?station={station}&at=2020-04-30")).await;
    assert!(!past.has("王小明"));
}

/// A leaving is taken back by emptying its day.
async fn come_back(admin: &Browser, who: &str) {
    let edit = format!("/workers/{who}/edit");
    let fields = form_of(&admin.get(&edit).await.body);
    assert_eq!(get(&fields, "to_on"), "2021-10-20");
    let back = |fields: &Fields, to_on: &str| {
        let mut fields = fields.clone();
        set(&mut fields, "to_on", to_on);
        fields
    };
    let one = format!("/workers/{who}");
    let early = admin.post(&one, &pairs(&back(&fields, "2019-01-01"))).await;
    assert!(early.status == 422 && early.has("离任不能早于到任"), "{}", early.body);
    let done = admin.post(&one, &pairs(&back(&fields, ""))).await;
    assert_eq!(done.location(), "/workers?done=changed", "{}", done.body);
    assert_eq!(admin.post(&one, &pairs(&back(&fields, ""))).await.status, 409);
    assert!(admin.get("/workers").await.has("王小明"));
}

async fn a_place_is_searched_by_its_name(db: TestDb) {
    let hall = town_hall::open(db).await;
    let clerk = hall.browser("clerk").await;
    let one = clerk.get("/units?status=due&place_name=%E5%A4%A7%E5%8E%A60").await;
    assert_eq!(one.status, 303);
    assert!(one.location().starts_with("/units?place=plc_"), "{}", one.location());
    assert!(one.location().ends_with("&status=due"));
    let none = clerk.get("/units?place_name=%E6%B2%A1%E6%9C%89").await;
    assert!(none.status == 200 && none.has("没有按地点筛"), "{}", none.body);
}
