//! How often one citizen, and one network, may claim. Counted in memory, in a table of a fixed
//! size without a lock: a city that claims in one second must not wait for each other here.

use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::Timestamp;
use kernel::CitizenNo;
use web::{Refused, State, client::neighbourhood};

use crate::ClaimDesks;

/// How often claims, and tickets for the waiting room, may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimRules {
    /// By one citizen within a minute.
    pub person: u32,
    /// From one public address (IPv6: /64) within ten seconds; 0 for any number.
    pub network: u32,
}

impl Default for ClaimRules {
    /// A person presses a button a few times. Behind one public address of a carrier stand one to
    /// two thousand phones, behind that of a mall as many; each may ask ten times in ten seconds.
    fn default() -> Self {
        Self { person: 60, network: 20_000 }
    }
}

/// Seconds of a citizen's window and of a network's.
const PERSON_WINDOW: i64 = 60;
const NETWORK_WINDOW: i64 = 10;
/// Places of a table, a power of two: two megabytes for citizens, less for networks.
const PERSONS: usize = 1 << 18;
const NETWORKS: usize = 1 << 14;

/// Tells the desks how often one may ask; once, before the first claim. Answers whether it was in
/// time.
pub fn configure(state: &State, rules: ClaimRules) -> bool {
    state.part::<ClaimDesks>().limits.rules.set(rules).is_ok()
}

/// What is counted.
pub(crate) struct ClaimLimits {
    rules: OnceLock<ClaimRules>,
    persons: Table,
    networks: Table,
}

impl Default for ClaimLimits {
    fn default() -> Self {
        let rules = OnceLock::new();
        let persons = Table::new(PERSONS, PERSON_WINDOW);
        Self { rules, persons, networks: Table::new(NETWORKS, NETWORK_WINDOW) }
    }
}

impl fmt::Debug for ClaimLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimLimits").field("rules", &self.rules.get()).finish_non_exhaustive()
    }
}

impl ClaimLimits {
    /// Counts one more, or refuses. The address is asked for only where networks are counted.
    pub(crate) fn count(
        &self,
        citizen: CitizenNo,
        client: impl FnOnce() -> Option<IpAddr>,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let rules = self.rules.get().copied().unwrap_or_default();
        let seconds = now.as_second();
        if self.persons.count(&citizen.0, seconds) > rules.person {
            return Err(self.persons.too_many(
                "你按得太勤，先停一停，没有再排。领到的不会丢，按得多也不会更快。",
                seconds,
            ));
        }
        if rules.network == 0 {
            return Ok(());
        }
        let Some(network) = client().filter(is_public).map(neighbourhood) else { return Ok(()) };
        if self.networks.count(&network, seconds) > rules.network {
            return Err(self.networks.too_many(
                "从这个网络来领的太多，先停一停，没有领。请过几秒再试，或换手机流量。",
                seconds,
            ));
        }
        Ok(())
    }
}

/// Whether an address says anything of where somebody is. A machine's own, a house's and a
/// carrier's inner addresses do not: a proxy that nobody named would make one network of a city.
fn is_public(address: &IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => {
            let [a, b, ..] = four.octets();
            let carrier = a == 100 && (64..128).contains(&b);
            !(four.is_loopback()
                || four.is_private()
                || four.is_link_local()
                || four.is_unspecified()
                || carrier)
        }
        IpAddr::V6(six) => {
            !(six.is_loopback()
                || six.is_unspecified()
                || six.is_unique_local()
                || six.is_unicast_link_local())
        }
    }
}

/// Counts of the newest window, each in a word: 24 bits of whose it is, 16 of which window, 24 of
/// how many. Two who fall on one place take turns in it: one of them may be counted too low then,
/// nobody is ever counted for somebody else.
struct Table {
    places: Box<[AtomicU64]>,
    hash: RandomState,
    window: i64,
}

const COUNT: u64 = (1 << 24) - 1;

