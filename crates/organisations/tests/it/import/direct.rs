//! The direct way in: what is new, what changes, what stays; and the way out and back.

use std::sync::Arc;

use jiff::civil::date;
use organisations::{
    Cover, Filter, Sight, Sort, Status, WorkWay, export,
    import::{NotImported, Order, import_now},
    ledger as register, template, timeline,
};
use places::{Front, UnitKind};
use testkit::{TestDb, app::TestApp, on_both};

use super::{code, counts, file, found, good, import, ledger, order, report};

on_both!(
    the_same_file_changes_nothing,
    a_corrected_file_updates_by_code,
    absent_columns_and_blank_cells,
    the_day_is_the_titles_or_the_orders,
    a_unit_that_leaves_says_why,
    what_goes_out_comes_back_unchanged,
    gb18030_is_read,
    the_template_is_understood,
    a_dry_run_keeps_nothing
);

async fn the_same_file_changes_nothing(db: TestDb) {
    found(&db).await;
    let text = ledger(&[good(1), good(2), good(3)]);
    assert_eq!(counts(&report(&db, &text).await), [3, 0, 0, 0, 3]);
    let again = report(&db, &text).await;
    assert_eq!(counts(&again), [0, 0, 3, 0, 0]);
    assert_eq!(again.batch, None, "a batch that wrote nothing leaves no trace");
    db::journal::require_whole(&db).await.unwrap();
}

async fn a_corrected_file_updates_by_code(db: TestDb) {
    found(&db).await;
    report(&db, &ledger(&[good(1), good(2)])).await;
    let corrected = good(1)
        .replace("昆山第1号", "昆山新名")
        .replace(",20,2,未组建,,", ",25,4,联合组建,张浦第一联合党支部,工会");
    let changed = report(&db, &ledger(&[corrected, good(2), good(3)])).await;
    assert_eq!(counts(&changed), [1, 1, 1, 0, 2]);
    let mut tx = db.read().await.unwrap();
    let found = register::find_by_uscc(&mut tx, &[code(1)]).await.unwrap();
    let (unit, spans) = &found[&code(1)];
    assert_eq!(unit.identity.name, "昆山新名贸易有限公司");
    let facts = &timeline::on(spans, date(2021, 10, 15)).unwrap().facts;
    assert_eq!((facts.headcount, facts.member_count, facts.cover), (25, 4, Cover::Joint));
    assert!(facts.work.has(WorkWay::Union) && facts.organisation.is_some());
}

async fn absent_columns_and_blank_cells(db: TestDb) {
    found(&db).await;
    let full = good(1).replace("张浦镇,,,", "张浦镇,商圈市场,万象汇/一层,");
    report(&db, &ledger(&[full])).await;
    // Only the columns that must be there, some of them blank: nothing changes.
    let short = format!(
        "名称,信用代码,类型,行业,所属镇,从业人数,党员数,组建形式\n\
         昆山第1号贸易有限公司,{},,,,,,\n",
        code(1)
    );
    let on = Some(date(2021, 10, 15));
    let short = file(short.as_bytes());
    let order = Order { on, ..order(&short) };
    let kept = import_now(&db, &db.cx(), &order, &Arc::default()).await.unwrap();
    assert_eq!(counts(&kept.report), [0, 0, 1, 0, 0]);
    // A blank cell of a column that may be empty clears it.
    let cleared = report(&db, &ledger(&[good(1).replace("人民路1号", "")])).await;
    assert_eq!(counts(&cleared), [0, 1, 0, 0, 1]);
    let mut tx = db.read().await.unwrap();
    let found = register::find_by_uscc(&mut tx, &[code(1)]).await.unwrap();
    let (unit, spans) = &found[&code(1)];
    assert_eq!(unit.identity.address, "");
    let facts = &spans.last().unwrap().facts;
    assert_eq!((facts.place, facts.front), (None, None));
}

async fn the_day_is_the_titles_or_the_orders(db: TestDb) {
    found(&db).await;
    report(&db, &ledger(&[good(1)])).await;
    let later = file(ledger(&[good(1).replace(",20,2,", ",30,3,")]).as_bytes());
    let on = Some(date(2021, 10, 18));
    let order = Order { on, ..order(&later) };
    let imported = import_now(&db, &db.cx(), &order, &Arc::default()).await.unwrap();
    assert_eq!(counts(&imported.report), [0, 1, 0, 0, 1]);
    let mut tx = db.read().await.unwrap();
    let found = register::find_by_uscc(&mut tx, &[code(1)]).await.unwrap();
    let spans = &found[&code(1)].1;
    let members = |day| timeline::on(spans, day).map(|span| span.facts.member_count);
    assert_eq!(members(date(2021, 10, 14)), None);
    assert_eq!(members(date(2021, 10, 15)), Some(2));
    assert_eq!(members(date(2021, 10, 17)), Some(2));
    assert_eq!(members(date(2021, 10, 18)), Some(3));
    // Without a title and an order, it is today.
    let untitled = ledger(&[good(2)]);
    let untitled = untitled.split_once('\n').unwrap().1;
    let imported = import(&db, &db.cx(), untitled.as_bytes()).await.unwrap();
    assert!(!imported.said);
    assert_eq!(imported.on, db.cx().today());
    // A day that has not come is refused, whoever says it.
    let order = Order { on: Some(date(2021, 10, 21)), ..order };
    let refused = import_now(&db, &db.cx(), &order, &Arc::default()).await;
    assert!(matches!(refused, Err(NotImported::File(why)) if why.code == "future-date"));
}

