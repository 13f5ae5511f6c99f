//! Campaigns that many places and owners run together: members, sub-events, programme.
//!
//! # Glossary
//! - **Campaign** 促销活动: what many places and owners run together, draft 草稿 › approved 已批准 ›
//!   running 进行中 › settling 结算中 › closed 已结束; or cancelled 已取消 before it runs.
//! - **Terms**: what is agreed to: dates, places, sponsors, pledges, words.
//! - **Sponsor** 主办、承办、支持单位: a body whose name stands on the poster.
//! - **Funder** 出资单位: a body that pays. A **pledge** is how much it pays for one campaign.
//! - **Member** 参加商户: a merchant, invited 已邀请 › accepted 已接受 › active 参加中 › suspended 已暂停;
//!   or declined 不参加, or left 已退出.
//! - **Sub-event** 子活动: one of four kinds, at a place, from and to.
//! - **Programme** 日程: what happens when, day by day.
//!
//! # Invariants
//! - A step is one of [`Step`], from the state that it starts from alone. Every step is journalled.
//! - The budget is the sum of the pledges. Terms change in a draft only; a changed pledge is
//!   agreed to anew.
//! - A campaign is approved when every funder agreed, none of them by who wrote the terms last.
//! - Nobody is a member who did not accept by an account of the merchant's own. A campaign that is
//!   sent back asks its members again.
//! - When a member took part is kept in spans: [`is_active_member`] answers for any instant.
//! - The public page stands from approval on, and says so when the campaign was cancelled.

mod answer_invitation;
mod approve_campaign;
mod campaign;
mod cancel_campaign;
mod close_campaign;
mod draft_campaign;
mod edit_programme;
mod edit_sub_events;
mod funder;
mod invite_merchants;
mod keep_funder;
mod member;
mod pages;
mod policy;
mod programme;
mod refusal;
mod routes;
mod sealed;
mod sections;
mod send_back;
mod settle_campaign;
mod sight;
mod start_campaign;
mod store;
mod sub_event;
mod terms;
mod turn_member;

pub use answer_invitation::{Reply, answer_invitation};
pub use approve_campaign::approve_campaign;
pub use campaign::{Campaign, CampaignId, CampaignState, Pledge, Sponsor, SponsorPart, Step};
pub use cancel_campaign::cancel_campaign;
pub use close_campaign::close_campaign;
pub use draft_campaign::{Wording, change_campaign, draft_campaign, reword_campaign};
pub use edit_programme::{NewItem, add_programme_item, remove_programme_item};
pub use edit_sub_events::{NewSubEvent, add_sub_event, cancel_sub_event, change_sub_event};
pub use funder::{Funder, FunderId};
pub use invite_merchants::invite_merchants;
pub use keep_funder::{NewFunder, change_funder, create_funder, open_account};
pub use member::{Member, MemberState, MemberStep};
pub use pages::qr::Qr;
pub use policy::{ORGANISERS, READERS, funds, runs, spans};
pub use programme::{ItemId, ProgrammeItem};
pub use refusal::CampaignError;
pub use routes::routes;
pub use sections::{DeskSection, PublicSection, Section, SectionLine, SectionsPart};
pub use send_back::send_back_campaign;
pub use settle_campaign::settle_campaign;
pub use sight::{Sight, campaign, campaigns, public_campaign};
pub use start_campaign::start_campaign;
pub use store::{
    active_members, campaign_by_id, funder, funders, is_active_member, members, programme,
    sub_events,
};
pub use sub_event::{SubEvent, SubEventId, SubEventKind};
pub use terms::Terms;
pub use turn_member::{activate_members, leave_campaign, resume_member, suspend_member};

/// The words for what this room's verbs write into the journal.
pub const VERBS: &[(&str, &str)] = &[
    ("campaign.drafted", "起草了活动"),
    ("campaign.changed", "改了活动"),
    ("campaign.reworded", "改了活动的文字"),
    ("campaign.agreed", "同意出资"),
    ("campaign.approved", "批准了活动"),
    ("campaign.sent_back", "退回了活动"),
    ("campaign.started", "开始了活动"),
    ("campaign.settling", "转入结算"),
    ("campaign.closed", "结束了活动"),
    ("campaign.cancelled", "取消了活动"),
    ("campaign.invited", "邀请了商户"),
    ("campaign.accepted", "商户接受了邀请"),
    ("campaign.declined", "商户谢绝了邀请"),
    ("campaign.activated", "确认商户参加"),
    ("campaign.suspended", "暂停了商户"),
    ("campaign.resumed", "恢复了商户"),
    ("campaign.left", "商户退出了活动"),
    ("campaign.programme_added", "添了日程"),
    ("campaign.programme_removed", "去掉了日程"),
    ("sub_event.added", "添了子活动"),
    ("sub_event.changed", "改了子活动"),
    ("sub_event.cancelled", "取消了子活动"),
    ("funder.created", "登记了出资单位"),
    ("funder.changed", "改了出资单位"),
    ("funder.account_opened", "看了出资单位的账号"),
];
