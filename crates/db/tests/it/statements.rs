//! Every statement of this crate is one that both engines understand.

use db::{Engine, STATEMENTS, set::SET_STATEMENTS};
use testkit::{TestDb, on_both};

on_both!(every_statement_prepares);

async fn every_statement_prepares(db: TestDb) {
    let engine = db.engine();
    let plain = STATEMENTS.iter().map(|one| (one.place, one.text(engine)));
    let sets = SET_STATEMENTS.iter().map(|one| (one.place, one.text(engine)));
    let mut refused = Vec::new();
    let mut count = 0;
    for (place, text) in plain.chain(sets).filter(|(place, _)| place.contains("/src/")) {
        // A transaction each: PostgreSQL answers nothing more in one that met a refusal.
        let mut tx = db.read().await.unwrap();
        if let Err(why) = tx.prepare(text).await {
            refused.push(format!("{place}: {why}\n    {text}"));
        }
        count += 1;
    }
    assert!(count > 20, "only {count} statements were collected: the linker dropped the others");
    assert!(refused.is_empty(), "{engine} refuses:\n{}", refused.join("\n"));
}

#[test]
fn a_place_names_its_file_from_the_root_of_the_repository() {
    let statement = db::sql!("SELECT 1");
    assert!(statement.place.starts_with("crates/db/tests/it/statements.rs:"), "{statement:?}");
    assert_eq!(statement.text(Engine::Sqlite), statement.text(Engine::Postgres));
}
