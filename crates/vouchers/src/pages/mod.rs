//! Pages: each a view struct beside its template.

pub(crate) mod batches;
pub(crate) mod claiming;
pub(crate) mod flags;
pub(crate) mod frame;
pub(crate) mod qr;
pub(crate) mod redemption;
pub(crate) mod settlements;
pub(crate) mod till;
pub(crate) mod waiting;
pub(crate) mod wallet;
