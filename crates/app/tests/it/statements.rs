//! Every SQL statement of the whole product is one that both engines understand.

use std::collections::BTreeSet;

use db::{Engine, STATEMENTS, set::SET_STATEMENTS};
use testkit::{TestDb, on_both};

// Linked for the statements that they register.
use organisations as _;
use people as _;
use places as _;
use reports as _;
use sales as _;

/// `sql!(sqlite: …, postgres: …)` in the product. May only shrink.
const ESCAPES: usize = 1;

/// Place and text of every statement outside tests.
pub(crate) fn product(engine: Engine) -> Vec<(&'static str, &'static str)> {
    let plain = STATEMENTS.iter().map(|one| (one.place, one.text(engine)));
    let sets = SET_STATEMENTS.iter().map(|one| (one.place, one.text(engine)));
    plain.chain(sets).filter(|(place, _)| place.contains("/src/")).collect()
}

on_both!(every_statement_of_the_product_prepares);

async fn every_statement_of_the_product_prepares(db: TestDb) {
    let mut refused = Vec::new();
    for (place, text) in product(db.engine()) {
        // A transaction each: PostgreSQL answers nothing more in one that met a refusal.
        let mut tx = db.read().await.unwrap();
        if let Err(why) = tx.prepare(text).await {
            refused.push(format!("{place}: {why}\n    {text}"));
        }
    }
    assert!(refused.is_empty(), "{} refuses:\n{}", db.engine(), refused.join("\n"));
}

/// The other tests of statements say nothing about a crate that is not linked here.
#[test]
fn every_crate_that_writes_sql_is_linked_here() {
    let linked: BTreeSet<&str> = product(Engine::Sqlite)
        .into_iter()
        .filter_map(|(place, _)| place.strip_prefix("crates/")?.split('/').next())
        .collect();
    let mut missing = BTreeSet::new();
    for file in crate::tidy::source::files() {
        let Some((name, rest)) =
            file.path.strip_prefix("crates/").and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        let writes = file.rust().is_some_and(|rust| rust.code.contains("sql!("));
        if rest.starts_with("src/") && writes && !linked.contains(name) {
            missing.insert(name.to_owned());
        }
    }
    assert!(missing.is_empty(), "add `use {missing:?} as _;` to {}", file!());
}

#[test]
fn two_texts_for_one_statement_stay_rare() {
    let escapes: Vec<_> = STATEMENTS
        .iter()
        .filter(|one| one.differs() && one.place.contains("/src/"))
        .map(|one| one.place)
        .collect();
    assert_eq!(
        escapes.len(),
        ESCAPES,
        "sql!(sqlite: …, postgres: …) at {escapes:#?}; fewer than before: lower ESCAPES; more: \
         find one text for both"
    );
}
