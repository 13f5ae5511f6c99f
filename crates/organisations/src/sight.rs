//! What one reader sees at one moment: the tree, their reach, the rule, and figures that were
//! already counted since the last change.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use db::{Result, Tx, journal};
use jiff::civil::Date;
use kernel::{Actor, Cx, Role};
use places::{Atlas, AtlasCache, Reach};
use web::State;

use crate::{
    coverage::{self, By, Changes, Coverage},
    definition::{self, Definition},
    filter::{Filter, Frame},
    gap::{self, Gap},
    list,
    policy::READERS,
    search::{self, Found},
    standing::Change,
};

/// One reader's view of the register, at the moment of one reading transaction.
pub struct Sight {
    /// The journal's number: what was counted under it is still so.
    pub version: i64,
    /// The place tree on the day that is asked about.
    pub atlas: Arc<Atlas>,
    /// What the reader may see.
    pub reach: Reach,
    /// The rule in force.
    pub definition: Definition,
    /// The city's date.
    pub today: Date,
    figures: Arc<Figures>,
}

impl Sight {
    /// Opens the register for the actor, on a day (today when `None`).
    pub async fn open(tx: &mut Tx, state: &State, cx: &Cx, on: Option<Date>) -> Result<Self> {
        Self::open_for(tx, state, cx, on, READERS).await
    }

    /// The same for what some roles of the actor reach.
    pub async fn open_for(
        tx: &mut Tx,
        state: &State,
        cx: &Cx,
        on: Option<Date>,
        roles: &[Role],
    ) -> Result<Self> {
        let version = journal::version(tx).await?;
        let today = cx.today();
        let atlas = state.part::<AtlasCache>().at(tx, on.unwrap_or(today).min(today)).await?;
        let reach = match cx.actor {
            Actor::System { .. } => Reach::everything(),
            _ => Reach::of(&cx.actor, &atlas, roles),
        };
        let figures = state.part::<Figures>();
        let definition = figures.definition(tx, version).await?;
        Ok(Self { version, atlas, reach, definition, today, figures })
    }

    /// The rule that a filter asks for: the newest, or an older one by its version.
    pub async fn member_floor(&self, tx: &mut Tx, filter: &Filter) -> Result<i64> {
        match filter.definition {
            None => Ok(self.definition.member_floor),
            Some(version) if version == self.definition.version => Ok(self.definition.member_floor),
            Some(version) => {
                let all = definition::all(tx).await?;
                let found = all.iter().find(|one| one.version == version);
                Ok(found.map_or(self.definition.member_floor, |one| one.member_floor))
            }
        }
    }

    /// What a filter's words find; `None` when it has none, or none that can be searched for.
    pub async fn found(&self, tx: &mut Tx, filter: &Filter) -> Result<Option<Arc<Found>>> {
        let Some(words) = &filter.q else { return Ok(None) };
        let asked = Asked::Words(words.clone());
        if let Some(Answer::Found(found)) = self.figures.get(self.version, &self.key(&asked)) {
            return Ok(found);
        }
        // Words too short to search by find nothing, rather than everything.
        let found = search::find(tx, words, &self.atlas).await?.unwrap_or_default();
        let found = Some(Arc::new(found));
        self.keep(asked, Answer::Found(found.clone()));
        Ok(found)
    }

    /// A coverage table.
    pub async fn coverage(&self, tx: &mut Tx, filter: &Filter, by: By) -> Result<Arc<Coverage>> {
        let asked = Asked::Coverage(filter.clone(), by);
        if let Some(Answer::Coverage(known)) = self.figures.get(self.version, &self.key(&asked)) {
            return Ok(known);
        }
        let found = self.found(tx, filter).await?;
        let floor = self.member_floor(tx, filter).await?;
        let frame = self.frame(floor, found.as_deref());
        // An older rule is not in the running sums.
        let current = filter.but(|filter| {
            filter.definition = filter.definition.filter(|one| *one != self.definition.version);
        });
        let counted = Arc::new(coverage::coverage(tx, &current, &frame, by).await?);
        self.keep(asked, Answer::Coverage(Arc::clone(&counted)));
        Ok(counted)
    }

    /// How many units changed between two dates.
    pub async fn changes(
        &self,
        tx: &mut Tx,
        filter: &Filter,
        by: By,
        change: Change,
        from: Date,
    ) -> Result<Arc<Changes>> {
        let asked = Asked::Changes(filter.clone(), by, change, from);
        if let Some(Answer::Changes(known)) = self.figures.get(self.version, &self.key(&asked)) {
            return Ok(known);
        }
        let found = self.found(tx, filter).await?;
        let floor = self.member_floor(tx, filter).await?;
        let frame = self.frame(floor, found.as_deref());
        let counted = coverage::changes(tx, filter, &frame, by, change, from).await?;
        let counted = Arc::new(counted);
        self.keep(asked, Answer::Changes(Arc::clone(&counted)));
        Ok(counted)
    }

