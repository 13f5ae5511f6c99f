//! How many codes are asked for from one network. Kept in the memory of each node alone: no
//! address is written down, and none is kept longer than its window.

use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Mutex, PoisonError},
};

use ipnet::{IpNet, Ipv4Net};
use jiff::{SignedDuration, Timestamp};

/// How long a network is remembered after its first ask.
pub(crate) const WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// The most networks that are remembered; above it the oldest is forgotten.
const MOST: usize = 10_000;

/// How often codes may be asked for, beside what one phone may be sent.
#[derive(Clone, Copy, Debug)]
pub struct NetworkRules {
    /// Asks within ten minutes from one network (IPv4 /24, IPv6 /64) from which on each must
    /// answer a question. Behind one network may stand a whole mall.
    pub question_from: u32,
    /// Asks within ten minutes after which the network waits.
    pub most: u32,
}

impl Default for NetworkRules {
    fn default() -> Self {
        Self { question_from: 60, most: 600 }
    }
}

/// What is remembered.
#[derive(Debug, Default)]
pub(crate) struct Networks(Mutex<HashMap<IpNet, (Timestamp, u32)>>);

/// What is known of the network that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// Go on.
    Few,
    /// Go on, with an answer to a question.
    Many,
    /// Wait for so many seconds.
    TooMany(u32),
}

impl Networks {
    /// Counts one more.
    pub(crate) fn count(&self, from: IpNet, now: Timestamp, rules: NetworkRules) -> Crowd {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let from = widened(from);
        forget(&mut known, now);
        if !known.contains_key(&from) && known.len() >= MOST {
            let oldest = known.iter().min_by_key(|(_, (since, _))| *since).map(|(net, _)| *net);
            oldest.map(|oldest| known.remove(&oldest));
        }
        let (since, asked) = known.entry(from).or_insert((now, 0));
        if *asked >= rules.most {
            let left = WINDOW - now.duration_since(*since);
            return Crowd::TooMany(u32::try_from(left.as_secs().clamp(1, 600)).unwrap_or(1));
        }
        *asked += 1;
        if *asked > rules.question_from { Crowd::Many } else { Crowd::Few }
    }

    /// What the next one will meet; counts nothing.
    pub(crate) fn look(&self, from: IpNet, now: Timestamp, rules: NetworkRules) -> Crowd {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut known, now);
        match known.get(&widened(from)) {
            Some((_, asked)) if *asked >= rules.question_from => Crowd::Many,
            _ => Crowd::Few,
        }
    }

    /// Forgets the networks whose window is over.
    pub(crate) fn sweep(&self, now: Timestamp) {
        forget(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), now);
    }
}

/// A first ask from the future is of a clock that was put back since.
fn forget(known: &mut HashMap<IpNet, (Timestamp, u32)>, now: Timestamp) {
    known.retain(|_, (since, _)| now.duration_since(*since).abs() < WINDOW);
}

/// A carrier hands its addresses out by the block: 256 of IPv4 are one network here.
fn widened(from: IpNet) -> IpNet {
    match from {
        IpNet::V4(net) => {
            let [a, b, c, _] = net.addr().octets();
            Ipv4Net::new(Ipv4Addr::new(a, b, c, 0), 24).map_or(from, IpNet::V4)
        }
        IpNet::V6(_) => from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: NetworkRules = NetworkRules { question_from: 2, most: 4 };

    fn net(no: u32) -> IpNet {
        IpNet::from(std::net::IpAddr::from(no.to_be_bytes()))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_634_688_000 + seconds).expect("a moment")
    }

    #[test]
    fn neighbours_are_counted_together_and_first_asked_then_told_to_wait() {
        let networks = Networks::default();
        let count = |no, seconds| networks.count(net(no), at(seconds), RULES);
        assert_eq!([count(1, 0), count(2, 1), count(3, 2)], [Crowd::Few, Crowd::Few, Crowd::Many]);
        assert_eq!(networks.look(net(9), at(2), RULES), Crowd::Many);
        assert_eq!([count(4, 3), count(5, 100)], [Crowd::Many, Crowd::TooMany(500)]);
        assert_eq!(count(256, 100), Crowd::Few, "the next network is another matter");
        assert_eq!(count(1, 600), Crowd::Few);
    }

    #[test]
    fn a_clock_that_is_put_back_locks_nobody_out() {
        let networks = Networks::default();
        for _ in 0..5 {
            networks.count(net(1), at(100_000), RULES);
        }
        assert_eq!(networks.count(net(1), at(0), RULES), Crowd::Few);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let networks = Networks::default();
        for no in 0..=u32::try_from(MOST).expect("it fits") {
            networks.count(net(no * 256), at(i64::from(no) / 100), RULES);
        }
        assert_eq!(networks.0.lock().expect("no panic").len(), MOST);
        networks.sweep(at(100_000));
        assert_eq!(networks.0.lock().expect("no panic").len(), 0);
    }
}