impl Table {
    fn new(places: usize, window: i64) -> Self {
        let places = (0..places).map(|_| AtomicU64::new(0)).collect();
        Self { places, hash: RandomState::new(), window }
    }

    /// Counts one more; answers how many it is in this window.
    fn count(&self, who: &impl std::hash::Hash, seconds: i64) -> u32 {
        let hash = self.hash.hash_one(who);
        // The table's size is a power of two that fits a usize; the hash's low bits choose.
        let at = usize::try_from(hash & (self.places.len() as u64 - 1)).unwrap_or(0);
        let window = seconds.div_euclid(self.window).cast_unsigned() & 0xffff;
        let owner = (hash >> 40 << 40) | (window << 24);
        let place = &self.places[at];
        let mut before = place.load(Ordering::Relaxed);
        loop {
            let so_far = if before & !COUNT == owner { before & COUNT } else { 0 };
            let next = (so_far + 1).min(COUNT);
            match place.compare_exchange_weak(
                before,
                owner | next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                // At most 24 bits.
                Ok(_) => return u32::try_from(next).unwrap_or(u32::MAX),
                Err(now) => before = now,
            }
        }
    }

    fn too_many(&self, words: &str, seconds: i64) -> Refused {
        let left = self.window - seconds.rem_euclid(self.window);
        Refused::TooMany {
            message: words.to_owned(),
            retry_after: u32::try_from(left).unwrap_or(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const AT: Timestamp = Timestamp::constant(1_622_512_800, 0);

    fn limits(person: u32, network: u32) -> ClaimLimits {
        let limits = ClaimLimits::default();
        assert!(limits.rules.set(ClaimRules { person, network }).is_ok(), "set once");
        limits
    }

    fn from(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn wait(told: Result<(), Refused>) -> Option<u32> {
        match told {
            Ok(()) => None,
            Err(Refused::TooMany { retry_after, .. }) => Some(retry_after),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_citizen_asks_so_often_a_minute_and_another_one_is_another_matter() {
        let limits = limits(3, 0);
        let ask = |citizen, after| {
            let at = AT + SignedDuration::from_secs(after);
            wait(limits.count(CitizenNo(citizen), || None, at))
        };
        assert_eq!([ask(1, 0), ask(1, 1), ask(1, 2)], [None; 3]);
        assert_eq!((ask(1, 20), ask(2, 20)), (Some(40), None));
        assert_eq!(ask(1, 60), None, "the next minute");
        assert_eq!(ask(1, -600), None, "a clock that was put back locks nobody out");
    }

    #[test]
    fn a_network_is_counted_by_its_public_address_alone() {
        let limits = limits(60, 2);
        let ask =
            |citizen, address| wait(limits.count(CitizenNo(citizen), || Some(from(address)), AT));
        assert_eq!([ask(1, "203.0.113.7"), ask(2, "203.0.113.7")], [None; 2]);
        assert_eq!(ask(3, "203.0.113.7"), Some(10));
        assert_eq!(ask(4, "203.0.113.8"), None, "the next address");
        assert_eq!([ask(5, "2001:db8::1"), ask(6, "2001:db8::2")], [None; 2]);
        assert_eq!(ask(7, "2001:db8::3"), Some(10), "one household");
        for inner in ["127.0.0.1", "::1", "10.1.2.3", "172.17.0.1", "100.64.0.9", "fd00::1"] {
            for citizen in 10..20 {
                assert_eq!(ask(citizen, inner), None, "{inner}");
            }
        }
    }

    #[test]
    fn who_shares_a_place_is_never_counted_for_the_other() {
        let table = Table::new(1, 60);
        for _ in 0..100 {
            assert_eq!(table.count(&1_u32, 0), 1);
            assert_eq!(table.count(&2_u32, 0), 1);
        }
    }

    #[test]
    fn what_is_counted_at_once_is_counted_whole() {
        let table = Table::new(1 << 10, 60);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| assert!(table.count(&7_u32, 0) > 0)));
            }
        });
        assert_eq!(table.count(&7_u32, 0), 40_001);
    }
}
