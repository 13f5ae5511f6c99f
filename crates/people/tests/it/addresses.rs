//! One address that fails too often waits, and nobody who signs in is counted.

use std::net::SocketAddr;

use axum::{body::Body, http::Request};
use testkit::{
    TestDb,
    app::{Answer, Browser, PASSWORD},
};
use web::client::Peer;

use crate::{app, minutes};

testkit::on_both!(
    thirty_failures_close_the_door_to_an_address,
    a_shared_address_where_people_get_in_stays_open,
);

const HOME: [u8; 4] = [192, 0, 2, 1];
const ELSEWHERE: [u8; 4] = [198, 51, 100, 7];

async fn enter(browser: &Browser, from: [u8; 4], name: &str, json: bool) -> Answer {
    browser.get("/login").await;
    let form = "application/x-www-form-urlencoded";
    let request = Request::post("/login")
        .extension(Peer(SocketAddr::from((from, 4711))))
        .header("content-type", form)
        .header("accept", if json { "application/json" } else { "text/html" });
    let (csrf, password) = (browser.csrf(), PASSWORD);
    let body = format!("csrf_token={csrf}&name={name}&password={password}");
    browser.send(request, Body::from(body)).await
}

async fn thirty_failures_close_the_door_to_an_address(db: TestDb) {
    let app = app(db.clone());
    app.account("chen", &[]).await;
    for no in 0..30 {
        // Each time another name: no account's own lock is in the way.
        let answered = enter(&app.visitor(), HOME, &format!("nobody{no}"), false).await;
        assert_eq!(answered.status, 422, "{no}");
    }
    let page = enter(&app.visitor(), HOME, "chen", false).await;
    assert_eq!((page.status, page.header("retry-after")), (429, "600"));
    assert!(page.has("从这个网络连错了 30 次") && page.has("请过 10 分钟再登录"), "{}", page.body);
    let english = app.visitor();
    english.set_cookie("lang", "en");
    let page = enter(&english, HOME, "chen", false).await;
    assert!(page.has("30 sign-ins from this network went wrong"), "{}", page.body);
    let problem = enter(&app.visitor(), HOME, "chen", true).await;
    assert_eq!((problem.status, problem.header("retry-after")), (429, "600"));
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert_eq!(problem.json()["type"], "urn:tongpin:too-many");
    // The account itself is open, and so is the door to everybody else.
    assert_eq!(enter(&app.visitor(), ELSEWHERE, "chen", false).await.status, 303);
    db.clock.advance(minutes(10));
    assert_eq!(enter(&app.visitor(), HOME, "chen", false).await.status, 303);
}

async fn a_shared_address_where_people_get_in_stays_open(db: TestDb) {
    let app = app(db);
    app.account("chen", &[]).await;
    for no in 0..29 {
        assert_eq!(enter(&app.visitor(), HOME, &format!("nobody{no}"), false).await.status, 422);
    }
    for _ in 0..40 {
        assert_eq!(enter(&app.visitor(), HOME, "chen", false).await.status, 303);
    }
    assert_eq!(enter(&app.visitor(), HOME, "nobody", false).await.status, 422, "the thirtieth");
    assert_eq!(enter(&app.visitor(), HOME, "chen", false).await.status, 429);
}
