//! A person decides on a visit that a machine only suspected.

use db::{Entry, Tx};
use kernel::Cx;
use places::Denied;
use serde_json::json;

use crate::{
    ChallengeError, Reading, Reason, Verdict, VisitId, Walker, check_in::completed,
    close_challenge::fit_reason, policy, store,
};

/// What a reviewer decides.
#[derive(Clone, Debug)]
pub enum Review {
    /// It counts.
    Accept,
    /// It does not, for this reason, which the citizen reads.
    Reject(String),
}

/// Decides on a visit that waits for it. Answers the walker, who may have completed the challenge:
/// then [`give_reward`](crate::give_reward) is next, after the commit.
pub async fn review_visit(
    tx: &mut Tx,
    cx: &Cx,
    id: VisitId,
    review: Review,
) -> Result<Walker, ChallengeError> {
    let visit = store::visit_by_id(tx, id).await?.ok_or(Denied::Invisible)?;
    let reading = Reading::of(tx, cx, visit.challenge).await?.ok_or(Denied::Invisible)?;
    // Of a challenge that they see, another merchant does not learn who went where.
    let station = reading.station(visit.station).ok_or(Denied::Invisible)?;
    if !reading.reads(cx, station) {
        return Err(Denied::Invisible.into());
    }
    let permit = policy::run(&reading.campaign)?;
    let (verb, verdict, reason, said) = match review {
        Review::Accept => {
            ("challenge.visit_accepted", Verdict::Accepted, visit.reason, String::new())
        }
        Review::Reject(said) => {
            let said = fit_reason(&said)?;
            ("challenge.visit_rejected", Verdict::Rejected, Some(Reason::ByReviewer), said)
        }
    };
    let walker = store::hold_walker(tx, visit.walker).await?.ok_or(Denied::Invisible)?;
    let by = (cx.actor.account(), cx.now);
    if !store::decide(tx, &permit, id, (verdict, reason, &said), by).await? {
        return Err(ChallengeError::Judged);
    }
    // Not which visit: a journal is never forgotten, and tells when to the microsecond.
    let detail = json!({ "title": station.facts.name, "reason": said });
    tx.journal(cx, Entry::on(verb, visit.challenge).detail(&detail));
    Ok(completed(tx, cx, &reading.challenge, walker).await?)
}
