//! A funder: a body that pays for vouchers.

use kernel::id_kind;

id_kind!(FunderKind, FunderId, "fdr");

/// A body that pays, without its account: see [`open_account`](crate::open_account).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Funder {
    /// Which.
    pub id: FunderId,
    /// Its name, unique in the city.
    pub name: String,
    /// The last four digits of its bank account.
    pub account_tail: String,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}
