//! Shows, records, files and contests over a real database of each engine.

mod contests;
mod fair;
mod files;
mod pages;
mod records;