async fn a_unit_that_leaves_says_why(db: TestDb) {
    found(&db).await;
    report(&db, &ledger(&[good(1)])).await;
    let gone = report(&db, &ledger(&[good(1).replace("在营", "注销")])).await;
    assert_eq!(counts(&gone), [0, 1, 0, 0, 1]);
    let mut tx = db.read().await.unwrap();
    let found = register::find_by_uscc(&mut tx, &[code(1)]).await.unwrap();
    let facts = &found[&code(1)].1.last().unwrap().facts;
    assert_eq!(facts.status, Status::Cancelled);
    assert_eq!(facts.status_reason, format!("台账导入 {}", gone.batch.unwrap()));
    assert_eq!(facts.status_evidence, "台账.csv");
}

async fn what_goes_out_comes_back_unchanged(db: TestDb) {
    found(&db).await;
    let rows = [
        good(1).replace("张浦镇,,,", "张浦镇,,万象汇/二层,"),
        good(2).replace("企业", "律师事务所").replace("张浦镇,,,", "周市镇,园区,,"),
        good(3).replace(",2,未组建,,", ",4,单独组建,“云栈”党支部,工会、党建指导员"),
        good(4).replace("在营", "吊销"),
        good(5).replace("贸易有限公司", "（中国）有限公司"),
    ];
    assert_eq!(counts(&report(&db, &ledger(&rows)).await), [5, 0, 0, 0, 5]);
    let app = TestApp::with(organisations::import::routes(), db.clone());
    let cx = db.cx();
    let mut tx = db.read().await.unwrap();
    let sight = Sight::open(&mut tx, &app.state, &cx, None).await.unwrap();
    let all = Filter::default();
    let book = export::units(&mut tx, &cx, &sight, &all, Sort::Number).await.unwrap();
    drop(tx);
    let back = import(&db, &cx, &book).await.unwrap();
    assert_eq!(back.report.errors, []);
    assert_eq!(counts(&back.report), [0, 0, 5, 0, 0]);
    assert!(back.said, "the title names the day");
    let kept = register::find_by_uscc(&mut db.read().await.unwrap(), &[code(1), code(2)]).await;
    let kept = kept.unwrap();
    assert_eq!(kept[&code(1)].1[0].facts.front, Some(Front::District));
    assert_eq!(kept[&code(2)].0.identity.kind, UnitKind::LawFirm);
}

async fn gb18030_is_read(db: TestDb) {
    found(&db).await;
    let text = ledger(&[good(1).replace("昆山第1号", "昆山镕䶮")]);
    let (bytes, _, _) = encoding_rs::GB18030.encode(&text);
    let report = import(&db, &db.cx(), &bytes).await.unwrap().report;
    assert_eq!(counts(&report), [1, 0, 0, 0, 1]);
    let mut tx = db.read().await.unwrap();
    let found = register::find_by_uscc(&mut tx, &[code(1)]).await.unwrap();
    assert_eq!(found[&code(1)].0.identity.name, "昆山镕䶮贸易有限公司");
}

async fn the_template_is_understood(db: TestDb) {
    found(&db).await;
    let mut tx = db.read().await.unwrap();
    let atlas = places::Atlas::load(&mut tx, db.cx().today()).await.unwrap();
    drop(tx);
    let blank = template::units(&atlas, db.cx().today()).unwrap();
    // Every column is recognised, so all that is missing is a row.
    let refused = import(&db, &db.cx(), &blank).await;
    assert!(matches!(refused, Err(NotImported::File(why)) if why.code == "no-rows"));
}

async fn a_dry_run_keeps_nothing(db: TestDb) {
    found(&db).await;
    let text = file(ledger(&[good(1)]).as_bytes());
    let order = Order { dry_run: true, ..order(&text) };
    let looked = import_now(&db, &db.cx(), &order, &Arc::default()).await.unwrap();
    assert_eq!(counts(&looked.report), [1, 0, 0, 0, 0]);
    let mut tx = db.read().await.unwrap();
    assert!(register::find_by_uscc(&mut tx, &[code(1)]).await.unwrap().is_empty());
}
