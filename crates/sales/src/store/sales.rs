//! SQL on `sale`, `sale_step` and `sale_evidence`.

use db::{Query, Result, Row, Rows, ToValue as _, Tx, args, file::FileId, set_sql, sql};
use jiff::Timestamp;
use kernel::{Code as _, Cx, Fen, Id, actor::AccountId};

use crate::{
    BatchId, Contest, Filter, Reading, Sale, SaleId, SaleState,
    policy::{HandIn, Lay, Permit},
};

/// What [`read`] reads, of `sale`.
const COLUMNS: &str = "SELECT sale.id, sale.side, sale.campaign_id, sale.sub_event_id, \
    sale.show_id, sale.merchant_id, sale.source, sale.platform, sale.order_hash, \
    sale.returns_of, sale.return_no, sale.item, sale.amount_fen, sale.sold_at, sale.state, \
    sale.batch_id, sale.submitted_by, sale.submitted_at, sale.version";

fn read(row: &Row) -> Result<Sale> {
    let (origin, turn): (Option<SaleId>, Option<i64>) = (row.get(9)?, row.get(10)?);
    Ok(Sale {
        id: row.get(0)?,
        side: row.code(1)?,
        campaign: row.get(2)?,
        sub_event: row.get(3)?,
        show: row.get(4)?,
        merchant: row.get(5)?,
        source: row.code(6)?,
        platform: row.get(7)?,
        order: row.get(8)?,
        returns_of: origin.zip(turn),
        item: row.get(11)?,
        amount: Fen(row.get(12)?),
        sold_at: row.get(13)?,
        state: row.code(14)?,
        batch: row.get(15)?,
        submitted_by: row.get::<Option<uuid::Uuid>>(16)?.map(AccountId::from_uuid),
        submitted_at: row.get(17)?,
        version: row.get(18)?,
    })
}

/// One record, whoever asks.
pub(crate) async fn sale_by_id(tx: &mut Tx, id: SaleId) -> Result<Option<Sale>> {
    let query = Query::new(COLUMNS).with(" FROM sale WHERE sale.id = ?", [id.to_value()]);
    Ok(tx.list(query, read).await?.into_iter().next())
}

/// The returns of a sale, whatever their state, in their turns.
pub(crate) async fn returns_of(tx: &mut Tx, sale: SaleId) -> Result<Vec<Sale>> {
    let query = Query::new(COLUMNS)
        .with(" FROM sale WHERE sale.returns_of = ? ORDER BY sale.return_no", [sale.to_value()]);
    tx.list(query, read).await
}

/// The records that a filter names, newest first, from a place on, this many at most.
pub(crate) async fn list_sales(
    tx: &mut Tx,
    reading: &Reading,
    filter: &Filter,
    contest: Option<&Contest>,
    (skip, most): (i64, i64),
) -> Result<Vec<Sale>> {
    let query = Query::new(COLUMNS).nested(filter.conditions(Some(reading), contest)).with(
        " ORDER BY sale.sold_at DESC, sale.id DESC LIMIT ? OFFSET ?",
        [most.to_value(), skip.to_value()],
    );
    tx.list(query, read).await
}

/// A sale that an order's hash led to.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub order: Vec<u8>,
    pub sale: Sale,
    /// What came back of it, as far as it counts.
    pub back: Fen,
    /// The turn of its last return.
    pub turns: i64,
}

/// The sales that count and have one of these orders.
pub(crate) async fn sales_of_orders(tx: &mut Tx, orders: &[Vec<u8>]) -> Result<Vec<Found>> {
    let select = set_sql!(
        "SELECT sale.id, sale.side, sale.campaign_id, sale.sub_event_id, sale.show_id, \
         sale.merchant_id, sale.source, sale.platform, sale.order_hash, sale.returns_of, \
         sale.return_no, sale.item, sale.amount_fen, sale.sold_at, sale.state, sale.batch_id, \
         sale.submitted_by, sale.submitted_at, sale.version, \
         (SELECT CAST(COALESCE(SUM(back.amount_fen), 0) AS BIGINT) FROM sale AS back \
         WHERE back.returns_of = sale.id AND back.state NOT IN ('rejected', 'withdrawn')), \
         (SELECT COUNT(*) FROM sale AS back WHERE back.returns_of = sale.id) \
         FROM {rows} JOIN sale ON sale.order_hash = asked AND sale.side = 'sale' \
         AND sale.state NOT IN ('rejected', 'withdrawn')",
        asked: Bytes,
    );
    let mut rows = Rows::with_capacity(orders.len());
    for order in orders {
        rows.push(args![order.clone()]);
    }
    tx.all_of_set(select, rows, |row| {
        let sale = read(row)?;
        let order = sale.order.clone().unwrap_or_default();
        Ok(Found { order, sale, back: Fen(row.get(19)?), turns: row.get(20)? })
    })
    .await
}

