//! A new batch, which promises nothing before it is approved and opened.

use campaigns::{CampaignId, FunderId};
use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{BatchError, BatchId, Terms, policy, store};

/// What a batch shall be.
#[derive(Clone, Debug)]
pub struct BatchDraft {
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Who will pay: a funder that agreed to pay for the campaign.
    pub funder: FunderId,
    /// On which terms.
    pub terms: Terms,
}

/// Drafts a batch.
pub async fn draft_batch(tx: &mut Tx, cx: &Cx, draft: BatchDraft) -> Result<BatchId, BatchError> {
    let permit = policy::run(tx, cx, draft.campaign).await?;
    // The system measures with batches of no campaign; whoever else runs one has seen it.
    if let Some(campaign) = campaigns::campaign_by_id(tx, draft.campaign).await? {
        if !campaign.state.is_open() {
            return Err(BatchError::CampaignOver);
        }
        if campaign.pledge_of(draft.funder).is_none_or(|pledge| pledge.agreed_at.is_none()) {
            return Err(BatchError::NotAFunder);
        }
    }
    let faults = draft.terms.faults();
    if !faults.is_empty() {
        return Err(BatchError::Terms(faults));
    }
    let id = cx.new_id();
    store::insert_batch(tx, &permit, cx, id, &draft).await?;
    let told = json!({
        "name": draft.terms.name, "face_fen": draft.terms.face.0,
        "quantity": draft.terms.quantity, "budget_fen": draft.terms.budget.0,
    });
    tx.journal(cx, Entry::on("batch.drafted", id).detail(&told));
    Ok(id)
}
