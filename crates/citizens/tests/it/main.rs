//! Citizens: signing in by phone, over the real router and against a gateway that misbehaves.

mod abuse;
mod gateway;
mod leaving;
mod sign_in;
mod staff;

use axum::{body::Body, http::Request};
use jiff::SignedDuration;
use testkit::{
    TestDb,
    app::{Answer, Browser, TestApp},
};

const PHONE: &str = "13812341234";

fn app(db: TestDb) -> TestApp {
    TestApp::with(web::Routes::new(), db)
}

/// A site whose codes leave as these settings say.
fn app_with(db: TestDb, sms: impl FnOnce(citizens::Settings) -> citizens::Settings) -> TestApp {
    let site = TestApp::site(Vec::new());
    TestApp::with_sms(web::Routes::new(), db, site, people::Rules::cheap(), sms)
}

const fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

const fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Asks for a code through the page, as a person with an empty form does.
async fn ask(browser: &Browser, phone: &str) -> Answer {
    browser.get("/c/login").await;
    browser.post("/c/codes", &[("phone", phone), ("consent", "1")]).await
}

/// Six digits that are not this code.
fn another(code: &str) -> String {
    let code: u32 = code.parse().expect("digits");
    format!("{:06}", (code + 1) % 1_000_000)
}

/// A script of nobody's, such as a mini-program before its person signed in.
async fn post(app: &TestApp, path: &str, body: &serde_json::Value) -> Answer {
    let request = Request::post(path).header("content-type", "application/json");
    app.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

/// Everything that the database says in plain text about its jobs and its journal.
async fn told(app: &TestApp) -> String {
    let mut tx = app.db.read().await.expect("a read");
    let mut lines = Vec::new();
    for state in ["waiting", "running", "done", "dead"] {
        for job in db::job::list(&mut tx, state, 100).await.expect("jobs") {
            lines.push(format!("{job:?}"));
        }
    }
    for entry in db::journal::page(&mut tx, None, None, None, 1000).await.expect("the journal") {
        lines.push(format!("{entry:?}"));
    }
    lines.join("\n")
}
