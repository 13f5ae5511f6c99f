//! Whose rows and whose batches: a town's clerk imports the town's units and sees the own batches.

use kernel::{Grant, Role, Scope, actor::ScopeKind};
use organisations::import::routes;
use serde_json::json;
use testkit::{TestDb, app::TestApp, on_both};

use super::{counts, found, good, import, ledger, report};

on_both!(a_towns_clerk_imports_the_town, a_batch_is_its_makers, the_api_answers_one_object);

async fn a_towns_clerk_imports_the_town(db: TestDb) {
    let towns = found(&db).await;
    let app = TestApp::with(routes(), db.clone());
    let zhangpu = Scope::on(ScopeKind::Town, towns[3].uuid());
    let clerk = app.account("wang", &[Grant { role: Role::Clerk, scope: zhangpu }]).await;
    let cx = db.cx_as(app.actor(clerk).await);
    report(&db, &ledger(&[good(9).replace("张浦镇", "周市镇")])).await;
    let rows = [
        good(1),
        good(2).replace("张浦镇", "周市镇"),
        // Known, and of another town: neither changed nor pulled in.
        good(9),
    ];
    let report = import(&db, &cx, ledger(&rows).as_bytes()).await.unwrap().report;
    assert_eq!(counts(&report), [1, 0, 0, 2, 0]);
    let codes: Vec<_> = report.errors.iter().map(|one| (one.row, one.code.as_str())).collect();
    assert_eq!(codes, [(Some(4), "out-of-scope"), (Some(5), "out-of-scope")]);
    let viewer = app.account("li", &[Grant { role: Role::Viewer, scope: Scope::CITY }]).await;
    let cx = db.cx_as(app.actor(viewer).await);
    assert!(import(&db, &cx, ledger(&rows).as_bytes()).await.is_err());
}

async fn a_batch_is_its_makers(db: TestDb) {
    let desk = super::life::Desk::open(&db).await;
    let batch = desk.upload(&ledger(&[good(1)])).await;
    let clerk = Grant { role: Role::Clerk, scope: Scope::CITY };
    desk.app.account("wang", &[clerk]).await;
    let admin = Grant { role: Role::Administrator, scope: Scope::CITY };
    desk.app.account("root", &[admin]).await;
    desk.app.account("li", &[Grant { role: Role::Viewer, scope: Scope::CITY }]).await;
    let other = desk.app.browser("wang").await;
    for path in ["", "/rows", "/errors.xlsx", "/events"] {
        assert_eq!(other.get(&format!("{batch}{path}")).await.status, 404, "{path}");
    }
    for verb in ["confirmation", "stop", "abandonment", "undoing"] {
        assert_eq!(other.post(&format!("{batch}/{verb}"), &[]).await.status, 404, "{verb}");
    }
    assert!(!other.get("/imports").await.has("IM-2021-0001"));
    let root = desk.app.browser("root").await;
    assert_eq!(root.get(&batch).await.status, 200);
    assert!(root.get("/imports").await.has("IM-2021-0001"));
    assert_eq!(desk.app.browser("li").await.get(&batch).await.status, 403);
    let script = desk.browser.upload("/imports", ("台账.csv", b"x"), &[("on", "2022-01-01")]).await;
    assert_eq!(script.status, 422);
}

async fn the_api_answers_one_object(db: TestDb) {
    let desk = super::life::Desk::open(&db).await;
    let text = ledger(&[good(1), good(2).replace("张浦镇", "张铺镇")]);
    let post = |fields: Vec<(&'static str, &'static str)>| {
        let browser = desk.browser.clone();
        let bytes = text.clone();
        async move { browser.upload("/api/v1/imports", ("台账.csv", bytes.as_bytes()), &fields).await }
    };
    let looked = post(vec![]).await.json();
    let error = json!({ "row": 4, "column": "区镇", "code": "town-unknown",
        "message": "没有这个区镇", "suggestion": "张浦镇" });
    let expected = json!({ "rows": 2, "new": 1, "changed": 0, "same": 0, "wrong": 1,
        "imported": 0, "batch": null, "errors": [error] });
    assert_eq!(looked, expected);
    assert_eq!(post(vec![("confirm", "true")]).await.json()["imported"], 0);
    let written = post(vec![("confirm", "true"), ("skip_wrong", "true")]).await.json();
    assert_eq!((&written["imported"], &written["batch"]), (&json!(1), &json!("IM-2021-0001")));
    let bad = desk.browser.upload("/api/v1/imports", ("x.pdf", b"%PDF-"), &[]).await;
    assert_eq!((bad.status, &bad.json()["title"]), (422, &json!("not-a-spreadsheet")));
    let list = desk.browser.get("/units.xlsx").await;
    assert_eq!(list.status, 200);
    assert!(list.header("content-disposition").contains("filename*=UTF-8''"));
    assert_eq!(desk.browser.get("/units/template.xlsx").await.status, 200);
}
