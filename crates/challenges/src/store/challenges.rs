//! SQL on `challenge`.

use campaigns::CampaignId;
use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::Code as _;
use vouchers::BatchId;

use crate::{
    Challenge, ChallengeId, ChallengeState, Rules,
    policy::{Permit, Run},
};

fn read(row: &Row) -> Result<Challenge> {
    Ok(Challenge {
        id: row.get(0)?,
        campaign: row.get(1)?,
        sub_event: row.get(2)?,
        state: row.code(3)?,
        rules: Rules {
            in_order: row.get(4)?,
            need: row.get(5)?,
            day_limit: row.get(6)?,
            reward: row.get::<Option<uuid::Uuid>>(7)?.map(BatchId::from_uuid),
            from_at: row.get(8)?,
            to_at: row.get(9)?,
        },
        opened_at: row.get(10)?,
        closed_at: row.get(11)?,
        close_reason: row.get(12)?,
        forgotten_at: row.get(13)?,
        version: row.get(14)?,
    })
}

/// One challenge, whoever asks: for verbs and other rooms, which ask their own policy.
pub async fn challenge_by_id(tx: &mut Tx, id: ChallengeId) -> Result<Option<Challenge>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, state, in_order, need_count, day_limit, \
         reward_batch_id, from_at, to_at, opened_at, closed_at, close_reason, forgotten_at, \
         version FROM challenge WHERE id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// The challenges of a campaign by when they begin, whoever asks.
pub async fn challenges_of(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<Challenge>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, state, in_order, need_count, day_limit, \
         reward_batch_id, from_at, to_at, opened_at, closed_at, close_reason, forgotten_at, \
         version FROM challenge WHERE campaign_id = $1 ORDER BY from_at, id"
    );
    tx.all(select, args![campaign], read).await
}

/// Those that know who took part, or did not learn to forget it yet.
pub(crate) async fn that_remember(tx: &mut Tx) -> Result<Vec<Challenge>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, state, in_order, need_count, day_limit, \
         reward_batch_id, from_at, to_at, opened_at, closed_at, close_reason, forgotten_at, \
         version FROM challenge AS c WHERE EXISTS (SELECT 1 FROM challenge_walker AS w \
         WHERE w.challenge_id = c.id AND w.citizen_no IS NOT NULL) ORDER BY id"
    );
    tx.all(select, args![], read).await
}

/// Lets one verb at a time change a challenge and its stations.
pub(crate) async fn lock(tx: &mut Tx, id: ChallengeId) -> Result<()> {
    tx.run(sql!("UPDATE challenge SET version = version WHERE id = $1"), args![id]).await?;
    Ok(())
}

/// Keeps a new challenge; answers whether sub-event and batch were still free.
pub(crate) async fn insert_challenge(
    tx: &mut Tx,
    _: &Permit<Run>,
    one: &Challenge,
    now: Timestamp,
) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO challenge (id, campaign_id, sub_event_id, state, in_order, need_count, \
         day_limit, reward_batch_id, from_at, to_at, close_reason, version, created_at) \
         VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9, '', $10, $11) \
         ON CONFLICT DO NOTHING"
    );
    let rules = &one.rules;
    let values = args![
        one.id,
        one.campaign,
        one.sub_event,
        rules.in_order,
        rules.need,
        rules.day_limit,
        rules.reward,
        rules.from_at,
        rules.to_at,
        one.version,
        now,
    ];
    Ok(tx.run(insert, values).await? == 1)
}

/// Whether another challenge has this batch for its reward.
pub(crate) async fn is_promised(tx: &mut Tx, batch: BatchId, but: ChallengeId) -> Result<bool> {
    let select = sql!("SELECT COUNT(*) FROM challenge WHERE reward_batch_id = $1 AND id <> $2");
    let count: i64 = tx.scalar(select, args![batch, but]).await?;
    Ok(count > 0)
}

/// Keeps the rules of a challenge.
pub(crate) async fn write_rules(
    tx: &mut Tx,
    _: &Permit<Run>,
    id: ChallengeId,
    rules: &Rules,
) -> Result<()> {
    let update = sql!(
        "UPDATE challenge SET in_order = $2, need_count = $3, day_limit = $4, \
         reward_batch_id = $5, from_at = $6, to_at = $7, version = version + 1 WHERE id = $1"
    );
    let values = args![
        id,
        rules.in_order,
        rules.need,
        rules.day_limit,
        rules.reward,
        rules.from_at,
        rules.to_at,
    ];
    tx.run(update, values).await?;
    Ok(())
}

/// Keeps where a challenge stands from now on.
pub(crate) async fn write_state(
    tx: &mut Tx,
    _: &Permit<Run>,
    id: ChallengeId,
    (state, now, reason): (ChallengeState, Timestamp, &str),
) -> Result<()> {
    let update = sql!(
        "UPDATE challenge SET state = $2, \
         opened_at = CASE WHEN $2 = 'open' THEN $3 ELSE opened_at END, \
         closed_at = CASE WHEN $2 = 'closed' THEN $3 ELSE closed_at END, \
         close_reason = $4, version = version + 1 WHERE id = $1"
    );
    tx.run(update, args![id, state.code(), now, reason]).await?;
    Ok(())
}

/// A station of it was changed.
pub(crate) async fn raise_version(tx: &mut Tx, _: &Permit<Run>, id: ChallengeId) -> Result<()> {
    tx.run(sql!("UPDATE challenge SET version = version + 1 WHERE id = $1"), args![id]).await?;
    Ok(())
}
