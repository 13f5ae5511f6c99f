//! The register over a real database of each engine.

mod cells;
mod city;
mod coverage;
mod import;
mod pages;
mod relocation;
mod search;
mod town_hall;
mod views;
mod walk;
