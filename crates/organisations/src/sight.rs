//! What one reader sees at one moment: the tree, their reach, the rule, and figures that were
//! already counted since the last change.

use std::sync::Arc;

use db::{Db, Result, Tx, journal};
use jiff::civil::Date;
use kernel::{Actor, Cx, Role};
use places::{Atlas, AtlasCache, Reach};
use web::State;

use crate::{
    coverage::{self, By, Changes, Coverage},
    definition::{self, Definition},
    figures::{Answer, Asked, Figures, Key},
    filter::{Filter, Frame},
    gap::{self, Gap},
    list, organisation,
    policy::READERS,
    register::Registers,
    search::{self, Found},
    standing::Change,
    unit::{OrganisationId, UnitId, WorkerId},
    worker,
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
    registers: Arc<Registers>,
    db: Db,
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
        let day = on.unwrap_or(today).min(today);
        let figures = state.part::<Figures>();
        if tx.reads_only() {
            state.part::<Registers>().begin(tx, state.db()).await?;
        }
        let definition = figures.definition(tx, version).await?;
        let atlas = match figures.atlas(version, day).filter(|_| tx.reads_only()) {
            Some(known) => known,
            None => {
                let atlas = state.part::<AtlasCache>().at(tx, day).await?;
                if tx.reads_only() {
                    figures.keep_atlas(version, day, &atlas);
                }
                atlas
            }
        };
        Ok(Self::of(state, cx, (version, atlas, definition), roles))
    }

    /// The same from what is kept in memory, when nothing has changed since: no transaction at
    /// all. What it then answers, by [`kept_list`](Self::kept_list) and its like, was true at a
    /// moment within the request.
    pub async fn kept(state: &State, cx: &Cx, on: Option<Date>) -> Result<Option<Self>> {
        let version = state.db().version().await?;
        let today = cx.today();
        let figures = state.part::<Figures>();
        let parts = figures.parts(version, on.unwrap_or(today).min(today));
        Ok(parts
            .map(|(atlas, definition)| Self::of(state, cx, (version, atlas, definition), READERS)))
    }

    fn of(
        state: &State,
        cx: &Cx,
        (version, atlas, definition): (i64, Arc<Atlas>, Definition),
        roles: &[Role],
    ) -> Self {
        let reach = match cx.actor {
            Actor::System { .. } => Reach::everything(),
            _ => Reach::of(&cx.actor, &atlas, roles),
        };
        let (figures, registers) = (state.part::<Figures>(), state.part::<Registers>());
        let db = state.db().clone();
        Self { version, atlas, reach, definition, today: cx.today(), figures, registers, db }
    }

    /// Whether the register in memory can be asked, which it is brought up to date for.
    async fn remembers(&self, tx: &mut Tx) -> Result<bool> {
        self.registers.bring(tx, &self.db, self.version).await
    }

    /// The rule's floor, when it is the newest that is asked for.
    fn newest_floor(&self, filter: &Filter) -> Option<i64> {
        let newest = filter.definition.is_none_or(|one| one == self.definition.version);
        newest.then_some(self.definition.member_floor)
    }

    /// A page of units and how many there are in all, when memory knows it.
    pub fn kept_list(
        &self,
        filter: &Filter,
        sort: list::Sort,
        after: Option<&web::Cursor>,
        limit: i64,
    ) -> Option<(list::Page, i64)> {
        let floor = self.newest_floor(filter)?;
        let asked = Asked::Numbers(filter.clone(), sort, after.map(web::Cursor::encode), limit);
        let known = self.figures.get(self.version, &self.key(&asked));
        let (total, numbers) = if let Some(Answer::Numbers(total, numbers)) = known {
            (total, numbers)
        } else {
            let frame = self.frame(floor, None);
            let ask = |register: &crate::register::Register| {
                register.numbers(filter, &frame, sort, after, limit)
            };
            let (total, numbers) = self.registers.ask(self.version, ask)?;
            let numbers = Arc::<[i64]>::from(numbers);
            self.keep(asked, Answer::Numbers(total, Arc::clone(&numbers)));
            (total, numbers)
        };
        Some((self.kept_page(filter, sort, &numbers, limit)?, total))
    }

    /// The units of these numbers as they stand now, when memory has them.
    fn kept_page(
        &self,
        filter: &Filter,
        sort: list::Sort,
        numbers: &[i64],
        limit: i64,
    ) -> Option<list::Page> {
        if filter.change.is_some() || filter.at.is_some_and(|at| at < self.today) {
            return None;
        }
        let shown = usize::try_from(limit).ok()?.min(numbers.len());
        let whole = |register: &crate::register::Register| register.whole(&numbers[..shown]);
        let items = self.registers.ask(self.version, whole)?;
        let more = numbers.len() > shown;
        let next = items.last().filter(|_| more).map(|last| list::cursor_after(sort, last));
        Some(list::Page { items, next })
    }

    /// A coverage table, when memory has it.
    pub fn kept_coverage(&self, filter: &Filter, by: By) -> Option<Arc<Coverage>> {
        let asked = Asked::Coverage(filter.clone(), by);
        let known = self.figures.get(self.version, &self.key(&asked));
        if let Some(Answer::Coverage(known)) = known {
            return Some(known);
        }
        let current = filter.but(|filter| {
            filter.definition = filter.definition.filter(|one| *one != self.definition.version);
        });
        let frame = self.frame(self.definition.member_floor, None);
        let summed = |register: &crate::register::Register| register.summed(&current, &frame, by);
        let counted = self.registers.ask(self.version, summed)?;
        let counted = Arc::new(coverage::arrange(counted, &self.atlas, by));
        self.keep(asked, Answer::Coverage(Arc::clone(&counted)));
        Some(counted)
    }

    /// One unit as it stands now, when memory has it.
    pub fn kept_unit(&self, id: UnitId) -> Option<list::Listed> {
        self.registers.ask(self.version, |register| register.unit(id))
    }

    /// An organisation's name, from memory when that has it.
    pub(crate) async fn organisation_name(
        &self,
        tx: &mut Tx,
        id: OrganisationId,
    ) -> Result<Option<String>> {
        let known = |register: &crate::register::Register| register.organisation_name(id);
        if let Some(name) = self.registers.ask(self.version, known).filter(|_| tx.reads_only()) {
            return Ok(Some(name));
        }
        organisation::name(tx, id).await
    }

    /// A worker's name, from memory when that has it.
    pub(crate) async fn worker_name(&self, tx: &mut Tx, id: WorkerId) -> Result<Option<String>> {
        let known = |register: &crate::register::Register| register.worker_name(id);
        if let Some(name) = self.registers.ask(self.version, known).filter(|_| tx.reads_only()) {
            return Ok(Some(name));
        }
        Ok(worker::find(tx, id).await?.map(|worker| worker.name))
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
        let floor = self.member_floor(tx, filter).await?;
        // An older rule is not in the running sums.
        let current = filter.but(|filter| {
            filter.definition = filter.definition.filter(|one| *one != self.definition.version);
        });
        let plain = self.frame(floor, None);
        let mut counted = None;
        if self.remembers(tx).await? {
            counted = self.registers.ask(self.version, |register| {
                if coverage::summed(&current, &plain) {
                    return register.summed(&current, &plain, by);
                }
                register.counted(filter, &plain, by)
            });
        }
        let counted = match counted {
            Some(counted) => coverage::arrange(counted, &self.atlas, by),
            None => {
                let found = self.found(tx, filter).await?;
                let frame = self.frame(floor, found.as_deref());
                coverage::coverage(tx, &current, &frame, by).await?
            }
        };
        let counted = Arc::new(counted);
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
        let floor = self.member_floor(tx, filter).await?;
        if self.remembers(tx).await?
            && let Some(known) = self.kept_changes(filter, floor, by, change, from)
        {
            return Ok(known);
        }
        let found = self.found(tx, filter).await?;
        let frame = self.frame(floor, found.as_deref());
        let counted = coverage::changes(tx, filter, &frame, by, change, from).await?;
        let counted = Arc::new(counted);
        self.keep(asked, Answer::Changes(Arc::clone(&counted)));
        Ok(counted)
    }

    /// A change from memory. Who asks for one of the four asks for the others next, so all are
    /// counted and kept.
    fn kept_changes(
        &self,
        filter: &Filter,
        floor: i64,
        by: By,
        change: Change,
        from: Date,
    ) -> Option<Arc<Changes>> {
        let frame = self.frame(floor, None);
        let counted: Vec<(Change, Changes)> = self.registers.ask(self.version, |register| {
            if let Some(all) = register.all_changes(filter, &frame, by, from) {
                return Some(all.into());
            }
            let one = register.changes(filter, &frame, by, change, from)?;
            Some(vec![(change, one)])
        })?;
        let mut wanted = None;
        for (one, changes) in counted {
            let changes = Arc::new(changes);
            let asked = Asked::Changes(filter.clone(), by, one, from);
            self.keep(asked, Answer::Changes(Arc::clone(&changes)));
            if one == change {
                wanted = Some(changes);
            }
        }
        wanted
    }

    /// How many units a filter has.
    pub async fn count(&self, tx: &mut Tx, filter: &Filter) -> Result<i64> {
        let asked = Asked::Count(filter.clone());
        if let Some(Answer::Count(known)) = self.figures.get(self.version, &self.key(&asked)) {
            return Ok(known);
        }
        let floor = self.member_floor(tx, filter).await?;
        let mut counted = None;
        if self.remembers(tx).await? {
            let frame = self.frame(floor, None);
            counted = self.registers.ask(self.version, |register| register.count(filter, &frame));
        }
        let counted = if let Some(counted) = counted {
            counted
        } else {
            let found = self.found(tx, filter).await?;
            list::count(tx, filter, &self.frame(floor, found.as_deref())).await?
        };
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
        let floor = self.member_floor(tx, filter).await?;
        let cursor = after.map(web::Cursor::encode);
        let asked = Asked::Numbers(filter.clone(), sort, cursor, limit);
        let known = self.figures.get(self.version, &self.key(&asked));
        let mut answer = match known {
            Some(Answer::Numbers(total, numbers)) => Some((total, numbers)),
            _ => None,
        };
        if answer.is_none() {
            let read = self.read_numbers(tx, filter, floor, (sort, after, limit)).await?;
            self.keep(asked, Answer::Numbers(read.0, Arc::clone(&read.1)));
            answer = Some(read);
        }
        let (total, numbers) = answer.unwrap_or_default();
        if tx.reads_only()
            && let Some(page) = self.kept_page(filter, sort, &numbers, limit)
        {
            return Ok((page, total));
        }
        let frame = self.frame(floor, None);
        Ok((list::page_of(tx, filter, &frame, sort, &numbers, limit).await?, total))
    }

    async fn read_numbers(
        &self,
        tx: &mut Tx,
        filter: &Filter,
        floor: i64,
        (sort, after, limit): (list::Sort, Option<&web::Cursor>, i64),
    ) -> Result<(i64, Arc<[i64]>)> {
        if self.remembers(tx).await? {
            let frame = self.frame(floor, None);
            let known = self
                .registers
                .ask(self.version, |register| register.numbers(filter, &frame, sort, after, limit));
            if let Some((total, numbers)) = known {
                return Ok((total, numbers.into()));
            }
        }
        let total = self.count(tx, filter).await?;
        let found = self.found(tx, filter).await?;
        let frame = self.frame(floor, found.as_deref());
        let numbers = list::numbers(tx, filter, &frame, sort, after, limit, total).await?;
        Ok((total, numbers.into()))
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
