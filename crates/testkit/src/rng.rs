//! Random bytes that are the same in every run of a test.

use std::sync::Mutex;

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

/// Gives the same bytes for the same seed.
#[derive(Debug)]
pub struct Rng(Mutex<StdRng>);

impl Rng {
    /// The stream that this seed names.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl kernel::Rng for Rng {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().expect("no holder of this lock can panic").fill_bytes(bytes);
    }
}
