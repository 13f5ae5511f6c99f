//! The room's verbs and routes, over a real database of each engine.

mod figures;
mod pages;
mod review;
mod rewards;
mod rules;
mod trail;
mod visits;
