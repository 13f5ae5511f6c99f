//! Which crate may use which: Cargo's own answer against the table in ARCHITECTURE.md.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use super::{files, require_none};

type Layers = BTreeMap<String, BTreeSet<String>>;

#[test]
fn crates_use_each_other_as_the_architecture_says() {
    let files = files();
    // Nothing to compare with until the document is written.
    let Some(document) = files.iter().find(|file| file.path == "ARCHITECTURE.md") else { return };
    let (built, told) = (built(), told(&document.text));
    let mut complaints = Vec::new();
    for name in built.keys().chain(told.keys()).collect::<BTreeSet<_>>() {
        match (built.get(name), told.get(name)) {
            (Some(_), None) => complaints.push(format!("{name} is not in ARCHITECTURE.md")),
            (None, Some(_)) => complaints.push(format!("{name} is in ARCHITECTURE.md alone")),
            (Some(built), Some(told)) if built != told => {
                complaints.push(format!("{name} uses {built:?}, ARCHITECTURE.md says {told:?}"));
            }
            _ => {}
        }
    }
    require_none(complaints);
}

/// What each crate's Cargo.toml names, without what only its tests use.
fn built() -> Layers {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let answer = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline", "--manifest-path"])
        .arg(manifest)
        .output()
        .expect("cargo runs");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).expect("JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let packages = answer["packages"].as_array().expect("a list of packages");
    let ours: BTreeSet<String> = packages.iter().map(|one| text(&one["name"])).collect();
    let uses = |package: &serde_json::Value| {
        let named = package["dependencies"].as_array().into_iter().flatten();
        let lasting = named.filter(|one| one["kind"].is_null());
        lasting.map(|one| text(&one["name"])).filter(|name| ours.contains(name)).collect()
    };
    packages.iter().map(|package| (text(&package["name"]), uses(package))).collect()
}

/// The rows of the table whose heads are `crate` and `may use`.
fn told(document: &str) -> Layers {
    let mut layers = Layers::new();
    let mut columns = None;
    for line in document.lines() {
        let Some(row) = line.trim().strip_prefix('|') else {
            columns = None;
            continue;
        };
        let cells: Vec<&str> = row
            .trim_end_matches('|')
            .split('|')
            .map(|cell| cell.trim().trim_matches('`'))
            .collect();
        let Some((name, uses)) = columns else {
            let place = |head: &str| cells.iter().position(|cell| cell.eq_ignore_ascii_case(head));
            columns = place("crate").zip(place("may use"));
            continue;
        };
        let (Some(name), Some(uses)) = (cells.get::<usize>(name), cells.get::<usize>(uses)) else {
            continue;
        };
        if name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            let words = uses
                .split([',', ' ', '`', '、'])
                .filter(|word| word.starts_with(|letter: char| letter.is_ascii_lowercase()));
            layers.insert((*name).to_owned(), words.map(str::to_owned).collect());
        }
    }
    layers
}

#[test]
fn the_table_is_read() {
    let document = "| crate | what for | may use |\n|---|---|---|\n| `web` | pages | `kernel`, db |\n\
                    | kernel | words | — |\n\n| crate | size |\n|---|---|\n| office | 3 |\n";
    let layers = told(document);
    let row = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let wanted =
        Layers::from([("web".to_owned(), row(&["db", "kernel"])), ("kernel".to_owned(), row(&[]))]);
    assert_eq!(layers, wanted);
}
