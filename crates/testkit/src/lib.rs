//! A real database of each engine for a test, a fixed clock, a seeded rng.
