//! A file is written: what is new of it becomes records, each order once; and a written file is
//! taken back as a whole.

use std::collections::HashSet;

use db::{Entry, Tx, file};
use kernel::{Cx, Keys};
use serde_json::json;

use crate::{
    Batch, BatchId, BatchState, Preview, Reading, Sale, SaleError, SaleId, SaleState, Side, Source,
    hand_in_sale::{return_of, takes_records},
    policy,
    preview::{Judged, Outcome, judge_rows},
    sheet::{self, ReadRow},
    store,
    upload_batch::{check_mapping, visible_batch},
};

/// A file's rows, read ahead of the transaction that writes them.
#[derive(Debug)]
pub struct BatchRows(Vec<ReadRow>);

/// Reads a file's rows as its mapping says.
pub async fn read_batch(tx: &mut Tx, batch: &Batch) -> Result<BatchRows, SaleError> {
    let bytes = file::bytes(tx, batch.file).await?;
    sheet::rows(bytes, &batch.mapping).await.map(BatchRows)
}

/// What each row would become, as things stand now.
pub async fn preview_batch(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    reading: &Reading,
    (batch, rows): (&Batch, BatchRows),
) -> Result<Preview, SaleError> {
    let campaign = policy::seen(reading, batch.campaign)?;
    judge_rows(tx, cx, keys, (batch, campaign), rows.0).await
}

/// What a writing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Sales that are on record now.
    pub sales: usize,
    /// Returns that are on record now.
    pub returns: usize,
    /// Rows whose order somebody else wrote at the same moment.
    pub lost: usize,
}

/// Writes what is new of a file, as it was read last.
pub async fn write_batch(
    tx: &mut Tx,
    cx: &Cx,
    keys: &Keys,
    (id, version): (BatchId, i64),
    rows: BatchRows,
) -> Result<Written, SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let batch = visible_batch(tx, cx, &reading, id).await?;
    let permit = policy::hand_in_file(&cx.actor, &reading, batch.campaign, batch.merchant)?;
    takes_records(policy::seen(&reading, batch.campaign)?)?;
    check_mapping(&batch, &batch.mapping)?;
    if !batch.is_mapped {
        return Err(SaleError::NotMapped);
    }
    if batch.version != version {
        return Err(SaleError::Conflict);
    }
    // Whoever confirms it a second time waits here, and finds it written.
    let turn = (BatchState::Uploaded, BatchState::Written);
    if !store::turn_batch(tx, cx, &permit, id, turn).await? {
        return Err(SaleError::BatchState);
    }
    let preview = preview_batch(tx, cx, keys, &reading, (&batch, rows)).await?;
    if preview.to_write() == 0 {
        let again = store::is_file_written(tx, &batch.sha256, id).await?;
        return Err(if again { SaleError::FileWritten } else { SaleError::NothingToWrite });
    }
    let sales: Vec<Sale> =
        preview.rows.iter().filter_map(|row| new_sale(cx, &batch, row)).collect();
    let asked = sales.len();
    store::insert_sales(tx, &permit, sales.clone()).await?;
    let kept = kept(tx, id).await?;
    let returns = new_returns(cx, &batch, &preview, &sales, &kept);
    let back = returns.len();
    store::insert_sales(tx, &permit, returns).await?;
    let all = self::kept(tx, id).await?;
    store::insert_first_steps(tx, cx, &permit, &all.iter().copied().collect::<Vec<_>>()).await?;
    store::remember(tx, cx, &permit, &kernel::fold_name(&batch.platform), &batch.mapping).await?;
    let (sales, returns) = (kept.len(), all.len() - kept.len());
    let lost = asked - sales + back - returns;
    let told = json!({ "sales": sales, "returns": returns, "lost": lost });
    tx.journal(cx, Entry::on("sale_batch.written", id).detail(&told));
    Ok(Written { sales, returns, lost })
}

async fn kept(tx: &mut Tx, batch: BatchId) -> Result<HashSet<SaleId>, SaleError> {
    let sales = store::sales_of_batch(tx, batch).await?;
    Ok(sales.into_iter().map(|one| one.id).collect())
}

fn new_sale(cx: &Cx, batch: &Batch, row: &Judged) -> Option<Sale> {
    let (Outcome::New { merchant, .. }, Some(line)) = (&row.outcome, &row.line) else {
        return None;
    };
    Some(Sale {
        id: cx.new_id(),
        side: Side::Sale,
        campaign: batch.campaign,
        sub_event: batch.sub_event,
        show: batch.show,
        merchant: *merchant,
        source: Source::Platform,
        platform: batch.platform.clone(),
        order: Some(row.order.clone()),
        returns_of: None,
        item: line.item.clone(),
        amount: line.amount,
        sold_at: line.sold_at,
        state: SaleState::Submitted,
        batch: Some(batch.id),
        submitted_by: cx.actor.account(),
        submitted_at: cx.now,
        version: 1,
    })
}

/// What came back: of the sales that were kept just now, and of those on record before. The file
/// says how much, not when: it is told of as of now, or as of the sale's own time when that is
/// when the campaign learns of both.
fn new_returns(
    cx: &Cx,
    batch: &Batch,
    preview: &Preview,
    sales: &[Sale],
    kept: &HashSet<SaleId>,
) -> Vec<Sale> {
    let mut returns = Vec::new();
    for row in &preview.rows {
        let (origin, turn, amount) = match (&row.outcome, &row.found) {
            (Outcome::New { back, .. }, _) if back.0 > 0 => {
                let of = sales.iter().find(|one| one.order.as_deref() == Some(&row.order));
                let Some(of) = of.filter(|one| kept.contains(&one.id)) else { continue };
                (of, 1, *back)
            }
            (Outcome::CameBack(more), Some(found)) => (&found.sale, found.turns + 1, *more),
            _ => continue,
        };
        let mut back = return_of(cx, origin, turn, amount, cx.now, Source::Platform);
        back.batch = Some(batch.id);
        returns.push(back);
    }
    returns
}

/// Takes back everything that a file wrote, as long as nobody has judged any of it. Nothing is
/// erased: the records say that they were withdrawn.
pub async fn undo_batch(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<u64, SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let batch = visible_batch(tx, cx, &reading, id).await?;
    let permit = policy::hand_in_file(&cx.actor, &reading, batch.campaign, batch.merchant)?;
    let turn = (BatchState::Written, BatchState::Undone);
    if !store::turn_batch(tx, cx, &permit, id, turn).await? {
        return Err(SaleError::BatchState);
    }
    let moved = store::moved_since(tx, id).await?;
    if moved > 0 {
        return Err(SaleError::BatchJudged(moved));
    }
    let count = store::withdraw_batch(tx, cx, &permit, id).await?;
    tx.journal(cx, Entry::on("sale_batch.undone", id).detail(&json!({ "records": count })));
    Ok(count)
}
