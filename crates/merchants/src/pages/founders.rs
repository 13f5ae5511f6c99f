//! `GET /founders` and `/founder-steps`: the register of founders, and every step of their ways.

use std::collections::{HashMap, HashSet};

use askama::Template;
use kernel::{Code as _, Date, Fen, mask_name};
use places::PlaceId;
use web::{Answer, Ask, Figure, Form, Page, filters, html};

use crate::{
    FounderId,
    founders::{
        FOUNDER_KEEPERS, Founder, FounderKind, Step, StepKind, all_founders, all_steps,
        names_founders, sees_founders,
    },
    pages::{
        desk::{Desk, Turn, address, turn},
        form_page::Choice,
        merchants::town_choices,
    },
};

/// Lines on a page.
const LIMIT: usize = 50;

/// What the address asks for.
struct Wanted {
    kind: Option<FounderKind>,
    town: Option<PlaceId>,
    /// Only those with a step of this kind.
    with: Option<StepKind>,
    /// Of steps, only this kind.
    step: Option<StepKind>,
}

impl Wanted {
    fn read(ask: &Ask) -> Self {
        let query = Form::parse(ask.query.as_bytes());
        Self {
            kind: FounderKind::from_code(query.get("kind")),
            town: query.get("town").parse().ok(),
            with: StepKind::from_code(query.get("with")),
            step: StepKind::from_code(query.get("step")),
        }
    }
    fn fits(&self, one: &Founder) -> bool {
        self.kind.is_none_or(|kind| one.kind == kind)
            && self.town.is_none_or(|town| one.town == town)
    }
    fn town_text(&self) -> String {
        self.town.map(|town| town.to_string()).unwrap_or_default()
    }
    fn kind_text(&self) -> String {
        self.kind.map_or("", kernel::Code::code).to_owned()
    }
}

/// The founders in the register that the reader sees, and their steps that stand.
async fn seen(ask: &Ask, desk: &mut Desk) -> Answer<(Vec<Founder>, Vec<Step>)> {
    let mut all = all_founders(&mut desk.tx).await?;
    let towns: HashSet<PlaceId> = all.iter().map(|one| one.town).collect();
    let sees = |town: &PlaceId| sees_founders(&ask.cx.actor, &desk.atlas, *town);
    let towns: HashSet<PlaceId> = towns.into_iter().filter(sees).collect();
    all.retain(|one| one.is_registered() && towns.contains(&one.town));
    let known: HashSet<FounderId> = all.iter().map(|one| one.id).collect();
    let mut steps = all_steps(&mut desk.tx).await?;
    steps.retain(|one| one.stands() && known.contains(&one.founder));
    Ok((all, steps))
}

struct Line {
    href: String,
    name: String,
    kind: &'static str,
    town: String,
    since: Date,
    trained: Figure,
    shops: Figure,
}

/// The figures over the list: each opens to what it counts.
struct Figures {
    all: Figure,
    ecommerce: Figure,
    managers: Figure,
    trained: Figure,
    trainings: Figure,
    shops: Figure,
    supports: Figure,
    amount: Figure,
}

#[derive(Template)]
#[template(path = "founders.html")]
struct View {
    page: Page,
    on: Date,
    figures: Figures,
    lines: Vec<Line>,
    count: usize,
    turn: Turn,
    kind: String,
    town: String,
    with: String,
    kinds: Vec<Choice>,
    towns: Vec<Choice>,
    withs: Vec<Choice>,
    may_keep: bool,
    has_any: bool,
}

fn choices<T: kernel::Code>() -> Vec<Choice> {
    T::ALL.iter().map(|one| Choice::new(one.code(), one.label())).collect()
}

fn figures(wanted: &Wanted, founders: &[Founder], steps: &[Step]) -> Figures {
    let town = wanted.town_text();
    let people = |kind: &str, with: &str, count: usize| {
        let pairs = [("kind", kind.to_owned()), ("town", town.clone()), ("with", with.to_owned())];
        Figure::count(count as i64, address("/founders", &pairs))
    };
    let here = |one: &&Founder| wanted.town.is_none_or(|town| one.town == town);
    let founders: Vec<&Founder> = founders.iter().filter(here).collect();
    let ids: HashSet<FounderId> = founders.iter().map(|one| one.id).collect();
    let of = |kind: StepKind| {
        steps
            .iter()
            .filter(move |one| one.facts.kind == kind)
            .filter(|one| ids.contains(&one.founder))
    };
    let step_list = |kind: StepKind| {
        let pairs = [("step", kind.code().to_owned()), ("town", town.clone())];
        address("/founder-steps", &pairs)
    };
    let count = |kind: StepKind| Figure::count(of(kind).count() as i64, step_list(kind));
    let by = |kind: FounderKind| {
        people(kind.code(), "", founders.iter().filter(|one| one.kind == kind).count())
    };
    let trained: HashSet<FounderId> = of(StepKind::Training).map(|one| one.founder).collect();
    let amounts = of(StepKind::Support).filter_map(|one| one.facts.amount);
    let amount = Fen::checked_sum(amounts).map(|sum| sum.to_string());
    Figures {
        all: people("", "", founders.len()),
        ecommerce: by(FounderKind::Ecommerce),
        managers: by(FounderKind::StoreManager),
        trained: people("", StepKind::Training.code(), trained.len()),
        trainings: count(StepKind::Training),
        shops: count(StepKind::Shop),
        supports: count(StepKind::Support),
        amount: Figure::text(amount.unwrap_or_default(), step_list(StepKind::Support)),
    }
}

