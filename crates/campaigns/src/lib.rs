//! Campaigns that many places and owners run together: members, sub-events, programme.
//!
//! # Glossary
//! - **campaign** 促销活动: what many places and owners run together, from draft to closed.

use kernel::id_kind;

id_kind!(CampaignKind, CampaignId, "cmp");
id_kind!(SubEventKind, SubEventId, "sub");
id_kind!(FunderKind, FunderId, "fdr");
