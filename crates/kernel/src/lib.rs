//! Ids, time, money, codes, `Actor` and `Cx`: the words that every room shares. No I/O.
//!
//! Everything here is pure: the current time and randomness come in from outside, through [`Cx`].

pub mod actor;
pub mod code;
pub mod cx;
pub mod id;
pub mod time;

pub use actor::{Actor, Grant, Role, Scope};
pub use code::Code;
pub use cx::{Clock, Cx, Rng};
pub use id::{Id, Kind};
pub use jiff::{Timestamp, civil::Date};
