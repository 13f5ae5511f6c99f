//! Opening the database: embedded SQLite in a folder, or PostgreSQL at an address.

use std::{fmt, path::Path, str::FromStr, time::Duration};

use sqlx::{
    ConnectOptions as _, PgPool, Row as _, SqlitePool,
    pool::PoolOptions,
    postgres::PgConnectOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::{Fault, Result, Tx, pulse::Pulse};

/// Which of the two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Embedded, one machine.
    Sqlite = 0,
    /// A server, any number of nodes.
    Postgres = 1,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// How long a caller waits for a connection or a lock before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(30);
/// Enough readers to keep both cores of a small machine busy while some wait on the disk.
const READERS: u32 = 8;
/// Every statement of the product fits, so none is prepared twice on a connection.
const STATEMENT_CACHE: usize = 512;

#[derive(Clone)]
pub(crate) enum Pools {
    /// One writer, so that a write never meets `SQLITE_BUSY` inside the process.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres {
        pool: PgPool,
    },
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pub(crate) pools: Pools,
    pub(crate) pulse: Pulse,
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The engine refused.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The folder could not be made.
    #[error("cannot make the folder: {0}")]
    Folder(#[from] std::io::Error),
    /// The address is not a PostgreSQL address.
    #[error("not a PostgreSQL address (postgres://user@host/database): {0}")]
    Address(sqlx::Error),
    /// Order of text would differ from SQLite's.
    #[error(
        "the database's collation is {0}, but lists must sort alike on both engines: create it \
         with `createdb -T template0 --locale=C --encoding=UTF8 NAME`"
    )]
    Collation(String),
}

impl Db {
    /// Opens, or makes, `tongpin.db` in this folder.
    pub async fn open_sqlite(folder: &Path) -> Result<Self, OpenError> {
        std::fs::create_dir_all(folder)?;
        let options = SqliteConnectOptions::new()
            .filename(folder.join("tongpin.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .statement_cache_capacity(STATEMENT_CACHE)
            // Whoever reads a whole table is woken for many rows at a time, not for each.
            .row_buffer_size(1_024)
            .pragma("cache_size", "-16384")
            .pragma("mmap_size", "1073741824")
            .pragma("temp_store", "MEMORY")
            .pragma("wal_autocheckpoint", "4000")
            .disable_statement_logging();
        let writer = PoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            // A large import changes more pages than a reader looks at; what does not fit is
            // written to the log early, and read again from there.
            .connect_with(options.clone().pragma("cache_size", "-65536"))
            .await
            .map_err(Fault::from)?;
        let readers = PoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(PATIENCE)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self { pools: Pools::Sqlite { writer, readers }, pulse: Pulse::default() })
    }

    /// Connects to `postgres://…`. The database must exist, encoded in UTF-8, collated as C.
    pub async fn open_postgres(address: &str) -> Result<Self, OpenError> {
        let options = PgConnectOptions::from_str(address)
            .map_err(OpenError::Address)?
            .application_name("tongpin")
            .statement_cache_capacity(STATEMENT_CACHE)
            .disable_statement_logging();
        let pool = PoolOptions::new()
            .max_connections(16)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(Fault::from)?;
        check_order(&pool).await?;
        Ok(Self { pools: Pools::Postgres { pool }, pulse: Pulse::default() })
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Begins a reading transaction: everything read in it is of one moment.
    pub async fn read(&self) -> Result<Tx> {
        Tx::begin_read(self).await
    }

    /// Begins a writing transaction. Nothing is kept unless it is committed.
    pub async fn write(&self) -> Result<Tx> {
        Tx::begin_write(self).await
    }

    /// Lets running transactions end and closes every connection.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { pool } => pool.close().await,
        }
    }
}

/// Refuses a database that would sort text unlike SQLite, or store it in another encoding. The
/// name of the collation is not enough: ICU's order hides behind any name, so the order itself is
/// tried.
async fn check_order(pool: &PgPool) -> Result<(), OpenError> {
    let ask = "SELECT datcollate, pg_encoding_to_char(encoding), 'B' < 'a' AND 'a b' < 'aB' \
               FROM pg_database WHERE datname = current_database()";
    let row = sqlx::query::<sqlx::Postgres>(ask).fetch_one(pool).await.map_err(Fault::from)?;
    let collation: String = row.try_get(0).map_err(Fault::from)?;
    let encoding: String = row.try_get(1).map_err(Fault::from)?;
    let by_code_point: bool = row.try_get(2).map_err(Fault::from)?;
    let named_so = matches!(collation.as_str(), "C" | "POSIX" | "C.UTF-8" | "C.utf8");
    if encoding != "UTF8" {
        return Err(OpenError::Collation(format!("{collation} in {encoding}")));
    }
    if !named_so || !by_code_point {
        let by = if by_code_point { "" } else { ", with the order of a language" };
        return Err(OpenError::Collation(format!("{collation}{by}")));
    }
    Ok(())
}
