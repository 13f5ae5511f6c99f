//! Who sees which flags: who runs the campaign, and who audits its places. Whoever stands at a
//! till does not see here that it is looked at.

use std::collections::HashMap;

use campaigns::{Campaign, CampaignId, SectionLine};
use db::{Result, Tx};
use kernel::{Cx, Role};
use places::{Atlas, Reach};
use web::Figure;

use super::{FlagKind, FlagVerdict};
use crate::store;

/// Roles that look at flags, each in the campaigns that it runs or audits.
pub(crate) const FLAG_READERS: &[Role] = &[Role::Administrator, Role::Organiser, Role::Auditor];

/// The campaigns whose flags an actor sees.
pub(crate) struct FlagSight {
    /// Newest first.
    pub(crate) campaigns: Vec<Campaign>,
    runs: Vec<CampaignId>,
}

/// Whether the actor runs the campaign or audits one of its places.
fn sees(cx: &Cx, atlas: &Atlas, campaign: &Campaign) -> bool {
    let reach = Reach::of(&cx.actor, atlas, &[Role::Auditor]);
    campaigns::runs(&cx.actor, atlas, campaign)
        || reach.all
        || campaign.places.iter().any(|place| reach.holds_place(atlas, *place))
}

impl FlagSight {
    pub(crate) async fn of(tx: &mut Tx, cx: &Cx) -> Result<Self> {
        let atlas = Atlas::load(tx, cx.today()).await?;
        let mut all = campaigns::campaigns(tx, cx, &atlas).await?;
        all.retain(|one| sees(cx, &atlas, one));
        let runs = all.iter().filter(|one| campaigns::runs(&cx.actor, &atlas, one));
        let runs = runs.map(|one| one.id).collect();
        Ok(Self { campaigns: all, runs })
    }

    /// The campaign, if its flags are seen.
    pub(crate) fn campaign(&self, id: CampaignId) -> Option<&Campaign> {
        self.campaigns.iter().find(|one| one.id == id)
    }

    /// Whether the actor runs it.
    pub(crate) fn runs(&self, id: CampaignId) -> bool {
        self.runs.contains(&id)
    }

    /// How many flags of each sort there are in what is seen.
    pub(crate) async fn counts(&self, tx: &mut Tx) -> Result<HashMap<Sort, i64>> {
        let mut all = store::flags::counts(tx).await?;
        all.retain(|(campaign, ..), _| self.campaign(*campaign).is_some());
        Ok(all)
    }
}

/// Of which campaign, what, and how it was decided.
pub(crate) type Sort = (CampaignId, FlagKind, Option<FlagVerdict>);

/// The line of a campaign's page that says how many wait to be looked at; `None` for who does not
/// see them.
pub(crate) async fn desk_line(
    tx: &mut Tx,
    cx: &Cx,
    campaign: &Campaign,
) -> Result<Option<SectionLine>> {
    let atlas = Atlas::load(tx, cx.today()).await?;
    if !sees(cx, &atlas, campaign) {
        return Ok(None);
    }
    let open = store::flags::open_count(tx, campaign.id).await?;
    let href = format!("/voucher-flags?campaign={}", campaign.id);
    Ok(Some(SectionLine {
        label: "要看一看的异常".into(),
        figure: Figure::count(open, href),
        note: String::new(),
    }))
}
