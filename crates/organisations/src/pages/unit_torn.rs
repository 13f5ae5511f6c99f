//! The part of a unit's form that asks: somebody changed the same fields meanwhile, whose stands?

use db::Tx;
use web::{Answer, Ask, Form};

use super::{
    story::{Line, field_label, story},
    three_way::{self, Merged, PIECES, Piece, carried, carried_back, take},
    unit_fields::{FIELDS, shown_value, whole},
};
use crate::{sight::Sight, unit::UnitId, worker::Worker};

/// What the form carries of the unit as it was when the form was filled.
const BASE: &str = "base_";
/// The same of the first time, while a choice is open.
const FIRST: &str = "first_";

/// One choice.
pub(crate) struct Torn {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) was: String,
    pub(crate) theirs: String,
    pub(crate) mine: String,
}

/// The choices, and who changed it last.
pub(crate) struct Asked {
    pub(crate) torn: Vec<Torn>,
    pub(crate) last: Option<Line>,
}

/// A form as it was sent, laid over what is saved now.
pub(crate) struct Settled {
    /// For the form's fields.
    pub(crate) form: Form,
    /// What nobody has chosen yet.
    pub(crate) open: Vec<&'static Piece>,
    /// What stood when the first form was filled.
    was: Form,
}

/// Carries out the choices that were made, and lays the rest over `saved` when somebody else
/// `moved` it meanwhile.
pub(crate) fn settle(sent: &Form, saved: &Form, moved: bool) -> Settled {
    let base = carried_back(BASE, sent);
    let asked: Vec<&str> = sent.all("torn").collect();
    let answer = |piece: &&Piece| sent.get(&format!("keep_{}", piece.name));
    let asked = PIECES.iter().filter(|piece| asked.contains(&piece.name));
    let (theirs, rest): (Vec<_>, Vec<_>) = asked.partition(|piece| answer(piece) == "theirs");
    let chosen = match &base {
        Some(base) => take(sent, &theirs, base),
        None => sent.clone(),
    };
    let Merged { form, torn } = if moved {
        three_way::merge(base.as_ref(), &chosen, saved)
    } else {
        Merged { form: chosen, torn: Vec::new() }
    };
    let waits = |piece: &&&Piece| answer(piece) != "mine" || torn.contains(*piece);
    let mut open: Vec<&Piece> = rest.iter().filter(waits).copied().collect();
    open.extend(torn.iter().filter(|piece| !open.contains(*piece)).copied().collect::<Vec<_>>());
    let first = carried_back(FIRST, sent);
    let mut was = base.unwrap_or_default();
    if let Some(first) = &first {
        was = take(&was, &rest, first);
    }
    Settled { form, open, was }
}

/// Hidden fields that let the next sending be compared with this one.
pub(crate) fn kept(saved: &Form, settled: Option<&Settled>) -> Vec<(String, String)> {
    let mut kept = carried(BASE, FIELDS.iter(), saved);
    kept.push(("base_on".to_owned(), saved.get("on").to_owned()));
    let Some(settled) = settled else { return kept };
    for piece in &settled.open {
        kept.push(("torn".to_owned(), piece.name.to_owned()));
        kept.extend(carried(FIRST, piece.fields.iter(), &settled.was));
    }
    kept
}

/// The choices in words.
pub(crate) async fn ask_for(
    ask: &Ask,
    tx: &mut Tx,
    (sight, workers): (&Sight, &[Worker]),
    id: UnitId,
    (saved, settled): (&Form, &Settled),
) -> Answer<Asked> {
    let torn = settled.open.iter().map(|piece| {
        let apart = piece.fields.iter().filter(|field| {
            let (mine, theirs) = (whole(&settled.form, field), whole(saved, field));
            mine != theirs || piece.fields.len() == 1
        });
        let apart: Vec<&str> = apart.copied().collect();
        let shown = |form: &Form| {
            let values =
                apart.iter().map(|field| shown_value(ask, &sight.atlas, workers, field, form));
            values.collect::<Vec<_>>().join(" · ")
        };
        let label = if piece.name == "place_name" { "place" } else { piece.name };
        Torn {
            name: piece.name,
            label: field_label(ask, label).unwrap_or_default().to_owned(),
            was: shown(&settled.was),
            theirs: shown(saved),
            mine: shown(&settled.form),
        }
    });
    let torn = torn.collect();
    let last = story(ask, tx, &sight.atlas, id, 1).await?.pop();
    Ok(Asked { torn, last })
}

/// The day of the copy that a form carries.
pub(crate) fn base_day(form: &Form) -> Option<kernel::Date> {
    form.get("base_on").parse().ok()
}
