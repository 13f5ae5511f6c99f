//! All SQL of this room, by table, and nothing else. Writes ask for a permit.

mod merchants;

pub(crate) use merchants::*;
