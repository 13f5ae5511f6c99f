//! Every number opens to a list that is as long as it says; who was who is forgotten, how many is
//! not.

use std::collections::BTreeSet;

use challenges::{
    Figures, KEPT_DAYS, VisitCounts, close_challenge, figures, forget_walkers, give_rewards,
};
use jiff::SignedDuration;
use testkit::{
    TestDb,
    app::{Answer, Browser},
    on_both,
};

use crate::trail::{Shape, Trail, USUAL, minutes};

/// What a page's figures say: the number, and where it opens.
fn figures_of(page: &Answer) -> BTreeSet<(String, usize)> {
    let links = page.body.split("<a class=\"fig\" href=\"").skip(1);
    let figure = |rest: &str| {
        let (href, rest) = rest.split_once("\">").expect("the end of a link");
        let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (href.replace("&#38;", "&"), number.parse().expect("a number"))
    };
    links.map(figure).collect()
}

/// Follows every figure of a page: the list says the same, and has as many lines.
async fn follow(browser: &Browser, page: &Answer) -> usize {
    let all = figures_of(page);
    for (href, number) in &all {
        let list = browser.get(href).await;
        assert_eq!(list.status, 200, "{href}: {}", list.body);
        let tabs = list.between("<nav class=\"nav-tabs\"", "</nav>");
        let tab = tabs.split_once("aria-current=\"page\">").map_or("", |(_, rest)| rest);
        let tab = tab.split_once("<b>").and_then(|(_, rest)| rest.split_once("</b>"));
        assert_eq!(tab.map(|(count, _)| count), Some(number.to_string().as_str()), "{href}");
        assert_eq!(list.body.matches("<tr><th scope=\"row\">").count(), *number, "{href}");
    }
    all.len()
}

/// One who completed it, one whose visit waits, one who was only too late.
async fn walk(one: &Trail) {
    let (_, first) = one.walker("13812340001").await;
    let (_, second) = one.walker("13812340002").await;
    let (_, third) = one.walker("13812340003").await;
    let old = one.code(1);
    for citizen in [&first, &second] {
        assert_eq!(one.visit(citizen, 0).await.status, 201);
    }
    one.later(minutes(2));
    assert_eq!(one.visit(&second, 1).await.json()["verdict"], "reviewed");
    assert_eq!(one.send(&third, &old).await.json()["verdict"], "rejected");
    one.later(minutes(3));
    assert_eq!(one.visit(&first, 2).await.json()["reward"], "given");
}

async fn counted(one: &Trail) -> Figures {
    let mut tx = one.app.db.read().await.expect("a transaction");
    figures(&mut tx, one.challenge).await.expect("figures")
}

on_both!(every_figure_is_as_long_as_its_list);
async fn every_figure_is_as_long_as_its_list(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    walk(&one).await;
    let told = counted(&one).await;
    assert_eq!((told.began, told.completed, told.given, told.unpaid), (2, 1, 1, 0));
    assert_eq!(told.visits, VisitCounts { accepted: 3, reviewed: 1, rejected: 1 });
    let desk = format!("/challenges/{}", one.challenge);
    for name in ["organiser", "viewer", "payer"] {
        let browser = one.app.browser(name).await;
        let page = browser.get(&desk).await;
        assert!(follow(&browser, &page).await >= 16, "{name}: {}", page.body);
        let walkers = browser.get(&format!("{desk}/walkers?which=began")).await;
        assert_eq!(follow(&browser, &walkers).await, 2, "{name}: {}", walkers.body);
        let campaign = browser.get(&format!("/campaigns/{}", one.campaign)).await;
        assert!(campaign.has("打卡挑战") && campaign.has(&format!("{desk}/walkers?which=began")));
    }
    // A merchant's people look at their own station alone.
    let keeper = one.app.browser("cashier").await;
    let page = keeper.get(&desk).await;
    assert_eq!(follow(&keeper, &page).await, 3, "{}", page.body);
    assert_eq!(keeper.get(&format!("{desk}/walkers")).await.status, 403);
    let own = keeper.get(&format!("{desk}/visits")).await;
    assert!(own.has("拾光里") && !own.has("服务台"), "{}", own.body);
    let other = format!("{desk}/visits?station={}", one.stations[1].id);
    assert_eq!(keeper.get(&other).await.status, 404);
    let guest = one.app.browser("guest").await;
    assert_eq!(guest.get(&desk).await.status, 404, "a campaign that nobody asked them to");
}

