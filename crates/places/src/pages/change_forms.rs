//! The forms of move, merge and split. The domain that keeps units receives them, since it writes
//! the units' new places down in the same transaction; here they are shown and read.

use axum::extract::Path;
use web::{Answer, Ask, FieldErrors, Form};

use crate::{
    Merging, Moving, Part, Place, PlaceId, PlaceKind, SPLIT_LIMIT, Splitting, edits_town,
    pages::{
        desk::{Desk, date_field, id_field, id_of, version_field},
        form_page::{Choice, Field, FormPage},
        place_forms::{changeable, form_about},
    },
};

/// What `POST /places/{id}/moves` says.
pub fn read_move(place: PlaceId, form: &Form) -> Result<Moving, FieldErrors> {
    let mut errors = FieldErrors::new();
    let moving = Moving {
        place,
        parent: id_field(form, "parent", &mut errors),
        on: date_field(form, "on", &mut errors),
        version: version_field(form),
    };
    if errors.is_empty() { Ok(moving) } else { Err(errors) }
}

/// What `POST /places/{id}/merges` says.
pub fn read_merge(from: PlaceId, form: &Form) -> Result<Merging, FieldErrors> {
    let mut errors = FieldErrors::new();
    let merging = Merging {
        from,
        into: id_field(form, "into", &mut errors),
        on: date_field(form, "on", &mut errors),
        reason: form.required("reason", &mut errors),
        version: version_field(form),
    };
    if errors.is_empty() { Ok(merging) } else { Err(errors) }
}

/// What `POST /places/{id}/splits` says.
pub fn read_split(place: PlaceId, form: &Form) -> Result<Splitting, FieldErrors> {
    let mut errors = FieldErrors::new();
    let mut parts = Vec::new();
    for turn in 1..=SPLIT_LIMIT {
        let children: Vec<PlaceId> = form
            .pairs()
            .filter(|(_, part)| *part == turn.to_string())
            .filter_map(|(name, _)| name.strip_prefix("child_")?.parse().ok())
            .collect();
        match form.optional(&format!("part_{turn}")) {
            Some(name) => parts.push(Part { name: name.into(), address: String::new(), children }),
            None if children.is_empty() => {}
            None => errors.add(format!("part_{turn}"), "有下级要分给它，名称要填"),
        }
    }
    if parts.is_empty() {
        errors.add("part_1", "至少填一个新地点的名称");
    }
    let splitting = Splitting {
        place,
        parts,
        on: date_field(form, "on", &mut errors),
        reason: form.required("reason", &mut errors),
        version: version_field(form),
    };
    if errors.is_empty() { Ok(splitting) } else { Err(errors) }
}

/// `GET /places/{id}/move`
pub(crate) async fn move_place(ask: Ask, Path(id): Path<String>) -> Answer {
    move_form(&ask, id_of(&id)?).await?.show(&ask)
}

/// `GET /places/{id}/merge`
pub(crate) async fn merge(ask: Ask, Path(id): Path<String>) -> Answer {
    merge_form(&ask, id_of(&id)?).await?.show(&ask)
}

/// `GET /places/{id}/split`
pub(crate) async fn split(ask: Ask, Path(id): Path<String>) -> Answer {
    split_form(&ask, id_of(&id)?).await?.show(&ask)
}

/// The form of a move, with what was typed and what is wrong with it.
pub async fn move_again(ask: &Ask, place: PlaceId, typed: &Form, errors: &FieldErrors) -> Answer {
    move_form(ask, place).await?.show_again(ask, typed, errors)
}

/// The form of a merge, with what was typed and what is wrong with it.
pub async fn merge_again(ask: &Ask, place: PlaceId, typed: &Form, errors: &FieldErrors) -> Answer {
    merge_form(ask, place).await?.show_again(ask, typed, errors)
}

/// The form of a split, with what was typed and what is wrong with it.
pub async fn split_again(ask: &Ask, place: PlaceId, typed: &Form, errors: &FieldErrors) -> Answer {
    split_form(ask, place).await?.show_again(ask, typed, errors)
}

async fn move_form(ask: &Ask, id: PlaceId) -> Answer<FormPage> {
    let (desk, place) = changeable(ask, id).await?;
    let fits = |other: &Place| {
        place.kind.fits_under(other.kind)
            && Some(other.id) != place.parent
            && !desk.atlas.is_within(other.id, id)
    };
    Ok(FormPage {
        fields: vec![
            Field::choice("parent", "移到哪里", others(ask, &desk, fits)),
            Field::date("on", "从哪天起", ask.cx.today()).hint("这天以前仍在原来的地方"),
        ],
        submit: "移过去",
        ..form_about(&place, "移动地点", "moves")
    })
}

async fn merge_form(ask: &Ask, id: PlaceId) -> Answer<FormPage> {
    let (desk, place) = changeable(ask, id).await?;
    let town = desk.atlas.town_of(id);
    // Shops are many: only those of the same town are offered.
    let far = matches!(place.kind, PlaceKind::Town | PlaceKind::Front);
    let fits = |other: &Place| {
        other.kind == place.kind
            && (far || desk.atlas.town_of(other.id) == town)
            && !desk.atlas.is_within(other.id, id)
            && !desk.atlas.is_within(id, other.id)
    };
    Ok(FormPage {
        fields: vec![
            Field::choice("into", "并入哪里", others(ask, &desk, fits))
                .hint("下级和单位都归它，这个地点从那天起关闭"),
            Field::date("on", "从哪天起", ask.cx.today()).hint("这天以前仍是两个地点"),
            Field::text("reason", "原因"),
        ],
        submit: "并过去",
        ..form_about(&place, "合并地点", "merges")
    })
}

async fn split_form(ask: &Ask, id: PlaceId) -> Answer<FormPage> {
    let (desk, place) = changeable(ask, id).await?;
    let mut fields = Vec::new();
    for turn in 1..=SPLIT_LIMIT {
        let field = Field::line(&format!("part_{turn}"), PARTS[turn - 1]);
        fields.push(if turn == 1 {
            field.hint("和原来的地点同一级")
        } else {
            field.optional()
        });
    }
    for child in desk.atlas.children(id).iter().filter_map(|child| desk.atlas.place(*child)) {
        let mut choices = vec![Choice::new(0, "留在原处")];
        choices.extend((1..=SPLIT_LIMIT).map(|turn| Choice::new(turn, PARTS[turn - 1])));
        fields.push(Field::choice(&format!("child_{}", child.id), &child.name, choices));
    }
    fields.push(Field::date("on", "从哪天起", ask.cx.today()).hint("这天以前仍是一个地点"));
    fields.push(Field::text("reason", "原因"));
    Ok(FormPage { fields, submit: "拆出来", ..form_about(&place, "拆分地点", "splits") })
}

const PARTS: [&str; SPLIT_LIMIT] = ["第一个新地点", "第二个新地点", "第三个新地点", "第四个新地点"];

/// Places in the towns that the actor edits, by town, as choices.
fn others(ask: &Ask, desk: &Desk, fits: impl Fn(&Place) -> bool) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", "请选一个")];
    for town in desk.towns().filter(|town| edits_town(&ask.cx.actor, Some(*town))) {
        let inside = desk.atlas.subtree(town);
        let fitting = inside.iter().filter_map(|id| desk.atlas.place(*id)).filter(|one| fits(one));
        let name = desk.atlas.name(town).to_owned();
        choices.extend(
            fitting.map(|one| Choice::new(one.id, desk.atlas.path(one.id)).under(name.clone())),
        );
    }
    choices
}
