//! What a desk remembers of a batch, and how it decides: pure. Everything in it was read from the
//! claims, or written into them, up to `head`; at any later head it is read on.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date};
use kernel::{CitizenNo, time::civil_date};
use roaring::RoaringBitmap;

use crate::Terms;

/// Who has how many: the n-th set holds those who have more than n.
#[derive(Clone, Debug, Default)]
struct Tally(Vec<RoaringBitmap>);

impl Tally {
    fn count(&self, citizen: CitizenNo) -> i64 {
        self.0.iter().take_while(|level| level.contains(citizen.0)).count() as i64
    }
    fn add(&mut self, citizen: CitizenNo) {
        for level in &mut self.0 {
            if level.insert(citizen.0) {
                return;
            }
        }
        self.0.push(RoaringBitmap::from([citizen.0]));
    }
}

/// What the stock says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stock {
    pub(crate) is_open: bool,
    pub(crate) terms_version: i64,
    pub(crate) claimed: i64,
    pub(crate) returned: i64,
    pub(crate) filed: i64,
}

/// A claim as the book keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Noted {
    pub(crate) claim: i64,
    pub(crate) citizen: CitizenNo,
    pub(crate) at: Timestamp,
}

/// One who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asking {
    pub(crate) citizen: CitizenNo,
    pub(crate) key_hash: Option<[u8; 16]>,
    pub(crate) at: Timestamp,
    /// How many claims of theirs were looked at before asking, and none had this key.
    pub(crate) seen: i64,
    /// Whether the room that gives reserved vouchers asks for them.
    pub(crate) is_earned: bool,
}

/// What the book says to one who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// This claim, once it is written; so many are left after it.
    Yours { claim: i64, left: i64 },
    /// They have claims that were not looked at: one of them may be the answer to this very
    /// request, sent before.
    Look,
    /// As many as one citizen may have, or may have on one day.
    CapReached { of_day: bool },
    /// None is left.
    SoldOut,
    /// Before the window.
    TooEarly,
    /// After it.
    TooLate,
    /// Not open: not yet, or closed.
    Closed,
    /// Earned elsewhere, and not by them.
    NotEligible,
}

/// Whether a day has a cap that the person's own does not make needless.
fn caps_days(terms: &Terms) -> bool {
    terms.day_cap < terms.person_cap
}

/// The book of one batch.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    pub(crate) terms: Terms,
    pub(crate) stock: Stock,
    /// Whether its vouchers are earned elsewhere.
    pub(crate) is_reserved: bool,
    people: Tally,
    /// By the day, where a day has a cap of its own. All of them: at midnight, and when a clock is
    /// put back, claims of two days come in any order.
    days: Option<HashMap<Date, Tally>>,
    /// The newest claim of those whose claims are not filed under their number yet. Small words:
    /// there may be a million of them.
    unfiled: HashMap<CitizenNo, u32>,
    /// Those of their claims that are older and not filed either; few have any.
    unfiled_older: HashMap<CitizenNo, Vec<u32>>,
}

impl Book {
    /// An empty book: nothing was read yet, and nothing can be decided before it is.
    pub(crate) fn new(terms: Terms, stock: Stock) -> Self {
        let stock = Stock { claimed: 0, ..stock };
        let days = caps_days(&terms).then(HashMap::new);
        Self {
            terms,
            stock,
            is_reserved: false,
            people: Tally::default(),
            days,
            unfiled: HashMap::new(),
            unfiled_older: HashMap::new(),
        }
    }

    /// The number of the newest claim in it.
    pub(crate) fn head(&self) -> i64 {
        self.stock.claimed
    }

    /// How many are left.
    pub(crate) fn left(&self) -> i64 {
        (self.terms.quantity - self.stock.claimed + self.stock.returned).max(0)
    }

    /// Takes in claims that were written, in their order. Those that are in it already are passed
    /// over: whoever wrote them and whoever read them may both bring them.
    pub(crate) fn note(&mut self, claims: impl IntoIterator<Item = Noted>) {
        for Noted { claim, citizen, at } in claims {
            if claim <= self.stock.claimed {
                continue;
            }
            self.people.add(citizen);
            if let Some(days) = &mut self.days {
                days.entry(civil_date(at)).or_default().add(citizen);
            }
            if claim > self.stock.filed {
                let short = u32::try_from(claim).unwrap_or(u32::MAX);
                if let Some(older) = self.unfiled.insert(citizen, short) {
                    self.unfiled_older.entry(citizen).or_default().push(older);
                }
            }
            self.stock.claimed = claim;
        }
    }

    /// Whether these terms ask about days, of which this book knows nothing: it must be begun anew.
    pub(crate) fn lacks_days(&self, terms: &Terms) -> bool {
        caps_days(terms) && self.days.is_none()
    }

    /// Whether this citizen has any.
    pub(crate) fn holds(&self, citizen: CitizenNo) -> bool {
        self.people.count(citizen) > 0
    }

