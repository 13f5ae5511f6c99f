//! What a domain above this room knows of places: how many units lie in them; and what it must
//! write down again when a place comes to lie elsewhere.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock},
};

use db::{Result, Tx};
use futures_util::future::BoxFuture;
use kernel::{Cx, Date};

use crate::{Atlas, PlaceId, Reach, Restated, StationId};

/// What lies in a place and everything below it, with where each figure opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceFigures {
    /// Operating units.
    pub operating: i64,
    /// The list of them.
    pub operating_href: String,
    /// Units that should have an organisation and have none.
    pub due: i64,
    /// The list of them.
    pub due_href: String,
}

/// Counts units by place. The units' domain implements it.
pub trait PlaceCounts: Send + Sync {
    /// The figures of every place of the atlas that has units which the reach holds.
    fn counts<'a>(
        &'a self,
        tx: &'a mut Tx,
        atlas: &'a Atlas,
        reach: &'a Reach,
        on: Date,
    ) -> BoxFuture<'a, Result<HashMap<PlaceId, PlaceFigures>>>;

    /// How many party-affairs workers each station has, with where the figure opens.
    fn workers<'a>(
        &'a self,
        tx: &'a mut Tx,
        on: Date,
    ) -> BoxFuture<'a, Result<HashMap<StationId, (i64, String)>>> {
        let _ = (tx, on);
        Box::pin(async { Ok(HashMap::new()) })
    }

    /// A page of this room changed which station these places belong to: the units in them are
    /// stated anew, in the same transaction.
    fn restate<'a>(
        &'a self,
        tx: &'a mut Tx,
        cx: &'a Cx,
        restated: &'a Restated,
    ) -> BoxFuture<'a, Result<()>> {
        let _ = (tx, cx, restated);
        Box::pin(async { Ok(()) })
    }
}

/// Where the counting domain leaves its [`PlaceCounts`]. A part of the site's
/// [`State`](web::State): `state.part::<CountsPart>().provide(…)`.
#[derive(Default)]
pub struct CountsPart {
    counts: OnceLock<Arc<dyn PlaceCounts>>,
}

impl fmt::Debug for CountsPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountsPart").field("provided", &self.counts.get().is_some()).finish()
    }
}

impl CountsPart {
    /// From now on pages show these figures. Only the first call counts.
    pub fn provide(&self, counts: Arc<dyn PlaceCounts>) {
        let _ = self.counts.set(counts);
    }

    /// The figures; none while nobody provides them.
    pub async fn of(
        &self,
        tx: &mut Tx,
        atlas: &Atlas,
        reach: &Reach,
        on: Date,
    ) -> Result<HashMap<PlaceId, PlaceFigures>> {
        match self.counts.get() {
            Some(counts) => counts.counts(tx, atlas, reach, on).await,
            None => Ok(HashMap::new()),
        }
    }

    /// How many workers each station has; nothing while nobody provides it.
    pub async fn workers(
        &self,
        tx: &mut Tx,
        on: Date,
    ) -> Result<Option<HashMap<StationId, (i64, String)>>> {
        match self.counts.get() {
            Some(counts) => counts.workers(tx, on).await.map(Some),
            None => Ok(None),
        }
    }

    /// Has the units in these places stated anew.
    pub async fn restate(&self, tx: &mut Tx, cx: &Cx, restated: &Restated) -> Result<()> {
        match self.counts.get() {
            Some(counts) => counts.restate(tx, cx, restated).await,
            None => Ok(()),
        }
    }
}
