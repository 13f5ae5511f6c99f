//! What an actor sees of campaigns: the lookups through which every page and verb goes.

use db::{Result, Tx};
use kernel::{Actor, Cx};
use places::{Atlas, Denied};

use crate::{Campaign, CampaignError, CampaignId, funds, policy, runs, store};

/// A campaign with what the actor may do with it.
#[derive(Debug)]
pub struct Sight {
    /// The campaign.
    pub campaign: Campaign,
    /// The tree as it stands today.
    pub atlas: Atlas,
    /// Whether the actor runs it.
    pub runs: bool,
    /// Whether the actor decides for one of its funders.
    pub funds: bool,
}

impl Sight {
    /// The campaign, if the actor sees it.
    pub async fn of(tx: &mut Tx, cx: &Cx, id: CampaignId) -> Result<Option<Self>> {
        let Some(found) = store::campaign_by_id(tx, id).await? else { return Ok(None) };
        let atlas = Atlas::load(tx, cx.today()).await?;
        let asked = asked(tx, &cx.actor).await?;
        if !policy::sees(&cx.actor, &atlas, &found, asked.contains(&id)) {
            return Ok(None);
        }
        let funds = found.pledges.iter().any(|pledge| funds(&cx.actor, pledge.funder));
        let runs = runs(&cx.actor, &atlas, &found);
        Ok(Some(Self { campaign: found, atlas, runs, funds }))
    }

    /// For a verb: the campaign under its lock, as the actor read it.
    pub(crate) async fn to_change(
        tx: &mut Tx,
        cx: &Cx,
        id: CampaignId,
        version: Option<i64>,
    ) -> Result<Self, CampaignError> {
        store::lock(tx, id).await?;
        let sight = Self::of(tx, cx, id).await?.ok_or(Denied::Invisible)?;
        if version.is_some_and(|version| version != sight.campaign.version) {
            return Err(CampaignError::Conflict);
        }
        Ok(sight)
    }
}

/// The campaigns that a merchant of the actor's was asked to.
async fn asked(tx: &mut Tx, actor: &Actor) -> Result<std::collections::HashSet<CampaignId>> {
    let merchants = merchants::merchants_of(actor);
    store::asked_campaigns(tx, &merchants).await
}

/// A campaign that the actor sees.
pub async fn campaign(tx: &mut Tx, cx: &Cx, id: CampaignId) -> Result<Option<Campaign>> {
    Ok(Sight::of(tx, cx, id).await?.map(|sight| sight.campaign))
}

/// Every campaign that the actor sees, newest first.
pub async fn campaigns(tx: &mut Tx, cx: &Cx, atlas: &Atlas) -> Result<Vec<Campaign>> {
    let asked = asked(tx, &cx.actor).await?;
    let mut all = store::all_campaigns(tx).await?;
    all.retain(|one| policy::sees(&cx.actor, atlas, one, asked.contains(&one.id)));
    Ok(all)
}

/// What anybody may read at `/festival/{slug}`.
pub async fn public_campaign(tx: &mut Tx, slug: &str) -> Result<Option<Campaign>> {
    let Some(id) = store::id_of_slug(tx, slug).await? else { return Ok(None) };
    Ok(store::campaign_by_id(tx, id).await?.filter(Campaign::is_public))
}
