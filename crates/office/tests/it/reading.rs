//! Tables are found and read whatever the file looks like.

use std::path::PathBuf;

use jiff::civil::date;
use office::{Cell, Format};
use rust_xlsxwriter::{Format as CellFormat, Workbook};

use crate::fixtures::{Scratch, fill, read, row, texts};

#[test]
fn columns_are_matched_by_name_in_any_order_below_any_titles() {
    let scratch = Scratch::new();
    let path = scratch.workbook(|sheet| {
        let plain = CellFormat::new();
        sheet.merge_range(0, 0, 0, 3, "某市两新组织台账", &plain).expect("merged");
        sheet.write_string(1, 0, "截至2021年9月30日").expect("written");
        let header = ["序号", "人 数", "＊代码（18位）", "企业名称\n(全称)"];
        for (column, text) in (0..).zip(header) {
            sheet.write_string(3, column, text).expect("written");
        }
        sheet.write_number(4, 0, 1).expect("written");
        sheet.write_number(4, 1, 30).expect("written");
        sheet.write_string(4, 2, "0012").expect("written");
        sheet.write_string(4, 3, "甲公司").expect("written");
        // A row with a running number only is blank; its number stays counted.
        sheet.write_number(5, 0, 2).expect("written");
        sheet.write_string(6, 3, "乙公司").expect("written");
    });
    let table = read(&path).expect("readable");
    assert_eq!(table.format, Format::Xlsx);
    assert_eq!(table.titles, vec!["某市两新组织台账", "截至2021年9月30日"]);
    assert_eq!(table.header_row, 4);
    assert_eq!(table.unknown, vec!["序号"]);
    assert_eq!(table.column_of(0), Some(3));
    assert_eq!(table.columns[1].text, "＊代码（18位）");
    assert_eq!(texts(&table), vec![row(5, &["甲公司", "0012", "30"]), row(7, &["乙公司", "", ""])]);
}

#[test]
fn the_sheet_that_matches_best_wins_and_hidden_ones_do_not_count() {
    let scratch = Scratch::new();
    let mut workbook = Workbook::new();
    let other = workbook.add_worksheet();
    fill(other, &[&["说明"], &["请填写第二张表"]]);
    let hidden = workbook.add_worksheet();
    fill(hidden, &[&["名称", "代码", "人数"], &["不该读", "0", "0"]]);
    hidden.set_hidden(true);
    let ledger = workbook.add_worksheet();
    ledger.set_name("台账").expect("named");
    fill(ledger, &[&["名称", "代码"], &["甲", "1"]]);
    let path = scratch.file("book.xlsx", &workbook.save_to_buffer().expect("saved"));
    let table = read(&path).expect("readable");
    assert_eq!(table.sheet, "台账");
    assert_eq!(texts(&table), vec![row(2, &["甲", "1", ""])]);
}

#[test]
fn merged_cells_give_their_value_to_every_row() {
    let scratch = Scratch::new();
    let path = scratch.workbook(|sheet| {
        fill(sheet, &[&["名称", "代码"], &["", "1"], &["", "2"], &["", "3"], &["乙", "4"]]);
        sheet.merge_range(1, 0, 3, 0, "甲", &CellFormat::new()).expect("merged");
    });
    let table = read(&path).expect("readable");
    let expected = [(2, "甲", "1"), (3, "甲", "2"), (4, "甲", "3"), (5, "乙", "4")];
    let expected: Vec<_> = expected.iter().map(|(n, a, b)| row(*n, &[a, b, ""])).collect();
    assert_eq!(texts(&table), expected);
}

#[test]
fn a_header_of_two_rows_is_read_as_one() {
    let scratch = Scratch::new();
    let path = scratch.workbook(|sheet| {
        let plain = CellFormat::new();
        sheet.merge_range(0, 0, 1, 0, "名称", &plain).expect("merged");
        sheet.merge_range(0, 1, 0, 2, "登记情况", &plain).expect("merged");
        fill(sheet, &[&[], &["", "代码", "人数"], &["甲", "1", "2"]]);
    });
    let table = read(&path).expect("readable");
    assert_eq!(table.header_row, 2);
    assert_eq!(texts(&table), vec![row(3, &["甲", "1", "2"])]);
    assert!(table.titles.is_empty());
}