/// Keeps new records as far as nobody was first with an order or a return; answers how many were
/// kept. They are written in the order of their hashes, so that two who write the same orders wait
/// for each other rather than both for ever.
pub(crate) async fn insert_sales(
    tx: &mut Tx,
    _: &Permit<HandIn>,
    mut sales: Vec<Sale>,
) -> Result<u64> {
    let insert = set_sql!(
        "INSERT INTO sale (id, side, campaign_id, sub_event_id, show_id, merchant_id, source, \
         platform, order_hash, returns_of, return_no, item, amount_fen, sold_at, state, batch_id, \
         submitted_by, submitted_at, version) SELECT id, side, campaign_id, sub_event_id, show_id, \
         merchant_id, source, platform, order_hash, returns_of, return_no, item, amount_fen, \
         sold_at, 'submitted', batch_id, submitted_by, submitted_at, 1 FROM {rows} \
         WHERE TRUE ON CONFLICT DO NOTHING",
        id: Uuid, side: Text, campaign_id: Uuid, sub_event_id: Uuid, show_id: Uuid,
        merchant_id: Uuid, source: Text, platform: Text, order_hash: Bytes, returns_of: Uuid,
        return_no: Int, item: Text, amount_fen: Int, sold_at: Instant, batch_id: Uuid,
        submitted_by: Uuid, submitted_at: Instant,
    );
    sales.sort_by(|one, other| (&one.order, one.id).cmp(&(&other.order, other.id)));
    let mut rows = Rows::with_capacity(sales.len());
    for one in &sales {
        let (origin, turn) = one.returns_of.unzip();
        rows.push(args![
            one.id,
            one.side.code(),
            one.campaign,
            one.sub_event,
            one.show,
            one.merchant,
            one.source.code(),
            &one.platform,
            &one.order,
            origin,
            turn,
            &one.item,
            one.amount.0,
            one.sold_at,
            one.batch,
            one.submitted_by.map(Id::uuid),
            one.submitted_at,
        ]);
    }
    tx.run_set(insert, rows).await
}

/// Writes down that these records were handed in, as far as they were kept.
pub(crate) async fn insert_first_steps(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<HandIn>,
    sales: &[SaleId],
) -> Result<()> {
    let insert = set_sql!(
        "INSERT INTO sale_step (sale_id, turn_no, state, by_id, by_name, at, why, amount_fen, \
         sold_at) SELECT sale.id, 1, 'submitted', by_id, by_name, at, '', sale.amount_fen, \
         sale.sold_at FROM {rows} JOIN sale ON sale.id = told",
        told: Uuid, by_id: Uuid, by_name: Text, at: Instant,
    );
    let mut rows = Rows::with_capacity(sales.len());
    for sale in sales {
        rows.push(args![*sale, cx.actor.account().map(Id::uuid), cx.actor.name(), cx.now]);
    }
    tx.run_set(insert, rows).await?;
    Ok(())
}

