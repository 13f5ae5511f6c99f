//! What lies on the desk while rows are checked: the place tree, the workers, the importer's
//! reach. Read once; every lookup after it is in memory, and every repeated word is looked up once.

use std::{collections::HashMap, sync::Arc};

use db::{Result, Tx};
use jiff::civil::Date;
use kernel::{Cx, fold_name, nearest};
use places::{Atlas, NameMiss, PlaceId, Reach, StationId};

use super::store;
use crate::{
    policy::{Denied, may_import},
    unit::WorkerId,
    worker::Worker,
};

/// What rows are checked against.
#[derive(Clone)]
pub(crate) struct Desk {
    /// The tree on the day for which the rows hold.
    pub then: Arc<Atlas>,
    /// Today's tree: a ledger of last month may name what was entered today.
    pub now: Arc<Atlas>,
    /// What the importer may write.
    pub reach: Reach,
    /// Workers by folded name, those in office on that day first.
    workers: Arc<HashMap<String, Vec<Worker>>>,
    on: Date,
}

/// Why a name is no worker.
pub(crate) enum WorkerMiss {
    /// Nobody is called so.
    Unknown(Option<String>),
    /// Several are.
    Ambiguous(Vec<String>),
}

impl Desk {
    /// Lays the desk out for an importer and a day.
    pub async fn lay(tx: &mut Tx, cx: &Cx, on: Date) -> Result<Result<Self, Denied>> {
        let desk = Self::for_reach(tx, cx, on, Reach::default()).await?;
        Ok(may_import(&cx.actor, &desk.now).map(|(_, reach)| Self { reach, ..desk }))
    }

    /// The same for somebody who only reads.
    pub async fn for_reach(tx: &mut Tx, cx: &Cx, on: Date, reach: Reach) -> Result<Self> {
        let now = Arc::new(Atlas::load(tx, cx.today()).await?);
        let then =
            if on == cx.today() { Arc::clone(&now) } else { Arc::new(Atlas::load(tx, on).await?) };
        let mut workers: HashMap<String, Vec<Worker>> = HashMap::new();
        for one in store::workers(tx).await? {
            workers.entry(fold_name(&one.name)).or_default().push(one);
        }
        for namesakes in workers.values_mut() {
            namesakes.sort_by_key(|one| (!is_in_office(one, on), one.id));
        }
        Ok(Self { then, now, reach, workers: Arc::new(workers), on })
    }

    /// Both trees, the one of the day first.
    fn trees(&self) -> impl Iterator<Item = &Atlas> {
        let both = [&*self.then, &*self.now];
        let different = usize::from(!Arc::ptr_eq(&self.then, &self.now)) + 1;
        both.into_iter().take(different)
    }

    /// The tree that knows this place.
    pub fn tree_of(&self, place: PlaceId) -> &Atlas {
        if self.then.place(place).is_some() { &self.then } else { &self.now }
    }

    /// The town that this text names, or the one that was most likely meant.
    pub fn town(&self, text: &str) -> std::result::Result<PlaceId, Option<String>> {
        let mut suggestion = None;
        for tree in self.trees() {
            match tree.town_by_name(text) {
                Ok(town) => return Ok(town),
                Err(NameMiss::Unknown { suggestion: Some(one) }) => suggestion = Some(one),
                Err(_) => {}
            }
        }
        Err(suggestion.or_else(|| self.nearest_short_town(text)))
    }

    /// A slip in a town's name without its rank: 张铺 for 张浦镇.
    fn nearest_short_town(&self, text: &str) -> Option<String> {
        let names: Vec<&str> = self.now.towns().iter().map(|town| self.now.name(*town)).collect();
        let short: Vec<&str> =
            names.iter().map(|name| name.strip_suffix('镇').unwrap_or(name)).collect();
        let meant = nearest(text, &short)?;
        let at = short.iter().position(|name| *name == meant)?;
        Some(names[at].to_owned())
    }

