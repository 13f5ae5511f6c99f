//! SQL of flags: what is looked at, what is kept, what is decided.

use std::collections::{BTreeSet, HashMap};

use campaigns::CampaignId;
use citizens::DeviceHint;
use db::{Query, Result, Row, Rows, ToValue as _, Tx, args, set_sql, sql};
use jiff::Timestamp;
use kernel::{CitizenNo, Code as _, Cx, Fen, actor::AccountId};
use uuid::Uuid;

use super::claims::citizen;
use crate::{
    RedemptionId, VoucherNo,
    flags::{
        Flag, FlagId, FlagItem, FlagKind, FlagVerdict, NewFlag, Sort, Taken,
        find_tills::{Seen, Stretch},
    },
    policy::{Permit, Run},
};

/// Up to which redemption all were looked at.
pub(crate) async fn mark(tx: &mut Tx) -> Result<Uuid> {
    let select = sql!("SELECT redemption_id FROM voucher_flag_mark WHERE one = 1");
    Ok(tx.maybe(select, args![], |row| row.get(0)).await?.unwrap_or_else(Uuid::nil))
}

/// All up to this one were looked at.
pub(crate) async fn set_mark(tx: &mut Tx, id: RedemptionId) -> Result<()> {
    let upsert = sql!(
        "INSERT INTO voucher_flag_mark (one, redemption_id) VALUES (1, $1) \
         ON CONFLICT (one) DO UPDATE SET redemption_id = excluded.redemption_id \
         WHERE voucher_flag_mark.redemption_id < excluded.redemption_id"
    );
    tx.run(upsert, args![id]).await?;
    Ok(())
}

/// The next redemptions behind one, as far as they were written before an instant. Their ids begin
/// with their time.
pub(crate) async fn redemptions_after(
    tx: &mut Tx,
    after: Uuid,
    before: Timestamp,
    most: i64,
) -> Result<Vec<Seen>> {
    let select = sql!(
        "SELECT r.id, r.batch_no, r.claim_no, c.citizen_no, b.campaign_id, r.merchant_id, \
         r.cashier_id, r.amount_fen, t.face_fen, r.redeemed_at FROM voucher_redemption AS r \
         JOIN voucher_claim AS c ON c.batch_no = r.batch_no AND c.claim_no = r.claim_no \
         JOIN voucher_batch AS b ON b.no = r.batch_no \
         JOIN voucher_terms AS t ON t.batch_no = c.batch_no AND t.version = c.terms_version \
         WHERE r.id > $1 AND r.redeemed_at < $2 ORDER BY r.id LIMIT $3"
    );
    tx.all(select, args![after, before, most], |row| {
        Ok(Seen {
            id: row.get(0)?,
            voucher: VoucherNo { batch: row.get(1)?, claim: row.get(2)? },
            citizen: citizen(row.get(3)?)?,
            campaign: row.get(4)?,
            merchant: row.get(5)?,
            cashier: row.get(6)?,
            amount: Fen(row.get(7)?),
            face: Fen(row.get(8)?),
            at: row.get(9)?,
        })
    })
    .await
}

/// Those of these minutes in which the cashier took so many whole vouchers, and how many.
pub(crate) async fn busy(
    tx: &mut Tx,
    minutes: &BTreeSet<Stretch<AccountId>>,
    least: i64,
) -> Result<Vec<(Stretch<AccountId>, i64)>> {
    let rows = minutes.iter().map(|one| args![one.merchant, one.who, one.from, one.to, least]);
    let select = set_sql!(
        "SELECT rows.merchant, rows.who, rows.from_at, rows.to_at, COUNT(*) FROM {rows} \
         JOIN voucher_redemption AS r ON r.merchant_id = rows.merchant \
         AND r.redeemed_at >= rows.from_at AND r.redeemed_at < rows.to_at \
         AND r.cashier_id = rows.who \
         JOIN voucher_claim AS c ON c.batch_no = r.batch_no AND c.claim_no = r.claim_no \
         JOIN voucher_terms AS t ON t.batch_no = c.batch_no AND t.version = c.terms_version \
         WHERE r.amount_fen = t.face_fen \
         GROUP BY rows.merchant, rows.who, rows.from_at, rows.to_at, rows.least \
         HAVING COUNT(*) >= rows.least",
        merchant: Uuid, who: Uuid, from_at: Instant, to_at: Instant, least: Int,
    );
    tx.all_of_set(select, rows.collect(), |row| {
        let (merchant, who, from, to) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((Stretch { merchant, who, from, to }, row.get(4)?))
    })
    .await
}

