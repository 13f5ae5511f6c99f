//! SQL on `campaign_member` and `campaign_member_span`.

use std::collections::HashSet;

use db::{Result, Row, Rows, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::{Code as _, actor::AccountId};
use merchants::MerchantId;

use crate::{
    CampaignId, Member, MemberState,
    policy::{Permit, Run},
};

fn read(row: &Row) -> Result<Member> {
    Ok(Member {
        campaign: row.get(0)?,
        merchant: row.get(1)?,
        state: row.code(2)?,
        reason: row.get(3)?,
        invited_at: row.get(4)?,
        answered_at: row.get(5)?,
        accepted_by: row.get::<Option<uuid::Uuid>>(6)?.map(AccountId::from_uuid),
        version: row.get(7)?,
    })
}

/// Whether the merchant took part at this instant.
pub async fn is_active_member(
    tx: &mut Tx,
    campaign: CampaignId,
    merchant: MerchantId,
    at: Timestamp,
) -> Result<bool> {
    let select = sql!(
        "SELECT COUNT(*) FROM campaign_member_span WHERE campaign_id = $1 AND merchant_id = $2 \
         AND from_at <= $3 AND (to_at IS NULL OR to_at > $3)"
    );
    let spans: i64 = tx.scalar(select, args![campaign, merchant, at]).await?;
    Ok(spans > 0)
}

/// Every merchant that took part at this instant.
pub async fn active_members(
    tx: &mut Tx,
    campaign: CampaignId,
    at: Timestamp,
) -> Result<HashSet<MerchantId>> {
    let select = sql!(
        "SELECT merchant_id FROM campaign_member_span WHERE campaign_id = $1 \
         AND from_at <= $2 AND (to_at IS NULL OR to_at > $2)"
    );
    Ok(tx.all(select, args![campaign, at], |row| row.get(0)).await?.into_iter().collect())
}

/// Every merchant of a campaign, whatever its state, in the order of the invitations.
pub async fn members(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<Member>> {
    let select = sql!(
        "SELECT campaign_id, merchant_id, state, reason, invited_at, answered_at, accepted_by, \
         version FROM campaign_member WHERE campaign_id = $1 ORDER BY invited_at, merchant_id"
    );
    tx.all(select, args![campaign], read).await
}

/// What a merchant was asked to, newest first.
pub(crate) async fn memberships(tx: &mut Tx, merchant: MerchantId) -> Result<Vec<Member>> {
    let select = sql!(
        "SELECT campaign_id, merchant_id, state, reason, invited_at, answered_at, accepted_by, \
         version FROM campaign_member WHERE merchant_id = $1 ORDER BY invited_at DESC, campaign_id"
    );
    tx.all(select, args![merchant], read).await
}

/// One merchant in one campaign.
pub(crate) async fn member(
    tx: &mut Tx,
    campaign: CampaignId,
    merchant: MerchantId,
) -> Result<Option<Member>> {
    let select = sql!(
        "SELECT campaign_id, merchant_id, state, reason, invited_at, answered_at, accepted_by, \
         version FROM campaign_member WHERE campaign_id = $1 AND merchant_id = $2"
    );
    tx.maybe(select, args![campaign, merchant], read).await
}

/// The campaigns that any of these merchants is, or was, asked to.
pub(crate) async fn asked_campaigns(
    tx: &mut Tx,
    merchants: &[MerchantId],
) -> Result<HashSet<CampaignId>> {
    let mut all = HashSet::new();
    // An account stands for one merchant, seldom for a few.
    for merchant in merchants {
        let select = sql!("SELECT campaign_id FROM campaign_member WHERE merchant_id = $1");
        all.extend(tx.all(select, args![*merchant], |row| row.get::<CampaignId>(0)).await?);
    }
    Ok(all)
}

/// Invites merchants that were never invited; answers how many that were.
pub(crate) async fn insert_members(
    tx: &mut Tx,
    _: &Permit<Run>,
    campaign: CampaignId,
    merchants: &[MerchantId],
    now: Timestamp,
) -> Result<u64> {
    let insert = set_sql!(
        "INSERT INTO campaign_member (campaign_id, merchant_id, state, reason, invited_at, \
         version) SELECT campaign_id, merchant_id, 'invited', '', invited_at, 1 FROM {rows} \
         WHERE TRUE ON CONFLICT DO NOTHING",
        campaign_id: Uuid, merchant_id: Uuid, invited_at: Instant,
    );
    let mut rows = Rows::with_capacity(merchants.len());
    for merchant in merchants {
        rows.push(args![campaign, *merchant, now]);
    }
    tx.run_set(insert, rows).await
}

/// Keeps a member as it stands now, and when it took part.
pub(crate) async fn write_member<T>(
    tx: &mut Tx,
    permit: &Permit<T>,
    before: MemberState,
    one: &Member,
    now: Timestamp,
) -> Result<()> {
    let update = sql!(
        "UPDATE campaign_member SET state = $3, reason = $4, invited_at = $5, answered_at = $6, \
         accepted_by = $7, version = $8 WHERE campaign_id = $1 AND merchant_id = $2"
    );
    let values = args![
        one.campaign,
        one.merchant,
        one.state.code(),
        &one.reason,
        one.invited_at,
        one.answered_at,
        one.accepted_by,
        one.version,
    ];
    tx.run(update, values).await?;
    if before == MemberState::Active {
        end_span(tx, permit, one, now).await?;
    }
    if one.state == MemberState::Active {
        begin_span(tx, permit, one, now).await?;
    }
    Ok(())
}

async fn begin_span<T>(tx: &mut Tx, _: &Permit<T>, one: &Member, now: Timestamp) -> Result<()> {
    // Suspended and resumed in the same instant: the span goes on.
    let insert = sql!(
        "INSERT INTO campaign_member_span (campaign_id, merchant_id, from_at) \
         VALUES ($1, $2, $3) ON CONFLICT (campaign_id, merchant_id, from_at) \
         DO UPDATE SET to_at = NULL"
    );
    tx.run(insert, args![one.campaign, one.merchant, now]).await?;
    Ok(())
}

async fn end_span<T>(tx: &mut Tx, _: &Permit<T>, one: &Member, now: Timestamp) -> Result<()> {
    let update = sql!(
        "UPDATE campaign_member_span SET to_at = $3 \
         WHERE campaign_id = $1 AND merchant_id = $2 AND to_at IS NULL"
    );
    tx.run(update, args![one.campaign, one.merchant, now]).await?;
    Ok(())
}

/// Who accepted terms that no longer stand is asked again.
pub(crate) async fn ask_again<T>(
    tx: &mut Tx,
    _: &Permit<T>,
    campaign: CampaignId,
    now: Timestamp,
) -> Result<u64> {
    let update =
        sql!("UPDATE campaign_member_span SET to_at = $2 WHERE campaign_id = $1 AND to_at IS NULL");
    tx.run(update, args![campaign, now]).await?;
    let update = sql!(
        "UPDATE campaign_member SET state = 'invited', reason = '', answered_at = NULL, \
         accepted_by = NULL, invited_at = $2, version = version + 1 \
         WHERE campaign_id = $1 AND state IN ('accepted', 'active', 'suspended')"
    );
    tx.run(update, args![campaign, now]).await
}
