//! Units follow their places: when a place moves, is merged, is split or gets another station, the
//! units in it are stated anew from that day on, in the same transaction. What stood before that
//! day is not touched, so every figure of a past date stays as it was.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect, Response},
};
use db::{Fault, Result, Rows, Tx, args, set_sql};
use jiff::civil::Date;
use kernel::Cx;
use places::{Atlas, Beside as _, PlaceId, Restated};
use web::{Answer, Ask, Form, Refused};

use crate::{
    ledger::{self, Put, Source},
    policy,
    settle::{Said, settle},
    store, timeline,
    unit::{Facts, Span, Unit},
};

/// What the journal gives as the reason.
const REASON: &str = "随地点变动";

/// Writes down what a change of the tree did to the units in it. Answers how many units it
/// touched. The change itself was made in this transaction, by an actor who may.
///
/// What a person had said otherwise than the tree (another station, another front, another body)
/// stays as it was said; what followed from the tree follows again.
///
/// # Errors
/// When the database fails, or the actor keeps no units at all.
pub async fn follow(tx: &mut Tx, cx: &Cx, restated: &Restated) -> Result<usize> {
    let ended: HashMap<PlaceId, PlaceId> = restated.ended.iter().copied().collect();
    let touched: HashSet<PlaceId> = restated.places.iter().chain(ended.keys()).copied().collect();
    let nos = units_in(tx, &touched, restated.on).await?;
    if nos.is_empty() {
        return Ok(0);
    }
    let mut trees = Trees::load(tx, restated.on).await?;
    let mut units: HashMap<i64, Unit> =
        store::units_by_no(tx, &nos).await?.into_iter().map(|unit| (unit.no, unit)).collect();
    let spans = store::spans_of(tx, &nos).await?;
    let mut rounds: Vec<Vec<(i64, Date, Facts)>> = Vec::new();
    let mut moved = 0;
    for no in &nos {
        let (Some(unit), Some(spans)) = (units.get(no), spans.get(no)) else { continue };
        let puts = puts(tx, &mut trees, restated, (&touched, &ended), unit, spans).await?;
        moved += usize::from(!puts.is_empty());
        for (round, (on, facts)) in puts.into_iter().enumerate() {
            if rounds.len() == round {
                rounds.push(Vec::new());
            }
            rounds[round].push((*no, on, facts));
        }
    }
    let tree = trees.on(tx, restated.on).await?;
    let permit = policy::may_import(&cx.actor, tree).map_err(|_| {
        Fault::Invariant("the tree was changed by somebody who keeps no units".into())
    })?;
    // The ledger writes each unit once at a time: a unit with later states takes a round for each.
    for round in rounds {
        let put = |(no, on, facts)| {
            let unit = units.get(&no)?.clone();
            Some(Put { identity: unit.identity.clone(), unit: Some(unit), on, facts })
        };
        let puts: Vec<Put> = round.into_iter().filter_map(put).collect();
        let source = Source { reason: Some(REASON.to_owned()), ..Source::default() };
        for done in ledger::write(tx, cx, &permit.0, puts, &source).await? {
            units.insert(done.unit.no, done.unit);
        }
    }
    Ok(moved)
}

/// The trees that the states are laid on: the day before the change, and each day asked for.
struct Trees {
    before: Atlas,
    known: HashMap<Date, Atlas>,
}

impl Trees {
    async fn load(tx: &mut Tx, on: Date) -> Result<Self> {
        let eve = on.yesterday().unwrap_or(on);
        Ok(Self { before: Atlas::load(tx, eve).await?, known: HashMap::new() })
    }
    async fn on(&mut self, tx: &mut Tx, day: Date) -> Result<&Atlas> {
        Ok(match self.known.entry(day) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => free.insert(Atlas::load(tx, day).await?),
        })
    }
}

/// The units that stand in these places, or in these towns at no place, on that day or later.
async fn units_in(tx: &mut Tx, places: &HashSet<PlaceId>, on: Date) -> Result<Vec<i64>> {
    let rows = || {
        let mut rows = Rows::with_capacity(places.len());
        for place in places {
            rows.push(args![*place, on]);
        }
        rows
    };
    let at_place = set_sql!(
        "SELECT DISTINCT s.unit_no FROM {rows} JOIN unit_state AS s ON s.place_id = rows.place \
         WHERE s.to_on > rows.since",
        place: Uuid, since: Date,
    );
    let in_town = set_sql!(
        "SELECT DISTINCT s.unit_no FROM {rows} JOIN unit_state AS s ON s.town_id = rows.place \
         WHERE s.to_on > rows.since AND s.place_id IS NULL",
        place: Uuid, since: Date,
    );
    let mut nos: Vec<i64> = tx.all_of_set(at_place, rows(), |row| row.get(0)).await?;
    nos.extend(tx.all_of_set(in_town, rows(), |row| row.get::<i64>(0)).await?);
    nos.sort_unstable();
    nos.dedup();
    Ok(nos)
}