/// Those of these stretches in which the citizen was on so many bills of the merchant.
pub(crate) async fn split(
    tx: &mut Tx,
    stretches: &BTreeSet<Stretch<CitizenNo>>,
    least: i64,
) -> Result<Vec<(Stretch<CitizenNo>, i64)>> {
    let stored =
        |one: &Stretch<CitizenNo>| args![one.merchant, one.who.stored(), one.from, one.to, least];
    let select = set_sql!(
        "SELECT rows.merchant, rows.who, rows.from_at, rows.to_at, COUNT(DISTINCT r.bill_no) \
         FROM {rows} JOIN voucher_redemption AS r ON r.merchant_id = rows.merchant \
         AND r.redeemed_at >= rows.from_at AND r.redeemed_at < rows.to_at \
         JOIN voucher_claim AS c ON c.batch_no = r.batch_no AND c.claim_no = r.claim_no \
         WHERE c.citizen_no = rows.who \
         GROUP BY rows.merchant, rows.who, rows.from_at, rows.to_at, rows.least \
         HAVING COUNT(DISTINCT r.bill_no) >= rows.least",
        merchant: Uuid, who: Int, from_at: Instant, to_at: Instant, least: Int,
    );
    tx.all_of_set(select, stretches.iter().map(stored).collect(), |row| {
        let (merchant, from, to) = (row.get(0)?, row.get(2)?, row.get(3)?);
        Ok((Stretch { merchant, who: citizen(row.get(1)?)?, from, to }, row.get(4)?))
    })
    .await
}

type Record = (CampaignId, VoucherNo, RedemptionId);

fn record(row: &Row) -> Result<Record> {
    let voucher = VoucherNo { batch: row.get(1)?, claim: row.get(2)? };
    Ok((row.get(0)?, voucher, row.get(3)?))
}

/// What a cashier took whole in a minute.
pub(crate) async fn in_minute(
    tx: &mut Tx,
    of: &Stretch<AccountId>,
    most: i64,
) -> Result<Vec<Record>> {
    let select = sql!(
        "SELECT b.campaign_id, r.batch_no, r.claim_no, r.id FROM voucher_redemption AS r \
         JOIN voucher_claim AS c ON c.batch_no = r.batch_no AND c.claim_no = r.claim_no \
         JOIN voucher_terms AS t ON t.batch_no = c.batch_no AND t.version = c.terms_version \
         JOIN voucher_batch AS b ON b.no = r.batch_no \
         WHERE r.merchant_id = $1 AND r.redeemed_at >= $2 AND r.redeemed_at < $3 \
         AND r.cashier_id = $4 AND r.amount_fen = t.face_fen ORDER BY r.redeemed_at, r.id LIMIT $5"
    );
    tx.all(select, args![of.merchant, of.from, of.to, of.who, most], record).await
}

/// What a citizen spent at a merchant in a stretch of time.
pub(crate) async fn of_citizen(
    tx: &mut Tx,
    of: &Stretch<CitizenNo>,
    most: i64,
) -> Result<Vec<Record>> {
    let select = sql!(
        "SELECT b.campaign_id, r.batch_no, r.claim_no, r.id FROM voucher_redemption AS r \
         JOIN voucher_claim AS c ON c.batch_no = r.batch_no AND c.claim_no = r.claim_no \
         JOIN voucher_batch AS b ON b.no = r.batch_no \
         WHERE r.merchant_id = $1 AND r.redeemed_at >= $2 AND r.redeemed_at < $3 \
         AND c.citizen_no = $4 ORDER BY r.redeemed_at, r.id LIMIT $5"
    );
    tx.all(select, args![of.merchant, of.from, of.to, of.who.stored(), most], record).await
}

/// A claim of one of many on a device.
pub(crate) struct CrowdClaim {
    pub(crate) voucher: VoucherNo,
    pub(crate) citizen: i64,
    pub(crate) campaign: CampaignId,
}

