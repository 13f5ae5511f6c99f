//! A person gets their own workbook back, marked.

use std::path::{Path, PathBuf};

use calamine::{Reader, Xlsx, open_workbook};
use jiff::civil::date;
use office::{Mark, REASON_HEADER, Table, Target, mark};
use rust_xlsxwriter::{Format as CellFormat, Note, Workbook};

use crate::fixtures::{Scratch, fill, keep, raw_workbook, read, sheet_xml, texts};
use crate::writing::part;

fn wrong(row: u32, column: u32, message: &str, suggestion: Option<&str>) -> Mark {
    Mark {
        row,
        column: Some(column),
        message: message.to_owned(),
        suggestion: suggestion.map(str::to_owned),
    }
}

fn target(sheet: &str, header_row: u32) -> Target<'_> {
    Target { sheet, header_row, on: date(2021, 10, 20) }
}

fn marked(scratch: &Scratch, path: &Path, table: &Table, marks: &[Mark]) -> PathBuf {
    let name = path.file_stem().and_then(std::ffi::OsStr::to_str).unwrap_or_default();
    let out = scratch.path(&format!("{name}-marked.xlsx"));
    let target = target(&table.sheet, table.header_row);
    let done = mark(path, &target, marks, &out).expect("marked");
    assert_eq!(
        done.rows,
        marks.iter().map(|m| m.row).collect::<std::collections::HashSet<_>>().len()
    );
    keep(&out);
    out
}

/// Text of a cell as calamine has it, zero-based.
fn cell(path: &Path, sheet: &str, row: u32, column: u32) -> String {
    let mut book: Xlsx<_> = open_workbook(path).expect("opens");
    let range = book.worksheet_range(sheet).expect("the sheet");
    range.get_value((row, column)).map(ToString::to_string).unwrap_or_default()
}

/// Whether a cell is filled with our red.
fn is_red(path: &Path, sheet: &str, row: u32, column: u32) -> bool {
    let mut book: Xlsx<_> = open_workbook(path).expect("opens");
    let styles = book.worksheet_style(sheet).expect("styles");
    let fill = styles.get((row, column)).and_then(|style| style.fill.clone());
    fill.and_then(|fill| fill.foreground_color).is_some_and(|color| color.to_argb() == 0xFFFF_C7CD)
}

/// A ledger as people have it: a title, styles, a note of its own, a second sheet, a filter.
fn ledger(scratch: &Scratch) -> PathBuf {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("台账").expect("named");
    let bold = CellFormat::new().set_bold();
    sheet.merge_range(0, 0, 0, 2, "单位台账", &bold).expect("merged");
    for (column, text) in (0..).zip(["名称", "代码", "人数"]) {
        sheet.write_string_with_format(1, column, text, &bold).expect("written");
    }
    let code = CellFormat::new().set_num_format("@").set_font_color("#0000FF");
    for row in 2..6 {
        sheet.write_string(row, 0, format!("单位{row} & <子>")).expect("written");
        sheet.write_string_with_format(row, 1, format!("00{row}"), &code).expect("written");
        if row != 4 {
            sheet.write_number(row, 2, row).expect("written");
        }
    }
    sheet.insert_note(2, 1, &Note::new("本人备注").set_author("王")).expect("noted");
    sheet.set_column_width(1, 30).expect("width");
    sheet.autofilter(1, 0, 5, 2).expect("filter");
    let other = workbook.add_worksheet();
    other.write_formula(0, 0, "='台账'!C3*2").expect("written");
    scratch.file("ledger.xlsx", &workbook.save_to_buffer().expect("saved"))
}

fn marks() -> Vec<Mark> {
    vec![
        wrong(3, 1, "代码校验位不对", Some("请核对最后一位")),
        wrong(3, 2, "人数为负", None),
        wrong(5, 2, "人数没有填", Some("请填写整数")),
        Mark { row: 9, column: None, message: "缺少整行".into(), suggestion: None },
    ]
}

