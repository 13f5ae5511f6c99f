//! Pages: they render for everybody's eyes, and the journal and the jobs show what there is.

use kernel::{Code as _, Grant, Role, Scope, actor::ScopeKind};
use people::{AccountState, EndReason};
use serde_json::json;
use testkit::{
    TestDb,
    app::{Browser, TestApp},
};
use web::Lang;

use crate::{ADMINISTRATOR, app, citywide, journal, verbs};

testkit::on_both!(
    every_page_renders_in_both_languages_and_large,
    names_are_never_markup,
    the_journal_is_filtered_and_goes_on,
    a_towns_auditor_sees_the_towns_entries,
    the_journals_chain_is_checked_from_the_page,
    a_dead_job_is_given_another_try,
);

/// Every page of this crate, as an administrator who looks at another account opens them.
async fn paths(app: &TestApp) -> Vec<String> {
    let other = app.account("other", &[citywide(Role::Clerk)]).await;
    for _ in 0..5 {
        app.visitor().sign_in("other", "wrong").await;
    }
    app.token("root", 30).await;
    app.browser("root").await;
    let own = ["/me", "/me?done=password", "/me?done=session", "/me?done=token", "/journal"];
    let others = ["/accounts", "/accounts?q=none", "/accounts/new", "/jobs", "/jobs?done=revived"];
    let done = ["", "granted", "revoked", "disabled", "enabled", "unlocked"];
    let account = done.map(|done| format!("/accounts/{other}?done={done}"));
    own.into_iter().chain(others).map(str::to_owned).chain(account).collect()
}

fn is_han(letter: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&letter)
}

/// The page's own part, without the frame around it.
fn main_of(body: &str) -> &str {
    body.split_once("<main").and_then(|(_, rest)| rest.split_once("</main>")).unwrap().0
}

async fn every_page_renders_in_both_languages_and_large(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let root = app.browser("root").await;
    let mut paths = paths(&app).await;
    for path in &paths {
        let page = root.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.has("<html lang=\"zh-CN\">"), "{path}");
    }
    let visitor = app.visitor();
    assert!(visitor.get("/login").await.has("data-gate"));
    paths.push("/login".into());
    for browser in [&root, &visitor] {
        browser.set_cookie("lang", "en");
        browser.set_cookie("elder", "1");
    }
    for path in &paths {
        let browser = if path == "/login" { &visitor } else { &root };
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.has("<html lang=\"en\" class=\"elder\">"), "{path}");
        assert_english(path, &page.body);
    }
    refusals_are_english(&visitor, &root).await;
}

/// What comes back from forms that were refused.
async fn refusals_are_english(visitor: &Browser, root: &Browser) {
    let refused = visitor.sign_in("root", "wrong").await;
    assert_english("POST /login", &refused.body);
    let fields = [("name", "w"), ("display_name", "")];
    assert_english("POST /accounts", &root.post("/accounts", &fields).await.body);
    let fields = [("present", "x"), ("new", "a"), ("again", "b")];
    assert_english("POST /me/password", &root.post("/me/password", &fields).await.body);
    assert_english("POST /me/tokens", &root.post("/me/tokens", &[("days", "0")]).await.body);
    let made = root.post("/me/tokens", &[("name", "x"), ("days", "1")]).await;
    assert_english("the token", &made.body);
    let fields = [("name", "wang"), ("display_name", "Wang")];
    assert_english("the one-time password", &root.post("/accounts", &fields).await.body);
}

/// Only the seal, the switch to Chinese and names that people typed are Chinese on such a page.
fn assert_english(path: &str, body: &str) {
    let main = main_of(body).replace("<b>同</b><b>频</b>", "").replace(">中文</a>", "");
    let main = main.replace("市党群中心 陈立", "");
    let han: String = main.chars().filter(|letter| is_han(*letter)).collect();
    assert!(han.is_empty(), "{path} is not English yet: {han}");
}

#[test]
fn every_text_of_the_templates_is_known_in_english() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages");
    let mut texts = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "html") {
            continue;
        }
        let template = std::fs::read_to_string(&path).unwrap();
        for piece in template.split("\"|t").collect::<Vec<_>>().split_last().unwrap().1 {
            let text = piece.rsplit('"').next().unwrap();
            assert!(Lang::knows(text), "{}: {text}", path.display());
            texts += 1;
        }
    }
    assert!(texts > 100, "the templates were read: {texts}");
    let labels = Role::ALL.iter().map(|one| one.label());
    let labels = labels.chain(ScopeKind::ALL.iter().map(|one| one.label()));
    let labels = labels.chain(EndReason::ALL.iter().map(|one| one.label()));
    for label in labels.chain(AccountState::ALL.iter().map(|one| one.label())) {
        assert!(Lang::knows(label), "{label}");
    }
}

async fn names_are_never_markup(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let root = app.browser("root").await;
    let nasty = "<script>alert(1)</script>";
    let fields = [("name", "wang"), ("display_name", nasty)];
    assert_eq!(root.post("/accounts", &fields).await.status, 200);
    let request = axum::http::Request::get("/login").header("user-agent", nasty);
    let visitor = app.visitor();
    visitor.send(request, axum::body::Body::empty()).await;
    for path in ["/accounts", "/journal", "/me", "/accounts?q=%3Cscript%3E"] {
        let page = root.get(path).await;
        assert!(!page.has("<script>"), "{path}");
    }
    assert!(root.get("/accounts").await.has("&#60;script&#62;alert(1)"));
}

