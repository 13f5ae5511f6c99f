//! All SQL of this room.

pub(crate) mod citizen;
pub(crate) mod code;
pub(crate) mod device;
