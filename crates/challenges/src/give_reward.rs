//! Who completed a challenge gets the voucher: claimed at the batch's own desk, under a key that is
//! the walker's own, so that asking twice, or after a crash, answers with the same one.

use db::{Entry, Fault, Tx};
use kernel::{Code as _, Cx};
use serde_json::json;
use vouchers::{
    Arrival, ClaimAsk, ClaimRefused, Claimed, VoucherNo, claim_reserved, claim_together,
};
use web::State;

use crate::{ChallengeId, RewardState, WalkerId, store};

/// So many of one challenge are tried in one round.
const ROUND: i64 = 200;

/// Claims the voucher of a walker who completed the challenge and has none; answers what became of
/// it. Whether the actor may ask is for the caller: there is nothing to be had that was not earned.
///
/// # Errors
/// When the database does not answer; asking again goes on where it stopped.
pub async fn give_reward(state: &State, cx: &Cx, walker: WalkerId) -> Result<RewardState, Fault> {
    let mut tx = state.db().read().await?;
    let Some(one) = store::walker_by_id(&mut tx, walker).await? else {
        return Ok(RewardState::None);
    };
    let challenge = store::challenge_by_id(&mut tx, one.challenge).await?;
    drop(tx);
    let batch = challenge.and_then(|challenge| challenge.rules.reward);
    let (Some(citizen), Some(key), Some(batch)) = (one.citizen, one.claim_key, batch) else {
        return Ok(one.reward);
    };
    if matches!(one.reward, RewardState::None | RewardState::Given) {
        return Ok(one.reward);
    }
    let key = key.simple().to_string();
    let asked = ClaimAsk { batch, key: Some(&key), body: b"" };
    let (reward, voucher) = match claim_reserved(state, citizen, asked, cx.now).await {
        Ok(Claimed::Yours { voucher, .. } | Claimed::AlreadyYours { voucher }) => {
            (RewardState::Given, Some(voucher.id()))
        }
        Err(ClaimRefused::SoldOut) => (RewardState::SoldOut, None),
        Err(ClaimRefused::Fault(fault)) => return Err(fault),
        // It passes by itself: the next round asks again. A desk that somebody came to before the
        // batch was reserved knows nothing of it for a moment.
        Err(
            ClaimRefused::NotFound
            | ClaimRefused::TooEarly { .. }
            | ClaimRefused::DayCap
            | ClaimRefused::Full
            | ClaimRefused::Left,
        ) => return Ok(one.reward),
        Err(_) => (RewardState::Over, None),
    };
    let mut tx = state.db().write().await?;
    if store::note_reward(&mut tx, walker, reward, voucher).await? {
        let detail = json!({ "reward": reward.code() });
        if reward == RewardState::Given {
            tx.journal(cx, Entry::on("challenge.rewarded", one.challenge).detail(&detail));
        }
    }
    tx.commit().await?;
    Ok(reward)
}

/// Gives vouchers to who still waits for one, the first who completed a challenge first: what a
/// crash left, and what came back into the stock. Answers how many. For the worker, on each node.
///
/// # Errors
/// When the database does not answer.
pub async fn give_rewards(state: &State, cx: &Cx) -> Result<u64, Fault> {
    let mut tx = state.db().read().await?;
    let challenges = store::with_waiting(&mut tx).await?;
    let mut waiting = Vec::new();
    for challenge in challenges {
        waiting.push(store::waiting(&mut tx, challenge, ROUND).await?);
    }
    drop(tx);
    let mut given = 0;
    for walkers in waiting {
        for walker in walkers {
            match give_reward(state, cx, walker).await? {
                RewardState::Given => given += 1,
                // Nothing is left for those behind either.
                RewardState::SoldOut => break,
                _ => {}
            }
        }
    }
    Ok(given)
}

/// Gives vouchers to who waits for one in this challenge, as one set in the caller's transaction:
/// for who brings many along, such as a generated city, which has no desk. Answers how many.
///
/// # Errors
/// When there is no such challenge or reward, or somebody else wrote to its batch in the meantime.
pub async fn reward_together(
    tx: &mut Tx,
    cx: &Cx,
    challenge: ChallengeId,
) -> Result<u64, ClaimRefused> {
    let found = store::challenge_by_id(tx, challenge).await?;
    let batch = found.and_then(|one| one.rules.reward).ok_or(ClaimRefused::NotFound)?;
    let (mut walkers, mut arrivals) = (Vec::new(), Vec::new());
    for walker in store::waiting(tx, challenge, i64::MAX).await? {
        let citizen = store::walker_by_id(tx, walker).await?.and_then(|one| one.citizen);
        if let Some(citizen) = citizen {
            walkers.push(walker);
            arrivals.push(Arrival { citizen, at: cx.now });
        }
    }
    let mut given = 0;
    let claimed = claim_together(tx, cx, batch, &arrivals).await?;
    for (walker, voucher) in walkers.into_iter().zip(claimed) {
        let reward = if voucher.is_some() { RewardState::Given } else { RewardState::SoldOut };
        let is_news = store::note_reward(tx, walker, reward, voucher.map(VoucherNo::id)).await?;
        if is_news && reward == RewardState::Given {
            given += 1;
        }
    }
    tx.journal(cx, Entry::on("challenge.rewarded", challenge).detail(&json!({ "count": given })));
    Ok(given)
}
