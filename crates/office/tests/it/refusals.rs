//! Files that cannot be read say why, in words, and cost little.

use std::ops::ControlFlow;

use office::{Limits, Unreadable, read_table};
use proptest::prelude::*;

use crate::fixtures::{
    Scratch, WANTED, container, fill, raw_parts, raw_workbook, read, read_with, sheet_xml,
};

fn refusal(name: &str, bytes: &[u8]) -> Unreadable {
    let scratch = Scratch::new();
    read(&scratch.file(name, bytes)).expect_err(name)
}

#[test]
fn what_is_no_spreadsheet_is_named() {
    let cases: [(&str, &[u8], Option<&str>); 6] = [
        ("a.xlsx", b"%PDF-1.7 ...", Some(" PDF")),
        ("b.xls", b"\n<html><table></table></html>", Some("网页（有些系统把网页存成 .xls）")),
        ("c.csv", b"\x89PNG\r\n\x1a\n", Some("图片")),
        ("d.csv", b"\x01\x02\x03 binary", None),
        ("e.xlsx", &container(&[("readme.txt", "x")]), Some("压缩包")),
        (
            "f.xlsx",
            &container(&[
                ("[Content_Types].xml", ""),
                ("_rels/.rels", ""),
                ("word/document.xml", ""),
            ]),
            Some("Word 文档"),
        ),
    ];
    for (name, bytes, expected) in cases {
        match refusal(name, bytes) {
            Unreadable::NotASpreadsheet { looks_like } => {
                assert_eq!(looks_like, expected, "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn locked_workbooks_are_recognised() {
    let utf16: Vec<u8> = "EncryptedPackage\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let ole = [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &vec![0; 70_000], &utf16].concat();
    assert!(matches!(refusal("locked.xlsx", &ole), Unreadable::Encrypted));
    let ods = container(&[
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", "<manifest:encryption-data/>"),
        ("content.xml", "?"),
    ]);
    assert!(matches!(refusal("locked.ods", &ods), Unreadable::Encrypted));
}

#[test]
fn a_container_that_unpacks_to_too_much_is_stopped() {
    let spaces = " ".repeat(20 << 20);
    let bomb = raw_workbook(&spaces);
    assert!(matches!(refusal("ratio.xlsx", &bomb), Unreadable::Bomb));
    let scratch = Scratch::new();
    let book =
        scratch.file("b.xlsx", &raw_workbook(&sheet_xml(&[&["名称", "代码"], &["甲", "1"]])));
    let tight = Limits { unpacked_bytes: 1000, ..Limits::default() };
    assert!(matches!(read_with(&book, &tight), Err(Unreadable::Bomb)));
    assert!(read(&book).is_ok());
}

/// The directory says 100 bytes; the part holds far more.
#[test]
fn a_directory_that_lies_about_sizes_is_stopped() {
    let rows: Vec<&[&str]> = std::iter::once(["名称", "代码"].as_slice())
        .chain(std::iter::repeat_n(["甲", "1"].as_slice(), 10_000))
        .collect();
    let xml = sheet_xml(&rows);
    let mut bytes = raw_workbook(&xml);
    let honest = u32::try_from(xml.len()).expect("small").to_le_bytes();
    let mut lies = 0;
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == honest {
            bytes[at..at + 4].copy_from_slice(&100_u32.to_le_bytes());
            lies += 1;
        }
    }
    assert!(lies >= 1, "the size stands in the directory");
    let error = refusal("lying.xlsx", &bytes);
    assert!(matches!(error, Unreadable::Bomb), "{error:?}");
}

#[test]
fn too_many_rows_stop_early_with_and_without_a_dimension() {
    let limits = Limits { rows: 1000, ..Limits::default() };
    let rows: Vec<Vec<String>> =
        (0..=1000).map(|n| vec![format!("单位{n}"), format!("{n}")]).collect();
    let scratch = Scratch::new();
    let book = scratch.workbook(|sheet| {
        fill(sheet, &[&["名称", "代码"]]);
        for (row, cells) in (1..).zip(&rows) {
            sheet.write_string(row, 0, &cells[0]).expect("written");
        }
    });
    let mut most = 0;
    let error = read_table(&book, WANTED, &limits, &mut |rows| {
        most = most.max(rows);
        ControlFlow::Continue(())
    });
    assert!(matches!(error, Err(Unreadable::TooManyRows { limit: 1000 })));
    assert!(most <= 1000);
    let mut lines = String::from("名称,代码\n");
    for cells in &rows {
        lines.extend([&cells[0], ",", &cells[1], "\n"]);
    }
    let csv = scratch.file("many.csv", lines.as_bytes());
    assert!(matches!(read_with(&csv, &limits), Err(Unreadable::TooManyRows { .. })));
    let enough = Limits { rows: 1001, ..limits };
    assert_eq!(read_with(&csv, &enough).expect("just enough").rows.len(), 1001);
    let mut xml_rows: Vec<&[&str]> = vec![&["名称", "代码"]];
    xml_rows.extend(std::iter::repeat_n(["甲", "1"].as_slice(), 1001));
    let bare = scratch.file("bare.xlsx", &raw_workbook(&sheet_xml(&xml_rows)));
    assert!(matches!(read_with(&bare, &limits), Err(Unreadable::TooManyRows { .. })));
}

#[test]
fn headers_that_do_not_fit_say_what_is_wrong() {
    let scratch = Scratch::new();
    let csv = |text: &str| read(&scratch.file("h.csv", text.as_bytes()));
    match csv("随便,什么\n1,2\n") {
        Err(Unreadable::NoHeader { missing }) => assert_eq!(missing, vec!["名称", "代码"]),
        other => panic!("{other:?}"),
    }
    match csv("名称,人数\n甲,2\n") {
        Err(Unreadable::MissingColumns(missing)) => assert_eq!(missing, vec!["代码"]),
        other => panic!("{other:?}"),
    }
    match csv("名称,代码,代码*\n甲,2,3\n") {
        Err(Unreadable::DuplicateColumn(names)) => assert_eq!(names, vec!["代码"]),
        other => panic!("{other:?}"),
    }
    assert!(matches!(csv("名称,代码\n\n , \n"), Err(Unreadable::Empty)));
    let wide = format!("名称,代码\n{}", "x,".repeat(600));
    assert!(matches!(csv(&wide), Err(Unreadable::TooManyColumns { limit: 512 })));
}

#[test]
fn what_was_cut_off_is_called_incomplete() {
    let scratch = Scratch::new();
    let book = scratch.workbook(|sheet| fill(sheet, &[&["名称", "代码"], &["甲", "1"]]));
    let whole = std::fs::read(book).expect("read");
    for part in [4, whole.len() / 2, whole.len() - 10] {
        assert!(matches!(refusal("cut.xlsx", &whole[..part]), Unreadable::Truncated), "{part}");
    }
    let cases: [(&str, &[u8]); 4] = [
        ("empty.xlsx", b""),
        ("quote.csv", "名称,代码\n\"甲,1\n乙,2\n".as_bytes()),
        ("char.csv", &"名称,代码\n甲,乙".as_bytes()[..20]),
        ("ole.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and no more"),
    ];
    for (name, bytes) in cases {
        assert!(matches!(refusal(name, bytes), Unreadable::Truncated), "{name}");
    }
    let xml = sheet_xml(&[&["名称", "代码"], &["甲", "1"]]);
    let cut = xml.trim_end_matches("</sheetData></worksheet>");
    assert!(matches!(refusal("xml.xlsx", &raw_workbook(cut)), Unreadable::Truncated));
    let mut parts = raw_parts(&xml);
    parts.pop();
    assert!(matches!(refusal("part.xlsx", &container(&parts)), Unreadable::Truncated));
}

/// A part whose bytes were damaged inflates to something else than its checksum.
#[test]
fn a_damaged_part_is_called_incomplete() {
    let texts: Vec<String> = (0..5000).map(|n| format!("{n}")).collect();
    let cells: Vec<[&str; 2]> = texts.iter().map(|text| ["甲", text.as_str()]).collect();
    let mut rows: Vec<&[&str]> = vec![&["名称", "代码"]];
    rows.extend(cells.iter().map(<[&str; 2]>::as_slice));
    let mut bytes = raw_workbook(&sheet_xml(&rows));
    let middle = bytes.len() / 2;
    bytes[middle..middle + 16].fill(0xA5);
    // Damaged bytes may unpack to more than was declared before the checksum is looked at.
    let error = refusal("damaged.xlsx", &bytes);
    assert!(matches!(error, Unreadable::Truncated | Unreadable::Bomb), "{error:?}");
}

#[test]
fn reading_stops_when_asked() {
    let scratch = Scratch::new();
    let lines = "甲,1\n".repeat(5000);
    let csv = scratch.file("long.csv", format!("名称,代码\n{lines}").as_bytes());
    let mut heard = Vec::new();
    let result = read_table(&csv, WANTED, &Limits::default(), &mut |rows| {
        heard.push(rows);
        if rows >= 2000 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(result, Err(Unreadable::Cancelled)));
    assert_eq!(heard, vec![0, 1000, 2000]);
}

#[test]
fn every_refusal_has_three_parts_and_a_code() {
    let refusals = [
        Unreadable::NotASpreadsheet { looks_like: Some("图片") },
        Unreadable::Encrypted,
        Unreadable::Bomb,
        Unreadable::TooManyRows { limit: 1_000_000 },
        Unreadable::TooManyColumns { limit: 512 },
        Unreadable::NoHeader { missing: vec!["名称".into()] },
        Unreadable::MissingColumns(vec!["代码".into()]),
        Unreadable::DuplicateColumn(vec!["代码".into()]),
        Unreadable::Empty,
        Unreadable::Truncated,
        Unreadable::Cancelled,
        Unreadable::Io(std::io::Error::from(std::io::ErrorKind::NotFound)),
    ];
    let mut codes = std::collections::HashSet::new();
    for refusal in refusals {
        let explained = refusal.explain();
        assert!(explained.next.starts_with('请') || explained.next.starts_with('需'));
        assert_eq!(explained.to_string().matches('。').count(), 3, "{explained}");
        assert!(codes.insert(refusal.code()));
    }
}

fn committed(name: &str) -> Vec<u8> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    std::fs::read(folder.join(name)).expect(name)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to a file on its way, reading it ends with rows or a refusal.
    #[test]
    fn damaged_files_never_bring_the_reader_down(
        name in prop::sample::select(vec!["ledger.xls", "ledger.ods", "ledger.xlsx"]),
        blows in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = committed(name);
        for (at, byte) in blows {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let scratch = Scratch::new();
        if let Err(error) = read(&scratch.file(name, &bytes)) {
            prop_assert!(!error.explain().happened.is_empty());
        }
    }

    /// The same for the text inside a worksheet, where no checksum protects the reader.
    #[test]
    fn damaged_worksheets_never_bring_the_reader_down(
        blows in prop::collection::vec(
            (any::<prop::sample::Index>(), "[<>/a-z0-9\"= ]{0,6}"),
            1..6,
        ),
    ) {
        let mut xml = sheet_xml(&[&["名称", "代码"], &["甲", "1"], &["乙", "2"]]);
        for (at, text) in blows {
            let mut at = at.index(xml.len());
            while !xml.is_char_boundary(at) {
                at -= 1;
            }
            xml.insert_str(at, &text);
        }
        let scratch = Scratch::new();
        let path = scratch.file("blows.xlsx", &raw_workbook(&xml));
        if let Ok(table) = read(&path) {
            prop_assert!(!table.rows.is_empty());
        }
    }
}
