//! The pages in English: what is still Chinese on them is somebody's name, or what somebody typed.
//!
//! Everything typed stands in the journal; what is left of a page's text without it must have no
//! Chinese. So an untranslated sentence is found wherever it was put together.

use std::collections::BTreeSet;

use app::demo::{self, Plan};
use db::journal;
use kernel::{Grant, Role, Scope};
use organisations::{Filter, Sight, Sort};
use places::{Atlas, PlaceId};
use serde_json::Value;
use testkit::{TestDb, app::TestApp, on_both};

use crate::site::site;

on_both!(an_english_page_is_english);

async fn an_english_page_is_english(db: TestDb) {
    let rules = people::Rules::cheap();
    let (plan, cx) = (Plan { units: 200, seed: 1 }, db.cx());
    let keys = TestApp::site(Vec::new()).keys;
    let built = demo::build(&db, plan, &rules, (&cx, &keys), |_, _| {}).await;
    built.expect("an empty database takes a demo city");
    let app = site(db);
    app.account("reader", &[Grant { role: Role::Administrator, scope: Scope::CITY }]).await;
    let browser = app.browser("reader").await;
    browser.set_cookie("lang", "en");
    let batch = upload(&app, &browser).await;
    let known = typed(&app).await;
    let mut complaints = BTreeSet::new();
    let pages =
        pages(&app).await.into_iter().chain([batch.clone(), format!("{batch}/rows?outcome=wrong")]);
    for path in pages {
        let answered = browser.get(&path).await;
        if answered.status != 200 {
            complaints.insert(format!("{path}: {} {}", answered.status, answered.location()));
        }
        for text in texts(&joined(&answered.body)) {
            // The sheet's own cells and heads are shown as they were written.
            if path.starts_with(&batch) && SHEET.split([',', '\n']).any(|cell| cell == text) {
                continue;
            }
            if let Some(left) = without(&text, &known) {
                complaints.insert(format!("{path}: {left}   (in: {text})"));
            }
        }
        let unmarked = unmarked(&answered.body);
        complaints.extend(unmarked.into_iter().map(|text| format!("{path}: not marked: {text}")));
    }
    let list: Vec<String> = complaints.into_iter().collect();
    assert!(list.is_empty(), "{} texts:\n{}", list.len(), list.join("\n"));
}

/// A ledger with every kind of mistake.
const SHEET: &str = "单位名称,统一社会信用代码,单位类型,行业,区镇,经营状态,\
    职工人数,正式党员数,组建方式,党组织名称,工作覆盖方式,责任人\n\
    错字有限公司,913205830000000000,外星,外星,花乔,飞升,-3,很多,都有,,天使,某某\n\
    好好有限公司,91320583MA1MEK0T0X,企业,制造业,张浦镇,在营,5,9,未组建,,,\n\
    ,12345,企业,制造业,,在营,5,1,未组建,某支部,,\n";
/// What stands in a sentence as an example, and what the first version of the rule is called.
const EXAMPLES: [&str; 2] = ["截至2021年10月15日", "三名以上正式党员应建"];

/// Uploads it, and has it checked.
async fn upload(app: &TestApp, browser: &testkit::app::Browser) -> String {
    let answered = browser.upload("/imports", ("台账.csv", SHEET.as_bytes()), &[]).await;
    assert_eq!(answered.status, 303, "{}", answered.body);
    work(app).await;
    answered.location().to_owned()
}

/// Runs the jobs that are due, as the worker does.
async fn work(app: &TestApp) {
    let (db, now) = (app.state.db(), app.db.cx().now);
    while let Some(job) = db::job::take(db, now).await.expect("jobs") {
        let runner = app::jobs::all_jobs().into_iter().find(|one| one.kind == job.kind);
        let asked = serde_json::from_str(&job.payload).expect("a payload");
        let run = runner.expect("a runner").run;
        run(app.state.clone(), app.db.cx(), asked).await.expect("it is done");
        assert!(db::job::finish(db, &job, now).await.expect("it is noted"));
    }
}

/// Every page that a person in an office opens.
async fn pages(app: &TestApp) -> Vec<String> {
    let cx = app.db.cx();
    let mut tx = app.db.read().await.expect("it reads");
    let sight = Sight::open(&mut tx, &app.state, &cx, None).await.expect("a sight");
    let some = Filter::default();
    let units = sight.list(&mut tx, &some, Sort::Number, None, 3).await.expect("a list").0.items;
    let atlas = Atlas::load(&mut tx, cx.today()).await.expect("an atlas");
    let town = atlas.towns()[0];
    let mut pages: Vec<String> = [
        "/today",
        "/coverage",
        "/coverage?by=town",
        "/coverage?by=industry",
        "/coverage?by=station",
        "/units",
        "/units?status=due&q=zz",
        "/units?at=2020-12-31",
        "/units?change=established&from=2020-12-31",
        "/units/new",
        "/imports",
        "/imports/new",
        "/places",
        "/stations",
        "/stations/new",
        "/bodies",
        "/key-sites",
        "/workers",
        "/workers/new",
        "/accounts",
        "/accounts/new",
        "/journal",
        "/jobs",
        "/me",
        "/definitions",
        "/views/new",
    ]
    .map(str::to_owned)
    .into();
    for one in &units {
        pages.push(format!("/units/{}", one.unit.id));
        pages.push(format!("/units/{}/edit", one.unit.id));
        pages.push(format!("/units?open={}", one.unit.id));
    }
    pages.push(format!("/places/{town}"));
    pages.push(format!("/places/{town}/rename"));
    pages.push(format!("/places/new?parent={town}"));
    pages.push(format!("/stations/{}", atlas.stations()[0].id));
    pages
}

