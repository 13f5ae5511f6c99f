//! The ledger's way in from Excel, on real files and both engines.

mod direct;
mod errors;
mod life;
mod scope;

use std::{io::Write as _, sync::Arc};

use kernel::{Cx, Uscc};
use organisations::import::{Imported, Meter, NotImported, Order, Report, import_now};
use places::{Founding, Front, NewPlace, PlaceId, PlaceKind};
use tempfile::NamedTempFile;
use testkit::TestDb;

use crate::city::FIRST;

/// The header of the template.
const HEADER: &str = "单位名称,统一社会信用代码,单位类型,行业,区镇,阵地类型,所在阵地,地址,经营状态,\
                      职工人数,正式党员数,组建方式,党组织名称,工作覆盖方式,责任人,备注";
/// A title that names a day.
const TITLE: &str = "昆山市单位台账（截至2021年10月15日）";

/// A valid code that ends in this number.
fn code(number: u32) -> Uscc {
    crate::city::uscc(number)
}

/// A good row: a trading company in 张浦镇, uncovered.
fn good(number: u32) -> String {
    format!(
        "昆山第{number}号贸易有限公司,{},企业,批发和零售业,张浦镇,,,人民路{number}号,在营,20,2,\
         未组建,,,,",
        code(number)
    )
}

/// A ledger as text: title, header, rows. The first row's number is 3.
fn ledger(rows: &[String]) -> String {
    format!("{TITLE}\n{HEADER}\n{}\n", rows.join("\n"))
}

/// Founds the city, with a mall of two floors in 张浦镇 and one building in 周市镇.
async fn found(db: &TestDb) -> Vec<PlaceId> {
    let cx = db.cx();
    let mut tx = db.write().await.unwrap();
    let founded = places::found_city(&mut tx, &cx, &Founding::kunshan()).await.unwrap();
    let new = |parent, kind, front, name: &str| NewPlace {
        parent,
        kind,
        front,
        name: name.into(),
        address: String::new(),
        from: FIRST,
    };
    let (zhangpu, zhoushi) = (founded.towns[3], founded.towns[4]);
    let mall = new(zhangpu, PlaceKind::Front, Some(Front::District), "万象汇");
    let mall = places::create_place(&mut tx, &cx, mall).await.unwrap();
    for floor in ["一层", "二层"] {
        let floor = new(mall, PlaceKind::Area, None, floor);
        places::create_place(&mut tx, &cx, floor).await.unwrap();
    }
    let tower = new(zhoushi, PlaceKind::Front, Some(Front::Building), "周市大厦");
    places::create_place(&mut tx, &cx, tower).await.unwrap();
    tx.commit().await.unwrap();
    founded.towns
}

/// Bytes as a file on disk.
fn file(bytes: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::with_suffix(".csv").unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// An order for a file, with nothing special.
fn order(file: &NamedTempFile) -> Order {
    Order {
        path: file.path().to_owned(),
        name: "台账.csv".into(),
        on: None,
        dry_run: false,
        skip_wrong: false,
    }
}

/// Imports bytes, as the command line does.
async fn import(db: &TestDb, cx: &Cx, bytes: &[u8]) -> Result<Imported, NotImported> {
    let file = file(bytes);
    import_now(db, cx, &order(&file), &Arc::new(Meter::default())).await
}

/// Imports a ledger that can be read; what came of it.
async fn report(db: &TestDb, text: &str) -> Report {
    import(db, &db.cx(), text.as_bytes()).await.expect("a file that can be read").report
}

/// New, changed, same, wrong, imported.
fn counts(report: &Report) -> [i64; 5] {
    [report.new, report.changed, report.same, report.wrong, report.imported]
}
