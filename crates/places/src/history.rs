//! Dated spans of places, and the rules that must hold on every date that a change touches.

use std::collections::{BTreeSet, HashMap};

use kernel::{Date, time::OPEN};

use crate::{PlaceId, PlaceKind, TreeError};

/// Where a place hung and what it was called, in `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub place: PlaceId,
    pub kind: PlaceKind,
    pub version: i64,
    pub from: Date,
    /// [`OPEN`] while it is still so.
    pub to: Date,
    /// `None` for the city alone.
    pub parent: Option<PlaceId>,
    pub name: String,
    pub name_folded: String,
    pub address: String,
    pub sort_no: i64,
}

impl Span {
    fn holds(&self, on: Date) -> bool {
        self.from <= on && on < self.to
    }
}

/// The spans that matter to one change: those of the places it touches and of everything above.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    spans: HashMap<PlaceId, Vec<Span>>,
}

impl History {
    pub(crate) fn add(&mut self, span: Span) {
        self.spans.entry(span.place).or_default().push(span);
    }

    pub(crate) fn knows(&self, place: PlaceId) -> bool {
        self.spans.contains_key(&place)
    }

    /// How a place stood on a date.
    pub(crate) fn at(&self, place: PlaceId, on: Date) -> Option<&Span> {
        self.spans.get(&place)?.iter().find(|span| span.holds(on))
    }

    /// How it stands until further notice; `None` once it was closed.
    pub(crate) fn standing(&self, place: PlaceId) -> Option<&Span> {
        self.spans.get(&place)?.iter().find(|span| span.to == OPEN)
    }

    /// The town that a place lies in, itself if it is one, as it stands.
    pub(crate) fn town_of(&self, place: PlaceId) -> Option<PlaceId> {
        let mut span = self.standing(place)?;
        // The tree is far shallower; the bound keeps damaged records from hanging a request.
        for _ in 0..DEPTH_LIMIT {
            if span.kind == PlaceKind::Town {
                return Some(span.place);
            }
            span = self.standing(span.parent?)?;
        }
        None
    }

    /// Whether `place` lies in `root`, or is it, as they stand.
    pub(crate) fn is_within(&self, place: PlaceId, root: PlaceId) -> bool {
        let mut next = Some(place);
        for _ in 0..DEPTH_LIMIT {
            match next {
                None => return false,
                Some(one) if one == root => return true,
                Some(one) => next = self.standing(one).and_then(|span| span.parent),
            }
        }
        false
    }

    /// The place is as in `span` from its date on: what it was before stays.
    pub(crate) fn replace_standing(&mut self, span: Span) {
        let spans = self.spans.entry(span.place).or_default();
        spans.retain(|one| one.from < span.from);
        if let Some(last) = spans.iter_mut().find(|one| one.to > span.from) {
            last.to = span.from;
        }
        spans.push(span);
    }

    /// Checks a place on every date from `from` on at which anything near it turns: its parent is
    /// there, the kinds fit, no place lies in itself, no sibling has its name.
    pub(crate) fn check(&self, place: PlaceId, from: Date) -> Result<(), TreeError> {
        let all = || self.spans.values().flatten();
        let turns = all().flat_map(|span| [span.from, span.to]);
        let mut dates: BTreeSet<Date> = turns.filter(|on| *on > from && *on < OPEN).collect();
        dates.insert(from);
        for on in dates {
            let Some(span) = self.at(place, on) else { continue };
            self.check_way_up(span, on)?;
            let namesake = all().find(|other| {
                other.place != place
                    && other.holds(on)
                    && other.parent == span.parent
                    && other.name_folded == span.name_folded
            });
            if let Some(other) = namesake {
                return Err(TreeError::NameTaken { name: other.name.clone() });
            }
        }
        Ok(())
    }

    fn check_way_up(&self, span: &Span, on: Date) -> Result<(), TreeError> {
        let mut below = span;
        for _ in 0..DEPTH_LIMIT {
            let Some(parent) = below.parent else {
                return if below.kind == PlaceKind::City {
                    Ok(())
                } else {
                    Err(TreeError::NoParent(on))
                };
            };
            if parent == span.place {
                return Err(TreeError::InsideItself);
            }
            let above = self.at(parent, on).ok_or(TreeError::NoParent(on))?;
            if !below.kind.fits_under(above.kind) {
                return Err(TreeError::KindsDoNotFit { child: below.kind, parent: above.kind });
            }
            below = above;
        }
        Err(TreeError::TooDeep)
    }
}

/// More levels than any mall has: a place that lies deeper is a mistake.
const DEPTH_LIMIT: usize = 16;
