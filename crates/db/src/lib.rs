//! One SQL text on two engines: transactions, batched sets, journal, jobs, migrations.
//!
//! A [`Db`] is embedded SQLite or PostgreSQL; a [`Tx`] is one transaction on either. Statements are
//! written once with [`sql!`] (or [`set_sql!`] for a whole set of rows) and registered, so that one
//! test PREPAREs every statement on both engines and the suite records that each one also ran.

pub mod desk;
pub mod engine;
pub mod fact;
pub mod file;
pub mod idempotency;
pub mod job;
pub mod journal;
pub mod migrate;
mod pulse;
pub mod query;
pub mod row;
pub mod set;
pub mod statement;
pub mod tx;
pub mod value;
pub mod whole;

pub use engine::{Db, Engine, OpenError};
pub use journal::Entry;
pub use query::Query;
pub use row::{FromColumn, Row};
pub use set::{Rows, SetStatement};
pub use statement::{STATEMENTS, Statement};
pub use tx::Tx;
pub use value::{Kind, ToValue, Value};
pub use whole::{Outcome, Whole};

#[doc(hidden)]
pub use linkme;

/// A database call failed. Opaque: logged once at the edge, shown as an incident id.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The engine refused or the connection broke.
    #[error("database: {0}")]
    Engine(#[from] sqlx::Error),
    /// A stored value is not what its column promises.
    #[error("column {column} of `{statement}`: {why}")]
    Column {
        /// Zero-based place in the row.
        column: usize,
        /// Where the statement stands in the source.
        statement: &'static str,
        /// What was wrong.
        why: String,
    },
    /// A rule that the code relies on does not hold in the data.
    #[error("broken invariant: {0}")]
    Invariant(String),
}

impl Fault {
    /// Whether the statement broke a CHECK: what it was guarded by does not hold.
    pub fn is_check_violation(&self) -> bool {
        match self {
            Self::Engine(sqlx::Error::Database(refusal)) => refusal.is_check_violation(),
            _ => false,
        }
    }
    /// Whether the statement broke a uniqueness rule: somebody else was first.
    pub fn is_unique_violation(&self) -> bool {
        match self {
            Self::Engine(sqlx::Error::Database(refusal)) => refusal.is_unique_violation(),
            _ => false,
        }
    }
}

/// What a database call answers.
pub type Result<T, E = Fault> = std::result::Result<T, E>;
