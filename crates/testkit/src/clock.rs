//! A clock that stands still until the test moves it.

use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

/// Tells the instant that it was set to. Begins at 2021-10-20 08:00 in the city, where the demo
/// city begins too.
#[derive(Debug)]
pub struct Clock(Mutex<Timestamp>);

/// 2021-10-20 00:00:00 UTC, in seconds since 1970.
const START: i64 = 1_634_688_000;

impl Clock {
    /// At the usual start.
    pub fn new() -> Self {
        Self::at(Timestamp::constant(START, 0))
    }

    /// At this instant.
    pub fn at(instant: Timestamp) -> Self {
        Self(Mutex::new(instant))
    }

    /// Moves it to this instant, which may lie before.
    pub fn set(&self, instant: Timestamp) {
        *self.lock() = instant;
    }

    /// Moves it on by so much.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.lock();
        *now += by;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        self.0.lock().expect("no holder of this lock can panic")
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl kernel::Clock for Clock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}