/// All that anybody typed or was named, the longest first.
async fn typed(app: &TestApp) -> Vec<String> {
    let mut tx = app.db.read().await.expect("it reads");
    let mut known = BTreeSet::new();
    let mut before = None;
    loop {
        let kept = journal::page(&mut tx, before, None, None, 500).await.expect("it reads");
        let Some(last) = kept.last() else { break };
        before = Some(last.seq);
        for one in kept {
            known.insert(one.actor_name);
            strings(&serde_json::from_str(&one.detail).unwrap_or_default(), &mut known);
        }
    }
    for worker in
        organisations::worker::in_office(&mut tx, app.db.cx().today()).await.expect("them")
    {
        known.insert(worker.name);
    }
    let atlas = Atlas::load(&mut tx, app.db.cx().today()).await.expect("an atlas");
    let all = |town: &PlaceId| atlas.subtree(*town);
    for place in atlas.towns().iter().flat_map(all).filter_map(|id| atlas.place(id)) {
        known.extend([place.name.clone(), place.address.clone()]);
    }
    let words: BTreeSet<String> =
        known.iter().flat_map(|text| text.split(' ')).map(str::to_owned).collect();
    known.extend(words);
    let sight = Sight::open(&mut tx, &app.state, &app.db.cx(), None).await.expect("a sight");
    let all = Filter::default();
    let units = sight.list(&mut tx, &all, Sort::Number, None, 1_000).await.expect("a list").0;
    known.extend(units.items.into_iter().map(|one| one.unit.identity.note));
    known.extend(EXAMPLES.map(str::to_owned));
    known.extend(SHEET.split([',', '\n']).map(str::to_owned));
    // A word of ours is no name, wherever it stands.
    let mut known: Vec<String> = known
        .into_iter()
        .filter(|text| text.chars().count() > 1 && !web::Lang::knows(text))
        .collect();
    known.sort_by_key(|text| std::cmp::Reverse(text.len()));
    known
}

fn strings(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|one| strings(one, into)),
        Value::Object(fields) => fields.values().for_each(|one| strings(one, into)),
        _ => {}
    }
}

/// The page with each text in one piece again, without the marks of what is Chinese in it.
fn joined(page: &str) -> String {
    let mut pieces = page.split("<span lang=\"zh\">");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |whole, piece| whole + &piece.replacen("</span>", "", 1))
}

/// The texts of a page and those of its attributes that a person hears or sees.
fn texts(page: &str) -> Vec<String> {
    let page = page.split_once("<body>").map_or(page, |(_, body)| body);
    let mut found = Vec::new();
    for piece in page.split('<') {
        let (tag, text) = piece.split_once('>').unwrap_or(("", piece));
        found.push(text.to_owned());
        for attribute in ["aria-label=\"", "title=\"", "placeholder=\"", "known-label=\"", "alt=\""]
        {
            if let Some((_, value)) = tag.split_once(attribute) {
                found.push(value.split('"').next().unwrap_or_default().to_owned());
            }
        }
    }
    found
}

/// Chinese that a voice would read as English, as nothing says that it is Chinese. What a menu or
/// a field holds cannot say it, and the seal is not read.
fn unmarked(page: &str) -> Vec<&str> {
    let page = page.split_once("<body>").map_or(page, |(_, body)| body);
    let pieces = page.split('<').filter_map(|piece| piece.split_once('>'));
    let said = |tag: &str| {
        tag.contains("lang=\"zh") || tag.starts_with("option") || tag.starts_with("textarea")
    };
    let unsaid = pieces.filter(|(tag, text)| text.contains(is_chinese) && !said(tag));
    unsaid.map(|(_, text)| text).filter(|text| !["同", "频"].contains(text)).collect()
}

fn is_chinese(one: char) -> bool {
    matches!(one, '\u{3400}'..='\u{9fff}')
}

/// What is Chinese in a text beside what is known; nothing when all of it is.
fn without(text: &str, known: &[String]) -> Option<String> {
    if !text.contains(is_chinese) {
        return None;
    }
    let mut left = text.to_owned();
    for one in known {
        if left.contains(one.as_str()) {
            left = left.replace(one.as_str(), "·");
        }
    }
    // A masked name: the family's, then stars.
    let letters: Vec<char> = left.chars().collect();
    let masked = |at: usize| letters[at..].iter().take(3).any(|one| *one == '*');
    let rest: String = letters
        .iter()
        .enumerate()
        .filter(|(at, one)| is_chinese(**one) && !masked(*at))
        .map(|(_, one)| *one)
        .collect();
    let own = ["同", "频", "中文"];
    (!rest.is_empty() && !own.contains(&&*rest)).then_some(rest)
}
