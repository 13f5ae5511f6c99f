//! A key site: one place in a town that leads one industry (每区镇每行业一重点).

use kernel::{Date, id_kind};

use crate::{Industry, PlaceId};

id_kind!(KeySiteIdKind, KeySiteId, "key");

/// A place named for a town and an industry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySite {
    /// Which.
    pub id: KeySiteId,
    /// The town.
    pub town: PlaceId,
    /// The industry; a town has one key site for each at a time.
    pub industry: Industry,
    /// The place that was named.
    pub place: PlaceId,
    /// Since when.
    pub from: Date,
    /// The first day on which it no longer is.
    pub to: Date,
    /// Why it was named.
    pub reason: String,
}
