//! The place tree: towns, five fronts, stations, industry bodies, key sites.
//!
//! # Glossary
//! - **Place** 地点: a node of the tree. City 全市 › town 区镇 › front 阵地 › area 楼层街区 › shop 商铺;
//!   areas nest. A place keeps its id for ever.
//! - **Front** 阵地: a place of one of five kinds: 园区, 商务楼宇, 商圈市场, 众创空间, 特色小镇.
//! - **Span**: where a place hung and what it was called, in `[from, to)`.
//! - **Station** 区域工作站: belongs to a town; *covers* places, each with everything in it that
//!   nothing nearer is covered for.
//! - **Body** 行业党委, 党建专委会: takes units across towns, by rules in order.
//! - **Key site** 重点: the one place of a town that leads an industry.
//! - **Atlas**: the whole tree on one date. **Reach**: what an actor sees of it.
//!
//! # Invariants
//! - On every date, every place but the city hangs under one that stands on that date, of a kind
//!   that fits; nothing hangs under itself; no two siblings have the same folded name.
//! - A change takes effect on a date that is not in the future and not before the place's last
//!   change. What stood before that date is never written again.
//! - A place has one station at most, except a whole town; a station covers in its own town only.
//! - A town has one key site for an industry at a time, and it lies in the town.
//! - Every change raises the city's version, so that [`AtlasCache`] knows what it keeps is current.

mod atlas;
mod body;
mod change_station;
mod close_place;
mod counts;
mod cover_place;
mod create_body;
mod create_place;
mod draft;
mod found_city;
mod history;
mod industry;
mod key_site;
mod merge_places;
mod move_place;
mod name_key_site;
mod open_station;
mod pages;
mod place;
mod policy;
mod reach;
mod refusal;
mod rename_place;
mod routes;
mod split_place;
mod station;
mod store;
mod unit_kind;

pub use atlas::{Atlas, AtlasCache, NameMiss};
pub use body::{Body, BodyId, BodyKind, BodyRule};
pub use change_station::{StationChange, change_station};
pub use close_place::{Closing, close_place};
pub use counts::{CountsPart, PlaceCounts, PlaceFigures};
pub use cover_place::{cover_place, uncover_place};
pub use create_body::{BodyDraft, RULE_LIMIT, change_body, create_body};
pub use create_place::{NewPlace, create_place};
pub use draft::Restated;
pub use found_city::{Founded, Founding, FoundingError, found_city};
pub use industry::Industry;
pub use key_site::{KeySite, KeySiteId};
pub use merge_places::{Merging, merge_places};
pub use move_place::{Moving, move_place};
pub use name_key_site::{Naming, end_key_site, name_key_site};
pub use open_station::{NewStation, open_station};
pub use pages::change_forms::{
    merge_again, move_again, read_merge, read_move, read_split, split_again,
};
pub use pages::timeline::VERBS;
pub use place::{Front, Place, PlaceId, PlaceKind, Succession, SuccessionHow, SuccessionId};
pub use policy::{EDITORS, READERS, edits_bodies, edits_town};
pub use reach::Reach;
pub use refusal::{Beside, ChangeError, Denied, TreeError};
pub use rename_place::{Renaming, rename_place};
pub use routes::routes;
pub use split_place::{Part, SPLIT_LIMIT, Splitting, split_place};
pub use station::{Station, StationId};
pub use unit_kind::UnitKind;
