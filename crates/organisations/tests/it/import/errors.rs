//! Every way in which a row or a file can be wrong, and that nothing is lost by it.

use organisations::import::NotImported;
use testkit::{TestDb, on_both};

use super::{code, counts, found, good, import, ledger, report};

on_both!(
    every_wrong_cell_has_its_code,
    a_file_that_cannot_be_taken_says_why,
    one_wrong_row_keeps_all_rows_out,
    without_towns_nothing_can_be_placed
);

/// A good row with some cells replaced: `(column, text)`, columns from zero.
fn with(number: u32, cells: &[(usize, &str)]) -> String {
    let row = good(number);
    let mut all: Vec<&str> = row.split(',').collect();
    for (column, text) in cells {
        all[*column] = text;
    }
    all.join(",")
}

async fn every_wrong_cell_has_its_code(db: TestDb) {
    found(&db).await;
    let (twin, short) = (code(1).to_string(), &code(2).to_string()[..17]);
    let last = code(3).to_string();
    let wrong_digit = format!("{}{}", &last[..17], if last.ends_with('0') { '1' } else { '0' });
    let with_letter = format!("{}O{}", &last[..8], &last[9..]);
    let cases: Vec<(String, &str, Option<&str>)> = vec![
        (good(1), "", None),
        (with(2, &[(1, &twin)]), "uscc-duplicate-in-file", None),
        (with(3, &[(1, "")]), "uscc-empty", None),
        (with(4, &[(1, short)]), "uscc-length", None),
        (with(5, &[(1, &with_letter)]), "uscc-letter", None),
        (with(6, &[(1, &wrong_digit)]), "uscc-check-digit", None),
        (with(7, &[(1, "9.13206E+17")]), "uscc-number", None),
        (with(8, &[(0, "")]), "name-empty", None),
        (with(9, &[(2, "外星")]), "kind-unknown", None),
        (with(10, &[(3, "占星")]), "industry-unknown", None),
        (with(11, &[(4, "张铺镇")]), "town-unknown", Some("张浦镇")),
        (with(12, &[(4, "张铺")]), "town-unknown", Some("张浦镇")),
        (with(13, &[(5, "商场")]), "front-unknown", Some("商圈市场")),
        (with(14, &[(6, "万像汇")]), "place-unknown", Some("万象汇")),
        (with(15, &[(6, "周市大厦")]), "place-town-mismatch", None),
        (with(16, &[(5, "园区"), (6, "万象汇")]), "front-place-mismatch", Some("商圈市场")),
        (with(17, &[(8, "不详")]), "status-unknown", None),
        (with(18, &[(9, "二十")]), "headcount-not-number", None),
        (with(19, &[(9, "-3")]), "headcount-negative", None),
        (with(20, &[(10, "约 2")]), "members-not-number", Some("2")),
        (with(21, &[(10, "-1")]), "members-negative", None),
        (with(22, &[(10, "21")]), "members-more-than-headcount", None),
        (with(23, &[(11, "联建")]), "cover-unknown", Some("联合组建")),
        (with(24, &[(11, "联合组建")]), "organisation-missing", None),
        (with(25, &[(12, "某某党支部")]), "organisation-not-covered", None),
        (with(26, &[(13, "妇联")]), "work-unknown", None),
        (with(27, &[(14, "无此人")]), "worker-unknown", None),
        (with(28, &[(2, "")]), "kind-empty", None),
        (with(29, &[(9, "")]), "headcount-empty", None),
        (with(30, &[(4, "")]), "town-empty", None),
        (with(31, &[(9, "13912345678")]), "headcount-too-large", None),
    ];
    let rows: Vec<String> = cases.iter().map(|(row, _, _)| row.clone()).collect();
    let report = report(&db, &ledger(&rows)).await;
    for (number, (_, code, suggestion)) in (3..).zip(&cases) {
        let found: Vec<_> = report.errors.iter().filter(|one| one.row == Some(number)).collect();
        if code.is_empty() {
            assert!(found.is_empty(), "row {number}: {found:?}");
            continue;
        }
        assert_eq!(found.len(), 1, "row {number} should be {code}: {found:?}");
        assert_eq!(found[0].code, *code, "row {number}: {found:?}");
        if let Some(suggestion) = suggestion {
            assert_eq!(found[0].suggestion.as_deref(), Some(*suggestion), "row {number}");
        }
        assert!(found[0].suggestion.is_some(), "row {number} says what to do");
    }
    assert_eq!(report.rows, cases.len() as i64);
    assert_eq!(counts(&report), [1, 0, 0, cases.len() as i64 - 1, 0]);
    let twin = report.errors.iter().find(|one| one.row == Some(4)).unwrap();
    assert!(twin.message.contains("第 3 行"), "{}", twin.message);
}

async fn a_file_that_cannot_be_taken_says_why(db: TestDb) {
    found(&db).await;
    let future = ledger(&[good(1)]).replace("2021年10月15日", "2021年12月31日");
    let no_code = ledger(&[good(1)]).replacen("统一社会信用代码", "编号", 1);
    let twice = ledger(&[good(1)]).replacen("备注", "区镇", 1);
    let cases = [
        ("%PDF-1.7 nothing".to_owned(), "not-a-spreadsheet"),
        ("hello\nworld\n".to_owned(), "no-header"),
        (ledger(&[]), "no-rows"),
        (no_code, "missing-columns"),
        (twice, "duplicate-column"),
        (future, "future-date"),
    ];
    for (text, code) in cases {
        match import(&db, &db.cx(), text.as_bytes()).await {
            Err(NotImported::File(problem)) if problem.code == code => {
                assert!(problem.message.contains("没有任何改动"), "{}", problem.message);
            }
            other => panic!("{code}: {other:?}"),
        }
    }
}

async fn one_wrong_row_keeps_all_rows_out(db: TestDb) {
    found(&db).await;
    let text = ledger(&[good(1), with(2, &[(4, "太仓")]), good(3)]);
    let kept_out = report(&db, &text).await;
    assert_eq!(counts(&kept_out), [2, 0, 0, 1, 0]);
    assert_eq!(kept_out.batch, None);
    let file = super::file(text.as_bytes());
    let order = organisations::import::Order { skip_wrong: true, ..super::order(&file) };
    let meter = std::sync::Arc::default();
    let skipped = organisations::import::import_now(&db, &db.cx(), &order, &meter).await.unwrap();
    assert_eq!(counts(&skipped.report), [2, 0, 0, 1, 2]);
    assert!(skipped.report.batch.is_some());
    // The wrong row is still wrong, the others are there.
    assert_eq!(counts(&report(&db, &text).await), [0, 0, 2, 1, 0]);
}

async fn without_towns_nothing_can_be_placed(db: TestDb) {
    let outcome = import(&db, &db.cx(), ledger(&[good(1)]).as_bytes()).await;
    assert!(
        matches!(&outcome, Err(NotImported::File(why)) if why.code == "no-towns"),
        "{outcome:?}"
    );
}
