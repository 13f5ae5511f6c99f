//! What an actor sees of a batch, and what they may do with it: every page of batches begins here.

use campaigns::{Campaign, CampaignId, Sight};
use db::Tx;
use kernel::{Cx, Role};

use crate::{Batch, BatchId, BatchState, Denied, VoucherNo, policy::Blocked, store};

/// Roles that see who claimed what, each in the campaigns that it sees: those who run, pay for or
/// oversee them. A merchant sees its own till instead.
pub(crate) const OVERSEERS: &[Role] =
    &[Role::Administrator, Role::Clerk, Role::Viewer, Role::Auditor, Role::Organiser, Role::Funder];

/// A campaign and what the actor may do with its batches.
pub(crate) struct BatchesSight {
    pub(crate) campaign: Campaign,
    /// Drafts, opens, changes and closes them.
    pub(crate) runs: bool,
    /// Sees drafts, claims and redemptions.
    pub(crate) oversees: bool,
}

impl BatchesSight {
    /// Of a campaign that the actor sees.
    pub(crate) async fn of(tx: &mut Tx, cx: &Cx, id: CampaignId) -> Result<Self, Blocked> {
        let sight = Sight::of(tx, cx, id).await?.ok_or(Denied::Invisible)?;
        let oversees = sight.runs || sight.funds || cx.actor.has_any(OVERSEERS);
        Ok(Self { campaign: sight.campaign, runs: sight.runs, oversees })
    }

    /// Whether the actor sees this one: a merchant reads what is given out, not what is planned.
    pub(crate) fn sees(&self, batch: &Batch) -> bool {
        self.oversees || matches!(batch.state, BatchState::Open | BatchState::Closed)
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
        let BatchesSight { campaign, runs, oversees } = sight;
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
