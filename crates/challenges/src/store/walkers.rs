//! SQL on `challenge_walker`.

use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::{CitizenNo, Code as _};
use uuid::Uuid;
use vouchers::VoucherId;

use crate::{
    ChallengeId, RewardState, Walker, WalkerId,
    policy::{Permit, Run, Walk},
};

fn read(row: &Row) -> Result<Walker> {
    let citizen: Option<i64> = row.get(2)?;
    let citizen = citizen.map(|no| {
        CitizenNo::from_stored(no)
            .ok_or_else(|| db::Fault::Invariant(format!("citizen number {no}")))
    });
    Ok(Walker {
        id: row.get(0)?,
        challenge: row.get(1)?,
        citizen: citizen.transpose()?,
        completed_at: row.get(3)?,
        reward: row.code(4)?,
        voucher: row.get::<Option<Uuid>>(5)?.map(VoucherId::from_uuid),
        claim_key: row.get(6)?,
    })
}

/// The citizen in this challenge, written down when it is their first visit. Holds the row until
/// the end of the transaction: of two visits at once the second waits for the first.
pub(crate) async fn take_walker(
    tx: &mut Tx,
    _: &Permit<Walk>,
    fresh: (WalkerId, Uuid),
    challenge: ChallengeId,
    citizen: CitizenNo,
) -> Result<Walker> {
    let insert = sql!(
        "INSERT INTO challenge_walker (id, challenge_id, citizen_no, claim_key, reward) \
         VALUES ($1, $2, $3, $4, 'none') ON CONFLICT DO NOTHING"
    );
    let (id, key) = fresh;
    tx.run(insert, args![id, challenge, citizen.stored(), key]).await?;
    let update = sql!(
        "UPDATE challenge_walker SET reward = reward WHERE challenge_id = $1 AND citizen_no = $2 \
         RETURNING id, challenge_id, citizen_no, completed_at, reward, voucher_id, claim_key"
    );
    tx.one(update, args![challenge, citizen.stored()], read).await
}

/// One walker, whose row is held until the end of the transaction.
pub(crate) async fn hold_walker(tx: &mut Tx, id: WalkerId) -> Result<Option<Walker>> {
    let update = sql!(
        "UPDATE challenge_walker SET reward = reward WHERE id = $1 \
         RETURNING id, challenge_id, citizen_no, completed_at, reward, voucher_id, claim_key"
    );
    tx.maybe(update, args![id], read).await
}

/// One walker.
pub(crate) async fn walker_by_id(tx: &mut Tx, id: WalkerId) -> Result<Option<Walker>> {
    let select = sql!(
        "SELECT id, challenge_id, citizen_no, completed_at, reward, voucher_id, claim_key \
         FROM challenge_walker WHERE id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// A citizen in a challenge.
pub(crate) async fn walker_of(
    tx: &mut Tx,
    challenge: ChallengeId,
    citizen: CitizenNo,
) -> Result<Option<Walker>> {
    let select = sql!(
        "SELECT id, challenge_id, citizen_no, completed_at, reward, voucher_id, claim_key \
         FROM challenge_walker WHERE challenge_id = $1 AND citizen_no = $2"
    );
    tx.maybe(select, args![challenge, citizen.stored()], read).await
}

/// Enough visits count from now on; answers whether they did not before.
pub(crate) async fn complete(tx: &mut Tx, id: WalkerId, now: Timestamp) -> Result<bool> {
    let update = sql!(
        "UPDATE challenge_walker SET completed_at = $2, reward = 'waiting' \
         WHERE id = $1 AND completed_at IS NULL"
    );
    Ok(tx.run(update, args![id, now]).await? == 1)
}

/// Completes the challenge for all whose visits are enough, when it takes fewer than before.
pub(crate) async fn complete_all(
    tx: &mut Tx,
    _: &Permit<Run>,
    (challenge, need): (ChallengeId, i64),
    now: Timestamp,
) -> Result<u64> {
    let update = sql!(
        "UPDATE challenge_walker SET completed_at = $3, reward = 'waiting' \
         WHERE challenge_id = $1 AND completed_at IS NULL AND (SELECT COUNT(*) \
         FROM challenge_visit AS v WHERE v.walker_id = challenge_walker.id \
         AND v.verdict = 'accepted') >= $2"
    );
    tx.run(update, args![challenge, need, now]).await
}

/// Keeps what became of a reward, unless it was given before; answers whether it is news.
pub(crate) async fn note_reward(
    tx: &mut Tx,
    id: WalkerId,
    reward: RewardState,
    voucher: Option<VoucherId>,
) -> Result<bool> {
    let update = sql!(
        "UPDATE challenge_walker SET reward = $2, voucher_id = $3 WHERE id = $1 \
         AND completed_at IS NOT NULL AND voucher_id IS NULL AND reward <> $2"
    );
    Ok(tx.run(update, args![id, reward.code(), voucher]).await? == 1)
}

/// Challenges in which somebody who completed it waits for a voucher.
pub(crate) async fn with_waiting(tx: &mut Tx) -> Result<Vec<ChallengeId>> {
    let select = sql!(
        "SELECT DISTINCT challenge_id FROM challenge_walker \
         WHERE reward IN ('waiting', 'sold_out') AND citizen_no IS NOT NULL ORDER BY challenge_id"
    );
    tx.all(select, args![], |row| row.get(0)).await
}

/// Who waits for a voucher, the first who completed it first; at most so many.
pub(crate) async fn waiting(
    tx: &mut Tx,
    challenge: ChallengeId,
    most: i64,
) -> Result<Vec<WalkerId>> {
    let select = sql!(
        "SELECT id FROM challenge_walker WHERE challenge_id = $1 \
         AND reward IN ('waiting', 'sold_out') AND citizen_no IS NOT NULL \
         ORDER BY completed_at, id LIMIT $2"
    );
    tx.all(select, args![challenge, most], |row| row.get(0)).await
}

/// Forgets who took part; answers how many did.
pub(crate) async fn forget(tx: &mut Tx, challenge: ChallengeId, now: Timestamp) -> Result<u64> {
    let update = sql!(
        "UPDATE challenge_walker SET citizen_no = NULL, claim_key = NULL, voucher_id = NULL \
         WHERE challenge_id = $1 AND citizen_no IS NOT NULL"
    );
    let forgotten = tx.run(update, args![challenge]).await?;
    let update = sql!("UPDATE challenge SET forgotten_at = $2 WHERE id = $1");
    tx.run(update, args![challenge, now]).await?;
    Ok(forgotten)
}

/// Leaves of a challenge's instants in these 24 hours the first alone: to the second, they would
/// still tell whose voucher was claimed then.
pub(crate) async fn blur(
    tx: &mut Tx,
    challenge: ChallengeId,
    (from, to): (Timestamp, Timestamp),
) -> Result<()> {
    let update = sql!(
        "UPDATE challenge_visit SET visited_at = $2 \
         WHERE challenge_id = $1 AND visited_at >= $2 AND visited_at < $3"
    );
    tx.run(update, args![challenge, from, to]).await?;
    let update = sql!(
        "UPDATE challenge_visit SET judged_at = $2 \
         WHERE challenge_id = $1 AND judged_at >= $2 AND judged_at < $3"
    );
    tx.run(update, args![challenge, from, to]).await?;
    let update = sql!(
        "UPDATE challenge_walker SET completed_at = $2 \
         WHERE challenge_id = $1 AND completed_at >= $2 AND completed_at < $3"
    );
    tx.run(update, args![challenge, from, to]).await?;
    Ok(())
}
