//! New terms for a batch. Of one that is open they are a new version: who claimed before keeps
//! theirs.

use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{
    BatchError, BatchId, BatchState, Denied, Terms, TermsFault, policy, promised::promised, store,
};

/// Changes what a batch promises from now on. An approved one that is not open goes back to its
/// funder; of an open one, what was given out and what is left must fit into what was approved.
pub async fn change_terms(
    tx: &mut Tx,
    cx: &Cx,
    id: BatchId,
    version: i64,
    terms: Terms,
) -> Result<(), BatchError> {
    let seen = store::batch(tx, id).await?.ok_or(Denied::Invisible)?;
    let permit = policy::run(tx, cx, seen.campaign).await?;
    // Claims wait until the new terms are known: one more at the old face would not fit.
    store::claims::hold(tx, seen.no).await?;
    let batch = store::batch(tx, id).await?.ok_or(Denied::Invisible)?;
    let mut faults = terms.faults();
    match batch.state {
        BatchState::Closed => return Err(BatchError::WrongState),
        BatchState::Open => {
            // The budget was approved; only a new batch can have more.
            let given = promised(tx, &batch, terms.face).await?;
            let left = (terms.quantity - batch.claimed + batch.returned).max(0);
            let left = terms.face.checked_mul(left);
            let cost = left.zip(given).and_then(|(left, given)| left.checked_add(given));
            let fits = cost.is_some_and(|cost| cost <= terms.budget);
            if (!fits || terms.budget > batch.terms.budget) && !faults.contains(&TermsFault::Budget)
            {
                faults.push(TermsFault::Budget);
            }
            if terms.quantity < batch.claimed - batch.returned {
                return Err(BatchError::BelowGiven { given: batch.claimed - batch.returned });
            }
        }
        BatchState::Draft | BatchState::Approved => {}
    }
    if !faults.is_empty() {
        return Err(BatchError::Terms(faults));
    }
    if !store::change_terms(tx, &permit, cx, &batch, version, &terms).await? {
        return Err(BatchError::Conflict);
    }
    let told = json!({
        "terms_version": batch.terms_version + 1, "face_fen": terms.face.0,
        "quantity": terms.quantity, "budget_fen": terms.budget.0,
    });
    tx.journal(cx, Entry::on("batch.changed", id).detail(&told));
    Ok(())
}

/// Ends the claims of a batch; vouchers that were given out stay good.
pub async fn close_batch(
    tx: &mut Tx,
    cx: &Cx,
    id: BatchId,
    version: i64,
) -> Result<(), BatchError> {
    let batch = store::batch(tx, id).await?.ok_or(Denied::Invisible)?;
    let permit = policy::run(tx, cx, batch.campaign).await?;
    if batch.state != BatchState::Open {
        return Err(BatchError::WrongState);
    }
    if !store::close(tx, &permit, cx, &batch, version).await? {
        return Err(BatchError::Conflict);
    }
    tx.journal(cx, Entry::on("batch.closed", id).detail(&json!({ "claimed": batch.claimed })));
    Ok(())
}

/// Where the vouchers of a batch may be spent; nobody named: at every active member.
pub async fn accept_at(
    tx: &mut Tx,
    cx: &Cx,
    id: BatchId,
    version: i64,
    merchants: &[merchants::MerchantId],
) -> Result<(), BatchError> {
    let batch = store::batch(tx, id).await?.ok_or(Denied::Invisible)?;
    let permit = policy::run(tx, cx, batch.campaign).await?;
    if batch.state == BatchState::Closed {
        return Err(BatchError::WrongState);
    }
    let known = campaigns::members(tx, batch.campaign).await?;
    if merchants.iter().any(|one| known.iter().all(|member| member.merchant != *one)) {
        return Err(BatchError::NotAMember);
    }
    if !store::accept_at(tx, &permit, &batch, version, merchants).await? {
        return Err(BatchError::Conflict);
    }
    let told = json!({ "merchants": merchants });
    tx.journal(cx, Entry::on("batch.acceptance", id).detail(&told));
    Ok(())
}
