//! One transaction on either engine.

use std::pin::Pin;

use futures_util::TryStreamExt as _;
use kernel::Cx;
use sqlx::{
    AssertSqlSafe, PgPool, Postgres, SqlSafeStr, Sqlite, Transaction, postgres::PgArguments,
    sqlite::SqliteArguments,
};

use crate::{
    Db, Engine, Entry, Fault, FromColumn, Query, Result, Row, Rows, SetStatement, Statement, Value,
    engine::Pools,
    journal::{self, Pending},
    row::Inner as RowInner,
    set::{check_rows, postgres_arrays, sqlite_json},
    value::{postgres_arguments, sqlite_arguments},
};

enum Inner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction. Dropped without [`commit`](Tx::commit), it leaves nothing behind.
pub struct Tx {
    inner: Inner,
    journal: Vec<Pending>,
    reads_only: bool,
}

/// Rows per set statement: past this the JSON text and arrays only grow, the cost per row does
/// not fall further.
const SET_ROWS: usize = 5_000;

/// A chunk of a set, as one engine takes it.
enum SetValues {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

fn bound(
    statement: &'static SetStatement,
    engine: Engine,
    chunk: Vec<Vec<Value>>,
) -> Result<SetValues> {
    check_rows(statement.columns(), &chunk).map_err(sqlx::Error::Encode)?;
    Ok(match engine {
        Engine::Sqlite => {
            let values = vec![Value::Text(sqlite_json(&chunk))];
            SetValues::Sqlite(sqlite_arguments(values).map_err(sqlx::Error::Encode)?)
        }
        Engine::Postgres => {
            let values = postgres_arrays(statement.columns(), chunk);
            SetValues::Postgres(values.map_err(sqlx::Error::Encode)?)
        }
    })
}

impl Tx {
    pub(crate) async fn begin_read(db: &Db) -> Result<Self> {
        let inner = match &db.pools {
            Pools::Sqlite { readers, .. } => Inner::Sqlite(readers.begin().await?),
            Pools::Postgres { pool } => Inner::Postgres(
                begin_whole(pool, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?,
            ),
        };
        Ok(Self { inner, journal: Vec::new(), reads_only: true })
    }

    pub(crate) async fn begin_write(db: &Db) -> Result<Self> {
        let inner = match &db.pools {
            Pools::Sqlite { writer, .. } => {
                Inner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres { pool } => Inner::Postgres(begin_whole(pool, "BEGIN").await?),
        };
        Ok(Self { inner, journal: Vec::new(), reads_only: false })
    }

    /// Which engine this runs on.
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Sqlite(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Whether it sees committed records alone, all of one moment. A writing transaction also sees
    /// what it wrote itself, which nobody else may be told.
    pub const fn reads_only(&self) -> bool {
        self.reads_only
    }

    /// Runs a statement; answers how many rows it touched.
    pub async fn run(
        &mut self,
        statement: &'static Statement,
        values: impl Into<Vec<Value>>,
    ) -> Result<u64> {
        statement.note_ran(self.engine());
        let text = statement.text(self.engine());
        self.execute(text, values.into()).await
    }

    /// Every row, each turned by `read`.
    pub async fn all<T>(
        &mut self,
        statement: &'static Statement,
        values: impl Into<Vec<Value>>,
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        statement.note_ran(self.engine());
        let text = statement.text(self.engine());
        self.collect(text, statement.place, values.into(), read).await
    }

    /// The first row, if there is one.
    pub async fn maybe<T>(
        &mut self,
        statement: &'static Statement,
        values: impl Into<Vec<Value>>,
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.all(statement, values, read).await?.into_iter().next())
    }

    /// The one row that must be there.
    pub async fn one<T>(
        &mut self,
        statement: &'static Statement,
        values: impl Into<Vec<Value>>,
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<T> {
        self.maybe(statement, values, read).await?.ok_or(Fault::Engine(sqlx::Error::RowNotFound))
    }

    /// The first column of the one row that must be there.
    pub async fn scalar<T: FromColumn>(
        &mut self,
        statement: &'static Statement,
        values: impl Into<Vec<Value>>,
    ) -> Result<T> {
        self.one(statement, values, |row| row.get(0)).await
    }

    /// Every row of a composed query.
    pub async fn list<T>(
        &mut self,
        query: Query,
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let (text, values) = query.into_parts(self.engine());
        self.collect(AssertSqlSafe(text), "composed query", values, read).await
    }

    /// Runs a composed statement; answers how many rows it touched.
    pub async fn run_query(&mut self, query: Query) -> Result<u64> {
        let (text, values) = query.into_parts(self.engine());
        self.execute(AssertSqlSafe(text), values).await
    }

    /// Writes a whole set, in statements of bounded size; answers how many rows it touched.
    pub async fn run_set(&mut self, statement: &'static SetStatement, rows: Rows) -> Result<u64> {
        self.run_chunks(statement, rows.into_iter()).await
    }

    /// As [`run_set`](Tx::run_set), with rows that are made only when their turn comes: while the
    /// engine writes the ones before them. Boxed, so that the caller's future does not carry the
    /// iterator's type, of which rustc could not see that it may cross threads.
    pub fn run_made_set<'r, const N: usize>(
        &'r mut self,
        statement: &'static SetStatement,
        rows: impl Iterator<Item = [Value; N]> + Send + 'r,
    ) -> Pin<Box<dyn Future<Output = Result<u64>> + Send + 'r>> {
        Box::pin(self.run_chunks(statement, rows.map(Vec::from)))
    }

    async fn run_chunks(
        &mut self,
        statement: &'static SetStatement,
        mut rows: impl Iterator<Item = Vec<Value>> + Send,
    ) -> Result<u64> {
        let engine = self.engine();
        statement.note_ran(engine);
        let text = statement.text(engine);
        let mut touched = 0;
        let mut make_next = || {
            let chunk: Vec<_> = rows.by_ref().take(SET_ROWS).collect();
            (!chunk.is_empty()).then(|| bound(statement, engine, chunk)).transpose()
        };
        let mut next = make_next()?;
        while let Some(values) = next {
            // The engine writes these rows while the next ones are made ready on this thread:
            // `join!` begins with the engine.
            let (written, made) = tokio::join!(self.write_set(text, values), async { make_next() });
            touched += written?;
            next = made?;
        }
        Ok(touched)
    }

    async fn write_set(&mut self, text: &'static str, values: SetValues) -> Result<u64> {
        Ok(match (&mut self.inner, values) {
            (Inner::Sqlite(tx), SetValues::Sqlite(values)) => {
                sqlx::query_with(text, values).execute(&mut **tx).await?.rows_affected()
            }
            (Inner::Postgres(tx), SetValues::Postgres(values)) => {
                sqlx::query_with(text, values).execute(&mut **tx).await?.rows_affected()
            }
            _ => return Err(Fault::Invariant("values of the other engine".into())),
        })
    }

    /// Asks about a whole set: every answered row, each turned by `read`.
    pub async fn all_of_set<T>(
        &mut self,
        statement: &'static SetStatement,
        rows: Rows,
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let engine = self.engine();
        statement.note_ran(engine);
        let text = statement.text(engine);
        let mut answers = Vec::new();
        let mut rows = rows.into_iter();
        loop {
            let chunk: Vec<_> = rows.by_ref().take(SET_ROWS).collect();
            if chunk.is_empty() {
                return Ok(answers);
            }
            check_rows(statement.columns(), &chunk).map_err(sqlx::Error::Encode)?;
            match &mut self.inner {
                Inner::Sqlite(tx) => {
                    let values = vec![Value::Text(sqlite_json(&chunk))];
                    let values = sqlite_arguments(values).map_err(sqlx::Error::Encode)?;
                    let mut stream = sqlx::query_with(text, values).fetch(&mut **tx);
                    while let Some(row) = stream.try_next().await? {
                        let inner = RowInner::Sqlite(row);
                        answers.push(read(&Row { inner, statement: statement.place })?);
                    }
                }
                Inner::Postgres(tx) => {
                    let values = postgres_arrays(statement.columns(), chunk);
                    let values = values.map_err(sqlx::Error::Encode)?;
                    let mut stream = sqlx::query_with(text, values).fetch(&mut **tx);
                    while let Some(row) = stream.try_next().await? {
                        let inner = RowInner::Postgres(row);
                        answers.push(read(&Row { inner, statement: statement.place })?);
                    }
                }
            }
        }
    }

    /// Writes what happened into the journal, when this transaction commits.
    pub fn journal(&mut self, cx: &Cx, entry: Entry) {
        self.journal.push(Pending::new(cx, entry));
    }

    /// Keeps everything, durably, the journal entries last so that its head is held briefly.
    pub async fn commit(mut self) -> Result<()> {
        let pending = std::mem::take(&mut self.journal);
        if !pending.is_empty() {
            journal::append(&mut self, pending).await?;
        }
        match self.inner {
            Inner::Sqlite(tx) => tx.commit().await?,
            Inner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Takes everything back now, rather than when dropped.
    pub async fn rollback(self) -> Result<()> {
        match self.inner {
            Inner::Sqlite(tx) => tx.rollback().await?,
            Inner::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }

    async fn execute(&mut self, text: impl SqlSafeStr, values: Vec<Value>) -> Result<u64> {
        Ok(match &mut self.inner {
            Inner::Sqlite(tx) => {
                let values = sqlite_arguments(values).map_err(sqlx::Error::Encode)?;
                sqlx::query_with(text, values).execute(&mut **tx).await?.rows_affected()
            }
            Inner::Postgres(tx) => {
                let values = postgres_arguments(values).map_err(sqlx::Error::Encode)?;
                sqlx::query_with(text, values).execute(&mut **tx).await?.rows_affected()
            }
        })
    }

    async fn collect<T>(
        &mut self,
        text: impl SqlSafeStr,
        place: &'static str,
        values: Vec<Value>,
        mut read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut answers = Vec::new();
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                let values = sqlite_arguments(values).map_err(sqlx::Error::Encode)?;
                let mut stream = sqlx::query_with(text, values).fetch(&mut **tx);
                while let Some(row) = stream.try_next().await? {
                    answers.push(read(&Row { inner: RowInner::Sqlite(row), statement: place })?);
                }
            }
            Inner::Postgres(tx) => {
                let values = postgres_arguments(values).map_err(sqlx::Error::Encode)?;
                let mut stream = sqlx::query_with(text, values).fetch(&mut **tx);
                while let Some(row) = stream.try_next().await? {
                    answers.push(read(&Row { inner: RowInner::Postgres(row), statement: place })?);
                }
            }
        }
        Ok(answers)
    }

    /// Runs the plain text of a migration, which may hold many statements.
    pub(crate) async fn run_text(&mut self, text: String) -> Result<()> {
        match &mut self.inner {
            Inner::Sqlite(tx) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut **tx).await?;
            }
            Inner::Postgres(tx) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut **tx).await?;
            }
        }
        Ok(())
    }

    /// Has the engine parse and plan a registered text without running it.
    pub async fn prepare(&mut self, text: &'static str) -> Result<()> {
        use sqlx::Executor as _;
        let text = text.into_sql_str();
        match &mut self.inner {
            Inner::Sqlite(tx) => drop((&mut **tx).prepare(text).await?),
            Inner::Postgres(tx) => drop((&mut **tx).prepare(text).await?),
        }
        Ok(())
    }
}

/// Begins in a task of its own, which ends even when the caller goes away. sqlx 0.9.0 does not
/// roll back a BEGIN that was dropped half-way: the connection would go back to the pool inside a
/// transaction, for the next caller to work in (launchbadge/sqlx#4393).
async fn begin_whole(pool: &PgPool, text: &'static str) -> Result<Transaction<'static, Postgres>> {
    let pool = pool.clone();
    let begun = tokio::spawn(async move { pool.begin_with(text).await }).await;
    Ok(begun.map_err(|lost| sqlx::Error::Io(std::io::Error::other(lost)))??)
}
