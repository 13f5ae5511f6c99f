//! How far long work is, and whether it was asked to stop; shared by the work and its watchers.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use super::batch::BatchId;

/// The state of one piece of work in this very process.
#[derive(Debug, Default)]
pub struct Meter {
    done: AtomicI64,
    total: AtomicI64,
    stopped: AtomicBool,
}

impl Meter {
    /// Notes how far the work is.
    pub fn set(&self, done: i64, total: i64) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }
    /// Rows done, and rows in all (zero when not known yet).
    pub fn read(&self) -> (i64, i64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
    /// Asks the work to stop at the next chance.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
    /// Whether it was asked to.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// The meters of the batches that this process works on. On SQLite the one writer is busy while a
/// batch is written, so watchers cannot be told through the database.
#[derive(Debug, Default)]
pub struct Meters {
    running: Mutex<HashMap<BatchId, Arc<Meter>>>,
}

impl Meters {
    /// Begins to measure; the answer ends it when dropped.
    pub fn begin(self: &Arc<Self>, batch: BatchId) -> Running {
        let meter = Arc::new(Meter::default());
        self.lock().insert(batch, Arc::clone(&meter));
        Running { meters: Arc::clone(self), batch, meter }
    }
    /// The meter of a batch that this process works on.
    pub fn of(&self, batch: BatchId) -> Option<Arc<Meter>> {
        self.lock().get(&batch).cloned()
    }
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<BatchId, Arc<Meter>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Work that is being measured.
#[derive(Debug)]
pub struct Running {
    meters: Arc<Meters>,
    batch: BatchId,
    /// What is measured.
    pub meter: Arc<Meter>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.meters.lock().remove(&self.batch);
    }
}
