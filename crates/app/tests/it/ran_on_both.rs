//! After the whole suite: which statements did it never run on one of the engines?

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use db::Engine;

use crate::statements::product;

/// Lines `ENGINE FILE COUNT`: so many statements of a file need not have run yet. Counted by file,
/// as line numbers move with every edit.
const LIST: &str = include_str!("../../../testkit/not-yet-ran.txt");

#[test]
#[ignore = "reads what the whole suite noted; `make test` runs it last"]
fn every_statement_ran_on_both_engines() {
    let folder = std::env::var("TONGPIN_RAN").expect("`make test` sets TONGPIN_RAN");
    let notes = std::fs::read_to_string(Path::new(&folder).join("ran.txt"))
        .expect("the suite ran before and noted its statements");
    let ran: HashSet<&str> = notes.lines().collect();
    let mut complaints = Vec::new();
    let mut missing: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        for (place, text) in product(engine) {
            if !ran.contains(&*format!("{engine} {place}")) {
                let file = place.rsplit_once(':').map_or(place, |(file, _)| file);
                let line = format!("    {place}  {}", text.chars().take(60).collect::<String>());
                missing.entry((engine.to_string(), file)).or_default().push(line);
            }
        }
    }
    let mut allowed = allowed();
    for ((engine, file), places) in missing {
        let most = allowed.remove(&(engine.clone(), file)).unwrap_or(0);
        if places.len() > most {
            let places = places.join("\n");
            complaints.push(format!("never ran on {engine} ({most} allowed):\n{places}"));
        } else if places.len() < most {
            complaints.push(format!("lower to {}: {engine} {file} {most}", places.len()));
        }
    }
    complaints.extend(allowed.keys().map(|(engine, file)| format!("remove: {engine} {file}")));
    assert!(
        complaints.is_empty(),
        "crates/testkit/not-yet-ran.txt and the suite disagree:\n{}",
        complaints.join("\n")
    );
}

fn allowed() -> BTreeMap<(String, &'static str), usize> {
    let lines = LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut words = line.split(' ');
            let mut word = || words.next().unwrap_or_else(|| panic!("ENGINE FILE COUNT: {line}"));
            let (engine, file, count) = (word(), word(), word());
            ((engine.to_owned(), file), count.parse().expect("a count"))
        })
        .collect()
}
