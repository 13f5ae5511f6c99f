//! The same for scripts: `/api/v1/campaigns`, their members and sub-events.

use axum::{Json, extract::Path};
use kernel::{Date, Fen, Timestamp};
use merchants::MerchantId;
use places::{AtlasCache, PlaceId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Answer, Ask, Query, Refused};

use crate::{
    Campaign, CampaignId, CampaignState, FunderId, MemberState, SponsorPart, SubEventId,
    SubEventKind, campaigns, members as members_of, pages::frame::sight,
    sub_events as sub_events_of,
};

/// Which campaigns.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct CampaignsQuery {
    /// Only those in this state.
    state: Option<CampaignState>,
}

/// What a funder pays.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PledgeItem {
    funder: FunderId,
    name: String,
    amount_fen: Fen,
    /// When the funder agreed to the terms as they stand.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    agreed_at: Option<Timestamp>,
}

/// A body on the poster.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SponsorItem {
    part: SponsorPart,
    name: String,
    name_en: String,
}

/// A campaign.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CampaignItem {
    id: CampaignId,
    slug: String,
    name: String,
    name_en: String,
    about: String,
    about_en: String,
    state: CampaignState,
    /// Why it was sent back, ended early or cancelled; else empty.
    state_reason: String,
    #[schemars(with = "String", extend("format" = "date"))]
    from_on: Date,
    /// The last day itself.
    #[schemars(with = "String", extend("format" = "date"))]
    last_on: Date,
    places: Vec<PlaceId>,
    /// Left out of the list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sponsors: Vec<SponsorItem>,
    pledges: Vec<PledgeItem>,
    /// The sum of the pledges.
    budget_fen: Fen,
    /// To be sent with a change.
    version: i64,
}

impl CampaignItem {
    fn of(one: Campaign) -> Self {
        let budget_fen = one.budget();
        let pledges = one.pledges.into_iter().map(|pledge| PledgeItem {
            funder: pledge.funder,
            name: pledge.name,
            amount_fen: pledge.amount,
            agreed_at: pledge.agreed_at,
        });
        let sponsors = one.sponsors.into_iter().map(|sponsor| SponsorItem {
            part: sponsor.part,
            name: sponsor.name,
            name_en: sponsor.name_en,
        });
        Self {
            id: one.id,
            slug: one.slug,
            name: one.name,
            name_en: one.name_en,
            about: one.about,
            about_en: one.about_en,
            state: one.state,
            state_reason: one.state_reason,
            from_on: one.from_on,
            last_on: one.last_on,
            places: one.places,
            sponsors: sponsors.collect(),
            pledges: pledges.collect(),
            budget_fen,
            version: one.version,
        }
    }
}

/// Campaigns, newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct CampaignList {
    items: Vec<CampaignItem>,
}

/// `GET /api/v1/campaigns`
pub(crate) async fn list(
    ask: Ask,
    Query(query): Query<CampaignsQuery>,
) -> Answer<Json<CampaignList>> {
    let mut tx = ask.db().read().await?;
    let atlas = ask.state.part::<AtlasCache>().at(&mut tx, ask.cx.today()).await?;
    let mut all = campaigns(&mut tx, &ask.cx, &atlas).await?;
    all.retain(|one| query.state.is_none_or(|state| one.state == state));
    Ok(Json(CampaignList { items: all.into_iter().map(CampaignItem::of).collect() }))
}

/// `GET /api/v1/campaigns/{id}`
pub(crate) async fn one(ask: Ask, Path(id): Path<String>) -> Answer<Json<CampaignItem>> {
    let mut tx = ask.db().read().await?;
    let found = sight(&ask, &mut tx, &id).await?;
    Ok(Json(CampaignItem::of(found.campaign)))
}

/// A merchant in a campaign.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MemberItem {
    merchant: MerchantId,
    name: String,
    state: MemberState,
    /// Why it declined, was suspended or left; else empty.
    reason: String,
    #[schemars(with = "String", extend("format" = "date-time"))]
    invited_at: Timestamp,
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    answered_at: Option<Timestamp>,
    version: i64,
}

/// Merchants in the order of their invitations.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MemberList {
    items: Vec<MemberItem>,
}

/// `GET /api/v1/campaigns/{id}/members`
pub(crate) async fn members(ask: Ask, Path(id): Path<String>) -> Answer<Json<MemberList>> {
    let mut tx = ask.db().read().await?;
    let sight = sight(&ask, &mut tx, &id).await?;
    if !ask.cx.actor.has_any(crate::policy::LOCALS) && !sight.funds {
        return Err(Refused::Forbidden);
    }
    let mut names = merchants::names(&mut tx).await?;
    let all = members_of(&mut tx, sight.campaign.id).await?;
    let items = all.into_iter().map(|one| MemberItem {
        merchant: one.merchant,
        name: names.remove(&one.merchant).unwrap_or_default(),
        state: one.state,
        reason: one.reason,
        invited_at: one.invited_at,
        answered_at: one.answered_at,
        version: one.version,
    });
    Ok(Json(MemberList { items: items.collect() }))
}

/// A sub-event.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SubEventItem {
    id: SubEventId,
    kind: SubEventKind,
    name: String,
    name_en: String,
    about: String,
    about_en: String,
    place: PlaceId,
    #[schemars(with = "String", extend("format" = "date-time"))]
    from_at: Timestamp,
    #[schemars(with = "String", extend("format" = "date-time"))]
    to_at: Timestamp,
    /// Why it was cancelled; null while it takes place.
    cancel_reason: Option<String>,
    version: i64,
}

/// Sub-events by when they begin.
#[derive(Serialize, JsonSchema)]
pub(crate) struct SubEventList {
    items: Vec<SubEventItem>,
}

/// `GET /api/v1/campaigns/{id}/sub-events`
pub(crate) async fn sub_events(ask: Ask, Path(id): Path<String>) -> Answer<Json<SubEventList>> {
    let mut tx = ask.db().read().await?;
    let sight = sight(&ask, &mut tx, &id).await?;
    let all = sub_events_of(&mut tx, sight.campaign.id).await?;
    let items = all.into_iter().map(|one| SubEventItem {
        id: one.id,
        kind: one.kind,
        name: one.name,
        name_en: one.name_en,
        about: one.about,
        about_en: one.about_en,
        place: one.place,
        from_at: one.from_at,
        to_at: one.to_at,
        cancel_reason: one.cancelled.map(|(_, why)| why),
        version: one.version,
    });
    Ok(Json(SubEventList { items: items.collect() }))
}
