//! The system's clock and the system's randomness: the only file that may ask for them.
#![allow(clippy::disallowed_methods)] // this is where `kernel::Clock` and `kernel::Rng` are real

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use kernel::{Clock, Rng};
use rand::{TryRng as _, rngs::SysRng};

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that began at a chosen instant and runs on from there: the demo city's.
#[derive(Clone, Copy, Debug)]
pub struct OffsetClock {
    start: Timestamp,
    begun: Instant,
}

impl OffsetClock {
    /// Begins now, at `start`.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { start, begun: Instant::now() }
    }
}

impl Clock for OffsetClock {
    fn now(&self) -> Timestamp {
        let passed = SignedDuration::try_from(self.begun.elapsed()).unwrap_or(SignedDuration::ZERO);
        // Past the year 9999 the clock stands still rather than stops the process.
        self.start.checked_add(passed).unwrap_or(Timestamp::MAX)
    }
}

/// Random bytes from the operating system, fit for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness no session and no id is safe: going on would be worse than stopping.
        SysRng.try_fill_bytes(bytes).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_clock_runs_on_from_its_start() {
        let start = Timestamp::constant(1_634_688_000, 0);
        let clock = OffsetClock::starting_at(start);
        let (first, second) = (clock.now(), clock.now());
        assert!(start <= first && first <= second, "{start} {first} {second}");
        assert!(second < start + SignedDuration::from_hours(1));
    }

    #[test]
    fn random_bytes_differ() {
        let (mut one, mut other) = ([0; 32], [0; 32]);
        SystemRng.fill(&mut one);
        SystemRng.fill(&mut other);
        assert_ne!(one, other);
    }
}
