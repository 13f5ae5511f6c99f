//! Figures for 100,000 rows of 16 columns; run with `--ignored` in release.

use std::ops::ControlFlow;

use office::{Header, Limits, read_table};

/// Reads the file named by `OFFICE_BENCH_FILE` and prints rows and peak memory. The time is
/// measured by whoever runs it.
#[test]
#[ignore = "needs a large file"]
fn read_a_large_file() {
    let path = std::env::var("OFFICE_BENCH_FILE").expect("a path in OFFICE_BENCH_FILE");
    let names: Vec<String> = (0..16).map(|n| format!("列{n}")).collect();
    let wanted: Vec<Header> =
        names.iter().map(|name| Header { name, aliases: &[], required: true }).collect();
    let go_on = &mut |_| ControlFlow::Continue(());
    let table = read_table(path.as_ref(), &wanted, &Limits::default(), go_on).expect("readable");
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("?");
    println!("{} rows, {peak}", table.rows.len());
    assert_eq!(table.rows.len(), 100_000);
}

/// Marks every hundredth row of the same file.
#[test]
#[ignore = "needs a large file"]
fn mark_a_large_file() {
    let path = std::env::var("OFFICE_BENCH_FILE").expect("a path in OFFICE_BENCH_FILE");
    let out = std::env::temp_dir().join("office-marked.xlsx");
    let on = jiff::civil::date(2021, 10, 20);
    let wrong = |row| office::Mark {
        row,
        column: Some(row % 16),
        message: "不对".to_owned(),
        suggestion: None,
    };
    let marks: Vec<office::Mark> = (2..100_000).step_by(100).map(wrong).collect();
    let target = office::Target { sheet: "台账", header_row: 1, on };
    let done = office::mark(path.as_ref(), &target, &marks, &out).expect("marked");
    assert_eq!(done.rows, marks.len());
}

/// Writes one row too many, as an export does, and is refused on reading.
#[test]
#[ignore = "writes a million rows"]
fn a_million_rows_and_one() {
    let column = |n: usize| office::ExportColumn {
        header: format!("列{n}"),
        width: 12.0,
        kind: office::OutKind::Text,
    };
    let spec = office::ExportSpec {
        sheet: "台账".to_owned(),
        titles: Vec::new(),
        columns: (0..16).map(column).collect(),
        created: jiff::civil::date(2021, 10, 20),
    };
    let path = std::env::temp_dir().join("office-million.xlsx");
    let mut export = office::Export::new(&spec).expect("started");
    for n in 0..=1_000_000 {
        let name = format!("昆山市第{n}号有限公司");
        export.row(&[office::Out::Text(&name); 16]).expect("written");
    }
    let file = std::fs::File::create(&path).expect("created");
    export.finish_into(std::io::BufWriter::new(file)).expect("finished");
    let names: Vec<String> = (0..16).map(|n| format!("列{n}")).collect();
    let wanted: Vec<Header> =
        names.iter().map(|name| Header { name, aliases: &[], required: true }).collect();
    let mut heard = 0;
    let result = read_table(&path, &wanted, &Limits::default(), &mut |rows| {
        heard = heard.max(rows);
        ControlFlow::Continue(())
    });
    std::fs::remove_file(&path).expect("removed");
    assert!(matches!(result, Err(office::Unreadable::TooManyRows { limit: 1_000_000 })));
    assert_eq!(heard, 1_000_000);
}
