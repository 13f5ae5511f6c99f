//! The room's verbs and routes, over a real database of each engine.

mod claims;
mod ground;
