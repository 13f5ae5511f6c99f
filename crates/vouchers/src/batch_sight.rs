//! What an actor sees of a batch, and what they may do with it: every page of batches begins here.

use campaigns::{Campaign, CampaignId, Sight};
use db::Tx;
use kernel::{Actor, Cx, Role};
use places::Reach;

use crate::{Batch, BatchId, BatchState, Denied, VoucherNo, policy::Blocked, store};

/// Roles that see who claimed what, each in the campaigns that it sees: those who run, pay for or
/// oversee them. A merchant sees its own till instead.
pub(crate) const OVERSEERS: &[Role] =
    &[Role::Administrator, Role::Clerk, Role::Viewer, Role::Auditor, Role::Organiser, Role::Funder];

/// Of these, who looks at campaigns by where they lie. A funder looks at what it pays for.
const LOCALS: &[Role] =
    &[Role::Administrator, Role::Clerk, Role::Viewer, Role::Auditor, Role::Organiser];

/// Whether the actor runs the campaign, or looks at one of its places. That they see it is not
/// enough: a clerk of another town may keep a shop that was invited.
pub(crate) fn oversees(actor: &Actor, sight: &Sight) -> bool {
    let reach = Reach::of(actor, &sight.atlas, LOCALS);
    let holds = |place: &_| reach.holds_place(&sight.atlas, *place);
    sight.runs || reach.all || sight.campaign.places.iter().any(holds)
}

/// A campaign and what the actor may do with its batches.
pub(crate) struct BatchesSight {
    pub(crate) campaign: Campaign,
    /// Drafts, opens, changes and closes them.
    pub(crate) runs: bool,
    /// Sees claims and redemptions of each.
    oversees: bool,
    /// Decides for one of the campaign's funders.
    funds: bool,
    actor: Actor,
}

impl BatchesSight {
    /// Of a campaign that the actor sees.
    pub(crate) async fn of(tx: &mut Tx, cx: &Cx, id: CampaignId) -> Result<Self, Blocked> {
        let sight = Sight::of(tx, cx, id).await?.ok_or(Denied::Invisible)?;
        let oversees = oversees(&cx.actor, &sight);
        let Sight { campaign, runs, funds, .. } = sight;
        Ok(Self { campaign, runs, oversees, funds, actor: cx.actor.clone() })
    }

    /// Whether the actor sees who claimed and spent what of this one: a funder of what it pays for.
    pub(crate) fn oversees(&self, batch: &Batch) -> bool {
        self.oversees || campaigns::funds(&self.actor, batch.funder)
    }

    /// Whether the actor sees this one: a merchant reads what is given out, not what is planned.
    pub(crate) fn sees(&self, batch: &Batch) -> bool {
        let is_out = matches!(batch.state, BatchState::Open | BatchState::Closed);
        is_out || self.funds || self.oversees(batch)
    }

    /// For who runs the campaign.
    pub(crate) fn for_runners(self) -> Result<Self, Denied> {
        if self.runs { Ok(self) } else { Err(Denied::Forbidden) }
    }
}

/// A batch and what the actor may do with it.
pub(crate) struct BatchSight {
    pub(crate) batch: Batch,
    pub(crate) campaign: Campaign,
    pub(crate) runs: bool,
    /// Sees its claims and redemptions.
    pub(crate) oversees: bool,
    /// Decides for its funder.
    pub(crate) funds: bool,
}

impl BatchSight {
    /// Of a batch that the actor sees.
    pub(crate) async fn of(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<Self, Blocked> {
        let batch = store::batch(tx, id).await?.ok_or(Denied::Invisible)?;
        let sight = BatchesSight::of(tx, cx, batch.campaign).await?;
        if !sight.sees(&batch) {
            return Err(Denied::Invisible.into());
        }
        let funds = campaigns::funds(&cx.actor, batch.funder);
        let oversees = sight.oversees(&batch);
        let BatchesSight { campaign, runs, .. } = sight;
        Ok(Self { batch, campaign, runs, oversees, funds })
    }

    /// Of the batch of a voucher, for those who see claims.
    pub(crate) async fn of_voucher(tx: &mut Tx, cx: &Cx, of: VoucherNo) -> Result<Self, Blocked> {
        let batch = store::batch_by_no(tx, of.batch).await?.ok_or(Denied::Invisible)?;
        Self::of(tx, cx, batch.id).await?.for_overseers().map_err(Blocked::from)
    }

    /// For those who see claims.
    pub(crate) fn for_overseers(self) -> Result<Self, Denied> {
        if self.oversees { Ok(self) } else { Err(Denied::Forbidden) }
    }

    /// For who runs the campaign.
    pub(crate) fn for_runners(self) -> Result<Self, Denied> {
        if self.runs { Ok(self) } else { Err(Denied::Forbidden) }
    }
}