    /// A citizen's claims that are not filed yet.
    pub(crate) fn unfiled(&self, citizen: CitizenNo) -> Vec<i64> {
        let older = self.unfiled_older.get(&citizen).into_iter().flatten();
        older.chain(self.unfiled.get(&citizen)).map(|claim| i64::from(*claim)).collect()
    }

    /// How many claims are not filed.
    pub(crate) fn unfiled_count(&self) -> i64 {
        self.stock.claimed - self.stock.filed
    }

    /// Claims up to this number are filed.
    pub(crate) fn file_up_to(&mut self, claim: i64) {
        self.stock.filed = claim.max(self.stock.filed);
        let filed = self.stock.filed;
        self.unfiled.retain(|_, newest| i64::from(*newest) > filed);
        self.unfiled_older.retain(|_, older| {
            older.retain(|one| i64::from(*one) > filed);
            !older.is_empty()
        });
        // A million places are not kept for the few who come after a rush.
        if self.unfiled.len() * 4 < self.unfiled.capacity() {
            self.unfiled.shrink_to_fit();
        }
    }

    /// What the stock says now; the claims in between were read.
    pub(crate) fn restock(&mut self, stock: Stock, terms: Terms) {
        let Stock { claimed, filed, .. } = self.stock;
        self.stock = Stock { claimed, filed, ..stock };
        self.terms = terms;
        self.file_up_to(stock.filed);
    }

    /// Decides on all who ask, in their order, as if each were written before the next is heard.
    /// Nothing is noted: that is for after the commit.
    pub(crate) fn decide(&self, asking: &[Asking]) -> Vec<Verdict> {
        let mut given: HashMap<CitizenNo, i64> = HashMap::new();
        let mut next = self.head() + 1;
        let mut left = self.left();
        asking
            .iter()
            .map(|one| {
                let so_far = given.get(&one.citizen).copied().unwrap_or(0);
                if let Some(refused) = self.refuse(one, so_far, left) {
                    return refused;
                }
                given.insert(one.citizen, so_far + 1);
                next += 1;
                left -= 1;
                Verdict::Yours { claim: next - 1, left }
            })
            .collect()
    }