#[test]
fn numbers_dates_booleans_and_errors_keep_their_kind() {
    let scratch = Scratch::new();
    let path = scratch.workbook(|sheet| {
        fill(sheet, &[&["名称", "代码", "人数"]]);
        let day = CellFormat::new().set_num_format("yyyy\"年\"m\"月\"d\"日\"");
        sheet.write_number_with_format(1, 0, 44_348.75, &day).expect("written");
        sheet.write_number(1, 1, 913_205_830_123_456_789.0).expect("written");
        sheet.write_number(1, 2, 2.5).expect("written");
        sheet.write_boolean(2, 0, true).expect("written");
        let error = rust_xlsxwriter::Formula::new("=NA()").set_result("#N/A");
        sheet.write_formula(2, 1, error).expect("written");
        let sum = rust_xlsxwriter::Formula::new("=1+2").set_result("3");
        sheet.write_formula(2, 2, sum).expect("written");
    });
    let table = read(&path).expect("readable");
    let cells = &table.rows[0].cells;
    assert_eq!(cells[0], Cell::Date(date(2021, 6, 1)));
    assert!(cells[1].has_lost_digits());
    assert_eq!(cells[2], Cell::number(2.5));
    let cells = &table.rows[1].cells;
    assert_eq!(cells[0], Cell::Bool(true));
    assert_eq!(cells[1], Cell::Error("#N/A".into()));
    assert_eq!(cells[2].as_integer(), Some(3));
}

fn csv_texts(name: &str, bytes: &[u8]) -> Vec<(u32, Vec<String>)> {
    let scratch = Scratch::new();
    let table = read(&scratch.file(name, bytes)).expect(name);
    assert_eq!(table.format, Format::Csv);
    texts(&table)
}

#[test]
fn text_files_are_read_in_every_usual_encoding() {
    let text = "台账,,\r\n名称,代码,人数\r\n\"甲,\r\n公司\",001,3\r\n\r\n乙公司,9.13206E+17,\r\n";
    let expected =
        vec![row(3, &["甲,\r\n公司", "001", "3"]), row(5, &["乙公司", "9.13206E+17", ""])];
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        let mark = mark.then_some(0xFEFF).into_iter();
        mark.chain(text.encode_utf16()).flat_map(bytes).collect()
    };
    let (gb18030, ..) = encoding_rs::GB18030.encode(text);
    let bom = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    assert_eq!(csv_texts("utf8.csv", text.as_bytes()), expected);
    assert_eq!(csv_texts("bom.csv", &bom), expected);
    assert_eq!(csv_texts("gb18030.csv", &gb18030), expected);
    assert_eq!(csv_texts("le.txt", &utf16(u16::to_le_bytes, true)), expected);
    assert_eq!(csv_texts("be.txt", &utf16(u16::to_be_bytes, true)), expected);
    assert_eq!(csv_texts("bare.txt", &utf16(u16::to_le_bytes, false)), expected);
    let tabs = "名称\t代码\n甲,乙\t1";
    assert_eq!(csv_texts("tabs.txt", tabs.as_bytes()), vec![row(2, &["甲,乙", "1", ""])]);
    let semicolons = "名称;代码\n甲;1\n";
    assert_eq!(csv_texts("s.csv", semicolons.as_bytes()), vec![row(2, &["甲", "1", ""])]);
}

fn committed(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// The same ledger saved by LibreOffice in three formats: a title, a merged cell over two rows,
/// a date, a long number, a hidden sheet before it.
#[test]
fn old_and_open_formats_read_like_the_new_one() {
    for (name, format) in
        [("ledger.xls", Format::Xls), ("ledger.ods", Format::Ods), ("ledger.xlsx", Format::Xlsx)]
    {
        let table = read(&committed(name)).expect(name);
        assert_eq!(table.format, format);
        assert_eq!(table.sheet, "台账", "{name}");
        assert_eq!(table.titles, vec!["单位台账（截至2021年9月）"], "{name}");
        assert_eq!(table.header_row, 3, "{name}");
        assert_eq!(table.unknown, vec!["成立日期"], "{name}");
        let expected = vec![
            row(4, &["甲公司", "0012", "30"]),
            row(5, &["甲公司", "913205830000000000", "2.5"]),
            row(7, &["乙  公司\n分部", "#N/A", ""]),
        ];
        assert_eq!(texts(&table), expected, "{name}");
        assert!(table.rows[1].cells[1].has_lost_digits(), "{name}");
        assert_eq!(table.rows[2].cells[1], Cell::Error("#N/A".into()), "{name}");
    }
}

#[test]
fn dates_of_old_and_open_formats_are_dates() {
    use office::{Header, Limits, read_table};
    let wanted = [
        Header { name: "名称", aliases: &[], required: true },
        Header { name: "成立日期", aliases: &[], required: true },
    ];
    for name in ["ledger.xls", "ledger.ods", "ledger.xlsx"] {
        let go_on = &mut |_| std::ops::ControlFlow::Continue(());
        let table = read_table(&committed(name), &wanted, &Limits::default(), go_on).expect(name);
        assert_eq!(table.rows[0].cells[1], Cell::Date(date(2021, 6, 1)), "{name}");
    }
}
