//! The copy as requests share it: made once in the background, then kept true.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use db::{Db, Result, Tx};
use tokio::sync::Mutex;

use super::{Delta, MOST_UNITS, Register};
use crate::store;

/// Up to so many units, whoever asks first makes the copy; a larger one is made beside the
/// requests, which the database answers until then.
const SMALL: i64 = 2_000;
/// After more journal entries than these the copy is made anew: an import of a whole ledger.
const MOST_CHANGES: i64 = 5_000;

/// A part of the site's [`State`](web::State).
#[derive(Debug, Default)]
pub struct Registers {
    kept: RwLock<Option<Register>>,
    /// One at a time brings the copy up to date; the others wait for that.
    turn: Mutex<()>,
    making: AtomicBool,
    looked: AtomicBool,
}

impl Registers {
    /// Asks the copy, if there is one that is true at this number of the journal. Nothing waits
    /// within `ask`.
    pub fn ask<T>(&self, version: i64, ask: impl FnOnce(&Register) -> Option<T>) -> Option<T> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|register| register.version == version).and_then(ask)
    }

    fn version(&self) -> Option<i64> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().map(|register| register.version)
    }

    fn set(&self, register: Option<Register>) {
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = register;
    }

    /// Brings the copy to this number, which is the transaction's. Answers whether it is there.
    /// Only committed records are read: what a writer has not committed is nobody else's.
    pub async fn bring(self: &Arc<Self>, tx: &mut Tx, db: &Db, version: i64) -> Result<bool> {
        if !tx.reads_only() {
            return Ok(false);
        }
        if self.version() == Some(version) {
            return Ok(true);
        }
        let _turn = self.turn.lock().await;
        match self.version() {
            Some(now) if now == version => Ok(true),
            // Somebody who began later was quicker.
            Some(now) if now > version => Ok(false),
            Some(now) if version - now <= MOST_CHANGES => self.follow(tx, now, version).await,
            _ => self.make(tx, db).await,
        }
    }

    /// Sets the making going, once in a process, when the city is large: a page of whatever sort
    /// comes first, and the first list then finds the copy there.
    pub(crate) async fn begin(self: &Arc<Self>, tx: &mut Tx, db: &Db) -> Result<()> {
        if !self.looked.swap(true, Ordering::SeqCst) && store::last_number(tx).await? > SMALL {
            self.make(tx, db).await?;
        }
        Ok(())
    }

    async fn follow(&self, tx: &mut Tx, since: i64, version: i64) -> Result<bool> {
        let delta = Delta::read(tx, since).await?;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        // Made anew in the meantime: then it is true at another number.
        let Some(register) = kept.as_mut().filter(|register| register.version == since) else {
            return Ok(false);
        };
        let good = register.apply(delta, version);
        if !good {
            *kept = None;
        }
        Ok(good)
    }

    async fn make(self: &Arc<Self>, tx: &mut Tx, db: &Db) -> Result<bool> {
        let units = store::last_number(tx).await?;
        if units > MOST_UNITS {
            self.set(None);
            return Ok(false);
        }
        if units <= SMALL {
            self.set(Some(Register::load(tx).await?));
            return Ok(true);
        }
        if !self.making.swap(true, Ordering::SeqCst) {
            let (shared, db) = (Arc::clone(self), db.clone());
            tokio::spawn(async move {
                match load(&db).await {
                    Ok(made) => {
                        tracing::info!(units = made.len(), "the register is in memory");
                        shared.set(Some(made));
                    }
                    Err(why) => tracing::warn!(%why, "the register was not copied into memory"),
                }
                shared.making.store(false, Ordering::SeqCst);
            });
        }
        Ok(false)
    }
}

async fn load(db: &Db) -> Result<Register> {
    let mut tx = db.read().await?;
    Register::load(&mut tx).await
}