async fn the_journal_is_filtered_and_goes_on(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let root = app.browser("root").await;
    for _ in 0..60 {
        app.token("root", 1).await;
        app.db.clock.advance(crate::minutes(24 * 60));
    }
    // So many days later the browser has to sign in again.
    root.sign_in("root", testkit::app::PASSWORD).await;
    let total = journal(&app).await.len();
    let (mut path, mut rows) = ("/journal".to_owned(), 0);
    while !path.is_empty() {
        let page = root.get(&path).await;
        assert_eq!(page.status, 200);
        rows += page.body.matches("<td class=\"t\"").count();
        path =
            page.between("class=\"sp\"></span><a href=\"", "\" rel=\"next\"").replace("&amp;", "&");
        path = path.replace("&#38;", "&");
    }
    assert_eq!(rows, total);
    let opened = root.get("/journal?verb=session.opened").await;
    assert_eq!(opened.body.matches("<td class=\"t\"").count(), 2);
    assert!(opened.has("<option value=\"session.opened\" selected>"));
    assert!(root.get("/journal?verb=nothing.happened").await.has("没有这样的记录"));
    assert_eq!(root.get("/journal?before=nonsense").await.status, 400);
}

async fn a_towns_auditor_sees_the_towns_entries(db: TestDb) {
    let app = app(db);
    let town = uuid::Uuid::from_u128(7);
    let of_town = |role| Grant { role, scope: Scope::on(ScopeKind::Town, town) };
    app.account("auditor", &[of_town(Role::Auditor)]).await;
    app.account("clerk", &[of_town(Role::Clerk), citywide(Role::Viewer)]).await;
    let station = Scope::on(ScopeKind::Station, town);
    app.account("station", &[Grant { role: Role::Auditor, scope: station }]).await;
    let mut tx = app.db.write().await.unwrap();
    let mut entry = db::Entry::of("lamp.lit");
    entry.scope = Some(town);
    tx.journal(&app.db.cx(), entry);
    tx.commit().await.unwrap();
    let auditor = app.browser("auditor").await;
    let page = auditor.get("/journal").await;
    assert!(page.has("lamp.lit") && page.has("只列你所在区镇的"));
    assert_eq!(page.body.matches("<td class=\"t\"").count(), 1);
    assert_eq!(auditor.post("/journal/verification", &[]).await.status, 403);
    for name in ["clerk", "station"] {
        assert_eq!(app.browser(name).await.get("/journal").await.status, 403, "{name}");
    }
}

async fn the_journals_chain_is_checked_from_the_page(db: TestDb) {
    let app = app(db);
    app.account("auditor", &[citywide(Role::Auditor)]).await;
    let auditor = app.browser("auditor").await;
    auditor.get("/journal").await;
    let answer = auditor.post("/journal/verification", &[]).await;
    assert!(answer.status == 200 && answer.has("日志完整"), "{}", answer.body);
    assert_eq!(verbs(&app).await.last().unwrap(), "journal.verified");

    let mut tx = app.db.write().await.unwrap();
    let forge = db::sql!("UPDATE journal SET actor_name = 'somebody else' WHERE seq = $1");
    tx.run(forge, db::args![2_i64]).await.unwrap();
    tx.commit().await.unwrap();
    let answer = auditor.post("/journal/verification", &[]).await;
    assert!(answer.has("日志有缺损") && answer.has("序号：2"), "{}", answer.body);
    let kept = journal(&app).await.into_iter().next().unwrap();
    assert_eq!(kept.detail, json!({ "broken_at": 2, "whole": false }).to_string());
}

async fn a_dead_job_is_given_another_try(db: TestDb) {
    let app = app(db);
    app.account("root", &[ADMINISTRATOR]).await;
    let root = app.browser("root").await;
    let mut tx = app.db.write().await.unwrap();
    let id = db::job::enqueue(&mut tx, &app.db.cx(), "lamp.light", &json!({})).await.unwrap();
    tx.commit().await.unwrap();
    let waiting = root.get("/jobs").await;
    assert!(waiting.has("lamp.light") && !waiting.has("/revivals"));
    let path = format!("/jobs/{id}/revivals");
    assert_eq!(root.post(&path, &[]).await.status, 404, "it is not dead");
    let mut now = app.db.cx().now;
    while let Some(held) = db::job::take(&app.db, now).await.unwrap() {
        db::job::fail(&app.db, &held, "no lamp <here>", now).await.unwrap();
        now += crate::minutes(24 * 60);
    }
    let dead = root.get("/jobs").await;
    assert!(dead.has(&path) && dead.has("no lamp &#60;here&#62;"), "{}", dead.body);
    assert_eq!(root.post(&path, &[]).await.location(), "/jobs?done=revived");
    assert!(!root.get("/jobs").await.has("/revivals"));
    assert_eq!(verbs(&app).await.last().unwrap(), "job.revived");
    assert_eq!(root.post("/jobs/nonsense/revivals", &[]).await.status, 404);
}
