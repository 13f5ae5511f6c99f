//! A file that is sent again under its key: the same answer for the same file, a refusal for
//! another; and files larger than any form.

use axum::{body::Body, http::Request};
use kernel::{Grant, Role, Scope};
use testkit::{
    TestDb,
    app::{Answer, Script, TestApp},
    on_both,
};

use crate::{ground::found, site::site};

on_both!(
    the_same_file_under_its_key_gets_the_same_answer,
    a_refused_file_leaves_its_key_free,
    a_file_may_be_larger_than_a_form,
);

const HEAD: &str =
    "单位名称,统一社会信用代码,单位类型,行业,区镇,经营状态,职工人数,正式党员数,组建方式\n";

async fn clerk(db: &TestDb) -> (TestApp, Script) {
    found(db, &db.cx()).await;
    let site = site(db.clone());
    site.account("clerk", &[Grant { role: Role::Administrator, scope: Scope::CITY }]).await;
    let script = site.script_of("clerk").await;
    (site, script)
}

async fn send(script: &Script, key: &str, file: &str, mark: &str, skip: bool) -> Answer {
    let flag = if skip { "true" } else { "false" };
    let body = format!(
        "--{mark}\r\nContent-Disposition: form-data; name=\"skip_wrong\"\r\n\r\n{flag}\r\n\
         --{mark}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n\
         {file}\r\n--{mark}--\r\n"
    );
    let request = Request::post("/api/v1/imports")
        .header("idempotency-key", key)
        .header("content-type", format!("multipart/form-data; boundary={mark}"));
    script.send(request, Body::from(body)).await
}

async fn the_same_file_under_its_key_gets_the_same_answer(db: TestDb) {
    let (_, script) = clerk(&db).await;
    let file = format!("{HEAD}甲,1,企业,制造业,张浦镇,在营,5,1,未组建\n");
    let first = send(&script, "k1", &file, "one", false).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.header("idempotency-replayed"), "");
    // How the parts are divided is the client's matter, and may differ from try to try.
    let again = send(&script, "k1", &file, "another", false).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = send(&script, "k1", &format!("{file}\n"), "one", false).await;
    assert_eq!(other.status, 422, "{}", other.body);
    assert_eq!(other.json()["type"], "urn:tongpin:idempotency-key-reused");
    let asked_otherwise = send(&script, "k1", &file, "one", true).await;
    assert_eq!(asked_otherwise.status, 422, "other fields are another request");
    assert_eq!(send(&script, "k2", &file, "one", false).await.status, 200);
}

async fn a_refused_file_leaves_its_key_free(db: TestDb) {
    let (_, script) = clerk(&db).await;
    assert_eq!(send(&script, "k", "", "one", false).await.status, 422);
    let file = format!("{HEAD}甲,1,企业,制造业,张浦镇,在营,5,1,未组建\n");
    assert_eq!(send(&script, "k", &file, "one", false).await.status, 200);
}

async fn a_file_may_be_larger_than_a_form(db: TestDb) {
    let (_, script) = clerk(&db).await;
    let row = "甲,1,企业,制造业,张浦镇,在营,5,1,未组建\n";
    let file = HEAD.to_owned() + &row.repeat(60_000);
    assert!(file.len() > web::gate::FORM_LIMIT);
    let answered = send(&script, "k", &file, "one", false).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    assert_eq!(answered.json()["rows"], 60_000);
    // So is what it answers: an error for each row. It was given, but is not kept.
    let again = send(&script, "k", &file, "one", false).await;
    assert_eq!((again.status, &again.json()["title"]), (409, &"answer-too-long".into()));
}