/// The register.
pub(crate) async fn show(ask: Ask) -> Answer {
    let wanted = Wanted::read(&ask);
    let mut desk = Desk::read(&ask).await?;
    let (founders, steps) = seen(&ask, &mut desk).await?;
    let figures = figures(&wanted, &founders, &steps);
    let mut counts: HashMap<(FounderId, StepKind), i64> = HashMap::new();
    for step in &steps {
        *counts.entry((step.founder, step.facts.kind)).or_default() += 1;
    }
    let count_of = |id, kind| counts.get(&(id, kind)).copied().unwrap_or(0);
    let has_any = !founders.is_empty();
    let towns: Vec<PlaceId> = founders.iter().map(|one| one.town).collect();
    let fits = |one: &Founder| {
        wanted.fits(one) && wanted.with.is_none_or(|kind| count_of(one.id, kind) > 0)
    };
    let found: Vec<Founder> = founders.into_iter().filter(fits).collect();
    let count = found.len();
    let (shown, turn) = turn(&ask, LIMIT, found);
    let line = |one: Founder| {
        let href = format!("/founders/{}", one.id);
        Line {
            name: name_for(&ask, &desk, &one),
            kind: one.kind.label(),
            town: desk.atlas.name(one.town).to_owned(),
            since: one.registered_on,
            trained: Figure::count(count_of(one.id, StepKind::Training), href.clone()),
            shops: Figure::count(count_of(one.id, StepKind::Shop), href.clone()),
            href,
        }
    };
    let view = View {
        page: ask.page("从业者", "/merchants"),
        on: ask.cx.today(),
        figures,
        lines: shown.into_iter().map(line).collect(),
        count,
        turn,
        kind: wanted.kind_text(),
        town: wanted.town_text(),
        with: wanted.with.map_or("", kernel::Code::code).to_owned(),
        kinds: choices::<FounderKind>(),
        towns: town_choices(&desk.atlas, &towns),
        withs: choices::<StepKind>(),
        may_keep: ask.cx.actor.has_any(FOUNDER_KEEPERS),
        has_any,
    };
    html(&ask, &view)
}

/// The name as far as the reader needs it.
pub(crate) fn name_for(ask: &Ask, desk: &Desk, one: &Founder) -> String {
    if names_founders(&ask.cx.actor, &desk.atlas, one) {
        one.name.clone()
    } else {
        mask_name(&one.name)
    }
}

struct StepLine {
    on: Date,
    kind: &'static str,
    name: String,
    href: String,
    title: String,
    by_whom: String,
    amount: String,
}

#[derive(Template)]
#[template(path = "founder_steps.html")]
struct StepsView {
    page: Page,
    lines: Vec<StepLine>,
    count: usize,
    turn: Turn,
    /// The sum of the amounts that were found, when there are any.
    amount: Option<String>,
    step: String,
    kind: String,
    town: String,
    steps: Vec<Choice>,
    kinds: Vec<Choice>,
    towns: Vec<Choice>,
}

/// Every step that stands, of the founders that the reader sees.
pub(crate) async fn steps(ask: Ask) -> Answer {
    let wanted = Wanted::read(&ask);
    let mut desk = Desk::read(&ask).await?;
    let (founders, steps) = seen(&ask, &mut desk).await?;
    let towns: Vec<PlaceId> = founders.iter().map(|one| one.town).collect();
    let by_id: HashMap<FounderId, Founder> =
        founders.into_iter().map(|one| (one.id, one)).collect();
    let fits = |one: &Step| {
        wanted.step.is_none_or(|kind| one.facts.kind == kind)
            && by_id.get(&one.founder).is_some_and(|founder| wanted.fits(founder))
    };
    let found: Vec<Step> = steps.into_iter().filter(fits).collect();
    let count = found.len();
    let amounts: Vec<Fen> = found.iter().filter_map(|one| one.facts.amount).collect();
    let amount = if amounts.is_empty() { None } else { Fen::checked_sum(amounts) };
    let (shown, turn) = turn(&ask, LIMIT, found);
    let line = |one: Step| StepLine {
        on: one.facts.on,
        kind: one.facts.kind.label(),
        name: by_id.get(&one.founder).map(|who| name_for(&ask, &desk, who)).unwrap_or_default(),
        href: format!("/founders/{}", one.founder),
        title: one.facts.title,
        by_whom: one.facts.by_whom,
        amount: one.facts.amount.map(|amount| amount.to_string()).unwrap_or_default(),
    };
    let view = StepsView {
        page: ask.page("从业者的培训、扶持和开店", "/merchants"),
        lines: shown.into_iter().map(line).collect(),
        count,
        turn,
        amount: amount.map(|amount| amount.to_string()),
        step: wanted.step.map_or("", kernel::Code::code).to_owned(),
        kind: wanted.kind_text(),
        town: wanted.town_text(),
        steps: choices::<StepKind>(),
        kinds: choices::<FounderKind>(),
        towns: town_choices(&desk.atlas, &towns),
    };
    html(&ask, &view)
}
