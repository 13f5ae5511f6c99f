//! All SQL of this room, by table, and nothing else. Writes ask for a permit.

mod campaigns;
mod events;
mod funders;
mod members;

pub use campaigns::campaign_by_id;
pub(crate) use campaigns::*;
pub(crate) use events::*;
pub use events::{programme, sub_events};
pub(crate) use funders::*;
pub use funders::{funder, funders};
pub(crate) use members::*;
pub use members::{active_members, is_active_member, members};
