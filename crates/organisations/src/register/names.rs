//! Units in the order of their names, kept while names come and go.

/// Every unit has a rank; ranks lie far apart, so that one more fits between two.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Slots in order.
    order: Vec<u32>,
    /// The rank of each slot.
    ranks: Vec<i64>,
}

const GAP: i64 = 1 << 32;

impl Names {
    /// Slots `0..n` by their folded names; of equal ones the first slot goes first.
    pub(super) fn sorted(folded: &[String]) -> Self {
        let mut order: Vec<u32> = (0..super::states::count(folded.len())).collect();
        order.sort_by(|one, other| folded[*one as usize].cmp(&folded[*other as usize]));
        let mut names = Self { order, ranks: vec![0; folded.len()] };
        names.number();
        names
    }

    fn number(&mut self) {
        for (place, slot) in self.order.iter().enumerate() {
            self.ranks[*slot as usize] = (place as i64 + 1) * GAP;
        }
    }

    pub(super) fn rank(&self, slot: u32) -> i64 {
        self.ranks[slot as usize]
    }

    pub(super) fn order(&self) -> &[u32] {
        &self.order
    }

    /// How many slots stand before the first of which `before` does not hold.
    pub(super) fn place(&self, before: impl Fn(u32) -> bool) -> usize {
        self.order.partition_point(|slot| before(*slot))
    }

    /// Puts a slot in front of the first of which `before` does not hold.
    pub(super) fn insert(&mut self, slot: u32, before: impl Fn(u32) -> bool) {
        let place = self.place(before);
        let rank_at = |place: usize| self.order.get(place).map(|slot| self.rank(*slot));
        let below = place.checked_sub(1).and_then(rank_at);
        let rank = match (below, rank_at(place)) {
            (None, None) => Some(GAP),
            (Some(below), None) => Some(below + GAP),
            (None, Some(above)) => Some(above - GAP),
            (Some(below), Some(above)) => (above - below > 1).then(|| below + (above - below) / 2),
        };
        self.order.insert(place, slot);
        if self.ranks.len() <= slot as usize {
            self.ranks.resize(slot as usize + 1, 0);
        }
        match rank {
            Some(rank) => self.ranks[slot as usize] = rank,
            None => self.number(),
        }
    }

    /// Takes a slot out.
    pub(super) fn remove(&mut self, slot: u32) {
        let rank = self.rank(slot);
        let place = self.order.partition_point(|other| self.rank(*other) < rank);
        if self.order.get(place) == Some(&slot) {
            self.order.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn comings_and_goings_keep_the_order(
            begin in proptest::collection::vec("[a-c]{1,3}", 0..12),
            then in proptest::collection::vec(("[a-c]{1,3}", 0_usize..30), 0..60),
        ) {
            let mut texts = begin.clone();
            let mut names = Names::sorted(&texts);
            for (text, whose) in then {
                if let Some(old) = texts.get_mut(whose) {
                    names.remove(super::super::states::count(whose));
                    *old = text;
                } else {
                    texts.push(text);
                }
                let slot = super::super::states::count(whose.min(texts.len() - 1));
                let key = |slot: u32| (&texts[slot as usize], slot);
                names.insert(slot, |other| key(other) < key(slot));
            }
            let mut sorted: Vec<u32> = (0..super::super::states::count(texts.len())).collect();
            sorted.sort_by_key(|slot| (&texts[*slot as usize], *slot));
            proptest::prop_assert_eq!(names.order(), &sorted[..]);
            proptest::prop_assert!(
                sorted.windows(2).all(|two| names.rank(two[0]) < names.rank(two[1]))
            );
        }
    }
}
