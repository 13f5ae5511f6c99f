//! All SQL of this room, by table, and nothing else. Writes ask for a permit.

mod challenges;
mod counts;
mod stations;
mod visits;
mod walkers;

pub(crate) use challenges::*;
pub use challenges::{challenge_by_id, challenges_of};
pub(crate) use counts::*;
pub use stations::stations_of;
pub(crate) use stations::*;
pub(crate) use visits::*;
pub(crate) use walkers::*;