/// What these citizens claimed, as far as it is filed.
pub(crate) async fn claims_of(tx: &mut Tx, of: &[CitizenNo]) -> Result<Vec<CrowdClaim>> {
    let rows = of.iter().map(|one| args![one.stored()]).collect();
    let select = set_sql!(
        "SELECT h.batch_no, h.claim_no, h.citizen_no, b.campaign_id FROM {rows} \
         JOIN voucher_holder AS h ON h.citizen_no = rows.no \
         JOIN voucher_batch AS b ON b.no = h.batch_no",
        no: Int,
    );
    tx.all_of_set(select, rows, |row| {
        Ok(CrowdClaim {
            voucher: VoucherNo { batch: row.get(0)?, claim: row.get(1)? },
            citizen: row.get(2)?,
            campaign: row.get(3)?,
        })
    })
    .await
}

/// Keeps that this device stood at a till of this account's.
pub(crate) async fn note_device(
    tx: &mut Tx,
    account: AccountId,
    hint: DeviceHint,
    now: Timestamp,
) -> Result<()> {
    let upsert = sql!(
        "INSERT INTO voucher_till_device (account_id, hint, seen_at) VALUES ($1, $2, $3) \
         ON CONFLICT (account_id, hint) DO UPDATE SET seen_at = excluded.seen_at"
    );
    tx.run(upsert, args![account, hint.stored(), now]).await?;
    Ok(())
}

/// Forgets devices at tills that were last seen before then.
pub(crate) async fn forget_devices(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.run(sql!("DELETE FROM voucher_till_device WHERE seen_at < $1"), args![before]).await
}

/// The devices at the tills of these accounts.
pub(crate) async fn devices_of_tills(
    tx: &mut Tx,
    of: BTreeSet<AccountId>,
) -> Result<Vec<(AccountId, DeviceHint)>> {
    let rows = of.into_iter().map(|one| args![one]).collect();
    let select = set_sql!(
        "SELECT d.account_id, d.hint FROM {rows} \
         JOIN voucher_till_device AS d ON d.account_id = rows.account",
        account: Uuid,
    );
    let all = tx.all_of_set(select, rows, |row| Ok((row.get(0)?, row.get::<Vec<u8>>(1)?)));
    let known =
        |(account, hint): (AccountId, Vec<u8>)| Some((account, DeviceHint::stored_as(&hint)?));
    Ok(all.await?.into_iter().filter_map(known).collect())
}

/// Keeps a flag with its records; answers whether it is a new one.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, id: FlagId, new: &NewFlag) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO voucher_flag (id, campaign_id, kind, about, said, found_at, verdict, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, '', '') ON CONFLICT DO NOTHING"
    );
    let values = args![id, new.campaign, new.kind.code(), &new.about, &new.said, cx.now];
    if tx.run(insert, values).await? == 0 {
        return Ok(false);
    }
    let mut rows = Rows::with_capacity(new.items.len());
    for ((voucher, redemption), turn) in new.items.iter().zip(1_i64..) {
        rows.push(args![id, turn, voucher.batch, voucher.claim, *redemption]);
    }
    let insert = set_sql!(
        "INSERT INTO voucher_flag_item (flag_id, turn_no, batch_no, claim_no, redemption_id) \
         SELECT flag_id, turn_no, batch_no, claim_no, redemption_id FROM {rows}",
        flag_id: Uuid, turn_no: Int, batch_no: Int, claim_no: Int, redemption_id: Uuid,
    );
    tx.run_set(insert, rows).await?;
    Ok(true)
}

fn flag(row: &Row) -> Result<Flag> {
    let verdict: String = row.get(5)?;
    Ok(Flag {
        id: row.get(0)?,
        campaign: row.get(1)?,
        kind: row.code(2)?,
        said: row.get(3)?,
        found_at: row.get(4)?,
        verdict: FlagVerdict::from_code(&verdict),
        reviewed_at: row.get(6)?,
        reviewed_by: row.get(7)?,
        reason: row.get(8)?,
        items: row.get(9)?,
    })
}

/// One flag.
pub(crate) async fn one(tx: &mut Tx, id: FlagId) -> Result<Option<Flag>> {
    let select = sql!(
        "SELECT f.id, f.campaign_id, f.kind, f.said, f.found_at, f.verdict, f.reviewed_at, \
         f.reviewed_by, f.reason, (SELECT COUNT(*) FROM voucher_flag_item AS i \
         WHERE i.flag_id = f.id) FROM voucher_flag AS f WHERE f.id = $1"
    );
    tx.maybe(select, args![id], flag).await
}

