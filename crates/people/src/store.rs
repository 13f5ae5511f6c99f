//! All SQL of this crate, nothing else. Writing asks for a permit, where the deed needs one.

pub(crate) mod account;
pub(crate) mod grant;
pub(crate) mod session;
pub(crate) mod token;
