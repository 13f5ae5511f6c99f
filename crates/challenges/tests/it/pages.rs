//! Pages over the real router: citizens', stations', the desk's; the API.

use serde_json::json;
use testkit::{TestDb, app::Browser, on_both};

use crate::trail::{Shape, Trail, USUAL, minutes};

on_both!(a_citizen_checks_in_without_a_script);
async fn a_citizen_checks_in_without_a_script(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let page = format!("/c/challenges/{}", one.challenge);
    let nobody = one.app.visitor();
    let read = nobody.get(&page).await;
    for text in
        ["逛吃打卡", "拾光里", "服务台", "0512-5555 0123", "不取位置", "30 天后", "打卡满30减10"]
    {
        assert!(read.has(text), "{text}: {}", read.body);
    }
    assert!(read.has(&format!("/c/login?back={page}")) && !read.has("<script>"));
    let scanned = format!("{page}/visits/new?code={}", one.code(0));
    assert!(nobody.get(&scanned).await.location().starts_with("/c/login?back="));
    let citizen = one.app.citizen_browser("13812340001").await;
    let scanned = format!("{page}/visits/new?code={}", one.code(0));
    let asked = citizen.get(&scanned).await;
    assert!(asked.has("拾光里") && asked.has("在这里打卡"), "{}", asked.body);
    let visits = format!("{page}/visits");
    let done = citizen.post(&visits, &[("code", &one.code(0))]).await;
    assert_eq!(done.status, 303, "{}", done.body);
    let told = citizen.get(done.location()).await;
    assert!(told.has("打卡成功") && told.has("<b>1</b> / 2"), "{}", told.body);
    let wrong = citizen.post(&visits, &[("code", "99 12 34")]).await;
    assert!(wrong.status == 422 && wrong.has("value=\"99 12 34\""), "{}", wrong.body);
    assert!(wrong.has("这不是这个挑战的打卡码"), "{}", wrong.body);
    one.later(minutes(10));
    let old = citizen.get(&scanned).await;
    assert!(old.has("这个码已经换了") && !old.has("在这里打卡"), "{}", old.body);
    let done = citizen.post(&visits, &[("code", &one.code(1))]).await;
    let told = citizen.get(done.location()).await;
    assert!(told.has("券领到了") && told.has("/c/wallet/vch_"), "{}", told.body);
    let wallet = told.between("href=\"/c/wallet/", "\"").to_owned();
    let voucher = citizen.get(&format!("/c/wallet/{wallet}")).await;
    assert!(voucher.status == 200 && voucher.has("打卡满30减10"), "{}", voucher.body);
    let again = citizen.post(&format!("{page}/rewards"), &[]).await;
    assert_eq!(again.status, 303, "{}", again.body);
}

on_both!(the_pages_speak_english_and_large_type);
async fn the_pages_speak_english_and_large_type(db: TestDb) {
    let one = Trail::open(db, Shape { in_order: true, day_limit: 2, ..USUAL }).await;
    let citizen = one.app.citizen_browser("13812340001").await;
    citizen.set_cookie("lang", "en");
    citizen.set_cookie("elder", "1");
    let page = format!("/c/challenges/{}", one.challenge);
    let late = citizen.post(&format!("{page}/visits"), &[("code", &one.code(1))]).await;
    let told = citizen.get(late.location()).await;
    for text in [
        "Walk and eat",
        "拾光里 in English",
        "This one does not count",
        "Not this station",
        "go to the station marked",
        "30 days after the end",
        "class=\"elder\"",
    ] {
        assert!(told.has(text), "{text}: {}", told.body);
    }
    let festival = citizen.get("/festival/55-2021").await;
    assert!(festival.has(&page) && festival.has("stations; visit"), "{}", festival.body);
}

