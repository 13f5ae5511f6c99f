//! What an actor sees of shows, records and contests: campaigns that they look at as a whole, and
//! the records of merchants of their own.

use std::collections::HashSet;

use campaigns::{Campaign, CampaignId, funds, runs};
use db::{Query, Result, ToValue as _, Tx};
use kernel::{Actor, Cx, Role};
use merchants::{MerchantId, merchants_of};
use places::{Atlas, Reach};

use crate::Sale;

/// Roles that look at all records of the campaigns in their scope.
const OVERSEERS: &[Role] =
    &[Role::Administrator, Role::Organiser, Role::Clerk, Role::Viewer, Role::Auditor];

/// One actor's sight of this room, as of today.
#[derive(Debug)]
pub struct Reading {
    /// The tree as it stands today.
    pub atlas: Atlas,
    seen: Vec<Campaign>,
    overseen: HashSet<CampaignId>,
    own: Vec<MerchantId>,
}

impl Reading {
    /// What the actor of this context sees.
    pub async fn of(tx: &mut Tx, cx: &Cx) -> Result<Self> {
        let atlas = Atlas::load(tx, cx.today()).await?;
        let seen = campaigns::campaigns(tx, cx, &atlas).await?;
        let whole = seen.iter().filter(|one| oversees(&cx.actor, &atlas, one));
        let overseen = whole.map(|one| one.id).collect();
        Ok(Self { seen, overseen, own: merchants_of(&cx.actor), atlas })
    }

    /// The campaigns whose shows and contests are seen, newest first.
    pub fn campaigns(&self) -> &[Campaign] {
        &self.seen
    }

    /// One of them.
    pub fn campaign(&self, id: CampaignId) -> Option<&Campaign> {
        self.seen.iter().find(|one| one.id == id)
    }

    /// Merchants that the actor belongs to.
    pub fn own(&self) -> &[MerchantId] {
        &self.own
    }

    /// Whether every record of the campaign is seen.
    pub fn oversees(&self, campaign: CampaignId) -> bool {
        self.overseen.contains(&campaign)
    }

    /// Whether all records of a merchant in a campaign are seen.
    pub fn sees_records(&self, campaign: CampaignId, merchant: MerchantId) -> bool {
        self.oversees(campaign) || self.own.contains(&merchant)
    }

    /// Whether this record is seen.
    pub fn sees(&self, sale: &Sale) -> bool {
        self.sees_records(sale.campaign, sale.merchant)
    }

    /// The same as a condition on `sale`.
    pub(crate) fn condition(&self) -> Query {
        let mut campaigns: Vec<CampaignId> = self.overseen.iter().copied().collect();
        campaigns.sort_unstable();
        let whole = Query::default().any_of("sale.campaign_id", campaigns);
        let own = Query::default().any_of("sale.merchant_id", self.own.clone());
        Query::new("(").nested(whole).part(" OR ").nested(own).part(")")
    }
}

fn oversees(actor: &Actor, atlas: &Atlas, campaign: &Campaign) -> bool {
    if campaign.pledges.iter().any(|pledge| funds(actor, pledge.funder)) {
        return true;
    }
    let reach = Reach::of(actor, atlas, OVERSEERS);
    reach.all
        || runs(actor, atlas, campaign)
        || campaign.places.iter().any(|place| reach.holds_place(atlas, *place))
}

/// A bound id, for composed statements.
pub(crate) fn id<K>(id: kernel::Id<K>) -> [db::Value; 1] {
    [id.to_value()]
}
