//! The journal's number at this moment, read once for all who wait for it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::Mutex;

use crate::{Db, Engine, Result, engine::Pools, sql};

/// Readings of the journal's number, shared: whoever comes while one is under way waits for the
/// next, and the next serves all who came by then. At 32 connections a dozen requests share one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pulse(Arc<Beats>);

#[derive(Debug, Default)]
struct Beats {
    /// How many readings have begun.
    begun: AtomicU64,
    /// Which reading ended last, and its number.
    last: Mutex<(u64, i64)>,
}

impl Db {
    /// The sequence number of the journal's newest entry, read after this call began: what is kept
    /// under this number was true at a moment within the call.
    pub async fn version(&self) -> Result<i64> {
        let Beats { begun, last } = &*self.pulse.0;
        let before = begun.load(Ordering::SeqCst);
        let mut last = last.lock().await;
        // A reading that began after this call did is as good as one of its own.
        if last.0 > before {
            return Ok(last.1);
        }
        let turn = begun.fetch_add(1, Ordering::SeqCst) + 1;
        let version = self.read_version().await?;
        *last = (turn, version);
        Ok(version)
    }

    /// One statement, which needs no transaction around it.
    async fn read_version(&self) -> Result<i64> {
        let statement = sql!("SELECT seq FROM journal_head WHERE one = 1");
        statement.note_ran(self.engine());
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => {
                sqlx::query_scalar(statement.text(Engine::Sqlite)).fetch_one(readers).await?
            }
            Pools::Postgres { pool } => {
                sqlx::query_scalar(statement.text(Engine::Postgres)).fetch_one(pool).await?
            }
        })
    }
}
