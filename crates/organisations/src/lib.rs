//! Units, dated states, coverage, and the ledger's way in and out of Excel.
//!
//! # Words
//! - **unit** 两新组织: an enterprise, sole trader, social group, private school or clinic.
//! - **state**: what held of a unit from one day to another; **facts** are what is put at a day.
//! - **coverage** 覆盖: which operating units are covered by an organisation, or by work.
//! - **definition** 口径: the named, versioned rule of who should establish an organisation.
//!
//! # Invariants
//! - A unit's states never overlap and, from its first day on, leave no gap.
//! - Units are written by [`ledger::write`] alone: states, running sums, search index and journal
//!   change in one transaction.
//! - A figure and the list behind it are the same [`Filter`].
//! - Nothing is put into the future.

pub mod api;
mod bulk;
mod cells;
pub mod change;
pub mod coverage;
pub mod definition;
pub mod edit;
pub mod export;
mod figures;
pub mod filter;
pub mod gap;
pub mod import;
pub mod ledger;
pub mod list;
pub mod organisation;
mod pages;
mod place_counts;
pub mod policy;
mod postings;
pub mod register;
pub mod relocation;
mod routes;
pub mod search;
pub mod settle;
pub mod sight;
pub mod standing;
mod store;
pub mod sums;
pub mod template;
pub mod timeline;
pub mod unit;
pub mod views;
pub mod worker;

pub use coverage::{By, Coverage, CoverageRow, Explained};
pub use definition::Definition;
pub use filter::{Filter, Or};
pub use ledger::{Put, Source};
pub use list::{Listed, Sort};
pub use place_counts::UnitCounts;
pub use routes::{install, routes};
pub use sight::Sight;
pub use standing::{Change, Standing};
pub use sums::Counts;
pub use unit::{
    Cover, Facts, Identity, OrganisationId, Span, Status, Unit, UnitId, Work, WorkWay, WorkerId,
};
