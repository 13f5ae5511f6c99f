//! How many questions one network may send in a while. It is kept in the memory of each node alone:
//! no address is written down, and none is kept longer than its window.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use ipnet::IpNet;
use jiff::{SignedDuration, Timestamp};

/// How many, in which time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeterRules {
    pub most: u32,
    pub window: SignedDuration,
}

/// A household, an office or a whole shop's wireless network may well ask this often.
pub(crate) const RULES: MeterRules = MeterRules { most: 20, window: SignedDuration::from_mins(60) };

/// The most networks that are remembered; above it the oldest is forgotten.
const MOST: usize = 10_000;

/// Since when a network is remembered, and how often it has asked.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<HashMap<IpNet, (Timestamp, u32)>>);

impl Meter {
    /// Counts one question, or says how many seconds to wait.
    pub(crate) fn take(&self, from: IpNet, now: Timestamp, rules: MeterRules) -> Result<(), u32> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (since, _)| now.duration_since(*since) < rules.window);
        if !known.contains_key(&from) && known.len() >= MOST {
            let oldest = known.iter().min_by_key(|(_, (since, _))| *since).map(|(from, _)| *from);
            oldest.map(|oldest| known.remove(&oldest));
        }
        let (since, count) = known.entry(from).or_insert((now, 0));
        if *count >= rules.most {
            let left = rules.window - now.duration_since(*since);
            return Err(u32::try_from(left.as_secs().max(1)).unwrap_or(1));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn net(no: u8) -> IpNet {
        IpNet::from(std::net::IpAddr::from([192, 0, 2, no]))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_634_688_000 + seconds).expect("a moment")
    }

    proptest! {
        #[test]
        fn no_network_asks_more_often_than_the_rule_in_a_window(
            steps in proptest::collection::vec((0..3_u8, 0..1_200_i64), 0..200)
        ) {
            let (meter, mut now) = (Meter::default(), 0);
            let mut taken: Vec<(u8, i64)> = Vec::new();
            for (from, later) in steps {
                now += later;
                match meter.take(net(from), at(now), RULES) {
                    Ok(()) => taken.push((from, now)),
                    Err(wait) => {
                        let wait = i64::from(wait);
                        prop_assert!((1..=3_600).contains(&wait));
                    }
                }
                // A window opens with a question: two full ones may meet.
                let near = taken.iter().filter(|(one, then)| *one == from && now - then < 3_600);
                prop_assert!(near.count() <= 2 * RULES.most as usize);
            }
        }
    }

    #[test]
    fn a_full_network_waits_and_another_does_not() {
        let meter = Meter::default();
        for _ in 0..RULES.most {
            meter.take(net(1), at(0), RULES).expect("within the rule");
        }
        assert_eq!(meter.take(net(1), at(600), RULES), Err(3_000));
        assert_eq!(meter.take(net(2), at(600), RULES), Ok(()));
        assert_eq!(meter.take(net(1), at(3_600), RULES), Ok(()));
    }
}
