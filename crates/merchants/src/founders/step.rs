//! A step of a founder's way is noted: one founder's, or a training of many.

use std::collections::BTreeSet;

use db::{Entry, Tx};
use kernel::{Cx, Date};
use places::Atlas;
use serde_json::json;

use super::{FounderError, StepFacts, StepId, StepKind, register::kept, store};
use crate::{FounderId, merchant};

/// Notes what happened to one founder.
pub async fn note_step(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    id: FounderId,
    facts: &StepFacts,
) -> Result<StepId, FounderError> {
    let (founder, permit) = kept(tx, cx, atlas, id).await?;
    let facts = facts.checked(&founder, cx.today())?;
    if facts.place.is_some_and(|place| atlas.place(place).is_none()) {
        return Err(FounderError::NoSuchShop);
    }
    if let Some(shop) = facts.merchant {
        merchant(tx, shop).await?.ok_or(FounderError::NoSuchShop)?;
    }
    let step: StepId = cx.new_id();
    let detail = json!({ "kind": facts.kind, "title": facts.title, "on": facts.on.to_string() });
    store::insert_steps(tx, cx, &permit, vec![(step, id, facts)]).await?;
    let entry = Entry::on("founder.step_noted", id).scope(Some(founder.town)).detail(&detail);
    tx.journal(cx, entry);
    Ok(step)
}

/// A training and who was there.
#[derive(Clone, Debug)]
pub struct Training {
    /// When.
    pub on: Date,
    /// What was taught.
    pub title: String,
    /// Who held it.
    pub by_whom: String,
    /// Who was there; nobody counts twice.
    pub founders: Vec<FounderId>,
}

/// Founders at one training: a hall, not a city.
const MOST: usize = 200;

/// Notes a training of many founders: all of them, or nothing.
pub async fn note_training(
    tx: &mut Tx,
    cx: &Cx,
    atlas: &Atlas,
    training: &Training,
) -> Result<usize, FounderError> {
    let there: BTreeSet<FounderId> = training.founders.iter().copied().collect();
    if there.is_empty() || there.len() > MOST {
        return Err(FounderError::NobodyChosen);
    }
    for id in &there {
        let (founder, permit) = kept(tx, cx, atlas, *id).await?;
        let facts = StepFacts {
            kind: StepKind::Training,
            on: training.on,
            title: training.title.clone(),
            by_whom: training.by_whom.clone(),
            amount: None,
            merchant: None,
            place: None,
        };
        let facts = facts.checked(&founder, cx.today())?;
        let detail = json!({ "title": facts.title, "on": facts.on.to_string() });
        store::insert_steps(tx, cx, &permit, vec![(cx.new_id(), *id, facts)]).await?;
        let entry = Entry::on("founder.trained", *id).scope(Some(founder.town));
        tx.journal(cx, entry.detail(&detail));
    }
    Ok(there.len())
}
