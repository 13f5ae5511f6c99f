//! Migrations run once, alone, and only on a database that is of this binary's line.

use db::{
    Fault, OpenError, args,
    migrate::{MIGRATIONS, migrate},
    sql,
};
use testkit::{Engine, Locale, TestDb, on_both};

on_both!(
    a_second_run_does_nothing,
    two_nodes_at_once_do_it_once,
    a_changed_text_is_refused,
    a_newer_database_is_refused,
);

async fn a_second_run_does_nothing(db: TestDb) {
    assert_eq!(migrate(&db, &db.cx()).await.unwrap(), 0);
    let empty = TestDb::empty(db.engine()).await;
    assert_eq!(migrate(&empty, &empty.cx()).await.unwrap(), MIGRATIONS.len());
    assert_eq!(migrate(&empty, &empty.cx()).await.unwrap(), 0);
    empty.drop_database().await;
}

async fn two_nodes_at_once_do_it_once(db: TestDb) {
    let empty = TestDb::empty(db.engine()).await;
    let runs: Vec<_> = (0..4)
        .map(|_| {
            let empty = empty.clone();
            tokio::spawn(async move {
                let node = empty.second_node().await;
                let ran = migrate(&node, &empty.cx()).await;
                node.close().await;
                ran
            })
        })
        .collect();
    let mut ran = 0;
    for run in runs {
        ran += run.await.unwrap().unwrap();
    }
    assert_eq!(ran, MIGRATIONS.len());
    empty.drop_database().await;
}

async fn refusal(db: &TestDb) -> String {
    match migrate(db, &db.cx()).await {
        Err(Fault::Invariant(why)) => why,
        other => panic!("{other:?}"),
    }
}

async fn a_changed_text_is_refused(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let change = sql!("UPDATE schema_migration SET sha256 = $1 WHERE name = $2");
    tx.run(change, args![vec![0u8; 32], MIGRATIONS[0].name]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(refusal(&db).await.contains(MIGRATIONS[0].name));
}

async fn a_newer_database_is_refused(db: TestDb) {
    let mut tx = db.write().await.unwrap();
    let insert = sql!(
        "INSERT INTO schema_migration (name, sha256, applied_at) VALUES ('9999_later', $1, $2)"
    );
    tx.run(insert, args![vec![0u8; 32], db.cx().now]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(refusal(&db).await.contains("9999_later"));
}

/// Lists would sort differently from SQLite's.
#[tokio::test]
async fn postgres_with_another_order_of_text_is_refused() {
    for wrong in [Locale::English, Locale::NoEncoding] {
        match TestDb::collated(wrong).await {
            Err(OpenError::Collation(_)) => {}
            Err(other) => panic!("{wrong:?}: {other}"),
            Ok(_) => panic!("{wrong:?} was accepted"),
        }
    }
    let right = TestDb::collated(Locale::C).await.unwrap();
    assert_eq!(right.engine(), Engine::Postgres);
    right.drop_database().await;
}

#[test]
fn migrations_are_numbered_in_order_and_none_is_forgotten() {
    let names: Vec<_> = MIGRATIONS.iter().map(|one| one.name).collect();
    for (place, name) in names.iter().enumerate() {
        assert!(name.starts_with(&format!("{:04}_", place + 1)), "{name}");
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter_map(|file| file.strip_suffix(".sql").map(str::to_owned))
        .collect();
    files.sort();
    assert_eq!(files, names, "a file lies in migrations/ that db::migrate::MIGRATIONS omits");
}
