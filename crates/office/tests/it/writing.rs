//! Templates and exports read back as they were written.

use std::ops::ControlFlow;

use jiff::civil::date;
use office::{
    Cell, Choice, Export, ExportColumn, ExportSpec, Header, Limits, Out, OutKind, TemplateColumn,
    TemplateKind, TemplateSpec, read_table, template,
};
use proptest::prelude::*;

use crate::fixtures::{Scratch, WANTED, keep, read};

fn column(header: &str, kind: OutKind) -> ExportColumn {
    ExportColumn { header: header.to_owned(), width: 20.0, kind }
}

fn spec(titles: &[&str]) -> ExportSpec {
    ExportSpec {
        sheet: "台账".to_owned(),
        titles: titles.iter().map(|title| (*title).to_owned()).collect(),
        columns: vec![
            column("名称", OutKind::Text),
            column("代码", OutKind::Text),
            column("人数", OutKind::Integer),
        ],
        created: date(2021, 10, 20),
    }
}

fn export(rows: &[(String, String, i64)]) -> Vec<u8> {
    let mut export = Export::new(&spec(&["两新组织台账", "截至2021-10-20"])).expect("started");
    for (name, code, count) in rows {
        export.row(&[Out::Text(name), Out::Text(code), Out::Integer(*count)]).expect("written");
    }
    export.finish().expect("finished")
}

/// Any text but the control characters that XML has no way to write.
const NAMES: &str = "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]{0,20}x";

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    })]

    /// Whatever the texts are, the same texts come back, in the same rows.
    #[test]
    fn an_export_reads_back_with_the_same_texts(
        rows in prop::collection::vec((NAMES, "[0-9A-Z_x]{1,18}", 0_i64..1_000_000), 1..20)
    ) {
        let scratch = Scratch::new();
        let table = read(&scratch.file("out.xlsx", &export(&rows))).expect("readable");
        prop_assert_eq!(table.rows.len(), rows.len());
        prop_assert_eq!(table.header_row, 3);
        for (read, (name, code, count)) in table.rows.iter().zip(&rows) {
            prop_assert_eq!(read.cells[0].as_text(), name.as_str());
            prop_assert_eq!(read.cells[1].as_text(), code.as_str());
            prop_assert_eq!(read.cells[2].as_integer(), Some(*count));
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let rows = vec![("甲".to_owned(), "001".to_owned(), 3)];
    assert_eq!(export(&rows), export(&rows));
}

#[test]
fn an_export_has_a_frozen_header_filters_and_kinds() {
    let scratch = Scratch::new();
    let mut spec = spec(&[]);
    spec.columns.push(column("成立日期", OutKind::Date));
    spec.columns.push(column("覆盖率", OutKind::Percent));
    let mut export = Export::new(&spec).expect("started");
    let day = date(2021, 6, 1);
    let row = [Out::Text("甲"), Out::Text("001"), Out::Empty, Out::Date(day), Out::Number(0.424)];
    export.row(&row).expect("written");
    let bytes = export.finish().expect("finished");
    let path = scratch.file("out.xlsx", &bytes);
    keep(&path);
    let wanted = ["名称", "代码", "人数", "成立日期", "覆盖率"].map(|name| Header {
        name,
        aliases: &[],
        required: true,
    });
    let go_on = &mut |_| ControlFlow::Continue(());
    let table = read_table(&path, &wanted, &Limits::default(), go_on).expect("readable");
    let cells = &table.rows[0].cells;
    assert_eq!(cells[1], Cell::text("001"));
    assert_eq!(cells[2], Cell::Empty);
    assert_eq!(cells[3], Cell::Date(day));
    assert_eq!(cells[4], Cell::number(0.424));
    let sheet = part(&path, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("<autoFilter ref=\"A1:E2\""), "{sheet}");
    assert!(sheet.contains("state=\"frozen\""));
    assert!(Export::new(&ExportSpec { columns: vec![], ..spec }).is_err());
}

pub fn part(path: &std::path::Path, name: &str) -> String {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).expect("open")).expect("zip");
    let mut text = String::new();
    let mut part = zip.by_name(name).expect(name);
    std::io::Read::read_to_string(&mut part, &mut text).expect("text");
    text
}

fn form() -> TemplateSpec {
    let column = |header: &str, kind| TemplateColumn {
        header: header.to_owned(),
        width: 18.0,
        kind,
        required: header == "名称",
        note: Some(format!("请填写{header}")),
    };
    let towns = ["张浦镇", "周市镇"].map(str::to_owned).to_vec();
    TemplateSpec {
        sheet: "填报".to_owned(),
        title: "单位台账".to_owned(),
        explanation: "一行一个单位。\n带 * 的必填。".to_owned(),
        version: "ledger-1".to_owned(),
        columns: vec![
            column("名称", TemplateKind::Text),
            column("代码", TemplateKind::Text),
            column("人数", TemplateKind::Integer { min: 0, max: 100_000 }),
            column("区镇", TemplateKind::Choice(Choice { values: towns, strict: true })),
        ],
        created: date(2021, 10, 20),
    }
}

#[test]
fn an_empty_template_reads_as_having_no_rows() {
    let scratch = Scratch::new();
    let path = scratch.file("t.xlsx", &template(&form()).expect("written"));
    assert!(matches!(read(&path), Err(office::Unreadable::Empty)));
    assert_eq!(template(&form()).expect("written"), std::fs::read(&path).expect("read"));
    let sheet = part(&path, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("_lists!$E$1:$E$2"), "the dropdown takes its values from the list");
    assert!(sheet.contains("type=\"whole\""));
    assert!(sheet.contains("<mergeCell ref=\"A1:D1\"/>"));
    assert!(part(&path, "xl/workbook.xml").contains("state=\"veryHidden\""));
    assert!(part(&path, "xl/comments1.xml").contains("请填写代码"));
    keep(&path);
}

/// A filled template is one whose sheet gets a row; the version comes along.
#[test]
fn a_filled_template_carries_its_version() {
    let scratch = Scratch::new();
    let path = scratch.file("t.xlsx", &template(&form()).expect("written"));
    let sheet = part(&path, "xl/worksheets/sheet1.xml");
    let row = r#"<row r="4"><c r="A4" t="inlineStr"><is><t>甲</t></is></c></row></sheetData>"#;
    let filled = sheet.replace("</sheetData>", row);
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&path).expect("open")).expect("zip");
    let names: Vec<String> =
        zip.file_names().map(|name| name.expect("a name").into_owned()).collect();
    drop(zip.by_index(0));
    let texts: Vec<String> = names.iter().map(|name| part(&path, name)).collect();
    let parts: Vec<(&str, &str)> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| {
            let text = if name == "xl/worksheets/sheet1.xml" { &filled } else { text };
            (name.as_str(), text.as_str())
        })
        .collect();
    let table = read(&scratch.container("filled.xlsx", &parts)).expect("readable");
    assert_eq!(table.template_version.as_deref(), Some("ledger-1"));
    assert_eq!(table.titles[0], "单位台账");
    assert_eq!(table.rows[0].number, 4);
    assert_eq!(table.columns.len(), WANTED.len());
}
