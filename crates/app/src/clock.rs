//! Which clock a process runs on: the system's, or one that began at a chosen instant.

use std::{str::FromStr, sync::Arc};

use jiff::Timestamp;
use kernel::Clock;

use crate::real::{OffsetClock, SystemClock};

/// Where the demo city's time begins: 2021-10-20 08:00 in Asia/Shanghai, so that the autumn that
/// it is made of is "today".
pub const DEMO_START: Timestamp = Timestamp::constant(1_634_688_000, 0);

/// The choice of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockKind {
    /// The system's.
    Real,
    /// One that begins at this instant when the process starts, and runs on.
    From(Timestamp),
}

impl ClockKind {
    /// Starts the clock.
    pub fn start(self) -> Arc<dyn Clock> {
        match self {
            Self::Real => Arc::new(SystemClock),
            Self::From(instant) => Arc::new(OffsetClock::starting_at(instant)),
        }
    }
}

/// `real`, `demo`, or an instant such as `2021-10-20T08:00:00+08:00`.
impl FromStr for ClockKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "real" => Ok(Self::Real),
            "demo" => Ok(Self::From(DEMO_START)),
            instant => instant.parse().map(Self::From).map_err(|_| {
                "请写 real、demo，或带时区的时刻，如 2021-10-20T08:00:00+08:00".to_owned()
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_begins_on_that_morning() {
        let written = "2021-10-20T08:00:00+08:00".parse();
        assert_eq!(written, Ok(ClockKind::From(DEMO_START)));
        assert_eq!("demo".parse(), written);
        assert_eq!("real".parse(), Ok(ClockKind::Real));
        assert!("yesterday".parse::<ClockKind>().is_err());
    }
}
