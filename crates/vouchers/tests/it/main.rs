//! The room's verbs and routes, over a real database of each engine.

mod claims;
mod festival;
mod ground;
mod races;
mod rest;
mod tills;
