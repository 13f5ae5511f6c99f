//! A change of the tree under way: what stands, what it would become, whether that is right.

use db::Tx;
use kernel::{Cx, Date, fold_name};

use crate::{
    Atlas, Denied, PlaceId, PlaceKind, TreeError,
    history::{History, Span},
    place::{NAME_LIMIT, TEXT_LIMIT},
    store,
};

/// The tree's spans near the places of one change, under the lock of all changes.
pub(crate) struct Draft {
    pub on: Date,
    pub history: History,
}

impl Draft {
    /// Takes the lock and reads these places with everything above them.
    pub(crate) async fn begin(
        tx: &mut Tx,
        on: Date,
        places: &[PlaceId],
    ) -> Result<Self, TreeError> {
        store::lock(tx).await?;
        let mut history = History::default();
        store::add_ways_up(tx, &mut history, places.iter().copied(), on).await?;
        Ok(Self { on, history })
    }

    /// The past may be set right, the future not written.
    pub(crate) fn check_date(&self, cx: &Cx) -> Result<(), TreeError> {
        if self.on > cx.today() { Err(TreeError::InTheFuture) } else { Ok(()) }
    }

    /// How a place stands.
    pub(crate) fn standing(&self, place: PlaceId) -> Result<Span, TreeError> {
        if !self.history.knows(place) {
            return Err(Denied::Invisible.into());
        }
        self.history.standing(place).cloned().ok_or(TreeError::Closed)
    }

    /// How a place stands, to be changed from this draft's date on: not before its last change.
    pub(crate) fn changeable(&self, place: PlaceId) -> Result<Span, TreeError> {
        let span = self.standing(place)?;
        if span.from > self.on {
            return Err(TreeError::TooEarly(span.from));
        }
        Ok(span)
    }

    /// Whose leave a change of this place needs: its town's; the city's for a town.
    pub(crate) fn leave_for(&self, place: PlaceId) -> Option<PlaceId> {
        match self.history.standing(place).map(|span| span.kind) {
            Some(PlaceKind::Town) => None,
            _ => self.history.town_of(place),
        }
    }

    /// Everything that hangs directly under a place, provided that it did so on the draft's date
    /// already and nothing left since: otherwise the past would have to be told anew.
    pub(crate) async fn children(
        &mut self,
        tx: &mut Tx,
        place: PlaceId,
    ) -> Result<Vec<Span>, TreeError> {
        let spans = store::children_since(tx, place, self.on).await?;
        let turned = spans.iter().find_map(|span| match span.to {
            kernel::time::OPEN if span.from > self.on => Some(span.from),
            kernel::time::OPEN => None,
            left_on => Some(left_on),
        });
        if let Some(turned) = turned {
            return Err(TreeError::TooEarly(turned));
        }
        let ids = spans.iter().map(|span| span.place);
        store::add_ways_up(tx, &mut self.history, ids, self.on).await?;
        Ok(spans)
    }

    /// Puts the place as in `span` into the draft from its date on, and checks every date that
    /// this touches.
    pub(crate) async fn put(&mut self, tx: &mut Tx, span: Span) -> Result<(), TreeError> {
        let place = span.place;
        store::add_ways_up(tx, &mut self.history, span.parent, self.on).await?;
        let mut others = store::namesakes(tx, span.parent, &span.name_folded, self.on).await?;
        others.retain(|other| !self.history.knows(other.place));
        for other in others {
            self.history.add(other);
        }
        self.history.replace_standing(span);
        self.history.check(place, self.on)
    }
}

/// What a change of the tree did to units, for the ledger to write down again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restated {
    /// From this date on.
    pub on: Date,
    /// Places that lie elsewhere now, with everything in them: their units may have another town,
    /// front or station.
    pub places: Vec<PlaceId>,
    /// Places that are no more, and which one their units go to.
    pub ended: Vec<(PlaceId, PlaceId)>,
    /// Places that this change made, in the order they were named.
    pub made: Vec<PlaceId>,
}

impl Restated {
    /// What a change of these roots' place moved: each of them and everything in it.
    pub(crate) async fn under(
        tx: &mut Tx,
        cx: &Cx,
        on: Date,
        roots: &[PlaceId],
    ) -> db::Result<Self> {
        let atlas = Atlas::load(tx, cx.today()).await?;
        let places = roots.iter().flat_map(|root| atlas.subtree(*root)).collect();
        Ok(Self { on, places, ended: Vec::new(), made: Vec::new() })
    }
}

/// A name fit for a place: something visible, not too long, without the `/` of paths.
pub(crate) fn fit_name(name: &str) -> Result<(String, String), TreeError> {
    let name = name.trim().to_owned();
    let folded = fold_name(&name);
    if folded.is_empty() {
        return Err(TreeError::NoName);
    }
    if name.chars().count() > NAME_LIMIT || folded.contains('/') || name.contains('\0') {
        return Err(TreeError::BadName);
    }
    Ok((name, folded))
}

/// An address that is not too long.
pub(crate) fn fit_text(text: &str) -> Result<String, TreeError> {
    let text = text.trim();
    if text.chars().count() > TEXT_LIMIT || text.contains('\0') {
        return Err(TreeError::LongText);
    }
    Ok(text.to_owned())
}

/// A reason: some words, not too many.
pub(crate) fn fit_reason(reason: &str) -> Result<String, TreeError> {
    let reason = fit_text(reason)?;
    if reason.is_empty() { Err(TreeError::NoReason) } else { Ok(reason) }
}
