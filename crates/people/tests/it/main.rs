//! Journeys over the real router and the verbs over real databases, on both engines.

mod accounts;
mod addresses;
mod pages;
mod sessions;
mod sign_in;
mod tokens;

use jiff::SignedDuration;
use kernel::{Actor, Cx, Grant, Role, Scope, actor::AccountId};
use people::Account;
use testkit::{
    TestDb,
    app::{Browser, TestApp},
};
use web::Routes;

/// The site with this crate's routes alone.
fn app(db: TestDb) -> TestApp {
    TestApp::with(Routes::new(), db)
}

/// A role on the whole city.
fn citywide(role: Role) -> Grant {
    Grant { role, scope: Scope::CITY }
}

const ADMINISTRATOR: Grant = Grant { role: Role::Administrator, scope: Scope::CITY };

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// The account as it is stored.
async fn stored(app: &TestApp, name: &str) -> Account {
    let mut tx = app.db.read().await.unwrap();
    people::find_account_by_name(&mut tx, name).await.unwrap().unwrap()
}

/// A context in which this account acts with what it is granted now.
async fn acting(app: &TestApp, account: AccountId) -> Cx {
    app.db.cx_as(app.actor(account).await)
}

/// Whether this browser is signed in.
async fn is_in(browser: &Browser) -> bool {
    browser.get("/me").await.status == 200
}

/// The newest entry's number: unchanged when nothing was done.
async fn version(app: &TestApp) -> i64 {
    let mut tx = app.db.read().await.unwrap();
    db::journal::version(&mut tx).await.unwrap()
}

/// Every verb in the journal, oldest first.
async fn verbs(app: &TestApp) -> Vec<String> {
    let mut kept = journal(app).await;
    kept.reverse();
    kept.into_iter().map(|one| one.verb).collect()
}

async fn journal(app: &TestApp) -> Vec<db::journal::Kept> {
    let mut tx = app.db.read().await.unwrap();
    db::journal::page(&mut tx, None, None, None, 10_000).await.unwrap()
}

/// The actor of a verb that the command line calls.
const COMMAND: Actor = Actor::System { name: "account create" };
