//! docs/dependencies.md has a line for each thing that we build on, and no other.

use std::collections::BTreeSet;

const TOLD: &str = include_str!("../../../../docs/dependencies.md");
const CARGO: &str = include_str!("../../../../Cargo.toml");
const NPM: &str = include_str!("../../../../frontend/package.json");

#[test]
fn every_dependency_has_its_reason() {
    let cargo: toml::Table = CARGO.parse().expect("Cargo.toml is TOML");
    let named = cargo["workspace"]["dependencies"].as_table().expect("a table");
    let ours = |value: &toml::Value| value.get("path").is_some();
    let crates = named.iter().filter(|(_, value)| !ours(value)).map(|(name, _)| name.clone());
    let npm: serde_json::Value = serde_json::from_str(NPM).expect("package.json is JSON");
    let packages = ["dependencies", "devDependencies"]
        .into_iter()
        .filter_map(|kind| npm[kind].as_object())
        .flat_map(|named| named.keys().cloned());
    let used: BTreeSet<String> = crates.chain(packages).collect();
    assert_eq!(used, told(), "left: what is used; right: what docs/dependencies.md tells");
}

/// The first column of its tables, of rows that give a reason.
fn told() -> BTreeSet<String> {
    let name = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let reason = cells.get(4)?;
        let name = cells.get(1)?.strip_prefix('`')?.strip_suffix('`')?;
        (!reason.is_empty()).then(|| name.to_owned())
    };
    TOLD.lines().filter_map(name).collect()
}
