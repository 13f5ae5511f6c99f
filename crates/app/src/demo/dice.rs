//! Chance that is the same in every run: one seed, one stream of choices.

use std::sync::Mutex;

use rand::{Rng as _, RngExt as _, SeedableRng as _, rngs::StdRng};

/// Makes every choice of the generated city.
pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }
    /// From 0 to below `end`; 0 when there is nothing to choose from.
    pub(super) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { self.0.random_range(0..end) }
    }
    /// From `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }
    /// Whether something of this probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_bool(probability.clamp(0.0, 1.0))
    }
    /// From 0 to below 1.
    pub(super) fn share(&mut self) -> f64 {
        self.0.random_range(0.0..1.0)
    }
    /// One of them, each alike. Never asked of an empty slice: they are this module's tables.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
    /// One of them, as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(T, u32)]) -> T {
        let all: u32 = from.iter().map(|(_, weight)| weight).sum();
        let mut left = self.0.random_range(0..all.max(1));
        for (one, weight) in from {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        from[0].0
    }
    /// Takes one out of them.
    pub(super) fn draw<T>(&mut self, from: &mut Vec<T>) -> Option<T> {
        let place = self.below(from.len());
        (!from.is_empty()).then(|| from.swap_remove(place))
    }
}

/// Random bytes of the city's seed, for ids. Nothing that must stay secret is made of them.
pub(super) struct SeededBytes(Mutex<StdRng>);

impl SeededBytes {
    pub(super) fn new(seed: u64) -> Self {
        // Another stream than the choices', so that ids do not follow from what was chosen.
        Self(Mutex::new(StdRng::seed_from_u64(!seed)))
    }
}

impl kernel::Rng for SeededBytes {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(bytes);
    }
}