    /// How many units a filter has.
    pub async fn count(&self, tx: &mut Tx, filter: &Filter) -> Result<i64> {
        let asked = Asked::Count(filter.clone());
        if let Some(Answer::Count(known)) = self.figures.get(self.version, &self.key(&asked)) {
            return Ok(known);
        }
        let found = self.found(tx, filter).await?;
        let floor = self.member_floor(tx, filter).await?;
        let counted = list::count(tx, filter, &self.frame(floor, found.as_deref())).await?;
        self.keep(asked, Answer::Count(counted));
        Ok(counted)
    }

    /// One page of a filter's units, and how many there are in all.
    pub async fn list(
        &self,
        tx: &mut Tx,
        filter: &Filter,
        sort: list::Sort,
        after: Option<&web::Cursor>,
        limit: i64,
    ) -> Result<(list::Page, i64)> {
        let total = self.count(tx, filter).await?;
        let found = self.found(tx, filter).await?;
        let floor = self.member_floor(tx, filter).await?;
        let frame = self.frame(floor, found.as_deref());
        let cursor = after.map(web::Cursor::encode);
        let asked = Asked::Numbers(filter.clone(), sort, cursor, limit);
        let known = self.figures.get(self.version, &self.key(&asked));
        let numbers = if let Some(Answer::Numbers(known)) = known {
            known
        } else {
            let numbers = list::numbers(tx, filter, &frame, sort, after, limit, total).await?;
            let numbers = Arc::<[i64]>::from(numbers);
            self.keep(asked, Answer::Numbers(Arc::clone(&numbers)));
            numbers
        };
        Ok((list::page_of(tx, filter, &frame, sort, &numbers, limit).await?, total))
    }

    /// The units of a filter that have been due for longest.
    pub async fn longest_due(
        &self,
        tx: &mut Tx,
        filter: &Filter,
        most: usize,
    ) -> Result<Arc<Vec<Gap>>> {
        let asked = Asked::Gaps(filter.clone(), most);
        if let Some(Answer::Gaps(known)) = self.figures.get(self.version, &self.key(&asked)) {
            return Ok(known);
        }
        let floor = self.member_floor(tx, filter).await?;
        let gaps = gap::longest_due(tx, filter, &self.frame(floor, None), most).await?;
        let gaps = Arc::new(gaps);
        self.keep(asked, Answer::Gaps(Arc::clone(&gaps)));
        Ok(gaps)
    }

    /// What a filter needs to become SQL, for counting by something else than [`By`].
    pub(crate) fn frame<'a>(&'a self, member_floor: i64, found: Option<&'a Found>) -> Frame<'a> {
        Frame { atlas: &self.atlas, reach: &self.reach, member_floor, today: self.today, found }
    }

    fn key(&self, asked: &Asked) -> Key {
        let Reach { all, towns, stations, places, bodies, .. } = &self.reach;
        let reach = format!("{all} {towns:?} {stations:?} {places:?} {bodies:?}");
        Key { asked: asked.clone(), today: self.today, reach }
    }

    fn keep(&self, asked: Asked, answer: Answer) {
        self.figures.keep(self.version, self.key(&asked), answer);
    }
}

/// Figures that were counted since the last change of anything. Bounded; a change empties it.
#[derive(Default)]
pub struct Figures {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    version: i64,
    definition: Option<Definition>,
    answers: HashMap<Key, Answer>,
}

/// How many answers are kept: two years of days by four keys, twice over.
const ANSWERS: usize = 6_000;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    asked: Asked,
    today: Date,
    reach: String,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Asked {
    Coverage(Filter, By),
    Changes(Filter, By, Change, Date),
    Count(Filter),
    Words(String),
    /// Which units are on a page; the units themselves are read each time.
    Numbers(Filter, list::Sort, Option<String>, i64),
    Gaps(Filter, usize),
}

#[derive(Clone)]
enum Answer {
    Coverage(Arc<Coverage>),
    Changes(Arc<Changes>),
    Count(i64),
    Found(Option<Arc<Found>>),
    Numbers(Arc<[i64]>),
    Gaps(Arc<Vec<Gap>>),
}

impl Figures {
    fn get(&self, version: i64, key: &Key) -> Option<Answer> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version == version { kept.answers.get(key).cloned() } else { None }
    }

    fn keep(&self, version: i64, key: Key, answer: Answer) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.turn_to(version);
        // A reader of an older moment keeps nothing; a full store begins anew.
        if kept.version == version {
            if kept.answers.len() >= ANSWERS {
                kept.answers.clear();
            }
            kept.answers.insert(key, answer);
        }
    }

    async fn definition(&self, tx: &mut Tx, version: i64) -> Result<Definition> {
        let known = {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.definition.clone().filter(|_| kept.version == version)
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let current = definition::current(tx).await?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.turn_to(version);
        if kept.version == version {
            kept.definition = Some(current.clone());
        }
        Ok(current)
    }
}

impl Kept {
    fn turn_to(&mut self, version: i64) {
        if version > self.version {
            *self = Self { version, ..Self::default() };
        }
    }
}