    /// Why this one gets none. Who has theirs is told so even when none is left, when the batch was
    /// closed since, and when the clock was put back: the answer to the same request stays.
    fn refuse(&self, one: &Asking, so_far: i64, left: i64) -> Option<Verdict> {
        let has = self.people.count(one.citizen) + so_far;
        if has > one.seen {
            return Some(Verdict::Look);
        }
        if has >= self.terms.person_cap {
            return Some(Verdict::CapReached { of_day: false });
        }
        if !self.stock.is_open {
            return Some(Verdict::Closed);
        }
        if self.is_reserved && !one.is_earned {
            return Some(Verdict::NotEligible);
        }
        if one.at < self.terms.claim_from {
            return Some(Verdict::TooEarly);
        }
        if one.at >= self.terms.claim_until {
            return Some(Verdict::TooLate);
        }
        if caps_days(&self.terms) {
            let today = self.days.as_ref().and_then(|days| days.get(&civil_date(one.at)));
            let before = today.map_or(0, |today| today.count(one.citizen));
            if before + so_far >= self.terms.day_cap {
                return Some(Verdict::CapReached { of_day: true });
            }
        }
        (left <= 0).then_some(Verdict::SoldOut)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use kernel::Fen;
    use proptest::prelude::*;

    use super::*;
    use crate::Stacking;

    const OPEN: Timestamp = Timestamp::constant(1_622_512_800, 0);

    fn terms(quantity: i64, person_cap: i64, day_cap: i64) -> Terms {
        let hours = |hours| OPEN + SignedDuration::from_hours(hours);
        Terms {
            name: "满100减20".into(),
            face: Fen(2_000),
            threshold: Fen(10_000),
            quantity,
            budget: Fen(2_000 * quantity),
            person_cap,
            day_cap,
            claim_from: OPEN,
            claim_until: hours(72),
            use_from: OPEN,
            use_until: hours(240),
            partial: false,
            stacking: Stacking::Alone,
            restock: false,
            refund_days: 7,
            admit_per_second: 0,
        }
    }

    fn book(terms: Terms) -> Book {
        let stock = Stock { is_open: true, terms_version: 1, claimed: 0, returned: 0, filed: 0 };
        Book::new(terms, stock)
    }

    fn ask(citizen: u32, at: Timestamp) -> Asking {
        Asking { citizen: CitizenNo(citizen), key_hash: None, at, seen: 0, is_earned: false }
    }

    #[test]
    fn windows_caps_and_stock_each_say_their_own_word() {
        let mut book = book(terms(2, 1, 1));
        let early = OPEN - SignedDuration::from_secs(1);
        assert_eq!(book.decide(&[ask(1, early)]), [Verdict::TooEarly]);
        let asked = [ask(1, OPEN), ask(1, OPEN), ask(2, OPEN), ask(3, OPEN)];
        let told = book.decide(&asked);
        let cap = Verdict::Look;
        assert_eq!(told[0], Verdict::Yours { claim: 1, left: 1 });
        assert_eq!(told[1..], [cap, Verdict::Yours { claim: 2, left: 0 }, Verdict::SoldOut]);
        assert_eq!(book.head(), 0, "nothing is noted before it is written");
        let note = |claim, citizen| Noted { claim, citizen: CitizenNo(citizen), at: OPEN };
        book.note([note(1, 1), note(2, 2)]);
        assert_eq!(book.decide(&[ask(1, OPEN), ask(9, OPEN)]), [cap, Verdict::SoldOut]);
        let late = OPEN + SignedDuration::from_hours(72);
        assert_eq!(book.decide(&[ask(2, late), ask(9, late)]), [cap, Verdict::TooLate]);
        book.stock.is_open = false;
        assert_eq!(book.decide(&[ask(9, OPEN)]), [Verdict::Closed]);
    }

    #[test]
    fn what_is_reserved_goes_to_who_earned_it() {
        let mut book = book(terms(2, 1, 1));
        book.is_reserved = true;
        let told = book.decide(&[ask(1, OPEN), Asking { is_earned: true, ..ask(2, OPEN) }]);
        assert_eq!(told, [Verdict::NotEligible, Verdict::Yours { claim: 1, left: 1 }]);
    }

    #[test]
    fn a_day_has_its_own_cap() {
        let mut book = book(terms(100, 3, 1));
        let next_day = OPEN + SignedDuration::from_hours(24);
        book.note([Noted { claim: 1, citizen: CitizenNo(1), at: OPEN }]);
        let looked = |at| Asking { seen: 1, ..ask(1, at) };
        let told = book.decide(&[looked(OPEN), looked(next_day), looked(next_day)]);
        let cap = Verdict::CapReached { of_day: true };
        assert_eq!(told, [cap, Verdict::Yours { claim: 2, left: 98 }, Verdict::Look]);
    }

    #[test]
    fn a_day_is_remembered_when_another_came_in_between() {
        let mut book = book(terms(100, 3, 1));
        let day = |days: i64| OPEN + SignedDuration::from_hours(24 * days);
        let note = |claim, citizen, at| Noted { claim, citizen: CitizenNo(citizen), at };
        book.note([note(1, 1, day(0)), note(2, 1, day(1)), note(3, 2, day(0))]);
        let looked = |seen, at| Asking { seen, ..ask(1, at) };
        let told = book.decide(&[looked(2, day(0)), looked(2, day(1)), looked(2, day(2))]);
        let cap = Verdict::CapReached { of_day: true };
        assert_eq!(told, [cap, cap, Verdict::Yours { claim: 4, left: 96 }]);
    }

    #[test]
    fn what_is_brought_twice_counts_once() {
        let mut book = book(terms(100, 2, 2));
        let note = |claim| Noted { claim, citizen: CitizenNo(1), at: OPEN };
        book.note([note(1)]);
        book.note([note(1), note(2)]);
        book.note([note(1)]);
        assert_eq!((book.head(), book.left()), (2, 98));
        assert_eq!(book.unfiled(CitizenNo(1)), [1, 2]);
        let cap = Verdict::CapReached { of_day: false };
        assert_eq!(book.decide(&[Asking { seen: 2, ..ask(1, OPEN) }]), [cap]);
    }

    #[test]
    fn terms_that_begin_to_cap_the_day_need_a_new_book() {
        let book = book(terms(100, 1, 1));
        assert!(book.lacks_days(&terms(100, 3, 1)) && !book.lacks_days(&terms(100, 3, 3)));
    }

    proptest! {
        /// However many ask, in whatever sets: never above the stock, never above a cap, numbers
        /// without gaps, and nobody refused who could have had one.
        #[test]
        fn sets_of_any_shape_keep_the_rules(
            quantity in 1_i64..40,
            cap in 1_i64..4,
            asks in prop::collection::vec(prop::collection::vec(0_u32..12, 0..12), 0..12),
        ) {
            let mut book = book(terms(quantity, cap, cap));
            let mut held: HashMap<u32, i64> = HashMap::new();
            let mut given = 0;
            for set in asks {
                let mut before = held.clone();
                let asking: Vec<_> = set.iter().map(|one| {
                    let seen = before.entry(*one).or_default();
                    *seen += 1;
                    Asking { seen: *seen - 1, ..ask(*one, OPEN) }
                }).collect();
                let mut noted = Vec::new();
                for (one, verdict) in asking.iter().zip(book.decide(&asking)) {
                    let has = held.entry(one.citizen.0).or_default();
                    match verdict {
                        Verdict::Yours { claim, left } => {
                            given += 1;
                            *has += 1;
                            prop_assert!(*has <= cap && claim == given && left == quantity - given);
                            noted.push(Noted { claim, citizen: one.citizen, at: one.at });
                        }
                        Verdict::CapReached { .. } => prop_assert_eq!(*has, cap),
                        Verdict::Look => prop_assert!(false, "all was looked at"),
                        Verdict::SoldOut => prop_assert_eq!(given, quantity),
                        other => prop_assert!(false, "{other:?}"),
                    }
                }
                book.note(noted);
            }
            prop_assert_eq!(book.head(), given);
        }
    }
}