on_both!(who_took_part_is_forgotten_and_how_many_is_not);
async fn who_took_part_is_forgotten_and_how_many_is_not(db: TestDb) {
    let one = Trail::open(db, Shape { vouchers: 1, ..USUAL }).await;
    walk(&one).await;
    let before = counted(&one).await;
    let (_, citizen) = one.walker("13812340001").await;
    let run = one.cx("organiser").await;
    let mut tx = one.app.db.write().await.expect("a transaction");
    let read = (one.challenge, one.version(&mut tx).await);
    close_challenge(&mut tx, &run, read, "台风").await.expect("closed");
    tx.commit().await.expect("it commits");
    let forget = async || {
        let cx = one.app.db.cx();
        let mut tx = one.app.db.write().await.expect("a transaction");
        let forgotten = forget_walkers(&mut tx, &cx).await.expect("a sweep");
        tx.commit().await.expect("it commits");
        forgotten
    };
    one.later(SignedDuration::from_hours(24 * KEPT_DAYS) - minutes(1));
    assert_eq!(forget().await, 0, "somebody may still ask");
    one.later(minutes(1));
    assert_eq!(forget().await, 3);
    assert_eq!(forget().await, 0);
    assert_eq!(counted(&one).await, before);
    let organiser = one.app.script(&one.app.token("organiser", 30).await);
    let visits = format!("/api/v1/challenges/{}/visits", one.challenge);
    let told = organiser.get(&visits).await.json();
    let times = told["items"].as_array().expect("visits").iter().map(|one| one["at"].clone());
    let times: std::collections::HashSet<_> = times.collect();
    assert_eq!(times, ["2021-10-19T16:00:00Z".into()].into(), "the day alone, in the city");
    let citizen_again = one.app.script(&{
        let (no, _) = one.app.citizen("13812340001").await;
        citizens::mint(&one.app.state.site().keys, no, one.app.db.cx().now)
    });
    let told = one.progress(&citizen_again).await;
    assert_eq!((&told["accepted"], &told["visits"]), (&0.into(), &serde_json::json!([])));
    // A clock that was put back since brings nobody back in.
    one.later(-SignedDuration::from_hours(24 * KEPT_DAYS));
    let late = one.visit(&citizen, 1).await;
    assert!(late.status == 409 && late.has("urn:tongpin:over"), "{}", late.body);
    assert_eq!(give_rewards(&one.app.state, &one.app.db.cx()).await.expect("a round"), 0);
    let desk = format!("/challenges/{}", one.challenge);
    let viewer = one.app.browser("viewer").await;
    assert!(follow(&viewer, &viewer.get(&desk).await).await >= 16);
}

on_both!(a_campaign_waits_for_its_challenge);
async fn a_campaign_waits_for_its_challenge(db: TestDb) {
    let one = Trail::open(db, USUAL).await;
    walk(&one).await;
    let organiser = one.app.browser("organiser").await;
    let campaign = format!("/campaigns/{}", one.campaign);
    let ends = [("version", "3"), ("reason", "台风")];
    assert_eq!(organiser.post(&format!("{campaign}/ends"), &ends).await.status, 303);
    let closures = format!("{campaign}/closures");
    let refused = organiser.post(&closures, &[("version", "4")]).await;
    assert!(refused.status == 422 && refused.has("打卡挑战还没有结束"), "{}", refused.body);
    let desk = format!("/challenges/{}", one.challenge);
    let mut tx = one.app.db.read().await.expect("a transaction");
    let version = one.version(&mut tx).await.to_string();
    drop(tx);
    let bare = organiser.post(&format!("{desk}/closures"), &[("version", &version)]).await;
    assert!(bare.status == 422 && bare.has("原因要写"), "{}", bare.body);
    let fields = [("version", version.as_str()), ("reason", "台风")];
    assert_eq!(organiser.post(&format!("{desk}/closures"), &fields).await.status, 303);
    let refused = organiser.post(&closures, &[("version", "4")]).await;
    assert!(refused.has("1 次打卡还没有复核"), "{}", refused.body);
    let list = organiser.get(&format!("{desk}/visits?verdict=reviewed")).await;
    let accept = list.between("<form method=\"post\" action=\"", "\"").to_owned();
    assert_eq!(organiser.post(&accept, &[("back", "")]).await.status, 303);
    let closed = organiser.post(&closures, &[("version", "4")]).await;
    assert_eq!(closed.status, 303, "{}", closed.body);
    assert_eq!(one.given().await, 2, "the second completed it by the review");
}
