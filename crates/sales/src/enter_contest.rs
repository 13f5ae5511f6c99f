//! A merchant says yes to a contest, or no longer; and how the entrants stand.

use campaigns::is_active_member;
use db::{Entry, Tx};
use kernel::Cx;
use merchants::MerchantId;
use serde_json::json;

use crate::{
    Contest, ContestId, Finality, Reading, SaleError, Standing, contest::rank, policy,
    run_contest::visible_contest, store,
};

/// Enters a merchant, by an account of its own. Nobody takes part who did not say yes.
pub async fn enter_contest(
    tx: &mut Tx,
    cx: &Cx,
    (id, merchant): (ContestId, MerchantId),
) -> Result<(), SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let contest = visible_contest(tx, cx, &reading, id).await?;
    let permit = policy::enter(&cx.actor, merchant)?;
    if !contest.takes_entrants(cx.now) {
        return Err(SaleError::NotEntering);
    }
    if !is_active_member(tx, contest.campaign, merchant, cx.now).await? {
        return Err(SaleError::NotMember);
    }
    store::enter(tx, cx, &permit, (id, merchant)).await?;
    tx.journal(cx, Entry::on("contest.entered", id).detail(&json!({ "merchant": merchant })));
    Ok(())
}

/// Takes a merchant out again, by an account of its own, until the cut-off.
pub async fn leave_contest(
    tx: &mut Tx,
    cx: &Cx,
    (id, merchant): (ContestId, MerchantId),
) -> Result<(), SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let contest = visible_contest(tx, cx, &reading, id).await?;
    let permit = policy::enter(&cx.actor, merchant)?;
    if !contest.takes_entrants(cx.now) {
        return Err(SaleError::NotEntering);
    }
    if !store::leave(tx, cx, &permit, (id, merchant)).await? {
        return Err(SaleError::NotEntering);
    }
    tx.journal(cx, Entry::on("contest.left", id).detail(&json!({ "merchant": merchant })));
    Ok(())
}

/// How the entrants stand by the records of this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standings {
    /// Best first.
    pub places: Vec<Standing>,
    /// Whether they may still change.
    pub finality: Finality,
}

/// Asks the records how the entrants stand. Nothing of it is stored.
pub async fn standings(tx: &mut Tx, cx: &Cx, contest: &Contest) -> Result<Standings, SaleError> {
    let measures = store::measures(tx, contest).await?;
    let open: i64 = measures.iter().map(|one| one.open_count).sum();
    let finality = Finality::of(contest, cx.now, open);
    Ok(Standings { places: rank(contest.terms.weights, measures), finality })
}
