//! Figures that were counted since the last change: kept under the journal's number, bounded.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use db::{Result, Tx};
use jiff::civil::Date;
use places::Atlas;

use crate::{
    coverage::{By, Changes, Coverage},
    definition::{self, Definition},
    filter::Filter,
    gap::Gap,
    list,
    search::Found,
    standing::Change,
};

/// Figures that were counted since the last change of anything. Bounded; a change empties it.
#[derive(Default)]
pub struct Figures {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    version: i64,
    definition: Option<Definition>,
    /// Trees by day; those of one period are one.
    atlases: HashMap<Date, Arc<Atlas>>,
    answers: HashMap<Key, Answer>,
}

/// How many days' trees are kept: two years of them.
const ATLASES: usize = 1_000;
/// How many answers are kept: two years of days by four keys, twice over.
const ANSWERS: usize = 6_000;

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) asked: Asked,
    pub(crate) today: Date,
    pub(crate) reach: String,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Asked {
    Coverage(Filter, By),
    Changes(Filter, By, Change, Date),
    Count(Filter),
    Words(String),
    /// Which units are on a page; the units themselves are read each time.
    Numbers(Filter, list::Sort, Option<String>, i64),
    Gaps(Filter, usize),
}

#[derive(Clone)]
pub(crate) enum Answer {
    Coverage(Arc<Coverage>),
    Changes(Arc<Changes>),
    Count(i64),
    Found(Option<Arc<Found>>),
    /// With how many there are in all.
    Numbers(i64, Arc<[i64]>),
    Gaps(Arc<Vec<Gap>>),
}

impl Figures {
    pub(crate) fn get(&self, version: i64, key: &Key) -> Option<Answer> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version == version { kept.answers.get(key).cloned() } else { None }
    }

    pub(crate) fn keep(&self, version: i64, key: Key, answer: Answer) {
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

    pub(crate) fn atlas(&self, version: i64, day: Date) -> Option<Arc<Atlas>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.atlases.get(&day).filter(|_| kept.version == version).cloned()
    }

    pub(crate) fn keep_atlas(&self, version: i64, day: Date, atlas: &Arc<Atlas>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.turn_to(version);
        if kept.version == version {
            if kept.atlases.len() >= ATLASES {
                kept.atlases.clear();
            }
            kept.atlases.insert(day, Arc::clone(atlas));
        }
    }

    /// The tree of a day and the rule in force, when nothing changed since both were read.
    pub(crate) fn parts(&self, version: i64, day: Date) -> Option<(Arc<Atlas>, Definition)> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let atlas = kept.atlases.get(&day).filter(|_| kept.version == version)?;
        Some((Arc::clone(atlas), kept.definition.clone()?))
    }

    pub(crate) async fn definition(&self, tx: &mut Tx, version: i64) -> Result<Definition> {
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
