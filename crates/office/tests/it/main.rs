//! Everything that goes in and out of spreadsheets, over real files made in code.

mod fixtures;
mod marking;
mod reading;
mod refusals;
mod speed;
mod writing;