/// Keeps a record as it stands after a step, if it was read last; answers whether it was.
pub(crate) async fn write_step<T>(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<T>,
    sale: &Sale,
    why: &str,
) -> Result<bool> {
    let update = sql!(
        "UPDATE sale SET state = $3, amount_fen = $4, sold_at = $5, submitted_by = $6, \
         version = version + 1 WHERE id = $1 AND version = $2"
    );
    let by = sale.submitted_by.map(Id::uuid);
    let values = args![sale.id, sale.version, sale.state.code(), sale.amount.0, sale.sold_at, by];
    if tx.run(update, values).await? == 0 {
        return Ok(false);
    }
    let count = sql!("SELECT COUNT(*) FROM sale_step WHERE sale_id = $1");
    let turns: i64 = tx.scalar(count, args![sale.id]).await?;
    let insert = sql!(
        "INSERT INTO sale_step (sale_id, turn_no, state, by_id, by_name, at, why, amount_fen, \
         sold_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    );
    let values = args![
        sale.id,
        turns + 1,
        sale.state.code(),
        cx.actor.account().map(Id::uuid),
        cx.actor.name(),
        cx.now,
        why,
        sale.amount.0,
        sale.sold_at,
    ];
    tx.run(insert, values).await?;
    Ok(true)
}

/// The records of a batch that stand in a state, oldest first.
pub(crate) async fn sales_of_batch(tx: &mut Tx, batch: BatchId) -> Result<Vec<Sale>> {
    let query = Query::new(COLUMNS)
        .with(" FROM sale WHERE sale.batch_id = ? ORDER BY sale.id", [batch.to_value()]);
    tx.list(query, read).await
}

/// What was done with a record, and by whom.
#[derive(Clone, Debug)]
pub(crate) struct StepTaken {
    pub state: SaleState,
    pub by: String,
    pub at: Timestamp,
    pub why: String,
    pub amount: Fen,
    pub sold_at: Timestamp,
}

/// Every step of a record, oldest first.
pub(crate) async fn steps_of(tx: &mut Tx, sale: SaleId) -> Result<Vec<StepTaken>> {
    let select = sql!(
        "SELECT state, by_name, at, why, amount_fen, sold_at FROM sale_step WHERE sale_id = $1 \
         ORDER BY turn_no"
    );
    let step = |row: &Row| {
        Ok(StepTaken {
            state: row.code(0)?,
            by: row.get(1)?,
            at: row.get(2)?,
            why: row.get(3)?,
            amount: Fen(row.get(4)?),
            sold_at: row.get(5)?,
        })
    };
    tx.all(select, args![sale], step).await
}

/// A file that lies beside a record.
#[derive(Clone, Debug)]
pub(crate) struct Evidence {
    pub file: FileId,
    pub sha256: Vec<u8>,
    pub noted_by: String,
    pub noted_at: Timestamp,
}

/// The files beside a record.
pub(crate) async fn evidence_of(tx: &mut Tx, sale: SaleId) -> Result<Vec<Evidence>> {
    let select = sql!(
        "SELECT file_id, sha256, noted_by, noted_at FROM sale_evidence WHERE sale_id = $1 \
         ORDER BY noted_at, file_id"
    );
    let read = |row: &Row| {
        Ok(Evidence {
            file: row.get(0)?,
            sha256: row.get(1)?,
            noted_by: row.get(2)?,
            noted_at: row.get(3)?,
        })
    };
    tx.all(select, args![sale], read).await
}

/// A kept file with these bytes, if one lies beside any record.
pub(crate) async fn evidence_file(tx: &mut Tx, sha256: &[u8]) -> Result<Option<FileId>> {
    let select = sql!("SELECT file_id FROM sale_evidence WHERE sha256 = $1 ORDER BY noted_at");
    tx.maybe(select, args![sha256], |row| row.get(0)).await
}

/// Lays a file beside a record; answers whether it was not there yet.
pub(crate) async fn insert_evidence(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<Lay>,
    (sale, file): (SaleId, FileId),
    sha256: &[u8],
) -> Result<bool> {
    let insert = sql!(
        "INSERT INTO sale_evidence (sale_id, sha256, file_id, noted_by, noted_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
    );
    let values = args![sale, sha256, file, cx.actor.name(), cx.now];
    Ok(tx.run(insert, values).await? > 0)
}

/// Waits until nobody else judges this record's order or hands in a return of it. SQLite has one
/// writer anyway.
pub(crate) async fn lock_order(tx: &mut Tx, id: SaleId) -> Result<()> {
    let update = sql!(
        "UPDATE sale SET version = version \
         WHERE id = COALESCE((SELECT told.returns_of FROM sale AS told WHERE told.id = $1), $1)"
    );
    tx.run(update, args![id]).await?;
    Ok(())
}

/// How many records of a batch somebody judged, or handed in a return of from elsewhere.
pub(crate) async fn moved_since(tx: &mut Tx, batch: BatchId) -> Result<i64> {
    let select = sql!(
        "SELECT COUNT(*) FROM sale WHERE (batch_id = $1 AND state <> 'submitted') \
         OR (state NOT IN ('rejected', 'withdrawn') AND COALESCE(batch_id <> $1, TRUE) \
         AND returns_of IN (SELECT told.id FROM sale AS told WHERE told.batch_id = $1))"
    );
    tx.scalar(select, args![batch]).await
}

/// Takes every record of a batch back.
pub(crate) async fn withdraw_batch(
    tx: &mut Tx,
    cx: &Cx,
    _: &Permit<HandIn>,
    batch: BatchId,
) -> Result<u64> {
    let insert = sql!(
        "INSERT INTO sale_step (sale_id, turn_no, state, by_id, by_name, at, why, amount_fen, \
         sold_at) SELECT sale.id, sale.version + 1, 'withdrawn', $2, $3, $4, '', sale.amount_fen, \
         sale.sold_at FROM sale WHERE sale.batch_id = $1 AND sale.state = 'submitted'"
    );
    let by = cx.actor.account().map(Id::uuid);
    tx.run(insert, args![batch, by, cx.actor.name(), cx.now]).await?;
    let update = sql!(
        "UPDATE sale SET state = 'withdrawn', version = version + 1 \
         WHERE batch_id = $1 AND state = 'submitted'"
    );
    tx.run(update, args![batch]).await
}
