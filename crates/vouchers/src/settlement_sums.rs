//! What the settlements of a filter come to. The lines of one never change until it is withdrawn,
//! and then it has none: each process adds those of a settlement up once, and not for each page.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use campaigns::FunderId;
use db::{Query, Result, Tx};
use kernel::Fen;
use merchants::MerchantId;
use web::State;

use crate::{SettlementId, SettlementState, store::settlements_read};

/// The settlements of one funder, merchant and state, added up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum {
    pub(crate) funder: FunderId,
    pub(crate) merchant: MerchantId,
    pub(crate) state: SettlementState,
    pub(crate) count: i64,
    pub(crate) due: Fen,
}

/// Settlements that are remembered; above it those alone that are asked for.
const MOST: usize = 200_000;

/// What is due by settlements that were added up.
#[derive(Default)]
struct Known(Mutex<HashMap<SettlementId, Fen>>);

impl Known {
    fn lacks(&self, all: impl Iterator<Item = SettlementId>) -> Vec<SettlementId> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.filter(|id| !known.contains_key(id)).collect()
    }
}

/// The settlements of a condition on `s`, added up by funder, merchant and state.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn sums(state: &State, tx: &mut Tx, condition: Query) -> Result<Vec<Sum>> {
    let all = settlements_read::kept(tx, condition).await?;
    let part = state.part::<Known>();
    let live = all.iter().filter(|one| one.state != SettlementState::Withdrawn);
    let added = settlements_read::due(tx, part.lacks(live.map(|one| one.id))).await?;
    let mut known = part.0.lock().unwrap_or_else(PoisonError::into_inner);
    if known.len() + added.len() > MOST {
        let needed: HashSet<_> = all.iter().map(|one| one.id).collect();
        known.retain(|id, _| needed.contains(id));
    }
    known.extend(added);
    let mut groups: BTreeMap<_, (i64, i64)> = BTreeMap::new();
    for one in &all {
        let is_live = one.state != SettlementState::Withdrawn;
        let due = known.get(&one.id).filter(|_| is_live).map_or(0, |due| due.0);
        let group = groups.entry((one.funder, one.merchant, one.state)).or_default();
        *group = (group.0 + 1, group.1 + due);
    }
    drop(known);
    let sum = |((funder, merchant, state), (count, due))| Sum {
        funder,
        merchant,
        state,
        count,
        due: Fen(due),
    };
    Ok(groups.into_iter().map(sum).collect())
}
