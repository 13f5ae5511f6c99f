//! A platform's export comes in: kept with its hash, its columns guessed; a person says how they
//! are to be understood, or lets it be.

use campaigns::{CampaignId, SubEventId};
use db::{Entry, Tx, file};
use kernel::{Code as _, Cx};
use merchants::{MerchantId, speaks_for};
use places::Denied;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use web::FieldErrors;

use crate::{
    Batch, BatchId, BatchState, Column, Mapping, Reading, SaleError, ShowId,
    hand_in_sale::{show_for, takes_records},
    plan_show::check_event,
    policy,
    show::fits,
    store,
};

/// What a file is said to be.
#[derive(Clone, Debug)]
pub struct NewBatch {
    /// For which campaign.
    pub campaign: CampaignId,
    /// For which sub-event.
    pub sub_event: Option<SubEventId>,
    /// Sold in which show.
    pub show: Option<ShowId>,
    /// Whose sales all rows are; none when the file says so itself.
    pub merchant: Option<MerchantId>,
    /// The platform's name.
    pub platform: String,
}

/// How a platform's exports were understood last, for the guess.
pub async fn remembered(tx: &mut Tx, platform: &str) -> Result<Option<Mapping>, SaleError> {
    Ok(store::remembered(tx, &kernel::fold_name(platform)).await?)
}

/// Keeps a file with a guess at its columns. Nothing of it counts yet.
pub async fn upload_batch(
    tx: &mut Tx,
    cx: &Cx,
    new: NewBatch,
    (name, bytes): (&str, &[u8]),
    guess: Mapping,
) -> Result<BatchId, SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let permit = policy::hand_in_file(&cx.actor, &reading, new.campaign, new.merchant)?;
    takes_records(policy::seen(&reading, new.campaign)?)?;
    let mut errors = FieldErrors::new();
    if !fits(&new.platform) {
        errors.add("platform", "平台要填，不超过 120 个字");
    }
    check_event(tx, new.campaign, new.sub_event, &mut errors).await?;
    let show = show_for(tx, new.campaign, new.show, new.merchant, &mut errors).await?;
    if !errors.is_empty() {
        return Err(SaleError::Fields(errors));
    }
    // What was confirmed for the platform before holds for a file that looks alike.
    let before = remembered(tx, &new.platform).await?;
    let file = file::keep(tx, cx, name, bytes).await?;
    let batch = Batch {
        id: cx.new_id(),
        campaign: new.campaign,
        sub_event: new.sub_event.or(show.and_then(|show| show.sub_event)),
        show: new.show,
        merchant: new.merchant,
        platform: new.platform.trim().to_owned(),
        file,
        sha256: Sha256::digest(bytes).to_vec(),
        is_mapped: before.as_ref() == Some(&guess),
        mapping: guess,
        state: BatchState::Uploaded,
        uploaded_by: cx.actor.account(),
        uploaded_at: cx.now,
        ended_at: None,
        version: 1,
    };
    store::insert_batch(tx, &permit, &batch).await?;
    let told = json!({ "name": name, "platform": batch.platform });
    tx.journal(cx, Entry::on("sale_batch.uploaded", batch.id).detail(&told));
    Ok(batch.id)
}

/// A batch that the actor sees: who oversees the campaign, or speaks for the merchant whose it is.
pub async fn visible_batch(
    tx: &mut Tx,
    cx: &Cx,
    reading: &Reading,
    id: BatchId,
) -> Result<Batch, SaleError> {
    let batch = store::batch_by_id(tx, id).await?.ok_or(Denied::Invisible)?;
    let own = batch.merchant.is_some_and(|merchant| speaks_for(&cx.actor, merchant));
    if own || reading.oversees(batch.campaign) { Ok(batch) } else { Err(Denied::Invisible.into()) }
}

/// Says how the columns are to be understood, and remembers it for the platform.
pub async fn map_batch(
    tx: &mut Tx,
    cx: &Cx,
    (id, version): (BatchId, i64),
    mapping: Mapping,
) -> Result<(), SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let batch = visible_batch(tx, cx, &reading, id).await?;
    let permit = policy::hand_in_file(&cx.actor, &reading, batch.campaign, batch.merchant)?;
    if batch.version != version {
        return Err(SaleError::Conflict);
    }
    check_mapping(&batch, &mapping)?;
    if !store::write_mapping(tx, &permit, &batch, &mapping).await? {
        return Err(SaleError::BatchState);
    }
    let platform = kernel::fold_name(&batch.platform);
    store::remember(tx, cx, &permit, &platform, &mapping).await?;
    tx.journal(cx, Entry::on("sale_batch.mapped", id));
    Ok(())
}

/// Every column that is needed has a header, and no header serves two.
pub(crate) fn check_mapping(batch: &Batch, mapping: &Mapping) -> Result<(), SaleError> {
    let mut errors = FieldErrors::new();
    for column in mapping.missing() {
        errors.add(column.code(), "这一列一定要有，请选表里的哪一列");
    }
    if batch.merchant.is_none() && mapping.header(Column::Merchant).is_none() {
        errors.add(Column::Merchant.code(), "没有指定商户，请选表里的哪一列是商户");
    }
    let mut used = std::collections::HashSet::new();
    for (column, header) in mapping.columns() {
        if !used.insert(office::fold_header(header)) {
            errors.add(column.code(), "同一列不能当两样用");
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(SaleError::Fields(errors)) }
}

/// Lets an uploaded file be.
pub async fn abandon_batch(tx: &mut Tx, cx: &Cx, id: BatchId) -> Result<(), SaleError> {
    let reading = Reading::of(tx, cx).await?;
    let batch = visible_batch(tx, cx, &reading, id).await?;
    let permit = policy::hand_in_file(&cx.actor, &reading, batch.campaign, batch.merchant)?;
    let turn = (BatchState::Uploaded, BatchState::Abandoned);
    if !store::turn_batch(tx, cx, &permit, id, turn).await? {
        return Err(SaleError::BatchState);
    }
    tx.journal(cx, Entry::on("sale_batch.abandoned", id));
    Ok(())
}