    /// The place in a town that this text names. The town's own name is the town itself.
    pub fn place(&self, text: &str, town: PlaceId) -> std::result::Result<PlaceId, NameMiss> {
        let mut miss = NameMiss::Unknown { suggestion: None };
        for tree in self.trees() {
            if fold_name(tree.name(town)) == fold_name(text) {
                return Ok(town);
            }
            match tree.by_name(text, town) {
                Ok(place) => return Ok(place),
                Err(NameMiss::Unknown { suggestion: None }) => {}
                Err(other) => miss = other,
            }
        }
        Err(miss)
    }

    /// The towns in which something is called so.
    pub fn towns_with(&self, text: &str) -> Vec<(PlaceId, PlaceId)> {
        for tree in self.trees() {
            let towns = tree.towns().iter();
            let found: Vec<_> =
                towns.filter_map(|town| Some((*town, tree.by_name(text, *town).ok()?))).collect();
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// The worker that a cell names: `姓名`, or `姓名（工作站）` among namesakes.
    pub fn worker(
        &self,
        text: &str,
        town: Option<PlaceId>,
        station: Option<StationId>,
    ) -> std::result::Result<&Worker, WorkerMiss> {
        let folded = fold_name(text);
        let (name, at) = match folded.split_once('(') {
            Some((name, at)) => (name.to_owned(), Some(at.trim_end_matches(')').to_owned())),
            None => (folded, None),
        };
        let Some(namesakes) = self.workers.get(&name) else {
            let names: Vec<&str> =
                self.workers.values().filter_map(|all| Some(all.first()?.name.as_str())).collect();
            return Err(WorkerMiss::Unknown(nearest(text, &names).map(str::to_owned)));
        };
        let serving: Vec<&Worker> =
            namesakes.iter().filter(|one| is_in_office(one, self.on)).collect();
        let among = if serving.is_empty() { namesakes.iter().collect() } else { serving };
        let only = |fits: &dyn Fn(&Worker) -> bool| {
            let mut fitting = among.iter().copied().filter(|one| fits(one));
            fitting.next().filter(|_| fitting.next().is_none())
        };
        if let Some(at) = at {
            return only(&|one| fold_name(&self.seat(one)) == at)
                .ok_or_else(|| WorkerMiss::Ambiguous(self.labels(&among)));
        }
        only(&|_| true)
            .or_else(|| only(&|one| station.is_some() && one.station == station))
            .or_else(|| only(&|one| town.is_some() && self.town_of(one) == town))
            .ok_or_else(|| WorkerMiss::Ambiguous(self.labels(&among)))
    }

    /// Whether the worker was in office on the day.
    pub fn serves(&self, worker: &Worker) -> bool {
        is_in_office(worker, self.on)
    }

    fn town_of(&self, worker: &Worker) -> Option<PlaceId> {
        let station = worker.station?;
        self.trees().find_map(|tree| Some(tree.station(station)?.town))
    }

    fn labels(&self, workers: &[&Worker]) -> Vec<String> {
        workers.iter().map(|one| format!("{}（{}）", one.name, self.seat(one))).collect()
    }

    /// Where a worker sits: station or body.
    fn seat(&self, worker: &Worker) -> String {
        let station = worker.station.and_then(|id| {
            self.trees().find_map(|tree| tree.station(id).map(|one| one.name.clone()))
        });
        let body = worker
            .body
            .and_then(|id| self.trees().find_map(|tree| tree.body(id).map(|one| one.name.clone())));
        station.or(body).unwrap_or_else(|| "市级".to_owned())
    }

    /// How the sheet names a worker: by name alone when that is enough.
    pub fn worker_label(&self, id: WorkerId) -> Option<String> {
        let one = self.workers.values().flatten().find(|one| one.id == id)?;
        let namesakes = self.workers.get(&fold_name(&one.name)).map_or(&[][..], Vec::as_slice);
        let serving = namesakes.iter().filter(|other| self.serves(other)).count();
        let alone = match serving {
            0 => namesakes.len() == 1,
            serving => serving == 1 && self.serves(one),
        };
        Some(if alone { one.name.clone() } else { format!("{}（{}）", one.name, self.seat(one)) })
    }
}

fn is_in_office(worker: &Worker, on: Date) -> bool {
    worker.from_on <= on && on < worker.to_on
}