on_both!(a_station_shows_a_code_that_changes);
async fn a_station_shows_a_code_that_changes(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let path = format!("/challenge-stations/{}/code", one.stations[0].id);
    let keeper = one.app.browser("cashier").await;
    let spaced = |code: &str| format!("{} {}", &code[..4], &code[4..]);
    let now = one.code(0);
    let page = keeper.get(&path).await;
    assert!(page.has(&spaced(&now)) && page.has("30 秒后换新码"), "{}", page.body);
    assert!(page.has("<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>"));
    one.later(jiff::SignedDuration::from_secs(30));
    let part = keeper.fragment(&format!("{path}?part=code")).await;
    assert!(part.has(&spaced(&one.code(0))) && !part.has(&spaced(&now)), "{}", part.body);
    assert!(!part.has("<html"), "the code alone");
    assert_eq!(one.app.browser("organiser").await.get(&path).await.status, 200);
    for (name, status) in [("other", 404), ("guest", 404), ("viewer", 403), ("payer", 403)] {
        assert_eq!(one.app.browser(name).await.get(&path).await.status, status, "{name}");
    }
    let citizen = one.app.citizen_browser("13812340001").await;
    assert_eq!(citizen.get(&path).await.status, 403);
    let tasks = keeper.get(&format!("/campaigns/{}", one.campaign)).await;
    assert!(tasks.has(&path) && tasks.has("给顾客看“拾光里”的打卡码"), "{}", tasks.body);
    one.later(minutes(80 * 60));
    let over = one.app.browser("cashier").await.get(&path).await;
    assert!(over.has("挑战已经结束") && !over.has(&spaced(&one.code(0))), "{}", over.body);
}

/// Posts a form that must lead on; answers where to.
async fn act(browser: &Browser, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status, 303, "{path}: {}", answer.body);
    answer.location().to_owned()
}

/// A second check-in sub-event.
async fn add_night(one: &Trail, organiser: &Browser) {
    let mall = one.mall.to_string();
    let event = [
        ("kind", "check_in_challenge"),
        ("name", "夜游打卡"),
        ("place", mall.as_str()),
        ("from_at", "2021-10-20T18:00"),
        ("to_at", "2021-10-22T22:00"),
    ];
    act(organiser, &format!("/campaigns/{}/sub-events", one.campaign), &event).await;
}

on_both!(an_organiser_writes_a_challenge_in_a_browser);
async fn an_organiser_writes_a_challenge_in_a_browser(db: TestDb) {
    let one = Trail::drafted(db, USUAL).await;
    let organiser = one.app.browser("organiser").await;
    let campaign = format!("/campaigns/{}", one.campaign);
    let new = organiser.get(&format!("{campaign}/challenges/new")).await;
    assert!(new.status == 422 && new.has("没有可用的子活动"), "{}", new.body);
    add_night(&one, &organiser).await;
    let new = organiser.get(&format!("{campaign}/challenges/new")).await;
    assert!(new.has("夜游打卡") && new.has("2021-10-20T18:00"), "{}", new.body);
    let event = new.between("<option value=\"sub_", "\"").to_owned();
    let batch = one.approved_batch(50).await.to_string();
    let event = format!("sub_{event}");
    let mut fields = vec![
        ("sub_event", event.as_str()),
        ("need", "两个"),
        ("in_order", "0"),
        ("day_limit", "0"),
        ("from_at", "2021-10-20T18:00"),
        ("to_at", "2021-10-22T22:00"),
        ("reward", batch.as_str()),
    ];
    let wrong = organiser.post(&format!("{campaign}/challenges"), &fields).await;
    assert!(wrong.status == 422 && wrong.has("value=\"两个\""), "{}", wrong.body);
    assert!(wrong.has("这里填一个整数"), "{}", wrong.body);
    fields[1].1 = "1";
    let desk = act(&organiser, &format!("{campaign}/challenges"), &fields).await;
    assert!(organiser.get(&desk).await.has("再添 1 个打卡点"));
    let shop = one.shop.to_string();
    let mut station = vec![
        ("version", "1"),
        ("name", "拾光里"),
        ("merchant", shop.as_str()),
        ("open_from", "18:00"),
        ("open_to", "二十二点"),
        ("near_minutes", "2"),
    ];
    let wrong = organiser.post(&format!("{desk}/stations"), &station).await;
    assert!(wrong.status == 422 && wrong.has("时间要写成 10:00 这样"), "{}", wrong.body);
    station[4].1 = "22:00";
    act(&organiser, &format!("{desk}/stations"), &station).await;
    let form = organiser.get(&format!("{desk}/change")).await;
    assert!(form.has("name=\"version\" value=\"2\""), "{}", form.body);
    fields[1].1 = "9";
    fields.push(("version", "2"));
    act(&organiser, &desk, &fields).await;
    let early = organiser.post(&format!("{desk}/openings"), &[("version", "3")]).await;
    assert!(early.status == 422 && early.has("打卡点只有 1 个"), "{}", early.body);
    fields[1].1 = "1";
    fields[7].1 = "3";
    act(&organiser, &desk, &fields).await;
    act(&organiser, &format!("{desk}/openings"), &[("version", "4")]).await;
    let page = organiser.get(&desk).await;
    assert!(page.has("等挑战开始") && page.has("18:00–22:00"), "{}", page.body);
    change_its_station(&one, &organiser, &desk, station).await;
}

