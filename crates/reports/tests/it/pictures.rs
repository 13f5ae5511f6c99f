//! The main pages as their readers meet them: of an empty city, and of a small one whose every
//! figure can be counted by hand. Kept as text, so that a change of words, links or figures is read
//! in review. `INSTA_UPDATE=always cargo nextest run -p reports` writes them anew.

use std::{collections::BTreeMap, io::Write as _, sync::Arc};

use kernel::{Grant, Role, Scope, Uscc};
use organisations::import::{Meter, Order, import_now};
use places::{Founding, Front, NewPlace, NewStation, PlaceKind};
use testkit::{
    TestDb,
    app::{Browser, TestApp},
    on_both,
};

on_both!(an_empty_city, a_small_city);

/// Nine rows of which one is wrong: a town that is none.
const ROWS: [&str; 9] = [
    "昆山云杉科技有限公司,0001,企业,软件业,张浦镇,商务楼宇,云杉大厦,40,5,单独组建,云杉党支部",
    "昆山雪松餐饮店,0002,个体工商户,餐饮,张浦镇,商务楼宇,云杉大厦,6,0,未组建,",
    "昆山银杏服务有限公司,0003,企业,商务服务,张浦镇,商务楼宇,云杉大厦,30,3,未组建,",
    "昆山青竹物流有限公司,0004,企业,物流,张浦镇,,,55,4,联合组建,张浦联合党支部",
    "昆山白杨律师事务所,0005,社会组织,商务服务,周市镇,,,12,7,单独组建,白杨党支部",
    "昆山红枫贸易有限公司,0006,企业,批发和零售业,周市镇,,,8,1,未组建,",
    "昆山海棠贸易有限公司,0007,企业,批发和零售业,周市镇,,,9,3,未组建,",
    "昆山木槿培训中心,0008,企业,教育,锦溪镇,,,15,2,未组建,",
    "昆山丁香贸易有限公司,0009,企业,批发和零售业,锦西镇,,,9,3,未组建,",
];

async fn an_empty_city(db: TestDb) {
    let site = site(db);
    let browser = reader(&site).await;
    let wrong = site.visitor().get("/login?back=/today").await;
    show("empty-login", &wrong.body);
    for path in ["/today", "/coverage", "/units", "/imports", "/places", "/stations"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        show(&format!("empty{}", path.replace('/', "-")), &answer.body);
    }
    let missing = browser.get("/units/unt_00000000000000000000000000").await;
    assert_eq!(missing.status, 404);
    show("error", &missing.body);
}

async fn a_small_city(db: TestDb) {
    found(&db).await;
    let site = site(db.clone());
    let browser = reader(&site).await;
    let batch = import(&db).await;
    let list = browser.get("/imports").await;
    let import = list.between("href=\"/imports/imp_", "\"").to_owned();
    assert!(list.has(&batch) && !import.is_empty(), "{}", list.body);
    let units = browser.get("/units").await;
    let unit = units.between("href=\"/units/unt_", "\"").to_owned();
    for (name, path) in [
        ("today", "/today".to_owned()),
        ("coverage", "/coverage?by=town".to_owned()),
        ("units", "/units?status=due".to_owned()),
        ("unit", format!("/units/unt_{unit}")),
        ("import", format!("/imports/imp_{import}")),
        ("places", "/places".to_owned()),
        ("stations", "/stations".to_owned()),
    ] {
        let answer = browser.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        show(&format!("small-{name}"), &answer.body);
    }
}

/// The desk's rooms, and the door.
fn site(db: TestDb) -> TestApp {
    let routes = reports::routes().merge(organisations::routes()).merge(places::routes());
    let site = TestApp::with(routes, db);
    organisations::install(&site.state);
    site
}

async fn reader(site: &TestApp) -> Browser {
    site.account("陈立", &[Grant { role: Role::Administrator, scope: Scope::CITY }]).await;
    site.browser("陈立").await
}

