//! A challenge is closed: no more visits count. Who completed it keeps their reward, and who waits
//! for review is still told.

use db::{Entry, Tx};
use kernel::Cx;
use serde_json::json;

use crate::{ChallengeError, ChallengeId, ChallengeState, Reading, store};

/// The longest reason, in characters.
const REASON_LIMIT: usize = 200;

/// Closes an open challenge. Before its end that needs a reason, which its page tells.
pub async fn close_challenge(
    tx: &mut Tx,
    cx: &Cx,
    read: (ChallengeId, i64),
    reason: &str,
) -> Result<(), ChallengeError> {
    let (reading, permit) = Reading::to_run(tx, cx, read).await?;
    let one = &reading.challenge;
    if one.state != ChallengeState::Open {
        return Err(ChallengeError::WrongState(one.state));
    }
    let is_early = cx.now < one.rules.to_at;
    let reason = if is_early { fit_reason(reason)? } else { reason.trim().to_owned() };
    store::write_state(tx, &permit, one.id, (ChallengeState::Closed, cx.now, &reason)).await?;
    let detail = json!({ "name": reading.event.name, "reason": reason });
    tx.journal(cx, Entry::on("challenge.closed", one.id).detail(&detail));
    Ok(())
}

/// A reason: some words, not too many.
pub(crate) fn fit_reason(reason: &str) -> Result<String, ChallengeError> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_LIMIT {
        return Err(ChallengeError::Reason);
    }
    Ok(reason.to_owned())
}
