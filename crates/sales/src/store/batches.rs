//! SQL on `sale_batch` and `sale_mapping`.

use campaigns::CampaignId;
use db::{Result, Row, Tx, args, sql};
use jiff::Timestamp;
use kernel::{Code as _, Cx, Id};

use crate::{
    Batch, BatchId, BatchState, Mapping,
    policy::{HandIn, Permit},
};

fn read(row: &Row) -> Result<Batch> {
    let columns: String = row.get(8)?;
    Ok(Batch {
        id: row.get(0)?,
        campaign: row.get(1)?,
        sub_event: row.get(2)?,
        show: row.get(3)?,
        merchant: row.get(4)?,
        platform: row.get(5)?,
        file: row.get(6)?,
        sha256: row.get(7)?,
        mapping: Mapping::from_json(&columns),
        is_mapped: row.get(9)?,
        state: row.code(10)?,
        uploaded_by: row.get::<Option<uuid::Uuid>>(11)?.map(Id::from_uuid),
        uploaded_at: row.get(12)?,
        ended_at: row.get(13)?,
        version: row.get(14)?,
    })
}

/// One batch, whoever asks.
pub(crate) async fn batch_by_id(tx: &mut Tx, id: BatchId) -> Result<Option<Batch>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, show_id, merchant_id, platform, file_id, \
         file_sha256, columns, is_mapped, state, uploaded_by, uploaded_at, ended_at, version \
         FROM sale_batch WHERE id = $1"
    );
    tx.maybe(select, args![id], read).await
}

/// The batches of a campaign, newest first.
pub(crate) async fn batches_of(tx: &mut Tx, campaign: CampaignId) -> Result<Vec<Batch>> {
    let select = sql!(
        "SELECT id, campaign_id, sub_event_id, show_id, merchant_id, platform, file_id, \
         file_sha256, columns, is_mapped, state, uploaded_by, uploaded_at, ended_at, version \
         FROM sale_batch WHERE campaign_id = $1 ORDER BY uploaded_at DESC, id DESC"
    );
    tx.all(select, args![campaign], read).await
}

/// Whether these bytes were written as another batch, and still stand.
pub(crate) async fn is_file_written(tx: &mut Tx, sha256: &[u8], but: BatchId) -> Result<bool> {
    let select = sql!(
        "SELECT COUNT(*) FROM sale_batch WHERE file_sha256 = $1 AND state = 'written' AND id <> $2"
    );
    let written: i64 = tx.scalar(select, args![sha256, but]).await?;
    Ok(written > 0)
}

/// Keeps a new batch.
pub(crate) async fn insert_batch(tx: &mut Tx, _: &Permit<HandIn>, one: &Batch) -> Result<()> {
    let insert = sql!(
        "INSERT INTO sale_batch (id, campaign_id, sub_event_id, show_id, merchant_id, platform, \
         file_id, file_sha256, columns, is_mapped, state, uploaded_by, uploaded_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)"
    );
    let values = args![
        one.id,
        one.campaign,
        one.sub_event,
        one.show,
        one.merchant,
        &one.platform,
        one.file,
        one.sha256.clone(),
        one.mapping.to_json(),
        one.is_mapped,
        one.state.code(),
        one.uploaded_by.map(Id::uuid),
        one.uploaded_at,
    ];
    tx.run(insert, values).await?;
    Ok(())
}

/// Keeps how a batch's columns are understood, while it is not written; answers whether it was so.
pub(crate) async fn write_mapping(
    tx: &mut Tx,
    _: &Permit<HandIn>,
    one: &Batch,
    mapping: &Mapping,
) -> Result<bool> {
    let update = sql!(
        "UPDATE sale_batch SET columns = $2, is_mapped = TRUE, version = version + 1 \
         WHERE id = $1 AND state = 'uploaded' AND version = $3"
    );
    Ok(tx.run(update, args![one.id, mapping.to_json(), one.version]).await? > 0)
}

/// Takes a batch from one state to another; answers whether it stood there. Whoever comes second
/// waits here and then finds that it did not.
pub(crate) async fn turn_batch(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<HandIn>,
    id: BatchId,
    (from, to): (BatchState, BatchState),
) -> Result<bool> {
    let update = sql!(
        "UPDATE sale_batch SET state = $3, ended_by = $4, ended_at = $5, version = version + 1 \
         WHERE id = $1 AND state = $2"
    );
    let by = cx.actor.account().map(Id::uuid);
    Ok(tx.run(update, args![id, from.code(), to.code(), by, cx.now]).await? > 0)
}

/// How a platform's exports were understood last.
pub(crate) async fn remembered(tx: &mut Tx, platform: &str) -> Result<Option<Mapping>> {
    let select = sql!("SELECT columns FROM sale_mapping WHERE platform = $1");
    let columns: Option<String> = tx.maybe(select, args![platform], |row| row.get(0)).await?;
    Ok(columns.map(|columns| Mapping::from_json(&columns)))
}

/// Remembers how a platform's exports are understood.
pub(crate) async fn remember(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<HandIn>,
    platform: &str,
    mapping: &Mapping,
) -> Result<()> {
    let upsert = sql!(
        "INSERT INTO sale_mapping (platform, columns, confirmed_by, confirmed_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (platform) DO UPDATE SET \
         columns = excluded.columns, confirmed_by = excluded.confirmed_by, \
         confirmed_at = excluded.confirmed_at"
    );
    let by = cx.actor.account().map(Id::uuid);
    let at: Timestamp = cx.now;
    tx.run(upsert, args![platform, mapping.to_json(), by, at]).await?;
    Ok(())
}
