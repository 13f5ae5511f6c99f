//! Each table belongs to one crate, and only that crate's SQL touches it.

use std::collections::BTreeMap;

use super::{files, require_none, source::File};

/// Reads every table, to put them side by side; writes only its own.
const READS_ALL: &str = "reports";

/// What a statement does with the table that is named next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Reads,
    Writes,
}

#[test]
fn sql_stays_with_the_crate_that_owns_the_table() {
    let files = files();
    let owners = owners(&files);
    assert!(owners.contains_key("journal"), "no tables were found");
    let mut complaints = Vec::new();
    for file in &files {
        let (Some(user), Some(rust)) = (file.source_of(), file.rust()) else { continue };
        for (line, text) in &rust.strings {
            for (table, what) in tables(text) {
                let Some(owner) = owners.get(table) else { continue };
                let may = *owner == user || (user == READS_ALL && what == Use::Reads);
                if !may {
                    let path = &file.path;
                    complaints.push(format!("{path}:{line}: `{table}` is owned by {owner}"));
                }
            }
        }
    }
    require_none(complaints);
}

#[test]
fn every_migration_names_its_owner() {
    let files = files();
    let crates: Vec<_> = files.iter().filter_map(File::source_of).collect();
    let mut complaints = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("migrations/")) {
        match owner(file) {
            None => complaints.push(format!("{}: say `Owned by CRATE.` first", file.path)),
            Some(name) if !crates.contains(&name) => {
                complaints.push(format!("{}: there is no crate `{name}`", file.path));
            }
            Some(_) => {}
        }
    }
    require_none(complaints);
}

/// The crate that a migration's first comment names.
fn owner(file: &File) -> Option<&str> {
    let comment = file.text.lines().take_while(|line| line.starts_with("--"));
    let line = comment.into_iter().find(|line| line.contains("Owned by "))?;
    line.split_once("Owned by ")?.1.split('.').next()
}

/// Table to owning crate.
fn owners(files: &[File]) -> BTreeMap<&str, &str> {
    // Made by the migrator itself, before any migration can run.
    let mut owners = BTreeMap::from([("schema_migration", "db")]);
    for file in files.iter().filter(|file| file.path.starts_with("migrations/")) {
        let Some(owner) = owner(file) else { continue };
        for line in file.text.lines() {
            let rest = ["CREATE TABLE ", "CREATE VIRTUAL TABLE ", "CREATE VIEW "]
                .iter()
                .find_map(|begin| line.trim_start().strip_prefix(begin));
            if let Some(rest) = rest {
                let rest = rest.strip_prefix("IF NOT EXISTS ").unwrap_or(rest);
                owners.insert(identifier(rest), owner);
            }
        }
    }
    owners
}

fn identifier(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
    &text[..end.unwrap_or(text.len())]
}

/// Every name that stands in the place of a table, wherever it may be in the text.
fn tables(sql: &str) -> Vec<(&str, Use)> {
    let mut found = Vec::new();
    let mut before = ["", ""];
    // A comma in a list after FROM names one more table.
    let mut in_from = false;
    for token in tokens(sql) {
        let table = match before[1] {
            "FROM" if before[0] == "DELETE" => Some(Use::Writes),
            "INTO" | "UPDATE" | "TABLE" => Some(Use::Writes),
            "FROM" | "JOIN" => Some(Use::Reads),
            "," if in_from => Some(Use::Reads),
            _ => None,
        };
        let is_name = token.starts_with(|letter: char| letter.is_lowercase() || letter == '_');
        if let (Some(what), true) = (table, is_name) {
            found.push((token, what));
        }
        match token {
            "FROM" => in_from = true,
            "WHERE" | "SELECT" | "SET" | "GROUP" | "ORDER" | "ON" | "(" | ")" => in_from = false,
            _ => {}
        }
        before = [before[1], token];
    }
    found
}

/// Words and single signs.
fn tokens(sql: &str) -> impl Iterator<Item = &str> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\\');
        let word = identifier(rest).len();
        let sign = rest.chars().next().map_or(0, char::len_utf8);
        let (token, after) = rest.split_at(if word > 0 { word } else { sign });
        rest = after;
        (!token.is_empty()).then_some(token)
    })
}

#[test]
fn tables_are_found_where_they_stand() {
    let cases = [
        (
            "SELECT unit.id FROM unit JOIN town ON town.id = unit.town WHERE a IN (1, place)",
            vec![("unit", Use::Reads), ("town", Use::Reads)],
        ),
        ("DELETE FROM unit WHERE id = $1", vec![("unit", Use::Writes)]),
        (
            "INSERT INTO unit (id) SELECT id FROM \\\n    town t, place p",
            vec![("unit", Use::Writes), ("town", Use::Reads), ("place", Use::Reads)],
        ),
        ("UPDATE unit SET a = (SELECT MAX(b) FROM (SELECT 1))", vec![("unit", Use::Writes)]),
        ("ON CONFLICT DO UPDATE SET a = 1", vec![]),
        ("导入 FROM 文件", vec![]),
    ];
    for (sql, wanted) in cases {
        assert_eq!(tables(sql), wanted, "{sql}");
    }
}