/// Which flags are listed.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Of these campaigns.
    pub(crate) campaigns: Vec<CampaignId>,
    pub(crate) kind: Option<FlagKind>,
    /// Decided so; `None` for those that wait.
    pub(crate) verdict: Option<FlagVerdict>,
    /// Older than this one.
    pub(crate) before: Option<FlagId>,
    pub(crate) most: i64,
}

/// The flags that are wanted, newest first.
pub(crate) async fn list(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Flag>> {
    let verdict = wanted.verdict.map_or("", FlagVerdict::code);
    let mut query = Query::new(
        "SELECT f.id, f.campaign_id, f.kind, f.said, f.found_at, f.verdict, f.reviewed_at, \
         f.reviewed_by, f.reason, (SELECT COUNT(*) FROM voucher_flag_item AS i \
         WHERE i.flag_id = f.id) FROM voucher_flag AS f WHERE ",
    )
    .any_of("f.campaign_id", wanted.campaigns.iter().copied())
    .with(" AND f.verdict = ?", [verdict.to_value()]);
    if let Some(kind) = wanted.kind {
        query = query.with(" AND f.kind = ?", [kind.code().to_value()]);
    }
    if let Some(before) = wanted.before {
        query = query.with(" AND f.id < ?", [before.to_value()]);
    }
    let query = query.with(" ORDER BY f.id DESC LIMIT ?", [wanted.most.to_value()]);
    tx.list(query, flag).await
}

/// How many flags there are of each sort.
pub(crate) async fn counts(tx: &mut Tx) -> Result<HashMap<Sort, i64>> {
    let select = sql!(
        "SELECT campaign_id, kind, verdict, COUNT(*) FROM voucher_flag \
         GROUP BY campaign_id, kind, verdict"
    );
    let all = tx.all(select, args![], |row| {
        let verdict: String = row.get(2)?;
        Ok(((row.get(0)?, row.code(1)?, FlagVerdict::from_code(&verdict)), row.get(3)?))
    });
    Ok(all.await?.into_iter().collect())
}

/// How many flags of a campaign wait.
pub(crate) async fn open_count(tx: &mut Tx, campaign: CampaignId) -> Result<i64> {
    let select = sql!("SELECT COUNT(*) FROM voucher_flag WHERE campaign_id = $1 AND verdict = ''");
    tx.scalar(select, args![campaign]).await
}

/// The records of a flag, as they stand now.
pub(crate) async fn items(tx: &mut Tx, id: FlagId) -> Result<Vec<FlagItem>> {
    let select = sql!(
        "SELECT i.batch_no, i.claim_no, c.state, c.citizen_no, c.claimed_at, r.id, r.cashier_id, \
         r.redeemed_at, r.amount_fen FROM voucher_flag_item AS i \
         JOIN voucher_claim AS c ON c.batch_no = i.batch_no AND c.claim_no = i.claim_no \
         LEFT JOIN voucher_redemption AS r ON r.id = i.redemption_id \
         WHERE i.flag_id = $1 ORDER BY i.turn_no"
    );
    tx.all(select, args![id], |row| {
        let redemption: Option<RedemptionId> = row.get(5)?;
        let taken = |id| {
            let (cashier, at, amount) = (row.get(6)?, row.get(7)?, Fen(row.get(8)?));
            Ok::<_, db::Fault>(Taken { id, cashier, at, amount })
        };
        Ok(FlagItem {
            voucher: VoucherNo { batch: row.get(0)?, claim: row.get(1)? },
            state: row.code(2)?,
            citizen: row.get(3)?,
            claimed_at: row.get(4)?,
            redemption: redemption.map(taken).transpose()?,
        })
    })
    .await
}

/// Whether the flag that waited is decided now.
pub(crate) async fn review(
    tx: &mut Tx,
    _: &Permit<Run>,
    cx: &Cx,
    id: FlagId,
    verdict: FlagVerdict,
    reason: &str,
) -> Result<bool> {
    let update = sql!(
        "UPDATE voucher_flag SET verdict = $2, reason = $3, reviewed_at = $4, reviewed_by = $5 \
         WHERE id = $1 AND verdict = ''"
    );
    let values = args![id, verdict.code(), reason, cx.now, cx.actor.account()];
    Ok(tx.run(update, values).await? == 1)
}
