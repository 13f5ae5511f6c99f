//! Who may call what: the reviewed file names every route, and every cell of it is tried.

use app::matrix::{self, Class, columns, print};
use axum::{body::Body, http::Request};
use kernel::{Grant, Role, Scope};
use testkit::{
    TestDb,
    app::{Answer, Browser, Script},
    on_both,
};

use crate::site::site;

const FILE: &str = include_str!("../../../../docs/access-matrix.tsv");

/// One line of the file: method, path, and the class of each column.
fn rows() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        let route = cells.next().unwrap_or_default();
        let (method, path) = route.split_once(' ').unwrap_or_else(|| panic!("no route: {line}"));
        (method, path, cells.collect())
    };
    FILE.lines().skip(1).map(row).collect()
}

#[test]
fn the_file_says_what_the_table_of_routes_says() {
    let printed = print(&web::server::table(app::routes::all_routes()));
    let (listed, routed): (Vec<_>, Vec<_>) = (FILE.lines().collect(), printed.lines().collect());
    let missing: Vec<_> = routed.iter().filter(|line| !listed.contains(line)).collect();
    let extra: Vec<_> = listed.iter().filter(|line| !routed.contains(line)).collect();
    assert!(
        missing.is_empty() && extra.is_empty() && listed == routed,
        "docs/access-matrix.tsv differs; read each row, then `tongpin matrix print` writes it.\n\
         not in the file: {missing:#?}\nnot routed so: {extra:#?}"
    );
}

/// Who calls: nobody in a browser, or a script with the token of a holder of one role.
enum Caller {
    Nobody(Browser),
    Holder(Script),
}

impl Caller {
    async fn call(&self, method: &str, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header("host", "tongpin.test");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        match self {
            Self::Nobody(browser) => {
                let request = request.header("x-csrf-token", browser.csrf());
                browser.send(request, Body::empty()).await
            }
            Self::Holder(script) => script.send(request, Body::empty()).await,
        }
    }
}

on_both!(every_cell_is_as_the_file_says);

async fn every_cell_is_as_the_file_says(db: TestDb) {
    found_the_city(&db).await;
    let site = site(db);
    let mut callers = Vec::new();
    for (name, role) in columns() {
        callers.push(match role {
            matrix::Caller::Nobody => {
                let browser = site.visitor();
                browser.get("/login").await;
                Caller::Nobody(browser)
            }
            matrix::Caller::Citizen => Caller::Holder(site.citizen("13800138000").await.1),
            matrix::Caller::Holder(role) => {
                site.account(name, &[Grant { role, scope: Scope::CITY }]).await;
                Caller::Holder(site.script_of(name).await)
            }
        });
    }
    let mut complaints = Vec::new();
    let mut tried = 0;
    for (method, path, classes) in rows() {
        for ((caller, class), (name, who)) in callers.iter_mut().zip(&classes).zip(columns()) {
            let answer = caller.call(method, &filled(path)).await;
            // A citizen who signed out is nobody from then on: the next row asks another.
            if who == matrix::Caller::Citizen && method == "POST" && path.starts_with("/c/") {
                *caller = Caller::Holder(site.citizen(&format!("138{tried:08}")).await.1);
            }
            if let Some(why) = differs(class, &answer) {
                complaints.push(format!("{method} {path} by {name}: {class}, but {why}"));
            }
            tried += 1;
        }
        assert_eq!(classes.len(), callers.len(), "{method} {path} has other columns");
    }
    assert!(tried > 100, "only {tried} cells");
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Without towns there is nothing that anybody could be allowed to change.
async fn found_the_city(db: &TestDb) {
    let mut tx = db.write().await.expect("a transaction");
    let founding = places::Founding::kunshan();
    places::found_city(&mut tx, &db.cx(), &founding).await.expect("a city");
    tx.commit().await.expect("it commits");
}

/// `/units/{id}` with ids that name nothing.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "nothing" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What the answer was, when it was not of this class.
fn differs(class: &str, answer: &Answer) -> Option<String> {
    let status = answer.status;
    // With where to come back to; leaving goes to the bare page, and may.
    let to_login =
        ["/login?", "/c/login?back="].iter().any(|door| answer.location().starts_with(door));
    let to_login = status == 303 && to_login;
    let fits = match class {
        "ok" => status < 500 && status != 401 && status != 403 && !to_login,
        "sign-in" => status == 401 || to_login,
        "forbidden" => status == 403,
        _ => false,
    };
    (!fits).then(|| format!("{status} {}", answer.location()))
}

#[test]
fn the_classes_are_the_words_of_the_file() {
    let words = [Class::Ok, Class::SignIn, Class::Forbidden].map(Class::word);
    for (_, _, classes) in rows() {
        assert!(classes.iter().all(|class| words.contains(class)), "{classes:?}");
    }
    assert_eq!(columns().len(), 2 + <Role as kernel::Code>::ALL.len());
}