#[test]
fn wrong_cells_are_red_noted_and_explained_in_the_last_column() {
    let scratch = Scratch::new();
    let path = ledger(&scratch);
    let before = read(&path).expect("readable");
    let out = marked(&scratch, &path, &before, &marks());
    assert_eq!(cell(&out, "台账", 1, 3), REASON_HEADER);
    assert_eq!(cell(&out, "台账", 2, 3), "代码校验位不对（请核对最后一位）；人数为负");
    assert_eq!(cell(&out, "台账", 3, 3), "");
    assert_eq!(cell(&out, "台账", 4, 3), "人数没有填（请填写整数）");
    assert_eq!(cell(&out, "台账", 8, 3), "缺少整行");
    for (row, column, red) in
        [(2, 1, true), (2, 2, true), (4, 2, true), (3, 1, false), (2, 0, false)]
    {
        assert_eq!(is_red(&out, "台账", row, column), red, "{row},{column}");
    }
    let notes = part(&out, "xl/comments1.xml");
    assert!(notes.contains("本人备注") && notes.contains("代码校验位不对"));
    assert_eq!(notes.matches("<comment ").count(), 3);
    let shapes = part(&out, "xl/drawings/vmlDrawing1.vml");
    assert_eq!(shapes.matches("<v:shape ").count(), 3);
    // The records themselves are untouched, and the marked file imports again.
    let after = read(&out).expect("readable");
    assert_eq!(texts(&after), texts(&before));
    assert_eq!(after.unknown, vec![REASON_HEADER]);
}

#[test]
fn parts_that_have_nothing_to_do_with_it_are_the_same_bytes() {
    let scratch = Scratch::new();
    let path = ledger(&scratch);
    let table = read(&path).expect("readable");
    let out = marked(&scratch, &path, &table, &marks());
    for name in
        ["xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/sharedStrings.xml", "docProps/core.xml"]
    {
        assert_eq!(part(&out, name), part(&path, name), "{name}");
    }
}

#[test]
fn marking_again_replaces_the_earlier_marks() {
    let scratch = Scratch::new();
    let path = ledger(&scratch);
    let table = read(&path).expect("readable");
    let first = marked(&scratch, &path, &table, &marks());
    let again = scratch.path("again.xlsx");
    let only = [wrong(4, 1, "代码重复", None)];
    let done = mark(&first, &target("台账", 2), &only, &again).expect("marked");
    assert_eq!(done.reason_column, 3);
    keep(&again);
    assert_eq!(cell(&again, "台账", 1, 3), REASON_HEADER);
    assert_eq!(cell(&again, "台账", 2, 3), "");
    assert_eq!(cell(&again, "台账", 3, 3), "代码重复");
    assert!(is_red(&again, "台账", 3, 1));
    assert!(!is_red(&again, "台账", 2, 1) && !is_red(&again, "台账", 4, 2));
    let notes = part(&again, "xl/comments1.xml");
    assert!(notes.contains("代码重复") && !notes.contains("人数没有填"));
    assert!(notes.contains("本人备注") && !notes.contains("校验位"), "{notes}");
    let count = notes.matches("<comment ").count();
    assert_eq!(part(&again, "xl/drawings/vmlDrawing1.vml").matches("<v:shape ").count(), count);
}

#[test]
fn a_bare_workbook_gets_styles_notes_and_cells_in_order() {
    let scratch = Scratch::new();
    let xml = sheet_xml(&[&["名称", "代码"], &["甲", "1"], &["乙"]]);
    let path = scratch.file("bare.xlsx", &raw_workbook(&xml));
    let table = read(&path).expect("readable");
    let out = marked(
        &scratch,
        &path,
        &table,
        &[wrong(3, 1, "代码没有填", None), wrong(6, 0, "空", None)],
    );
    assert_eq!(cell(&out, "一", 2, 2), "代码没有填");
    assert!(is_red(&out, "一", 2, 1) && is_red(&out, "一", 5, 0) && !is_red(&out, "一", 1, 1));
    assert!(part(&out, "xl/comments1.xml").contains("代码没有填"));
    let sheet = part(&out, "xl/worksheets/sheet1.xml");
    assert!(
        sheet.find("<legacyDrawing").expect("a drawing")
            > sheet.find("</sheetData>").expect("rows")
    );
    assert!(sheet.find("<cols>").expect("columns") < sheet.find("<sheetData>").expect("rows"));
}

