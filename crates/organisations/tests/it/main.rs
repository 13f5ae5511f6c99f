//! The register over a real database of each engine.

mod city;
mod coverage;