/// The only station of an open challenge is opened longer, and then takes another's place.
async fn change_its_station<'a>(
    one: &'a Trail,
    organiser: &Browser,
    desk: &str,
    mut station: Vec<(&'a str, &'a str)>,
) {
    let (shop, mall) = (one.shop.to_string(), one.mall.to_string());
    let page = organiser.get(desk).await;
    let id = page.between("href=\"/challenge-stations/", "/").to_owned();
    let change = organiser.get(&format!("/challenge-stations/{id}/change")).await;
    assert!(change.has("value=\"22:00\"") && change.has(&shop), "{}", change.body);
    station[0].1 = "5";
    station[4].1 = "21:00";
    let shorter = organiser.post(&format!("/challenge-stations/{id}"), &station).await;
    assert!(shorter.status == 422 && shorter.has("只能放宽"), "{}", shorter.body);
    station[4].1 = "23:00";
    act(organiser, &format!("/challenge-stations/{id}"), &station).await;
    let gone = [("version", "6"), ("reason", "装修")];
    let few = organiser.post(&format!("/challenge-stations/{id}/closures"), &gone).await;
    assert!(few.status == 422 && few.has("打卡点只有 0 个"), "{}", few.body);
    station[0].1 = "6";
    station[1].1 = "南货铺";
    station[2].1 = "";
    let all: Vec<_> = station.iter().copied().chain([("place", mall.as_str())]).collect();
    act(organiser, &format!("{desk}/stations"), &all).await;
    let gone = [("version", "7"), ("reason", "装修")];
    act(organiser, &format!("/challenge-stations/{id}/closures"), &gone).await;
    assert!(organiser.get(desk).await.has("装修"));
}

on_both!(scripts_read_challenges_and_visits);
async fn scripts_read_challenges_and_visits(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    let (_, citizen) = one.walker("13812340001").await;
    assert_eq!(one.visit(&citizen, 0).await.status, 201);
    assert_eq!(one.visit(&citizen, 1).await.status, 201);
    let organiser = one.app.script(&one.app.token("organiser", 30).await);
    let keeper = one.app.script(&one.app.token("keeper", 30).await);
    let guest = one.app.script(&one.app.token("guest", 30).await);
    let list = format!("/api/v1/campaigns/{}/challenges", one.campaign);
    let path = format!("/api/v1/challenges/{}", one.challenge);
    let told = organiser.get(&list).await.json();
    assert_eq!(told["items"][0]["id"], json!(one.challenge.to_string()), "{told}");
    assert_eq!(told["items"][0]["people"]["began"], 1, "{told}");
    let own = keeper.get(&path).await.json();
    assert_eq!((&own["people"], &own["stations"][1]["visits"]), (&json!(null), &json!(null)));
    assert_eq!(own["stations"][0]["visits"]["accepted"], 1, "{own}");
    let visits = organiser.get(&format!("{path}/visits?verdict=reviewed&station=")).await.json();
    assert_eq!((&visits["count"], &visits["items"][0]["reason"]), (&json!(1), &json!("too_fast")));
    assert_eq!(keeper.get(&format!("{path}/visits")).await.json()["count"], 1);
    let far = organiser.get(&format!("{path}/visits?from=5")).await.json();
    assert_eq!((&far["count"], &far["items"]), (&json!(2), &json!([])));
    for hidden in [list, path.clone(), format!("{path}/visits")] {
        assert_eq!(guest.get(&hidden).await.status, 404, "{hidden}");
    }
    let none = citizen.get("/api/v1/challenges/nothing/progress").await;
    assert_eq!(none.status, 404, "{}", none.body);
}
