//! Which units have which words: the search index of the database, once more and in memory.

use std::collections::HashMap;

use kernel::Folded;
use places::PlaceId;
use roaring::RoaringBitmap;

/// The units of each token of a name or an address.
#[derive(Debug, Default)]
pub(super) struct Words {
    units: HashMap<Box<str>, RoaringBitmap>,
}

/// What a text found: units by name, address or code, and places whose units all count.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    pub(super) units: RoaringBitmap,
    pub(super) places: Vec<PlaceId>,
}

impl Words {
    pub(super) fn add(&mut self, slot: u32, name: &str, address: &str) {
        Folded::from_fields([name, address]).for_each_token(|token| {
            if let Some(units) = self.units.get_mut(token) {
                units.insert(slot);
            } else {
                self.units.insert(token.into(), RoaringBitmap::from_iter([slot]));
            }
        });
    }

    pub(super) fn remove(&mut self, slot: u32, name: &str, address: &str) {
        Folded::from_fields([name, address]).for_each_token(|token| {
            if let Some(units) = self.units.get_mut(token) {
                units.remove(slot);
            }
        });
    }

    /// The units that have all tokens of any one way.
    pub(super) fn with_tokens(&self, ways: &[Vec<String>]) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        for tokens in ways {
            let mut sets: Vec<&RoaringBitmap> = Vec::with_capacity(tokens.len());
            sets.extend(tokens.iter().filter_map(|token| self.units.get(token.as_str())));
            if sets.len() < tokens.len() {
                continue;
            }
            // The rarest first: what follows only gets fewer.
            sets.sort_by_key(|set| set.len());
            let Some((first, rest)) = sets.split_first() else { continue };
            found |= rest.iter().fold((*first).clone(), |all, set| all & *set);
        }
        found
    }
}
