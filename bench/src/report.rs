//! The one table that a run ends with.

use crate::load::Percentiles;

/// Rows of one kind, printed as they will stand in a document.
#[derive(Default)]
pub struct Report {
    lines: Vec<String>,
}

impl Report {
    /// A heading and the head of a table.
    pub fn table(&mut self, title: &str, head: &[&str]) {
        self.lines.push(format!("\n### {title}\n"));
        self.lines.push(format!("| {} |", head.join(" | ")));
        self.lines.push(format!("|{}", "---|".repeat(head.len())));
    }

    /// One row; told at once on stderr, since a run is long.
    pub fn row(&mut self, cells: &[String]) {
        let line = format!("| {} |", cells.join(" | "));
        eprintln!("{line}");
        self.lines.push(line);
    }

    /// Everything.
    pub fn print(&self) {
        println!("{}", self.lines.join("\n"));
    }
}

/// `1.2 / 3.4 / 5.6 / 7.8`: median, 90 %, 99 %, slowest, in milliseconds.
pub fn four(one: Percentiles) -> String {
    format!("{:.1} / {:.1} / {:.1} / {:.1}", one.p50, one.p90, one.p99, one.max)
}