#[test]
fn columns_wider_than_the_table_are_split() {
    let scratch = Scratch::new();
    let xml = sheet_xml(&[&["名称", "代码"], &["甲", "1"]]);
    let cols = r#"<cols><col min="1" max="16384" width="9"/></cols><sheetData>"#;
    let tail = r#"</sheetData><conditionalFormatting sqref="A1">
<cfRule type="expression" priority="1"><formula>1=2</formula><extLst><ext uri="{0}"/></extLst>
</cfRule></conditionalFormatting>
<pageMargins left="1" right="1" top="1" bottom="1" header="0" footer="0"/><extLst/>"#;
    let xml = xml.replace("<sheetData>", cols).replace("</sheetData>", tail);
    let path = scratch.file("wide.xlsx", &raw_workbook(&xml));
    let table = read(&path).expect("readable");
    let out = marked(&scratch, &path, &table, &[wrong(2, 1, "错", None)]);
    let sheet = part(&out, "xl/worksheets/sheet1.xml");
    for piece in
        [r#"width="9" min="1" max="2""#, r#"min="3" max="3""#, r#"width="9" min="4" max="16384""#]
    {
        assert!(sheet.contains(piece), "{sheet}");
    }
    let order = ["</sheetData>", "<pageMargins", "<legacyDrawing", "<extLst/>"];
    let places: Vec<_> = order.iter().map(|tag| sheet.find(tag).expect(tag)).collect();
    assert!(places.is_sorted(), "{sheet}");
}

#[test]
fn other_formats_come_back_as_a_marked_workbook() {
    let scratch = Scratch::new();
    let csv = scratch.file("l.csv", "台账\n名称,代码,人数\n甲,001,3\n\n乙,002,-1\n".as_bytes());
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let cases = [
        (csv, "Sheet1", 5, 2),
        (fixtures.join("ledger.xls"), "台账", 5, 3),
        (fixtures.join("ledger.ods"), "台账", 5, 3),
    ];
    for (path, sheet, row, column) in cases {
        let before = read(&path).expect("readable");
        let out = marked(
            &scratch,
            &path,
            &before,
            &[wrong(row, column, "人数不对", None), wrong(12, 0, "空", None)],
        );
        let after = read(&out).expect("readable");
        assert_eq!(texts(&after), texts(&before), "{path:?}");
        assert_eq!(after.titles, before.titles);
        assert_eq!(after.unknown.last().map(String::as_str), Some(REASON_HEADER));
        assert!(is_red(&out, sheet, row - 1, column), "{path:?}");
        assert!(is_red(&out, sheet, 11, 0), "{path:?}");
        assert!(part(&out, "xl/comments1.xml").contains("人数不对"));
    }
}

#[test]
fn a_table_of_many_texts_keeps_every_cell() {
    let scratch = Scratch::new();
    let path = scratch.workbook(|sheet| {
        let rows: Vec<[String; 2]> =
            (0..500).map(|n| [format!("单位{n}"), format!("{n}")]).collect();
        fill(sheet, &[&["名称", "代码"]]);
        for (row, cells) in (1..).zip(&rows) {
            sheet.write_string(row, 0, &cells[0]).expect("written");
            sheet.write_string(row, 1, &cells[1]).expect("written");
        }
    });
    let before = read(&path).expect("readable");
    let all: Vec<Mark> = (2..502).map(|row| wrong(row, 1, "错", None)).collect();
    let out = marked(&scratch, &path, &before, &all);
    assert_eq!(texts(&read(&out).expect("readable")), texts(&before));
    assert_eq!(cell(&out, "Sheet1", 500, 2), "错");
}

/// A workbook saved by LibreOffice: a hidden sheet first, merged cells, columns up to the last.
#[test]
fn a_workbook_from_another_program_is_marked_in_place() {
    let scratch = Scratch::new();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ledger.xlsx");
    let before = read(&path).expect("readable");
    assert_eq!(before.header_row, 3);
    let marks = [wrong(5, 0, "代码存成了数字", Some("请设为文本后重填")), wrong(6, 1, "空", None)];
    let out = marked(&scratch, &path, &before, &marks);
    assert_eq!(texts(&read(&out).expect("readable")), texts(&before));
    assert!(is_red(&out, "台账", 4, 0) && is_red(&out, "台账", 5, 1));
    assert_eq!(cell(&out, "台账", 4, 4), "代码存成了数字（请设为文本后重填）");
    assert_eq!(part(&out, "xl/worksheets/sheet1.xml"), part(&path, "xl/worksheets/sheet1.xml"));
}

/// Only the top-left cell of a merged region shows, so that is where the red and the note go.
#[test]
fn marks_under_a_merged_cell_show_on_it() {
    let scratch = Scratch::new();
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for name in ["ledger.xlsx", "ledger.xls", "ledger.ods"] {
        let path = fixtures.join(name);
        let before = read(&path).expect("readable");
        let out = marked(&scratch, &path, &before, &[wrong(5, 1, "名称不全", None)]);
        assert!(is_red(&out, "台账", 3, 1), "{name}");
        assert_eq!(cell(&out, "台账", 4, 4), "名称不全", "{name}");
        assert_eq!(cell(&out, "台账", 3, 4), "", "{name}");
        assert!(part(&out, "xl/comments1.xml").contains("ref=\"B4\""), "{name}");
        assert_eq!(texts(&read(&out).expect("readable")), texts(&before), "{name}");
    }
}
