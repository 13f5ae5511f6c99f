//! The context of one use case: who acts, when it is, and where new ids and secrets come from.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::{Actor, Id, time::civil_date};

/// Tells the time. The real one lives in `app`; tests and the demo city have their own.
pub trait Clock: Send + Sync {
    /// The current instant.
    fn now(&self) -> Timestamp;
}

/// Gives random bytes. The real one lives in `app`; tests have a seeded one.
pub trait Rng: Send + Sync {
    /// Fills the slice with random bytes, fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// What one use case runs in. Made once at the edge: per request, per command, per job.
#[derive(Clone)]
pub struct Cx {
    /// The instant that everything in this use case happens at.
    pub now: Timestamp,
    /// Who acts.
    pub actor: Actor,
    /// Joins the log, the journal and the error page.
    pub request: Uuid,
    rng: Arc<dyn Rng>,
}

impl Cx {
    /// A context at the clock's now.
    pub fn new(clock: &dyn Clock, rng: Arc<dyn Rng>, actor: Actor) -> Self {
        let now = clock.now();
        let mut cx = Self { now, actor, request: Uuid::nil(), rng };
        cx.request = cx.new_uuid();
        cx
    }

    /// The city's calendar date now.
    pub fn today(&self) -> Date {
        civil_date(self.now)
    }

    /// Fresh random bytes, for secrets.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill(&mut bytes);
        bytes
    }

    /// A new id, ordered by this context's time.
    pub fn new_id<K>(&self) -> Id<K> {
        Id::from_uuid(self.new_uuid())
    }

    fn new_uuid(&self) -> Uuid {
        let millis = u64::try_from(self.now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.random::<10>()).into_uuid()
    }

    /// The same moment and request, acted by somebody else.
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }
}
