//! A whole transaction sent at once, for the hottest verbs.
//!
//! A [`Tx`](crate::Tx) is a conversation: each statement is handed to the engine and waited for.
//! On a busy machine with two cores every hand-over waits for its turn to run, and seven of them
//! cost more than what they do (measured: decision 0011). A [`Whole`] has no conversation. What a
//! verb would look at between two statements is said beforehand, as a guard within a statement:
//! one that does not hold breaks a CHECK or a key, the engine stops there, and nothing is kept.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use kernel::Cx;
use sqlx::{AssertSqlSafe, error::ErrorKind, sqlite::SqliteArguments};

use crate::{
    Db, Engine, Entry, Fault, Result, Rows, SetStatement, Statement, Value,
    engine::Pools,
    journal::{self, Head, Pending},
    set::{check_rows, postgres_arrays, sqlite_json},
    value::{add_sqlite, postgres_arguments},
};

/// Most rows of one set in it.
pub const WHOLE_ROWS: usize = 5_000;

enum Step {
    One(&'static Statement, Vec<Value>),
    Set(&'static SetStatement, Vec<Vec<Value>>),
}

/// A transaction that is written down before it is begun.
#[derive(Default)]
pub struct Whole {
    steps: Vec<Step>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is durable.
    Kept,
    /// A guard did not hold, and nothing was written: somebody else was first.
    Refused,
}

impl Whole {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Then this statement. A guard in it must break a constraint, not only find no row.
    pub fn run(&mut self, statement: &'static Statement, values: impl Into<Vec<Value>>) {
        self.steps.push(Step::One(statement, values.into()));
    }

    /// Then this set, of at most [`WHOLE_ROWS`] rows.
    pub fn run_set(&mut self, statement: &'static SetStatement, rows: Rows) {
        self.steps.push(Step::Set(statement, rows.into_rows()));
    }

    /// Then an entry of the journal, right after the one that `head` names; answers the head after
    /// it, once this is kept. When the journal went on meanwhile, the whole is refused.
    pub fn journal(&mut self, cx: &Cx, entry: Entry, head: &Head) -> Head {
        journal::append_to(self, Pending::new(cx, entry), head)
    }

    /// Sends it. Once sent it is carried to its end, even when the caller goes away.
    pub async fn write(self, db: &Db) -> Result<Outcome> {
        let db = db.clone();
        let sent = tokio::spawn(async move {
            match &db.pools {
                Pools::Sqlite { writer, .. } => {
                    let (text, values) = self.for_sqlite()?;
                    let mut connection = writer.acquire().await?;
                    let done =
                        sqlx::query_with(AssertSqlSafe(text), values).execute(&mut *connection);
                    let Err(why) = done.await else { return Ok(Outcome::Kept) };
                    // The engine may have ended the transaction by itself.
                    let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
                    refused(why)
                }
                Pools::Postgres { pool } => self.converse(pool).await,
            }
        });
        sent.await.map_err(|lost| sqlx::Error::Io(std::io::Error::other(lost)))?
    }

    /// PostgreSQL takes one statement with values at a time.
    async fn converse(self, pool: &sqlx::PgPool) -> Result<Outcome> {
        let mut tx = pool.begin().await?;
        for step in self.steps {
            let (text, values) = match step {
                Step::One(statement, values) => {
                    statement.note_ran(Engine::Postgres);
                    (statement.text(Engine::Postgres), postgres_arguments(values))
                }
                Step::Set(statement, rows) => {
                    statement.note_ran(Engine::Postgres);
                    check_rows(statement.columns(), &rows).map_err(sqlx::Error::Encode)?;
                    let values = postgres_arrays(statement.columns(), rows);
                    (statement.text(Engine::Postgres), values)
                }
            };
            let values = values.map_err(sqlx::Error::Encode)?;
            if let Err(why) = sqlx::query_with(text, values).execute(&mut *tx).await {
                return refused(why);
            }
        }
        tx.commit().await?;
        Ok(Outcome::Kept)
    }

    /// One text of many statements, whose `$n` count on from statement to statement, and all
    /// their values.
    fn for_sqlite(self) -> Result<(&'static str, SqliteArguments)> {
        let mut values = SqliteArguments::default();
        let mut parts = Vec::with_capacity(self.steps.len());
        let mut offset = 0;
        for step in self.steps {
            let (text, bound) = match step {
                Step::One(statement, values) => {
                    statement.note_ran(Engine::Sqlite);
                    (statement.text(Engine::Sqlite), values)
                }
                Step::Set(statement, rows) => {
                    statement.note_ran(Engine::Sqlite);
                    check_rows(statement.columns(), &rows).map_err(sqlx::Error::Encode)?;
                    let json = vec![Value::Text(sqlite_json(&rows))];
                    (statement.text(Engine::Sqlite), json)
                }
            };
            parts.push((text, offset));
            offset += bound.len();
            for value in bound {
                add_sqlite(&mut values, value).map_err(sqlx::Error::Encode)?;
            }
        }
        Ok((joined(parts), values))
    }
}

/// A broken constraint is a guard's word; anything else is a fault.
fn refused(why: sqlx::Error) -> Result<Outcome> {
    let is_guard = match &why {
        sqlx::Error::Database(refusal) => {
            matches!(refusal.kind(), ErrorKind::CheckViolation | ErrorKind::UniqueViolation)
        }
        _ => false,
    };
    if is_guard { Ok(Outcome::Refused) } else { Err(Fault::Engine(why)) }
}

/// Where each statement stands in memory, and how many values come before its own.
type Parts = Vec<(&'static str, usize)>;

/// Joined texts, by where their parts stand in memory.
type Joined = Mutex<HashMap<Vec<(usize, usize)>, &'static str>>;

/// The text of these statements. A product has a few of them, so each is joined once and kept.
fn joined(parts: Parts) -> &'static str {
    static KNOWN: LazyLock<Joined> = LazyLock::new(Joined::default);
    let key = parts.iter().map(|(text, offset)| (text.as_ptr().addr(), *offset)).collect();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(key).or_insert_with(|| {
        let mut whole = String::from("BEGIN IMMEDIATE;");
        for (text, offset) in parts {
            renumber(&mut whole, text, offset);
            whole.push(';');
        }
        whole.push_str("COMMIT");
        whole.leak()
    })
}

/// Writes a statement with `$n` raised by `offset`. No statement of ours has a `$` in a string.
fn renumber(into: &mut String, text: &str, offset: usize) {
    let mut parts = text.split('$');
    into.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let number = part[..digits].parse::<usize>().unwrap_or_default();
        into.push('$');
        into.push_str(&(number + offset).to_string());
        into.push_str(&part[digits..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_count_on_from_statement_to_statement() {
        let mut text = String::new();
        renumber(&mut text, "UPDATE t SET a = $2 WHERE b = $1 AND c = $12", 3);
        assert_eq!(text, "UPDATE t SET a = $5 WHERE b = $4 AND c = $15");
        renumber(&mut text, " none", 9);
        assert!(text.ends_with(" none"));
    }
}
