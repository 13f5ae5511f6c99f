//! How often somebody may fail to sign in from one address. An account's own lock does not slow
//! down who tries one password on many accounts; this does.
//!
//! It is kept in the memory of each node alone: no address is written down, and none is kept
//! longer than its window.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};

/// How many failures one address has.
#[derive(Clone, Copy, Debug)]
pub struct AddressRules {
    /// Failures within the window; those who get in are never counted.
    pub failures: u32,
    /// How long an address is remembered after its first failure.
    pub window: SignedDuration,
}

impl Default for AddressRules {
    fn default() -> Self {
        Self { failures: 30, window: SignedDuration::from_mins(10) }
    }
}

/// The most addresses that are remembered; above it the oldest is forgotten.
const MOST: usize = 10_000;

#[derive(Clone, Copy, Debug)]
struct Tried {
    /// Of the first failure, or of the first try that is still running.
    since: Timestamp,
    failures: u32,
    running: u32,
}

/// What is remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tries(Arc<Mutex<HashMap<IpNet, Tried>>>);

impl Tries {
    /// Lets a try begin, or says how many seconds to wait. What is tried at once counts too, so
    /// that a thousand tries in the same moment are not all the first.
    pub(crate) fn begin(
        &self,
        from: IpNet,
        now: Timestamp,
        rules: AddressRules,
    ) -> Result<Try, u32> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut known, now, rules.window);
        if !known.contains_key(&from) && known.len() >= MOST {
            let oldest = known.iter().min_by_key(|(_, tried)| tried.since).map(|(from, _)| *from);
            oldest.map(|oldest| known.remove(&oldest));
        }
        let tried = known.entry(from).or_insert(Tried { since: now, failures: 0, running: 0 });
        if tried.failures >= rules.failures {
            let left = tried.since + rules.window - now.min(tried.since + rules.window);
            return Err(u32::try_from(left.get_seconds().max(1)).unwrap_or(1));
        }
        if tried.running >= rules.failures {
            return Err(1);
        }
        tried.running += 1;
        Ok(Try { tries: self.clone(), from })
    }

    /// Forgets the addresses whose window is over. For the worker.
    pub(crate) fn sweep(&self, now: Timestamp, window: SignedDuration) -> usize {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known.len();
        forget(&mut known, now, window);
        before - known.len()
    }

    fn end(&self, from: IpNet, failed: bool) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(tried) = known.get_mut(&from) else { return };
        tried.running = tried.running.saturating_sub(1);
        if failed {
            tried.failures += 1;
        } else if tried.failures == 0 && tried.running == 0 {
            known.remove(&from);
        }
    }
}

fn forget(known: &mut HashMap<IpNet, Tried>, now: Timestamp, window: SignedDuration) {
    known.retain(|_, tried| now.duration_since(tried.since) < window);
}

/// A try that runs. Whoever goes away before its end has failed.
#[derive(Debug)]
pub(crate) struct Try {
    tries: Tries,
    from: IpNet,
}

impl Try {
    /// It was no failure: the password was right.
    pub(crate) fn was_right(self) {
        self.tries.end(self.from, false);
        // The counter was told; dropping it would tell it again.
        std::mem::forget(self);
    }
}

impl Drop for Try {
    fn drop(&mut self) {
        self.tries.end(self.from, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: AddressRules = AddressRules { failures: 3, window: SignedDuration::from_mins(10) };

    fn net(no: u32) -> IpNet {
        IpNet::from(std::net::IpAddr::from(no.to_be_bytes()))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_634_688_000 + seconds).expect("a moment")
    }

    #[test]
    fn three_failures_close_the_door_until_the_window_is_over() {
        let tries = Tries::default();
        for _ in 0..3 {
            drop(tries.begin(net(1), at(0), RULES).expect("a try"));
        }
        assert_eq!(tries.begin(net(1), at(100), RULES).map(|_| ()), Err(500));
        assert!(tries.begin(net(2), at(100), RULES).is_ok(), "another address is another matter");
        assert!(tries.begin(net(1), at(600), RULES).is_ok());
    }

    #[test]
    fn who_gets_in_is_not_counted_and_not_remembered() {
        let tries = Tries::default();
        for _ in 0..100 {
            tries.begin(net(1), at(0), RULES).expect("a try").was_right();
        }
        assert_eq!(tries.0.lock().expect("no panic").len(), 0);
    }

    #[test]
    fn tries_at_once_are_bounded_too() {
        let tries = Tries::default();
        let running: Vec<_> =
            (0..3).map(|_| tries.begin(net(1), at(0), RULES).expect("a try")).collect();
        assert_eq!(tries.begin(net(1), at(0), RULES).map(|_| ()), Err(1));
        for one in running {
            one.was_right();
        }
        assert!(tries.begin(net(1), at(0), RULES).is_ok());
    }

    #[test]
    fn no_address_outlives_its_window_and_they_are_bounded() {
        let tries = Tries::default();
        for no in 0..=u32::try_from(MOST).expect("it fits") {
            drop(tries.begin(net(no), at(i64::from(no) / 100), RULES));
        }
        assert_eq!(tries.0.lock().expect("no panic").len(), MOST);
        assert_eq!(tries.sweep(at(700), RULES.window), MOST);
    }
}
