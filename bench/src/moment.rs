//! Real time and seeded randomness for measuring.
#![allow(clippy::disallowed_methods)] // measuring is the one thing that needs the clock itself

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kernel::{Actor, Clock, Cx, Rng};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// A clock that stands.
pub struct At(pub Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The same numbers in every run.
pub struct Seeded(Mutex<StdRng>);

impl Seeded {
    /// From this seed on.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Rng for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

/// The instant it is.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A context at an instant, acted by the machine's own command line.
pub fn cx_at(now: Timestamp, rng: &std::sync::Arc<Seeded>) -> Cx {
    let rng = std::sync::Arc::clone(rng);
    Cx::new(&At(now), rng, Actor::System { name: "bench" })
}

/// Measures from its making on.
#[derive(Clone, Copy)]
pub struct Watch(Instant);

impl Watch {
    /// Starts.
    pub fn start() -> Self {
        Self(Instant::now())
    }
    /// How long so far.
    pub fn passed(self) -> Duration {
        self.0.elapsed()
    }
    /// How long so far, in seconds.
    pub fn seconds(self) -> f64 {
        self.passed().as_secs_f64()
    }
}

/// Waits a little before looking again at what another process does.
pub fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}
