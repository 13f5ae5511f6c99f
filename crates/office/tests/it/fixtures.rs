//! Files that the tests read, made in code.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use office::{Cell, Header, Limits, Table, Unreadable, read_table};
use rust_xlsxwriter::Workbook;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

/// Three wanted columns of a small ledger.
pub const WANTED: &[Header<'static>] = &[
    Header { name: "名称", aliases: &["单位名称", "企业名称"], required: true },
    Header { name: "代码", aliases: &["信用代码"], required: true },
    Header { name: "人数", aliases: &[], required: false },
];

/// A directory that goes away with the test.
pub struct Scratch(TempDir);

impl Scratch {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    /// A workbook with one sheet that the closure fills.
    pub fn workbook(&self, fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> PathBuf {
        let mut workbook = Workbook::new();
        fill(workbook.add_worksheet());
        self.file("book.xlsx", &workbook.save_to_buffer().expect("saved"))
    }

    /// A zip container of text parts.
    pub fn container(&self, name: &str, parts: &[(&str, &str)]) -> PathBuf {
        self.file(name, &container(parts))
    }
}

pub fn container(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).expect("started");
        zip.write_all(text.as_bytes()).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

/// Fills rows of texts from the first row on.
pub fn fill(sheet: &mut rust_xlsxwriter::Worksheet, rows: &[&[&str]]) {
    for (row, cells) in (0..).zip(rows) {
        for (column, text) in (0..).zip(*cells) {
            if !text.is_empty() {
                sheet.write_string(row, column, *text).expect("written");
            }
        }
    }
}

pub fn read(path: &Path) -> Result<Table, Unreadable> {
    read_with(path, &Limits::default())
}

pub fn read_with(path: &Path, limits: &Limits) -> Result<Table, Unreadable> {
    read_table(path, WANTED, limits, &mut |_| ControlFlow::Continue(()))
}

/// The rows as number and texts.
pub fn texts(table: &Table) -> Vec<(u32, Vec<String>)> {
    let text = |cell: &Cell| cell.as_text().into_owned();
    table.rows.iter().map(|row| (row.number, row.cells.iter().map(text).collect())).collect()
}

/// One expected row.
pub fn row(number: u32, texts: &[&str]) -> (u32, Vec<String>) {
    (number, texts.iter().map(|text| (*text).to_owned()).collect())
}

/// The smallest workbook whose worksheet XML the test writes itself.
pub fn raw_workbook(sheet_xml: &str) -> Vec<u8> {
    container(&raw_parts(sheet_xml))
}

pub fn raw_parts(sheet_xml: &str) -> Vec<(&'static str, &str)> {
    vec![
        (
            "[Content_Types].xml",
            r#"<?xml version="1.0"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml"
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
</Types>"#,
        ),
        (
            "_rels/.rels",
            r#"<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
Target="xl/workbook.xml"/>
</Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<?xml version="1.0"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"
xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">
<sheets><sheet name="一" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
<Relationship Id="rId1"
Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
Target="worksheets/sheet1.xml"/>
</Relationships>"#,
        ),
        ("xl/worksheets/sheet1.xml", sheet_xml),
    ]
}

/// Worksheet XML with inline strings.
pub fn sheet_xml(rows: &[&[&str]]) -> String {
    let mut xml = String::from(
        r#"<?xml version="1.0"?>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#,
    );
    for cells in rows {
        xml.push_str("<row>");
        for text in *cells {
            xml.extend([r#"<c t="inlineStr"><is><t>"#, text, "</t></is></c>"]);
        }
        xml.push_str("</row>");
    }
    xml.push_str("</sheetData></worksheet>");
    xml
}

/// Leaves a copy where `OFFICE_KEEP` says, to be opened in other programs by hand.
pub fn keep(path: &Path) {
    if let (Ok(to), Some(name)) = (std::env::var("OFFICE_KEEP"), path.file_name()) {
        std::fs::copy(path, Path::new(&to).join(name)).expect("kept");
    }
}
