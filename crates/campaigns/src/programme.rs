//! A line of a campaign's programme.

use jiff::Timestamp;
use kernel::id_kind;
use places::PlaceId;

use crate::{CampaignId, SubEventId};

id_kind!(ItemKind, ItemId, "pgm");

/// Something that happens at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgrammeItem {
    /// Which.
    pub id: ItemId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Of one sub-event, or of the whole.
    pub sub_event: Option<SubEventId>,
    /// What.
    pub title: String,
    /// The same in English, or empty.
    pub title_en: String,
    /// Where, when it has a place of its own.
    pub place: Option<PlaceId>,
    /// From then.
    pub from_at: Timestamp,
    /// Until then; the same instant for what has no end.
    pub to_at: Timestamp,
}