/// One building with a station of its own.
async fn found(db: &TestDb) {
    let cx = db.cx();
    let from = kernel::Date::constant(2021, 1, 1);
    let mut tx = db.write().await.unwrap();
    let city = places::found_city(&mut tx, &cx, &Founding::kunshan()).await.unwrap();
    let (parent, name, address) = (city.towns[3], "云杉大厦".to_owned(), String::new());
    let (kind, front) = (PlaceKind::Front, Some(Front::Building));
    let tower = NewPlace { parent, kind, front, name, address, from };
    let tower = places::create_place(&mut tx, &cx, tower).await.unwrap();
    let (name, address) = ("张浦第01工作站".to_owned(), "人民路 1 号".to_owned());
    let station = NewStation { town: parent, name, address, on: from };
    let station = places::open_station(&mut tx, &cx, station).await.unwrap();
    places::cover_place(&mut tx, &cx, station, tower, from).await.unwrap();
    tx.commit().await.unwrap();
}

/// Imports the rows; the batch's label.
async fn import(db: &TestDb) -> String {
    let header = "单位名称,统一社会信用代码,单位类型,行业,区镇,阵地类型,所在阵地,职工人数,\
                  正式党员数,组建方式,党组织名称";
    let rows = ROWS.map(|row| {
        let mut cells: Vec<String> = row.split(',').map(str::to_owned).collect();
        let code: Uscc = Uscc::with_check(&format!("91320583MA000{}", cells[1])).unwrap();
        cells[1] = code.to_string();
        cells.join(",")
    });
    let text = format!("昆山市单位台账（截至2021年10月15日）\n{header}\n{}\n", rows.join("\n"));
    let mut file = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let order = Order {
        path: file.path().to_owned(),
        name: "台账.csv".into(),
        on: None,
        dry_run: false,
        skip_wrong: true,
    };
    let done = import_now(db, &db.cx(), &order, &Arc::new(Meter::default())).await.unwrap();
    assert_eq!((done.report.imported, done.report.wrong), (8, 1), "{:?}", done.report.errors);
    done.report.batch.unwrap()
}

fn show(name: &str, body: &str) {
    let main = body.split_once("<main").and_then(|(_, rest)| rest.split_once("</main>"));
    let main = main.expect("a page has a main part").0;
    let main = main.split_once('>').unwrap().1;
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, named(&read(main)));
    });
}

/// A page as it reads: a line for each block, links with where they lead, fields with their value.
fn read(html: &str) -> String {
    let mut out = String::new();
    let mut href: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some((text, tail)) = rest.split_once('<') {
        out.push_str(text);
        let (tag, tail) = tail.split_once('>').unwrap();
        rest = tail;
        let name = tag.split([' ', '/']).find(|part| !part.is_empty()).unwrap_or_default();
        match (tag.starts_with('/'), name) {
            (false, "svg" | "datalist") => {
                let end = format!("</{name}>");
                rest = rest.split_once(&end).map_or("", |(_, rest)| rest);
            }
            (false, "a") => {
                href.push(attribute(tag, "href").unwrap_or_default());
                out.push('[');
            }
            (true, "a") => out.extend(["](", &href.pop().unwrap_or_default(), ")"]),
            (false, "button") => out.push_str(" <"),
            (true, "button") => out.push_str("> "),
            (false, "input") if !tag.contains("type=\"hidden\"") => {
                let value = attribute(tag, "value").unwrap_or_default();
                let ticked = if tag.contains(" checked") { "*" } else { "" };
                let name = attribute(tag, "name").unwrap_or_default();
                out.extend([" {", &name, ": ", &value, ticked, "}"]);
            }
            (false, "td" | "th" | "dd" | "option") => out.push_str(" | "),
            (
                _,
                "tr" | "p" | "li" | "h1" | "h2" | "h3" | "div" | "section" | "dt" | "form"
                | "caption" | "summary" | "nav" | "br" | "header",
            ) => out.push('\n'),
            _ => {}
        }
    }
    out.push_str(rest);
    let lines = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0.replace("&#38;", "&").replace("&amp;", "&"))
}

/// Ids under names that stay: the first unit of a page is `unt_1`, whatever it was drawn as.
fn named(text: &str) -> String {
    let mut out = String::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        out.push_str(&rest[..start]);
        let tail = &rest[start..];
        let end = tail.find(|letter| !is_word(letter)).unwrap_or(tail.len());
        let word = &tail[..end];
        match word.split_once('_') {
            Some((kind, id)) if kind.len() == 3 && id.len() > 20 => {
                let next = known.keys().filter(|one| one.starts_with(kind)).count() + 1;
                let number = *known.entry(word.to_owned()).or_insert(next);
                out.extend([kind, "_", &number.to_string()]);
            }
            _ => out.push_str(word),
        }
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}
