//! Migrations: one set of files for both engines, run alone at start.
//!
//! The files are written in PostgreSQL's types and run verbatim on both engines. Where one engine
//! needs words of its own (a full-text table), they stand between `-- only sqlite` or
//! `-- only postgres` and `-- both`; a ratchet test counts these.

use kernel::Cx;
use sha2::{Digest, Sha256};

use crate::{Db, Engine, Fault, Result, args, sql};

/// One migration file.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// File name without its ending: `0001_ground`.
    pub name: &'static str,
    /// The whole text.
    pub text: &'static str,
}

macro_rules! migrations {
    ($($name:literal),+ $(,)?) => {
        &[$(Migration {
            name: $name,
            text: include_str!(concat!("../../../migrations/", $name, ".sql")),
        }),+]
    };
}

/// Every migration, in order.
pub const MIGRATIONS: &[Migration] = migrations![
    "0001_ground",
    "0002_people",
    "0003_places",
    "0004_organisations",
    "0005_citizens",
    "0006_merchants",
    "0007_campaigns",
    "0008_vouchers",
    "0009_sales",
    "0010_challenges",
    "0011_voucher_reservations",
    "0012_waiting_and_flags",
];

/// Brings the database to this binary's shape. Several nodes may start at once: one does the
/// work, the others wait for it.
///
/// # Errors
/// [`Fault::Invariant`] when a migration that ran before has another text now, or when the
/// database was made by a newer binary.
pub async fn migrate(db: &Db, cx: &Cx) -> Result<usize> {
    let mut tx = db.write().await?;
    if db.engine() == Engine::Postgres {
        // Held until the commit; the number only has to be ours.
        tx.run_text("SELECT pg_advisory_xact_lock(7463001)".to_owned()).await?;
    }
    tx.run_text(
        "CREATE TABLE IF NOT EXISTS schema_migration (name TEXT PRIMARY KEY, \
         sha256 BYTEA NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
            .to_owned(),
    )
    .await?;
    let select = sql!("SELECT name, sha256 FROM schema_migration ORDER BY name");
    let done =
        tx.all(select, args![], |row| Ok((row.get::<String>(0)?, row.get::<Vec<u8>>(1)?))).await?;
    check_known(&done)?;
    let mut ran = 0;
    for migration in MIGRATIONS.iter().skip(done.len()) {
        tx.run_text(for_engine(migration.text, db.engine())).await?;
        let insert =
            sql!("INSERT INTO schema_migration (name, sha256, applied_at) VALUES ($1, $2, $3)");
        tx.run(insert, args![migration.name, digest(migration.text), cx.now]).await?;
        ran += 1;
    }
    tx.commit().await?;
    Ok(ran)
}

fn check_known(done: &[(String, Vec<u8>)]) -> Result<()> {
    for (place, (name, sha256)) in done.iter().enumerate() {
        let Some(migration) = MIGRATIONS.get(place) else {
            return Err(Fault::Invariant(format!(
                "the database was made by a newer tongpin (it has {name}): use that one"
            )));
        };
        if migration.name != name || digest(migration.text) != *sha256 {
            return Err(Fault::Invariant(format!(
                "migration {name} ran here with another text: this binary is of another line"
            )));
        }
    }
    Ok(())
}

fn digest(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

fn for_engine(text: &str, engine: Engine) -> String {
    let mut wanted = true;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        match line.trim() {
            "-- only sqlite" => wanted = engine == Engine::Sqlite,
            "-- only postgres" => wanted = engine == Engine::Postgres,
            "-- both" => wanted = true,
            _ if wanted => {
                kept.push_str(line);
                kept.push('\n');
            }
            _ => {}
        }
    }
    kept
}
