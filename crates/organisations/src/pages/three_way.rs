//! Two people changed one unit at once: what each of them typed is compared with what both began
//! with. What only one of them touched stands; what both touched is for a person to choose.

use web::Form;

use super::unit_fields::{FIELDS, whole};

/// Fields that say one thing together, and are therefore taken together from one person.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The field whose name stands for the piece.
    pub(crate) name: &'static str,
    pub(crate) fields: &'static [&'static str],
    /// Those of them that follow from the others unless somebody sets them by hand.
    follows: &'static [&'static str],
}

const fn piece(name: &'static str, fields: &'static [&'static str]) -> Piece {
    Piece { name, fields, follows: &[] }
}

/// The whole form, in pieces.
pub(crate) const PIECES: [Piece; 14] = [
    piece("uscc", &["uscc"]),
    piece("name", &["name"]),
    piece("kind", &["kind"]),
    piece("industry", &["industry"]),
    Piece {
        name: "place_name",
        fields: &["town", "place_name", "front", "station"],
        follows: &["front", "station"],
    },
    piece("body", &["body"]),
    piece("address", &["address"]),
    // A joint organisation without its name, or a name without the way, says nothing.
    piece("cover", &["cover", "organisation"]),
    piece("headcount", &["headcount"]),
    piece("member_count", &["member_count"]),
    piece("work", &["work"]),
    piece("worker", &["worker"]),
    // A reason belongs to the status that it is given for.
    piece("status", &["status", "status_reason", "status_evidence"]),
    piece("note", &["note"]),
];

impl Piece {
    fn differs(&self, one: &Form, other: &Form) -> bool {
        self.fields.iter().any(|field| whole(one, field) != whole(other, field))
    }
}

/// Both copies in one.
pub(crate) struct Merged {
    /// What either of them changed; where both did, what was typed here.
    pub(crate) form: Form,
    /// What both changed, each to something else.
    pub(crate) torn: Vec<&'static Piece>,
}

/// Lays both changes over what both began with. Without that (`base`), whatever differs is torn.
pub(crate) fn merge(base: Option<&Form>, mine: &Form, theirs: &Form) -> Merged {
    let mut fields = Vec::new();
    let mut torn = Vec::new();
    for piece in &PIECES {
        let i_did = base.is_none_or(|base| piece.differs(base, mine));
        let they_did = base.is_none_or(|base| piece.differs(base, theirs));
        if i_did && they_did && piece.differs(mine, theirs) {
            torn.push(piece);
        }
        for field in piece.fields {
            // What follows from a place that I chose is worked out again, not kept from before.
            let untouched = base.is_some_and(|base| whole(base, field) == whole(mine, field));
            let from =
                if !i_did || (untouched && piece.follows.contains(field)) { theirs } else { mine };
            copy(from, field, field, &mut fields);
        }
    }
    let known = |name: &str| FIELDS.contains(&name);
    let others = mine.pairs().filter(|(name, _)| !known(name));
    fields.extend(others.map(|(name, value)| (name.to_owned(), value.to_owned())));
    Merged { form: Form::of(fields), torn }
}

/// The same form with some pieces taken from another.
pub(crate) fn take(form: &Form, pieces: &[&Piece], from: &Form) -> Form {
    let taken: Vec<&str> = pieces.iter().flat_map(|piece| piece.fields).copied().collect();
    let mut fields: Vec<(String, String)> = form
        .pairs()
        .filter(|(name, _)| !taken.contains(name))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for field in taken {
        copy(from, field, field, &mut fields);
    }
    Form::of(fields)
}

fn copy(from: &Form, field: &str, name: &str, into: &mut Vec<(String, String)>) {
    into.extend(from.all(field).map(|value| (name.to_owned(), value.to_owned())));
}

/// A copy of some fields for a form to carry along, under names with this prefix. Says an empty
/// field too, so that nothing is not taken for unknown.
pub(crate) fn carried<'a>(
    prefix: &str,
    fields: impl Iterator<Item = &'a &'static str>,
    from: &Form,
) -> Vec<(String, String)> {
    fields.map(|field| (format!("{prefix}{field}"), whole(from, field))).collect()
}

/// The copy that a form carries under names with this prefix; nothing when it carries none.
pub(crate) fn carried_back(prefix: &str, form: &Form) -> Option<Form> {
    let mut found = Vec::new();
    for (name, value) in form.pairs() {
        let Some(field) = name.strip_prefix(prefix) else { continue };
        match field {
            "work" => {
                let ways = value.split(',').filter(|way| !way.is_empty());
                found.extend(ways.map(|way| (field.to_owned(), way.to_owned())));
            }
            _ => found.push((field.to_owned(), value.to_owned())),
        }
    }
    let any = form.pairs().any(|(name, _)| name.starts_with(prefix));
    any.then(|| Form::of(found))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(values: &[u8]) -> Form {
        Form::of(FIELDS.iter().zip(values).map(|(field, value)| (*field, value.to_string())))
    }

    fn forms() -> impl Strategy<Value = (Form, Form, Form)> {
        let one = || proptest::collection::vec(0_u8..3, FIELDS.len());
        (one(), one(), one()).prop_map(|(a, b, c)| (form(&a), form(&b), form(&c)))
    }

    #[test]
    fn every_field_is_in_one_piece() {
        let mut fields: Vec<&str> = PIECES.iter().flat_map(|piece| piece.fields).copied().collect();
        let mut all = FIELDS.to_vec();
        fields.sort_unstable();
        all.sort_unstable();
        assert_eq!(fields, all);
    }

    proptest! {
        #[test]
        fn what_one_touched_stands((base, mine, theirs) in forms()) {
            let merged = merge(Some(&base), &mine, &theirs);
            for piece in &PIECES {
                let (i, they) = (piece.differs(&base, &mine), piece.differs(&base, &theirs));
                let torn = merged.torn.contains(&piece);
                prop_assert_eq!(torn, i && they && piece.differs(&mine, &theirs));
                if !torn {
                    let from = if they { &theirs } else { &mine };
                    prop_assert!(!piece.differs(from, &merged.form), "{}", piece.name);
                }
            }
        }

        #[test]
        fn a_copy_comes_back_as_it_went((base, _, _) in forms()) {
            let sent = Form::of(carried("base_", FIELDS.iter(), &base));
            let back = carried_back("base_", &sent).unwrap();
            for field in FIELDS {
                prop_assert_eq!(whole(&back, field), whole(&base, field));
            }
        }
    }

    #[test]
    fn a_form_without_its_beginning_overwrites_nothing() {
        let (mine, theirs) = (form(&[1; 20]), form(&[2; 20]));
        assert_eq!(merge(None, &mine, &theirs).torn.len(), PIECES.len());
        assert!(merge(None, &mine, &mine).torn.is_empty());
        assert!(carried_back("base_", &mine).is_none());
    }
}
