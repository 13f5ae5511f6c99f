//! Putting a fact at a date into a unit's spans, without touching what was known of other days.

use jiff::civil::Date;
use kernel::time::OPEN;

use crate::unit::{Facts, Span};

/// What putting facts at a date does to the spans: these go, these come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Spans that no longer stand as they were.
    pub removed: Vec<Span>,
    /// Spans that stand instead.
    pub added: Vec<Span>,
}

impl Edit {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }
    /// The edit that takes this one back.
    #[must_use]
    pub fn undone(self) -> Self {
        Self { removed: self.added, added: self.removed }
    }
}

/// The span that covers this day. `spans` are in order and do not overlap.
pub fn on(spans: &[Span], day: Date) -> Option<&Span> {
    spans.iter().find(|span| span.from_on <= day && day < span.to_on)
}

/// Puts `facts` at `day`: they hold from then until the next day of which something was recorded.
/// Days before, and days from the next recorded one on, stay as they were.
pub fn put(spans: &[Span], day: Date, facts: Facts) -> Edit {
    let Some(covering) = on(spans, day) else {
        // Before everything known, or nothing known yet.
        let next = spans.iter().map(|span| span.from_on).find(|from| *from > day);
        let added = Span { from_on: day, to_on: next.unwrap_or(OPEN), facts };
        return Edit { removed: Vec::new(), added: vec![added] };
    };
    if covering.facts == facts {
        return Edit::default();
    }
    let mut added = Vec::with_capacity(2);
    if covering.from_on < day {
        let facts = covering.facts.clone();
        added.push(Span { from_on: covering.from_on, to_on: day, facts });
    }
    added.push(Span { from_on: day, to_on: covering.to_on, facts });
    Edit { removed: vec![covering.clone()], added }
}

/// Carries an edit out on spans in memory.
pub fn apply(spans: &mut Vec<Span>, edit: &Edit) {
    spans.retain(|span| !edit.removed.contains(span));
    spans.extend(edit.added.iter().cloned());
    spans.sort_by_key(|span| span.from_on);
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan as _;
    use jiff::civil::date;
    use kernel::{Id, time::OPEN};
    use places::Industry;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn facts(member_count: i64) -> Facts {
        let town = Id::from_uuid(Uuid::nil());
        Facts { member_count, headcount: 10, ..Facts::blank(town, Industry::Trade) }
    }

    fn day(number: i64) -> Date {
        date(2020, 1, 1).saturating_add(number.days())
    }

    proptest! {
        /// Whatever order facts come in, each day shows the newest of those put at its last
        /// recorded day, spans never overlap, and the last one is open.
        #[test]
        fn spans_never_overlap_and_days_keep_what_was_put(
            puts in proptest::collection::vec((0_i64..60, 0_i64..5), 1..20)
        ) {
            let mut spans = Vec::new();
            let mut recorded = std::collections::BTreeMap::<i64, i64>::new();
            for (on, members) in puts {
                let edit = put(&spans, day(on), facts(members));
                apply(&mut spans, &edit);
                // Facts that were already so leave no record of their own at that day.
                if !edit.is_empty() {
                    recorded.insert(on, members);
                }
            }
            for pair in spans.windows(2) {
                prop_assert_eq!(pair[0].to_on, pair[1].from_on);
            }
            prop_assert_eq!(spans.last().map(|span| span.to_on), Some(OPEN));
            for number in 0..70 {
                let expected = recorded.range(..=number).next_back().map(|(_, members)| *members);
                let found = super::on(&spans, day(number)).map(|span| span.facts.member_count);
                prop_assert_eq!(found, expected);
            }
        }

        #[test]
        fn an_edit_can_be_taken_back(first in 0_i64..30, second in 0_i64..30) {
            let mut spans = Vec::new();
            let edit = put(&spans, day(first), facts(1));
            apply(&mut spans, &edit);
            let before = spans.clone();
            let edit = put(&spans, day(second), facts(2));
            apply(&mut spans, &edit);
            apply(&mut spans, &edit.undone());
            prop_assert_eq!(spans, before);
        }
    }

    #[test]
    fn the_same_facts_again_change_nothing() {
        let spans = put(&[], day(0), facts(3)).added;
        assert!(put(&spans, day(9), facts(3)).is_empty());
    }
}
