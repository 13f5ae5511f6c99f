//! The register over a real database of each engine.
#![allow(clippy::cast_possible_truncation, reason = "a test counts small things")]

mod cells;
mod city;
mod coverage;
mod form;
mod import;
mod pages;
mod register;
mod relocation;
mod search;
mod torn;
mod town_hall;
mod views;
mod walk;
