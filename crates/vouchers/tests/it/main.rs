//! The room's verbs and routes, over a real database of each engine.

mod audits;
mod batches;
mod batches_api;
mod batches_lists;
mod claims;
mod clock;
mod festival;
mod flags;
mod ground;
mod hot_lane;
mod nodes;
mod races;
mod rest;
mod settlements;
mod settlements_pages;
mod tills;
mod waiting;