/// What is put of one unit: for each of its states from the day on that lies in a touched place.
async fn puts(
    tx: &mut Tx,
    trees: &mut Trees,
    restated: &Restated,
    (touched, ended): (&HashSet<PlaceId>, &HashMap<PlaceId, PlaceId>),
    unit: &Unit,
    spans: &[Span],
) -> Result<Vec<(Date, Facts)>> {
    let mut puts = Vec::new();
    let mut known = spans.to_vec();
    for span in spans.iter().filter(|span| span.to_on > restated.on) {
        let stands = span.facts.place.unwrap_or(span.facts.town);
        if !touched.contains(&stands) {
            continue;
        }
        let day = span.from_on.max(restated.on);
        let mut facts = span.facts.clone();
        let was = said(&trees.before, unit, &facts);
        match (facts.place, ended.get(&stands)) {
            (Some(_), Some(into)) => facts.place = Some(*into),
            (None, Some(into)) => facts.town = *into,
            (_, None) => {}
        }
        let town = facts.town;
        let tree = trees.on(tx, day).await?;
        let mut after = facts.clone();
        settle(tree, unit.identity.kind, &mut after, was);
        if after.town != town && was.station {
            // A station covers in its own town only, whoever named it.
            let free = Said { station: false, ..was };
            settle(tree, unit.identity.kind, &mut after, free);
        }
        let edit = timeline::put(&known, day, after.clone());
        if !edit.is_empty() {
            timeline::apply(&mut known, &edit);
            puts.push((day, after));
        }
    }
    Ok(puts)
}

/// What was said otherwise than the tree before the change would have it.
fn said(before: &Atlas, unit: &Unit, facts: &Facts) -> Said {
    if facts.place.is_some_and(|place| before.place(place).is_none()) {
        return Said::default();
    }
    let mut follows = facts.clone();
    settle(before, unit.identity.kind, &mut follows, Said::default());
    Said {
        front: follows.front != facts.front,
        station: follows.station != facts.station,
        body: follows.body != facts.body,
    }
}

fn place_of(id: &str) -> Answer<PlaceId> {
    id.parse().map_err(|_| Refused::NotFound)
}

fn to_place(place: PlaceId) -> Response {
    Redirect::to(&format!("/places/{place}")).into_response()
}

/// `POST /places/{id}/moves`
pub(crate) async fn moved(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let place = place_of(&id)?;
    let moving = match places::read_move(place, &form) {
        Ok(moving) => moving,
        Err(errors) => return places::move_again(&ask, place, &form, &errors).await,
    };
    let mut tx = ledger::begin(ask.db()).await?;
    match places::move_place(&mut tx, &ask.cx, moving).await {
        Ok(restated) => {
            follow(&mut tx, &ask.cx, &restated).await?;
            tx.commit().await?;
            Ok(to_place(place))
        }
        Err(refused) => {
            let errors = refused.into_errors()?;
            tx.rollback().await?;
            places::move_again(&ask, place, &form, &errors).await
        }
    }
}

/// `POST /places/{id}/merges`
pub(crate) async fn merged(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let place = place_of(&id)?;
    let merging = match places::read_merge(place, &form) {
        Ok(merging) => merging,
        Err(errors) => return places::merge_again(&ask, place, &form, &errors).await,
    };
    let into = merging.into;
    let mut tx = ledger::begin(ask.db()).await?;
    match places::merge_places(&mut tx, &ask.cx, merging).await {
        Ok(restated) => {
            follow(&mut tx, &ask.cx, &restated).await?;
            tx.commit().await?;
            Ok(to_place(into))
        }
        Err(refused) => {
            let errors = refused.into_errors()?;
            tx.rollback().await?;
            places::merge_again(&ask, place, &form, &errors).await
        }
    }
}

/// `POST /places/{id}/splits`
pub(crate) async fn split(ask: Ask, Path(id): Path<String>, form: Form) -> Answer {
    let place = place_of(&id)?;
    let splitting = match places::read_split(place, &form) {
        Ok(splitting) => splitting,
        Err(errors) => return places::split_again(&ask, place, &form, &errors).await,
    };
    let mut tx = ledger::begin(ask.db()).await?;
    match places::split_place(&mut tx, &ask.cx, splitting).await {
        Ok(restated) => {
            follow(&mut tx, &ask.cx, &restated).await?;
            tx.commit().await?;
            Ok(to_place(place))
        }
        Err(refused) => {
            let errors = refused.into_errors()?;
            tx.rollback().await?;
            places::split_again(&ask, place, &form, &errors).await
        }
    }
}
